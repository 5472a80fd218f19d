"""The questions of the suite that group: tops, charts, distinct counts, percentiles, facets.

Owns their texts in the three languages. A question whose answer needs no literal asks for one row more in
each run, or names its column anew. In ClickHouse a default stands for what is missing (see
`clickhouse_peer`).
"""

# ruff: noqa: S608 - SQL is put together from this file's own texts and from what the log holds

from bench.suite_draw import SuiteDraw
from bench.suite_question import SuiteQuestion

_HOUR_S = 3_600
_PERCENTS = (50, 95, 99)
_PERCENT_STEPS = 40
"""So many different percentiles are asked for, each one below the last."""
_LEAST_SHARE = 1e-11
"""quantileExact takes the value above a whole place, FlowQL and quantile_disc the one at it: it is asked for
so much less, which is less than a place of any log."""
_FACETS = ("action", "protocol", "dstport", "interface-id")


def top_sources(draw: SuiteDraw) -> SuiteQuestion:
    """Who sent most."""
    return _top_sources(draw, "*", "")


def top_sources_at_port(draw: SuiteDraw) -> SuiteQuestion:
    """Who sent most to a port."""
    port = draw.common.busy_port
    return _top_sources(draw, f"dstport:{port}", f"WHERE dstport = {port}")


def top_sources_of_hour(draw: SuiteDraw) -> SuiteQuestion:
    """Who sent most within an hour."""
    since = draw.common.record["start"]
    where = f"WHERE start >= {since} AND start < {since + _HOUR_S}"
    return _top_sources(draw, f"since {since} until {since + _HOUR_S}", where)


def top_ports(draw: SuiteDraw) -> SuiteQuestion:
    """The ports that were used most."""
    groups = "SELECT dstport, count(*) AS measure FROM flows {} GROUP BY dstport"
    return _ranking(
        f"* | top {draw.common.row_count} dstport",
        groups.format("WHERE dstport IS NOT NULL"),
        groups.format("WHERE log_status = 'OK'"),
        "number",
        draw.common.row_count,
    )


def minutes(draw: SuiteDraw) -> SuiteQuestion:
    """Rows of every minute, by action."""
    rows = "SELECT {} AS minute, action, count(*) FROM flows GROUP BY minute, action ORDER BY minute, {}"
    return SuiteQuestion(
        f"* | stats count() as n{draw.turn} by start 1m, action",
        (rows.format("start // 60 * 60", "action"),),
        (rows.format("intDiv(start, 60) * 60", "nullIf(action, '')"),),
        kinds=("number", "text", "number"),
    )


def many_ports(draw: SuiteDraw) -> SuiteQuestion:
    """Who tried the most ports in vain."""
    groups = "SELECT {}, count(DISTINCT dstport) AS measure FROM flows WHERE action = 'REJECT' GROUP BY {}"
    row_count = draw.common.row_count
    return _ranking(
        f"action:REJECT | stats dc(dstport) as ports by srcaddr | sort -ports | head {row_count}",
        groups.format("any_value(srcaddr) AS srcaddr", "src4, src6"),
        groups.format("srcaddr", "srcaddr"),
        "address",
        row_count,
    )


def networks(draw: SuiteDraw) -> SuiteQuestion:
    """Which networks sent most: /24 of IPv4, /64 of IPv6."""
    groups = "SELECT {} AS network, sum(bytes) AS measure FROM flows GROUP BY network"
    return _ranking(
        f"* | stats sum(bytes) as b by srcaddr/24 | sort -b | head {draw.common.row_count}",
        groups.format("coalesce((src4 >> 8)::UBIGINT, (src6 >> 64)::UBIGINT)"),
        groups.format("if(src6 = 0, toUInt64(bitShiftRight(src4, 8)), toUInt64(bitShiftRight(src6, 64)))"),
        "network",
        draw.common.row_count,
    )


