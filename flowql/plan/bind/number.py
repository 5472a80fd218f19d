"""Values of port, protocol and count fields: numbers in a domain, ranges, wildcards over digits, and names.

Owns the three domains and what is said of a value outside of one. A new numeric kind is one more
`NumberReader`. Knows nothing of fields, nor of where the tables of names come from.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as replace_values

from flowql import names
from flowql.errors import Span
from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.plan.bind.bounds import End, compared, range_between
from flowql.plan.predicates import OPEN_LOW
from flowql.schema import Kind
from flowql.syntax.nodes import End as NodeEnd
from flowql.syntax.nodes import Literal, Operator, Range, Regex
from flowql.syntax.refusal import Fix, Refusal, replace
from flowql.values import parse_count, parse_integer

_HEXADECIMAL = re.compile(r"0x[0-9a-f]{1,15}", re.ASCII | re.IGNORECASE)
_SHORT_NAME = 4
_DIGIT_PATTERN = re.compile(r"[0-9*?]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberReader:
    """Reads the values of one numeric kind.

    `noun` is the kind in a word, `expected` its values in words; `named` gives the numbers that a name stands
    for (none: unknown), `similar` the known names near an unknown one, `named_kind` what they are called.
    """

    kind: Kind
    noun: str
    expected: str
    parse: Callable[[str], int | None]
    named: Callable[[str], tuple[int, ...]]
    similar: Callable[[str], tuple[str, ...]]
    named_kind: str = ""
    value_min: int = 0

    def match(self, place: Place, literal: Literal) -> Alternatives:
        """A number, a name or a pattern after `:` or `=`."""
        if literal.wildcards:
            return self._pattern(place, literal)
        value = self.parse(literal.text)
        if value is not None:
            self._check_domain(literal, value, self.kind.value_max)
            return Alternatives(ranges=((value, value),))
        numbers = self.named(literal.text)
        if not numbers:
            raise self._not_a_number(place, literal)
        return Alternatives(ranges=tuple((number, number) for number in numbers))

    def regex(self, place: Place, value: Regex) -> Alternatives:
        """A regular expression over the number as printed."""
        del place
        return Alternatives(regexes=(value.text,))

    def between(self, place: Place, range_: Range) -> Alternatives:
        """A range of numbers; an end that is not included may be one past the domain."""
        low = self._end(place, range_.low, past=0)
        high = self._end(place, range_.high, past=1 if range_.high_excluded else 0)
        return Alternatives(ranges=(range_between(place, range_, low, high, self._domain),))

    def compare(self, place: Place, operator: Operator, literal: Literal) -> Alternatives:
        """The numbers above or below a value, which may be one past the domain (`<65536`)."""
        value = self._number(place, literal, past=0 if operator is Operator.GREATER else 1)
        low, high = compared(operator, value, self._domain)
        return Alternatives(ranges=((low, high),) if low <= high else ())

    @property
    def _domain(self) -> tuple[int, int]:
        return self.value_min, self.kind.value_max

    def _end(self, place: Place, end: NodeEnd | None, past: int) -> End | None:
        if end is None:
            return None
        value = self._number(place, place.binding.literal(end), past)
        return End(value, value)

    def _number(self, place: Place, literal: Literal, past: int) -> int:
        """A number with an order: a name that stands for just one number is one, too."""
        value = None if literal.wildcards else self.parse(literal.text)
        if value is None and not literal.wildcards:
            numbers = self.named(literal.text)
            value = numbers[0] if len(numbers) == 1 else None
        if value is None:
            raise self._not_a_number(place, literal)
        self._check_domain(literal, value, self.kind.value_max + past)
        return value

    def _check_domain(self, literal: Literal, value: int, value_max: int) -> None:
        if value > value_max:
            message = f"a {self.noun} is at most {self.kind.value_max}, found {literal.text}"
            raise Refusal("out-of-domain", message, literal.span)

    def _pattern(self, place: Place, literal: Literal) -> Alternatives:
        if not _DIGIT_PATTERN.fullmatch(literal.text.removeprefix("-" if self.value_min else "")):
            message = (
                f'a wildcard on {place.field_name} stands for digits of a number, found "{literal.text}"'
            )
            raise Refusal("bad-number", message, literal.span)
        return Alternatives(patterns=(literal,))

    def _not_a_number(self, place: Place, literal: Literal) -> Refusal:
        text = literal.text
        if self.value_min == 0 and text.startswith("-") and self.parse(text[1:]) is not None:
            fixes: tuple[Fix, ...] = (
                (replace(literal.span, "-"),) if text == "-1" and self.kind is Kind.COUNT else ()
            )
            details = ("-1 in a record stands for a missing value",) if fixes else ()
            message = f"a {self.noun} is never negative, found {text}"
            return Refusal("out-of-domain", message, literal.span, *fixes, details=details)
        if _HEXADECIMAL.fullmatch(text):
            message = f"numbers are written in decimal, found {text}"
            return Refusal("bad-number", message, literal.span, replace(literal.span, str(int(text, 16))))
        meant = self._hyphen_range(text)
        if meant is not None:
            message = f'a range is written with two dots, found "{text}"'
            return Refusal("hyphen-range", message, literal.span, replace(literal.span, meant))
        if self.named_kind and re.match(r"[^\W\d]", text):
            return self._unknown_name(place, literal)
        message = f'expected {self.expected} for {place.field_name}, found "{text}"'
        return Refusal("bad-number", message, literal.span)

    def _hyphen_range(self, text: str) -> str | None:
        """The range that `8000-8100` means."""
        low_text, _, high_text = text.partition("-")
        low, high = self.parse(low_text), self.parse(high_text)
        if low is None or high is None or not low <= high <= self.kind.value_max:
            return None
        return f"{low_text}..{high_text}"

    def _unknown_name(self, place: Place, literal: Literal) -> Refusal:
        text = literal.text
        field = _field_meant(place, text)
        if field is not None:
            return field_as_value(place, literal, field)
        if len(self.named(text)) > 1:
            message = f'expected a number here, found "{text}", which stands for several'
            return Refusal("bad-number", message, literal.span)
        similar = self.similar(text)
        details = (f"{self.named_kind}s with a similar name: {', '.join(similar)}",) if similar else ()
        fixes = (replace(literal.span, similar[0]),) if similar else ()
        code = f"unknown-{self.named_kind}"
        return Refusal(code, f'unknown {self.named_kind} "{text}"', literal.span, *fixes, details=details)


def _field_meant(place: Place, text: str) -> str | None:
    """Another field of this kind that a name which is no value means, exactly or nearly."""
    schema = place.binding.schema
    exact = schema.resolve(text)
    if exact is not None:
        return exact.name if exact.kind is place.kind else None
    near = schema.similar_names(text) if len(text) > _SHORT_NAME else ()
    others = [name for name in near if name in schema and name != place.field_name]
    kinds = {field.name: field.kind for field in schema.fields}
    return next((name for name in others if kinds[name] is place.kind), None)


def field_as_value(place: Place, literal: Literal, field: str) -> Refusal:
    """The error for `srcport:dstport`, and `srcport < dstportt`: behind `:` stands a value."""
    message = f'{place.field_name} takes a value here, found "{literal.text}"'
    details = (f"fields are compared as in {place.field_name}={field} or {place.field_name}<{field}",)
    fixes = (
        ()
        if place.operator in (Operator.MATCH, Operator.IN, Operator.NOT_IN)
        else (replace(literal.span, field),)
    )
    if place.operator is Operator.MATCH:
        span = Span(literal.span.start - 1, literal.span.end)
        if place.binding.source(span).startswith(":"):
            fixes = (replace(span, f"={field}"),)
    return Refusal("field-as-value", message, literal.span, *fixes, details=details)


def _protocol_numbers(name: str) -> tuple[int, ...]:
    number = names.protocol_number(name)
    return () if number is None else (number,)


def _parse_signed(text: str) -> int | None:
    value = parse_count(text.removeprefix("-"))
    value = -value if value is not None and text.startswith("-") else value
    return value if value is None or value >= OPEN_LOW else None


def _no_names(_: str) -> tuple[int, ...]:
    return ()


def _no_similar(_: str) -> tuple[str, ...]:
    return ()


PORT = NumberReader(
    kind=Kind.PORT,
    noun="port",
    expected="a port number or a service",
    parse=parse_integer,
    named=names.service_ports,
    similar=names.similar_services,
    named_kind="service",
)
PROTOCOL = NumberReader(
    kind=Kind.PROTOCOL,
    noun="protocol",
    expected="a protocol number or name",
    parse=parse_integer,
    named=_protocol_numbers,
    similar=names.similar_protocols,
    named_kind="protocol",
)
COUNT = NumberReader(
    kind=Kind.COUNT,
    noun="count",
    expected="a whole number such as 1500, 10MB or 1Ki",
    parse=parse_count,
    named=_no_names,
    similar=_no_similar,
)
SIGNED = replace_values(COUNT, noun="number", parse=_parse_signed, value_min=OPEN_LOW)
"""Counts that stages have computed: a difference may be below 0."""
