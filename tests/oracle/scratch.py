"""Folders for stores that are soon gone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - tempfile makes private folders in it
"""A file system in memory, where there is one: a commit waits for the disk, and there are hundreds."""


@contextmanager
def scratch_folder(name: str) -> Iterator[Path]:
    """A new folder, removed at the end, come what may."""
    with TemporaryDirectory(prefix=f"flowql-{name}-", dir=_MEMORY, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
