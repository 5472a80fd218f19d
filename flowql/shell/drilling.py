"""Drilling down: from a row of an answer to the query for the records behind it.

Owns which cells of a row say what it is (the keys of its group, the chosen fields of a record), and where
their conditions go in the query. Does not run anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from flowql.errors import NOWHERE, UsageError
from flowql.names.nearest import nearest
from flowql.render.answer import Column
from flowql.schema import Kind, Schema, normalize_name, schema_of
from flowql.shell.asked import is_grouping
from flowql.shell.clauses import clause_of_bucket, clause_of_cell, clause_of_key, conjunction, negated
from flowql.syntax.canonical import canonical
from flowql.syntax.nodes import (
    Clause,
    CountStage,
    EvalStage,
    FacetsStage,
    FieldsStage,
    Key,
    LookupStage,
    Query,
    RenameStage,
    SelectStage,
    Stage,
    StatsStage,
    TimechartStage,
    TopStage,
    WhereStage,
)
from flowql.syntax.parser import parse
from flowql.zones import Zone

_PLAIN_KINDS = (Kind.ADDRESS, Kind.PORT, Kind.PROTOCOL, Kind.COUNT)
"""Kinds whose printed values need no quotes."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an answer: its columns and cells (`clauses.cell_value`)."""

    columns: tuple[Column, ...]
    cells: tuple[Any, ...]
    zone: Zone

    def place(self, name: str) -> int | None:
        """Where the column of that name is, by any of a field's names; None if nowhere."""
        names = [column.name for column in self.columns]
        normal = normalize_name(name)
        found = next((k for k, each in enumerate(names) if normalize_name(each) == normal), None)
        if found is not None:
            return found
        from_alias = schema_of(names).resolve(name)
        return names.index(from_alias.name) if from_alias and from_alias.name in names else None


ColumnsOf: TypeAlias = Callable[[str], Sequence[Column]]
"""The columns that a query gives."""


def drilled(query: str, row: Row, chosen: Sequence[str], schema: Schema, columns_of: ColumnsOf) -> str:
    """The query for the records behind a row of the answer to `query`, which is canonical.

    `chosen` are the columns to go by: none for all keys of a group; those of a record have to be named. With
    `-` before it, a column's value is left out instead. `schema` has the fields of the store. Raises
    `UsageError` for a row that has no such cells.
    """
    tree = parse(query)
    place = next((k for k in reversed(range(len(tree.stages))) if is_grouping(tree.stages[k])), None)
    if place is None:
        return canonical(_of_record(tree, row, chosen, schema))
    before, stage, behind = tree.stages[:place], tree.stages[place], tree.stages[place + 1 :]
    inner = columns_of(canonical(replace(tree, stages=(*before, stage))))
    keys = _keys_of(stage, inner, row, schema)
    shown = _names_behind(behind, [name for name, _ in keys])
    clauses = dict(zip(shown, (make for _, make in keys), strict=True))
    wanted = [(name.removeprefix("-"), name.startswith("-")) for name in chosen or list(clauses)]
    found = []
    for name, is_left_out in wanted:
        key = next((each for each in clauses if normalize_name(each) == normalize_name(name)), None)
        if key is None:
            raise UsageError(f'"{name}" is no key of this row', hint=f"keys: {', '.join(clauses)}")
        clause = clauses[key](_cell(row, key))
        found.append(negated(clause) if is_left_out else clause)
    if not before:
        return canonical(replace(tree, filter=conjunction(tree.filter, found), stages=()))
    return canonical(replace(tree, stages=(*before, _where(found))))


