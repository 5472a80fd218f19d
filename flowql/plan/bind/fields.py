"""Which fields a name in a filter means, and what is said of a name that means none.

Owns either-side names and the words about unknown fields. Knows nothing of values.
"""

from dataclasses import dataclass

from flowql import names
from flowql.plan.bind.address import partial_ipv6_block
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.column_schema import ColumnSchema, sides_of
from flowql.schema import Field, Kind, foreign_name, is_known_name, normalize_name, virtual_names
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace


@dataclass(frozen=True, slots=True)
class Target:
    """What a clause looks at: one field, stored or computed, or the two sides that `ip` and its like mean."""

    name: str
    fields: tuple[Field, ...]

    @property
    def kind(self) -> Kind:
        """The kind of the field, or of both sides."""
        return self.fields[0].kind

    @property
    def is_either_side(self) -> bool:
        """Whether the clause looks at two fields."""
        return len(self.fields) > 1


NO_TARGET = Target("", ())
"""What a name that means no field looks at."""


def find_target(binding: Binding, name: str) -> Target | None:
    """The field or the sides that `name` means in this schema; None when it means nothing."""
    field = binding.schema.resolve(name) or binding.schema.resolve_virtual(name)
    if field is not None:
        return Target(field.name, (field,))
    sides = sides_of(binding.schema, name)
    return Target(normalize_name(name), sides) if sides else None


def is_field_name(binding: Binding, word: str) -> bool:
    """Whether a word is the name of a field, an alias or an either-side name here."""
    return find_target(binding, word) is not None


def target_of(binding: Binding, comparison: nodes.Comparison) -> Target:
    """The target of a clause; refused when its field is unknown."""
    target = find_target(binding, comparison.field.text)
    if target is None:
        raise (
            _partial_address(binding, comparison)
            or _lone_endpoint(binding, comparison)
            or unknown_field(binding, comparison.field)
        )
    return target


def unknown_field(binding: Binding, name: nodes.Name) -> Refusal:
    """The error for a name that no topic in scope has, or no column here, with the nearest names."""
    if isinstance(binding.schema, ColumnSchema):
        return binding.schema.unknown(name)
    message = f'unknown field "{name.text}"'
    if normalize_name(name.text) in map(normalize_name, virtual_names()):
        detail = "it is computed from fields that no topic in scope has"
        return Refusal("unknown-field", message, name.span, details=(detail,))
    if is_known_name(normalize_name(name.text)):
        detail = "it is a field of other layouts, and no topic in scope has it"
        return Refusal("unknown-field", message, name.span, details=(detail,))
    similar = foreign_name(binding.schema, name.text) or binding.schema.similar_names(name.text)
    details = (f"fields with a similar name: {', '.join(similar)}",) if similar else ()
    fixes = (replace(name.span, similar[0]),) if len(similar) == 1 else ()
    return Refusal("unknown-field", message, name.span, *fixes, details=details)


def _partial_address(binding: Binding, comparison: nodes.Comparison) -> Refusal | None:
    """The error for the beginning of an IPv6 address that reads as a field clause: `fe80:1`."""
    text = binding.source(comparison.span)
    block = partial_ipv6_block(text)
    if block is not None and any(map(str.isdigit, text)) and comparison.operator is nodes.Operator.MATCH:
        message = f'expected an address, found the beginning of one: "{text}"'
        return Refusal("bad-address", message, comparison.span, replace(comparison.span, block))
    return None


def _lone_endpoint(binding: Binding, comparison: nodes.Comparison) -> Refusal | None:
    """The error for `public:22`, an endpoint that reads as a field clause: the side is not said."""
    name, value = comparison.field.text, binding.source(comparison.value.span)
    if comparison.operator is not nodes.Operator.MATCH:
        return None
    if name.lower() == "any":
        message = "any stands in arrows only; a port on either side is written port"
        return Refusal("lone-endpoint", message, comparison.span, replace(comparison.span, f"port:{value}"))
    if not names.zone_ranges(name):
        return None
    message = f"{name} is a zone: an endpoint stands in an arrow, which says on which side"
    fixes = (f"any -> {name}:{value}", f"{name}:{value} -> any")
    return Refusal(
        "lone-endpoint", message, comparison.span, *(replace(comparison.span, fix) for fix in fixes)
    )
