"""What the stages of a plan make of a list of rows."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flowql.buckets import Bucket
from flowql.errors import LimitError
from flowql.plan import logical
from flowql.plan.logical import Column
from flowql.schema import Kind
from flowql.values import is_ipv4, parse_address, parse_network
from oracle.aggregates import Group, groups_of, key_values, measured
from oracle.cells import Row, Value, in_order, number, printed
from oracle.clocks import bucket_start, bucket_starts
from oracle.expressions import Asked, worked_out


def extended(extend: logical.Extend, rows: list[Row], asked: Asked) -> list[Row]:
    """Each computed column may be worked out from those before it."""
    outcome = []
    for before in rows:
        row = dict(before)
        for computed in extend.computed:
            row[computed.output.name] = worked_out(computed.expression, row, asked)
        outcome.append(row)
    return outcome


def renamed(rename: logical.Rename, rows: list[Row]) -> list[Row]:
    """The old names are gone, unless they are new ones of others."""
    names = {old.name: new.name for old, new in rename.renamed}
    return [
        {name: value for name, value in row.items() if name not in names}
        | {new: row.get(old) for old, new in names.items()}
        for row in rows
    ]


def sorted_by(keys: Sequence[logical.SortKey], rows: list[Row]) -> list[Row]:
    """Stable, missing last both ways."""
    for key in reversed(keys):
        present = [(value, row) for row in rows if (value := row.get(key.column.name)) is not None]
        missing = [row for row in rows if row.get(key.column.name) is None]
        # Python's sort keeps the order of equals with `reverse` too.
        present.sort(key=lambda pair: in_order(pair[0]), reverse=key.descending)
        rows = [row for _, row in present] + missing
    return rows


def deduplicated(keys: Sequence[Column], rows: list[Row]) -> list[Row]:
    """The first row of each combination."""
    first: dict[tuple[Value | None, ...], Row] = {}
    for row in rows:
        first.setdefault(tuple(row.get(key.name) for key in keys), row)
    return list(first.values())


def aggregated(aggregate: logical.Aggregate, rows: list[Row], asked: Asked) -> list[Row]:
    """A row a group."""
    outputs = [key.output.name for key in aggregate.keys]
    return [
        dict(zip(outputs, group.values, strict=True)) | measured(aggregate.measures, group.rows, asked)
        for group in groups_of(rows, aggregate.keys)
    ]


def topmost(top: logical.Top, rows: list[Row], asked: Asked) -> list[Row]:
    """The greatest or the least; the groups are ascending by key, and the sort is stable."""
    key, output = top.key.output.name, top.measure.output.name
    groups = [
        {key: group.values[0]} | measured([top.measure], group.rows, asked)
        for group in groups_of(rows, (top.key,))
    ]
    # Of two sides a row is in two groups, perhaps, but its measure is there only once.
    parts = [measured([top.measure], rows, asked)] if top.key.column.sides else groups
    total = sum(Fraction(number(value)) for part in parts if (value := part[output]) is not None)
    order = logical.SortKey(top.measure.output, descending=not top.rarest)
    return [
        {**row, "share": _share(row[output], total)} for row in sorted_by([order], groups)[: top.row_count]
    ]


def _share(value: Value | None, total: Fraction | int) -> float | None:
    return None if value is None or not total else float(Fraction(number(value)) / total)


def charted(chart: logical.Timechart, rows: list[Row], asked: Asked) -> list[Row]:
    """A row for every bucket and every combination of keys that occurs in any of them."""
    bucket, name = chart.time.step, chart.time.column.name
    assert isinstance(bucket, Bucket), f"a timechart has buckets, found {bucket}"
    instants = [int(number(value)) for row in rows if (value := row.get(name)) is not None]
    low, high = chart.range.low, chart.range.high
    low = min(instants, default=None) if low is None else low
    high = max(instants, default=-1) + 1 if high is None else high
    if low is None or low >= high:
        return []
    starts = list(bucket_starts(low, high, bucket))
    if len(starts) > logical.BUCKET_COUNT_MAX:
        raise LimitError("bucket_count_max", f"{len(starts)} buckets", hint="a wider bucket")
    within: dict[int, list[Row]] = {start: [] for start in starts}
    for row in rows:
        value = row.get(name)
        if value is not None and (start := bucket_start(int(number(value)), bucket)) in within:
            within[start].append(row)
    charted_rows = [row for start in starts for row in within[start]]
    combinations = [group.values for group in groups_of(charted_rows, chart.keys)]
    return [
        {chart.time.output.name: start}
        | dict(zip((key.output.name for key in chart.keys), values, strict=True))
        | measured(chart.measures, _with(values, chart.keys, within[start]), asked)
        for start in starts
        for values in combinations
    ]


def _with(values: tuple[Value | None, ...], keys: Sequence[logical.Key], rows: list[Row]) -> list[Row]:
    return [
        row
        for row in rows
        if all(value in key_values(key, row) for key, value in zip(keys, values, strict=True))
    ]


def facets(stage: logical.Facets, rows: list[Row]) -> list[Row]:
    """The most frequent values, column by column."""
    outcome: list[Row] = []
    for column in stage.input.columns:
        groups = groups_of(rows, (logical.Key(column, column),))  # ascending, and the sort is stable
        frequent = sorted(groups, key=lambda each: -len(each.rows))[: stage.row_count]
        outcome += [_facet(column, group, len(rows)) for group in frequent]
    return outcome


def _facet(column: Column, group: Group, row_count: int) -> Row:
    (value,) = group.values
    return {
        "field": column.name,
        "value": None if value is None else printed(value, column.kind),
        "count": len(group.rows),
        "share": len(group.rows) / row_count,
    }


def looked_up(lookup: logical.Lookup, rows: list[Row]) -> list[Row]:
    """The narrowest entry that holds the value, the first one of equals; the list's file is read here anew."""
    lines = [(entry, line[1:]) for line in _lines(lookup) if (entry := _entry(line[0])) is not None]
    names = [column.name for column in lookup.added]
    outcome = []
    for row in rows:
        value = row.get(lookup.on.name)
        found = [line for line in lines if value is not None and line[0].holds(value, lookup.on.kind)]
        narrowest = sorted(found, key=lambda line: line[0].last - line[0].first)[:1]
        texts = [cell.strip() or None for _, cells in narrowest for cell in cells]
        outcome.append({**row, **dict.fromkeys(names), **dict(zip(names, texts, strict=False))})
    return outcome


@dataclass(frozen=True, slots=True)
class _Entry:
    """Both ends of an entry of a list."""

    first: int
    last: int
    is_port: bool = False

    def holds(self, value: Value, kind: Kind) -> bool:
        """Whether the value lies between the ends; an IPv6 block holds no IPv4."""
        if self.is_port is not (kind is Kind.PORT) or not self.first <= int(number(value)) <= self.last:
            return False
        return self.is_port or is_ipv4(self.first) == is_ipv4(int(number(value)))


def _lines(lookup: logical.Lookup) -> list[list[str]]:
    lines = lookup.list.path.read_text().splitlines()
    return [row for row in csv.reader(lines, skipinitialspace=True) if row]


def _entry(cell: str) -> _Entry | None:
    """None for a header, a comment and a bad line."""
    text = cell.strip()
    network, address = parse_network(text), parse_address(text)
    if network is not None:
        return _Entry(network[0], network[1])
    if address is not None:
        return _Entry(address, address)
    low, _, high = (part.strip() for part in text.partition("-"))
    first, last = parse_address(low), parse_address(high)
    if first is not None and last is not None:
        return _Entry(first, last)
    return _Entry(int(low), int(high or low), is_port=True) if low.isdecimal() else None
