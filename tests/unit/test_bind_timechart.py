"""timechart: its range, its buckets, how many there may be, and the note that the range cuts one."""

import pytest
from test_bind import bound, refused

from flowql.plan import logical
from flowql.schema import Kind


def chart(text: str) -> logical.Timechart:
    """The chart that a text ends in."""
    plan = bound(text).plan
    assert isinstance(plan, logical.Timechart)
    return plan


PLANS = [
    (
        "* | timechart 5m count()",
        "Timechart start 5m count() as count range=[beginning, end)",
    ),
    (
        "on 2018-12-13 | timechart 1h sum(bytes), p95(bytes) as p by action, src/24",
        "Timechart start 1h sum(bytes) as sum_bytes, p95(bytes) as p by action, srcaddr/24/64 range=[2018-12-13T00:00:00Z, 2018-12-14T00:00:00Z)",
    ),
    (
        "* | timechart 1w count() if (action:REJECT) by ip",
        'Timechart start 7d count() if action has "REJECT" as count by ip range=[beginning, end)',
    ),
    (
        "on 2018-12-13 | fields start, bytes | timechart 1h sum(bytes)",
        "Timechart start 1h sum(bytes) as sum_bytes range=[2018-12-13T00:00:00Z, 2018-12-14T00:00:00Z)",
    ),
    (
        "* | eval kb = bytes / 1024 | rename src as s | timechart 1h max(kb) by s",
        "Timechart start 1h max(kb) as max_kb by s range=[beginning, end)",
    ),
    (
        "* | stats count() by start 5m, action | timechart 1h sum(count) by action",
        "Timechart start 1h sum(count) as sum_count by action range=[beginning, end)",
    ),
    (
        "on 2018-12-13 match overlap | timechart 1h count()",
        "Timechart start 1h count() as count range=[beginning, 2018-12-14T00:00:00Z)",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PLANS, ids=[text for text, _ in PLANS])
def test_plan(text: str, expected: str) -> None:
    assert str(chart(text)) == expected


def test_columns() -> None:
    columns = chart("* | timechart 5m sum(bytes), avg(duration) by action, dst/24").columns
    assert [(column.name, column.kind) for column in columns] == [
        ("start", Kind.TIME),
        ("action", Kind.TEXT),
        ("dstaddr", Kind.NETWORK),
        ("sum_bytes", Kind.COUNT),
        ("avg_duration", Kind.DURATION),
    ]


def test_buckets_follow_the_zone_of_the_query() -> None:
    step = chart("tz Asia/Shanghai | timechart 1d count()").time.step
    assert getattr(step, "zone", None) is not None
    assert str(getattr(step, "zone", None)) == "Asia/Shanghai"


REFUSALS = [
    ("* | stats count() by action | timechart 5m count()", "missing-start", None),
    ("* | rename start as begin | timechart 5m count()", "missing-start", None),
    ("* | fields bytes | timechart 5m count()", "missing-start", None),
    ("* | stats count() as start | timechart 5m count()", "missing-start", None),
    ("* | timechart 36h count()", "bad-bucket", "* | timechart 1d count()"),
    ("* | timechart 0s count()", "bad-bucket", None),
    ("* | timechart 5m count() by start", "duplicate-column", None),
    ("* | timechart 5m count() as start", "duplicate-column", "* | timechart 5m count() as start_2"),
    ("* | timechart 5m count(), count()", "duplicate-column", "* | timechart 5m count(), count() as count_2"),
    ("* | timechart 5m sum(dport)", "bad-aggregate", "* | timechart 5m dc(dstport)"),
    ("* | timechart 5m count() by nosuch", "unknown-field", None),
    (
        "since 2018-01-01 until 2019-01-01 | timechart 1s count()",
        "too-many-buckets",
        "since 2018-01-01 until 2019-01-01 | timechart 10m count()",
    ),
]


@pytest.mark.parametrize(("text", "code", "proposal"), REFUSALS, ids=[text for text, *_ in REFUSALS])
def test_refused(text: str, code: str, proposal: str | None) -> None:
    (error,) = refused(text)
    assert (error.code, error.proposal) == (code, proposal)


def test_how_many_buckets_is_told() -> None:
    (error,) = refused("since 2018-01-01 until 2019-01-01 | timechart 1s count()")
    assert error.message == (
        "1s cuts the range into 31,536,000 buckets, above 100,000 (limit: bucket_count_max)"
    )


def test_the_greatest_number_of_buckets_is_not_too_many() -> None:
    assert (
        chart("since 1970-01-01T00:00:00Z until 1970-01-02T03:46:40Z | timechart 1s count()").range.high
        == 10**14
    )
    assert refused("since 1970-01-01T00:00:00Z until 1970-01-02T03:46:41Z | timechart 1s count()")


def notes(text: str) -> list[str]:
    """The notes about cut buckets."""
    return [
        line
        for note in bound(text).notes
        if note.code == "range-edge"
        for line in (note.message, *note.details)
    ]


def test_a_bucket_that_the_range_cuts_is_noted() -> None:
    assert notes("between 2018-12-13T13:00Z and 2018-12-13T14:00Z | timechart 5m count()") == []
    assert notes("between 2018-12-13T13:02Z and 2018-12-13T14:00Z | timechart 5m count()") == [
        "the first bucket is cut by the range, which begins at 2018-12-13T13:02:00Z"
    ]
    assert notes("between 2018-12-13T13:00Z and 2018-12-13T14:02Z | timechart 5m count()") == [
        "the last bucket is cut by the range, which ends at 2018-12-13T14:02:00Z"
    ]
    assert notes("between 2018-12-13T13:01Z and 2018-12-13T14:02Z | timechart 5m count()") == [
        "the first bucket is cut by the range, which begins at 2018-12-13T13:01:00Z",
        "and 1 more like it",
    ]
    assert notes("since 2018-12-13T13:00Z | timechart 5m count()") == []
    assert notes("* | timechart 5m count()") == []
