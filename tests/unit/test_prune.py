"""What a segment's metadata proves of predicates: the table at the head of prune.py, case by case."""

from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa
import pytest

from flowql.plan.localize import localized, sequences_of_ids
from flowql.plan.predicates import (
    And,
    Compares,
    Everything,
    Exists,
    HasBits,
    InDaily,
    InIntervals,
    InRanges,
    Interval,
    InValues,
    Matches,
    Not,
    Nothing,
    OnTopics,
    Predicate,
    Relation,
    TextEquals,
)
from flowql.plan.prune import Verdict, prove
from flowql.schema import Field, Kind, TopicName, field_named
from flowql.values import SECOND_NS

NEVER, MAYBE, ALWAYS = Verdict
TOPIC = TopicName("default", "flows")
NOON = 43_200 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Bounds:
    """A summary of a field."""

    low: int | str
    high: int | str
    present_count: int = 100


@dataclass(frozen=True, slots=True)
class Numbers:
    """Bounds of sequence numbers."""

    sequence_min: int = 50
    sequence_max: int = 149


class Metadata:
    """A segment of a hundred rows."""

    row_count = 100
    provenance = Numbers()

    def summary(self, name: str) -> Bounds | None:
        """Of the fields below; all others are missing."""
        return {
            "srcport": Bounds(1000, 2000),
            "dstport": Bounds(22, 443),
            "protocol": Bounds(6, 6),
            "packets": Bounds(2000, 2000, 99),
            "bytes": Bounds(40, 2000),
            "tcp-flags": Bounds(2, 2),
            "start": Bounds(NOON, NOON + 100 * SECOND_NS),
            "end": Bounds(NOON + 50 * SECOND_NS, NOON + 160 * SECOND_NS),
            "srcaddr": Bounds(10, 20),
            "action": Bounds("accept", "reject"),
            "log-status": Bounds("ok", "ok"),
            "vpc-id": Bounds("ok", "ok"),
            "region": Bounds("a", "b"),
        }.get(name)


def compares(name: str, relation: str, other: str) -> Compares:
    """A comparison of stored fields."""
    return Compares(field_named(name), Relation(relation), field_named(other))


def duration(low: int, high: int) -> InRanges:
    """Durations in seconds."""
    return InRanges(Field("duration", Kind.DURATION, is_virtual=True), ((low * SECOND_NS, high * SECOND_NS),))


def real(name: str) -> InIntervals:
    """Any quotient."""
    return InIntervals(Field(name, Kind.REAL, is_virtual=True), (Interval(Fraction(0), None),))


@pytest.mark.parametrize(
    ("predicate", "verdict"),
    [
        (compares("srcport", "<", "dstport"), NEVER),
        (compares("srcport", "<=", "dstport"), NEVER),
        (compares("srcport", ">", "dstport"), ALWAYS),
        (compares("srcport", ">=", "dstport"), ALWAYS),
        (compares("srcport", "=", "dstport"), NEVER),
        (compares("srcport", "!=", "dstport"), ALWAYS),
        (compares("dstport", "<", "srcport"), ALWAYS),
        (compares("bytes", "<", "packets"), MAYBE),
        (compares("bytes", "<=", "packets"), MAYBE),  # one row lacks packets
        (compares("bytes", ">", "packets"), NEVER),
        (compares("bytes", ">=", "packets"), MAYBE),
        (compares("protocol", "=", "protocol"), ALWAYS),
        (compares("protocol", "!=", "protocol"), NEVER),
        (compares("packets", "=", "packets"), MAYBE),
        (compares("bytes", "=", "packets"), MAYBE),
        (compares("bytes", "=", "tcp-flags"), NEVER),
        (compares("start", "<", "end"), MAYBE),
        (compares("srcaddr", "=", "dstaddr"), NEVER),
        (compares("dstaddr", "!=", "srcaddr"), NEVER),
        (Not(compares("dstaddr", "!=", "srcaddr")), ALWAYS),
        (compares("log-status", "=", "vpc-id"), ALWAYS),
        (compares("log-status", "!=", "vpc-id"), NEVER),
        (compares("action", "=", "region"), MAYBE),
        (compares("log-status", "=", "region"), NEVER),
        (compares("log-status", "!=", "region"), ALWAYS),
        (
            Compares(
                Field("bps", Kind.REAL, is_virtual=True),
                Relation.LESS,
                Field("bpp", Kind.REAL, is_virtual=True),
            ),
            MAYBE,
        ),
        (HasBits(field_named("tcp-flags"), 2), MAYBE),
        (HasBits(field_named("tcp-flags"), 18), NEVER),
        (HasBits(field_named("traffic-path"), 1), NEVER),
        (InValues(field_named("dstport"), pa.array([1, 22])), MAYBE),
        (InValues(field_named("dstport"), pa.array([443, 9000])), MAYBE),
        (InValues(field_named("dstport"), pa.array([1, 21, 444])), NEVER),
        (
            InValues(
                field_named("srcaddr"),
                pa.array([(9).to_bytes(16, "big"), (20).to_bytes(16, "big")], pa.binary(16)),
            ),
            MAYBE,
        ),
        (
            InValues(
                field_named("srcaddr"),
                pa.array([(9).to_bytes(16, "big"), (21).to_bytes(16, "big")], pa.binary(16)),
            ),
            NEVER,
        ),
        (InValues(field_named("action"), pa.array(["aaa", "zzz"])), NEVER),
        (InValues(field_named("action"), pa.array(["aaa", "drop"])), MAYBE),
        (Matches(field_named("action"), "x"), MAYBE),
        (Matches(field_named("region-id"), "x"), NEVER),
        (duration(-50, 160), ALWAYS),
        (duration(-50, 159), MAYBE),
        (duration(161, 999), NEVER),
        (duration(-99, -51), NEVER),
        (real("bps"), MAYBE),
        (real("bpp"), MAYBE),
        (Exists(Field("raw", Kind.TEXT, is_virtual=True)), MAYBE),
        (Matches(Field("conversation", Kind.TEXT, is_virtual=True), "x"), NEVER),
        (Exists(Field("dst-zone", Kind.TEXT, is_virtual=True)), NEVER),
        (Exists(Field("src-zone", Kind.TEXT, is_virtual=True)), MAYBE),
        (OnTopics((TOPIC,)), MAYBE),
    ],
)
def test_a_proof(predicate: Predicate, verdict: Verdict) -> None:
    assert prove(predicate, Metadata()) is verdict


