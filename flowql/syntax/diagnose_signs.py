"""Failures at a sign: quotes, brackets, and characters that no word may hold.

Each case looks at a failure and gives a refusal in words of its own, or None when it is not its own.
"""

import re

from flowql.errors import Span
from flowql.syntax.failure import Failure
from flowql.syntax.refusal import Edit, Refusal, replace
from flowql.syntax.spans import token_span

_QUOTES = frozenset("\"'`")
_ARROW = re.compile(r"(?<=\s)(?:-{2,}>|=+>|-\s>)(?=\s)")
_OPERATORS = frozenset({"MATCH", "EQUALITY", "ORDER"})
_HEXADECIMAL = re.compile(r"[0-9a-f:./]+", re.IGNORECASE)
_WORDS = frozenset({"WORD", "COLON_WORD", "IPV6", "STAR"})


def quote_in_word(failure: Failure) -> Refusal | None:
    """`it's`, `eni-"a b"`, `"a"b`: a quote that touches a word."""
    if failure.last is None or token_span(failure.last).end != failure.span.start:
        return None
    before, found = token_span(failure.last), failure.found
    if failure.last_type in _WORDS and found[:1] in _QUOTES:
        whole = Span(before.start, _word_end(failure))
        message = f"a {found[0]} inside a word: quote the whole text, or put a blank before it"
        word = failure.text[whole.start : whole.end].replace('"', "")
        return Refusal("quote-in-word", message, failure.span, replace(whole, f'"{word}"'))
    if failure.last_type in {"QUOTED", "RAW"} and "WORD" in failure.accepted:
        message = "a blank stands behind a quoted text"
        return Refusal("quote-in-word", message, failure.span, replace(Span(before.end, before.end), " "))
    return None


def _word_end(failure: Failure) -> int:
    """Where a word with a quote in it ends: behind the quoted text, or, after an apostrophe, at a blank."""
    if len(failure.found) > 1 and failure.found[0] != "'":
        return failure.span.end
    rest = failure.text[failure.span.start :].split(maxsplit=1)[0]
    return failure.span.start + len(rest)


def unterminated(failure: Failure) -> Refusal | None:
    """A quote without its like on the same line."""
    if failure.found not in _QUOTES:
        return None
    line_end = failure.text.find("\n", failure.span.start)
    end = len(failure.text.rstrip()) if line_end < 0 else line_end
    message = f"this {failure.found} opens a text that is not closed on its line"
    return Refusal("unterminated-string", message, failure.span, replace(Span(end, end), failure.found))


def curly_quote(failure: Failure) -> Refusal | None:
    """Quotes that a text processor bent."""
    if failure.found[:1] not in {"“", "”"}:
        return None
    places = (index for index, character in enumerate(failure.text) if character in "“”")
    fix = tuple(Edit(Span(index, index + 1), '"') for index in places)
    span = Span(failure.span.start, failure.span.start + 1)
    return Refusal("curly-quote", "texts are quoted with straight quotes", span, fix)


def star_behind_quotes(failure: Failure) -> Refusal | None:
    """`"eni"*`: a wildcard that touches a quoted text."""
    if not failure.found.startswith(("*", "?")) or failure.last_type not in {"QUOTED", "RAW"}:
        return None
    before = token_span(failure.tokens[-1])
    if before.end != failure.span.start:
        return None
    whole, text = before.to(failure.span), failure.text[before.start + 1 : before.end - 1]
    message = "there are no wildcards on a quoted text: * and ? stand in a word without quotes"
    fixes = (replace(whole, text + failure.found),) if text and " " not in text else ()
    return Refusal("wildcard-on-quotes", message, failure.span, *fixes)


def other_arrow(failure: Failure) -> Refusal | None:
    """`a --> b`, `a => b`, `a - > b`."""
    arrows = _ARROW.finditer(failure.text)
    arrow = next((each for each in arrows if each.start() <= failure.span.start < each.end()), None)
    if arrow is None:
        return None
    span = Span(arrow.start(), arrow.end())
    return Refusal("unexpected", "an arrow is written ->", span, replace(span, "->"))


def likeness(failure: Failure) -> Refusal | None:
    """`REJECT~2`, `"a b"~3`, of Lucene."""
    if failure.found[:1] != "~" or failure.last_type not in _WORDS | {"QUOTED", "RAW"}:
        return None
    if token_span(failure.tokens[-1]).end != failure.span.start:
        return None
    message = "words are not matched by likeness: ~ stands between a field and a regular expression"
    return Refusal("likeness", message, failure.span, replace(failure.span, ""))


def lone_minus(failure: Failure) -> Refusal | None:
    """`- x`."""
    if failure.found != "-":
        return None
    if failure.last_type == "MINUS" and token_span(failure.tokens[-1]).end == failure.span.start:
        span = token_span(failure.tokens[-1]).to(failure.span)
        return Refusal("unexpected", "a comment begins with #", span, replace(span, "#"))
    after = failure.text[failure.span.end :]
    gap = Span(failure.span.end, failure.span.end + len(after) - len(after.lstrip()))
    message = "a lone - is nothing to search for: it stands directly before what it excludes"
    return Refusal("lone-minus", message, failure.span, replace(gap, ""), replace(failure.span, ""))


