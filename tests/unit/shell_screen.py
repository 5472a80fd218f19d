"""A session over a small store, and what it writes."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flowql
from flowql.engine import Engine
from flowql.shell.session import Session
from flowql.shell.settings import Settings

SSH_COUNT, WEB_COUNT, SILENT_COUNT = 6, 12, 2
RECORD_COUNT = SSH_COUNT + WEB_COUNT + SILENT_COUNT
FIRST_START = 1_700_000_000
_SSH = "2 1 eni-a 198.51.100.{} 10.0.0.5 4000{} 22 6 1 40 {} {} REJECT OK"
_WEB = "2 1 eni-b 10.0.0.{} 203.0.113.7 5000{} 443 6 {} {}000 {} {} ACCEPT OK"
_SILENT = "2 1 eni-c - - - - - - - {} {} - NODATA"
_STEP_S = 60


def record_lines() -> list[str]:
    """Rejected logins, accepted traffic and windows without any, a minute between two records."""
    starts = iter(range(FIRST_START, FIRST_START + RECORD_COUNT * _STEP_S, _STEP_S))

    def times() -> tuple[int, int]:
        start = next(starts)
        return start, start + 30

    return [
        *(_SSH.format(k % 2 + 1, k, *times()) for k in range(SSH_COUNT)),
        *(_WEB.format(k % 3 + 1, k % 10, k + 1, k + 1, *times()) for k in range(WEB_COUNT)),
        *(_SILENT.format(*times()) for _ in range(SILENT_COUNT)),
    ]


def small_store(folder: Path) -> Path:
    """A store with two topics: `flows`, and `other` with the last ten of its lines."""
    lines = record_lines()
    for topic, held in (("flows", lines), ("other", lines[-10:])):
        (folder / f"{topic}.log").write_text("\n".join(held) + "\n")
        with flowql.open(folder / "store") as engine:
            engine.ingest(folder / f"{topic}.log", topic=topic)
    return folder / "store"


class _Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Screen:
    """A session whose output is kept."""

    session: Session
    data: io.BytesIO

    def after(self, *texts: str) -> str:
        """What the texts made it write."""
        begin = len(self.data.getvalue())
        for text in texts:
            self.session.take(text)
        return self.data.getvalue()[begin:].decode()


def screen_over(engine: Engine | Any, *, is_terminal: bool = False, **settings: Any) -> Screen:
    """A session over an engine, at the topic `flows`, without a pager; it times nothing."""
    data = io.BytesIO()
    out = (_Terminal if is_terminal else io.TextIOWrapper)(data, encoding="utf-8")
    wanted = Settings(**{"timing": False, "pager": "never", **settings})
    return Screen(Session(engine, wanted, out, ("flows",)), data)
