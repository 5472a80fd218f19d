"""Mapped files: bytes in memory that are read from disk when they are asked for, and not much more of them.

Owns the mapping and what the system is told about it. A lookup touches a few bytes in many places, of which
nothing is told by what was touched before; left to itself a system reads up to megabytes around each. So it
is told to read just what is touched, and before a longer part is read, that all of it is wanted.
"""

import ctypes
import mmap
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyarrow as pa

from flowql.errors import Damage, StoreDamagedError

_MADV_POPULATE_READ = 22
"""Of Linux, from 5.14 on: map all pages at once, in a fifth of the time that a fault for each takes."""
_POPULATED_BYTES = 1 << 18


class MappedFile:
    """A file's bytes. They stay valid when the file is removed, and no descriptor is held."""

    def __init__(self, path: Path, byte_count: int) -> None:
        # Arrow's mapping outlives its file; Python's mmap keeps a descriptor open for as long as it lives.
        try:
            with pa.memory_map(str(path)) as file:
                found = file.size()
                if found != byte_count:
                    raise StoreDamagedError(Damage(path, f"{byte_count} bytes", f"{found} bytes"))
                self.buffer = file.read_buffer(found)
        except FileNotFoundError as error:
            raise StoreDamagedError(Damage(path, "a file", "none")) from error
        self._advise(0, byte_count, mmap.MADV_RANDOM)

    def will_read(self, start: int, stop: int) -> None:
        """Have bytes `start` to `stop` read from disk at once, where they are not in memory."""
        stop = min(stop, self.buffer.size)
        self._advise(start, stop, mmap.MADV_WILLNEED)
        if stop - start >= _POPULATED_BYTES and sys.platform == "linux":
            self._advise(start, stop, _MADV_POPULATE_READ)

    def _advise(self, start: int, stop: int, advice: int) -> None:
        first = start - start % mmap.PAGESIZE
        if first < stop:
            # Advice may be refused, and nothing but time depends on it.
            _madvise()(self.buffer.address + first, stop - first, advice)


@cache
def _madvise() -> Callable[[int, int, int], int]:
    """The system's call: Python has it for mappings of its own only."""
    call = ctypes.CDLL(None).madvise
    call.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return call