def percentiles(draw: SuiteDraw) -> SuiteQuestion:
    """Exact percentiles of bytes, by protocol."""
    percents = [percent - draw.turn % _PERCENT_STEPS for percent in _PERCENTS]
    shares = [percent / 100 for percent in percents]
    lower = ", ".join(f"{share - _LEAST_SHARE:.12f}" for share in shares)
    groups = "SELECT protocol, {} AS found FROM flows GROUP BY protocol"
    ours = groups.format(f"quantile_disc(bytes, {shares})")
    theirs = groups.format(f"quantilesExact({lower})(bytes)")
    columns = [f"found[{place}]" for place in range(1, len(percents) + 1)]
    known = ", ".join(f"if(protocol = 0, NULL, {column})" for column in columns)
    return SuiteQuestion(
        f"* | stats {', '.join(f'p{percent}(bytes)' for percent in percents)} by protocol",
        (f"SELECT protocol, {', '.join(columns)} FROM ({ours}) ORDER BY protocol",),
        (f"SELECT nullIf(protocol, 0) AS key, {known} FROM ({theirs}) ORDER BY key",),
        kinds=("number",) * (1 + len(percents)),
    )


def facets(draw: SuiteDraw) -> SuiteQuestion:
    """The most frequent values of several fields."""
    row_count = draw.common.row_count
    ranked = f"QUALIFY rank() OVER (ORDER BY n DESC) <= {row_count}"
    return SuiteQuestion(
        f"* | fields {', '.join(_FACETS)} | facets {row_count}",
        tuple(f"{_facet(field)} ORDER BY n DESC LIMIT {row_count}" for field in _FACETS),
        tuple(f"{_clickhouse_facet(field)} ORDER BY n DESC LIMIT {row_count}" for field in _FACETS),
        kinds=("text", "text", "number"),
        spine=(0, 2),
        tied=" UNION ALL ".join(f"({_facet(field)} {ranked})" for field in _FACETS),
    )


def totals(draw: SuiteDraw) -> SuiteQuestion:
    """Rows, bytes and packets since a time, by action."""
    since = draw.common.begin + 3_601 * (draw.turn % 20 + 1) + draw.turn
    sums = "sum(bytes), sum(packets)"
    known = "if(action = '', NULL, sum(bytes)), if(action = '', NULL, sum(packets))"
    rows = f"SELECT action, count(*), {{}} FROM flows WHERE start >= {since} GROUP BY action ORDER BY {{}}"
    return SuiteQuestion(
        f"since {since} | stats count() as n, sum(bytes), sum(packets) by action",
        (rows.format(sums, "action"),),
        (rows.format(known, "nullIf(action, '')"),),
        kinds=("text", "number", "number", "number"),
    )


# ---- shapes


def _top_sources(draw: SuiteDraw, flowql: str, where: str) -> SuiteQuestion:
    groups = f"SELECT srcaddr, sum(bytes) AS measure FROM flows {where} GROUP BY srcaddr"
    row_count = draw.common.row_count
    return _ranking(f"{flowql} | top {row_count} srcaddr by bytes", groups, groups, "address", row_count)


def _ranking(flowql: str, duckdb: str, clickhouse: str, key: str, row_count: int) -> SuiteQuestion:
    limit = f"ORDER BY measure DESC LIMIT {row_count}"
    return SuiteQuestion(
        flowql,
        (f"{duckdb} {limit}",),
        (f"{clickhouse} {limit}",),
        kinds=(key, "number"),
        spine=(1,),
        tied=f"FROM ({duckdb}) QUALIFY rank() OVER (ORDER BY measure DESC) <= {row_count}",
    )


def _facet(field: str) -> str:
    column = field.replace("-", "_")
    return f"SELECT '{field}' AS field, {column}::VARCHAR AS value, n FROM ({_values(column)})"


def _values(column: str) -> str:
    return f"SELECT {column}, count(*) AS n FROM flows GROUP BY {column}"


def _clickhouse_facet(field: str) -> str:
    """A number's default is a value, so whether it is known makes groups of its own."""
    column = field.replace("-", "_")
    if field in {"protocol", "dstport"}:
        values = f"SELECT {column}, log_status = 'OK' AS is_known, count(*) AS n FROM flows GROUP BY ALL"
        return f"SELECT '{field}', if(is_known, toString({column}), NULL), n FROM ({values})"
    return f"SELECT '{field}', {column}, n FROM ({_values(column)})"
