"""The questions of the search benchmark.

Owns what is asked, in both languages. A task makes a `Question` of a draw, so that every run asks with
literals of its own, taken from the log: no engine is faster for having been asked the same before.
"""

# ruff: noqa: S608 - SQL is put together from this file's own texts; literals are parameters

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import duckdb

from bench.asking import Question
from flowql.schema import DEFAULT_LAYOUT

_NEWEST = "ORDER BY start DESC, rowid DESC LIMIT"
_BUSY_COUNT = 16
_POOL_COUNT = 500
_SEED = 7


@dataclass(frozen=True, slots=True)
class Draw:
    """What a run's literals are made of."""

    turn: int
    record: dict[str, Any]
    """A record of the log, drawn at random; its addresses are IPv4 and no field is missing."""
    busy_ports: list[int]
    """The most frequent destination ports."""
    rejected_ports: list[int]
    """The most frequent destination ports of rejected records, ssh first."""
    begin: int
    """The least start, epoch seconds."""

    @property
    def busy_port(self) -> int:
        """One of the busy ports."""
        return self.busy_ports[self.turn % len(self.busy_ports)]

    @property
    def rejected_port(self) -> int:
        """One of the rejected ports."""
        return self.rejected_ports[self.turn % len(self.rejected_ports)]

    @property
    def row_count(self) -> int:
        """How many rows of a ranking to ask for: ten, or a few more."""
        return 10 + self.turn


class _Asked(Protocol):
    @property
    def flowql(self) -> str:
        """The question."""


_Drawn = TypeVar("_Drawn")
_Made = TypeVar("_Made", bound=_Asked)


def fresh_questions(make: Callable[[_Drawn], _Made], drawn: Iterable[_Drawn], count: int) -> Iterator[_Made]:
    """Questions of which no two are the same, as far as there are so many draws."""
    asked: set[str] = set()
    for draw in drawn:
        question = make(draw)
        if question.flowql not in asked:
            asked.add(question.flowql)
            yield question
        if len(asked) == count:
            return


def draws(connection: duckdb.DuckDBPyConnection, seed: int = _SEED) -> Iterator[Draw]:
    """Draws without end; the same ones for the same log and seed."""
    (records, begin), *_ = _rows(connection, "SELECT count(*), min(start) FROM flows")
    rng = random.Random(seed)  # noqa: S311 - a benchmark repeats itself
    drawn = [rng.randrange(records) for _ in range(_POOL_COUNT)]
    names = [field.replace("-", "_") for field in DEFAULT_LAYOUT]
    columns = ", ".join(f'"{name}"' for name in names)
    found = connection.execute(
        f"SELECT {columns} FROM flows WHERE rowid IN (SELECT unnest($1::BIGINT[]))", [drawn]
    )
    pool = [dict(zip(names, row, strict=True)) for row in found.fetchall() if None not in row]
    pool = [record for record in pool if ":" not in record["srcaddr"]]
    rng.shuffle(pool)
    most = f"GROUP BY dstport ORDER BY count(*) DESC, dstport LIMIT {_BUSY_COUNT}"
    busy = _rows(connection, f"SELECT dstport FROM flows WHERE dstport > 0 {most}")
    rejected = _rows(connection, f"SELECT dstport FROM flows WHERE action = 'REJECT' {most}")
    busy_ports = [port for (port,) in busy]
    rejected_ports = [22, *(port for (port,) in rejected if port != 22)]
    turn = 0
    while True:
        yield Draw(turn, pool[turn % len(pool)], busy_ports, rejected_ports, begin)
        turn += 1


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    return connection.execute(sql).fetchall()


def _host(draw: Draw) -> Question:
    host = draw.record["srcaddr"]
    found = "FROM flows WHERE srcaddr = $1 OR dstaddr = $1"
    return Question(
        f"ip:{host} | head 50",
        f"SELECT * {found} {_NEWEST} 50",
        (host,),
        total_sql=f"SELECT count(*) {found}",
    )


def _rejected(draw: Draw) -> Question:
    return _count(
        f"dstport:{draw.rejected_port} action:REJECT",
        "dstport = $1 AND action = 'REJECT'",
        draw.rejected_port,
    )


def _newest_rejected(draw: Draw) -> Question:
    port = draw.rejected_port
    where = "WHERE dstport = $1 AND action = 'REJECT'"
    return Question(
        f"dstport:{port} action:REJECT | head 50", f"SELECT * FROM flows {where} {_NEWEST} 50", (port,)
    )


def _top_sources(draw: Draw) -> Question:
    groups = "SELECT srcaddr, sum(bytes) AS measure FROM flows WHERE srcaddr IS NOT NULL GROUP BY srcaddr"
    return _ranking(f"* | top {draw.row_count} srcaddr by sum(bytes)", groups, draw.row_count)


def _top_ports(draw: Draw) -> Question:
    groups = "SELECT dstport, count(*) AS measure FROM flows WHERE dstport IS NOT NULL GROUP BY dstport"
    return _ranking(f"* | top {draw.row_count} dstport", groups, draw.row_count)


