"""The process of one engine that is asked: `python -m bench.asker ENGINE STORE`, questions on standard input.

Owns the clock, which runs from the question's text to its rows as Python's values, or to its Arrow table.
Every line of input is an order, every order gets two lines: how long it took as soon as it is known, then the
answer. Many questions may come at once, to be answered one after the other within one time. Imports the one
engine that it is, so that the memory of this process is that engine's alone.
"""

import json
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from bench.suite_question import Asked, Networks


class Engine(Protocol):
    """What is asked."""

    open_seconds: float
    """From a store's path to being able to tell what is in it, libraries imported before."""

    def learn(self, networks: Networks) -> None:
        """Hold a list of networks."""

    def ask(self, asked: Asked) -> Any:
        """The rows, or the table."""

    def close(self) -> None:
        """Let go of the store."""


class FlowqlAsked:
    """FlowQL, embedded, with its defaults."""

    def __init__(self, store: Path) -> None:
        open_engine = import_module("flowql.engine").open_engine
        self._lists = lists_beside(store)
        self._lists.mkdir(exist_ok=True)
        begin = time.perf_counter()
        self._engine = open_engine(store, lists=self._lists)
        self._engine.topics()
        self.open_seconds = time.perf_counter() - begin

    def learn(self, networks: Networks) -> None:
        """Write the list's file, and have it read by another question about it."""
        (self._lists / f"{networks.name}.txt").write_text("".join(f"{line}\n" for line in networks.lines))
        list(self._engine.search(f"dst:@{networks.name} dstport:1 | count"))

    def ask(self, asked: Asked) -> Any:
        """The rows as dicts; the number of matched records is one more, if wanted."""
        (query,) = asked.statements
        result = self._engine.search(query)
        if asked.as_arrow:
            return result.to_arrow()
        rows = list(result)
        return [*rows, {"matched": result.matched}] if asked.total else rows

    def close(self) -> None:
        """Let go of the store."""
        self._engine.close()


def lists_beside(store: Path) -> Path:
    """The folder of FlowQL's lists that belongs to a store."""
    return store.with_name(f"{store.name} lists")


def open_asked(engine: str, store: Path) -> Engine:
    """One of the engines, its store open; a peer is imported only by the process that is it."""
    match engine:
        case "flowql":
            return FlowqlAsked(store)
        case "duckdb":
            return import_module("bench.duckdb_peer").DuckdbPeer(store)  # type: ignore[no-any-return]
        case "clickhouse":
            return import_module("bench.clickhouse_peer").ClickhousePeer(store)  # type: ignore[no-any-return]
        case _:
            raise AssertionError(engine)


def _main(engine: Engine) -> None:
    _say({"open_seconds": engine.open_seconds})
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if "learn" in order:
                engine.learn(_networks(order["learn"]))
                _say({})
                continue
            if "series" in order:
                series = [_asked(each) for each in order["series"]]
                begin = time.perf_counter()
                answers = [engine.ask(each) for each in series]
                _say({"seconds": time.perf_counter() - begin})
                _say({"rows": [[_listed(row) for row in answer] for answer in answers]})
                continue
            asked = _asked(order)
            begin = time.perf_counter()
            answer = engine.ask(asked)
            _say({"seconds": time.perf_counter() - begin})
        except Exception as error:  # noqa: BLE001 - whatever an engine says against a question is told
            _say({"error": f"{type(error).__name__}: {error}"})
            continue
        if asked.as_arrow:
            with pa.OSFile(order["table"], "wb") as file, pa.ipc.new_file(file, answer.schema) as writer:
                writer.write_table(answer)
            _say({})
        else:
            _say({"rows": [_listed(row) for row in answer]})
        del answer
    engine.close()


def _asked(told: dict[str, Any]) -> Asked:
    return Asked(tuple(told["statements"]), told["as_arrow"], told["total"])


def _networks(told: dict[str, Any]) -> Networks:
    ranges = tuple((first, last) for first, last in told["ranges"])
    return Networks(told["name"], ranges, tuple(told["lines"]))


def _listed(row: dict[str, Any] | Sequence[Any]) -> list[Any]:
    return list(row.values()) if isinstance(row, dict) else list(row)


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(open_asked(sys.argv[1], Path(sys.argv[2])))
