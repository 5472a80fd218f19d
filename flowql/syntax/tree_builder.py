"""From the parser's reductions to the syntax tree, bottom-up.

lark calls one method per rule or terminal of the grammar, children first, while it parses: nothing recurses,
and a list of thousands of clauses is one call. Owns the query as a whole; its parts are built in the modules
named `build_...`, one for each section of the grammar.
"""

from dataclasses import replace
from typing import Any

from lark import Token, Transformer

from flowql.errors import NOWHERE
from flowql.syntax.build_endpoints import EndpointRules
from flowql.syntax.build_filter import Filter, FilterRules
from flowql.syntax.build_scope import ScopeRules
from flowql.syntax.build_stages import StageRules
from flowql.syntax.build_values import ValueRules
from flowql.syntax.later import LaterRules
from flowql.syntax.later_where import LaterWhereRule, refuse_where
from flowql.syntax.nodes import Everything, From, Query, Subquery, Verb
from flowql.syntax.refused_clauses import RefusedClauses, RefusedComparisons
from flowql.syntax.refused_stages import RefusedScopesAndStages
from flowql.syntax.refused_values import RefusedValues
from flowql.syntax.spans import span_between


class TreeBuilder(
    FilterRules,
    ValueRules,
    EndpointRules,
    ScopeRules,
    StageRules,
    LaterRules,
    LaterWhereRule,
    RefusedClauses,
    RefusedComparisons,
    RefusedValues,
    RefusedScopesAndStages,
    Transformer[Token, Query],
):
    """One method per rule of the grammar; it keeps nothing between two calls."""

    def query(self, children: list[Any]) -> Query:
        """A whole query; its text is filled in by whoever parsed it. `from` comes first among the scopes."""
        verb = Verb.SEARCH
        if children and isinstance(children[0], Token):
            verb, *children = Verb(children[0].lower()), *children[1:]
        return _query(verb, children)

    def subquery(self, children: list[Any]) -> Subquery:
        """`(QUERY | fields f)`."""
        return Subquery(_query(Verb.SEARCH, children[1:-1]), span_between(children[0], children[-1]))


def _query(verb: Verb, parts: list[Any]) -> Query:
    search, stages = Filter((), Everything(NOWHERE), ()), parts
    if parts and isinstance(parts[0], Filter):
        search, *stages = parts
    scopes = tuple(sorted(search.scopes, key=lambda scope: not isinstance(scope, From)))
    query = Query("", verb, scopes, search.clause, (), search.mixed_or)
    refuse_where(query, stages)
    return replace(query, stages=tuple(stages))
