"""How long tests wait for what other threads and programs do.

Owns the one limit: far beyond what anything here takes, so that a machine that is busy fails no test.
"""

import time
from collections.abc import Callable

WITHIN_S = 10.0


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)