def ampersand(failure: Failure) -> Refusal | None:
    """`a & b`."""
    if not failure.found.startswith("&"):
        return None
    start, text = failure.span.start, failure.text
    span = Span(start, start + 1)
    before = "" if text[:start][-1:].isspace() else " "
    after = "" if text[start + 1 :][:1].isspace() else " "
    return Refusal("unexpected", "expected AND or &&, found &", span, replace(span, f"{before}AND{after}"))


def backslash(failure: Failure) -> Refusal | None:
    """A backslash with nothing behind it."""
    if failure.found != "\\":
        return None
    message = "a backslash stands before the character that it escapes"
    return Refusal("unknown-escape", message, failure.span, replace(failure.span, ""))


def slash(failure: Failure) -> Refusal | None:
    """`/24`."""
    if not failure.found.startswith("/") or "WORD" not in failure.accepted:
        return None
    message = "a word does not begin with /: quote it"
    return Refusal("unexpected", message, failure.span, replace(failure.span, f'"{failure.found}"'))


def negation_in_group(failure: Failure) -> Refusal | None:
    """`f:(a OR NOT b)`, `f in (a, -b)`."""
    is_negation = failure.found.lower() == "not" or failure.found[:1] in {"!", "-"}
    if (
        not is_negation
        or not failure.open_brackets
        or "WORD" not in failure.accepted
        or "FIELD" in failure.accepted
    ):
        return None
    if failure.found[:1] == "-" and failure.text[failure.span.start + 1 :][:1].isdigit():
        return Refusal("negative-number", "no field holds negative numbers", failure.span)
    message = "the values of a group are not negated: negate a field clause, as in NOT f:v or f!=v"
    return Refusal("negated-value", message, failure.span)


def unclosed(failure: Failure) -> Refusal | None:
    """The end, or a bar, where a bracket is still open: the opening one is to blame."""
    if not failure.open_brackets or failure.last is None or not (failure.at_end or failure.found == "|"):
        return None
    if not _closer_is_accepted(failure):
        return None
    opening, end = failure.open_brackets[-1], token_span(failure.last).end
    message = f"this {opening} is not closed: expected {failure.closers[0]}"
    return Refusal(
        "missing-parenthesis", message, token_span(opening), replace(Span(end, end), failure.closers)
    )


def unopened(failure: Failure) -> Refusal | None:
    """A closing bracket that nothing opened, or that another kind opened."""
    if failure.found not in {")", "]", "}"}:
        return None
    if not failure.open_brackets:
        message = f"nothing opens this {failure.found}"
        return Refusal("unexpected-parenthesis", message, failure.span, replace(failure.span, _gap(failure)))
    opening, closer = failure.open_brackets[-1], failure.closers[0]
    if closer == failure.found or not _closer_is_accepted(failure):
        return None
    message = f"expected {closer} to close the {opening}, found {failure.found}"
    return Refusal("unexpected-parenthesis", message, failure.span, replace(failure.span, closer))


def _closer_is_accepted(failure: Failure) -> bool:
    names = {")": "RIGHT_PARENTHESIS", "]": "RIGHT_BRACKET", "}": "RIGHT_BRACE"}
    return names[failure.closers[0]] in failure.accepted


def stray_comma(failure: Failure) -> Refusal | None:
    """A comma between clauses."""
    if failure.found != "," or "FIELD" not in failure.accepted:
        return None
    message = "clauses are not separated by commas: a blank or AND joins them"
    return Refusal("unexpected", message, failure.span, replace(failure.span, _gap(failure)))


def _gap(failure: Failure) -> str:
    """What is left of a sign that goes: a blank where it kept two words apart."""
    text, span = failure.text, failure.span
    touches = not text[: span.start][-1:].isspace() and not text[span.end :][:1].isspace()
    return " " if touches and span.start > 0 and span.end < len(text) else ""


def range_with_blanks(failure: Failure) -> Refusal | None:
    """`f:22 .. 80`, and `..80` without a field."""
    if not failure.found.startswith(".."):
        return None
    if len(failure.tokens) < 2 or failure.tokens[-2].type not in _OPERATORS:
        fix = replace(Span(failure.span.start, failure.span.start), "port:")
        return Refusal("bare-range", "a range needs a field before it", failure.span, fix)
    before = token_span(failure.tokens[-1]).end
    rest = failure.text[failure.span.start + 2 :]
    after = failure.span.start + 2 + len(rest) - len(rest.lstrip())
    message = "a range is written without blanks: a..b"
    return Refusal("range-with-blanks", message, failure.span, replace(Span(before, after), ".."))


def double_colon(failure: Failure) -> Refusal | None:
    """`f::v`, `fe80::1::2`."""
    if not failure.found.startswith(":") or failure.last_type != "MATCH":
        return None
    whole = Span(token_span(failure.tokens[-2]).start, failure.span.end)
    text = failure.text[whole.start : whole.end]
    if _HEXADECIMAL.fullmatch(text):
        return Refusal("partial-address", f"{text} is no IPv6 address", whole)
    span = Span(failure.span.start, failure.span.start + 1)
    return Refusal("unexpected", "expected a value after :, found another :", span, replace(span, ""))


SIGN_CASES = (
    star_behind_quotes,
    likeness,
    other_arrow,
    quote_in_word,
    unterminated,
    curly_quote,
    negation_in_group,
    lone_minus,
    ampersand,
    backslash,
    unclosed,
    unopened,
    stray_comma,
    range_with_blanks,
    double_colon,
    slash,
)
