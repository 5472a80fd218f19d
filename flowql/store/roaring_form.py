"""Roaring's portable form, as its specification (RoaringFormatSpec) has it, to and from arrays.

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
_COOKIE_RUNS = 12347
_OFFSETS_FROM = 4  # a form with runs has offsets only from so many containers up


def portable(keys: NDArray[Any], counts: NDArray[np.int64], containers: list[bytes]) -> bytes:
    """Roaring's portable form without runs: cookie, (key, cardinality - 1) pairs, offsets, containers."""
    pairs = np.stack((keys.astype("<u2"), (counts - 1).astype("<u2")), axis=1).tobytes()
    head = np.array((_COOKIE_NO_RUNS, len(keys)), "<u4").tobytes()
    sizes = np.where(counts > ARRAY_MAX, 8192, 2 * counts)
    offsets = len(head) + len(pairs) + 4 * len(keys) + np.cumsum(sizes) - sizes
    return b"".join([head, pairs, offsets.astype("<u4").tobytes(), *containers])


def containers_of(data: bytes) -> list[tuple[int, NDArray[Any]]]:
    """The containers by their keys: 1,024 words of bits, or few rows as u16."""
    head = np.frombuffer(data, np.uint32, 1)[0]
    if head == _COOKIE_NO_RUNS:
        container_count = int(np.frombuffer(data, np.uint32, 1, 4)[0])
        is_run, place = np.zeros(container_count, bool), 8
    else:
        assert head & 0xFFFF == _COOKIE_RUNS, "roaring wrote a form that its specification does not name"
        container_count = int(head >> 16) + 1
        flags = np.frombuffer(data, np.uint8, -(-container_count // 8), 4)
        is_run, place = np.unpackbits(flags, bitorder="little")[:container_count].astype(bool), 4 + len(flags)
    keys = np.frombuffer(data, np.uint16, 2 * container_count, place).reshape(-1, 2)
    place += 4 * container_count
    if head == _COOKIE_NO_RUNS or container_count >= _OFFSETS_FROM:
        place += 4 * container_count
    found = []
    for (key, less_one), run in zip(keys.tolist(), is_run.tolist(), strict=True):
        words, place = _read_container(data, place, less_one + 1, run=run)
        found.append((key, words))
    return found


def _read_container(data: bytes, place: int, cardinality: int, *, run: bool) -> tuple[NDArray[Any], int]:
    if run:
        run_count = int(np.frombuffer(data, np.uint16, 1, place)[0])
        runs = np.frombuffer(data, np.uint16, 2 * run_count, place + 2).reshape(-1, 2).astype(np.int64)
        change = np.zeros((1 << 16) + 1, np.int8)
        change[runs[:, 0]] += 1
        change[runs[:, 0] + runs[:, 1] + 1] -= 1
        mask = np.cumsum(change[:-1], dtype=np.int8).astype(bool)
        return np.packbits(mask, bitorder="little").view(np.uint64), place + 2 + 4 * run_count
    if cardinality > ARRAY_MAX:
        return np.frombuffer(data, np.uint64, 1024, place), place + 8192
    return np.frombuffer(data, np.uint16, cardinality, place), place + 2 * cardinality
