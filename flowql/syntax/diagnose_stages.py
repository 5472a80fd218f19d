"""Failures in the other stages: an empty `where`, a `rename` without its `as`, SQL that is not closed.

Each case looks at a failure and gives a refusal in words of its own, or None when it is not its own.
"""

import re

from flowql.errors import Span
from flowql.syntax.bracketed import list_at
from flowql.syntax.failure import Failure
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.spans import token_span

_NAME = re.compile(r"[^\W\d][\w.-]*")
_BY = re.compile(r"by\s+", re.IGNORECASE)


def empty_where(failure: Failure) -> Refusal | None:
    """`| where`."""
    if failure.last_type != "WHERE" or not (failure.at_end or failure.found in {"|", ")"}):
        return None
    bar = token_span(failure.tokens[-2]).start
    word = token_span(failure.tokens[-1])
    message = "where needs a condition, such as bytes > 1M"
    return Refusal("missing-condition", message, word, replace(Span(bar, word.end), ""))


def renaming_without_as(failure: Failure) -> Refusal | None:
    """`rename a b`."""
    if failure.stage != "RENAME" or failure.last_type != "NAME" or not _NAME.fullmatch(failure.found):
        return None
    if "AS" not in failure.accepted:
        return None
    message = "a column gets its new name behind as"
    end = failure.span.start
    return Refusal("rename-form", message, failure.span, replace(Span(end, end), "as "))


def unclosed_sql(failure: Failure) -> Refusal | None:
    """`select count( from x`."""
    if failure.stage != "SELECT" or failure.found != "(":
        return None
    message = "this ( is not closed in the SQL"
    return Refusal("missing-parenthesis", message, failure.span)


def several_facets(failure: Failure) -> Refusal | None:
    """`facets srcaddr, action`."""
    if failure.stage != "FACETS" or not _NAME.fullmatch(failure.found):
        return None
    word = next(token for token in reversed(failure.tokens) if token.type == "FACETS")
    item = list_at(failure.text, failure.span.start)
    names = _BY.sub("", item[0].strip(), count=1)
    number = failure.text[token_span(word).end : failure.span.start].strip()
    whole = Span(token_span(word).start, item.end())
    message = "facets shows every column: fields before it chooses some"
    ours = f"fields {names} | facets {number}".rstrip()
    return Refusal("facets-form", message, failure.span, replace(whole, ours))


STAGE_CASES = (
    empty_where,
    renaming_without_as,
    unclosed_sql,
    several_facets,
)
