"""The questions of the suite that search: what matches, how much of it, the newest of it, all of it.

Owns their texts in the three languages. DuckDB and ClickHouse share most of a WHERE, for both have addresses
as numbers (`src4`, `src6`: see `duckdb_peer`, `clickhouse_peer`).
"""

# ruff: noqa: S608 - SQL is put together from this file's own texts and from what the log holds

from ipaddress import IPv4Address, IPv6Network

from bench.suite_draw import SuiteDraw
from bench.suite_question import Networks, SuiteQuestion
from flowql.schema import DEFAULT_LAYOUT

_NAMES = tuple(field.replace("-", "_") for field in DEFAULT_LAYOUT)
_COLUMNS = ", ".join(f'"{name}"' for name in _NAMES)
_RECORD = tuple(
    "address" if name.endswith("addr") else "text" if name in {"version", "account_id"} else "flow"
    for name in _NAMES
)
_START = _NAMES.index("start")
_NEWEST_COUNT = 50
_WINDOW_S = 600
_TEXTS = ("version", "account_id", "interface_id", "action", "log_status")
_NUMBERS = ("srcport", "dstport", "protocol", "packets", "bytes", "start", '"end"')


def rare_host(draw: SuiteDraw) -> SuiteQuestion:
    """All there is about a host that is hardly ever seen."""
    return host_question(draw.rare_host)


def busy_host(draw: SuiteDraw) -> SuiteQuestion:
    """The same of a host that is seen all the time."""
    return host_question(draw.busy_host)


def host_question(host: str) -> SuiteQuestion:
    """How many records a host has, and the newest of them."""
    number = _number(host)
    return _newest(f"ip:{host}", f"src4 = {number} OR dst4 = {number}", total=True)


def pair(draw: SuiteDraw) -> SuiteQuestion:
    """Two hosts that talked."""
    one, other = draw.common.record["srcaddr"], draw.common.record["dstaddr"]
    first, second = _number(one), _number(other)
    return _count(
        f"{one} <-> {other}",
        f"(src4 = {first} AND dst4 = {second}) OR (src4 = {second} AND dst4 = {first})",
    )


def newest_rejected(draw: SuiteDraw) -> SuiteQuestion:
    """The newest of a port and an action."""
    port = draw.common.rejected_port
    return _newest(f"dstport:{port} action:REJECT", f"dstport = {port} AND action = 'REJECT'")


def rejected(draw: SuiteDraw) -> SuiteQuestion:
    """How many there are of a port and an action."""
    port = draw.common.rejected_port
    return _count(f"dstport:{port} action:REJECT", f"dstport = {port} AND action = 'REJECT'")


def network8(draw: SuiteDraw) -> SuiteQuestion:
    """A large network and a port."""
    return _network(draw, 8)


def network16(draw: SuiteDraw) -> SuiteQuestion:
    """A network and a port."""
    return _network(draw, 16)


def network24(draw: SuiteDraw) -> SuiteQuestion:
    """A small network and a port."""
    return _network(draw, 24)


def prefix6(draw: SuiteDraw) -> SuiteQuestion:
    """An IPv6 network, on either side."""
    network = IPv6Network((draw.six, 33 + draw.turn % 8), strict=False)
    first, last = int(network[0]), int(network[-1])
    low, high = f"'{first}'::{{0}}", f"'{last}'::{{0}}"
    where = f"src6 BETWEEN {low} AND {high} OR dst6 BETWEEN {low} AND {high}"
    return _count(f"ip:{network}", where.format("UHUGEINT"), where.format("UInt128"))


def volume(draw: SuiteDraw) -> SuiteQuestion:
    """A range of bytes, and a protocol."""
    low = draw.common.record["bytes"]
    return _count(f"bytes:{low}..{2 * low} proto:udp", f"bytes BETWEEN {low} AND {2 * low} AND protocol = 17")


def either_port(draw: SuiteDraw) -> SuiteQuestion:
    """A port on either side."""
    port = draw.common.busy_port
    return _count(f"port:{port}", f"srcport = {port} OR dstport = {port}")


def not_busy(draw: SuiteDraw) -> SuiteQuestion:
    """All but a host that is seen all the time, at a port."""
    host, port = draw.busy_host, draw.common.busy_port
    number = _number(host)
    known = f"(src4 = {number} OR dst4 = {number})"
    return _count(
        f"NOT ip:{host} dstport:{port}",
        f"{known} IS NOT TRUE AND dstport = {port}",
        f"NOT {known} AND dstport = {port}",
    )


def listed_hosts(draw: SuiteDraw) -> SuiteQuestion:
    """A thousand sources, named in the query."""
    hosts = draw.listed_hosts()
    numbers = ", ".join(str(_number(host)) for host in hosts)
    return _count(f"srcaddr in ({', '.join(hosts)})", f"src4 IN ({numbers})")


def listed_networks(draw: SuiteDraw) -> SuiteQuestion:
    """Ten thousand networks of sources, from a list that the engines know.

    The peers join the distinct sources with the list: per record that takes them three to five times as long.
    """
    networks = Networks.of(f"networks-{draw.seed}-{draw.turn}", draw.listed_networks())
    sources = "SELECT 1 AS one, src4, count(*) AS n FROM flows WHERE src4 > 0 GROUP BY src4"
    listed = "SELECT 1 AS one, low, high FROM listed ORDER BY low"
    counted = (
        f"SELECT coalesce(sum(n), 0) FROM ({sources}) AS sources ASOF JOIN ({listed}) AS ranges"
        " ON sources.one = ranges.one AND sources.src4 >= ranges.low WHERE src4 <= high"
    )
    return SuiteQuestion(
        f"src:@{networks.name} | count", (counted,), (counted,), kinds=("number",), networks=networks
    )


