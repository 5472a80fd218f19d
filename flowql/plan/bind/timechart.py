"""`timechart 5m sum(bytes) by action`: aggregates for every bucket of the query's range.

Owns the range that the buckets fill, how many there may be, and the note that the range cuts one.
"""

from flowql.buckets import Bucket
from flowql.plan import logical
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.columns import Columns
from flowql.plan.bind.grouping import note_measures
from flowql.plan.bind.keys import bind_bucket, bind_keys
from flowql.plan.bind.measures import START, bind_measures
from flowql.plan.logical import BUCKET_COUNT_MAX, Column, Key, TimeRange
from flowql.schema import Kind, normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace
from flowql.times import format_time
from flowql.values import parse_duration

_WIDTHS = (
    *("1s", "5s", "10s", "30s", "1m", "5m", "10m", "30m", "1h", "2h", "3h", "6h", "12h"),
    *("1d", "2d", "1w", "4w", "12w", "52w"),
)
"""Widths that are proposed where one is too narrow."""


def bind_timechart(plan: logical.Node, columns: Columns, stage: nodes.TimechartStage) -> logical.Node:
    """The chart over the rows of `plan`; raises `Refusal`."""
    binding = columns.binding
    start = columns.schema.resolve(START)
    if start is None or start.name != START or start.kind is not Kind.TIME:
        shown = ", ".join(column.name for column in columns.columns)
        is_there = start is not None and start.name == START
        reason = "is no time any more" if is_there else "is no column here"
        message = f"timechart goes by the start of records, which {reason}"
        details = (f"the columns here are {shown}",)
        raise Refusal("missing-start", message, stage.span, details=details)
    bucket = bind_bucket(binding, stage.bucket)
    assert binding.time is not None, "the time of a query is bound before its stages"
    # Where the range tests whole flows, rows begin before it.
    time_range = binding.time.scan_range
    _check_count(bucket, time_range, stage.bucket)
    column = columns.column_of(start)
    keys = bind_keys(columns, stage.keys, stage.span)
    for written, key in zip(stage.keys, keys, strict=True):
        if normalize_name(key.output.name) == START:
            message = "timechart yields a column start beside its keys"
            raise Refusal("duplicate-column", message, written.span)
    measures = bind_measures(columns, stage.aggregates, [column, *(key.output for key in keys)])
    note_measures(plan, columns, measures, stage.aggregates)
    _note_edges(binding, bucket, time_range, stage.bucket)
    time = Key(column, Column(column.name, Kind.TIME), bucket)
    return logical.Timechart(plan, time, keys, measures, time_range)


def _check_count(bucket: Bucket, time_range: TimeRange, written: nodes.Literal) -> None:
    """Refuse more buckets than a chart has; the proposal is a width of which fewer are enough."""
    low, high = time_range.low, time_range.high
    if low is None or high is None:
        return
    count = bucket.edge_count(low, high)
    if count <= BUCKET_COUNT_MAX:
        return
    wider = (Bucket(parse_duration(width) or 0, bucket.zone) for width in _WIDTHS)
    fitting = next((each for each in wider if each.edge_count(low, high) <= BUCKET_COUNT_MAX), None)
    fixes = () if fitting is None else (replace(written.span, str(fitting)),)
    message = (
        f"{bucket} cuts the range into {count:,} buckets, above {BUCKET_COUNT_MAX:,} "
        "(limit: bucket_count_max)"
    )
    raise Refusal("too-many-buckets", message, written.span, *fixes)


def _note_edges(binding: Binding, bucket: Bucket, time_range: TimeRange, written: nodes.Literal) -> None:
    """Say which bucket is cut: what it counts is less than of the whole of it."""
    if time_range.is_empty:
        return
    ends = (("first", "begins", time_range.low), ("last", "ends", time_range.high))
    for place, does, end in ends:
        if end is not None and int(bucket.edges(end, end + 1)[0]) != end:
            message = f"the {place} bucket is cut by the range, which {does} at "
            binding.note("range-edge", message + format_time(end, binding.zone), written.span)
