"""The columns of a stage's input as the schema of a filter: what a name means once stages have run.

Owns the rules that a column's own name wins over an alias, that its kind is what the stages before made it,
and that computed fields can be named while rows are still whole records. Knows nothing of values, nor of what
stages do.
"""

from dataclasses import dataclass
from difflib import get_close_matches

from flowql.plan import logical
from flowql.plan.logical import Column
from flowql.schema import DEFAULT_SCHEMA, EITHER_SIDE, Field, Kind, Schema, normalize_name, virtual_parts
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace

_SIMILARITY_MIN = 0.6
_RAW = "raw"


@dataclass(frozen=True, slots=True)
class ColumnSchema(Schema):
    """The columns that exist between two stages.

    `records` are the fields of the topics in scope; `has_records` says that rows are still records with all
    that they hold, so that computed fields can be named too; `own` are the names of the columns that are
    fields of the records under their own names.
    """

    records: Schema = DEFAULT_SCHEMA
    has_records: bool = False
    own: frozenset[str] = frozenset()

    def resolve(self, name: str) -> Field | None:
        """The column that a name means: the one of that name, else the one that it is an alias of."""
        normal = normalize_name(name)
        for field in self.fields:
            if normalize_name(field.name) == normal:
                return field
        canonical = Schema.resolve(self, name)
        return next((field for field in self.fields if canonical and field.name == canonical.name), None)

    def resolve_virtual(self, name: str) -> Field | None:
        """The computed field that a name means, while rows are records and no column has the name."""
        if not self.has_records or self.resolve(name) is not None:
            return None
        return self.records.resolve_virtual(name)

    def similar_names(self, name: str) -> tuple[str, ...]:
        """At most three names of columns close to an unknown one, nearest first."""
        sides = (*EITHER_SIDE,)
        found = [each for each in Schema.similar_names(self, name) if each not in sides]
        names = {normalize_name(field.name): field.name for field in self.fields}
        near = get_close_matches(normalize_name(name), names, n=3, cutoff=_SIMILARITY_MIN)
        return tuple(dict.fromkeys([*(names[each] for each in near), *found]))[:3]

    @property
    def noun(self) -> str:
        """What its columns are called: fields, as long as all of them are the records'."""
        return "field" if all(field.name in self.own for field in self.fields) else "column"

    def holds_own(self, *names: str) -> bool:
        """Whether fields of the records are all columns here, under their own names."""
        return all(name in self.own for name in names)

    def has_parts(self, name: str) -> bool:
        """Whether the fields that a computed one is computed from are here, so that they can be asked."""
        return self.holds_own(*(self.records.names if name == _RAW else virtual_parts(name)))

    @property
    def has_lines(self) -> bool:
        """Whether every field of the records is here, so that a phrase can look at their lines."""
        return self.has_parts(_RAW)

    def unknown(self, name: nodes.Name) -> Refusal:
        """The error for a name that means no column, with the nearest names."""
        sides = EITHER_SIDE.get(normalize_name(name.text), ())
        left = [side for side in sides if self.resolve(side) is not None]
        if left:
            message = f"{name.text} looks at {' and '.join(sides)}, which are not both columns here"
            return Refusal("unknown-column", message, name.span, replace(name.span, left[0]))
        similar = self.similar_names(name.text)
        fixes = (replace(name.span, similar[0]),) if similar else ()
        details = self._details(name.text, similar)
        code, message = f"unknown-{self.noun}", f'unknown {self.noun} "{name.text}"'
        return Refusal(code, message, name.span, *fixes, details=details)

    def _details(self, name: str, similar: tuple[str, ...]) -> tuple[str, ...]:
        dropped = self.records.resolve(name) or self.records.resolve_virtual(name)
        shown = ", ".join(self.names)
        if dropped is not None:
            sort = "computed field" if dropped.is_virtual else "field"
            return (f"{dropped.name} is a {sort} of the records, but the columns here are {shown}",)
        if similar:
            return (f"{self.noun}s with a similar name: {', '.join(similar)}",)
        return (f"the {self.noun}s here are {shown}",)


def schema_after(plan: logical.Node, records: Schema) -> ColumnSchema:
    """The columns that a plan yields, of topics whose fields are `records`."""
    own, has_records = _traced(plan)
    return ColumnSchema(tuple(map(field_of, plan.columns)), records, has_records, own)


def field_of(column: Column) -> Field:
    """A column as a field that clauses look at; its name stands as it is."""
    return Field(column.name, column.kind, column.is_virtual)


def _traced(plan: logical.Node) -> tuple[frozenset[str], bool]:
    """The names of the records' fields that are still columns, and whether rows are still whole records."""
    own: frozenset[str] = frozenset()
    has_records = True
    for node in logical.chain(plan):
        match node:
            case logical.Scan():
                own = frozenset(column.name for column in node.columns)
            case logical.Rename(_, renamed):
                own -= {old.name for old, _ in renamed}
            case logical.Project(_, columns):
                own &= {column.name for column in columns}
                has_records = False
            case (
                logical.Aggregate()
                | logical.Top()
                | logical.Timechart()
                | logical.Facets()
                | logical.Select()
            ):
                own, has_records = frozenset(), False
            case (
                logical.Filter()
                | logical.Compute()
                | logical.Extend()
                | logical.Lookup()
                | logical.Head()
                | logical.Tail()
                | logical.Sort()
                | logical.Dedup()
            ):
                continue
            case _:
                raise AssertionError(f"no such node: {node}")
    return own, has_records


def records_of(schema: Schema) -> Schema:
    """The fields of the topics in scope, whatever a filter looks at."""
    return schema.records if isinstance(schema, ColumnSchema) else schema


def sides_of(schema: Schema, name: str) -> tuple[Field, ...]:
    """The two fields or columns that an either-side name looks at; () unless both are there, of one kind."""
    sides = [schema.resolve(side) for side in EITHER_SIDE.get(normalize_name(name), ())]
    found = tuple(side for side in sides if side is not None)
    kinds = {side.kind for side in found}
    is_whole = len(found) > 1 and len(kinds) == 1 and not kinds & {Kind.TEXT}
    return found if is_whole else ()
