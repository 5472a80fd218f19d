"""The columns that exist between two stages, and what a name means there.

Owns the rule that a column's own name wins over an alias, and the words about names that mean no column.
Knows nothing of what stages do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from flowql.plan.bind.binding import Binding
from flowql.plan.logical import Column
from flowql.schema import EITHER_SIDE, Field, Schema, normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a stage's input, in order.

    `of_records` says that no stage has chosen or made columns yet, so that computed fields can be named too;
    those that are go into `binding.computed`.
    """

    binding: Binding
    columns: tuple[Column, ...]
    of_records: bool = False

    def named(self, name: nodes.Name) -> Column:
        """The column that a name means; refused when it means none."""
        column = self.find(name.text)
        if column is None:
            raise self._unknown(name)
        return column

    def find(self, name: str) -> Column | None:
        """The column of that name, else the one that it is an alias of."""
        normal = normalize_name(name)
        for column in self.columns:
            if normalize_name(column.name) == normal:
                return column
        field = _schema(self.columns).resolve(name)
        if field is not None:
            return next(each for each in self.columns if each.name == field.name)
        virtual = self.binding.schema.resolve_virtual(name) if self.of_records else None
        if virtual is None:
            return None
        column = Column(virtual.name, virtual.kind, is_virtual=True)
        self.binding.computed.setdefault(column.name, column)
        return column

    def _unknown(self, name: nodes.Name) -> Refusal:
        normal = normalize_name(name.text)
        if normal in EITHER_SIDE and any(side in self.binding.schema for side in EITHER_SIDE[normal]):
            return self._either_side(name, normal)
        similar = self._similar(name.text)
        details = self._details(name.text, similar)
        fixes = (replace(name.span, similar[0]),) if similar else ()
        noun = "field" if self._are_fields() else "column"
        return Refusal(f"unknown-{noun}", f'unknown {noun} "{name.text}"', name.span, *fixes, details=details)

    def _either_side(self, name: nodes.Name, normal: str) -> Refusal:
        first, second = EITHER_SIDE[normal]
        message = f"{name.text} looks at two fields and cannot be a column here: name {first} or {second}"
        fixes = (replace(name.span, first),) if self.find(first) else ()
        return Refusal("not-supported", message, name.span, *fixes)

    def _are_fields(self) -> bool:
        return all(column.name in self.binding.schema for column in self.columns)

    def _similar(self, name: str) -> tuple[str, ...]:
        sides = (*EITHER_SIDE,)
        found = [each for each in _schema(self.columns).similar_names(name) if each not in sides]
        names = {normalize_name(column.name): column.name for column in self.columns}
        near = get_close_matches(normalize_name(name), names, n=3, cutoff=0.6)
        return tuple(dict.fromkeys([*(names[each] for each in near), *found]))[:3]

    def _details(self, name: str, similar: Sequence[str]) -> tuple[str, ...]:
        dropped = self.binding.schema.resolve(name)
        shown = ", ".join(column.name for column in self.columns)
        if dropped is not None:
            return (f"{dropped.name} is a field of the records, but the columns here are {shown}",)
        noun = "field" if self._are_fields() else "column"
        if similar:
            return (f"{noun}s with a similar name: {', '.join(similar)}",)
        return (f"the {noun}s here are {shown}",)


def _schema(columns: Sequence[Column]) -> Schema:
    return Schema(tuple(Field(column.name, column.kind) for column in columns))
