"""`lookup @assets on srcaddr as src`: the columns that a list has beside its entries.

Owns what can be looked up, and the names of the columns. How a list is found and told of is `lists`'s, what
is in it `flowql.lists`'s.
"""

from flowql.errors import Span
from flowql.lists import NamedList
from flowql.plan import logical
from flowql.plan.bind.columns import Columns, name_taken
from flowql.plan.bind.lists import load_list
from flowql.plan.bind.nouns import noun_of
from flowql.plan.logical import Column
from flowql.schema import Kind, normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace

_KINDS = (Kind.ADDRESS, Kind.PORT)


def bind_lookup(plan: logical.Node, columns: Columns, stage: nodes.LookupStage) -> logical.Node:
    """The rows with the list's columns behind their own; raises `Refusal`."""
    column = columns.named(stage.column)
    if column.kind not in _KINDS:
        raise _not_looked_up(columns, column, stage)
    found = load_list(columns.binding, stage.list)
    if not found.columns:
        raise _no_columns(found, stage)
    entries, noun = (found.addresses, "addresses") if column.kind is Kind.ADDRESS else (found.ports, "ports")
    if not entries:
        other = "ports" if noun == "addresses" else "addresses"
        message = f"the list {found.name} has entries for {other} only, and {column.name} holds {noun}"
        fixes = [
            replace(stage.column.span, each.name)
            for each in columns.columns
            if each.kind in _KINDS and each.kind is not column.kind
        ]
        raise Refusal("empty-list", message, stage.column.span, *fixes[:1])
    return logical.Lookup(plan, found, column, _added(columns, found, stage))


def _added(columns: Columns, found: NamedList, stage: nodes.LookupStage) -> tuple[Column, ...]:
    prefix = "" if stage.prefix is None else f"{stage.prefix.text}-"
    names = [f"{prefix}{name}" for name in found.columns]
    taken = next(filter(columns.is_taken, names), None)
    if taken is None:
        return tuple(Column(name, Kind.TEXT) for name in names)
    if stage.prefix is None:
        end = Span(stage.span.end, stage.span.end)
        fix = replace(end, f" as {_free_prefix(columns, found, normalize_name(found.name))}")
    else:
        fix = replace(stage.prefix.span, _free_prefix(columns, found, stage.prefix.text))
    is_computed = columns.schema.resolve(taken) is None
    raise name_taken(taken, stage.span, fix, is_computed=is_computed)


def _free_prefix(columns: Columns, found: NamedList, wanted: str) -> str:
    """A text like `wanted` behind which no column's name is taken."""
    prefix, number = wanted, 2
    while any(columns.is_taken(f"{prefix}-{name}") for name in found.columns):
        prefix, number = f"{wanted}_{number}", number + 1
    return prefix


def _not_looked_up(columns: Columns, column: Column, stage: nodes.LookupStage) -> Refusal:
    message = f"a list is looked up by an address or a port, but {column.name} is {noun_of(column.kind)}"
    held = [each.name for each in columns.columns if each.kind in _KINDS]
    details = (f"the columns with addresses or ports here are {', '.join(held)}",) if held else ()
    fixes = [replace(stage.column.span, name) for name in held[:1]]
    return Refusal("bad-lookup", message, stage.column.span, *fixes, details=details)


def _no_columns(found: NamedList, stage: nodes.LookupStage) -> Refusal:
    """The error for a list that says nothing beside its entries."""
    message = f"the list {found.name} has no columns beside its entries"
    details = ("columns are named by a header, the first line: address,owner",)
    if found.unnamed_cell_count:
        message = f"the list {found.name} has cells behind its entries, and no header that names them"
    return Refusal("no-list-columns", message, stage.list.span, details=details)
