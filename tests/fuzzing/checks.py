"""What has to hold of any text: it is a query that survives printing, or it has diagnostics that say enough.

Owns the rules and the catalog over which texts are bound: several topics and layouts, lists and parameters.
A rule that does not hold is a `Broken`; any other exception is the finding itself.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory

from flowql.errors import Diagnostic, QueryError
from flowql.lists import Lists
from flowql.plan.bind import bind
from flowql.plan.given import Given
from flowql.schema import DEFAULT_SCHEMA, KNOWN_TEXT, Schema, TopicName, field_named
from flowql.syntax.canonical import canonical
from flowql.syntax.nodes import Query
from flowql.syntax.parser import grammar_parser, parse
from flowql.syntax.spanless import without_spans
from oracle import Table, Tables, parse_cell

SECONDS_MAX = 1.0
"""What parse and bind of one text may take, in seconds of the processor."""
NOW = 1_544_713_200_000_000_000
"""2018-12-13T15:00:00Z."""
_LISTS = {
    "threats": "203.0.113.0/24\n2001:db8::7\n10.0.0.1 - 10.0.0.9\n",
    "corp": "10.0.0.0/8\nnonsense\n172.16.0.0/12\n",
    "ports": "22\n8000-8100\n",
    "empty": "# nothing\n",
}
_PARAMETERS = {
    "host": "10.0.0.5",
    "ports": [22, 443],
    "nothing": None,
    "many": [IPv4Network("10.0.0.0/8"), "::1"],
    "when": "2018-12-13T13:40Z",
    "word": 'a "b" | c',
}
_CODE = re.compile(r"[a-z]+(?:-[a-z]+)*")
_KEYWORDS = frozenset(("AND", "OR", "NOT", "TO", "SELECT", "FROM", "WHERE", "BY", "LIMIT", "AS"))
"""Terminals whose names are words of the language too, or of SQL."""


class Broken(Exception):  # noqa: N818 - a finding, told and counted
    """A rule that does not hold; the text of the exception begins with the rule's name."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What texts are bound over."""

    catalog: Tables
    given: Given


@contextmanager
def ground() -> Iterator[Ground]:
    """The catalog, the parameters, and lists in files of a folder that is removed at the end."""
    with TemporaryDirectory() as folder:
        for name, content in _LISTS.items():
            (Path(folder) / f"{name}.txt").write_text(content)
        yield Ground(_catalog(), Given(_PARAMETERS, Lists(Path(folder))))


def _catalog() -> Tables:
    record = {"start": parse_cell("start", "1544708400"), "srcaddr": parse_cell("srcaddr", "10.0.0.5")}
    wide = [*DEFAULT_SCHEMA.fields, *map(field_named, ("tcp-flags", "pkt-srcaddr", *sorted(KNOWN_TEXT)))]
    layouts = {
        TopicName("default", "flows"): DEFAULT_SCHEMA,
        TopicName("default", "vpc-prod"): Schema(tuple(dict.fromkeys(wide))),
        TopicName("default", "vpc-test"): Schema(
            tuple(map(field_named, ("srcaddr", "bytes", "note", "start")))
        ),
        TopicName("archive", "vpc-2018"): DEFAULT_SCHEMA,
    }
    return Tables([Table(topic, schema, [record]) for topic, schema in layouts.items()])


def outcome_of(text: str, over: Ground) -> str:
    """What became of the text, `bound`, `unbound` or `unparsed`, when all rules hold; raises otherwise."""
    begin = time.process_time()
    query, error = _attempted(text, over)
    seconds = time.process_time() - begin
    if seconds > SECONDS_MAX:
        raise Broken(f"slow: {seconds:.2f} s")
    if query is not None:
        _check_round(text, query, over)
    if error is None:
        return "bound"
    if error.text != text:
        raise Broken("text: the error is about another text")
    _check_rendering(error.render())
    for diagnostic in error.diagnostics:
        check_diagnostic(text, diagnostic)
    return "unparsed" if query is None else "unbound"


def _attempted(text: str, over: Ground) -> tuple[Query | None, QueryError | None]:
    query = None
    try:
        query = parse(text)
        bind(query, over.catalog, NOW, over.given)
    except QueryError as error:
        return query, error
    return query, None


def _check_round(text: str, query: Query, over: Ground) -> None:
    """Printed and read again it is the same tree; bound again, or bound from the print, the same plan."""
    printed = canonical(query)
    try:
        again = parse(printed)
    except QueryError as error:
        raise Broken(f"round: {printed!r} does not parse: {error.message}") from error
    if without_spans(again) != without_spans(query):
        raise Broken(f"round: {printed!r} is another tree")
    try:
        bound = bind(query, over.catalog, NOW, over.given)
    except QueryError:
        return
    if bind(query, over.catalog, NOW, over.given) != bound:
        raise Broken("bind: a second time gives something else")
    try:
        plan = bind(again, over.catalog, NOW, over.given).plan
    except QueryError as error:
        raise Broken(f"round: {printed!r} does not bind: {error.message}") from error
    if plan != bound.plan:
        raise Broken(f"round: {printed!r} has another plan")
    for note in bound.notes:
        _check_rendering(note.render(text))
        check_diagnostic(text, note)


def check_diagnostic(text: str, diagnostic: Diagnostic) -> None:
    """Code, place, words without a terminal's name, and a proposal that parses if there is one."""
    if not _CODE.fullmatch(diagnostic.code):
        raise Broken(f"code: {diagnostic.code!r}")
    if not 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text):
        raise Broken(f"span: {diagnostic.span} of {len(text)}")
    if not diagnostic.message.strip():
        raise Broken(f"words: {diagnostic.message!r}")
    for words in (diagnostic.message, *diagnostic.details):
        for name in _terminal_names().findall(words):
            if name not in text and name.lower() not in text.lower():
                raise Broken(f"terminal: {name} in {words!r}")
    if diagnostic.proposal is not None:
        try:
            parse(diagnostic.proposal)
        except QueryError as error:
            raise Broken(f"proposal: {diagnostic.proposal!r} does not parse: {error.message}") from error


@cache
def _terminal_names() -> re.Pattern[str]:
    """Names of terminals as they stand, and names of rules that are no words."""
    names = {terminal.name for terminal in grammar_parser().terminals} - _KEYWORDS
    names |= {rule.origin.name for rule in grammar_parser().rules if "_" in rule.origin.name}
    return re.compile(rf"__ANON\w*|\$END|(?<![\w$])(?:{'|'.join(map(re.escape, sorted(names)))})(?!\w)")


def _check_rendering(rendered: str) -> None:
    """Nothing in it moves a terminal's cursor or hides what follows."""
    for character in rendered:
        if not character.isprintable() and character not in "\n\t":
            raise Broken(f"rendering: {character!r} in {rendered!r}")
