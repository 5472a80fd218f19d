"""Computed fields of one record, worked out one by one from the definitions in LANGUAGE.md."""

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

from flowql.names import protocol_name, service_name
from flowql.names.zones import zone_of
from flowql.schema import Kind, TopicName, field_named
from flowql.times import format_epoch
from flowql.values import SECOND_NS, format_address
from oracle.cells import IDENTITY, Identity, Row, Value
from oracle.records import Origin, Record, Table, Tables

Computed: TypeAlias = int | str | Fraction
"""A duration in nanoseconds, a text, or an exact quotient."""


def with_computed(tables: Tables, table: Table, place: int, names: Iterable[str]) -> Row:
    """The record at a place of its table, with its identity and the computed fields named; its own go first.

    It is kept, and is not to be changed.
    """
    key = (table.topic, place)
    row = tables.rows.get(key)
    if row is None:
        record = table.records[place]
        start = record.get("start")
        identity = Identity(start is not None, int(start or 0), table.topic, place)
        row = tables.rows[key] = {**record, IDENTITY: identity}
    for name in names:
        if name not in row:
            row[name] = _computed(name, table, place)
    return row


def _computed(name: str, table: Table, place: int) -> Value | None:
    record = table.records[place]
    # Without an origin any is as good as another, as long as no two records share it.
    origin = table.origins[place] if table.origins else Origin(place, "", place)
    match name:
        case "raw":
            return " ".join(_printed(record, each) for each in table.schema.names)
        case "_id":
            return f"{table.topic}:{origin.sequence}"
        case "_source":
            return f"{origin.source}:{origin.line}"
        case _:
            return computed_field(name, table.topic, record)


def computed_field(name: str, topic: TopicName, record: Record) -> Computed | None:
    """One that a record's own values and its topic give; None when it is missing, or is none of those."""
    match name:
        case "duration":
            return _duration(record)
        case "bps":
            return _quotient(record.get("bytes"), _duration(record), 8 * SECOND_NS)
        case "pps":
            return _quotient(record.get("packets"), _duration(record), SECOND_NS)
        case "bpp":
            return _quotient(record.get("bytes"), record.get("packets"), 1)
        case "topic":
            return topic.topic if topic.logset == "default" else f"{topic.logset}/{topic.topic}"
        case "src-zone" | "dst-zone":
            address = record.get(f"{name[:3]}addr")
            return zone_of(address) if isinstance(address, int) else None
        case "protocol-name":
            number = record.get("protocol")
            return protocol_name(number) if isinstance(number, int) else None
        case "service":
            ports = sorted(int(record[port]) for port in ("srcport", "dstport") if port in record)
            return next((found for port in ports if (found := service_name(port))), None)
        case "conversation":
            ends = sorted(int(record[end]) for end in ("srcaddr", "dstaddr") if end in record)
            return " <-> ".join(map(format_address, ends)) if len(ends) == 2 else None
        case _:
            return None


def _duration(record: Record) -> int | None:
    return int(record["end"]) - int(record["start"]) if {"start", "end"} <= set(record) else None


def _quotient(dividend: int | str | None, divisor: int | str | None, scale: int) -> Fraction | None:
    if dividend is None or divisor is None or not int(divisor):
        return None
    return Fraction(int(dividend) * scale, int(divisor))


def _printed(record: Record, name: str) -> str:
    if name not in record:
        return "-"
    match field_named(name).kind:
        case Kind.ADDRESS:
            return format_address(int(record[name]))
        case Kind.TIME:
            return format_epoch(int(record[name]))
        case _:
            return str(record[name])
