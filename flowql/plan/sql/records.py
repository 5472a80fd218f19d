"""The records of a whole query in SQL: what the table `flows` holds, in the engine's types.

Owns the table's columns, the way from their public types to those of `SQL_TYPES`, the computed fields, and
the columns that give records their order. What of the records is asked for is the caller's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from flowql.names import protocol_name, service_name
from flowql.plan.logical import Column, Scan
from flowql.plan.sql import plain_addresses, plain_times
from flowql.plan.sql.chain import Order
from flowql.plan.sql.quotients import QUOTIENTS
from flowql.plan.sql.templates import filled
from flowql.plan.sql.terms import Term, aliased, call, cast, integer, named, text
from flowql.schema import Field, Kind, Schema, TopicName, virtual_parts

FLOWS = "flows"
"""The table that a statement reads."""
RECORDS, COMPUTED, ADDRESSES, SERVICES = "records", "computed", "addresses", "services"
TOPIC, SEQUENCE, RANK = "#topic", "#sequence", "#rank"
ID, SOURCE, START = "_id", "_source", "start"
ROW = Column("#row", Kind.COUNT)
"""What records have where nothing of them is asked for but that they are there."""
HIDDEN_START = f"#{START}"
"""`start` where it is there for the order only, as stages may make a column of its name."""
_TEXT_OF, _BYTES_OF = "#text-", "#of-"
_TEXT, _BYTES = "#text", "#bytes"
_ENDS = ("srcaddr", "dstaddr")
_DEFAULT_LOGSET = "default/"
_PUBLIC_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.ADDRESS: "VARCHAR",
    Kind.PORT: "BIGINT",
    Kind.PROTOCOL: "BIGINT",
    Kind.COUNT: "BIGINT",
    Kind.TIME: "TIMESTAMPTZ",
}
IDENTITY = frozenset((TOPIC, SEQUENCE, RANK))
"""The columns that tell records apart."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What is needed of the records of a scan: fields, computed ones too, and columns of their order.

    `identity` names those of `TOPIC`, `SEQUENCE` and `RANK` that are, and `counts` says that `ROW` is.
    """

    scan: Scan
    schemas: Mapping[TopicName, Schema]
    fields: frozenset[Field]
    identity: frozenset[str]
    counts: bool

    @property
    def virtual(self) -> tuple[str, ...]:
        """The computed fields, in the order of their names."""
        return tuple(sorted(field.name for field in self.fields if field.is_virtual))

    @property
    def stored(self) -> tuple[Field, ...]:
        """The fields of the table that are read in their types."""
        names = {field.name for field in self.fields if not field.is_virtual}
        for name in self.virtual:
            names.update(self.scan.schema.names if name == "raw" else virtual_parts(name))
        return tuple(field for field in self.scan.schema.fields if field.name in names)

    @property
    def printed(self) -> tuple[Field, ...]:
        """The addresses that are read as texts, too."""
        pairs = {"conversation": _ENDS, "raw": self.scan.schema.names}
        names = {name for each in self.virtual for name in pairs.get(each, ())}
        return tuple(field for field in self.scan.schema.of_kind(Kind.ADDRESS) if field.name in names)

    @property
    def identity_names(self) -> frozenset[str]:
        """The columns that tell records apart."""
        is_by_topic = "topic" in self.virtual or ("raw" in self.virtual and len(self.scan.topics) > 1)
        return self.identity | {TOPIC} if is_by_topic else self.identity

    @property
    def public_columns(self) -> dict[str, str]:
        """The columns of the table, and their types."""
        columns = {field.name: _PUBLIC_TYPES[field.kind] for field in self.stored}
        if ID in self.virtual or self.identity_names:
            columns[ID] = "VARCHAR"
        if SOURCE in self.virtual:
            columns[SOURCE] = "VARCHAR"
        return columns


def order_of(scan: Scan, given: Sequence[Column]) -> tuple[Order, ...]:
    """The order of results: newest start first, then topic and sequence, the greatest first."""
    columns = [Column(SEQUENCE, Kind.COUNT)]
    if len(scan.topics) > 1:
        columns.insert(0, Column(RANK, Kind.COUNT))
    if START in scan.schema:
        start = Column(START, Kind.TIME)
        columns.insert(0, start if start in given else Column(HIDDEN_START, Kind.TIME))
    return tuple(Order(column, descending=True) for column in columns)


def parts_of(needed: Needed) -> list[tuple[str, exp.Select]]:
    """The parts of a statement, by name, of which the last one yields the records."""
    made = [name for name in needed.virtual if name not in (ID, SOURCE)]
    addresses = [field.name for field in needed.stored if field.kind is Kind.ADDRESS]
    parts = [(SERVICES, _services())] if "service" in made else []
    if addresses:
        parts.append((ADDRESSES, _addresses(addresses)))
    parts.append((RECORDS, _records(needed, addresses)))
    if made:
        computed = [aliased(_computed(name, needed), name) for name in made]
        parts.append((COMPUTED, _select([exp.Star(), *computed], RECORDS)))
    return parts


def _select(shown: Iterable[Term], table: str) -> exp.Select:
    return exp.select(*shown, copy=False).from_(_table(table), copy=False)


def _table(name: str) -> exp.Table:
    table = exp.to_table(name)
    table.this.set("quoted", True)  # noqa: FBT003 - sqlglot's signature
    return table


def _addresses(names: Sequence[str]) -> exp.Select:
    """The bytes of every text of an address that stands in one of these columns: each is read once."""
    queries = [_select([aliased(named(name), _TEXT)], FLOWS).distinct(copy=False) for name in names]
    every: exp.Query = queries[0]
    for query in queries[1:]:
        every = exp.Union(this=every, expression=query, distinct=True)
    shown = [named(_TEXT), aliased(plain_addresses.from_text(named(_TEXT)), _BYTES)]
    return exp.select(*shown, copy=False).from_(exp.Subquery(this=every), copy=False)


def _records(needed: Needed, addresses: Sequence[str]) -> exp.Select:
    """The table's columns in the engine's types, and those that tell records apart."""
    shown = [aliased(_typed(field), field.name) for field in needed.stored]
    shown += [aliased(_in_table(field.name), _TEXT_OF + field.name) for field in needed.printed]
    shown += [aliased(_in_table(name), name) for name in (ID, SOURCE) if name in needed.virtual]
    shown += [aliased(_identity(name, needed.scan), name) for name in sorted(needed.identity_names)]
    query = _select([*shown, aliased(integer(1), ROW.name)] if needed.counts else shown, FLOWS)
    for name in addresses:
        known = exp.alias_(_table(ADDRESSES), _BYTES_OF + name, table=True, quoted=True, copy=False)
        is_it = exp.EQ(this=_known(name, _TEXT), expression=_in_table(name))
        query = query.join(known, on=is_it, join_type="left", copy=False)
    return query


def _in_table(name: str) -> exp.Column:
    """A column of the table `flows`."""
    return exp.column(name, FLOWS, quoted=True)


def _known(field: str, column: str) -> exp.Column:
    """What is known of the address of a field: `_TEXT` or `_BYTES`."""
    return exp.column(column, _BYTES_OF + field, quoted=True)


def _typed(field: Field) -> Term:
    """A column of the table in the engine's type."""
    match field.kind:
        case Kind.ADDRESS:
            return _known(field.name, _BYTES)
        case Kind.TIME:
            return call("EPOCH_NS", _in_table(field.name))
        case Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
            return cast(_in_table(field.name), "BIGINT")
        case Kind.TEXT:
            return cast(_in_table(field.name), "VARCHAR")
        case _:
            raise AssertionError(f"no field is stored as {field.kind}")


