"""`python -m bench language`: from a query's text to its plan, and what a plan with many values costs to run.

Owns the texts and the clock. What a text is read as is checked first: its canonical text, its ranges or its
error's code. What runs against stores is `language_stores`'s. There is no peer: these have figures to reach.
"""

import gc
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import language_stores
from bench.results import RefusedError, Result, Results, Samples, require_same
from flowql.errors import QueryError
from flowql.plan.bind import bind
from flowql.plan.logical import Column, Filter
from flowql.plan.predicates import InRanges, Or
from flowql.schema import DEFAULT_SCHEMA, Schema, TopicName
from flowql.syntax.canonical import canonical
from flowql.syntax.parser import parse
from flowql.values import format_address, parse_address

_BENCH = "language"
_SEED = 11
_VALUE_COUNT = 5_000
_RUNS_OF_SHORT = 100
"""A short text is read this many times as often as a long one."""
_SHORT_LENGTH_MAX = 2_000
_MILLISECOND = 1e-3
_NOW = 1_544_713_200_000_000_000
_PORT_COUNT = 1 << 16
_TYPICAL = "action:REJECT dstport in (22, 3389) src:10.0.0.0/8 last 24h | top 10 srcaddr by bytes"
_TYPICAL_CANONICAL = (
    "last 24h action:REJECT AND dstport in (22, 3389) AND src:10.0.0.0/8 | top 10 srcaddr by bytes"
)


