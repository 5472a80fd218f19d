"""Folders for stores that are soon gone."""

import os
from pathlib import Path
from tempfile import mkdtemp

_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - mkdtemp makes the folder, and makes it private
"""A file system in memory, where there is one: a commit waits for the disk, and there are hundreds."""


def scratch_folder(name: str) -> Path:
    """A new folder, which its user removes."""
    return Path(mkdtemp(prefix=f"flowql-{name}-", dir=_MEMORY))