def _identity(name: str, scan: Scan) -> Term:
    topic = filled("SPLIT_PART($id, ':', 1)", id=_in_table(ID))
    match name:
        case "#topic":
            return topic
        case "#sequence":
            return filled("CAST(SPLIT_PART($id, ':', 2) AS UBIGINT)", id=_in_table(ID))
        case "#rank":
            ranks = enumerate(sorted(scan.topics))
            ifs = [exp.If(this=text(str(each)), true=integer(rank)) for rank, each in ranks]
            return exp.Case(this=topic, ifs=ifs)
        case _:
            raise AssertionError(name)


def _computed(name: str, needed: Needed) -> Term:
    match name:
        case "duration":
            return filled('"end" - "start"')
        case "bps" | "pps" | "bpp":
            return QUOTIENTS[name].real
        case "src-zone" | "dst-zone":
            return plain_addresses.zone_text(named(f"{name[:3]}addr"))
        case "conversation":
            one, other = (named(_TEXT_OF + end) for end in _ENDS)
            is_in_order = exp.LTE(this=named(_ENDS[0]), expression=named(_ENDS[1]))
            pairs = (filled("$a || ' <-> ' || $b", a=a, b=b) for a, b in ((one, other), (other, one)))
            return exp.Case(ifs=[exp.If(this=is_in_order, true=next(pairs))], default=next(pairs))
        case "service":
            template = "COALESCE($lower, $greater)"
            return filled(template, lower=_service("LEAST"), greater=_service("GREATEST"))
        case "protocol-name":
            names = text(",".join(protocol_name(number) or "" for number in range(256)))
            return filled(
                "NULLIF(STRING_SPLIT($names, ',')[$number + 1], '')", names=names, number=named("protocol")
            )
        case "topic":
            template = f"CASE WHEN STARTS_WITH($topic, '{_DEFAULT_LOGSET}') THEN $short ELSE $topic END"
            short = call("SUBSTRING", named(TOPIC), integer(len(_DEFAULT_LOGSET) + 1))
            return filled(template, topic=named(TOPIC), short=short)
        case "raw":
            return _line(needed)
        case _:
            raise AssertionError(name)


