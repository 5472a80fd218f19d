"""The questions of the stages benchmark.

Owns what is asked, in both languages, and the figures to reach. As in `questions`, whose draws these are made
of, every run asks with literals of its own; a question that has none names its column anew.
"""

# ruff: noqa: S608 - SQL is put together from this file's own texts; literals are parameters

from dataclasses import replace

from bench.asking import Question
from bench.questions import TASKS as SEARCH_TASKS
from bench.questions import Draw, Task

_MINUTE = "start // 60 * 60 AS minute"
_RESIDUAL_GOAL = "ratio >= 0.67"
"""No slower than 1.5 times DuckDB on its own table."""
_PERCENT_STEPS = 40
"""So many different percentiles are asked for, each one below the last."""


def _top_sources_at_port(draw: Draw) -> Question:
    port, row_count = draw.busy_port, draw.row_count
    where = "WHERE dstport = $1 AND srcaddr IS NOT NULL"
    groups = f"SELECT srcaddr, sum(bytes) AS measure FROM flows {where} GROUP BY srcaddr"
    return Question(
        f"dstport:{port} | top {row_count} srcaddr by sum(bytes)",
        f"{groups} ORDER BY measure DESC LIMIT {row_count}",
        (port,),
        tied_sql=f"FROM ({groups}) QUALIFY rank() OVER (ORDER BY measure DESC) <= {row_count}",
    )


def _minutes(draw: Draw) -> Question:
    return Question(
        f"* | stats count() as n{draw.turn} by start 1m, action",
        f"SELECT {_MINUTE}, action, count(*) FROM flows GROUP BY ALL ORDER BY minute, action",
    )


def _minutes_charted(draw: Draw) -> Question:
    """DuckDB adds the empty buckets to its groups, which are few."""
    return Question(
        f"* | timechart 1m count() as n{draw.turn} by action",
        f"""
        WITH counted AS MATERIALIZED (
            SELECT {_MINUTE}, action, count(*) AS n FROM flows WHERE start IS NOT NULL GROUP BY ALL
        ),
        minutes AS (SELECT unnest(generate_series(min(minute), max(minute), 60)) AS minute FROM counted),
        empty AS (SELECT minute, action, 0 AS n FROM minutes, (SELECT DISTINCT action FROM counted))
        SELECT minute, action, sum(n) FROM (FROM counted UNION ALL FROM empty)
        GROUP BY ALL ORDER BY minute, action
        """,
    )


def _percentile(draw: Draw) -> Question:
    percent = 95 - draw.turn % _PERCENT_STEPS
    return Question(
        f"* | stats p{percent}(bytes) by protocol",
        f"SELECT protocol, quantile_disc(bytes, {percent / 100}) FROM flows"
        " GROUP BY protocol ORDER BY protocol",
    )


def _percentiles(draw: Draw) -> Question:
    percents = [percent - draw.turn % _PERCENT_STEPS for percent in (50, 95, 99)]
    shares = [percent / 100 for percent in percents]
    return Question(
        f"* | stats {', '.join(f'p{percent}(bytes)' for percent in percents)} by protocol",
        "SELECT protocol, found[1], found[2], found[3] FROM ("
        f"SELECT protocol, quantile_disc(bytes, {shares}) AS found FROM flows GROUP BY protocol"
        ") ORDER BY protocol",
    )


def _computed_by_interface(draw: Draw) -> Question:
    divisor = _divisor(draw)
    return Question(
        f"* | eval kb = bytes / {divisor} | stats p95(kb), max(kb) by interface-id",
        "SELECT interface_id, quantile_disc(bytes / $1, 0.95), max(bytes / $1) FROM flows"
        " GROUP BY interface_id ORDER BY interface_id",
        (divisor,),
    )


def _computed_by_action(draw: Draw) -> Question:
    divisor = _divisor(draw)
    return Question(
        f"* | eval kb = bytes / {divisor} | stats avg(kb) by action",
        "SELECT action, avg(bytes / $1) FROM flows GROUP BY action ORDER BY action",
        (divisor,),
    )


def _divisor(draw: Draw) -> int:
    """A power of two, so that sums of quotients are exact in whatever order they are made."""
    return 1024 << draw.turn % 16


def _computed_filter(draw: Draw) -> Question:
    least = 1_000 + draw.turn
    return Question(
        f"* | eval r = bytes / packets | where r > {least} | count",
        "SELECT count(*) FROM flows WHERE bytes / packets > $1",
        (least,),
    )


def _select(draw: Draw) -> Question:
    count_min = 10 + draw.turn
    body = "srcaddr, count(*) as n, sum(bytes) as b {} group by srcaddr having n > {} order by b desc limit 5"
    return Question(
        f"* | select {body.format('', count_min)}", f"SELECT {body.format('FROM flows', '$1')}", (count_min,)
    )


def _search_task(name: str, goal: str) -> Task:
    """The same question as in the search benchmark, with a figure of this one."""
    (task,) = [task for task in SEARCH_TASKS if task.name == name]
    return replace(task, goal=goal)


TASKS = (
    _search_task("top 10 sources by bytes, everything", "ratio >= 5"),
    Task("top 10 sources by bytes at a port", _top_sources_at_port, "ratio >= 3"),
    Task("rows a minute by action, stats", _minutes, "ratio >= 3"),
    Task("rows a minute by action, timechart", _minutes_charted, "ratio >= 3"),
    _search_task("sources by rejected ports (dc)", "ratio >= 3"),
    Task("p95 of bytes by protocol", _percentile, "ratio >= 5"),
    Task("p50, p95, p99 of bytes by protocol", _percentiles, "ratio >= 5"),
    Task("eval, p95 and max by interface", _computed_by_interface, _RESIDUAL_GOAL),
    Task("eval, avg by action", _computed_by_action, _RESIDUAL_GOAL),
    Task("eval, where on it, count", _computed_filter, _RESIDUAL_GOAL),
    Task("select of 5 sources", _select, _RESIDUAL_GOAL),
)
