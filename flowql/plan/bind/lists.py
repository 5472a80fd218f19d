"""Lists named in a query: their entries as values of a field, and what is told of them.

Owns which entries a kind of field takes, and the words about lists that are not there or hold what cannot be
used. How a file is read is `flowql.lists`'s.
"""

from flowql.errors import Severity
from flowql.lists import ListError, NamedList
from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Binding, Place
from flowql.plan.bound import ListUse
from flowql.schema import Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace

_SHOWN_LINES_MAX = 3


def members(place: Place, value: nodes.ListName) -> Alternatives:
    """The entries of a list that a field of the place's kind can hold; raises `Refusal`."""
    found = load_list(place.binding, value)
    match place.kind:
        case Kind.ADDRESS:
            ranges, noun = found.addresses, "addresses"
        case Kind.PORT:
            ranges, noun = found.ports, "ports"
        case _:
            message = f"a list holds addresses or ports, and {place.field_name} holds neither"
            raise Refusal("bad-operator", message, value.span)
    if not ranges:
        raise Refusal("empty-list", f"the list {found.name} holds no {noun}", value.span)
    return Alternatives(ranges=ranges)


def load_list(binding: Binding, value: nodes.ListName) -> NamedList:
    """The list; what it holds is kept for whoever explains, and its bad lines are noted."""
    lists = binding.given.lists
    try:
        found = lists.load(value.name)
    except ListError as error:
        fixes = tuple(replace(value.span, f"@{name}") for name in error.similar[:1])
        raise Refusal(error.code, error.message, value.span, *fixes, details=_details(error)) from error
    binding.lists.setdefault(
        found.name, ListUse(found.name, str(found.path), found.digest, content_of(found))
    )
    if found.bad_line_count:
        shown = ", ".join(f"line {bad.line}" for bad in found.bad_lines[:_SHOWN_LINES_MAX])
        more = ", ..." if found.bad_line_count > _SHOWN_LINES_MAX else ""
        lines = "1 line" if found.bad_line_count == 1 else f"{found.bad_line_count} lines"
        message = f"{lines} of the list {found.name} are no entries, and are left out: {shown}{more}"
        binding.note("bad-list-lines", message, value.span, severity=Severity.WARNING)
    return found


def content_of(found: NamedList) -> str:
    """What a list holds, in words."""
    parts = [f"{found.entry_count:,} entries"]
    if found.addresses:
        parts.append(f"{len(found.addresses):,} address ranges")
    if found.ports:
        parts.append(f"{len(found.ports):,} port ranges")
    if found.bad_line_count:
        parts.append(f"{found.bad_line_count:,} bad lines")
    return ", ".join(parts)


def _details(error: ListError) -> tuple[str, ...]:
    if error.similar:
        return (f"lists with a similar name: {', '.join(error.similar)}",)
    return (error.hint,) if error.hint else ()
