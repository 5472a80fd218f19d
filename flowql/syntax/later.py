"""What the language has and this version does not: found as such, named, and never read as something else.

Each refusal has the code `not-supported` and, where a query of this version says exactly the same, that
query.
"""

import re
from datetime import date, timedelta
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.refusal import Fix, Refusal, replace
from flowql.syntax.spans import token_span

_LATER_FUNCTION = re.compile(r"(?P<percentile>p\d\d?)|first|last|values")
_ENDPOINT = re.compile(
    r"\[?(?P<address>[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*|[^\[\]:{}]+)\]?(?::(?P<port>[^:]+))?", re.IGNORECASE
)
_ARROW = re.compile(r"\s*(<->|->|<-)\s*")
_SIMPLE_REGEX = re.compile(r"\^?(?:[\w:/-]|\\[.:/-]|\.[*+]?)+\$?")
_REGEX_STEP = re.compile(r"\\(?P<escaped>.)|(?P<wild>\.[*+]?)|(?P<plain>.)")
_WILD = {".": "?", ".*": "*", ".+": "?*"}


def not_supported(what: str, span: Span, *fixes: Fix, details: tuple[str, ...] = ()) -> Refusal:
    """The refusal of a construct; `what` is the subject and its verb: "lists are"."""
    return Refusal("not-supported", f"{what} not part of this version", span, *fixes, details=details)


def later_function(name: str, span: Span) -> None:
    """Refuse an aggregate that comes later; do nothing about any other name."""
    match = _LATER_FUNCTION.fullmatch(name)
    if match:
        what = "percentiles are" if match["percentile"] else f"the aggregate {name} is"
        raise not_supported(what, span)


class LaterRules:
    """The terminals LATER_... and the rules later_... of the grammar: each refuses as soon as it is read."""

    # ruff: noqa: N802 - lark calls a terminal's method by its name

    def PROFILE(self, token: Token) -> None:
        """`profile QUERY`."""
        raise not_supported("profiles are", token_span(token), replace(token_span(token), "explain"))

    def LATER_SCOPE(self, token: Token) -> None:
        """`on DAY`, `daily RANGE`, `tz ZONE`, `match start|overlap`."""
        word, *arguments = token.value.lower().split()
        span = token_span(token)
        raise not_supported(f"the scope {word} is", span, *_scope_fixes(word, "".join(arguments), span))

    def LATER_ARROW(self, token: Token) -> None:
        """`10.0.0.5 -> 10.0.0.9:443`."""
        left, arrow, right = _ARROW.split(token.value, maxsplit=1)
        forth, back = _connection(left, right), _connection(right, left)
        clause = {"->": forth, "<-": back, "<->": f"(({forth}) OR ({back}))"}[arrow]
        span = token_span(token)
        raise not_supported(
            "arrows between endpoints are", span, *((replace(span, clause),) if forth else ())
        )

    def LATER_ENDPOINT(self, token: Token) -> None:
        """`10.0.0.5:443`."""
        source, destination = _connection(token.value, "any"), _connection("any", token.value)
        span = token_span(token)
        raise not_supported("endpoints are", span, replace(span, f"(({source}) OR ({destination}))"))

    def LATER_REGEX_MATCH(self, token: Token) -> None:
        """`~ /re/`, `!~ /re/`."""
        operator, slash, rest = token.value.partition("/")
        pattern = _wildcards_of(slash + rest)
        fixes = (replace(token_span(token), f":{pattern}"),) if pattern and operator[0] != "!" else ()
        raise not_supported("regular expressions are", token_span(token), *fixes)

    def later_regex_value(self, children: list[Token]) -> None:
        """`field:/re/`."""
        span, pattern = token_span(children[0]), _wildcards_of(children[0].value)
        raise not_supported("regular expressions are", span, *((replace(span, pattern),) if pattern else ()))

    def later_regex(self, children: list[Token]) -> None:
        """A regular expression without a field."""
        details = ("quote a text that begins with /",)
        raise not_supported("regular expressions are", token_span(children[0]), details=details)

    def LATER_LIST(self, token: Token) -> None:
        """`@threats`."""
        raise not_supported("lists are", token_span(token))

    def LATER_PARAMETER(self, token: Token) -> None:
        """`$ip`."""
        raise not_supported("parameters are", token_span(token))

    def LATER_SUBQUERY(self, token: Token) -> None:
        """`in (QUERY | fields f)`."""
        raise not_supported("subqueries are", token_span(token))

    def LATER_STAGE(self, token: Token) -> None:
        """`| where`, `| eval` and their like."""
        raise not_supported(f"the stage {token.value.lower()} is", token_span(token))

    def LATER_KEY(self, token: Token) -> None:
        """`by srcaddr/24`, `by start 5m`."""
        what = "address prefixes as keys are" if token.value.startswith("/") else "time buckets as keys are"
        raise not_supported(what, token_span(token))

    def LATER_IF(self, token: Token) -> None:
        """`count() if (FILTER)`."""
        raise not_supported("conditions in aggregates are", token_span(token))


def _scope_fixes(word: str, argument: str, span: Span) -> tuple[Fix, ...]:
    match word, argument:
        case ("match", "start") | ("tz", "utc" | "z"):
            return (replace(span, ""),)
        case ("on", day):
            days = _days(day)
            return (replace(span, f"between {days[0]} and {days[1]}"),) if days else ()
        case ("match", clause) if clause not in ("", "overlap"):
            return (replace(Span(span.start, span.start + len(word)), ""),)
        case _:
            return ()


def _days(text: str) -> tuple[str, str] | None:
    """A day or a month and the one after it, as texts; None when `text` is neither."""
    try:
        if len(text) == len("2018-12"):
            after = date.fromisoformat(f"{text}-28") + timedelta(days=4)
            return text, f"{after:%Y-%m}"
        return text, f"{date.fromisoformat(text) + timedelta(days=1):%Y-%m-%d}"
    except (ValueError, OverflowError):
        return None


def _connection(source: str, destination: str) -> str:
    """The field clauses of an arrow; none for `any`, and none at all for what is no endpoint."""
    return " ".join((*_side(source, "src"), *_side(destination, "dst")))


def _side(endpoint: str, side: str) -> tuple[str, ...]:
    match = _ENDPOINT.fullmatch(endpoint)
    if not match:
        return ()
    address = () if match["address"].lower() == "any" else (f"{side}:{match['address']}",)
    port = match["port"]
    if not port or port == "*":
        return address
    return (*address, f"{side}port in ({port[1:-1]})" if port[0] == "{" else f"{side}port:{port}")


def _wildcards_of(regex: str) -> str | None:
    """The wildcard pattern for what an unanchored, simple `/regex/` finds; None when there is none."""
    body = regex.strip()[1:].rpartition("/")[0]
    if not _SIMPLE_REGEX.fullmatch(body):
        return None
    start = "" if body.startswith("^") else "*"
    end = "" if body.endswith("$") else "*"
    steps = _REGEX_STEP.finditer(body.removeprefix("^").removesuffix("$"))
    inner = "".join(_WILD[step["wild"]] if step["wild"] else _quotable(step) for step in steps)
    return re.sub(r"\*+", "*", f"{start}{inner}{end}")


def _quotable(step: re.Match[str]) -> str:
    character: Any = step["escaped"] or step["plain"]
    return f"\\{character}" if character == ":" else str(character)
