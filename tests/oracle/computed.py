"""Computed fields of one record, worked out one by one from the definitions in LANGUAGE.md."""

from fractions import Fraction
from typing import TypeAlias

from flowql.names import protocol_name, service_name
from flowql.names.zones import zone_of
from flowql.schema import Kind, TopicName, field_named, virtual_names
from flowql.times import format_epoch
from flowql.values import SECOND_NS, format_address
from oracle.records import FullRecord, Origin, Record, Table, Tables

Computed: TypeAlias = int | str | Fraction
"""A duration in nanoseconds, a text, or an exact quotient."""


def with_computed(tables: Tables, table: Table, place: int) -> FullRecord:
    """The record at a place of its table, its computed fields beside it; its own go first."""
    key = (table.topic, place)
    if key not in tables.rows:
        tables.rows[key] = {**_computed_fields(table, place), **table.records[place]}
    return tables.rows[key]


def _computed_fields(table: Table, place: int) -> FullRecord:
    record = table.records[place]
    fields = {name: computed_field(name, table.topic, record) for name in virtual_names()}
    fields["raw"] = " ".join(_printed(record, name) for name in table.schema.names)
    # Without an origin any is as good as another, as long as no two records share it.
    origin = table.origins[place] if table.origins else Origin(place, "", place)
    fields["_id"] = f"{table.topic}:{origin.sequence}"
    fields["_source"] = f"{origin.source}:{origin.line}"
    return {name: value for name, value in fields.items() if value is not None}


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
