"""Aggregates, keys and time charts in the forms of other languages: refused with the form that is meant.

Each method is a rule of the grammar's section "refused".
"""

import re
from typing import Any

from flowql.errors import Span
from flowql.syntax.nodes import Aggregate, Call, Literal, Name, Number
from flowql.syntax.refusal import Edit, Refusal, replace
from flowql.syntax.refused_stages import BUCKET_DEFAULT
from flowql.syntax.spans import span_between, token_span

_BUCKET_FUNCTIONS = frozenset(("bucket", "bin", "tumble", "time_bucket", "date_bin", "timeslice", "floor"))
_OF_PERCENT = re.compile(r"perc|pct|quantile|\Ap\Z", re.IGNORECASE)
_TRUNCATIONS = {"second": "1s", "minute": "1m", "hour": "1h", "day": "1d", "week": "1w"}
_BUCKET = re.compile(r"(?:[0-9]+(?:ms|[smhdw]))+", re.ASCII | re.IGNORECASE)


class RefusedAggregates:
    """Aggregates and keys that are nearly right."""

    def alias_first(self, children: list[Any]) -> None:
        """`| stats n=count()`."""
        name, call = children[0], children[2]
        span = span_between(name, call)
        ours = f"{_written(call)} as {name.text}"
        raise Refusal("alias-form", f"a name is given with as: {ours}", span, replace(span, ours))

    def call_of_all(self, children: list[Any]) -> None:
        """`| stats count(*)`, from SQL."""
        name, star = children[0], children[2]
        message = f"{name.text}() counts rows as it stands: nothing is between its parentheses"
        raise Refusal("aggregate-form", message, token_span(star), replace(token_span(star), ""))

    def call_of_two(self, children: list[Any]) -> None:
        """`percentile(bytes, 95)`, `quantile(0.95, bytes)`."""
        function = children[0]
        column = next(child for child in children[2:] if isinstance(child, Name))
        number = next(child for child in children[2:] if isinstance(child, Number))
        span = span_between(function, children[-1])
        if not _OF_PERCENT.search(function.text):
            message = f"{function.text} takes one field"
            raise Refusal("aggregate-form", message, span, replace(span, f"{function.text}({column.text})"))
        percent = _percent(number.text)
        if percent is None:
            message = f"the percentiles are p1 to p99, found {number.text}"
            raise Refusal("percentile-form", message, number.span)
        ours = f"p{percent}({column.text})"
        raise Refusal("percentile-form", f"a percentile is written {ours}", span, replace(span, ours))

    def only_keys(self, children: list[Any]) -> None:
        """`| stats by srcaddr`."""
        span = token_span(children[1])
        message = "stats needs an aggregate before by, such as count()"
        raise Refusal("missing-aggregate", message, span, replace(span, "stats count()"))

    def bare_timechart(self, children: list[Any]) -> None:
        """`| timechart`, `| timechart 5m`, `| timechart 5m by action`."""
        bucket = children[2] if len(children) > 2 and isinstance(children[2], Literal) else None
        span = token_span(children[1]) if bucket is None else span_between(children[1], bucket)
        message = "timechart needs an aggregate behind its bucket, as in timechart 5m count()"
        ours = f"timechart {bucket.text if bucket else BUCKET_DEFAULT} count()"
        raise Refusal("missing-aggregate", message, span, replace(span, ours))

    def no_bucket(self, children: list[Any]) -> None:
        """`| timechart sum(bytes)`."""
        span = token_span(children[1])
        message = "timechart needs the width of its buckets before the first aggregate, such as 5m"
        behind = Span(span.end, span.end)
        raise Refusal("missing-bucket", message, span, (Edit(behind, f" {BUCKET_DEFAULT}"),))

    def key_of_function(self, children: list[Any]) -> None:
        """`by bin(start, 5m)`, `by prefix(srcaddr, 24)`."""
        (operand,) = children
        call, span = operand.expression, operand.span
        ours = _key(call)
        if ours is None:
            message = (
                "a key is a column, a prefix such as srcaddr/24 or a bucket such as start 5m; "
                f"found {call.function.text}()"
            )
            raise Refusal("key-form", message, span)
        what = "prefix" if "/" in ours else "bucket"
        raise Refusal("key-form", f"a {what} as a key is written {ours}", span, replace(span, ours))


def _written(call: Aggregate) -> str:
    return f"{call.function.text}({call.argument.text if call.argument else ''})"


def _percent(text: str) -> int | None:
    """95 for 95 and for 0.95; None for what is no whole percent."""
    try:
        number = float(text)
    except ValueError:
        return None
    percent = round(number * 100 if number < 1 else number, 6)
    return int(percent) if percent == int(percent) and 1 <= percent <= 99 else None


def _key(call: Call) -> str | None:
    """The key that a call stands for in another language."""
    column = next((each.text for each in call.arguments if isinstance(each, Name)), None)
    others = [each.text for each in call.arguments if isinstance(each, Number | Literal)]
    if column is None or len(others) != len(call.arguments) - 1:
        return None
    function = call.function.text
    if function == "date_trunc" and others[0].lower() in _TRUNCATIONS:
        return f"{column} {_TRUNCATIONS[others[0].lower()]}"
    if function in _BUCKET_FUNCTIONS and len(others) == 1 and _BUCKET.fullmatch(others[0]):
        return f"{column} {others[0]}"
    if function not in _BUCKET_FUNCTIONS and len(others) in {1, 2} and all(map(str.isdecimal, others)):
        return "/".join([column, *others])
    return None
