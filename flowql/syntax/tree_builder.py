"""From the parser's reductions to the syntax tree, bottom-up.

lark calls one method per rule or terminal of the grammar, children first, while it parses: nothing recurses,
and a list of thousands of clauses is one call. Owns the query as a whole; its parts are built in the modules
named `build_...`, one for each section of the grammar.
"""

from typing import Any

from lark import Token, Transformer

from flowql.errors import NOWHERE
from flowql.syntax.build_aggregates import AggregateRules
from flowql.syntax.build_endpoints import EndpointRules
from flowql.syntax.build_expressions import ExpressionRules
from flowql.syntax.build_filter import Filter, FilterRules
from flowql.syntax.build_scope import ScopeRules
from flowql.syntax.build_stages import StageRules
from flowql.syntax.build_values import ValueRules
from flowql.syntax.nodes import Everything, From, Query, Subquery, Verb
from flowql.syntax.parts import Noted, noted
from flowql.syntax.refused_aggregates import RefusedAggregates
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
    AggregateRules,
    ExpressionRules,
    RefusedClauses,
    RefusedComparisons,
    RefusedValues,
    RefusedScopesAndStages,
    RefusedAggregates,
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
    mixed_or = [*search.mixed_or, *noted(stages)[1]]
    nodes = tuple(stage.node if isinstance(stage, Noted) else stage for stage in stages)
    return Query("", verb, scopes, search.clause, nodes, tuple(mixed_or))
