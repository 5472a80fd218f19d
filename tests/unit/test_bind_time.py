"""Binding the clauses of time, with what is given outside the query or stated by the query around it."""

import pytest
from test_bind import FakeCatalog, instant

from flowql.errors import QueryError, Severity
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.timebinding import TimeBinding
from flowql.plan.bind.timerange import bind_time
from flowql.plan.given import NOTHING_GIVEN, Given
from flowql.plan.logical import ALL_TIME, TimeRange
from flowql.plan.predicates import Everything, Nothing, describe
from flowql.schema import DEFAULT_SCHEMA, schema_of
from flowql.syntax.parser import parse
from flowql.zones import UTC, Zone, find_zone

NOW = instant("2018-12-14T00:00:00Z")
NEWEST = instant("2018-12-13T14:00:00Z")
TOPICS = FakeCatalog({"default/vpc": DEFAULT_SCHEMA}, {"default/vpc": NEWEST})
NO_TIMES = FakeCatalog({"default/short": schema_of(["srcaddr", "dstport"])})
NO_END = FakeCatalog({"default/short": schema_of(["srcaddr", "start"])})


def zone(name: str) -> Zone:
    """The zone of a name that exists."""
    found = find_zone(name)
    assert found is not None
    return found


def binding_of(text: str, given: Given = NOTHING_GIVEN, catalog: FakeCatalog = TOPICS) -> Binding:
    """A binding whose topics are all those of the catalog."""
    (topic,) = catalog.topics()
    return Binding(parse(text), catalog, NOW, given, given.zone, catalog.schema(topic))


def bound_time(
    text: str,
    given: Given = NOTHING_GIVEN,
    catalog: FakeCatalog = TOPICS,
    inherited: TimeBinding | None = None,
) -> tuple[TimeBinding, Binding]:
    """The time of a text, and the binding that it was bound in."""
    binding = binding_of(text, given, catalog)
    time = bind_time(binding, catalog, catalog.topics(), inherited)
    binding.raise_errors()
    return time, binding


def span(low: str | None, high: str | None) -> TimeRange:
    """A range of instants."""
    return TimeRange(None if low is None else instant(low), None if high is None else instant(high))


def test_a_query_without_clauses_is_all_of_time() -> None:
    time, binding = bound_time("REJECT")
    assert time == TimeBinding(ALL_TIME, UTC, Everything(), False, ALL_TIME, Everything(), None)  # noqa: FBT003
    assert binding.notes == []


def test_the_zone_of_the_query_goes_before_the_one_given() -> None:
    given = Given(zone=zone("Asia/Shanghai"))
    time, binding = bound_time("since 2018-12-13", given)
    assert (time.zone, binding.zone) == (given.zone, given.zone)
    assert time.range == span("2018-12-12T16:00Z", None)
    time, binding = bound_time("tz +01:00 since 2018-12-13", given)
    assert (time.zone.name, binding.zone) == ("+01:00", time.zone)
    assert time.range == span("2018-12-12T23:00Z", None)


@pytest.mark.parametrize(
    ("text", "outer", "expected"),
    [
        ("", span("2018-12-13", None), span("2018-12-13", None)),
        ("since 2018-12-12", span("2018-12-13", None), span("2018-12-13", None)),
        ("since 2018-12-12", span(None, "2018-12-13"), span("2018-12-12", "2018-12-13")),
        (
            "on 2018-12-12",
            span("2018-12-12T06:00Z", "2018-12-12T07:00Z"),
            span("2018-12-12T06:00Z", "2018-12-12T07:00Z"),
        ),
        ("last 1h", span("2018-12-13T23:30Z", None), span("2018-12-13T23:30Z", "2018-12-14")),
    ],
)
def test_a_range_given_outside_is_intersected(text: str, outer: TimeRange, expected: TimeRange) -> None:
    time, binding = bound_time(text, Given(range=outer))
    assert (time.range, time.scan_range) == (expected, expected)
    assert "range-outside" not in [note.code for note in binding.notes]


@pytest.mark.parametrize("text", ["on 2018-12-12", "match overlap on 2018-12-12"])
def test_ranges_with_nothing_in_common_find_nothing_and_say_so(text: str) -> None:
    time, binding = bound_time(text, Given(range=span("2018-12-13", None)))
    assert time.range == time.scan_range == span("2018-12-13", "2018-12-13")
    assert time.range.is_empty
    assert (time.predicate, time.reaching) == (Nothing(), None)
    (note,) = binding.notes
    assert (note.code, note.severity) == ("range-outside", Severity.WARNING)
    assert "[2018-12-12T00:00:00Z, 2018-12-13T00:00:00Z)" in note.message


@pytest.mark.parametrize(
    ("text", "scan", "predicate"),
    [
        ("on 2018-12-13", span("2018-12-13", "2018-12-14"), "everything"),
        ("match start on 2018-12-13", span("2018-12-13", "2018-12-14"), "everything"),
        ("match overlap on 2018-12-13", span(None, "2018-12-14"), "end in [2018-12-13T00:00:00Z..]"),
        ("match overlap since 2018-12-13", ALL_TIME, "start exists and end in [2018-12-13T00:00:00Z..]"),
        ("match overlap until 2018-12-13", span(None, "2018-12-13"), "everything"),
        ("match overlap", ALL_TIME, "everything"),
        (
            "match overlap on 2018-12-13 daily 22:00..06:00",
            span(None, "2018-12-14"),
            "end in [2018-12-13T00:00:00Z..] and start daily in [22:00, 06:00) UTC",
        ),
    ],
)
def test_what_a_range_tests(text: str, scan: TimeRange, predicate: str) -> None:
    time, _ = bound_time(text)
    assert (time.scan_range, describe(time.predicate)) == (scan, predicate)


