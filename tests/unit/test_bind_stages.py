"""Binding stages: the plan's nodes, the columns after each, and the names of computed columns."""

import pytest
from test_bind import bound, refused

from flowql.plan import logical
from flowql.schema import Kind


def plan(text: str) -> str:
    """The last stage of a text's plan."""
    return str(bound(text).plan)


def columns(text: str) -> list[tuple[str, Kind]]:
    """The columns of a text's answer."""
    return [(column.name, column.kind) for column in bound(text).plan.columns]


PLANS = [
    ("* | count", "Aggregate count() as count"),
    ("* | head 20", "Head 20"),
    ("* | head", "Head 10"),
    ("* | sort -bytes, src", "Sort -bytes, srcaddr"),
    ("* | fields start, src, dst", "Project start, srcaddr, dstaddr"),
    ("* | top 5 src", "Top 5 srcaddr by count() as count"),
    ("* | top src by count", "Top 10 srcaddr by count() as count"),
    ("* | top 5 src by bytes", "Top 5 srcaddr by sum(bytes) as sum_bytes"),
    ("* | top 5 src by sum(pkts)", "Top 5 srcaddr by sum(packets) as sum_packets"),
    ("* | top 5 src by count()", "Top 5 srcaddr by count() as count"),
    ("* | stats count()", "Aggregate count() as count"),
    (
        "* | stats count() as n, sum(bytes), dc(dstport) as ports by src, dst",
        "Aggregate count() as n, sum(bytes) as sum_bytes, dc(dstport) as ports by srcaddr, dstaddr",
    ),
    (
        "* | stats count(dport), max(start), min(src)",
        "Aggregate count(dstport) as count_dstport, max(start) as max_start, min(srcaddr) as min_srcaddr",
    ),
    ("* | stats count() by src | sort -count | head 3", "Head 3"),
    ("* | stats count() as bytes by src | sort -octets", "Sort -bytes"),
    ("* | stats count() as src by dst | fields src", "Project src"),
    ("* | stats sum(bytes) as sum by src | fields SUM", "Project sum"),
    ("* | stats sum(bytes) by src | sort -sum-bytes", "Sort -sum_bytes"),
    ("* | top 3 src | sort share", "Sort share"),
    ("* | count | head 1", "Head 1"),
    ("* | fields duration, bps", "Project duration, bps"),
    ("* | tail 3", "Tail 3"),
    ("* | tail", "Tail 10"),
    ("* | dedup src, dst", "Dedup srcaddr, dstaddr"),
    ("* | rename src as source, dst as Target", "Rename srcaddr as source, dstaddr as Target"),
    ("* | rename src as dstaddr, dst as srcaddr", "Rename srcaddr as dstaddr, dstaddr as srcaddr"),
    ("* | facets", "Facets 10"),
    ("* | rare 5 src", "Rare 5 srcaddr by count() as count"),
    ("* | rare src by bytes", "Rare 10 srcaddr by sum(bytes) as sum_bytes"),
    ("* | top src/24 by bytes", "Top 10 srcaddr/24/64 by sum(bytes) as sum_bytes"),
    ("* | top 5 start 1h", "Top 5 start 1h by count() as count"),
    ("* | top src by count() if (bytes>5)", "Top 10 srcaddr by count() if bytes in [6..] as count"),
    ("* | stats count() by srcaddr/24/48, start 5m", "Aggregate count() as count by srcaddr/24/48, start 5m"),
    ("* | stats dc(ip), count() by net/16", "Aggregate dc(ip) as dc_ip, count() as count by net/16/64"),
    (
        "* | stats p95(bytes), p50(duration) as mid, first(action), last(src), values(dport) by src",
        "Aggregate p95(bytes) as p95_bytes, p50(duration) as mid, first(action) as first_action, last(srcaddr) as last_srcaddr, values(dstport) as values_dstport by srcaddr",
    ),
    (
        "* | stats count() if (action:REJECT) as bad, sum(bytes) as b if (dport:22 OR dport:23) by src",
        'Aggregate count() if action has "REJECT" as bad, sum(bytes) if dstport in [22..23] as b by srcaddr',
    ),
    ("* | stats count() if (*)", "Aggregate count() as count"),
    ("* | eval ip = srcaddr | top ip", "Top 10 ip by count() as count"),
    ("* | stats count() as n by src | rename n as N | sort -N", "Sort -N"),
]


