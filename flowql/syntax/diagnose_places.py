"""Failures at a place: a scope, a stage or a list that does not go on as it should.

Each case looks at a failure and gives a refusal in words of its own, or None when it is not its own.
"""

import re

from flowql.errors import Span
from flowql.syntax.build_aggregates import is_function
from flowql.syntax.failure import GROUPING, Failure
from flowql.syntax.literals import RESERVED_WORDS
from flowql.syntax.refusal import Edit, Fix, Refusal, replace
from flowql.syntax.spans import token_span

_LITERALS = frozenset({"WORD", "COLON_WORD", "IPV6", "QUOTED", "RAW"})
_CONNECTIVE_WORDS = frozenset({"and", "or", "not"})
_UNITS = {
    "second": "s",
    "sec": "s",
    "minute": "m",
    "min": "m",
    "hour": "h",
    "hr": "h",
    "day": "d",
    "week": "w",
}
_AMOUNT = re.compile(r"(?P<amount>\d+)?\s*(?P<unit>[a-z]+?)?s?(?![\w-])", re.IGNORECASE | re.ASCII)
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdw]))+", re.IGNORECASE | re.ASCII)
_DAYS = {"today": "@d", "yesterday": "-1d@d"}
_DATE = re.compile(r"(?P<year>\d{4})[/.](?P<month>\d\d)[/.](?P<day>\d\d)", re.ASCII)
_HOURS = re.compile(
    r"(\d{1,2})(?::(\d\d))?\s*(?:\.\.|-|to)\s*(\d{1,2})(?::(\d\d))?(?![\w:])", re.ASCII | re.IGNORECASE
)
_MEMBERSHIP = re.compile(r"\s*(?::|!?=)\s*(?P<negation>not\s*)?in\s*(?=[(\[])", re.IGNORECASE)
_TO = re.compile(r"\s*to\s+", re.IGNORECASE)
_DAY_AND_MORE = re.compile(r"(\d{4}-\d\d-\d\d)[T ]", re.ASCII | re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d(?!.)", re.ASCII)
_NUMBERS = re.compile(r"(?P<low>[0-9][\w.]*)\s+and\s+(?P<high>[0-9][\w.]*)", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d][\w.-]*")
_CALL = re.compile(r"(?P<function>\w+)\s*\(\s*(?P<argument>[\w.-]*)\s*\)")


def membership_behind_sign(failure: Failure) -> Refusal | None:
    """`dstport:in(22, 80)`, `dstport: not in (22)`, `dstport: IN [22]`."""
    field = next((token for token in reversed(failure.tokens) if token.type == "FIELD"), None)
    if failure.last_type not in {"MATCH", "EQUALITY", "NOT"} or field is None:
        return None
    start = token_span(field).end
    words = _MEMBERSHIP.match(failure.text, start)
    if not words:
        return None
    ours = f" {'not ' * bool(words['negation'])}in "
    closing = failure.text.find("]", words.end())
    brackets = failure.text[words.end()] == "[" and closing > 0
    edits = (
        (Edit(Span(words.end(), words.end() + 1), "("), Edit(Span(closing, closing + 1), ")"))
        if brackets
        else ()
    )
    message = "in is an operator itself: no other stands before it"
    return Refusal("unexpected", message, failure.span, (Edit(Span(start, words.end()), ours), *edits))


def range_of_words(failure: Failure) -> Refusal | None:
    """`dstport:22 TO 80`: seen at the word behind TO, or at TO itself."""
    match [token.type for token in failure.tokens[-3:]]:
        case ["FIELD", "MATCH" | "EQUALITY", "WORD" | "IPV6" | "AGO"] if failure.found.lower() == "to":
            pass
        case _:
            return None
    before = token_span(failure.tokens[-1]).end
    words = _TO.match(failure.text, before)
    if words is None:
        return None
    message = "a range is written a..b; TO stands between brackets"
    return Refusal("range-form", message, failure.span, replace(Span(before, words.end()), ".."))


def reserved_word(failure: Failure) -> Refusal | None:
    """`NOT last`, `f:in`: a word that means something, where a word to search for is expected."""
    word = failure.found.lower()
    if word not in RESERVED_WORDS - _CONNECTIVE_WORDS or not failure.accepted & {"WORD", "TOPIC"}:
        return None
    role = "needs a field before it" if word == "in" else "begins a scope, which cannot stand here"
    message = f"{word} {role}; quote it to search for the word"
    return Refusal("reserved-word", message, failure.span, replace(failure.span, f'"{failure.found}"'))


def between_numbers(failure: Failure) -> Refusal | None:
    """`bytes between 100 and 200`, from SQL."""
    numbers = _NUMBERS.match(failure.text, failure.span.start)
    if failure.last_type != "BETWEEN" or not numbers:
        return None
    message = (
        f"between takes two times: a range of values is written field:{numbers['low']}..{numbers['high']}"
    )
    ours = f":{numbers['low']}..{numbers['high']}"
    before = failure.tokens[-2:-1]
    fixes = (replace(Span(token_span(before[0]).end, numbers.end()), ours),) if before else ()
    return Refusal("between-values", message, failure.span, *fixes)


def bad_duration(failure: Failure) -> Refusal | None:
    """`last 24`, `last 24 hours`, `last week`."""
    if "DURATION" not in failure.accepted or failure.last_type != "LAST":
        return None
    match = _AMOUNT.match(failure.text, failure.span.start)
    amount = match["amount"] if match else None
    unit = _unit(match["unit"]) if match else None
    found = f'found "{failure.found}"' if failure.found else "found the end of the query"
    message = f"expected a duration such as 24h or 7d after last, {found}"
    if match is None or (amount is None and unit is None):
        return Refusal("bad-duration", message, failure.span)
    span = Span(failure.span.start, match.end("unit") if unit else match.end("amount"))
    return Refusal(
        "bad-duration",
        message,
        failure.span,
        replace(_word_span(failure, span), f"{amount or 1}{unit or 'h'}"),
    )


def _unit(word: str | None) -> str | None:
    """The letter of a unit that is written out."""
    return _UNITS.get((word or "").lower())


def _word_span(failure: Failure, span: Span) -> Span:
    """`span`, and the letters behind it: the plural's s."""
    rest = failure.text[span.end :]
    return Span(span.start, span.end + len(rest) - len(rest.lstrip("sS")))


def bad_time(failure: Failure) -> Refusal | None:
    """`since 24h`, `since 2018/12/13`, `since now-6h`, `since yesterday`."""
    if "TIME" not in failure.accepted:
        return None
    found = f'found "{failure.found}"' if failure.found else "found the end of the query"
    message = f"expected a time such as 2018-12-13T14:00Z, 2018-12-13, now or -6h, {found}"
    return Refusal("bad-time", message, failure.span, *_times_for(failure))


def _times_for(failure: Failure) -> tuple[tuple[Edit, ...], ...]:
    found, date = failure.found, _DATE.fullmatch(failure.found)
    if found.lower() in _DAYS:
        return (replace(failure.span, _DAYS[found.lower()]),)
    if _DURATION.fullmatch(found):
        return (replace(failure.span, f"-{found}"),)
    if date:
        return (replace(failure.span, f"{date['year']}-{date['month']}-{date['day']}"),)
    if found.lower().startswith("now-") and _DURATION.fullmatch(found[4:]):
        return (replace(failure.span, found[3:]),)
    return ()


def bad_hours(failure: Failure) -> Refusal | None:
    """`daily 22-06`, `daily 22:00-06:00`."""
    if "HOURS" not in failure.accepted:
        return None
    found = f'found "{failure.found}"' if failure.found else "found the end of the query"
    message = f"expected hours such as 22:00..06:00 after daily, {found}"
    match = _HOURS.match(failure.text, failure.span.start)
    if not match:
        return Refusal("bad-hours", message, failure.span)
    low, high = (f"{int(match[hour]):02d}:{match[minute] or '00'}" for hour, minute in ((1, 2), (3, 4)))
    return Refusal(
        "bad-hours", message, failure.span, replace(Span(failure.span.start, match.end()), f"{low}..{high}")
    )


def bad_day(failure: Failure) -> Refusal | None:
    """`on 2018/12/13`, `on 2018`, `on 2018-12-13T14:00Z`."""
    if "DAY" not in failure.accepted:
        return None
    found = f'found "{failure.found}"' if failure.found else "found the end of the query"
    message = f"on takes a day such as 2018-12-13, a month such as 2018-12, today or yesterday, {found}"
    date, day, year = (each.match(failure.found) for each in (_DATE, _DAY_AND_MORE, _YEAR))
    fixes = []
    if date:
        fixes.append(replace(failure.span, f"{date['year']}-{date['month']}-{date['day']}"))
    if day:
        fixes.append(replace(failure.span, day[1]))
    if year and failure.last is not None:
        between = f"between {year[0]}-01-01 and {int(year[0]) + 1}-01-01"
        fixes.append(replace(token_span(failure.last).to(failure.span), between))
    return Refusal("bad-time", message, failure.span, *fixes)


def match_as_verb(failure: Failure) -> Refusal | None:
    """`match status=200`, of other languages; `match` alone."""
    if "WHOLE" not in failure.accepted or failure.last is None:
        return None
    message = "match takes start or overlap: whether a range tests the start of a flow or all of it"
    span = failure.span if failure.found else token_span(failure.last)
    fixes: tuple[Fix, ...] = ()
    if _NAME.fullmatch(failure.found):
        fixes = (replace(failure.span, "overlap"), replace(failure.span, "start"))
    elif failure.found:
        fixes = (replace(token_span(failure.last), ""),)
    return Refusal("bad-match", message, span, *fixes)


def missing_comma(failure: Failure) -> Refusal | None:
    """Two names or two values side by side in a list."""
    is_item = re.match(r"[\w\"'`*?.:-]", failure.found)
    if (
        "COMMA" not in failure.accepted
        or not is_item
        or failure.last is None
        or failure.found.lower() in RESERVED_WORDS
    ):
        return None
    end = token_span(failure.last).end
    message = f'expected a comma before "{failure.found}"'
    return Refusal("missing-comma", message, failure.span, replace(Span(end, end), ","))


def missing_comma_before(failure: Failure) -> Refusal | None:
    """`port in (22 80, 443)`: seen only at the comma that is there."""
    if (
        failure.found.lower() not in {",", "or"}
        or not failure.open_brackets
        or "WORD" not in failure.accepted
    ):
        return None
    match failure.tokens:
        case [*_, first, second] if {first.type, second.type} <= _LITERALS:
            end = token_span(first).end
            message = f'expected a comma before "{second}"'
            return Refusal("missing-comma", message, token_span(second), replace(Span(end, end), ","))
        case _:
            return None


def column_of_call(failure: Failure) -> Refusal | None:
    """`sort -sum(bytes)`: a computed column has a name."""
    if failure.found != "(" or failure.stage not in {"SORT", "FIELDS", "DEDUP"} or failure.last is None:
        return None
    call = _CALL.match(failure.text, token_span(failure.last).start)
    if not call:
        return None
    name = "_".join(part for part in (call["function"], call["argument"]) if part)
    message = f"{failure.stage.lower()} takes names of columns: {call[0]} is the column {name}"
    return Refusal(
        "column-name", message, Span(call.start(), call.end()), replace(Span(call.start(), call.end()), name)
    )


def call_without_parentheses(failure: Failure) -> Refusal | None:
    """`stats sum bytes`."""
    if failure.stage not in GROUPING or failure.last is None or not is_function(failure.last.lower()):
        return None
    if not _NAME.fullmatch(failure.found) or failure.last_type != "NAME":
        return None
    ours = f"{failure.last}({failure.found})"
    message = f"an aggregate is written with parentheses: {ours}"
    return Refusal(
        "aggregate-form", message, failure.span, replace(token_span(failure.last).to(failure.span), ours)
    )


def quoted_name(failure: Failure) -> Refusal | None:
    """`fields "srcaddr"`."""
    name = failure.found[1:-1]
    if "NAME" not in failure.accepted or failure.found[:1] not in {'"', "'"} or not _NAME.fullmatch(name):
        return None
    return Refusal("quoted-name", "names of fields are not quoted", failure.span, replace(failure.span, name))


def number_last(failure: Failure) -> Refusal | None:
    """`top srcaddr 10`."""
    if (
        failure.stage not in {"TOP", "RARE"}
        or failure.last_type != "NAME"
        or not failure.found.isdigit()
        or failure.last is None
    ):
        return None
    name = token_span(failure.last)
    message = "the number of rows stands before the field"
    fix = replace(name.to(failure.span), f"{failure.found} {failure.last}")
    return Refusal("number-last", message, failure.span, fix)


def row_count(failure: Failure) -> Refusal | None:
    """`head -5`, `head ten`."""
    if (
        failure.stage not in {"HEAD", "TAIL", "LIMIT", "FACETS"}
        or "INTEGER" not in failure.accepted
        or failure.at_end
    ):
        return None
    message = f'expected a number of rows such as 20, found "{failure.found}"'
    digits = re.sub(r"\D", "", failure.found)
    fixes = (replace(failure.span, digits),) if failure.found.lstrip("-").isdigit() else ()
    return Refusal("bad-number", message, failure.span, *fixes)


PLACE_CASES = (
    membership_behind_sign,
    range_of_words,
    between_numbers,
    bad_duration,
    bad_time,
    bad_day,
    bad_hours,
    match_as_verb,
    quoted_name,
    number_last,
    row_count,
    column_of_call,
    call_without_parentheses,
    missing_comma_before,
    missing_comma,
    reserved_word,
)