def _of_record(tree: Query, row: Row, chosen: Sequence[str], schema: Schema) -> Query:
    names = ", ".join(column.name for column in row.columns)
    if not chosen:
        raise UsageError(
            "a record has no key: name the columns to go by, with - before those to leave out",
            hint=f"columns: {names}",
        )
    in_search: list[Clause] = []
    behind: list[Clause] = []
    makers = [
        k for k, stage in enumerate(tree.stages) if isinstance(stage, EvalStage | RenameStage | LookupStage)
    ]
    for name in chosen:
        place = row.place(name.removeprefix("-"))
        if place is None:
            near = nearest(name.removeprefix("-"), [column.name for column in row.columns], ())
            raise UsageError(f'there is no column "{name}"', hint=f"columns: {', '.join(near) or names}")
        column = row.columns[place]
        clause = clause_of_cell(column.name, column.kind, row.cells[place], schema)
        clause = negated(clause) if name.startswith("-") else clause
        is_made = column.name in _made(tree.stages) or not _is_field(column.name, schema)
        (behind if is_made else in_search).append(clause)
    stages = tree.stages
    if behind:
        last = makers[-1] + 1 if makers else len(stages)
        stages = (*stages[:last], _where(behind), *stages[last:])
    return replace(
        tree, filter=conjunction(tree.filter, in_search) if in_search else tree.filter, stages=stages
    )


MakeClause: TypeAlias = Callable[[Any], Clause]


def _keys_of(
    stage: Stage, columns: Sequence[Column], row: Row, schema: Schema
) -> list[tuple[str, MakeClause]]:
    """The columns of the stage that say what a group is, and how a value of each becomes a clause."""

    def of_key(key: Key, column: Column) -> tuple[str, MakeClause]:
        return column.name, lambda value: clause_of_key(key, column.kind, value, row.zone, schema)

    match stage:
        case StatsStage(_, keys) if keys:
            return [of_key(key, column) for key, column in zip(keys, columns, strict=False)]
        case TopStage(_, key):
            return [of_key(key, columns[0])]
        case TimechartStage(bucket, _, keys):
            time = columns[0].name
            others = [of_key(key, column) for key, column in zip(keys, columns[1:], strict=False)]
            return [(time, lambda value: clause_of_bucket("start", bucket.text, value, row.zone)), *others]
        case FacetsStage():
            return [("value", lambda value: _of_facet(row, value, schema))]
        case CountStage() | StatsStage():
            raise UsageError(
                "the row is a total: it has no key", hint="its records are those of the query itself"
            )
        case SelectStage():
            raise UsageError(
                "what SQL made has no key that is known here", hint="group with stats or top to drill down"
            )
        case _:
            raise AssertionError(f"no stage that groups: {stage!r}")


def _of_facet(row: Row, value: str | None, schema: Schema) -> Clause:
    field = _cell(row, "field")
    known = schema.resolve(field) or schema.resolve_virtual(field)
    # Values are printed there, whatever their kind; quotes do not change what they are.
    kind = known.kind if known is not None and known.kind in _PLAIN_KINDS else Kind.TEXT
    return clause_of_cell(field, kind, value, schema)


def _names_behind(stages: Sequence[Stage], names: list[str]) -> list[str]:
    """What columns are called behind further stages. Raises `UsageError` if one of them is gone."""
    for stage in stages:
        match stage:
            case RenameStage(renamings):
                new = {normalize_name(each.column.text): each.alias.text for each in renamings}
                names = [new.get(normalize_name(name), name) for name in names]
            case FieldsStage(columns):
                kept = {normalize_name(each.text) for each in columns}
                gone = [name for name in names if normalize_name(name) not in kept]
                if gone:
                    raise UsageError(
                        f"the answer does not show the key {', '.join(gone)}", hint="leave it in with fields"
                    )
    return names


def _cell(row: Row, name: str) -> Any:
    place = row.place(name)
    assert place is not None, "a key that no stage took away is in the answer"
    return row.cells[place]


def _made(stages: Sequence[Stage]) -> set[str]:
    """The names that stages give to columns."""
    names: set[str] = set()
    for stage in stages:
        match stage:
            case EvalStage(assignments):
                names.update(each.name.text for each in assignments)
            case RenameStage(renamings):
                names.update(each.alias.text for each in renamings)
    return names


def _is_field(name: str, schema: Schema) -> bool:
    return schema.resolve(name) is not None or schema.resolve_virtual(name) is not None


def _where(clauses: list[Clause]) -> WhereStage:
    return WhereStage(conjunction(clauses[0], clauses[1:]), NOWHERE)
