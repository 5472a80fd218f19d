"""Roaring's portable form, as its specification (RoaringFormatSpec) has it, from arrays.

Owns the form: a cookie, (key, cardinality - 1) pairs, offsets, containers of 65,536 rows each: bits, runs, or
a list of few rows. Knows nothing of docsets, nor of the library that reads the form, too.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

CONTAINER_ROWS = 1 << 16
ARRAY_MAX = 4096
"""Rows up to which a container is a list of them."""
_COOKIE_NO_RUNS = 12346


def portable(keys: NDArray[Any], counts: NDArray[np.int64], containers: list[bytes]) -> bytes:
    """Roaring's portable form without runs: cookie, (key, cardinality - 1) pairs, offsets, containers."""
    pairs = np.stack((keys.astype("<u2"), (counts - 1).astype("<u2")), axis=1).tobytes()
    head = np.array((_COOKIE_NO_RUNS, len(keys)), "<u4").tobytes()
    sizes = np.where(counts > ARRAY_MAX, 8192, 2 * counts)
    offsets = len(head) + len(pairs) + 4 * len(keys) + np.cumsum(sizes) - sizes
    return b"".join([head, pairs, offsets.astype("<u4").tobytes(), *containers])
