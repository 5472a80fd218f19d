"""The store that all these tests look at."""

from collections.abc import Callable
from pathlib import Path

from terminal_screen import Screen

import flowql

RECORD = "2 1 eni-lq6 10.0.0.1 203.0.113.9 40000 22 6 1 40 1544709600 1544709601 REJECT OK"
RECORD_COUNT = 240

Open = Callable[..., Screen]
"""Opens a shell over the store."""


def made_store(folder: Path) -> Path:
    """A store of a few hundred records, one of them `RECORD`, a quarter of them rejected."""
    words = RECORD.split()
    lines = [RECORD]
    for number in range(1, RECORD_COUNT):
        words[3], words[6] = f"10.0.{number % 3}.{number}", str((22, 80, 443)[number % 3])
        words[10] = words[11] = str(1544709600 + number)
        words[12] = ("REJECT", "ACCEPT", "ACCEPT", "ACCEPT")[number % 4]
        lines.append(" ".join(words))
    (folder / "a.log").write_text("\n".join(lines) + "\n")
    with flowql.open(folder / "store") as engine:
        engine.ingest([folder / "a.log"])
    return folder / "store"