def _many_ports(draw: Draw) -> Question:
    rejected = "FROM flows WHERE action = 'REJECT' GROUP BY srcaddr"
    groups = f"SELECT srcaddr, count(DISTINCT dstport) AS measure {rejected}"
    text = f"action:REJECT | stats dc(dstport) as ports by srcaddr | sort -ports | head {draw.row_count}"
    return _ranking(text, groups, draw.row_count)


def _network(draw: Draw) -> Question:
    first, second, *_ = draw.record["dstaddr"].split(".")
    return _count(
        f"ip:{first}.{second}.0.0/16 port:{draw.busy_port}",
        "(starts_with(srcaddr, $1) OR starts_with(dstaddr, $1)) AND (srcport = $2 OR dstport = $2)",
        f"{first}.{second}.",
        draw.busy_port,
    )


def _volume(draw: Draw) -> Question:
    low = draw.record["bytes"]
    return _count(
        f"bytes:{low}..{2 * low} proto:udp", "bytes BETWEEN $1 AND $2 AND protocol = 17", low, 2 * low
    )


def _not_host(draw: Draw) -> Question:
    host, port = draw.record["dstaddr"], draw.busy_port
    return _count(
        f"NOT ip:{host} dstport:{port}",
        "(srcaddr = $1 OR dstaddr = $1) IS NOT TRUE AND dstport = $2",
        host,
        port,
    )


def _wildcard(draw: Draw) -> Question:
    interface = draw.record["interface_id"]
    head, tail = interface[:5], interface[-2:]
    return _count(f"interface-id:{head}*{tail}", "interface_id LIKE $1", f"{head}%{tail}")


def _word(draw: Draw) -> Question:
    interface = draw.record["interface_id"]
    texts = "version, account_id, interface_id, action, log_status"
    return _count(interface, f"$1 IN ({texts})", interface)


def _number(draw: Draw) -> Question:
    numbers = 'srcport, dstport, protocol, packets, bytes, start, "end"'
    return _count(str(draw.record["packets"] + 100), f"$1 IN ({numbers})", draw.record["packets"] + 100)


def _phrase(draw: Draw) -> Question:
    words = tuple(draw.record[name] for name in ("dstport", "protocol", "packets"))
    numbers = ("srcport", "dstport", "protocol", "packets", "bytes", "start", '"end"')
    alignments = zip(numbers, numbers[1:], numbers[2:], strict=False)
    where = " OR ".join(f"({one} = $1 AND {two} = $2 AND {three} = $3)" for one, two, three in alignments)
    return _count('"{} {} {}"'.format(*words), where, *words)


def _by_action(draw: Draw) -> Question:
    since = draw.begin + 3_601 * (draw.turn + 1)
    return Question(
        f"since {since} | stats count() as n, sum(bytes) as volume by action",
        "SELECT action, count(*), sum(bytes) FROM flows WHERE start >= $1 GROUP BY action ORDER BY action",
        (since,),
    )


def _window(draw: Draw) -> Question:
    since = draw.record["start"]
    return _count(
        f"since {since} until {since + 600} action:REJECT",
        "start >= $1 AND start < $2 AND action = 'REJECT'",
        since,
        since + 600,
    )


def _largest(draw: Draw) -> Question:
    port = draw.busy_port
    order = "ORDER BY bytes DESC NULLS LAST, start DESC, rowid DESC LIMIT 10"
    return Question(
        f"dstport:{port} | sort -bytes | head 10", f"SELECT * FROM flows WHERE dstport = $1 {order}", (port,)
    )


def _export(draw: Draw) -> Question:
    port = draw.rejected_port
    where = "WHERE dstport = $1 AND action = 'REJECT' ORDER BY start DESC, rowid DESC"
    return Question(f"dstport:{port} action:REJECT", f"SELECT * FROM flows {where}", (port,), as_arrow=True)


def _count(flowql: str, where: str, *parameters: object) -> Question:
    return Question(f"{flowql} | count", f"SELECT count(*) FROM flows WHERE {where}", parameters)


def _ranking(flowql: str, groups: str, row_count: int) -> Question:
    return Question(
        flowql,
        f"{groups} ORDER BY measure DESC LIMIT {row_count}",
        tied_sql=f"FROM ({groups}) QUALIFY rank() OVER (ORDER BY measure DESC) <= {row_count}",
    )


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of question: its name, how to ask one, and the figure to reach."""

    name: str
    make: Callable[[Draw], Question]
    goal: str = ""


TASKS = (
    Task("one host, count and newest 50", _host, "< 5 ms"),
    Task("rejected at a port, count", _rejected, "< 5 ms"),
    Task("top 10 sources by bytes, everything", _top_sources, "ratio > 1"),
    Task("rejected at a port, newest 50", _newest_rejected),
    Task("CIDR /16 and port, count", _network),
    Task("bytes range and UDP, count", _volume),
    Task("NOT a busy host, and port, count", _not_host),
    Task("wildcard on interface, count", _wildcard),
    Task("a word, count", _word),
    Task("a number anywhere, count", _number),
    Task("a phrase, count", _phrase),
    Task("rejected within 10 minutes, count", _window),
    Task("stats by action since a time", _by_action),
    Task("top 10 ports, everything", _top_ports),
    Task("sources by rejected ports (dc)", _many_ports),
    Task("10 largest at a busy port", _largest),
    Task("export of rejected at a port, Arrow", _export),
)