@pytest.mark.parametrize(("text", "expected"), PLANS, ids=[text for text, _ in PLANS])
def test_plan(text: str, expected: str) -> None:
    assert plan(text) == expected


def test_the_whole_plan() -> None:
    assert logical.render(bound("REJECT dstport:22 | stats count() by src | head 3").plan).splitlines()[
        :2
    ] == [
        "Head 3",
        "  Aggregate count() as count by srcaddr",
    ]


def test_a_computed_field_that_rows_are_sorted_by_is_not_among_their_columns() -> None:
    query = bound("REJECT | sort -duration | head 3").plan
    assert [type(node).__name__ for node in logical.chain(query)] == [
        "Scan",
        "Filter",
        "Compute",
        "Sort",
        "Head",
        "Project",
    ]
    assert query.columns == bound("REJECT").plan.columns


def test_columns_are_typed() -> None:
    assert columns("* | fields start, src") == [("start", Kind.TIME), ("srcaddr", Kind.ADDRESS)]
    assert columns("* | top 3 dport by bytes") == [
        ("dstport", Kind.PORT),
        ("sum_bytes", Kind.COUNT),
        ("share", Kind.REAL),
    ]
    assert columns(
        "* | stats avg(duration), sum(duration), sum(bpp), p95(start), p50(bpp) by src/24, start 1h"
    ) == [
        ("srcaddr", Kind.NETWORK),
        ("start", Kind.TIME),
        ("avg_duration", Kind.DURATION),
        ("sum_duration", Kind.DURATION),
        ("sum_bpp", Kind.REAL),
        ("p95_start", Kind.TIME),
        ("p50_bpp", Kind.REAL),
    ]
    assert columns("* | stats first(src), last(proto), values(bytes), p99(bytes), max(duration)") == [
        ("first_srcaddr", Kind.ADDRESS),
        ("last_protocol", Kind.PROTOCOL),
        ("values_bytes", Kind.TEXT),
        ("p99_bytes", Kind.COUNT),
        ("max_duration", Kind.DURATION),
    ]
    assert columns("* | top 3 ip/24 by bps") == [
        ("ip", Kind.NETWORK),
        ("sum_bps", Kind.REAL),
        ("share", Kind.REAL),
    ]
    assert columns("* | facets") == [
        ("field", Kind.TEXT),
        ("value", Kind.TEXT),
        ("count", Kind.COUNT),
        ("share", Kind.REAL),
    ]
    assert columns("* | fields src, bytes | rename src as s") == [("s", Kind.ADDRESS), ("bytes", Kind.COUNT)]
    assert columns("* | fields duration, bpp, src-zone") == [
        ("duration", Kind.DURATION),
        ("bpp", Kind.REAL),
        ("src-zone", Kind.TEXT),
    ]
    assert columns("* | stats avg(bytes), min(start), dc(src), max(action) by dport") == [
        ("dstport", Kind.PORT),
        ("avg_bytes", Kind.REAL),
        ("min_start", Kind.TIME),
        ("dc_srcaddr", Kind.COUNT),
        ("max_action", Kind.TEXT),
    ]


