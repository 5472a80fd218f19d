"""Clauses of other languages, or mistaken: understood well enough to show FlowQL's own form.

Each method is a rule of the grammar's section "refused". Nothing is reinterpreted: all of it is refused, with
the query as it was probably meant.
"""

import re
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.nodes import Literal, Name, Range, Regex, Value
from flowql.syntax.refusal import Fix, Refusal, replace
from flowql.syntax.spans import span_between, token_span
from flowql.syntax.writing import written_value, written_word
from flowql.values import parse_address, parse_integer

PORT_MAX = 65_535
_TIME_FIELDS = {"earliest": "since", "latest": "until", "_time": "last"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SIGNS = {
    "<<": ":",
    "!<<": "!=",
    "<>": "!=",
    "=>": ">=",
    "=<": "<=",
    "===": "=",
    ":=": "=",
    ":!=": "!=",
    "!==": "!=",
}
_SLASH = "\\/"
_HEXTETS = re.compile(r"(?=.*(?:[a-f]|[0-9]{3}))[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){1,6}:?", re.IGNORECASE)


class RefusedClauses:
    """Clauses that stand where a search term or a field clause may, and are neither."""

    def required(self, children: list[Any]) -> None:
        """`+clause`, from Lucene."""
        span = token_span(children[0])
        message = "+ is not needed: clauses side by side must all hold"
        raise Refusal("plus-sign", message, span, replace(span, ""))

    def empty_parentheses(self, children: list[Token]) -> None:
        """`()`."""
        span = span_between(children[0], children[1])
        raise Refusal(
            "empty-parentheses", "nothing stands inside these parentheses", span, replace(span, "*")
        )

    def bare_range(self, children: list[Range]) -> None:
        """`22..80` without a field."""
        (ends,) = children
        start = Span(ends.span.start, ends.span.start)
        fixes = tuple(replace(start, f"{field}:") for field in _fields_for(ends))
        raise Refusal("bare-range", "a range needs a field before it", ends.span, *fixes)

    def colon_word(self, children: list[Literal]) -> None:
        """A word with a colon that is neither an IPv6 address nor the start of a field clause."""
        (word,) = children
        if _HEXTETS.fullmatch(word.text):
            raise _partial_address(word)
        if word.text == "*:*":
            raise Refusal("not-a-field", "everything is written *", word.span, replace(word.span, "*"))
        name, _, rest = word.text.partition(":")
        if "*" in name or "?" in name:
            message = (
                "the name of a field has no wildcard; the value is looked for everywhere without a field"
            )
            raise Refusal("not-a-field", message, word.span, *([replace(word.span, rest)] if rest else []))
        message = f'"{name}" is no name of a field; a text that holds a colon is quoted'
        raise Refusal("not-a-field", message, word.span, replace(word.span, written_value(_quoted(word))))

    def CALL(self, token: Token) -> None:  # noqa: N802 - lark calls a terminal's method by its name
        """`re("a.*")`: a word that touches a parenthesis."""
        span = token_span(token)
        message = f"{token.value}( is no function here: a search has words and field clauses"
        details = ("a blank stands between a word and a parenthesis",)
        raise Refusal("no-function", message, span, replace(Span(span.end, span.end), " "), details=details)

    def function_call(self, children: list[Any]) -> None:
        """What `CALL` has refused."""

    def reversed_comparison(self, children: list[Any]) -> None:
        """`1000 < bytes`, `"src" = 5`: clauses that do not begin with a field's name."""
        left, operator, right = children
        fixes: tuple[Fix, ...] = ()
        if operator.value in _MIRRORED and isinstance(right, Literal) and right.text[:1].isalpha():
            turned = f"{written_word(right)} {_MIRRORED[operator.value]} {written_value(left)}"
            fixes = (replace(span_between(left, right), turned),)
        elif left.quoted:
            fixes = (replace(left.span, left.text),)
        message = f'"{left.text}" is no name of a field: a clause is written field, operator, value'
        raise Refusal("not-a-field", message, left.span, *fixes)


class RefusedComparisons:
    """Field clauses whose operator has another form here."""

    def other_sign(self, children: list[Any]) -> None:
        """`f <> v` and other signs."""
        sign = children[1]
        ours = _SIGNS[sign.value]
        message = f"{sign.value} is no operator: expected {ours}"
        raise Refusal("unknown-operator", message, token_span(sign), replace(token_span(sign), ours))

    def other_null(self, children: list[Any]) -> None:
        """`f is null`, `f is not null`."""
        field, words = children
        value, meaning = ("*", "present") if "not" in words.lower() else ("-", "missing")
        span = token_span(words)
        message = f"a {meaning} value is written {field.text}:{value}"
        raise Refusal("unknown-operator", message, span, replace(Span(field.span.end, span.end), f":{value}"))

    def other_operator(self, children: list[Any]) -> None:
        """`f like "a%"`, `f contains x`, `f startswith x`."""
        field, words, value = children
        *negation, word = words.lower().removeprefix("i").replace("unlike", "not like").split()
        if isinstance(value, Regex):
            ours = f"{field.text}{'!' * bool(negation)}~{_as_regex(value)}"
            message = f"{words.lower()} is no operator: a regular expression stands behind ~"
            raise Refusal(
                "unknown-operator", message, token_span(words), replace(span_between(field, value), ours)
            )
        clause = f"{'NOT ' if negation else ''}{field.text}:{_pattern(word, value)}"
        message = f"{word} is no operator: patterns are written with * and ?"
        raise Refusal(
            "unknown-operator", message, token_span(words), replace(span_between(field, value), clause)
        )

    def other_regex_match(self, children: list[Any]) -> None:
        """`f =~ /re/`."""
        field, sign, value = children
        expected = "!~" if "!" in sign else "~"
        ours = f"{field.text}{expected}{_as_regex(value)}"
        message = f"{''.join(sign.split())} is no operator: expected {expected}"
        raise Refusal(
            "unknown-operator", message, token_span(sign), replace(span_between(field, value), ours)
        )

    def regex_without_slashes(self, children: list[Any]) -> None:
        """`f ~ "re"`."""
        field, sign, value = children
        ours = f"{field.text}{sign}{_as_regex(value)}"
        message = "a regular expression stands between slashes"
        raise Refusal("regex-form", message, value.span, replace(span_between(field, value), ours))

    def ordered_regex(self, children: list[Any]) -> None:
        """`f > /re/`."""
        field, value = children[0], children[-1]
        message = f"{children[-2]} does not compare with a regular expression"
        ours = f"{field.text}~{_as_regex(value)}"
        raise Refusal("bad-operator", message, value.span, replace(span_between(field, value), ours))


def refuse_time_field(field: Name, value: Value) -> None:
    """Refuse `earliest=-24h` and `latest=now`, from SPL; do nothing about any other field."""
    scope = _TIME_FIELDS.get(field.text.lower())
    if scope is None:
        return
    fixes = (
        (replace(span_between(field, value), f"{scope} {value.text}"),) if isinstance(value, Literal) else ()
    )
    example = f"{scope} {'24h' if scope == 'last' else '-24h'}"
    raise Refusal("foreign-field", f"a time range is written as in {example}", field.span, *fixes)


def _as_regex(value: Literal | Regex) -> str:
    return f"/{value.text.replace('/', _SLASH)}/"


def _quoted(literal: Literal) -> Literal:
    return Literal(literal.text, literal.span, quoted=True)


def _partial_address(word: Literal) -> Refusal:
    """`2001:db8`, which proposes `2001:db8::/32`."""
    hextets = word.text.rstrip(":").split(":")
    network = f"{':'.join(hextets)}::/{16 * len(hextets)}"
    return Refusal(
        "partial-address", f'"{word.text}" is no whole IPv6 address', word.span, replace(word.span, network)
    )


def _fields_for(ends: Range) -> tuple[str, ...]:
    """The either-side fields that a bare range may be meant for."""
    texts = [end.text for end in (ends.low, ends.high) if isinstance(end, Literal)]
    if any(parse_address(text) is not None for text in texts):
        return ("ip",)
    numbers = [parse_integer(text) for text in texts]
    return ("port",) if all(n is not None and n <= PORT_MAX for n in numbers) else ("bytes",)


def _pattern(word: str, value: Literal) -> str:
    pattern = Literal(value.text, value.span)
    text = written_word(pattern)
    match word:
        case "like":
            return written_word(Literal(value.text, value.span)).replace("%", "*").replace("_", "?")
        case "contains":
            return f"*{text}*"
        case "startswith":
            return f"{text}*"
        case "endswith":
            return f"*{text}"
        case _:
            return written_value(value)