def wildcard(draw: SuiteDraw) -> SuiteQuestion:
    """A pattern on a text."""
    interface = draw.common.record["interface_id"]
    head, tail = interface[:6], interface[-2:]
    return _matching(f"interface-id:{head}*{tail}", f"interface_id LIKE '{head}%{tail}'")


def regex(draw: SuiteDraw) -> SuiteQuestion:
    """A regular expression on a text."""
    interface = draw.common.record["interface_id"]
    expression = f"{interface[5:7]}.*[{interface[-1]}{interface[-2]}]$"
    return _matching(
        f"interface-id~/{expression}/",
        f"regexp_matches(interface_id, '{expression}')",
        f"match(interface_id, '{expression}')",
    )


def word(draw: SuiteDraw) -> SuiteQuestion:
    """A word, in whatever text."""
    interface = draw.common.record["interface_id"]
    return _count(interface, " OR ".join(f"{text} = '{interface}'" for text in _TEXTS))


def phrase(draw: SuiteDraw) -> SuiteQuestion:
    """A run of three numbers of the line."""
    words = tuple(draw.common.record[name] for name in ("dstport", "protocol", "packets"))
    alignments = zip(_NUMBERS, _NUMBERS[1:], _NUMBERS[2:], strict=False)
    equal = (zip(alignment, words, strict=True) for alignment in alignments)
    where = " OR ".join("(" + " AND ".join(f"{name} = {value}" for name, value in one) + ")" for one in equal)
    return _count('"{} {} {}"'.format(*words), where)


def window(draw: SuiteDraw) -> SuiteQuestion:
    """Ten minutes, with filters."""
    since, port = draw.common.record["start"], draw.common.busy_port
    return _count(
        f"since {since} until {since + _WINDOW_S} dstport:{port} action:ACCEPT bytes>1000",
        f"start >= {since} AND start < {since + _WINDOW_S}"
        f" AND dstport = {port} AND action = 'ACCEPT' AND bytes > 1000",
    )


def export_some(draw: SuiteDraw) -> SuiteQuestion:
    """All rows of a port and an action, as an Arrow table, newest first."""
    port = draw.common.rejected_port
    return _export(f"dstport:{port} action:REJECT", f"dstport = {port} AND action = 'REJECT'")


def export_many(draw: SuiteDraw) -> SuiteQuestion:
    """A million rows that are all over the log, as an Arrow table, newest first."""
    return _export(f"bytes>={draw.large}", f"bytes >= {draw.large}")


# ---- shapes


def _network(draw: SuiteDraw, prefix: int) -> SuiteQuestion:
    network, port = draw.network("dstaddr", prefix), draw.common.busy_port
    first, last = int(network[0]), int(network[-1])
    sides = " OR ".join(f"{side}4 BETWEEN {first} AND {last}" for side in ("src", "dst"))
    return _count(f"ip:{network} port:{port}", f"({sides}) AND (srcport = {port} OR dstport = {port})")


def _count(flowql: str, where: str, clickhouse_where: str = "") -> SuiteQuestion:
    return SuiteQuestion(
        f"{flowql} | count",
        (f"SELECT count(*) FROM flows WHERE {where}",),
        (f"SELECT count(*) FROM flows WHERE {clickhouse_where or where}",),
        kinds=("number",),
    )


def _matching(flowql: str, where: str, clickhouse_where: str = "") -> SuiteQuestion:
    """Count by the text's distinct values, each of which DuckDB tries once so; ClickHouse does by itself."""
    values = "SELECT interface_id, count(*) AS n FROM flows GROUP BY interface_id"
    return SuiteQuestion(
        f"{flowql} | count",
        (f"SELECT coalesce(sum(n), 0) FROM ({values}) WHERE {where}",),
        (f"SELECT count(*) FROM flows WHERE {clickhouse_where or where}",),
        kinds=("number",),
    )


def _newest(flowql: str, where: str, *, total: bool = False) -> SuiteQuestion:
    newest = f"FROM flows WHERE ({where}) ORDER BY start DESC LIMIT {_NEWEST_COUNT}"
    statements = [f"SELECT {_COLUMNS} {newest}", *([f"SELECT count(*) FROM flows WHERE {where}"] * total)]
    return SuiteQuestion(
        f"{flowql} | head {_NEWEST_COUNT}",
        tuple(statements),
        tuple(statements),
        kinds=_RECORD,
        total=total,
        spine=(_START,),
        tied=f"SELECT {_COLUMNS} FROM flows"
        f" WHERE ({where}) AND start >= (SELECT min(start) FROM (SELECT start {newest}))",
    )


def _export(flowql: str, where: str) -> SuiteQuestion:
    rows = f"SELECT {_COLUMNS} FROM flows WHERE {where} ORDER BY start DESC"
    return SuiteQuestion(flowql, (rows,), (rows,), kinds=_RECORD, as_arrow=True, spine=(_START,))


def _number(host: str) -> int:
    return int(IPv4Address(host))
