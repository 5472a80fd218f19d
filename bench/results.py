"""Results: what was measured, as a line of JSON for machines at once and as a table for people at the end.

Owns the shape of a result, the ratio's direction, and the rule that a wrong answer has no time. Does not know
what is measured.
"""

import json
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.machine import Facts, is_busy
from flowql.errors import FlowqlError

_DIGITS = 4
"""Significant digits of what is told: more than any run repeats."""
_EXCERPT = 200


class RefusedError(Exception):
    """No time is told: an answer is not what the peer says, or there is none. The text says why."""


@dataclass(frozen=True, slots=True)
class Samples:
    """One thing measured several times. The median speaks for all."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The value told."""
        return statistics.median(self.values)


@dataclass(frozen=True, slots=True)
class Result:
    """One line: a name, FlowQL's values, those of peers by name, the figure to reach if there is one."""

    name: str
    unit: str
    ours: Samples
    peers: Mapping[str, Samples] = field(default_factory=dict)
    goal: str = ""

    @property
    def is_rate(self) -> bool:
        """Whether more is better."""
        return self.unit.endswith("/s")

    @property
    def worst(self) -> float:
        """The worst of the values."""
        return min(self.ours.values) if self.is_rate else max(self.ours.values)

    @property
    def best_peer(self) -> str | None:
        """The name of the peer with the best median."""
        best = max if self.is_rate else min
        return best(self.peers, key=lambda name: self.peers[name].median) if self.peers else None

    @property
    def ratio(self) -> float | None:
        """How many times better than the best peer FlowQL is, by medians: above 1 is faster or smaller."""
        if self.best_peer is None:
            return None
        ours, theirs = self.ours.median, self.peers[self.best_peer].median
        return ours / theirs if self.is_rate else theirs / ours


def beside_peers(name: str, unit: str, values: Mapping[str, Samples], goal: str) -> Result:
    """One line about FlowQL and the other engines, by their names."""
    peers = {engine: samples for engine, samples in values.items() if engine != "flowql"}
    return Result(name, unit, values["flowql"], peers, goal)


class Results:
    """All results of one benchmark, in the order in which they came."""

    def __init__(self, machine: Facts, only: str = "") -> None:
        self._machine = machine
        self._only = only
        self._told: list[tuple[str, Result]] = []
        self.refusals: list[str] = []
        """What was wrong, in words; its times were not told."""

    def wants(self, name: str) -> bool:
        """Whether the user asked for what has this name."""
        return self._only in name

    def measure(self, bench: str, name: str, work: Callable[[], Iterable[Result]]) -> None:
        """Do the work that is called `name`, and tell its results; if an answer was wrong, only that."""
        if not self.wants(name):
            return
        try:
            measured = tuple(work())
        except (RefusedError, FlowqlError) as error:
            self.refuse(bench, name, error)
            return
        for result in measured:
            self.tell(bench, result)

    def tell(self, bench: str, result: Result) -> None:
        """Tell one result."""
        self._told.append((bench, result))
        sys.stdout.write(json.dumps(self._line(bench, result)) + "\n")
        sys.stdout.flush()

    def refuse(self, bench: str, name: str, error: Exception) -> None:
        """Say at once what was wrong, and keep it for the end and for the exit code."""
        self.refusals.append(f"{bench} {name}: {error}")
        sys.stderr.write(f"refused: {self.refusals[-1]}\n")

    def table(self) -> str:
        """The results as aligned columns, the machine below, and what was refused last."""
        peers = tuple(dict.fromkeys(name for _, result in self._told for name in result.peers))
        head = ("bench", "name", "unit", "median", "worst", *peers, "ratio", "goal")
        lines = _aligned([head, *(_cells(bench, result, peers) for bench, result in self._told)])
        machine = ", ".join(f"{name} {value}" for name, value in self._machine.items())
        notes = [f"refused, no time told: {refusal}" for refusal in self.refusals]
        if is_busy(self._machine):
            notes.insert(
                0, "the machine was busy with other work at the start: these times are not to be trusted"
            )
        return "\n".join([*lines, machine, *notes]) + "\n"

    def _line(self, bench: str, result: Result) -> dict[str, object]:
        return {
            "bench": bench,
            "name": result.name,
            "value": _rounded(result.ours.median),
            "unit": result.unit,
            "peer": result.best_peer,
            "peer_value": _rounded(result.peers[result.best_peer].median) if result.best_peer else None,
            "peers": {name: _rounded(values.median) for name, values in result.peers.items()},
            "ratio": _rounded(result.ratio) if result.ratio is not None else None,
            "machine": self._machine,
        }


def require_same(what: str, ours: Sequence[object], theirs: Sequence[object]) -> None:
    """Raise `RefusedError` at the first difference. An empty answer is fine if both are."""
    for place, (our, their) in enumerate(zip(ours, theirs, strict=False)):
        if our != their:
            raise RefusedError(f"{what}: row {place} is {_excerpt(our)}, the peer says {_excerpt(their)}")
    if len(ours) != len(theirs):
        raise RefusedError(f"{what}: {len(ours):,} rows, the peer has {len(theirs):,}")


def _excerpt(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}..."


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    rounded = _rounded(value)
    return f"{rounded:,.0f}" if rounded >= 10 ** (_DIGITS - 1) else f"{rounded:g}"


def _cells(bench: str, result: Result, peers: Sequence[str]) -> tuple[str, ...]:
    theirs = (result.peers[name].median if name in result.peers else None for name in peers)
    values = map(_shown, (result.ours.median, result.worst, *theirs, result.ratio))
    return (bench, result.name, result.unit, *values, result.goal)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
