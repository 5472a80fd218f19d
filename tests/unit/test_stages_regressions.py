"""Answers of stages that once were wrong or ended in an exception; each test's name says what was."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import flowql
from flowql.errors import LimitError

ROADS: tuple[dict[str, Any], ...] = ({"road": "auto"}, {"optimized": False}, {"road": "residual"})


def line(start: float | str, size: int, packets: int, source: int = 1, port: int = 80) -> str:
    source_text = f"10.{source >> 16}.{source >> 8 & 255}.{source & 255}"
    return f"2 1 eni-1 {source_text} 10.9.9.9 1000 {port} 6 {packets} {size} {start} {start} ACCEPT OK\n"


def store(folder: Path, *commits: Iterable[str], topics: tuple[str, ...] = ()) -> flowql.Engine:
    engine = flowql.open(folder / "store")
    for number, lines in enumerate(commits):
        path = folder / f"{number}.log"
        path.write_text("".join(lines))
        engine.ingest([path], topic=topics[number] if topics else "default/flows")
    return engine


def answers(engine: flowql.Engine, text: str) -> list[list[list[Any]]]:
    return [[list(row.values()) for row in engine.search(text, **road)] for road in ROADS]


def test_facets_of_segments_whose_values_lie_apart_by_other_units(tmp_path: Path) -> None:
    apart = [line(1700000000 + i, size, 1) for i, size in enumerate((1001, 2001, 2001))]
    odd = [line(1700000100 + i, size, 1) for i, size in enumerate((5, 1005))]
    with store(tmp_path, apart, odd) as engine:
        for rows in answers(engine, "* | fields bytes | facets 10"):
            assert [row[1:3] for row in rows] == [["2001", 2], ["5", 1], ["1001", 1], ["1005", 1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from * | sort bytes | head 5 | stats first(packets), last(packets)", [10, 21]),
        ("from * | sort -bytes | head 5 | stats first(packets), last(packets)", [11, 22]),
        ("from * | head 8 | sort bytes | head 5 | stats first(packets), last(packets)", [12, 21]),
    ],
)
def test_first_and_last_of_one_start_go_by_identity_whatever_was_sorted(
    tmp_path: Path, text: str, expected: list[int]
) -> None:
    def of(sizes: tuple[int, ...], packets: int) -> list[str]:
        return [line(1700000000, size, packets + i) for i, size in enumerate(sizes)]

    topics = ("default/flows", "default/b", "default/flows")
    with store(tmp_path, of((5, 9, 1), 0), of((4, 8, 2), 10), of((6, 0, 7), 20), topics=topics) as engine:
        assert answers(engine, text) == [[expected]] * len(ROADS)


def test_percentiles_of_reals_of_both_signs(tmp_path: Path) -> None:
    with store(tmp_path, [line(1700000000 + i, i * 40_000_000, 1) for i in range(2_500)]) as engine:
        text = "* | eval x = bytes * 1.0 - 50000000000 | stats p5(x), p50(x), p95(x)"
        first, *others = answers(engine, text)
        assert first == [[-45_040_000_000.0, -40_000_000.0, 44_960_000_000.0]]
        assert others == [first, first]


def test_percentiles_where_a_segment_gives_no_group(tmp_path: Path) -> None:
    many = [line(1700000000 + i // 40, i % 97, 1, source=i % 4_300) for i in range(40_000)]
    none = [line(1700001000 + i, 1 if i % 2 else 200, 1, port=80 if i % 2 == 0 else 81) for i in range(200)]
    with store(tmp_path, many, none) as engine:
        first, *others = answers(engine, "dstport:80 bytes:<50 | stats p50(bytes) by srcaddr | count")
        assert first == [[4_300]]
        assert others == [first, first]


def test_what_passes_64_bits_in_a_row_that_does_not_match_ends_no_query(tmp_path: Path) -> None:
    sizes = [2**63 - 1 if i % 2 else 5 for i in range(200)]
    with store(tmp_path, [line(1700000000 + i, size, 9) for i, size in enumerate(sizes)]) as engine:
        text = "(bpp:<60 OR pps:>1000) | eval x = bytes * bytes | where x > 1 | stats count()"
        assert list(engine.search(text)) == [{"count": 100}]


@pytest.mark.parametrize("road", ROADS, ids=str)
def test_a_sum_below_64_bits_is_a_limit(tmp_path: Path, road: dict[str, Any]) -> None:
    lines = [line(1700000000 + i, 2**62, 1) for i in range(3)]
    with store(tmp_path, lines) as engine, pytest.raises(LimitError, match="sum_max"):
        list(engine.search("* | eval x = 0 - bytes | stats sum(x)", **road))


def test_projections_alone_in_sql_over_many_rows(tmp_path: Path) -> None:
    with store(tmp_path, [line(1700000000 + i // 100, i, 1) for i in range(70_000)]) as engine:
        batches = engine.search("* | fields bytes, srcaddr", road="residual").batches()
        assert sum(batch.num_rows for batch in batches) == 70_000


def test_a_long_chain_of_reals_is_no_longer_text_of_sql_for_each_sign(tmp_path: Path) -> None:
    with store(tmp_path, [line(1700000000, 5, 2)]) as engine:
        chain = " * ".join(["1.0", *["packets"] * 40])
        assert list(engine.search(f"* | eval x = {chain} | fields x")) == [{"x": 2.0**40}]


@pytest.mark.parametrize("road", ROADS, ids=str)
def test_sums_of_reals_that_pass_a_double_are_missing(tmp_path: Path, road: dict[str, Any]) -> None:
    with store(tmp_path, [line(1700000000 + i, 2**62, 1) for i in range(20)]) as engine:
        chain = "eval a = bytes * 1.0 * bytes, b = a * a, c = b * b, d = c * c, f = d * 300000000"
        assert list(engine.search(f"* | {chain} | stats sum(f), avg(f)", **road)) == [
            {"sum_f": None, "avg_f": None}
        ]
