"""Columns that travel as codes, or as texts of a dictionary, on the residual road.

Owns which columns can. A code of a snapshot dictionary is equal where the value is, and greater where it is,
so that stages may group, sort, compare and count by codes of addresses and texts as they do by the values, in
a quarter of the room; the values are looked up in the outcome. A stage that looks at a value itself needs the
value. A user's SELECT sees addresses as text: what it is given first comes printed, each value once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from flowql.plan.logical import (
    Aggregate,
    Column,
    Compute,
    Dedup,
    Extend,
    Filter,
    Head,
    Key,
    Lookup,
    Measure,
    Node,
    Project,
    Rename,
    Scan,
    Select,
    Sort,
    SortKey,
    Tail,
    Timechart,
    Top,
)
from flowql.plan.reads import names_of_expression, names_of_predicate
from flowql.schema import Kind

_LONG = (Kind.ADDRESS, Kind.TEXT)
"""Kinds whose values take more room than a code."""
_BY_CODE = frozenset(("count", "dc", "min", "max", "first", "last"))
"""Measures that codes answer as values do."""


@dataclass(frozen=True, slots=True)
class Coding:
    """Stages over codes: `inputs` are the fields that come as such, `outputs` the columns that leave as such.

    Both by name, with the field whose dictionary has the codes. A coded column's kind is COUNT in `stages`,
    in `columns` (what the first stage is given) and in the outcome. `printed` are the fields that come as
    texts of a dictionary; their kind is TEXT there.
    """

    stages: tuple[Node, ...]
    columns: tuple[Column, ...]
    inputs: Mapping[str, Column] = field(default_factory=dict)
    outputs: Mapping[str, Column] = field(default_factory=dict)
    printed: Mapping[str, Column] = field(default_factory=dict)


def coded(stages: Sequence[Node], columns: Sequence[Column]) -> Coding:
    """The stages with as many of the input's columns as codes as they allow."""
    leading = len(list(takewhile(lambda stage: isinstance(stage, Project), stages)))
    if leading < len(stages) and isinstance(stages[leading], Select):
        return _printed(stages, columns, leading)
    plain: frozenset[str] = frozenset()
    while True:
        walk = _Walk({c.name: c for c in columns if _may_be_coded(c) and c.name not in plain})
        coding = walk.coding(stages, columns)
        if walk.looked_at <= plain:
            return coding
        plain |= walk.looked_at


def _printed(stages: Sequence[Node], columns: Sequence[Column], leading: int) -> Coding:
    """Stages that begin with projections and a SELECT."""
    held = {column.name: column for column in columns if _may_be_coded(column)}

    def shown(given: Sequence[Column]) -> tuple[Column, ...]:
        return tuple(replace(each, kind=Kind.TEXT) if each.name in held else each for each in given)

    built: list[Node] = []
    for place, stage in enumerate(stages):
        assert not isinstance(stage, Scan | Compute), "these are no stages"
        below = built[-1] if built else Project(stage.input, shown(columns))
        built.append(replace(stage, input=below))
        if place < leading and isinstance(stage, Project):
            built[-1] = Project(below, shown(stage.columns))
    return Coding(tuple(built), shown(columns), printed=held)


def _may_be_coded(column: Column) -> bool:
    return column.kind in _LONG and not column.is_virtual and not column.sides


