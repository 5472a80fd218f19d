"""Stages: what happens to the rows behind each bar.

Owns the nodes of the stages that do not group, and their defaults. Whether a column exists is the binder's.
"""

from typing import Any

from lark import Token

from flowql.syntax.build_filter import whole_clause
from flowql.syntax.nodes import (
    CountStage,
    DedupStage,
    EvalStage,
    FacetsStage,
    FieldsStage,
    HeadStage,
    LookupStage,
    RenameStage,
    Renaming,
    SelectStage,
    SortKey,
    SortStage,
    TailStage,
    WhereStage,
)
from flowql.syntax.parts import Noted, names_in, noted, row_count_in
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.spans import span_between, token_span
from flowql.syntax.sql_text import read_sql


class StageRules:
    """The grammar's rules of the section "stages"."""

    def count(self, children: list[Token]) -> CountStage:
        """`| count`."""
        return CountStage(token_span(children[1]))

    def where(self, children: list[Any]) -> Noted:
        """`| where dstport < 1024`."""
        part = whole_clause(children[2])
        return Noted(WhereStage(part.clause, span_between(children[1], part)), part.mixed_or)

    def eval(self, children: list[Any]) -> Noted:
        """`| eval kb = bytes / 1024, mb = kb / 1024`."""
        assignments, mixed_or = noted(children)
        return Noted(EvalStage(assignments, span_between(children[1], children[-1])), mixed_or)

    def rename(self, children: list[Any]) -> RenameStage:
        """`| rename srcaddr as source`."""
        renamings = tuple(child for child in children if isinstance(child, Renaming))
        return RenameStage(renamings, span_between(children[1], children[-1]))

    def renaming(self, children: list[Any]) -> Renaming:
        """`srcaddr as source`."""
        column, alias = names_in(children)
        return Renaming(column, alias, span_between(column, alias))

    def head(self, children: list[Token]) -> HeadStage:
        """`| head 20`."""
        return HeadStage(row_count_in(children), span_between(children[1], children[-1]))

    def tail(self, children: list[Token]) -> TailStage:
        """`| tail 20`."""
        return TailStage(row_count_in(children), span_between(children[1], children[-1]))

    def sort(self, children: list[Any]) -> SortStage:
        """`| sort -bytes, srcaddr`."""
        keys = tuple(child for child in children if isinstance(child, SortKey))
        return SortStage(keys, span_between(children[1], children[-1]))

    def sort_key(self, children: list[Any]) -> SortKey:
        """`-bytes`, `bytes`, `bytes desc`."""
        (column,) = names_in(children)
        orders = {child.type for child in children if isinstance(child, Token)}
        span = span_between(children[0], children[-1])
        if orders == {"DESCENDING", "ASC"}:
            message = "- sorts downwards and asc upwards: expected one of them"
            raise Refusal(
                "sort-order", message, span, replace(span, column.text), replace(span, f"-{column.text}")
            )
        return SortKey(column, bool(orders - {"ASC"}), span)

    def dedup(self, children: list[Any]) -> DedupStage:
        """`| dedup srcaddr, dstaddr`."""
        return DedupStage(names_in(children), span_between(children[1], children[-1]))

    def fields(self, children: list[Any]) -> FieldsStage:
        """`| fields start, srcaddr`."""
        return FieldsStage(names_in(children), span_between(children[1], children[-1]))

    def facets(self, children: list[Token]) -> FacetsStage:
        """`| facets 5`."""
        return FacetsStage(row_count_in(children), span_between(children[1], children[-1]))

    def lookup(self, children: list[Any]) -> LookupStage:
        """`| lookup @assets on srcaddr as src`."""
        column, *prefix = names_in(children)
        span = span_between(children[1], children[-1])
        return LookupStage(children[2], column, prefix[0] if prefix else None, span)

    def select(self, children: list[Token]) -> SelectStage:
        """`| select srcaddr, count(*) as n group by srcaddr`."""
        return read_sql(children[1].value, token_span(children[1]))