def _service(function: str) -> Term:
    """The name of the lower or the greater port; a missing one is not the lower, and has no name."""
    port = call(function, named("srcport"), named("dstport"))
    query = _select([named("name")], SERVICES)
    return exp.Subquery(this=query.where(exp.EQ(this=named("port"), expression=port), copy=False))


def _services() -> exp.Select:
    """A table of ports and their names, in two texts, so that it takes two lines."""
    names = [(str(port), name) for port in range(1 << 16) if (name := service_name(port))]
    columns = [text(",".join(column)) for column in zip(*names, strict=True)]
    ports, words = (filled("UNNEST(STRING_SPLIT($texts, ','))", texts=column) for column in columns)
    return exp.select(aliased(cast(ports, "BIGINT"), "port"), aliased(words, "name"))


def _line(needed: Needed) -> Term:
    """A record's line: the columns in the order of its topic, missing as `-`."""
    lines = {}
    for topic in sorted(needed.scan.topics):
        cells = [filled("COALESCE($cell, '-')", cell=_cell(each)) for each in needed.schemas[topic].fields]
        lines[topic] = call("CONCAT_WS", text(" "), *cells)
    first, *others = lines.items()
    ifs = [
        exp.If(this=exp.EQ(this=named(TOPIC), expression=text(str(topic))), true=line)
        for topic, line in others
    ]
    return exp.Case(ifs=ifs, default=first[1]) if ifs else first[1]


def _cell(field: Field) -> Term:
    match field.kind:
        case Kind.ADDRESS:
            return named(_TEXT_OF + field.name)
        case Kind.TIME:
            return plain_times.seconds_text(named(field.name))
        case Kind.TEXT:
            return named(field.name)
        case _:
            return cast(named(field.name), "VARCHAR")