REFUSALS = [
    ("* | fields srcadr", "unknown-field", "* | fields srcaddr"),
    ("* | fields src, dst, srcaddr", "duplicate-column", "* | fields src, dst"),
    ("* | sort zzz", "unknown-field", None),
    ("* | stats count() by src | sort -bytes", "unknown-column", None),
    (
        "* | stats sum(bytes) as total by src | sort -totl",
        "unknown-column",
        "* | stats sum(bytes) as total by src | sort -total",
    ),
    (
        "* | stats count(), sum(bytes) as count_2, count()",
        "duplicate-column",
        "* | stats count(), sum(bytes) as count_2, count() as count_3",
    ),
    ("* | stats count(), count()", "duplicate-column", "* | stats count(), count() as count_2"),
    (
        "* | stats count() as src, sum(bytes) as src",
        "duplicate-column",
        "* | stats count() as src, sum(bytes) as src_2",
    ),
    ("* | stats count() as srcaddr by src", "duplicate-column", "* | stats count() as srcaddr_2 by src"),
    ("* | stats count() by src, srcaddr", "duplicate-column", "* | stats count() by src"),
    ("* | stats sum(dport) by src", "bad-aggregate", "* | stats dc(dstport) by src"),
    ("* | stats avg(action)", "bad-aggregate", "* | stats dc(action)"),
    ("* | stats max(ip)", "not-supported", "* | stats max(srcaddr)"),
    ("* | fields ip", "not-supported", "* | fields srcaddr"),
    ("* | sort port", "not-supported", "* | sort srcport"),
    ("* | dedup ip", "not-supported", "* | dedup srcaddr"),
    ("* | rename ip as x", "not-supported", "* | rename srcaddr as x"),
    ("* | stats dc(ip) by net, port", "not-supported", "* | stats dc(ip) by net, srcport"),
    ("* | fields srcaddr | top ip", "not-supported", "* | fields srcaddr | top srcaddr"),
    (
        "* | stats count() by srcaddr, dstaddr | top ip",
        "not-supported",
        "* | stats count() by srcaddr, dstaddr | top srcaddr",
    ),
    ("* | stats count() by srcaddr/48", "bad-prefix-length", "* | stats count() by srcaddr/32/48"),
    ("* | stats count() by srcaddr/200", "bad-prefix-length", "* | stats count() by srcaddr/32/128"),
    ("* | stats count() by srcaddr/24/129", "bad-prefix-length", "* | stats count() by srcaddr/24/128"),
    ("* | stats count() by bytes/24", "bad-key", "* | stats count() by bytes"),
    ("* | stats count() by action 5m", "bad-key", "* | stats count() by action"),
    ("* | stats count() by start 36h", "bad-bucket", "* | stats count() by start 1d"),
    (
        "* | stats count() by srcaddr, srcaddr/24",
        "duplicate-column",
        "* | eval srcaddr_24 = prefix(srcaddr, 24, 64) | stats count() by srcaddr, srcaddr_24",
    ),
    (
        "* | stats count() by start 1h, start 5m",
        "duplicate-column",
        "* | eval start_5m = bucket(start, 5m) | stats count() by start 1h, start_5m",
    ),
    ("* | stats p95(dport) by src", "bad-aggregate", "* | stats dc(dstport) by src"),
    ("* | stats p95(src)", "bad-aggregate", "* | stats dc(srcaddr)"),
    ("* | stats p95(action) as x", "bad-aggregate", "* | stats dc(action) as x"),
    ("* | stats p50(proto)", "bad-aggregate", "* | stats dc(protocol)"),
    ("* | fields action | stats first(action)", "missing-start", None),
    ("* | rename start as begin | stats last(action)", "missing-start", None),
    ("* | rename src as dstaddr", "duplicate-column", "* | rename src as dstaddr_2"),
    ("* | rename src as a, dst as a", "duplicate-column", "* | rename src as a, dst as a_2"),
    ("* | rename src as a, srcaddr as b", "duplicate-column", "* | rename src as a"),
    ("* | rename src as duration", "duplicate-column", "* | rename src as duration_2"),
    ("* | rename duration as d", "not-supported", "* | eval d = duration"),
    ("* | rename srcadr as d", "unknown-field", "* | rename srcaddr as d"),
    ("* | dedup src, srcaddr", "duplicate-column", "* | dedup src"),
    ("* | rare 3 src by dport", "bad-measure", "* | rare 3 src by count()"),
    ("* | rare 3 src by avg(bytes)", "bad-measure", "* | stats avg(bytes) by src | sort avg_bytes | head 3"),
    ("* | top src by duration", "bad-measure", "* | top src by count()"),
    (
        "* | top src/24 by max(bytes)",
        "bad-measure",
        "* | stats max(bytes) by src/24 | sort -max_bytes | head 10",
    ),
    ("* | top 3 src by dport", "bad-measure", "* | top 3 src by count()"),
    ("* | top 3 src by avg(bytes)", "bad-measure", "* | stats avg(bytes) by src | sort -avg_bytes | head 3"),
    ("* | stats avg(bytes) as share by src | top 3 share", "duplicate-column", None),
]


