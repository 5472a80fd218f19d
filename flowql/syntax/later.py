"""What the language has and this version does not: found as such, named, and never read as something else.

Each refusal has the code `not-supported` and, where a query of this version says exactly the same, that
query.
"""

import re

from lark import Token

from flowql.errors import Span
from flowql.syntax.refusal import Fix, Refusal
from flowql.syntax.spans import token_span

_LATER_FUNCTION = re.compile(r"(?P<percentile>p\d\d?)|first|last|values")


def not_supported(what: str, span: Span, *fixes: Fix, details: tuple[str, ...] = ()) -> Refusal:
    """The refusal of a construct; `what` is the subject and its verb: "percentiles are"."""
    return Refusal("not-supported", f"{what} not part of this version", span, *fixes, details=details)


def later_function(name: str, span: Span) -> None:
    """Refuse an aggregate that comes later; do nothing about any other name."""
    match = _LATER_FUNCTION.fullmatch(name)
    if match:
        what = "percentiles are" if match["percentile"] else f"the aggregate {name} is"
        raise not_supported(what, span)


class LaterRules:
    """The terminals LATER_... of the grammar: each refuses as soon as it is read."""

    # ruff: noqa: N802 - lark calls a terminal's method by its name

    def LATER_STAGE(self, token: Token) -> None:
        """`| eval`, `| dedup` and their like."""
        raise not_supported(f"the stage {token.value.lower()} is", token_span(token))

    def LATER_KEY(self, token: Token) -> None:
        """`by srcaddr/24`, `by start 5m`."""
        what = "address prefixes as keys are" if token.value.startswith("/") else "time buckets as keys are"
        raise not_supported(what, token_span(token))

    def LATER_IF(self, token: Token) -> None:
        """`count() if (FILTER)`."""
        raise not_supported("conditions in aggregates are", token_span(token))
