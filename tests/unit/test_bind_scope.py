"""Binding topics and time ranges."""

import pytest
from test_bind import CCN_SCHEMA, NEWEST, NOW, FakeCatalog, bound, instant, refused

from flowql.plan import logical
from flowql.plan.logical import TimeRange
from flowql.schema import DEFAULT_SCHEMA
from flowql.values import DAY_NS, SECOND_NS

HOUR_NS = 3600 * SECOND_NS
TOPICS = FakeCatalog(
    {
        "default/vpc-prod-a": DEFAULT_SCHEMA,
        "default/vpc-prod-b": DEFAULT_SCHEMA,
        "default/vpc-test": DEFAULT_SCHEMA,
        "default/ccn": CCN_SCHEMA,
        "archive/vpc-prod-a": DEFAULT_SCHEMA,
        "archive/old": DEFAULT_SCHEMA,
    },
    {"default/vpc-prod-a": NEWEST, "default/vpc-test": NEWEST + HOUR_NS},
)


def names(text: str, catalog: FakeCatalog = TOPICS) -> list[str]:
    """The topics in scope of a text."""
    return [str(topic) for topic in bound(text, catalog).topics]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["default/ccn", "default/vpc-prod-a", "default/vpc-prod-b", "default/vpc-test"]),
        ("from ccn", ["default/ccn"]),
        ("from CCN", ["default/ccn"]),
        ("from vpc-prod-*", ["default/vpc-prod-a", "default/vpc-prod-b"]),
        ("from vpc-prod-?, ccn", ["default/ccn", "default/vpc-prod-a", "default/vpc-prod-b"]),
        ("from *, -vpc-*", ["default/ccn"]),
        ("from *, -none-*", ["default/ccn", "default/vpc-prod-a", "default/vpc-prod-b", "default/vpc-test"]),
        ("from archive/old", ["archive/old"]),
        ("from *, -ccn, -vpc-prod-*", ["default/vpc-test"]),
        ("from */vpc-prod-a", ["archive/vpc-prod-a", "default/vpc-prod-a"]),
        ("from archive/*, ccn", ["archive/old", "archive/vpc-prod-a", "default/ccn"]),
    ],
)
def test_topics(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "message", "proposal"),
    [
        ("from vpc-tets", 'unknown topic "vpc-tets"', "from vpc-test"),
        ("from old", 'unknown topic "old"', "from archive/old"),
        ("from zzz", 'unknown topic "zzz"', None),
        ("from dr-*", 'no topic matches "dr-*"', None),
        ("from ccn, vpc-tets", 'unknown topic "vpc-tets"', "from ccn, vpc-test"),
        ("from *, -vpc-tets", 'unknown topic "vpc-tets"', "from *, -vpc-test"),
        ("from ccn, -ccn", "the exclusions leave no topic", None),
    ],
)
def test_refused_topics(text: str, message: str, proposal: str | None) -> None:
    (error,) = refused(text, TOPICS)
    assert (error.message, error.proposal) == (message, proposal)


def test_an_unknown_topic_names_the_nearest() -> None:
    text = "from vpc-prod-c REJECT"
    assert refused(text, TOPICS)[0].render(text) == (
        'error: unknown topic "vpc-prod-c"\n'
        "  from vpc-prod-c REJECT\n"
        "       ^^^^^^^^^^\n"
        "  topics with a similar name: vpc-prod-b, vpc-prod-a, archive/vpc-prod-a\n"
        "  try: from vpc-prod-b REJECT"
    )


def test_a_name_that_matches_nothing_shows_what_there_is() -> None:
    assert refused("from zzz", TOPICS)[0].details == (
        "topics in 2 logsets: archive/old, archive/vpc-prod-a, ccn, vpc-prod-a, vpc-prod-b, vpc-test",
    )


def test_an_empty_store_has_the_default_fields_and_no_topics() -> None:
    empty = FakeCatalog({})
    query = bound("dstport:22", empty)
    assert query.topics == ()
    assert logical.chain(query.plan)[0].schema == DEFAULT_SCHEMA
    assert refused("from vpc", empty)[0].details == ("the store has no topics yet",)


def test_a_logset_without_topics_is_noted() -> None:
    (note,) = bound("", FakeCatalog({"archive/old": DEFAULT_SCHEMA})).notes
    assert (note.code, note.message) == (
        "no-topics",
        "the logset default has no topics; name others with from: archive",
    )


