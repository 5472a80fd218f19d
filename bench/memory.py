"""The most anonymous memory that a process held in a while.

Owns the sampling, by a thread. What is sampled is read in `machine`.
"""

import threading
from typing import Self

from bench.machine import anonymous_bytes

_SAMPLE_S = 0.020


class PeakMemory(threading.Thread):
    """Samples a process's anonymous memory, this one's by default, until left; a context manager."""

    def __init__(self, process: int | None = None) -> None:
        super().__init__(name="bench-memory", daemon=True)
        self._process = process
        self.peak_bytes = anonymous_bytes(process)
        self._left = threading.Event()

    def run(self) -> None:
        """Sample until it is left."""
        while not self._left.wait(_SAMPLE_S):
            self._sample()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self.join()

    def _sample(self) -> None:
        self.peak_bytes = max(self.peak_bytes, anonymous_bytes(self._process))
