"""The SQL of the stage `select`: where it ends, and how it stands on one line.

Owns quotes and comments of SQL, and nothing of what it says, which is the binder's to judge.
"""

import re

from flowql.errors import Span
from flowql.syntax.nodes import SelectStage
from flowql.syntax.refusal import Refusal, replace

_PIECE = re.compile(
    r"""
      (?P<quoted>'[^']*'|"[^"]*"|`[^`]*`)
    | (?P<blank>(?:\s|--[^\n]*|/\*[\s\S]*?\*/|(?<![^\s()|,])\#[^\n]*)+)
    """,
    re.VERBOSE,
)


def read_sql(text: str, span: Span) -> SelectStage:
    """The stage of a text from `select` on, less the blanks at its end."""
    sql = text.rstrip()
    place = Span(span.start, span.start + len(sql))
    if on_one_line(sql).lower() == "select":
        message = "select needs what is selected: names of columns, aggregates, or *"
        raise Refusal("missing-columns", message, place, replace(place, "select *"))
    return SelectStage(sql, place)


def on_one_line(sql: str) -> str:
    """The SQL with one blank for blanks, new lines and comments; quoted texts stay as they are."""
    return _PIECE.sub(lambda piece: piece["quoted"] or " ", sql).strip()
