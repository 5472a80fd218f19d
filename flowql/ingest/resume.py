"""What is ingested already: finding a source's checkpoint by its content, wherever the source lies now.

Owns the lookup over a topic's checkpoints and those of the running ingestion. Knows nothing of lines.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

import xxhash

from flowql.store.batch import HEAD_BYTES, Checkpoint

_READ_BYTES = 8 << 20


@dataclass(slots=True)
class Ingested:
    """The checkpoints of a topic, found by the first bytes of their sources.

    Sources that were shorter than HEAD_BYTES when ingested are found by their whole content, one try per length.
    """

    _by_head: dict[str, list[Checkpoint]] = field(default_factory=lambda: defaultdict(list))
    _short_by_length: dict[int, dict[str, Checkpoint]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Know these, too."""
        for checkpoint in checkpoints:
            if checkpoint.raw_bytes >= HEAD_BYTES:
                self._by_head[checkpoint.head].append(checkpoint)
            elif checkpoint.raw_bytes:
                same_length = self._short_by_length[checkpoint.raw_bytes]
                if checkpoint.complete or checkpoint.digest not in same_length:
                    same_length[checkpoint.digest] = checkpoint

    def find(self, file: BinaryIO, size: int) -> Checkpoint | None:
        """The checkpoint that covers most of a file, of which its first `raw_bytes` have the digest. The file stands at its
        beginning, before and after."""
        head = file.read(HEAD_BYTES)
        file.seek(0)
        candidates = [each for each in self._by_head.get(head_of(head), []) if each.raw_bytes <= size]
        # Longest first; of two over the same bytes, the one that is through with them.
        for checkpoint in sorted(candidates, key=lambda each: (each.raw_bytes, each.complete), reverse=True):
            if _digest(file, checkpoint.raw_bytes) == checkpoint.digest:
                return checkpoint
        return self._find_short(head)

    def _find_short(self, head: bytes) -> Checkpoint | None:
        for length in sorted(self._short_by_length, reverse=True):
            if length <= len(head):
                found = self._short_by_length[length].get(xxhash.xxh3_128_hexdigest(head[:length]))
                if found is not None:
                    return found
        return None


def head_of(data: bytes) -> str:
    """The hash of a source's first bytes, by which its checkpoint is found again."""
    return xxhash.xxh3_128_hexdigest(data[:HEAD_BYTES])


def _digest(file: BinaryIO, byte_count: int) -> str:
    digest = xxhash.xxh3_128()
    file.seek(0)
    while byte_count and (data := file.read(min(_READ_BYTES, byte_count))):
        digest.update(data)
        byte_count -= len(data)
    file.seek(0)
    return digest.hexdigest()
