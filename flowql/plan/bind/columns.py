"""The columns that exist between two stages, and what a name of a stage means there.

Owns the words about names that cannot be columns here: either-side names, names that are taken. What a name
resolves to is `column_schema`'s. Knows nothing of what stages do.
"""

from dataclasses import dataclass

from flowql.errors import Span
from flowql.plan import logical
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.column_schema import ColumnSchema, schema_after, sides_of
from flowql.plan.logical import Column
from flowql.schema import EITHER_SIDE, Field, normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Fix, Refusal, replace


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a stage's input, in order.

    `schema` is what they are to a filter. Computed fields that are named while rows are records go into
    `binding.computed`.
    """

    binding: Binding
    columns: tuple[Column, ...]
    schema: ColumnSchema

    @classmethod
    def of(cls, binding: Binding, plan: logical.Node) -> "Columns":
        """Those that a plan yields."""
        return cls(binding, plan.columns, schema_after(plan, binding.schema))

    def named(self, name: nodes.Name) -> Column:
        """The column that a name means; refused when it means none."""
        column = self.find(name.text)
        if column is None:
            raise self._no_column(name)
        return column

    def find(self, name: str) -> Column | None:
        """The column of that name, else the one that it is an alias of, else a computed field of records."""
        field = self.schema.resolve(name) or self.schema.resolve_virtual(name)
        return None if field is None else self.column_of(field)

    def column_of(self, field: Field) -> Column:
        """The column of a field of the schema; a computed field is kept for a Compute to add."""
        for column in self.columns:
            if column.name == field.name:
                return column
        assert field.is_virtual, field
        column = Column(field.name, field.kind, is_virtual=True)
        return self.binding.computed.setdefault(column.name, column)

    def key(self, name: nodes.Name) -> Column:
        """The column to group by, or to count the values of, that a name means: an either-side name too."""
        normal = normalize_name(name.text)
        if normal not in EITHER_SIDE or self.schema.resolve(name.text) is not None:
            return self.named(name)
        first, second = EITHER_SIDE[normal]
        if not self.schema.holds_own(first, second):
            raise self._no_column(name)
        kind = next(column.kind for column in self.columns if column.name == first)
        noun = "ports" if normal == "port" else "addresses"
        message = f"a record counts once for each of its different {noun}"
        self.binding.note("either-side-key", message, name.span)
        return Column(normal, kind, sides=(first, second))

    def is_taken(self, name: str) -> bool:
        """Whether a column, or a computed field that can be named here, has the name as its own."""
        normal = normalize_name(name)
        virtual = self.schema.resolve_virtual(name)
        return virtual is not None or any(normalize_name(column.name) == normal for column in self.columns)

    def check_new(self, name: nodes.Name, fixed: str | None = None) -> str:
        """The text of a name for a further column; refused when it is taken.

        The proposal puts `fixed`, else a name that is free, in its place.
        """
        if not self.is_taken(name.text):
            return name.text
        fix = replace(name.span, fixed or self.free_name(name.text))
        raise name_taken(name.text, name.span, fix, is_computed=self.schema.resolve(name.text) is None)

    def free_name(self, name: str) -> str:
        """The name with the least number behind it that no column has."""
        number = 2
        while self.is_taken(f"{name}_{number}"):
            number += 1
        return f"{name}_{number}"

    def _no_column(self, name: nodes.Name) -> Refusal:
        """The error for a name that means no single column."""
        normal = normalize_name(name.text)
        if normal in EITHER_SIDE and any(self.schema.holds_own(side) for side in EITHER_SIDE[normal]):
            return self._either_side(name, *EITHER_SIDE[normal])
        sides = sides_of(self.schema, normal)
        if sides:
            return self._either_side(name, *(side.name for side in sides))
        return self.schema.unknown(name)

    def _either_side(self, name: nodes.Name, first: str, second: str) -> Refusal:
        """The error for `ip` where one column is needed; proposes its sides."""
        message = f"{name.text} looks at two fields and cannot be a column here: name {first} or {second}"
        fixes = tuple(replace(name.span, side) for side in (first, second) if self.find(side))
        return Refusal("not-supported", message, name.span, *fixes)


def name_taken(name: str, span: Span, *fixes: Fix, is_computed: bool = False) -> Refusal:
    """The error for a second column of one name."""
    noun = "computed field" if is_computed else "column"
    return Refusal("duplicate-column", f"there is a {noun} {name} already", span, *fixes)
