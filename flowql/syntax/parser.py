"""`parse`: from a query's text to its syntax tree, or to a diagnostic.

Owns the parser, which is built from the grammar's files on first use, the limit on a text's length, and the
check that a proposal is a query before it is offered.
"""

import re
from dataclasses import replace
from functools import cache
from typing import Any

from lark import Lark, Transformer
from lark.exceptions import UnexpectedInput

from flowql.errors import Diagnostic, QueryError, Span
from flowql.syntax.grammar_files import RULES_FILE, grammar_folder
from flowql.syntax.mending import told_of_original
from flowql.syntax.nodes import Query
from flowql.syntax.refusal import Refusal, apply
from flowql.syntax.tables import load_or_build
from flowql.syntax.tree_builder import TreeBuilder

TEXT_LENGTH_MAX = 1_000_000
"""Characters of a query: about 60,000 addresses, read in a second or two."""

PROPOSAL_LENGTH_MAX = 2_000
"""Characters of a query for which another is proposed: nobody reads a longer one, and each try is a parse."""

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_REPAIR_COUNT_MAX = 4
"""Mistakes in one text that a proposal may mend: each is found only when the one before it is gone."""


@cache
def grammar_parser() -> Lark:
    """The LALR parser of the grammar; it builds the tree as it goes."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(grammar_folder().glob("*.lark"))]
    return load_or_build(texts, TreeBuilder(), build_parser)


def build_parser(transformer: Transformer[Any, Any] | None = None) -> Lark:
    """The parser as `grammar_parser` gives it, made from the text; `transformer` may make other trees."""
    return Lark.open(
        str(grammar_folder() / RULES_FILE),
        parser="lalr",
        lexer="contextual",
        start="query",
        g_regex_flags=re.IGNORECASE,
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=transformer or TreeBuilder(),
    )


def parse(text: str) -> Query:
    """The syntax tree of `text`; QueryError, with one diagnostic, when it is no query."""
    if len(text) > TEXT_LENGTH_MAX:
        message = f"the query is longer than {TEXT_LENGTH_MAX:,} characters (limit: text_length_max)"
        raise QueryError(text, (Diagnostic("text-too-long", message, Span(0, 0)),))
    if not is_unicode(text):
        raise QueryError(text, (Diagnostic("bad-text", "the query is no valid Unicode text", Span(0, 0)),))
    outcome = _read(text)
    if isinstance(outcome, Query):
        return outcome
    raise QueryError(text, _diagnostics(text, outcome))


def is_unicode(text: str) -> bool:
    """Whether a text can be encoded: Python's may hold half a character."""
    return _HALF_CHARACTER.search(text) is None


def _read(text: str) -> Query | Refusal:
    try:
        return replace(_tree(text), text=text)
    except Refusal as refusal:
        return refusal
    except UnexpectedInput:
        return _refusal_of(text)


def _tree(text: str) -> Query:
    tree = grammar_parser().parse(text)
    assert isinstance(tree, Query), "the tree builder makes a query of the grammar's first rule"
    return tree


def _refusal_of(text: str) -> Refusal:
    # Loaded here: whoever's query has no mistake does not wait for what tells of mistakes.
    from flowql.syntax.diagnose import diagnose  # noqa: PLC0415
    from flowql.syntax.failure import failure_in  # noqa: PLC0415

    try:
        failure = failure_in(grammar_parser(), text)
    except Refusal as refusal:
        return refusal
    assert failure is not None, "what failed to parse fails again"
    return diagnose(failure)


def _diagnostics(text: str, refusal: Refusal) -> tuple[Diagnostic, ...]:
    """The first mistake, and those that are found once it is mended; each proposal has all of them mended."""
    mended = _proposal(text, refusal, _REPAIR_COUNT_MAX)
    proposal = mended[-1][0] if mended else None
    diagnostics = [_diagnostic(refusal, proposal)]
    for candidate, further in mended[:-1]:
        assert further is not None, "only the last candidate is a query"
        found = _diagnostic(further, proposal)
        diagnostics += told_of_original(text, candidate, [found])
    return tuple({(each.span, each.code): each for each in reversed(diagnostics)}.values())[::-1]


def _diagnostic(refusal: Refusal, proposal: str | None) -> Diagnostic:
    return Diagnostic(refusal.code, refusal.message, refusal.span, proposal=proposal, details=refusal.details)


def _proposal(text: str, refusal: Refusal, repair_count: int) -> list[tuple[str, Refusal | None]]:
    """The texts on the way to a query, mended by the first fix that leads to one, each with its next mistake.

    The last one is that query; empty when no fix leads to one.
    """
    if len(text) > PROPOSAL_LENGTH_MAX or repair_count == 0:
        return []
    for fix in refusal.fixes:
        candidate = apply(fix, text)
        if not candidate:  # everything, in no words: nothing to show
            continue
        outcome = _read(candidate)
        if isinstance(outcome, Query):
            return [(candidate, None)]
        rest = _proposal(candidate, outcome, repair_count - 1) if fix is refusal.fixes[0] else []
        if rest:
            return [(candidate, outcome), *rest]
    return []
