"""The bar that shows how far an ingestion is: the only module that imports rich.

Owns the look of the bar, on standard error. Knows nothing of what is ingested.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TimeElapsedColumn
from rich.text import Text

from flowql.ingest.report import Progress as Status

_MEGABYTE = 1_000_000


class _Counts(ProgressColumn):
    """Records so far, records and megabytes a second since the beginning."""

    def render(self, task: Task) -> Text:
        elapsed_s = max(task.elapsed or 0.0, 0.001)
        records = int(task.fields["records"])
        rate = f"{records / elapsed_s:,.0f} records/s"
        return Text(f"{records:,} records  {rate}  {task.completed / elapsed_s / _MEGABYTE:,.1f} MB/s")


@contextmanager
def bar() -> Iterator[Callable[[Status], None]]:
    """A bar on standard error, gone when done; yields what takes the news."""
    console = Console(stderr=True)
    columns = (BarColumn(bar_width=24), TaskProgressColumn(), _Counts(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("ingest", total=None, records=0)

        def update(status: Status) -> None:
            progress.update(
                task, completed=status.bytes_done, total=status.bytes_total, records=status.records
            )

        yield update
