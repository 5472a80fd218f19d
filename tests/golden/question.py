"""One text, asked of every road at one point of a store's life.

Owns what has to be the same on all of them: the rows, the count of matched records, the canonical text.
"""

from collections.abc import Iterator, Sequence

from flowql.plan.logical import Column, Filter, Node, Scan
from golden.life import Life, Road
from golden.printing import row_lines
from oracle import Cell, answer


class WrongAnswerError(Exception):
    """An answer that is not the one shown; its text is the whole report."""


class Question:
    """A query's text, and what the oracle says of it."""

    def __init__(self, text: str, life: Life) -> None:
        self._text = text
        self._life = life
        self._oracle = answer(text, life.tables(), life.now, life.given)

    @property
    def plan(self) -> Node:
        """The logical plan: of two texts that have the same one, one is enough to try every road."""
        return self._oracle.plan

    def by_every_road(self) -> Iterator[tuple[str, list[str]]]:
        """In words, each road but the scripted one, and the lines of the answer that it gives."""
        yield "by the oracle", self.lines_of_oracle()
        for road in [self._life.script_road(optimized=False), *self._life.roads()]:
            if road.in_sql and not self._has_stages:
                continue  # the search alone is the same on both roads
            yield f"by the store {road.name}", self.lines_of(road)
        script = self._life.script_road().engine
        self._check_matched("Engine.count", script.count(self._text, **self._life.options))

    @property
    def _has_stages(self) -> bool:
        return not isinstance(self._oracle.plan, Scan | Filter)

    def by_canonical_text(self) -> tuple[str, list[str]]:
        """In words, the canonical text, which has to be its own, and the lines of its answer."""
        script = self._life.script_road().engine
        canonical = script.search(self._text, **self._life.options).query
        again = script.search(canonical, **self._life.options).query
        if again != canonical:
            raise WrongAnswerError(f"{self._text}\nis, in canonical text, {canonical}\nand that is {again}")
        return f"as {canonical}", Question(canonical, self._life).lines_of_oracle()

    def lines_of(self, road: Road) -> list[str]:
        """The answer of one road, whose count of matched records is the oracle's."""
        result = road.engine.search(self._text, **self._life.options, **road.options)
        names = [column.name for column in result.columns]
        lines = self._lines(result.columns, [[row[name] for name in names] for row in result])
        self._check_matched(f"the store {road.name}", result.matched)
        return lines

    def lines_of_oracle(self) -> list[str]:
        """The answer of the oracle."""
        return self._lines(self._oracle.columns, self._oracle.rows)

    def _lines(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[str]:
        """Of records only the fields shown, of anything else all columns."""
        shown = self._life.shown
        if not self._oracle.of_records or not shown:
            return row_lines(columns, rows, as_labels=False)
        places = [next(i for i, column in enumerate(columns) if column.name == name) for name in shown]
        chosen = [[row[place] for place in places] for row in rows]
        return row_lines([columns[place] for place in places], chosen, as_labels=len(shown) == 1)

    def _check_matched(self, name: str, count: int) -> None:
        expected = self._oracle.matched
        if count != expected:
            raise WrongAnswerError(f"{self._text}\n{expected} records match, but by {name} {count} do")
