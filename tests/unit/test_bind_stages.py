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
    ("* | stats count() by ip", "not-supported", "* | stats count() by srcaddr"),
    ("* | top 3 port", "not-supported", "* | top 3 srcport"),
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