class _Walk:
    """One walk over stages, from the first: which columns are codes, and whose values a stage looks at."""

    def __init__(self, inputs: Mapping[str, Column]) -> None:
        self._inputs = inputs
        self._held = dict(inputs)
        self.looked_at: frozenset[str] = frozenset()

    def coding(self, stages: Sequence[Node], columns: Sequence[Column]) -> Coding:
        """The stages over codes; what `looked_at` names has to be left plain."""
        given = tuple(map(self._column, columns))
        assert not isinstance(stages[0], Scan), "a scan is no stage"
        below: Node = Project(stages[0].input, given)
        built = []
        for stage in stages:
            below = self._stage(stage, below)
            built.append(below)
        return Coding(tuple(built), given, self._inputs, self._held)

    def _column(self, column: Column) -> Column:
        is_coded = column.name in self._held and column.kind in _LONG
        return replace(column, kind=Kind.COUNT) if is_coded else column

    def _look(self, names: frozenset[str]) -> None:
        """Values of these columns are looked at."""
        self.looked_at |= {self._held[name].name for name in names if name in self._held}

    def _stage(self, stage: Node, below: Node) -> Node:
        match stage:
            case Filter(_, predicate):
                self._look(names_of_predicate(predicate))
                return replace(stage, input=below)
            case Extend(_, computed):
                for each in computed:
                    self._look(names_of_expression(each.expression))
                return replace(stage, input=below)
            case Lookup(_, _, on, _):
                self._look(frozenset({on.name}))
                return replace(stage, input=below)
            case Head() | Tail():
                return replace(stage, input=below)
            case Sort(_, keys):
                sort_keys = tuple(SortKey(self._column(key.column), key.descending) for key in keys)
                return Sort(below, sort_keys)
            case Dedup(_, columns):
                return Dedup(below, tuple(map(self._column, columns)))
            case Project(_, columns):
                chosen = tuple(map(self._column, columns))
                self._held = {c.name: self._held[c.name] for c in columns if c.name in self._held}
                return Project(below, chosen)
            case Rename(_, renamed):
                pairs = tuple((self._column(old), self._renamed(old, new)) for old, new in renamed)
                names = {old.name: new.name for old, new in renamed}
                self._held = {names.get(name, name): field for name, field in self._held.items()}
                return Rename(below, pairs)
            case Aggregate() | Top() | Timechart():
                return self._groups(stage, below)
            case _:
                self._look(frozenset(column.name for column in below.columns))
                return replace(stage, input=below)  # type: ignore[arg-type]

    def _renamed(self, old: Column, new: Column) -> Column:
        return replace(new, kind=self._column(old).kind)

    def _groups(self, stage: Aggregate | Top | Timechart, below: Node) -> Node:
        held: dict[str, Column] = {}
        match stage:
            case Aggregate(_, keys, measures):
                outcome: Node = Aggregate(below, self._keys(keys, held), self._measures(measures, held))
            case Top(_, _, key, measure):
                (key,), (measure,) = self._keys((key,), held), self._measures((measure,), held)
                outcome = replace(stage, input=below, key=key, measure=measure)
            case Timechart(_, _, keys, measures):
                keys, measures = self._keys(keys, held), self._measures(measures, held)
                outcome = replace(stage, input=below, keys=keys, measures=measures)
        self._held = held
        return outcome

    def _keys(self, keys: Sequence[Key], held: dict[str, Column]) -> tuple[Key, ...]:
        return tuple(self._key(key, held) for key in keys)

    def _key(self, key: Key, held: dict[str, Column]) -> Key:
        if key.step is not None or key.column.sides:
            self._look(frozenset(key.column.sides or (key.column.name,)))
            return key
        if key.column.name not in self._held:
            return key
        held[key.output.name] = self._held[key.column.name]
        return replace(key, column=self._column(key.column), output=self._renamed(key.column, key.output))

    def _measures(self, measures: Sequence[Measure], held: dict[str, Column]) -> tuple[Measure, ...]:
        return tuple(self._measure(measure, held) for measure in measures)

    def _measure(self, measure: Measure, held: dict[str, Column]) -> Measure:
        if measure.condition is not None:
            self._look(names_of_predicate(measure.condition))
        column = measure.argument
        if column is None:
            return measure
        if column.sides or measure.function not in _BY_CODE:
            self._look(frozenset(column.sides or (column.name,)))
            return measure
        if column.name not in self._held:
            return measure
        output = measure.output
        if measure.function not in ("count", "dc"):
            held[output.name] = self._held[column.name]
            output = self._renamed(column, output)
        return replace(measure, argument=self._column(column), output=output)
