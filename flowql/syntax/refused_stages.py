"""Scopes and stages that lack something, or have it in another place: refused with the form that is meant.

Each method is a rule or a terminal of the grammar's section "refused".
"""

from difflib import get_close_matches
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.nodes import Key, ListName, Name
from flowql.syntax.parts import ROW_COUNT_DEFAULT, names_in
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.spans import span_between, token_span
from flowql.syntax.writing import written_key

STAGES = (
    *("count", "where", "eval", "rename", "head", "tail", "sort", "dedup", "fields", "top", "rare", "stats"),
    *("timechart", "facets", "lookup", "select"),
)
LATER_STAGES = frozenset(
    (
        *("join", "union", "context", "prorate", "sessions", "stitch", "scan", "beacon", "compare"),
        *("coverage", "assert"),
    )
)
"""Stages of the language that come later: named as such, and never taken for a slip of another."""

_OTHER_NAMES = {
    **dict.fromkeys(("table", "project", "keep", "columns", "cut"), "fields"),
    **dict.fromkeys(("summarize", "aggregate", "agg", "group", "summarise"), "stats"),
    **dict.fromkeys(("order", "sortby"), "sort"),
    **dict.fromkeys(("lim", "takes", "first", "limits"), "head"),
    **dict.fromkeys(("last",), "tail"),
    **dict.fromkeys(("extend", "compute", "let", "set", "math", "derive"), "eval"),
    **dict.fromkeys(("distinct", "uniq", "unique"), "dedup"),
    **dict.fromkeys(("search", "having", "regex"), "where"),
    **dict.fromkeys(("bottom", "least"), "rare"),
    **dict.fromkeys(("chart", "histogram", "hits", "series", "timeseries"), "timechart"),
    **dict.fromkeys(("fieldsummary", "field_values", "facet"), "facets"),
    **dict.fromkeys(("sql",), "select"),
    **dict.fromkeys(("enrich", "inputlookup"), "lookup"),
    **dict.fromkeys(("rn", "mv"), "rename"),
}
BUCKET_DEFAULT = "5m"
"""The bucket that is proposed where a `timechart` has none."""


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
        name, span = token.value.lower(), token_span(token)
        if name in LATER_STAGES:
            raise Refusal("not-supported", f"the stage {name} is not part of this version", span)
        near = [_OTHER_NAMES[name]] if name in _OTHER_NAMES else get_close_matches(name, STAGES, n=2)
        fixes = [replace(span, each) for each in near]
        details = (f"the stages are {', '.join(STAGES)}",)
        raise Refusal("unknown-stage", f'unknown stage "{token.value}"', span, *fixes, details=details)

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
        keys = [child for child in children if isinstance(child, Key)]
        numbers = [child.value for child in children if isinstance(child, Token) and child.type == "INTEGER"]
        row_count = numbers[0] if numbers else ROW_COUNT_DEFAULT
        order = "count" if children[1].type == "RARE" else "-count"
        stages = f"stats count() by {', '.join(map(written_key, keys))} | sort {order} | head {row_count}"
        message = f"{children[1].lower()} takes one field"
        span = span_between(keys[1], keys[-1])
        raise Refusal("one-field", message, span, replace(span_between(children[1], children[-1]), stages))

    def bare_dedup(self, children: list[Any]) -> None:
        """`| dedup`."""
        span = span_between(children[1], children[-1])
        message = "dedup needs the columns that tell rows apart, such as dedup srcaddr, dstaddr"
        raise Refusal("missing-columns", message, span, replace(span, "dedup srcaddr, dstaddr"))

    def dedup_by(self, children: list[Any]) -> None:
        """`| dedup 3 srcaddr`, of SPL, and `| dedup by srcaddr`."""
        names = names_in(children)
        first = children[2]
        message = "dedup keeps the first row of each combination: expected the names of columns"
        ours = f"dedup {', '.join(name.text for name in names)}"
        raise Refusal(
            "dedup-form", message, token_span(first), replace(span_between(children[1], children[-1]), ours)
        )

    def bare_lookup(self, children: list[Any]) -> None:
        """`| lookup @assets`."""
        span = span_between(children[1], children[-1])
        message = "lookup needs the column that is looked up, as in lookup @assets on srcaddr"
        raise Refusal("lookup-form", message, span, replace(span, f"lookup {_list(children[2])} on srcaddr"))

    def other_lookup(self, children: list[Any]) -> None:
        """`| lookup assets on srcaddr`, `| lookup @assets by srcaddr`, `| lookup assets srcaddr`."""
        named = children[2]
        names = names_in(children[3:])
        prefix = f" as {names[1].text}" if len(names) > 1 else ""
        ours = f"lookup {_list(named)} on {names[0].text}{prefix}"
        if isinstance(named, Name):
            message, span = f"a list is written with @: @{named.text}", named.span
        else:
            message, span = "the column that is looked up stands behind on", names[0].span
        raise Refusal("lookup-form", message, span, replace(span_between(children[1], children[-1]), ours))

    def other_renaming(self, children: list[Any]) -> None:
        """`| rename a = b`, `| rename a to b`."""
        first, sign, second = children
        span = span_between(first, second)
        ours, other = f"{first.text} as {second.text}", f"{second.text} as {first.text}"
        message = f"a column gets its new name behind as, found {sign.lower()}"
        details = () if sign.type == "TO" else (f"to give {second.text} the new name: {other}",)
        raise Refusal("rename-form", message, token_span(sign), replace(span, ours), details=details)


def _list(named: ListName | Name) -> str:
    return f"@{named.name if isinstance(named, ListName) else named.text}"
