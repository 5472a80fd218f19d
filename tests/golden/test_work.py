"""The counting of work itself, and that a golden file of it shows work that grows."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import flowql
from flowql.engine import Engine
from flowql.store.container import Container, ContainerWriter
from golden.life import BASE_S, DEFAULT_NOW
from golden.made_up import made_up_lines
from golden.script import read_script
from golden.work import touching, work, work_lines
from oracle.scratch import scratch_folder

WORK = Path(__file__).parent / "work.fqt"


@pytest.fixture
def container(tmp_path: Path) -> Container:
    """In a folder as a segment's: 10,000 words of 4 bytes, 3 bytes, and in another span 10,000 words."""
    path = tmp_path / "segments" / "one" / "data"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        writer = ContainerWriter(file)
        writer.add("words/codes", np.arange(10_000, dtype=np.uint32))
        writer.add("few/values", np.arange(3, dtype=np.uint8))
        writer.add("between/codes", np.zeros(1_000_000, np.uint8))
        writer.add("elsewhere/codes", np.arange(10_000, dtype=np.uint32))
        description = writer.describe()
    return Container(path, description)


@pytest.fixture(scope="module")
def store() -> Iterator[Path]:
    """Two segments, one after the other in time."""
    with scratch_folder("work") as folder:
        with flowql.open(folder / "store") as engine:
            for first in (0, 20_000):
                path = folder / f"{first}.log"
                path.write_bytes(made_up_lines(first, first + 20_000, BASE_S))
                engine.ingest([path])
        yield folder / "store"


def test_a_kib_counts_once_and_a_value_each_time(container: Container) -> None:
    with touching() as touched:
        container.part("words/codes", 0, 256)
        container.part("words/codes", 0, 256)
        assert (touched.fields(), touched.value_count) == ({"words": 1}, 512)
        container.part("words/codes", 255, 257)
        assert (touched.fields(), touched.value_count) == ({"words": 2}, 514)
        container.items("words/codes", np.array([9_999, 9_998, 1_000], np.uint32))
        assert (touched.fields(), touched.value_count) == ({"words": 4}, 517)
        container.part("few/values", 2, 2)
        assert touched.fields() == {"words": 4}
        for _ in range(2):
            container.array("words/codes")
            container.array("few/values")
        assert (touched.fields(), touched.value_count) == ({"words": 40, "few": 1}, 10_520)
        assert touched.opened_count == 1
        touched.check([container])


def test_what_is_read_in_a_way_that_is_not_counted_is_told(container: Container) -> None:
    with touching() as touched:
        container.part("words/codes", 0, 1)
        touched.check([container])
        container._verified("elsewhere/codes")
        with pytest.raises(AssertionError, match=r"chunks \[64, 65\] were read, but not counted"):
            touched.check([container])
    container.part("words/codes", 0, 1)
    assert touched.value_count == 1, "nothing is counted after"


def test_work_is_the_same_each_time_and_more_without_the_optimizer(store: Path) -> None:
    def opened() -> Engine:
        return flowql.open(store)

    options = {"now": DEFAULT_NOW}
    newest, none = "action:REJECT | head 50", "src:9.9.9.9 | count"
    assert work_lines(opened, newest, options) == work_lines(opened, newest, options)
    for text, opened_count in ((newest, 1), (none, 0)):
        row_count, touched = work(opened, text, options)
        same_count, more = work(opened, text, options | {"optimized": False})
        assert row_count == same_count
        assert (touched.opened_count, more.opened_count) == (opened_count, 2)
        assert touched.value_count < more.value_count
        assert sum(touched.fields().values()) < sum(more.fields().values())


def test_the_work_of_golden_files_is_for_something() -> None:
    """Each query leaves rows, but for those that show how no segment is opened."""
    blocks = [block for block in read_script(WORK) if block.keyword == "work"]
    empty = [block for block in blocks if any(line.endswith(" 0 left") for line in block.body)]
    assert len(blocks) > 20
    assert len(empty) == 2
    assert all(any(line.startswith("opens    0 of") for line in block.body) for block in empty)


def test_the_made_up_log_follows_from_its_numbers_alone() -> None:
    """Cut anywhere it is the same, and it has what its golden files ask for."""
    text = made_up_lines(0, 4_000, BASE_S)
    assert made_up_lines(0, 1_234, BASE_S) + made_up_lines(1_234, 4_000, BASE_S) == text
    lines = [line.split() for line in text.decode().splitlines()]
    assert len(lines) == 4_000
    assert {len(line) for line in lines} == {14}
    assert sum(line[13] == "NODATA" for line in lines) == 2
    assert 60 < sum(":" in line[3] for line in lines) < 100
    assert 300 < sum(line[12] == "REJECT" for line in lines) < 700
    starts = [int(line[10]) for line in lines]
    assert 0 < sum(start < before for before, start in pairwise(starts)) < 12
