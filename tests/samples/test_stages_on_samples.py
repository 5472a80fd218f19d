"""Questions with stages over real files, answered again by loops of plain Python over the records.

Each is asked on both roads. The files are never copied into the project; without the folder these tests are
skipped.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest

import flowql
from flowql.engine import Engine
from flowql.lists import Lists
from oracle.scratch import scratch_folder
from samples.plain import newest_first, read_plain
from samples.test_samples import LUFLOW, SAMPLES, SMALL, ZEEK

Record: TypeAlias = Mapping[str, Any]
Records: TypeAlias = Sequence[Record]
Rows: TypeAlias = list[tuple[Any, ...]]
Groups: TypeAlias = list[tuple[tuple[Any, ...], list[Record]]]
KeyOf: TypeAlias = Callable[[Record], Any]

NETWORKS = [
    ("10.0.0.0/8", "inside"),
    ("10.0.0.238/32", "proxy"),
    ("45.0.0.0/16", "guests"),
    ("2600::/12", "six"),
]
FILES = {"zeek": [ZEEK], "luflow": [LUFLOW], "small": SMALL}
TOPICS = list(FILES)

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason=f"the sample files are not here: {SAMPLES}")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """A store with a topic for each big file and one for all the small ones, and the list @networks."""
    with scratch_folder("stages-on-samples") as folder:
        entries = [f"{network},{owner}\n" for network, owner in NETWORKS]
        (folder / "networks.csv").write_text("network,owner\n" + "".join(entries))
        with flowql.open(folder / "store", lists=Lists(folder)) as opened:
            for topic, names in FILES.items():
                opened.ingest([SAMPLES / name for name in names], topic=topic)
            yield opened


@pytest.fixture(scope="module")
def records() -> dict[str, Records]:
    """The records by topic, in the order of the lines; a field that a layout lacks is missing."""
    found: dict[str, Records] = {}
    for topic, names in FILES.items():
        files = [read_plain(SAMPLES / name) for name in names]
        fields = list(dict.fromkeys(name for file in files for name in file.names))
        found[topic] = [{field: r.get(field) for field in fields} for file in files for r in file.records]
    return found


# ---- answers in plain Python


def _field(name: str) -> KeyOf:
    return lambda record: record[name]


def _duration(record: Record) -> int | None:
    return None if record["start"] is None else int(record["end"] - record["start"])


@cache
def _place(address: str) -> int:
    value = ip_address(address)
    return int(value) + (0xFFFF << 32 if value.version == 4 else 0)


@cache
def _network(address: str | None, bits: int, bits_of_ipv6: int = 64) -> str | None:
    if address is None:
        return None
    value = ip_address(address)
    return str(ip_network((value, bits if value.version == 4 else bits_of_ipv6), strict=False))


def _pair(record: Record) -> str | None:
    ends = [record["srcaddr"], record["dstaddr"]]
    return None if None in ends else " <-> ".join(sorted(ends, key=_place))


def _hour(zone: str, width_s: int = 3600) -> KeyOf:
    @cache
    def beginning(start: int | None) -> int | None:
        if start is None:
            return None
        offset = datetime.fromtimestamp(start, ZoneInfo(zone)).utcoffset()
        shift = int(offset.total_seconds()) if offset else 0
        return (start + shift) // width_s * width_s - shift

    return lambda record: beginning(record["start"])


@cache
def _owner(address: str | None) -> str | None:
    held = [(ip_network(block), owner) for block, owner in NETWORKS] if address else []
    holding = [(block.prefixlen, owner) for block, owner in held if ip_address(str(address)) in block]
    return max(holding)[1] if holding else None


@cache
def _order(value: Any) -> tuple[Any, ...]:
    """Ascending, missing last: addresses and networks as such, other texts and numbers as they are."""
    if value is None:
        return (1,)
    address, _, bits = str(value).partition("/")
    if isinstance(value, str) and (address.count(".") == 3 or ":" in address) and " " not in address:
        return (0, _place(address), int(bits or 0))
    return (0, value)


def _groups(records: Records, *keys: KeyOf) -> Groups:
    found: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in records:
        found[tuple(key(record) for key in keys)].append(record)
    return sorted(found.items(), key=lambda item: [_order(value) for value in item[0]])


def _present(records: Records, of: str | KeyOf) -> list[Any]:
    key = _field(of) if isinstance(of, str) else of
    return [value for value in map(key, records) if value is not None]


def _sum(records: Records, of: str | KeyOf) -> int | None:
    values = _present(records, of)
    return sum(values) if values else None


def _percentile(percent: int, values: list[Any]) -> Any:
    return sorted(values)[math.ceil(Fraction(percent * len(values), 100)) - 1] if values else None


def _distinct(records: Records, *fields: str) -> int:
    return len({value for field in fields for value in _present(records, field)})


def _listed(records: Records, field: str) -> str | None:
    return ", ".join(map(str, sorted(set(_present(records, field)), key=_order))) or None


def _top(sums: Mapping[Any, int | None], total: int, sign: int = -1) -> Rows:
    ranked = sorted(sums.items(), key=lambda item: (item[1] is None, sign * (item[1] or 0), _order(item[0])))
    return [(key, value, None if value is None else value / total) for key, value in ranked[:10]]


def _sides(records: Records, *fields: str) -> dict[Any, list[Record]]:
    found: dict[Any, list[Record]] = defaultdict(list)
    for record in records:
        for value in {record[field] for field in fields} - {None} or {None}:
            found[value].append(record)
    return found


def _refused(records: Records) -> list[Record]:
    return [record for record in records if record["action"] == "REJECT"]


def _first_of_each(records: Records, *fields: str) -> list[Record]:
    seen: dict[tuple[Any, ...], Record] = {}
    for record in records:
        seen.setdefault(tuple(record[field] for field in fields), record)
    return list(seen.values())


def _scanners(records: Records) -> set[str]:
    return {
        key for (key,), held in _groups(records, _field("srcaddr")) if _distinct(held, "dstport") > 1 and key
    }


def _chart(
    records: Records, time: KeyOf, width_s: int, key: KeyOf
) -> Iterator[tuple[int, Any, list[Record]]]:
    held = dict(_groups(records, time, key))
    values = [value for (value,), _ in _groups(records, key)]
    times = [begin for begin, _ in held if begin is not None]
    for begin in range(min(times), max(times) + 1, width_s):
        for value in values:
            yield begin, value, held.get((begin, value), [])


# ---- the same question to each topic

QUESTIONS: dict[str, Callable[[Records], Rows]] = {
    "* | top srcaddr by bytes": lambda rs: _top(
        {key: _sum(held, "bytes") for (key,), held in _groups(rs, _field("srcaddr"))}, _sum(rs, "bytes") or 0
    ),
    "* | rare dstaddr by packets": lambda rs: _top(
        {key: _sum(held, "packets") for (key,), held in _groups(rs, _field("dstaddr"))},
        _sum(rs, "packets") or 0,
        sign=1,
    ),
    "* | top ip by bytes": lambda rs: _top(
        {key: _sum(held, "bytes") for key, held in _sides(rs, "srcaddr", "dstaddr").items()},
        _sum(rs, "bytes") or 0,
    ),
    "* | top port": lambda rs: _top(
        {key: len(held) for key, held in _sides(rs, "srcport", "dstport").items()}, len(rs)
    ),
    "* | stats count() as n, dc(dstport), dc(ip) by ip": lambda rs: [
        (key, len(held), _distinct(held, "dstport"), _distinct(held, "srcaddr", "dstaddr"))
        for key, held in sorted(_sides(rs, "srcaddr", "dstaddr").items(), key=lambda item: _order(item[0]))
    ],
    "* | stats count() as n, sum(bytes) as b by conversation | sort -b, -n, conversation": lambda rs: sorted(
        [(key, len(held), _sum(held, "bytes")) for (key,), held in _groups(rs, _pair)],
        key=lambda row: (row[2] is None, -(row[2] or 0), -row[1], row[0] is None, row[0]),
    ),
    "* | stats dc(dstport) as ports, dc(dstaddr) as hosts by srcaddr | where ports>1 | sort -ports": lambda rs: (
        sorted(
            [
                (key, _distinct(held, "dstport"), _distinct(held, "dstaddr"))
                for (key,), held in _groups(rs, _field("srcaddr"))
                if _distinct(held, "dstport") > 1
            ],
            key=lambda row: -row[1],
        )
    ),
    "* | stats p1(bytes), p50(bytes), p95(packets), p99(duration), max(duration) by protocol": lambda rs: [
        (
            key,
            _percentile(1, _present(held, "bytes")),
            _percentile(50, _present(held, "bytes")),
            _percentile(95, _present(held, "packets")),
            _percentile(99, _present(held, _duration)),
            max(_present(held, _duration), default=None),
        )
        for (key,), held in _groups(rs, _field("protocol"))
    ],
    "tz Asia/Kolkata | stats count() as n, sum(bytes) by action, start 1h": lambda rs: [
        (*keys, len(held), _sum(held, "bytes"))
        for keys, held in _groups(rs, _field("action"), _hour("Asia/Kolkata"))
    ],
    "REJECT | stats count() as n, dc(srcaddr) by srcaddr/24": lambda rs: [
        (key, len(held), _distinct(held, "srcaddr"))
        for (key,), held in _groups(_refused(rs), lambda r: _network(r["srcaddr"], 24))
    ],
    "* | stats count() as n, sum(bytes) by dstaddr/16/48, protocol": lambda rs: [
        (*keys, len(held), _sum(held, "bytes"))
        for keys, held in _groups(rs, lambda r: _network(r["dstaddr"], 16, 48), _field("protocol"))
    ],
    "start:* | stats min(start), max(start), first(dstport), last(dstport), values(protocol) by srcaddr": lambda rs: [
        (
            key,
            min(_present(held, "start")),
            max(_present(held, "start")),
            next(iter(_present(newest_first(held)[::-1], "dstport")), None),
            next(iter(_present(newest_first(held), "dstport")), None),
            _listed(held, "protocol"),
        )
        for (key,), held in _groups([r for r in rs if r["start"] is not None], _field("srcaddr"))
    ],
    "* | stats values(dstport), values(dstaddr) by srcport, srcaddr | tail 500": lambda rs: [
        (*keys, _listed(held, "dstport"), _listed(held, "dstaddr"))
        for keys, held in _groups(rs, _field("srcport"), _field("srcaddr"))
    ][-500:],
    "* | fields srcaddr, dstport, action, log-status, packets | facets 4": lambda rs: [
        (field, None if value is None else str(value), count, count / len(rs))
        for field in ("srcaddr", "dstport", "action", "log-status", "packets")
        for value, count in sorted(
            Counter(r[field] for r in rs).items(), key=lambda item: (-item[1], _order(item[0]))
        )[:4]
    ],
    "* | dedup srcaddr, protocol | fields srcaddr, protocol, start, dstport": lambda rs: [
        (r["srcaddr"], r["protocol"], r["start"], r["dstport"])
        for r in _first_of_each(newest_first(list(rs)), "srcaddr", "protocol")
    ],
    "* | sort bytes | tail 12 | fields bytes, start, srcport": lambda rs: [
        (r["bytes"], r["start"], r["srcport"])
        for r in sorted(newest_first(list(rs)), key=lambda r: _order(r["bytes"]))[-12:]
    ],
    "* | lookup @networks on srcaddr as src | lookup @networks on dstaddr as dst"
    " | stats count() as n, sum(bytes) by src-owner, dst-owner": lambda rs: [
        (*keys, len(held), _sum(held, "bytes"))
        for keys, held in _groups(rs, lambda r: _owner(r["srcaddr"]), lambda r: _owner(r["dstaddr"]))
    ],
    "srcaddr in (* | stats dc(dstport) as n by srcaddr | where n>1 | fields srcaddr)"
    " | stats count() as n, sum(bytes) by dstaddr": lambda rs: [
        (key, len(held), _sum(held, "bytes"))
        for (key,), held in _groups(
            [r for scanners in [_scanners(rs)] for r in rs if r["srcaddr"] in scanners], _field("dstaddr")
        )
    ],
    "* | select protocol, count(*) filter (where action = 'REJECT') as r, max(\"dst-port\") as p group by protocol": (
        lambda rs: [
            (key, len(_refused(held)), max(_present(held, "dstport"), default=None))
            for (key,), held in _groups(rs, _field("protocol"))
        ]
    ),
    "* | eval size = bytes / packets, rate = bytes / (end - start) | fields size, rate | head 3000": lambda rs: [
        (
            r["bytes"] / r["packets"] if r["packets"] and r["bytes"] is not None else None,
            r["bytes"] / span if (span := _duration(r)) and r["bytes"] is not None else None,
        )
        for r in newest_first(list(rs))[:3000]
    ],
    "* | where duration>=20s bytes>$least | stats count() as n, p90(bpp) by protocol": lambda rs: [
        (key, len(held), _percentile(90, [r["bytes"] / r["packets"] for r in held if r["packets"]]))
        for (key,), held in _groups(
            [r for r in rs if (_duration(r) or 0) >= 20 and (r["bytes"] or 0) > 400], _field("protocol")
        )
    ],
    "* | stats count() if (action:REJECT) as r, sum(bytes) if (dstport<1024) as low by interface-id": lambda rs: [
        (
            key,
            len(_refused(held)),
            _sum([r for r in held if r["dstport"] is not None and r["dstport"] < 1024], "bytes"),
        )
        for (key,), held in _groups(rs, _field("interface-id"))
    ],
    "* | stats min(start) as s, sum(bytes) as b by srcaddr | stats count() as hosts, sum(b) by s 5m": lambda rs: [
        (key, len(held), _sum(held, "bytes"))
        for (key,), held in _groups(
            [
                {"start": min(_present(held, "start"), default=None), "bytes": _sum(held, "bytes")}
                for _, held in _groups(rs, _field("srcaddr"))
            ],
            _hour("UTC", 300),
        )
    ],
}


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("text", QUESTIONS)
def test_answers_are_those_of_plain_python(
    engine: Engine, records: dict[str, Records], topic: str, text: str
) -> None:
    """Whole numbers and texts exactly, real numbers to nine digits."""
    expected = QUESTIONS[text](records[topic])
    assert expected
    _compare(engine, f"from {topic} {text}", expected)


@pytest.mark.parametrize("topic", ["zeek", "luflow"])
@pytest.mark.parametrize(
    ("zone", "width", "width_s"), [("Europe/Berlin", "1h", 3600), ("Asia/Kolkata", "10m", 600)]
)
def test_a_chart_has_every_bucket_and_key(
    engine: Engine, records: dict[str, Records], topic: str, zone: str, width: str, width_s: int
) -> None:
    """Those without a record too, on the clock of a place."""
    expected = [
        (begin, key, len(held), _sum(held, "bytes"), _percentile(95, _present(held, "packets")))
        for begin, key, held in _chart(records[topic], _hour(zone, width_s), width_s, _field("protocol"))
    ]
    text = f"from {topic} tz {zone} | timechart {width} count() as n, sum(bytes), p95(packets) by protocol"
    _compare(engine, text, expected)


def test_a_chart_of_whole_flows_counts_what_reaches_into_the_range(
    engine: Engine, records: dict[str, Records]
) -> None:
    """With `match overlap` records that began before the range are in their own buckets."""
    starts = sorted(r["start"] for r in records["luflow"])
    low = starts[len(starts) // 3]
    matching = [r for r in records["luflow"] if r["start"] < low + 600 and r["end"] >= low]
    begun = [r for r in matching if r["start"] < low]
    assert begun
    text = f"from luflow since {low} until {low + 600} match overlap | timechart 5m count() as n | where n>0"
    charted = [(key, len(held)) for (key,), held in _groups(matching, _hour("UTC", 300))]
    _compare(engine, text, charted)


@pytest.mark.parametrize(
    "field", ["tcp-flags", "flow-direction", "pkt-srcaddr", "vpc-id", "region", "tgw-id", "ecs-cluster-name"]
)
def test_groups_by_fields_of_other_layouts(engine: Engine, records: dict[str, Records], field: str) -> None:
    """Records of layouts without the field are the group of what is missing."""
    expected = [
        (
            key,
            len(held),
            _sum(held, "bytes"),
            max(_present(held, "end"), default=None),
            _listed(held, "tcp-flags"),
        )
        for (key,), held in _groups(records["small"], _field(field))
    ]
    assert expected[-1][0] is None
    text = f"from small | stats count() as n, sum(bytes), max(end), values(tcp-flags) by {field}"
    _compare(engine, text, expected)


@pytest.mark.parametrize(("flag", "bit"), [("fin", 1), ("syn", 2), ("ack", 16)])
def test_flags_in_the_search_in_where_and_in_a_condition(
    engine: Engine, records: dict[str, Records], flag: str, bit: int
) -> None:
    """A flag is a bit of the number."""
    raised = [r for r in records["small"] if (r["tcp-flags"] or 0) & bit]
    assert raised
    by_flags = [(key, len(held)) for (key,), held in _groups(raised, _field("tcp-flags"))]
    _compare(engine, f"from small tcp-flags:{flag} | stats count() as n by tcp-flags", by_flags)
    _compare(engine, f"from small | where tcp-flags:{flag} | stats count() as n by tcp-flags", by_flags)
    text = f"from small | stats count() if (NOT tcp-flags:{flag}) as n"
    _compare(engine, text, [(len(records["small"]) - len(raised),)])


def test_records_without_traffic_or_without_a_start(engine: Engine, records: dict[str, Records]) -> None:
    """They count, and add nothing."""
    idle = [r for r in records["small"] if r["log-status"] in ("NODATA", "SKIPDATA")]
    expected = [
        (*keys, len(held), None, None, 0)
        for keys, held in _groups(idle, _field("log-status"), _hour("UTC", 86_400))
    ]
    text = "log-status in (NODATA, SKIPDATA) | stats count() as n, sum(bytes), p50(packets), dc(srcaddr)"
    _compare(engine, f"from small {text} by log-status, start 1d", expected)
    timeless = [r for r in records["small"] if r["start"] is None]
    text = (
        "from small start:- | stats count() as n, sum(packets-lost-no-route), first(tgw-id), values(tgw-id)"
    )
    _compare(engine, text, [(len(timeless), 13, None, "00000000")])


def test_topics_of_several_layouts_at_once(engine: Engine, records: dict[str, Records]) -> None:
    """A field that a topic lacks is missing in its records."""
    total = [{"topic": topic, "tcp-flags": None, **r} for topic in TOPICS for r in records[topic]]
    expected = [
        (
            *keys,
            len(held),
            _sum(held, "bytes"),
            _distinct(held, "srcaddr"),
            _percentile(99, _present(held, "bytes")),
        )
        for keys, held in _groups(total, _field("protocol"), _field("topic"), _field("tcp-flags"))
    ]
    text = "from * | stats count() as n, sum(bytes), dc(srcaddr), p99(bytes) by protocol, topic, tcp-flags"
    _compare(engine, text, expected)


def _compare(engine: Engine, text: str, expected: Rows) -> None:
    params = {"least": 400} if "$least" in text else {}
    automatic = [tuple(row.values()) for row in engine.search(text, params=params)]
    residual = [tuple(row.values()) for row in engine.search(text, params=params, road="residual")]
    for rows in (automatic, residual):
        assert len(rows) == len(expected)
        for row, wanted in zip(rows, expected, strict=True):
            assert row == tuple(pytest.approx(v, rel=1e-9) if isinstance(v, float) else v for v in wanted)
