"""The lines that tell where one is: the greeting above the first prompt, the bar below every one.

Owns which of store, topics, range, zone, mode and time are told when not all have room, and how they are cut.
Does not know how they are found out, nor what the terminal makes of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flowql.times import format_time
from flowql.zones import UTC, Zone

_GAP = " · "
_NAMES_MAX = 3
"""Topics that are named; of more, their number is told."""
_CUT = "…"
_MINUTE_END = len("2018-12-13T14:00")


class Topic(Protocol):
    """What is told of a topic."""

    @property
    def name(self) -> str:
        """Its full name."""

    @property
    def rows(self) -> int:
        """Its number of records."""

    @property
    def start_bounds(self) -> tuple[int, int] | None:
        """The least and greatest start in nanoseconds; None when no record has one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a session stands: what the bar tells."""

    store: Path | None
    topics: Sequence[Topic]
    chosen: tuple[str, ...] = ()
    zone: Zone = UTC
    mode: str = "table"
    editing: str = "emacs"
    duration_s: float | None = None
    """What the last query took; None before the first."""


def greeting(version: str, store: Path | None, topics: Sequence[Topic], zone: Zone, width: int) -> list[str]:
    """Version, store, records, topics and range, and the keys to begin with: two lines that fit the width."""
    record_count = sum(topic.rows for topic in topics)
    records = f"{record_count:,} record{'s' * (record_count != 1)}"
    first = [f"FlowQL {version}", _path(store), r"\? helps", "Ctrl-D leaves"]
    second = [records, _topic_names(topics), held_range(topics, zone)]
    return [_joined([part for part in parts if part], width) for parts in (first, second)]


def bar_text(standing: Standing, width: int) -> str:
    """The bar; of what has no room the least important goes."""
    chosen = ", ".join(standing.chosen) or _topic_names(standing.topics)
    took = "" if standing.duration_s is None else _took(standing.duration_s)
    mode = standing.mode if standing.editing == "emacs" else f"{standing.mode}{_GAP}{standing.editing}"
    range_text = held_range(standing.topics, standing.zone)
    store = standing.store.absolute().name if standing.store else ""
    # In the order of the bar, with what goes first having the greatest number.
    parts = [(store, 3), (chosen, 2), (range_text, 4), (str(standing.zone), 1), (mode, 0), (took, 5)]
    shown = [(text, weight) for text, weight in parts if text]
    while len(shown) > 1 and len(_GAP.join(text for text, _ in shown)) + 2 > width:
        shown.remove(max(shown, key=lambda part: part[1]))
    return f" {_shortened(_GAP.join(text for text, _ in shown), width - 2)} "


def held_range(topics: Sequence[Topic], zone: Zone) -> str:
    """From the first to the last start that the topics hold, to the minute; empty when none has one."""
    bounds = [topic.start_bounds for topic in topics if topic.start_bounds]
    if not bounds:
        return ""
    first, last = (_minute(time, zone) for time in (min(b[0] for b in bounds), max(b[1] for b in bounds)))
    day, year = first.partition(" ")[0], first.partition("-")[0]
    return f"{first} to {last.removeprefix(f'{day} ').removeprefix(f'{year}-')}"


def _minute(time: int, zone: Zone) -> str:
    return format_time(time, zone)[:_MINUTE_END].replace("T", " ")


def _topic_names(topics: Sequence[Topic]) -> str:
    if len(topics) > _NAMES_MAX:
        return f"{len(topics)} topics"
    return ", ".join(topic.name for topic in topics) or "no topics"


def _path(store: Path | None) -> str:
    if store is None:
        return ""
    home = Path.home()
    whole = store.absolute()
    return f"~/{whole.relative_to(home)}" if whole.is_relative_to(home) and whole != home else str(whole)


def _took(duration_s: float) -> str:
    return f"{duration_s:.1f} s" if duration_s >= 1 else f"{duration_s * 1000:.0f} ms"


def _joined(parts: list[str], width: int) -> str:
    """The parts on one line; the longest is cut in its middle, then the last ones go, until they fit."""
    text = _GAP.join(parts)
    if len(text) > width and parts:
        longest = max(parts, key=len)
        left = len(longest) - (len(text) - width)
        if left > len(longest) // 2:
            parts = [_cut_in_middle(part, left) if part is longest else part for part in parts]
    while len(parts) > 1 and len(_GAP.join(parts)) > width:
        parts = parts[:-1]
    return _shortened(_GAP.join(parts), width)


def _cut_in_middle(text: str, width: int) -> str:
    head = (width - 1) // 2
    return f"{text[:head]}{_CUT}{text[len(text) - (width - 1 - head) :]}"


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + _CUT
