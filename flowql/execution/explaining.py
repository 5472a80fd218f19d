"""The text of `explain` and of `profile`: how a query is understood, planned and run.

Owns what is told and in which order; each part prints itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from flowql.execution.context import Context
from flowql.execution.costs import cost_lines
from flowql.plan.bound import BoundQuery
from flowql.plan.logical import Node, render
from flowql.plan.physical import PhysicalPlan
from flowql.plan.predicates import describe
from flowql.syntax.canonical import canonical
from flowql.syntax.nodes import Query, Verb

CLAUSES_SHOWN_MAX = 100
"""Clauses and words whose reading is told: of a pasted list nobody reads more."""


def explanation(
    tree: Query, bound: BoundQuery, optimized: Node, physical: PhysicalPlan, context: Context
) -> str:
    """Everything up to the rows: the readings, the plans, the segments and what their leaves cost."""
    return _sections(
        {
            **_understood(tree, bound),
            "logical plan": render(bound.plan).splitlines(),
            "optimized plan": render(optimized).splitlines(),
            "physical plan": str(physical).splitlines(),
            "residual stages in SQL": _sql_lines(physical),
            "leaf costs, in rows": cost_lines(physical, context),
        }
    )


def profile(tree: Query, bound: BoundQuery, recorded: str) -> str:
    """The query as understood, and what was recorded while it ran."""
    return _sections({**_understood(tree, bound), "profile": recorded.splitlines()})


def _sql_lines(physical: PhysicalPlan) -> list[str]:
    """The statement of the stages that run in SQL; what subqueries give stands in it by their names."""
    residual = physical.residual
    if residual is None:
        return []
    # Loaded here: it takes longer than explaining a query without such stages.
    from flowql.plan.sql import statement  # noqa: PLC0415

    return statement(residual.stages, residual.input).text.splitlines()


def _understood(tree: Query, bound: BoundQuery) -> dict[str, Iterable[str]]:
    overlap = " match overlap" if bound.overlaps else ""
    return {
        "query": canonical(replace(tree, verb=Verb.SEARCH)).splitlines(),
        "topics": [", ".join(map(str, bound.topics)) or "none"],
        "range": [f"{bound.range.text_in(bound.zone)}{overlap}"],
        "lists": [f"@{each.name}: {each.content}, digest {each.digest}, {each.path}" for each in bound.lists],
        "clauses": _clause_lines(bound),
        "words": _word_lines(bound),
    }


def _clause_lines(bound: BoundQuery) -> list[str]:
    """What each clause but the bare words is read as."""
    words = {word.span for word in bound.words}
    clauses = [clause for clause in bound.clauses if clause.span not in words]
    lines = [f"{each.text}: {describe(each.predicate)}" for each in clauses[:CLAUSES_SHOWN_MAX]]
    return lines + _more(len(clauses))


def _word_lines(bound: BoundQuery) -> list[str]:
    """The readings of each bare word."""
    lines = []
    for word in bound.words[:CLAUSES_SHOWN_MAX]:
        lines.append(word.text)
        lines += [f"  as {reading.label}: {describe(reading.predicate)}" for reading in word.readings]
    return lines + _more(len(bound.words))


def _more(count: int) -> list[str]:
    return [f"... {count - CLAUSES_SHOWN_MAX:,} more"] if count > CLAUSES_SHOWN_MAX else []


def _sections(parts: Mapping[str, Iterable[str]]) -> str:
    """The parts that have something to tell, each below its title."""
    told = {title: "\n".join(f"  {line}" for line in lines) for title, lines in parts.items()}
    return "\n\n".join(f"{title}\n{text}" for title, text in told.items() if text) + "\n"