@pytest.mark.parametrize(("text", "code", "proposal"), REFUSALS, ids=[text for text, *_ in REFUSALS])
def test_refused_stages(text: str, code: str, proposal: str | None) -> None:
    (error,) = refused(text)
    assert (error.code, error.proposal) == (code, proposal)


def test_a_dropped_field_is_told_from_an_unknown_one() -> None:
    text = "* | stats count() as n by src | sort -bytes"
    assert refused(text)[0].render(text) == (
        'error: unknown column "bytes"\n'
        "  * | stats count() as n by src | sort -bytes\n"
        "                                        ^^^^^\n"
        "  bytes is a field of the records, but the columns here are srcaddr, n"
    )


def test_a_port_is_not_added_up() -> None:
    text = "* | stats sum(dport)"
    assert refused(text)[0].render(text) == (
        "error: sum adds counts, but dstport is a port\n"
        "  * | stats sum(dport)\n"
        "                ^^^^^\n"
        "  sum takes packets, bytes; dc(dstport) counts distinct values\n"
        "  try: * | stats dc(dstport)"
    )


def test_stages_behind_a_refused_one_are_not_judged() -> None:
    assert [error.code for error in refused("dsport:22 | fields srcadr | sort zzz")] == [
        "unknown-field",
        "unknown-field",
    ]


def notes(text: str) -> list[tuple[str, str, str]]:
    """The notes of a text, each with what it stands at."""
    return [(note.code, text[note.span.start : note.span.end], note.message) for note in bound(text).notes]


NOTES = [
    ("* | top ip", [("either-side-key", "ip", "a record counts once for each of its different addresses")]),
    (
        "* | stats count() by port",
        [("either-side-key", "port", "a record counts once for each of its different ports")],
    ),
    (
        "* | stats dc(net)",
        [("either-side-key", "net", "a record counts once for each of its different addresses")],
    ),
    (
        "* | head 5 | stats sum(bytes)",
        [("truncated-input", "sum(bytes)", "the sum is over the rows that head 5 left")],
    ),
    ("* | tail 5 | count", [("truncated-input", "count", "the count is over the rows that tail 5 left")]),
    (
        "* | dedup src, dst | stats p95(bytes) as x by src",
        [
            (
                "truncated-input",
                "p95(bytes) as x",
                "the percentile is over the rows that dedup srcaddr, dstaddr left",
            )
        ],
    ),
    (
        "* | top 5 src/24 | stats avg(count)",
        [("truncated-input", "avg(count)", "the average is over the rows that top 5 srcaddr left")],
    ),
    (
        "* | rare 5 action | stats sum(count)",
        [("truncated-input", "sum(count)", "the sum is over the rows that rare 5 action left")],
    ),
    (
        "* | facets 3 | stats sum(count)",
        [("truncated-input", "sum(count)", "the sum is over the rows that facets 3 left")],
    ),
    ("* | head 5 | top src", [("truncated-input", "top src", "the count is over the rows that head 5 left")]),
    ("* | head 5 | stats max(bytes), values(action)", []),
    ("* | stats sum(bytes) | head 5", []),
]


@pytest.mark.parametrize(("text", "expected"), NOTES, ids=[text for text, _ in NOTES])
def test_notes_of_stages(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert notes(text) == expected


def test_facets_do_not_see_the_computed_fields_that_rows_were_sorted_by() -> None:
    chained = logical.chain(bound("* | sort -duration | facets").plan)
    assert [type(node).__name__ for node in chained] == ["Scan", "Compute", "Sort", "Project", "Facets"]
    assert chained[-2].columns == bound("*").plan.columns


def test_a_condition_can_ask_for_computed_fields() -> None:
    chained = logical.chain(bound("* | stats count() if (duration>5m)").plan)
    assert [str(node) for node in chained[1:]] == [
        "Compute duration",
        "Aggregate count() if duration in [300.000000001s..] as count",
    ]


def test_stages_without_end_are_refused() -> None:
    (error,) = refused("*" + " | head 5" * 101)
    assert error.message == "a query has at most 100 stages, found 101 (limit: stage_count_max)"


def test_what_a_refused_filter_of_a_stage_says_does_not_hide_the_next_stage() -> None:
    assert [error.code for error in refused("* | where bytez>3 | stats sum(dport)")] == [
        "unknown-field",
        "bad-aggregate",
    ]
