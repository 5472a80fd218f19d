"""Asking several engines the same questions, by turns, and what they took.

Owns that order, and that no time is told of a wrong answer. Does not know which questions there are, how
engines are asked, or what is told of the times.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench import data
from bench.agreement import require_agreement
from bench.askers import Asker, opened
from bench.duckdb_peer import connect_duckdb
from bench.questions import fresh_questions
from bench.results import Samples
from bench.suite import SuiteTask
from bench.suite_draw import SuiteDraw, suite_draws


@dataclass(frozen=True, slots=True)
class Table:
    """Everyone around the same log: the engines, what literals are made of, and who knows what is right."""

    stores: Mapping[str, Path]
    askers: Mapping[str, Asker]
    draws: Sequence[SuiteDraw]
    connection: duckdb.DuckDBPyConnection
    runs: int

    def asked(self, task: SuiteTask) -> dict[str, Samples]:
        """Milliseconds of every engine, which are asked one after the other; the first run is not counted.

        Raises `RefusedError` if answers differ. Every store is in the page cache before, also where a system
        takes out what nobody read for a while, as DAMON does: what one engine reads must not be at the
        cost of another.
        """
        for store in self.stores.values():
            data.warm(store)
        times: dict[str, list[float]] = {engine: [] for engine in self.askers}
        for question in fresh_questions(task.make, self.draws, self.runs + 1):
            answers = {}
            for engine, asker in self.askers.items():
                if question.networks:
                    asker.learn(question.networks)
                seconds, answers[engine] = asker.ask(question)
                times[engine].append(1000 * seconds)
            require_agreement(question, answers, self.connection)
        return {engine: Samples(tuple(values[1:])) for engine, values in times.items()}


@contextmanager
def around(stores: Mapping[str, Path], seed: int, runs: int) -> Iterator[Table]:
    """The engines of these stores, DuckDB's settled among them, each in a process of its own."""
    with connect_duckdb(stores["duckdb"]) as connection:
        draws = suite_draws(connection, seed, runs + 1)
        with opened(stores) as askers:
            yield Table(stores, askers, draws, connection, runs)
