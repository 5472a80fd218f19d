"""The stage `where`, which this version does not have: read whole, so that its filter can be proposed.

Directly behind the search, `| where C` says what `AND C` says there; behind another stage nothing else
says it.
"""

from dataclasses import dataclass, replace
from typing import Any

from flowql.errors import Span
from flowql.syntax import refusal
from flowql.syntax.build_filter import joined_clauses, whole_clause
from flowql.syntax.canonical import canonical
from flowql.syntax.later import not_supported
from flowql.syntax.nodes import Clause, Query
from flowql.syntax.spans import span_between, token_span


@dataclass(frozen=True, slots=True)
class Where:
    """`| where CLAUSE`; `word` is the place of the stage's name, `span` of the stage."""

    name: str
    clause: Clause
    word: Span
    span: Span


class LaterWhereRule:
    """The grammar's rule of the stage."""

    def later_where(self, children: list[Any]) -> Where:
        """`| where dstport < 1024`."""
        word, search = children[1:]
        part = whole_clause(search)
        return Where(word.lower(), part.clause, token_span(word), span_between(word, part))


def refuse_where(query: Query, stages: list[Any]) -> None:
    """Refuse the first `where` among the stages, if there is one; `query` is what stands before them."""
    for index, stage in enumerate(stages):
        if isinstance(stage, Where):
            both = replace(query, filter=joined_clauses(query.filter, stage.clause))
            fixes = (refusal.replace(Span(0, stage.span.end), canonical(both)),) if index == 0 else ()
            raise not_supported(f"the stage {stage.name} is", stage.word, *fixes)