@pytest.mark.parametrize("place", range(5))
def test_the_range_that_decides_is_found_among_many(place: int) -> None:
    ranges = [(1, 2), (4, 9), (1500, 1600), (3000, 3001), (9000, 9001)]
    held = InRanges(field_named("srcport"), tuple(ranges[: place + 1]))
    assert prove(held, Metadata()) is (NEVER if place < 2 else MAYBE)
    assert prove(InRanges(field_named("srcport"), ((1, 2), (900, 2000), (2002, 2003))), Metadata()) is ALWAYS


IDS = Field("_id", Kind.TEXT, is_virtual=True)


@pytest.mark.parametrize(
    ("predicate", "here"),
    [
        (OnTopics((TOPIC, TopicName("a", "b"))), Everything()),
        (OnTopics((TopicName("a", "flows"),)), Nothing()),
        (Not(OnTopics((TOPIC,))), Nothing()),
        (And((OnTopics((TOPIC,)), Exists(field_named("bytes")))), Exists(field_named("bytes"))),
        (TextEquals(IDS, ("Default/Flows:50", "default/flows:49")), TextEquals(IDS, ("default/flows:50",))),
        (TextEquals(IDS, ("default/flows:150", "default/other:60", "60")), Nothing()),
        (Exists(IDS), Everything()),
        (
            Exists(Field("conversation", Kind.TEXT, is_virtual=True)),
            And((Exists(field_named("srcaddr")), Exists(field_named("dstaddr")))),
        ),
        (Exists(field_named("raw")), Exists(field_named("raw"))),  # a topic's own field of that name
        (
            InDaily(field_named("start"), NOON + 10 * SECOND_NS, NOON + 20 * SECOND_NS, "UTC"),
            InRanges(field_named("start"), ((NOON + 10 * SECOND_NS, NOON + 20 * SECOND_NS - 1),)),
        ),
        (
            InDaily(field_named("start"), 13 * 3600 * SECOND_NS, 14 * 3600 * SECOND_NS, "+01:00"),
            InRanges(field_named("start"), ((NOON, NOON + 100 * SECOND_NS),)),
        ),
        (InDaily(field_named("start"), 13 * 3600 * SECOND_NS, 14 * 3600 * SECOND_NS, "UTC"), Nothing()),
    ],
)
def test_what_a_predicate_is_in_a_segment(predicate: Predicate, here: Predicate) -> None:
    assert localized(predicate, TOPIC, Metadata()) == here


def test_ids_name_sequence_numbers_in_one_form_only() -> None:
    ids = [
        "default/flows:7",
        "default/flows:007",
        "default/flows:",
        "flows:7",
        "default/flows:+7",
        "default/flows:\u0667",
    ]
    assert sequences_of_ids([*ids, f"default/flows:{1 << 64}"], TOPIC) == [7]