def test_the_effective_range_stays_as_it_is_written() -> None:
    time, _ = bound_time("match overlap on 2018-12-13")
    assert (time.range, time.overlaps) == (span("2018-12-13", "2018-12-14"), True)


@pytest.mark.parametrize("text", ["on 2018-12-13", "match overlap on 2018-12-13"])
def test_the_records_that_reach_into_a_range(text: str) -> None:
    time, _ = bound_time(f"{text} daily 22:00..06:00")
    assert time.reaching is not None
    scan, predicate = time.reaching
    assert scan == span(None, "2018-12-13")
    assert describe(predicate) == ("end in [2018-12-13T00:00:00Z..] and start daily in [22:00, 06:00) UTC")


@pytest.mark.parametrize(("text", "catalog"), [("until now", TOPICS), ("", TOPICS), ("since -1d", NO_END)])
def test_nothing_reaches_into_a_range_without_a_beginning_or_without_ends(
    text: str, catalog: FakeCatalog
) -> None:
    time, _ = bound_time(text, catalog=catalog)
    assert time.reaching is None


def test_a_subquery_takes_over_what_it_does_not_state() -> None:
    outer, _ = bound_time("tz Asia/Shanghai on 2018-12-13 match overlap daily 22:00..06:00")
    time, binding = bound_time("REJECT", inherited=outer)
    assert time == outer
    assert binding.zone == outer.zone
    time, _ = bound_time("match start", inherited=outer)
    assert (time.range, time.daily, time.overlaps) == (outer.range, outer.daily, False)
    time, _ = bound_time("since 2018-12-14", inherited=outer)
    assert (time.range, time.overlaps) == (span("2018-12-13T16:00Z", None), True)
    time, _ = bound_time("tz UTC daily 01:00..02:00", inherited=outer)
    assert (time.range, time.zone) == (outer.range, UTC)
    assert describe(time.daily) == "start daily in [01:00, 02:00) UTC"


def test_a_subquery_over_topics_without_times_takes_over_what_holds_there() -> None:
    outer, _ = bound_time("on 2018-12-13 match overlap daily 22:00..06:00")
    time, _ = bound_time("", catalog=NO_TIMES, inherited=outer)
    assert (time.overlaps, time.predicate) == (False, Nothing())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("daily 22:00..06:00 REJECT", "daily tests the field start, which no topic in scope has"),
        ("match overlap since now REJECT", "match overlap tests the field end, which no topic in scope has"),
    ],
)
def test_clauses_need_the_field_that_they_test(text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        bound_time(text, catalog=NO_TIMES)
    (error,) = caught.value.diagnostics
    assert (error.code, error.message) == ("unknown-field", message)
    assert error.proposal is not None
    assert error.proposal.endswith("REJECT")


def test_errors_in_every_clause_are_told_at_once() -> None:
    with pytest.raises(QueryError) as caught:
        bound_time("tz Mars on 2018-02-30 daily 25:00..26:00 match start match overlap")
    assert [error.code for error in caught.value.diagnostics] == [
        "unknown-zone",
        "bad-time",
        "bad-hours",
        "scope-twice",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "since 2018-10-28T02:30",
            "2018-10-28T02:30 comes twice in Europe/Berlin: it is read as 2018-10-28T02:30:00+02:00, not as 2018-10-28T02:30:00+01:00",
        ),
        (
            "until 2019-03-31T02:30",
            "2019-03-31T02:30 is left out in Europe/Berlin, where the clock leaps ahead: it is read as 2019-03-31T03:30:00+02:00, not as 2019-03-31T01:30:00+01:00",
        ),
    ],
)
def test_a_change_of_the_clock_is_warned_of_with_both_readings(text: str, message: str) -> None:
    _, binding = bound_time(text, Given(zone=zone("Europe/Berlin")))
    (note,) = binding.notes
    assert (note.code, note.severity, note.message) == ("clock-change", Severity.WARNING, message)


def test_a_range_after_the_data_names_the_newest_record_in_the_zone() -> None:
    _, binding = bound_time("last 1h", Given(zone=zone("+08:00")))
    (note,) = binding.notes
    assert note.message == (
        "the range begins after the newest record, which starts at 2018-12-13T22:00:00+08:00"
    )
    assert note.proposal == "last 1h of data"


def test_parameters_stand_for_times_and_durations() -> None:
    given = Given(parameters={"from": "2018-12-13", "how_long": "1h", "day": "yesterday"})
    assert bound_time("since $from", given)[0].range == span("2018-12-13", None)
    assert bound_time("last $how_long", given)[0].range == span("2018-12-13T23:00Z", "2018-12-14")
    assert bound_time("on $day", given)[0].range == span("2018-12-13", "2018-12-14")
