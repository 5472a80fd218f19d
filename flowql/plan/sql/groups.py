"""Groups in SQL: stats, top and rare, timechart.

Owns how keys are worked out before rows are grouped, how a row of two sides becomes two rows, and how the
buckets of a timechart are filled.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from flowql.buckets import Bucket
from flowql.plan.expressions import Prefix
from flowql.plan.logical import Aggregate, Column, Key, Measure, Timechart, Top
from flowql.plan.sql import terms
from flowql.plan.sql.chain import Chain, Order, Rows
from flowql.plan.sql.functions import EdgesOf, NetworkOf, StartOf
from flowql.plan.sql.measures import Measures
from flowql.plan.sql.terms import Term, aliased, call, cast, integer, named
from flowql.schema import Kind

_SHARED = (Kind.COUNT, Kind.REAL, Kind.DURATION)
"""Kinds of measures that have a sum, and so a share of it."""


class Groups:
    """What turns grouping stages into parts of a chain."""

    def __init__(self, chain: Chain, measures: Measures) -> None:
        self._chain = chain
        self._measures = measures

    def aggregate(self, stage: Aggregate) -> None:
        """A row a group, ascending by the keys; without keys one row."""
        outputs = tuple(key.output for key in stage.keys)
        part = self._chain.part(self._grouped(stage.keys, stage.measures))
        self._chain.rows = Rows(part, stage.columns, tuple(map(Order, outputs)), stand_in_order=not outputs)

    def top(self, stage: Top) -> None:
        """The keys with the greatest measure, or the least, and its share."""
        key, measure, share = stage.columns
        part = self._grouped((stage.key,), (stage.measure,), counts_rows_once=bool(stage.key.column.sides))
        weight = cast(named(measure.name), "DOUBLE")
        once = _ONCE if stage.key.column.sides else measure.name
        total = exp.Window(this=call("SUM", cast(named(once), "DECIMAL(38, 0)")))
        if measure.kind is Kind.REAL:
            total = exp.Window(this=call("FSUM", named(once)))
        part_of_all = exp.Div(
            this=weight, expression=exp.Nullif(this=cast(total, "DOUBLE"), expression=terms.real(0.0))
        )
        shown = part_of_all if measure.kind in _SHARED else terms.constant(None, Kind.REAL)
        chosen = self._chain.select(
            [named(key.name), named(measure.name), aliased(shown, share.name)], self._chain.part(part)
        )
        order = (Order(measure, descending=not stage.rarest), Order(key))
        rows = Rows(self._chain.part(chosen), stage.columns, order)
        limited = self._chain.select(rows.passed, rows.name)
        limited = limited.order_by(*rows.ordered(), copy=False).limit(stage.row_count, copy=False)
        self._chain.rows = replace(rows, name=self._chain.part(limited))

    def timechart(self, stage: Timechart) -> None:
        """Every bucket of the range, with every combination of the keys."""
        bucket, time = stage.time.step, stage.time.output
        assert isinstance(bucket, Bucket), "a timechart has buckets"
        begun = exp.Not(this=exp.Is(this=named(stage.time.column.name), expression=exp.null()))
        self._chain.then(self._chain.select(self._chain.rows.passed).where(begun, copy=False))
        grouped = self._grouped((stage.time, *stage.keys), stage.measures, spans=stage.time.column)
        groups = self._chain.part(grouped, is_kept=True)
        edges = self._chain.part(self._edges(stage, bucket, groups))
        # Records that reach into the range may have begun before it.
        begun_in = self._chain.select([aliased(named(time.name), _EDGE)], groups)
        every = exp.Union(this=self._chain.select([named(_EDGE)], edges), expression=begun_in, distinct=True)
        edges = self._chain.part(every)
        keys = [key.output for key in stage.keys]
        frame = self._chain.select([aliased(named(_EDGE), time.name)], edges)
        if keys:
            combinations = self._chain.part(
                self._chain.select([named(key.name) for key in keys], groups).distinct(copy=False)
            )
            frame = self._chain.select(
                [aliased(named(_EDGE), time.name), *(named(key.name) for key in keys)], edges
            ).join(exp.to_table(combinations), join_type="cross", copy=False)
        frame_name = self._chain.part(frame)
        matches = [
            exp.NullSafeEQ(this=exp.column(each.name, frame_name), expression=exp.column(each.name, groups))
            for each in (time, *keys)
        ]
        shown = [exp.column(each.name, frame_name, quoted=True) for each in (time, *keys)]
        for match in matches:
            for side in match.find_all(exp.Identifier):
                side.set("quoted", True)  # noqa: FBT003 - sqlglot's signature
        filled = self._chain.select(
            [*shown, *(_filled(measure, groups) for measure in stage.measures)], frame_name
        ).join(exp.to_table(groups), on=terms.all_of(matches), join_type="left", copy=False)
        order = tuple(Order(each) for each in (time, *keys))
        self._chain.rows = Rows(self._chain.part(filled), stage.columns, order)

    def _edges(self, stage: Timechart, bucket: Bucket, groups: str) -> exp.Select:
        """The first instants of the buckets of the range, or of the rows where it is open."""
        low = integer(stage.range.low) if stage.range.low is not None else call("MIN", named(_LEAST))
        last = (
            integer(stage.range.high - 1) if stage.range.high is not None else call("MAX", named(_GREATEST))
        )
        edges = call(self._chain.function(EdgesOf(bucket)), low, last)
        is_open = stage.range.low is None or stage.range.high is None
        listed = [aliased(edges, _EDGE)]
        lists = self._chain.part(self._chain.select(listed, groups) if is_open else exp.select(*listed))
        return self._chain.select([aliased(call("UNNEST", named(_EDGE)), _EDGE)], lists)

    # ---- one grouping

    def _grouped(
        self,
        keys: Sequence[Key],
        measures: Sequence[Measure],
        *,
        counts_rows_once: bool = False,
        spans: Column | None = None,
    ) -> exp.Select:
        """A SELECT of the groups of the last rows: keys, measures, and what is asked for beside them."""
        chain = self._chain
        place = self._place(measures)
        columns = [self._key_column(key) for key in keys]
        only: list[Term] = []
        if any(measure.argument and measure.argument.sides for measure in measures):
            self._double(_ARGUMENT_SIDE)
            only = [_is_first(_ARGUMENT_SIDE)]
        terms_of = []
        for measure in measures:
            argument, asked = measure.argument, only
            if argument and argument.sides:
                argument, asked = self._argument_column(argument), []
            terms_of.append((measure, self._measures.of(measure, argument, place, asked)))
        shown = [
            aliased(named(column.name), key.output.name) for key, column in zip(keys, columns, strict=True)
        ]
        shown += [aliased(term, measure.output.name) for measure, term in terms_of]
        if counts_rows_once:
            (measure,) = measures
            first = [*only, _is_first(_KEY_SIDE)]
            shown.append(aliased(self._measures.of(measure, measure.argument, place, first), _ONCE))
        if spans:
            ends = (("MIN", _LEAST), ("MAX", _GREATEST))
            shown += [aliased(call(function, named(spans.name)), name) for function, name in ends]
        query = chain.select(shown)
        return query.group_by(*(named(column.name) for column in columns), copy=False) if columns else query

    def _place(self, measures: Sequence[Measure]) -> Column | None:
        """The rows' places, where a measure asks for the first or the last of them."""
        if all(measure.function not in ("first", "last") for measure in measures):
            return None
        self._chain.placed()
        return self._chain.rows.identity or self._chain.numbered()

    def _key_column(self, key: Key) -> Column:
        """The column that a key's values stand in; a part is added that works them out."""
        if key.step is None and not key.column.sides:
            return key.column
        chain = self._chain
        if not key.column.sides:
            column = chain.hidden(key.output.kind)
            value = self._stepped(key, named(key.column.name))
            part = chain.part(chain.select([*chain.rows.passed, aliased(value, column.name)]))
            chain.rows = replace(chain.rows, name=part, columns=(*chain.rows.columns, column))
            return column
        one, other, column = (chain.hidden(key.output.kind) for _ in range(3))
        sides = [self._stepped(key, named(name)) for name in key.column.sides]
        values = [aliased(side, each.name) for side, each in zip(sides, (one, other), strict=True)]
        part = chain.part(chain.select([*chain.rows.passed, *values]))
        chain.rows = replace(chain.rows, name=part, columns=(*chain.rows.columns, one, other))
        self._double(_KEY_SIDE)
        # A row has its first side, or its only one, or none; and the second one where that is another.
        differs = exp.NEQ(this=named(one.name), expression=named(other.name))
        either = exp.Coalesce(this=named(one.name), expressions=[named(other.name)])
        value = exp.Case(ifs=[exp.If(this=_is_first(_KEY_SIDE), true=either)], default=named(other.name))
        query = chain.select([*chain.rows.passed, aliased(value, column.name)])
        query = query.where(exp.or_(_is_first(_KEY_SIDE), differs, copy=False), copy=False)
        chain.rows = replace(chain.rows, name=chain.part(query), columns=(*chain.rows.columns, column))
        return column

    def _stepped(self, key: Key, value: Term) -> Term:
        match key.step:
            case None:
                return value
            case Prefix():
                return call(self._chain.function(NetworkOf(key.step)), value)
            case Bucket():
                return call(self._chain.function(StartOf(key.step)), value)

    def _argument_column(self, argument: Column) -> Column:
        """The column in which each of a doubled row's two has one side's value."""
        chain = self._chain
        column = chain.hidden(argument.kind)
        one, other = (named(name) for name in argument.sides)
        value = exp.Case(ifs=[exp.If(this=_is_first(_ARGUMENT_SIDE), true=one)], default=other)
        part = chain.part(chain.select([*chain.rows.passed, aliased(value, column.name)]))
        chain.rows = replace(chain.rows, name=part, columns=(*chain.rows.columns, column))
        return column

    def _double(self, side: str) -> None:
        """Add a part that yields every row twice, with 1 and 2 in a column."""
        chain = self._chain
        both = call("UNNEST", exp.Array(expressions=[integer(1), integer(2)]))
        part = chain.part(chain.select([*chain.rows.passed, aliased(both, side)]))
        chain.rows = replace(chain.rows, name=part, columns=(*chain.rows.columns, Column(side, Kind.COUNT)))


_KEY_SIDE, _ARGUMENT_SIDE = "#key-side", "#argument-side"
_ONCE, _EDGE, _LEAST, _GREATEST = "#once", "#edge", "#least", "#greatest"


def _is_first(side: str) -> Term:
    return exp.EQ(this=named(side), expression=integer(1))


def _filled(measure: Measure, groups: str) -> Term:
    value: Term = exp.column(measure.output.name, groups, quoted=True)
    if measure.function in ("count", "dc"):
        value = exp.Coalesce(this=value, expressions=[integer(0)])
    return aliased(value, measure.output.name)
