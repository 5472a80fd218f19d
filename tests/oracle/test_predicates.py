"""Every predicate on every kind of field, bound by hand: the engine finds the records that the oracle finds."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from flowql.plan.predicates import (
    OPEN_HIGH,
    OPEN_LOW,
    And,
    Compares,
    Exists,
    HasBits,
    HasTokens,
    InDaily,
    InIntervals,
    InRanges,
    Interval,
    InValues,
    Like,
    Matches,
    Not,
    OnTopics,
    Or,
    Predicate,
    Relation,
    TextEquals,
    TokenLike,
    describe,
)
from flowql.schema import Kind, TopicName, field_named
from flowql.values import SECOND_NS, parse_address
from oracle.direct import DirectStore, assert_same, build_direct_store, ids_plan, virtual
from oracle.random_records import BASE_S
from oracle.scratch import scratch_folder

SHAPES = ((11, 1, 1, 1200), (12, 60, 5, 40 * 86_400), (13, 400, 6, 40 * 86_400))
"""Seed, records, commits and seconds: one record, few in several segments, many in more over 40 days."""
BIG = (14, 66_000, 1, 100 * 86_400)
"""More than one block, and days on which clocks were changed in New York and in Berlin."""
CHANGING = ("Europe/Berlin", "America/New_York")
HOUR = 3600 * SECOND_NS
FLOWS, OTHER = TopicName("default", "flows"), TopicName("default", "other")

DURATION = virtual("duration", Kind.DURATION)
BPS, PPS, BPP = (virtual(name, Kind.REAL) for name in ("bps", "pps", "bpp"))
RAW, ID, SOURCE, CONVERSATION = (
    virtual(name, Kind.TEXT) for name in ("raw", "_id", "_source", "conversation")
)


def address(text: str) -> int:
    """The 128 bits of an address that is one."""
    found = parse_address(text)
    assert found is not None
    return found


def binary(*texts: str) -> pa.Array:
    """A set of addresses."""
    return pa.array(sorted(address(text).to_bytes(16, "big") for text in texts), pa.binary(16))


def regexes() -> Iterator[Predicate]:
    for name, regex in (
        ("account-id", "team"),
        ("account-id", "^team.blue$"),
        ("account-id", r"[*]|^r"),
        ("interface-id", "^eni-[ab][0-9]+$"),
        ("interface-id", "LQ6"),
        ("action", ""),
        ("action", "nothing at all"),
        ("vpc-id", r"-2\b"),
        ("srcaddr", r"^10\.0\.[01]\."),
        ("dstaddr", "::"),
        ("srcport", "^4000[12]$"),
        ("dstport", "8"),
        ("protocol", "^.$"),
        ("bytes", "^10{3}"),
        ("packets", "^(5|41)$"),
        ("start", "7$"),
        ("end", r"\.25$"),
        ("tcp-flags", "^1"),
    ):
        yield Matches(field_named(name), regex)
    yield Matches(DURATION, r"^-|\.2")
    yield Matches(RAW, r" (ACCEPT|REJECT) OK$")
    yield Matches(CONVERSATION, r"^10\..* <-> 10\.")
    yield Matches(SOURCE, r"/3\.log:1\d$")
    yield Matches(ID, "other:")


def comparisons() -> Iterator[Predicate]:
    pairs = [
        *(("srcport", "dstport"), ("srcaddr", "dstaddr"), ("packets", "bytes"), ("start", "end")),
        *(("bytes", "tcp-flags"), ("srcport", "srcport"), ("protocol", "protocol")),
    ]
    for name, other in pairs:
        for relation in Relation:
            yield Compares(field_named(name), relation, field_named(other))
    for name, other in (("action", "log-status"), ("account-id", "interface-id"), ("action", "action")):
        for relation in (Relation.EQUAL, Relation.NOT_EQUAL):
            yield Compares(field_named(name), relation, field_named(other))
    zones = [virtual(f"{side}-zone", Kind.TEXT) for side in ("src", "dst")]
    yield Compares(zones[0], Relation.EQUAL, zones[1])
    yield Compares(zones[0], Relation.NOT_EQUAL, zones[1])
    yield Compares(field_named("action"), Relation.NOT_EQUAL, zones[1])
    yield Compares(BPS, Relation.GREATER, PPS)
    yield Compares(BPP, Relation.EQUAL, BPS)
    yield Compares(DURATION, Relation.LESS_EQUAL, DURATION)


def quotients() -> Iterator[Predicate]:
    ends = [Fraction(n) for n in (0, 1, 41, 8_000_000)]
    ends += [Fraction(41, 40), Fraction(320, 3), Fraction(-8, 3), Fraction(1500 * 8, 600)]
    for field in (BPS, PPS, BPP):
        yield Exists(field)
        for end in ends:
            yield InIntervals(field, (Interval(end, end),))
            yield InIntervals(field, (Interval(end, None, low_excluded=True),))
            yield InIntervals(field, (Interval(None, end, high_excluded=True), Interval(end + 1, end + 100)))
            yield InIntervals(field, (Interval(end, end * 2 + 1, low_excluded=True, high_excluded=True),))


def durations() -> Iterator[Predicate]:
    yield Exists(DURATION)
    yield InRanges(DURATION, ((60 * SECOND_NS, OPEN_HIGH),))
    yield InRanges(DURATION, ((OPEN_LOW, -1),))
    yield InRanges(DURATION, ((0, 0), (SECOND_NS, SECOND_NS), (600 * SECOND_NS, 600 * SECOND_NS)))
    yield InRanges(DURATION, tuple((i * 10, i * 10) for i in range(10)))
    yield InRanges(DURATION, ((1, SECOND_NS - 1),))
    yield InRanges(DURATION, ((10**18, OPEN_HIGH),))
    yield Like(DURATION, "6*", (1,))
    yield Like(DURATION, "-?", (1,))


def texts() -> Iterator[Predicate]:
    yield from map(Exists, (RAW, ID, SOURCE, CONVERSATION))
    yield HasTokens(RAW, "REJECT OK")
    yield HasTokens(RAW, "- - reject")
    yield HasTokens(RAW, "10.0.0.1")
    yield HasTokens(RAW, " ")
    yield HasTokens(CONVERSATION, "10.0.0.1")
    yield HasTokens(CONVERSATION, "10.0.0.2 -")
    yield TextEquals(CONVERSATION, ("10.0.0.1 <-> 10.0.0.2", "10.0.0.2 <-> 10.0.0.1", ":: <-> FE80::1"))
    yield Like(CONVERSATION, "10.* <-> *:*", (3, 9, 11))
    yield Like(RAW, "* 22 ? *", (0, 5, 7))
    yield TokenLike(RAW, "eni-lq6*", (7,))
    yield TokenLike(CONVERSATION, "203.*", (4,))
    yield TokenLike(SOURCE, "12.log", ())
    yield Like(SOURCE, "*.log:1", (0,))
    yield TextEquals(
        ID, ("default/flows:0", "DEFAULT/other:1", "default/flows:00", "default/other:+1", "flows:3")
    )
    yield TextEquals(ID, ("default/flows:7", "default/flows:59", "default/flows:123456789012345678901234"))
    yield Like(ID, "*:?", (0, 2))
    for name in ("topic", "service", "src-zone", "dst-zone", "protocol-name"):
        yield Exists(virtual(name, Kind.TEXT))
    yield TextEquals(virtual("service", Kind.TEXT), ("SSH", "http"))
    yield Like(virtual("src-zone", Kind.TEXT), "p*", (1,))


def days() -> Iterator[InDaily]:
    for zone in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "+05:30"):
        for low, high in ((8 * HOUR, 18 * HOUR), (22 * HOUR, 6 * HOUR), (0, 1), (2 * HOUR, 3 * HOUR)):
            yield InDaily(field_named("start"), low, high, zone)
    yield InDaily(field_named("end"), 0, 12 * HOUR, "Asia/Shanghai")


def sets() -> Iterator[Predicate]:
    yield InValues(field_named("srcaddr"), binary("10.0.0.1", "2001:db8::1", "::", "fe80::1", "9.9.9.9"))
    yield InValues(field_named("dstaddr"), binary(*(f"10.0.0.{i}" for i in range(256))))
    yield InValues(field_named("dstaddr"), binary("2001:db8:1::5"))
    yield InValues(field_named("srcport"), pa.array([22, 80, 40001]))
    yield InValues(field_named("dstport"), pa.array([*range(1000, 9000), 1 << 40]))
    yield InValues(field_named("protocol"), pa.array([-5, 6]))
    yield InValues(field_named("bytes"), pa.array([5, 40, 4294967296]))
    yield InValues(field_named("packets"), pa.array([2, 3]))
    yield InValues(field_named("action"), pa.array(["accept", "nothing"]))
    yield InValues(field_named("account-id"), pa.array(["a*b", "team/blue"]))
    yield InValues(
        field_named("start"), pa.array([(BASE_S + i) * SECOND_NS for i in range(0, 40 * 86_400, 7)])
    )
    yield InValues(DURATION, pa.array([0, 60 * SECOND_NS]))
    yield InValues(CONVERSATION, pa.array(["10.0.0.1 <-> 10.0.0.2"]))


def others() -> Iterator[Predicate]:
    for name, mask in (
        ("tcp-flags", 2),
        ("tcp-flags", 18),
        ("tcp-flags", 1 << 70),
        ("dstport", 3),
        ("bytes", 1 << 32),
    ):
        yield HasBits(field_named(name), mask)
    yield OnTopics((FLOWS,))
    yield OnTopics((OTHER, FLOWS))
    yield OnTopics((TopicName("default", "none"),))
    minutes = [(BASE_S + m * 60) * SECOND_NS for m in range(0, 60 * 24 * 40, 37)]
    yield InRanges(field_named("start"), tuple((m, m + 30 * SECOND_NS) for m in minutes))
    yield InRanges(field_named("start"), tuple((m, m + 3600 * SECOND_NS) for m in minutes[::50]))
    yield InRanges(field_named("end"), tuple((m, m + 600 * SECOND_NS) for m in minutes))
    yield InRanges(field_named("bytes"), tuple((n, n) for n in (0, 5, 40, 100, 1500, 10**6)))


PREDICATES = tuple(
    predicate
    for family in (regexes, comparisons, quotients, durations, texts, days, sets, others)
    for predicate in family()
)


@pytest.fixture(scope="module")
def stores() -> Iterator[list[DirectStore]]:
    """One for each of `SHAPES`."""
    with scratch_folder("predicates") as folder:
        built = []
        for seed, *shape in SHAPES:
            (folder / str(seed)).mkdir()
            built.append(build_direct_store(folder / str(seed), seed, *shape))
        yield built


@pytest.fixture(scope="module")
def big_store() -> Iterator[DirectStore]:
    """A store of several blocks a segment."""
    with scratch_folder("predicates-big") as folder:
        yield build_direct_store(folder, *BIG)


def settings_of(predicate: Predicate) -> Iterator[Predicate]:
    """The predicate alone, and where it is asked of few candidates, of many, and beside others."""
    rare = InRanges(field_named("dstport"), ((53, 53),))
    often = Exists(field_named("dstaddr"))
    rarest = And(
        (
            rare,
            TextEquals(field_named("interface-id"), ("eni-b10",)),
            InRanges(field_named("bytes"), ((40, 41),)),
        )
    )
    yield predicate
    yield Not(predicate)
    yield And((rare, predicate))
    yield And((*rarest.items, Not(predicate)))
    yield And((often, Or((predicate, rare))))
    yield Or((rare, And((often, predicate)), Not(Or((predicate, often)))))


@pytest.mark.parametrize("predicate", PREDICATES, ids=describe)
def test_engine_and_oracle_agree(stores: list[DirectStore], predicate: Predicate) -> None:
    for store in stores:
        assert_same(store, ids_plan(store, predicate))


def mostly_long(predicates: Sequence[Predicate], step: int) -> list[Any]:
    """Every `step`-th of the predicates, and the others for those who have the time (`pytest -m long`)."""
    return [
        predicate if place % step == 0 else pytest.param(predicate, marks=pytest.mark.long)
        for place, predicate in enumerate(predicates)
    ]


@pytest.mark.parametrize("predicate", mostly_long(PREDICATES, 16), ids=describe)
def test_engine_and_oracle_agree_in_every_setting(stores: list[DirectStore], predicate: Predicate) -> None:
    *_, large = stores
    for setting in settings_of(predicate):
        assert_same(large, ids_plan(large, setting))


@pytest.mark.parametrize(
    "predicate",
    [
        *mostly_long(PREDICATES[::40], 10),
        *mostly_long([each for each in days() if each.zone in CHANGING][::2], 4),
    ],
    ids=describe,
)
def test_engine_and_oracle_agree_across_blocks(big_store: DirectStore, predicate: Predicate) -> None:
    assert_same(big_store, ids_plan(big_store, predicate))
    assert_same(big_store, ids_plan(big_store, And((Exists(field_named("dstaddr")), Not(predicate)))))


def test_most_predicates_match_some_records_and_not_others(stores: list[DirectStore]) -> None:
    """The list is worth asking."""
    store = stores[-1]
    total = store.run(store.scan).matched_count
    counts = [store.run(ids_plan(store, predicate)).matched_count for predicate in PREDICATES]
    telling = sum(0 < count < total for count in counts)
    assert telling > len(counts) * 0.7, sorted(zip(counts, map(describe, PREDICATES), strict=True))