@dataclass(frozen=True, slots=True)
class Text:
    """A query's text and the check of what is read; `is_error` when nothing is bound."""

    text: str
    check: Callable[[str], None]
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What is measured under one name: a text for each run, of values drawn anew."""

    name: str
    make: Callable[[random.Random], Text]
    goal: str = ""


class _OneTopic:
    """The catalog of a store with one topic of the default layout."""

    default_logset = "default"
    _topic = TopicName("default", "flows")

    def topics(self) -> tuple[TopicName, ...]:
        return (self._topic,)

    def schema(self, topic: TopicName) -> Schema:
        assert topic == self._topic, "there is one topic"
        return DEFAULT_SCHEMA

    def newest_start(self, topic: TopicName) -> int | None:
        assert topic == self._topic, "there is one topic"
        return _NOW

    def select_columns(self, sql: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        raise AssertionError(f"no query here has a select: {sql} over {columns}")


_CATALOG = _OneTopic()


def run(results: Results, records: int, runs: int, cache: Path) -> None:
    """Time every text, then the queries of many values against stores."""
    for task in _TASKS:
        results.measure(_BENCH, task.name, partial(_timed, task, runs))
    language_stores.run(results, records, runs, cache)


def _timed(task: Task, runs: int) -> Iterator[Result]:
    chance = random.Random(_SEED)  # noqa: S311 - a benchmark repeats itself
    first = task.make(chance)
    first.check(first.text)
    if len(first.text) <= _SHORT_LENGTH_MAX:
        runs *= _RUNS_OF_SHORT
    samples = [_sample(task.make(chance)) for _ in range(runs)]
    for place, part in enumerate(("parse", "bind", "both")):
        values = Samples(tuple(sample[place] for sample in samples))
        if part == "both" or not first.is_error:
            goal = task.goal if part == "both" else ""
            yield Result(f"{task.name}, {'told' if first.is_error else part}", "ms", values, goal=goal)


def _sample(text: Text) -> tuple[float, float, float]:
    """Milliseconds of parse, of bind, and of both; of a text with an error until its message is rendered."""
    if len(text.text) > _SHORT_LENGTH_MAX:
        gc.collect()  # what the text before left behind is not this one's
    begin = parsed = bound = time.perf_counter()
    try:
        query = parse(text.text)
        parsed = time.perf_counter()
        bind(query, _CATALOG, _NOW)
        bound = time.perf_counter()
    except QueryError as error:
        error.render()
    end = time.perf_counter()
    if text.is_error:
        bound = end
    return ((parsed - begin) / _MILLISECOND, (bound - parsed) / _MILLISECOND, (bound - begin) / _MILLISECOND)


# ---- what is read


def _require_canonical(expected: str, text: str) -> None:
    require_same(text, [canonical(parse(text))], [expected])


def _require_code(code: str, text: str) -> None:
    try:
        bind(parse(text), _CATALOG, _NOW)
    except QueryError as error:
        require_same(text, [each.code for each in error.diagnostics], [code])
        return
    raise RefusedError(f"{text}: is a query, but was to be refused with {code}")


def _require_ranges(field: str, values: list[int], text: str) -> None:
    """The filter asks, of the field, for exactly these values, whatever else it asks for."""
    plan = bind(parse(text), _CATALOG, _NOW).plan
    if not isinstance(plan, Filter):
        raise RefusedError(f"{text[:40]}...: has no filter")
    items = plan.predicate.items if isinstance(plan.predicate, Or) else (plan.predicate,)
    found = [each.ranges for each in items if isinstance(each, InRanges) and each.field.name == field]
    require_same(f"{text[:40]}...", found, [_joined(values)])


def _joined(values: list[int]) -> tuple[tuple[int, int], ...]:
    ranges: list[tuple[int, int]] = []
    for value in sorted(set(values)):
        if ranges and ranges[-1][1] == value - 1:
            ranges[-1] = (ranges[-1][0], value)
        else:
            ranges.append((value, value))
    return tuple(ranges)


# ---- the texts


def _fixed(text: str, expected: str, _: random.Random) -> Text:
    return Text(text, partial(_require_canonical, expected))


def _refused(text: str, code: str, _: random.Random) -> Text:
    return Text(text, partial(_require_code, code), is_error=True)


def _thirty_clauses(chance: random.Random) -> Text:
    clauses = [
        part
        for _ in range(6)
        for part in (
            f"NOT dstport:{chance.randrange(_PORT_COUNT)}",
            f"src:{_address(chance)}",
            f"bytes>{chance.randrange(1 << 20)}",
            f"interface-id:eni-{chance.randrange(1 << 32):08x}*",
            f"(action:REJECT OR packets in (1, {chance.randrange(2, 1 << 16)}))",
        )
    ]
    return Text(" ".join(clauses), partial(_require_canonical, " AND ".join(clauses)))


def _of_ports(before: str, each: str, joint: str, after: str, chance: random.Random) -> Text:
    ports = chance.sample(range(_PORT_COUNT), _VALUE_COUNT)
    text = before + joint.join(each.format(port) for port in ports) + after
    return Text(text, partial(_require_ranges, "dstport", ports))


def _of_addresses(each: str, chance: random.Random) -> Text:
    addresses = [_address(chance) for _ in range(_VALUE_COUNT)]
    values = [value for value in map(parse_address, addresses) if value is not None]
    return Text(" OR ".join(map(each.format, addresses)), partial(_require_ranges, "srcaddr", values))


def _address(chance: random.Random) -> str:
    return format_address(0xFFFF << 32 | chance.randrange(1 << 32))


_SHORT, _LONG = "< 1 ms", "< 150 ms"
_TASKS = (
    Task("typical query", partial(_fixed, _TYPICAL, _TYPICAL_CANONICAL), _SHORT),
    Task("field clause", partial(_fixed, "dstport:22", "dstport:22"), _SHORT),
    Task("30 clauses", _thirty_clauses),
    Task("5,000 clauses f:v joined by OR", partial(_of_ports, "", "dstport:{}", " OR ", ""), _LONG),
    Task("5,000 values f:(a OR b)", partial(_of_ports, "dstport:(", "{}", " OR ", ")"), _LONG),
    Task("5,000 values f in (a, b)", partial(_of_ports, "dstport in (", "{}", ", ", ")"), _LONG),
    Task("5,000 clauses src:a joined by OR", partial(_of_addresses, "src:{}"), _LONG),
    Task("5,000 bare addresses joined by OR", partial(_of_addresses, "{}"), _LONG),
    Task("error of the parser", partial(_refused, "action:REJECT AND OR dstport:22", "unexpected")),
    Task("error of the binder", partial(_refused, "dsport:22", "unknown-field")),
    Task("error of a long text", partial(_refused, f"{'REJECT OR ' * 400}(22", "missing-parenthesis")),
)
