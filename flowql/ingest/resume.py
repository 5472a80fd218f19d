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
    """The checkpoints of a topic, found by the content of their sources, wherever these lie now.

    A source that was shorter than HEAD_BYTES has no whole head to be found by: it is found by all of its
    content, or, when it has grown, under its old name only. (Else a file of one header line would be found
    again in every other.)
    """

    _by_head: dict[str, list[Checkpoint]] = field(default_factory=lambda: defaultdict(list))
    _short_by_digest: dict[str, Checkpoint] = field(default_factory=dict)
    _short_by_name: dict[str, list[Checkpoint]] = field(default_factory=lambda: defaultdict(list))

    def add(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Know these, too."""
        for checkpoint in checkpoints:
            if checkpoint.raw_bytes >= HEAD_BYTES:
                self._by_head[checkpoint.head].append(checkpoint)
            else:
                self._short_by_name[checkpoint.source].append(checkpoint)
                same = self._short_by_digest.get(checkpoint.digest)
                if same is None or not same.complete:
                    self._short_by_digest[checkpoint.digest] = checkpoint

    def find(self, file: BinaryIO, size: int, name: str) -> Checkpoint | None:
        """The checkpoint that covers most of a file of this size and name, which stands at its beginning."""
        head = file.read(HEAD_BYTES)
        candidates = [
            *self._by_head.get(head_of(head), ()),
            *self._short_by_name.get(name, ()),
            *filter(None, [self._short_by_digest.get(head_of(head))]),
        ]
        # Longest first; of two over the same bytes, the one that is through with them.
        candidates.sort(key=lambda each: (each.raw_bytes, each.complete), reverse=True)
        found = (
            each
            for each in candidates
            if 0 < each.raw_bytes <= size and _digest(file, each.raw_bytes) == each.digest
        )
        checkpoint = next(found, None)
        file.seek(0)
        return checkpoint


def head_of(data: bytes) -> str:
    """The hash of a source's first bytes, by which its checkpoint is found again."""
    return xxhash.xxh3_128_hexdigest(data[:HEAD_BYTES])


def _digest(file: BinaryIO, byte_count: int) -> str:
    digest = xxhash.xxh3_128()
    file.seek(0)
    while byte_count and (data := file.read(min(_READ_BYTES, byte_count))):
        digest.update(data)
        byte_count -= len(data)
    return digest.hexdigest()
