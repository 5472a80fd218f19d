"""What answering a query touches: segments, rows, values and bytes, as a golden file tells it.

Owns the counting. It stands between a query and the arrays of the store's containers, in an engine that was
just opened, so that nothing is known from queries before. No number is of time or of a machine: what
threads would begin ahead is done at once, all of it, and what is touched twice in one place counts once.

    gives     the rows of the answer
    opens     the segments of which any array is touched; every segment's metadata is read besides
    asks      by the profile: how many rows the clauses are asked about, a row once for each clause that it
              gets to, and how many rows are left; a clause may answer from an index without looking at them
    hands     values of arrays handed out: slices and picked items each time, a whole array once. A column
              that is read twice counts twice
    touches   KiB of arrays, each once, by field: what a disk would have to give, but for the pages around it.
              `terms` are the distinct texts of the topic; tantivy's own files are not counted
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from flowql.execution.recorder import Recorder, Step
from flowql.store.container import Container

if TYPE_CHECKING:
    from flowql.engine import Engine

_KIB = 1 << 10


def work_lines(opened: Callable[[], "Engine"], text: str, options: Mapping[str, Any]) -> list[str]:
    """The work of a query, as a golden file tells it; `opened` gives an engine that was just opened."""
    row_count, touched = work(opened, text, options)
    asked_count, left_count = _asked(opened, text, options)
    fields = touched.fields()
    by_field = ", ".join(f"{name} {count:,}" for name, count in sorted(fields.items()))
    return [
        f"gives    {row_count:,} row" + ("s" if row_count != 1 else ""),
        f"opens    {touched.opened_count} of {touched.segment_count} segments",
        f"asks     {asked_count:,} rows, {left_count:,} left",
        f"hands    {touched.value_count:,} values",
        f"touches  {sum(fields.values()):,} KiB" + (f": {by_field}" if fields else ""),
    ]


def work(opened: Callable[[], "Engine"], text: str, options: Mapping[str, Any]) -> "tuple[int, Touched]":
    """The number of rows of an answer, and what was touched for it."""
    with opened() as engine, touching() as touched:
        _without_threads(engine)
        row_count = engine.search(text, **options).to_arrow().num_rows
        segments = [segment for each in engine._snapshots.values() for segment in each.segments]
        touched.segment_count = len(segments)
        touched.check([segment.container for segment in segments])
    return row_count, touched


@dataclass(slots=True)
class Touched:
    """The KiB of each array, counted from its beginning, that were handed out."""

    segment_count: int = 0
    value_count: int = 0
    kibs: dict[tuple[Path, str], NDArray[np.bool_]] = field(default_factory=dict)
    _whole: set[tuple[Path, str]] = field(default_factory=set)

    def add_whole(self, container: Container, name: str, array: NDArray[Any]) -> None:
        """The whole array was handed out, perhaps again."""
        key = container.path, name
        if key not in self._whole:
            self._whole.add(key)
            self.add_part(container, name, 0, len(array))

    def add_part(self, container: Container, name: str, start: int, stop: int) -> None:
        """Items `start` to `stop` were handed out."""
        kibs, size = self._kibs(container, name)
        kibs[start * size // _KIB : -(-stop * size // _KIB) if stop > start else 0] = True
        self.value_count += stop - start

    def add_items(self, container: Container, name: str, places: NDArray[Any]) -> None:
        """The items at places were handed out."""
        kibs, size = self._kibs(container, name)
        kibs[places.astype(np.int64) * size // _KIB] = True
        self.value_count += len(places)

    @property
    def opened_count(self) -> int:
        """The number of segments of which anything was handed out."""
        return len({path for (path, _), kibs in self.kibs.items() if _is_segment(path) and kibs.any()})

    def fields(self) -> dict[str, int]:
        """The KiB of each field; of all containers of texts together."""
        found: dict[str, int] = {}
        for (path, name), kibs in self.kibs.items():
            title = name.partition("/")[0] if _is_segment(path) else "terms"
            found[title] = found.get(title, 0) + int(np.count_nonzero(kibs))
        return {title: count for title, count in found.items() if count}

    def check(self, containers: Iterable[Container]) -> None:
        """Whatever a container has verified belongs to arrays of which something was handed out, and counted.

        It verifies a whole array where much of it is asked for, and the rest of a span.
        """
        for container in containers:
            file = container._file
            size = file.chunk_bytes * file._span_chunks
            known = np.zeros(len(file.verified), bool)
            for (path, name), kibs in self.kibs.items():
                if path == container.path and kibs.any():
                    dtype, offset, length = container._arrays[name]
                    first, last = offset // size, (offset + np.dtype(dtype).itemsize * length - 1) // size
                    known[first * file._span_chunks : (last + 1) * file._span_chunks] = True
            unknown = np.flatnonzero(np.frombuffer(file.verified, bool) & ~known)
            assert not len(unknown), f"{container.path}: chunks {unknown.tolist()} were read, but not counted"

    def _kibs(self, container: Container, name: str) -> tuple[NDArray[np.bool_], int]:
        dtype, _, length = container._arrays[name]
        size = np.dtype(dtype).itemsize
        key = container.path, name
        if key not in self.kibs:
            self.kibs[key] = np.zeros(-(-length * size // _KIB), bool)
        return self.kibs[key], size


@contextmanager
def touching() -> Iterator[Touched]:
    """What containers hand out, from here on to the end of the block."""
    touched = Touched()
    array, part, items = Container.array, Container.part, Container.items

    def counted_array(self: Container, name: str) -> NDArray[Any]:
        found = array(self, name)
        touched.add_whole(self, name, found)
        return found

    def counted_part(self: Container, name: str, start: int, stop: int) -> NDArray[Any]:
        touched.add_part(self, name, start, stop)
        return part(self, name, start, stop)

    def counted_items(self: Container, name: str, places: NDArray[Any]) -> NDArray[Any]:
        touched.add_items(self, name, places)
        return items(self, name, places)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Container, "array", counted_array)
        patch.setattr(Container, "part", counted_part)
        patch.setattr(Container, "items", counted_items)
        yield touched


class _AtOnce:
    """An executor whose work is done when it is given: the most that threads can have done by then."""

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work())
        return done

    def map(self, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return iter([work(item) for item in items])

    def shutdown(self, *, cancel_futures: bool) -> None:
        pass


def _without_threads(engine: "Engine") -> None:
    engine._threads._pool = _AtOnce()  # type: ignore[assignment]


def _asked(opened: Callable[[], "Engine"], text: str, options: Mapping[str, Any]) -> tuple[int, int]:
    """How many rows the clauses are asked about by the profile, and how many rows are left of them."""
    recorder = Recorder()
    with opened() as engine, pytest.MonkeyPatch.context() as patch:
        _without_threads(engine)
        patch.setattr("flowql.execution.recorder.Recorder", lambda: recorder)
        engine.profile(text, **options)
    steps = [step for _, step in recorder.steps]
    return sum(map(_asked_of, steps)), sum(step.row_count for step in steps)


def _asked_of(step: Step) -> int:
    return sum(map(_asked_of, step.items)) if step.items else step.candidate_count


def _is_segment(path: Path) -> bool:
    return path.parent.parent.name == "segments"
