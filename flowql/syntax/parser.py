"""`parse`: from a query's text to its syntax tree, or to a diagnostic.

Owns the parser, which is built from the grammar's files on first use, and the limit on a text's length.
"""

import re
from dataclasses import replace
from functools import cache

from lark import Lark
from lark.exceptions import UnexpectedInput

from flowql.errors import Diagnostic, QueryError, Span
from flowql.syntax.grammar_files import RULES_FILE, grammar_folder
from flowql.syntax.nodes import Query
from flowql.syntax.refusal import Refusal, apply
from flowql.syntax.tree_builder import TreeBuilder

TEXT_LENGTH_MAX = 1_000_000
"""Characters of a query: about 60,000 addresses."""


@cache
def grammar_parser() -> Lark:
    """The LALR parser of the grammar; it builds the tree as it goes."""
    return Lark.open(
        str(grammar_folder() / RULES_FILE),
        parser="lalr",
        lexer="contextual",
        start="query",
        g_regex_flags=re.IGNORECASE,
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=TreeBuilder(),
    )


def parse(text: str) -> Query:
    """The syntax tree of `text`; QueryError, with a diagnostic, when it is no query."""
    try:
        return replace(grammar_parser().parse(text), text=text)
    except Refusal as r:
        raise QueryError(text, (Diagnostic(r.code, r.message, r.span,details=r.details,proposal=next((apply(f,text) for f in r.fixes),None)),)) from None
    except UnexpectedInput as e:
        raise QueryError(text, (Diagnostic("syntax", str(e), Span(0, 0)),)) from None