def test_the_schema_is_the_union_of_the_topics() -> None:
    scan = logical.chain(bound("from *", TOPICS).plan)[0]
    assert scan.schema.names == CCN_SCHEMA.names + tuple(
        name for name in DEFAULT_SCHEMA.names if name not in CCN_SCHEMA
    )
    assert refused("from ccn srcport:22", TOPICS)[0].message == 'unknown field "srcport"'


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("", None, None),
        ("last 24h", NOW - DAY_NS, NOW),
        ("last 1h30m", NOW - 90 * 60 * SECOND_NS, NOW),
        ("last 1h of data", NEWEST + SECOND_NS, NEWEST + HOUR_NS + SECOND_NS),
        ("from vpc-prod-* last 1h of data", NEWEST - HOUR_NS + SECOND_NS, NEWEST + SECOND_NS),
        ("from vpc-prod-b last 1h of data", NOW - HOUR_NS, NOW),
        ("since 2018-12-13", instant("2018-12-13"), None),
        ("since -6h", NOW - 6 * HOUR_NS, None),
        ("until 2018-12-13", None, instant("2018-12-13")),
        ("since 2018-12-13 until now", instant("2018-12-13"), NOW),
        ("until 2018-12-14 REJECT since 2018-12-13", instant("2018-12-13"), instant("2018-12-14")),
        ("between 2018-12 and 2019-01", instant("2018-12-01"), instant("2019-01-01")),
        ("last 7d until 2018-12-13", instant("2018-12-06"), instant("2018-12-13")),
        ("until 2018-12-13 last 7d", instant("2018-12-06"), instant("2018-12-13")),
        ("since 2018-12-13T13:40+00:00 until 2018-12-13T14:00Z", NEWEST - 20 * 60 * SECOND_NS, NEWEST),
    ],
)
def test_range(text: str, low: int | None, high: int | None) -> None:
    query = bound(text, TOPICS)
    assert query.range == TimeRange(low, high)
    assert logical.chain(query.plan)[0].range == query.range


@pytest.mark.parametrize(
    ("text", "code", "proposal"),
    [
        ("last 1h since 2018-12-13", "scope-twice", "last 1h"),
        ("last 1h REJECT last 2h", "scope-twice", "last 1h REJECT"),
        ("last 1h of data until 2018-12-13", "scope-twice", "last 1h of data"),
        ("since 2018-12-13 since 2018-12-14", "scope-twice", "since 2018-12-13"),
        ("between 2018-12-13 and 2018-12-14 until now", "scope-twice", "between 2018-12-13 and 2018-12-14"),
        ("from ccn REJECT from vpc-test", "scope-twice", "from ccn, vpc-test REJECT"),
        ("since 2018-12-14 until 2018-12-13", "reversed-range", "since 2018-12-13 until 2018-12-14"),
        ("between 2018-12-14 and 2018-12-13", "reversed-range", "between 2018-12-13 and 2018-12-14"),
        ("between 2018-12-13 and 2018-12-13", "empty-range", "between 2018-12-13 and 2018-12-14"),
        ("last 0s", "empty-range", None),
        ("since 2018-02-30", "bad-time", "since 2018-02-28"),
        ("until 2263-01-01", "out-of-domain", None),
        ("last 100000w", "out-of-domain", None),
        ("last " + "9" * 70 + "d", "bad-duration", None),
        ("last 1h until 2018-12-13 since now", "scope-twice", "last 1h until 2018-12-13"),
    ],
)
def test_refused_ranges(text: str, code: str, proposal: str | None) -> None:
    (error,) = refused(text, TOPICS)
    assert (error.code, error.proposal) == (code, proposal)


def test_errors_of_the_scope_and_the_filter_come_together() -> None:
    errors = refused("since 2018-02-30 dsport:22 action<3 | top 3 srcadr", TOPICS)
    assert [error.code for error in errors] == ["bad-time", "unknown-field", "bad-operator", "unknown-field"]


def test_last_on_old_data_says_so_and_proposes_last_of_data() -> None:
    (note,) = bound("REJECT last 1h").notes
    assert note.code == "range-after-data"
    assert note.proposal == "REJECT last 1h of data"
    assert bound("REJECT last 1h of data").notes == ()
