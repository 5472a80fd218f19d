"""Scopes and stages that lack something, or have it in another place: refused with the form that is meant.

Each method is a rule or a terminal of the grammar's section "refused".
"""

from difflib import get_close_matches
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.build_stages import ROW_COUNT_DEFAULT
from flowql.syntax.nodes import Name
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.spans import span_between, token_span

STAGES = ("count", "head", "sort", "fields", "top", "stats")
_OTHER_NAMES = {
    **dict.fromkeys(("table", "project", "keep", "columns", "cut"), "fields"),
    **dict.fromkeys(("summarize", "aggregate"), "stats"),
    **dict.fromkeys(("order", "sortby"), "sort"),
    **dict.fromkeys(("lim", "takes", "first", "limits"), "head"),
}


class RefusedScopesAndStages:
    """Scopes and stages that are nearly right."""

    def from_exclusion(self, children: list[Any]) -> None:
        """`from -a`."""
        topic = children[1]
        message = "an exclusion follows a comma: say first from which topics"
        start = Span(topic.span.start, topic.span.start)
        raise Refusal("exclusion-first", message, topic.span, replace(start, "*, "))

    def OTHER_STAGE(self, token: Token) -> None:  # noqa: N802 - lark calls a terminal's method by its name
        """`| tpo srcaddr`."""
        name = token.value.lower()
        near = [_OTHER_NAMES[name]] if name in _OTHER_NAMES else get_close_matches(name, STAGES, n=2)
        fixes = [replace(token_span(token), each) for each in near]
        details = (f"the stages are {', '.join(STAGES)}",)
        raise Refusal(
            "unknown-stage", f'unknown stage "{token.value}"', token_span(token), *fixes, details=details
        )

    def bare_limit(self, children: list[Token]) -> None:
        """`| limit`."""
        span = token_span(children[1])
        message = f"{children[1].lower()} needs a number of rows"
        raise Refusal("missing-number", message, span, replace(span, f"head {ROW_COUNT_DEFAULT}"))

    def count_by(self, children: list[Any]) -> None:
        """`| count by srcaddr`."""
        span = token_span(children[1])
        message = "count gives one row; a count for each key is a matter of stats"
        raise Refusal(
            "count-by", message, span_between(children[1], children[-1]), replace(span, "stats count()")
        )

    def top_several(self, children: list[Any]) -> None:
        """`| top 10 srcaddr, dstaddr`."""
        names = [child for child in children if isinstance(child, Name)]
        numbers = [child.value for child in children if isinstance(child, Token) and child.type == "INTEGER"]
        keys = ", ".join(name.text for name in names)
        row_count = numbers[0] if numbers else ROW_COUNT_DEFAULT
        stages = f"stats count() by {keys} | sort -count | head {row_count}"
        span = span_between(names[1], names[-1])
        raise Refusal(
            "one-field", "top takes one field", span, replace(span_between(children[1], children[-1]), stages)
        )

    def alias_first(self, children: list[Any]) -> None:
        """`| stats n=count()`."""
        name, call = children[0], children[2]
        span = span_between(name, call)
        argument = call.argument.text if call.argument else ""
        ours = f"{call.function.text}({argument}) as {name.text}"
        raise Refusal("alias-form", f"a name is given with as: {ours}", span, replace(span, ours))

    def call_of_all(self, children: list[Any]) -> None:
        """`| stats count(*)`, from SQL."""
        name, star = children[0], children[2]
        message = f"{name.text}() counts rows as it stands: nothing is between its parentheses"
        raise Refusal("aggregate-form", message, token_span(star), replace(token_span(star), ""))

    def only_keys(self, children: list[Any]) -> None:
        """`| stats by srcaddr`."""
        span = token_span(children[1])
        message = "stats needs an aggregate before by, such as count()"
        raise Refusal("missing-aggregate", message, span, replace(span, "stats count()"))
