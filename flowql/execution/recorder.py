"""What an execution did, for who wants to know why it takes its time: rows and milliseconds, step by step.

Owns the record and its text. It is kept only when a context has a recorder; without one nothing is measured.
A step is a part of a predicate in one segment: it was given candidates and left some of them. Times of steps
lie inside those of the operator that asked, and of threads that ran at once they add up to more than passed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter_ns

import pyarrow as pa

from flowql.plan.physical import PhysicalPlan, SegmentScan

_MILLISECOND_NS = 1_000_000


@dataclass(slots=True)
class Step:
    """A part of a predicate over the rows of one segment, its parts in the order in which they are asked."""

    text: str
    items: tuple["Step", ...] = ()
    call_count: int = 0
    candidate_count: int = 0
    row_count: int = 0
    took_ns: int = 0

    def add(self, candidate_count: int, row_count: int, took_ns: int) -> None:
        """One more call: how many rows it was given, how many of them it left, and how long it took."""
        self.call_count += 1
        self.candidate_count += candidate_count
        self.row_count += row_count
        self.took_ns += took_ns


@dataclass(slots=True)
class _Operator:
    row_count: int = 0
    took_ns: int = 0


@dataclass(slots=True)
class Recorder:
    """The steps of one execution: of each segment by its scan, of operators from the source up."""

    steps: list[tuple[SegmentScan, Step]] = field(default_factory=list)
    operators: dict[int, _Operator] = field(default_factory=dict)

    def batches(self, place: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches of an operator, which are counted and timed; 0 is the source."""
        operator = self.operators.setdefault(place, _Operator())
        while True:
            began = perf_counter_ns()
            batch = next(batches, None)
            operator.took_ns += perf_counter_ns() - began
            if batch is None:
                return
            operator.row_count += batch.num_rows
            yield batch


def profile_text(plan: PhysicalPlan, recorder: Recorder) -> str:
    """The physical plan with what was recorded of each operator, segment and step; some may not have run."""
    lines = []
    nodes = plan.nodes
    for depth, place in enumerate(reversed(range(len(nodes)))):
        operator = recorder.operators.get(place)
        account = f": {_rows(operator.row_count)}, {_ms(operator.took_ns)}" if operator else ""
        lines.append(f"{'  ' * depth}{nodes[place]}{account}")
    indent = "  " * len(lines)
    known = {id(scan): step for scan, step in recorder.steps}
    search = plan.source.search
    lines.append(f"{indent}{search.headline}")
    for scan in search.scans:
        lines += [f"{indent}  {line}" for line in _segment_lines(scan, known.get(id(scan)))]
    lines += [f"{indent}  {pruned}" for pruned in search.pruned]
    return "\n".join(lines)


def _segment_lines(scan: SegmentScan, step: Step | None) -> Iterator[str]:
    if step is None or not step.call_count:
        yield f"{scan}: not asked"
        return
    yield f"{scan}: {_account(step)}"
    # An AND is its parts: they have a line each, and its own account is the segment's.
    for item in step.items or (step,):
        yield from _step_lines(item, 1)


def _step_lines(step: Step, depth: int) -> Iterator[str]:
    account = _account(step) if step.call_count else "not asked"
    yield f"{'  ' * depth}{step.text}: {account}"
    for item in step.items:
        yield from _step_lines(item, depth + 1)


def _account(step: Step) -> str:
    calls = f" in {step.call_count} parts" if step.call_count > 1 else ""
    return f"{step.candidate_count:,} -> {_rows(step.row_count)}{calls}, {_ms(step.took_ns)}"


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _ms(took_ns: int) -> str:
    return f"{took_ns / _MILLISECOND_NS:.1f} ms"
