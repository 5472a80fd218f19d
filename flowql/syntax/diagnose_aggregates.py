"""Failures in the stages that group: conditions, percentiles and buckets in the forms of other languages.

Each case looks at a failure and gives a refusal in words of its own, or None when it is not its own. What is
proposed is cut from the text: the condition or the expression that stands in the wrong place.
"""

import re

from flowql.errors import Span
from flowql.syntax.bracketed import item_at, items_in, list_at
from flowql.syntax.build_aggregates import is_function
from flowql.syntax.failure import GROUPING, Failure
from flowql.syntax.refusal import Edit, Refusal, replace
from flowql.syntax.refused_stages import BUCKET_DEFAULT
from flowql.syntax.spans import token_span

_IN_CALL = re.compile(r"(?P<function>[^\W\d]\w*)\s*\(\s*(?P<choice>if\s*\()?", re.IGNORECASE)
_CONDITIONAL = re.compile(
    r"(?P<function>count|sum|avg|min|max|dc)(?P<conditional>_?(?:if|where))?", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d][\w.-]*")
_SPAN = re.compile(r"\b(?:span|bin|bucket|interval)\s*=\s*(?P<width>[0-9]+[a-z]+)\b,?\s*", re.IGNORECASE)
_WIDTH = re.compile(
    r"(?P<amount>[0-9]+)(?:\s*(?P<unit>s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?))?(?![\w.])",
    re.ASCII | re.IGNORECASE,
)
_CLOSING_ONE = re.compile(r"\s*\)")
_CLOSING_TWO = re.compile(r"\s*\)\s*\)")
_ALIAS_AHEAD = re.compile(r"\s+(?:as|by)\s", re.IGNORECASE)
_SIGN = re.compile(r"[:=<>~]")
_SIGN_OR_IF = re.compile(r"[:=<>~]|\bif\b", re.IGNORECASE)


def condition_in_call(failure: Failure) -> Refusal | None:
    """`count(action:REJECT)`, `countif(bytes > 5)`, `sum(if(action:REJECT, bytes, 0))`."""
    call = _open_call(failure)
    if call is None:
        return None
    function, span, arguments, is_choice = call
    conditional = _CONDITIONAL.fullmatch(function)
    message = "a condition stands behind the aggregate: count() if (FILTER)"
    if conditional is None or not arguments:
        return None
    ours = conditional["function"].lower()
    if is_choice or function.lower().endswith(("if", "where")):
        columns = [each for each in arguments if _NAME.fullmatch(each)]
        conditions = [each for each in arguments if not _NAME.fullmatch(each) and not each.isdigit()]
        column = "" if ours == "count" else next(iter(columns), "bytes")
        if not conditions:
            return None
        fix = replace(span, f"{ours}({column}) if ({conditions[0]})")
        return Refusal("condition-form", message, failure.span, fix)
    if ours == "count" and len(arguments) == 1 and _SIGN.search(arguments[0]):
        return Refusal("condition-form", message, failure.span, replace(span, f"count() if ({arguments[0]})"))
    return None


def expression_in_call(failure: Failure) -> Refusal | None:
    """`sum(bytes / 1024)`."""
    call = _open_call(failure)
    if call is None:
        return None
    function, span, arguments, is_choice = call
    if not is_function(function.lower()) or len(arguments) != 1 or is_choice or failure.at_end:
        return None
    stage = next(token for token in reversed(failure.tokens) if token.type in {*GROUPING, "TOP", "RARE"})
    start = token_span(stage).start
    message = f"{function.lower()} takes one field: eval computes one"
    inside = arguments[0]
    if _SIGN_OR_IF.search(inside):
        return Refusal("aggregate-form", message, failure.span)
    fix = (Edit(Span(start, start), f"eval value = {inside} | "), Edit(span, f"{function}(value)"))
    return Refusal("aggregate-form", message, failure.span, fix)


def condition_without_parentheses(failure: Failure) -> Refusal | None:
    """`count() if action:REJECT`."""
    if failure.last_type != "IF" or failure.stage not in {*GROUPING, "TOP", "RARE"} or failure.at_end:
        return None
    message = "a condition stands in parentheses: if (FILTER)"
    item = item_at(failure.text, failure.span.start)
    ahead = _ALIAS_AHEAD.search(item[0])
    condition = (item[0][: ahead.start()] if ahead else item[0]).rstrip()
    end = failure.span.start + len(condition)
    fixes = (replace(Span(failure.span.start, end), f"({condition})"),) if condition else ()
    return Refusal("condition-form", message, failure.span, *fixes)


def bucket_as_setting(failure: Failure) -> Refusal | None:
    """`timechart span=5m count()`, of SPL."""
    if failure.stage != "TIMECHART":
        return None
    stage = next(token for token in reversed(failure.tokens) if token.type == "TIMECHART")
    behind = token_span(stage).end
    setting = _SPAN.search(failure.text, behind, list_at(failure.text, behind).end())
    if setting is None:
        return None
    span = Span(setting.start(), setting.start() + len(setting[0].rstrip(", ")))
    message = "the bucket of a timechart stands directly behind it, without a name"
    removed = Edit(Span(setting.start(), setting.end()), "")
    width = setting["width"]
    if not failure.text[behind : setting.start()].strip():
        return Refusal("bucket-form", message, span, replace(Span(behind, setting.end()), f" {width} "))
    return Refusal("bucket-form", message, span, (Edit(Span(behind, behind), f" {width}"), removed))


def width_without_unit(failure: Failure) -> Refusal | None:
    """`timechart 5 count()`, `by start 5`, `by start 5 minutes`."""
    width = _WIDTH.match(failure.text, failure.span.start)
    if "DURATION" not in failure.accepted or failure.last_type not in {"TIMECHART", "NAME"} or width is None:
        return None
    if failure.stage in {"TOP", "RARE"} and not width["unit"]:
        return None  # the number of rows, behind the field
    unit = (width["unit"] or "m")[0].lower()
    message = "the width of a bucket has a unit, as in 5m"
    ours = f"{width['amount']}{unit}"
    return Refusal("missing-bucket", message, failure.span, replace(Span(width.start(), width.end()), ours))


def missing_bucket(failure: Failure) -> Refusal | None:
    """`timechart by action`."""
    if failure.last_type != "TIMECHART":
        return None
    message = "timechart needs the width of its buckets and an aggregate, as in timechart 5m count()"
    span = token_span(failure.tokens[-1])
    fixes = (replace(span, f"timechart {BUCKET_DEFAULT} count()"),)
    return Refusal("missing-bucket", message, failure.span, *fixes)


def _open_call(failure: Failure) -> tuple[str, Span, list[str], bool] | None:
    """The aggregate whose parenthesis is open: name, place, arguments, and whether an `if` has them."""
    if failure.stage not in {*GROUPING, "TOP", "RARE"} or not failure.open_brackets:
        return None
    place = failure.tokens.index(failure.open_brackets[-1])
    name = failure.tokens[place - 1]
    if name.type != "NAME":
        return None
    begun = _IN_CALL.match(failure.text, token_span(name).start)
    if begun is None:
        return None
    inner = list_at(failure.text, begun.end())
    closing = (_CLOSING_TWO if begun["choice"] else _CLOSING_ONE).match(failure.text, inner.end())
    if closing is None:
        return None
    span = Span(token_span(name).start, closing.end())
    return begun["function"], span, items_in(inner[0]), bool(begun["choice"])


AGGREGATE_CASES = (
    condition_in_call,
    expression_in_call,
    condition_without_parentheses,
    bucket_as_setting,
    width_without_unit,
    missing_bucket,
)
