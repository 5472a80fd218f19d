"""Words side by side that other tools take together: `protocol tcp`, `flags S`, `src or dst port 22`.

Owns the refusal of a field's name as a bare word where the words after it say what was meant; the proposal is
the FlowQL form. What of nfdump's order is understood is the grammar's; a field's name that stands alone is
refused by `words`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from flowql.errors import Severity, Span
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.fields import find_target, is_field_name
from flowql.plan.bind.flags import FIELD, flags_of_letters
from flowql.schema import Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace
from flowql.values import parse_address, parse_count, parse_network

_SIDES = {"src": "src", "dst": "dst", "source": "src", "destination": "dst", "dest": "dst"}
_EITHER = {"src": "ip", "dst": "ip", "srcport": "port", "dstport": "port"}
_DURATIONS = frozenset(
    f"{unit}{plural}"
    for unit in ("ms", "s", "sec", "second", "m", "min", "minute", "h", "hr", "hour", "d", "day", "w", "week")
    for plural in ("", "s")
)
_GROUP_DIGITS = 3
_FILTER_WORDS = frozenset(("where", "filter"))
_STAGE_WORDS = frozenset(("top", "stats", "sort"))
_UNITS = frozenset(
    f"{scale}{byte}" for scale in ("", "k", "m", "g", "t", "ki", "mi", "gi", "ti") for byte in ("", "b")
) - {""}


@dataclass(frozen=True, slots=True)
class _Pair:
    """A bare word and the clause after it, None when something other than blanks parts them."""

    binding: Binding
    first: nodes.Bare
    second: nodes.Clause | None

    @property
    def word(self) -> str:
        """The first word in lower case; empty when it is no plain word."""
        return _word(self.first)

    @property
    def value(self) -> nodes.Literal | None:
        """The literal after it."""
        term = self.second.term if isinstance(self.second, nodes.Bare) else None
        return term if isinstance(term, nodes.Literal) else None

    def refusal(self, meant: str) -> Refusal:
        """The error for the two, which mean `meant`."""
        assert self.second is not None
        written = self.binding.source(self.first.span)
        message = f'"{written}" stands where a search term does; a field clause has an operator: {meant}'
        details = (f'to search for the word, quote it: "{written}"',)
        span = self.first.span.to(self.second.span)
        return Refusal("field-name-as-word", message, span, replace(span, meant), details=details)


def check_neighbours(binding: Binding, items: Sequence[nodes.Clause]) -> None:
    """Refuse words of `items` (joined by AND) in another tool's order; note a unit set apart.

    The first such words are told; the proposal puts all of them right.
    """
    refusals: list[Refusal] = []
    _check_stage_word(binding, items)
    for place, item in enumerate(items):
        # A NOT before such words takes the first one of them only.
        first = item.item if isinstance(item, nodes.Not) else item
        after = items[place + 1] if place + 1 < len(items) else None
        between = (
            "" if after is None else binding.source(Span(first.span.end, after.span.start)).strip().lower()
        )
        if between and not (between == "and" and isinstance(after, nodes.Comparison)):
            after = None
        if isinstance(first, nodes.Bare):
            refusal = _misordered(_Pair(binding, first, after))
            if refusal is not None and not (refusals and refusals[-1].span.end > refusal.span.start):
                refusals.append(refusal)
        elif isinstance(first, nodes.Comparison) and isinstance(after, nodes.Bare):
            _note_unit(binding, first, after)
    if refusals:
        told = refusals[0]
        edits = tuple(edit for each in refusals for fix in each.fixes[:1] for edit in fix)
        raise Refusal(told.code, told.message, told.span, edits, *told.fixes, details=told.details)


def _check_stage_word(binding: Binding, items: Sequence[nodes.Clause]) -> None:
    """Refuse `where action=REJECT` and `top 10 srcaddr` at the beginning: stages stand behind a bar."""
    first, second = items[0], items[1]
    word = _word(first) if isinstance(first, nodes.Bare) else ""
    if word in _FILTER_WORDS and isinstance(second, nodes.Comparison):
        message = f"{word} is not needed: a query begins with what to search for"
        in_quotes = (f'to search for the word, quote it: "{word}"',)
        raise Refusal("stage-first", message, first.span, replace(first.span, ""), details=in_quotes)
    whole = binding.query.filter
    is_whole = isinstance(whole, nodes.And) and whole.items is items
    if word in _STAGE_WORDS and isinstance(second, nodes.Bare) and is_whole:
        message = f"{word} is a stage, which stands behind a bar"
        in_quotes = (f'to search for the word, quote it: "{word}"',)
        start = Span(first.span.start, first.span.start)
        raise Refusal("stage-first", message, first.span, replace(start, "* | "), details=in_quotes)


def check_sides(binding: Binding, items: Sequence[nodes.Clause]) -> None:
    """Refuse `src or dst port 22` among `items` (joined by OR), which means either side."""
    for before, after in pairwise(items):
        left = before.items[-1] if isinstance(before, nodes.And) else before
        left = left.item if isinstance(left, nodes.Not) else left
        right = after.items[0] if isinstance(after, nodes.And) else after
        if not isinstance(left, nodes.Bare) or not isinstance(right, nodes.Comparison):
            continue
        field = right.field.text.lower()
        sides = {_SIDES.get(_word(left)), _SIDES.get(field.removesuffix("port"))}
        if sides == {"src", "dst"} and field in _EITHER:
            rest = binding.source(Span(right.field.span.end, right.span.end)).strip() or ":*"
            clause = f"{_EITHER[field]}{'' if rest[0] in ':=!<>~' else ':'}{rest}"
            message = f"either side is written {clause}"
            span = left.span.to(right.span)
            raise Refusal("field-name-as-word", message, span, replace(span, clause))


def _word(clause: nodes.Bare) -> str:
    term = clause.term
    is_word = isinstance(term, nodes.Literal) and not term.quoted and not term.wildcards
    return term.text.lower() if is_word and isinstance(term, nodes.Literal) else ""


def _misordered(pair: _Pair) -> Refusal | None:
    """The error for words in another tool's order."""
    value = pair.value
    if pair.word in _SIDES and isinstance(pair.second, nodes.Comparison):
        return _side_of_clause(pair, pair.second)
    if not pair.word or value is None:
        return None
    if not is_field_name(pair.binding, pair.word):
        return _flags(pair, value) or _port_range(pair, value)
    if not value.quoted and is_field_name(pair.binding, value.text):
        return None
    if _SIDES.get(pair.word) and not _is_place(value.text) and value.text.isdigit():
        return pair.refusal(f"{_SIDES[pair.word]}port:{pair.binding.source(value.span)}")
    return pair.refusal(f"{pair.binding.source(pair.first.span)}:{pair.binding.source(value.span)}")


