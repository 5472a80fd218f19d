"""Words side by side that other tools take together: `protocol tcp`, `src ip 10.0.0.5`, `src port > 1024`.

Owns the refusal of a field's name as a bare word where the words after it say what was meant, and of nfdump's
and tcpdump's order; the proposal is the FlowQL form. A field's name that stands alone is refused by `words`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from flowql.errors import Severity, Span
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.fields import is_field_name
from flowql.schema import Kind, normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace
from flowql.values import parse_address, parse_count, parse_network

RUN_LENGTH_MAX = 3
"""Words that are read together: a side, a type and a value."""

_SIDES = {"src": "src", "dst": "dst", "source": "src", "destination": "dst", "dest": "dst"}
_TYPES = frozenset(("ip", "host", "net", "port"))
_UNITS = frozenset(
    f"{scale}{byte}" for scale in ("", "k", "m", "g", "t", "ki", "mi", "gi", "ti") for byte in ("", "b")
) - {""}


@dataclass(frozen=True, slots=True)
class _Run:
    """A bare word and the clauses after it, as far as only blanks part them."""

    binding: Binding
    items: tuple[nodes.Clause, ...]

    def literal(self, place: int) -> nodes.Literal | None:
        """The literal of the bare term at `place`."""
        item = self.items[place] if place < len(self.items) else None
        return item.literal if isinstance(item, nodes.Bare) else None

    def word(self, place: int) -> str:
        """The unquoted word at `place`, in lower case; empty when there is none."""
        literal = self.literal(place)
        return "" if literal is None or literal.quoted or literal.wildcards else literal.text.lower()

    def source(self, place: int) -> str:
        """The text of the clause at `place`."""
        return self.binding.source(self.items[place].span)

    def refusal(self, place: int, meant: str) -> Refusal:
        """The error for the words up to `place`, which mean `meant`."""
        word, span = self.source(0), self.items[0].span.to(self.items[place].span)
        message = f'"{word}" stands where a search term does; a field clause has an operator: {meant}'
        details = (f'to search for the word, quote it: "{word}"',)
        return Refusal("field-name-as-word", message, span, replace(span, meant), details=details)


def check_neighbours(binding: Binding, items: Sequence[nodes.Clause]) -> None:
    """Refuse the first words of `items` (joined by AND) in another tool's order; note a unit set apart."""
    for place, item in enumerate(items):
        # A NOT before such words takes the first one of them only.
        first = item.item if isinstance(item, nodes.Not) else item
        if isinstance(first, nodes.Bare):
            refusal = _misordered(_run(binding, first, items[place + 1 : place + RUN_LENGTH_MAX]))
            if refusal is not None:
                raise refusal
        elif isinstance(first, nodes.Comparison):
            _note_unit(binding, first, _run(binding, first, items[place + 1 : place + 2]))


def check_sides(binding: Binding, items: Sequence[nodes.Clause]) -> None:
    """Refuse `src or dst port 22` among `items` (joined by OR), which means either side."""
    for before, after in pairwise(items):
        left = before.items[-1] if isinstance(before, nodes.And) else before
        right = after.items if isinstance(after, nodes.And) else (after,)
        if isinstance(left, nodes.Bare) and isinstance(right[0], nodes.Bare):
            run = _run(binding, right[0], right[1:RUN_LENGTH_MAX])
            sides = {_SIDES.get(left.literal.text.lower()), _SIDES.get(run.word(0))}
            clause = _with_type(run, run.word(1).replace("host", "ip")) if sides == {"src", "dst"} else None
            if clause is not None:
                span = left.span.to(run.items[2].span)
                message = f"either side is written {clause}"
                raise Refusal("field-name-as-word", message, span, replace(span, clause))


def _run(binding: Binding, first: nodes.Clause, after: Sequence[nodes.Clause]) -> _Run:
    run = [first]
    for item in after:
        if binding.source(Span(run[-1].span.end, item.span.start)).strip():
            break
        run.append(item)
    return _Run(binding, tuple(run))


def _misordered(run: _Run) -> Refusal | None:
    """The error for words in another tool's order."""
    word = run.word(0)
    if not word:
        return None
    if not is_field_name(run.binding, word):
        return _host(run) or _port_range(run)
    side = _SIDES.get(word)
    if side is not None and len(run.items) > 1:
        clause = _with_type(run, _side_field(side, run.word(1)))
        if clause is not None:
            return run.refusal(2, clause)
        comparison = run.items[1]
        if isinstance(comparison, nodes.Comparison) and normalize_name(comparison.field.text) in _TYPES:
            return run.refusal(1, _with_side(run.binding, side, comparison))
    value = run.literal(1)
    if value is None or (not value.quoted and is_field_name(run.binding, value.text)):
        return None
    return run.refusal(1, f"{run.source(0)}:{run.source(1)}")


def _host(run: _Run) -> Refusal | None:
    value = run.literal(1)
    if run.word(0) != "host" or value is None:
        return None
    is_place = parse_address(value.text) is not None or parse_network(value.text) is not None
    return run.refusal(1, f"ip:{run.source(1)}") if is_place else None


def _port_range(run: _Run) -> Refusal | None:
    low, hyphen, high = run.word(1).partition("-")
    if run.word(0) != "portrange" or not (hyphen and low.isdigit() and high.isdigit()):
        return None
    return run.refusal(1, f"port:{low}..{high}")


def _side_field(side: str, type_: str) -> str:
    return f"{side}port" if type_ == "port" else side


def _with_type(run: _Run, field: str) -> str | None:
    """The field clause that a side, a type and a value mean."""
    if run.word(1) not in _TYPES or run.literal(2) is None:
        return None
    return f"{field}:{run.source(2)}"


def _with_side(binding: Binding, side: str, comparison: nodes.Comparison) -> str:
    """The clause on one side that `src` before `port > 1024` means."""
    field = _side_field(side, normalize_name(comparison.field.text))
    return field + binding.source(Span(comparison.field.span.end, comparison.span.end))


def _note_unit(binding: Binding, clause: nodes.Comparison, run: _Run) -> None:
    """Warn of `bytes:>10 MB`, which reads as two clauses."""
    value = clause.value
    if run.word(1) not in _UNITS or not isinstance(value, nodes.Literal) or parse_count(value.text) is None:
        return
    field = binding.schema.resolve(clause.field.text)
    if field is not None and field.kind is Kind.COUNT:
        message = f"{run.source(1)} is read as a word of its own; a unit follows its number without a blank"
        binding.note("unit-after-blank", message, run.items[1].span, severity=Severity.WARNING)