def _side_of_clause(pair: _Pair, clause: nodes.Comparison) -> Refusal | None:
    """`source port 80`, `src and dst port 80`."""
    field, side = clause.field.text.lower(), _SIDES[pair.word]
    rest = pair.binding.source(Span(clause.field.span.end, clause.span.end)).strip()
    if not rest:  # `src _exists_:dstport`, whose field stands last
        return None
    value = rest if rest[0] in ":=!<>~" else f":{rest}"
    if field in {"ip", "net", "host"}:
        return pair.refusal(f"{side}{value}")
    if field == "port":
        return pair.refusal(f"{side}port{value}")
    if field in _EITHER and not field.startswith(side):
        other = f"{side}port" if field.endswith("port") else side
        return pair.refusal(f"({other}{value} {field}{value})")
    return None


def _is_place(text: str) -> bool:
    return parse_address(text) is not None or parse_network(text) is not None


def _flags(pair: _Pair, value: nodes.Literal) -> Refusal | None:
    """`flags S`, of nfdump."""
    flags = flags_of_letters(value.text) if pair.word == "flags" else ()
    if not flags:
        return None
    clauses = " ".join(f"{FIELD}:{flag}" for flag in flags)
    return pair.refusal(f"({clauses})" if len(flags) > 1 else clauses)


def _port_range(pair: _Pair, value: nodes.Literal) -> Refusal | None:
    """`portrange 20-25`, of tcpdump."""
    low, hyphen, high = value.text.partition("-")
    if pair.word != "portrange" or not (hyphen and low.isdigit() and high.isdigit()):
        return None
    return pair.refusal(f"port:{low}..{high}")


def _note_unit(binding: Binding, clause: nodes.Comparison, after: nodes.Bare) -> None:
    """Warn of `bytes:>10 MB`, `duration > 5 minutes` and `bytes:1 000`, which read as two clauses."""
    value, word = clause.value, _word(after)
    target = find_target(binding, clause.field.text)
    if target is None or not isinstance(value, nodes.Literal) or parse_count(value.text) is None:
        return
    units = (
        _UNITS
        if target.kind in (Kind.COUNT, Kind.REAL)
        else _DURATIONS
        if target.kind is Kind.DURATION
        else ()
    )
    if word in units:
        unit = binding.source(after.span)
        message = f"{unit} is read as a word of its own; a unit follows its number without a blank"
        binding.note("unit-after-blank", message, after.span, severity=Severity.WARNING)
    elif units and len(word) == _GROUP_DIGITS and word.isdigit():
        message = (
            f"{word} is read as a word of its own; the digits of a number stand without blanks, or with _"
        )
        binding.note("unit-after-blank", message, after.span, severity=Severity.WARNING)
