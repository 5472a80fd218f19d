"""A batch of texts by number: what became of them, how long the slowest took, and what was found.

Owns how a finding is named, so that many texts that fail in one way are told as one: the first, made small.
"""

import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from fuzzing.checks import Broken, Ground, ground, outcome_of
from fuzzing.made import text_of
from fuzzing.minimal import minimized


@dataclass(slots=True)
class Finding:
    """A way to fail: the number of the first text that does, that text made small, what is said, and how many do."""

    number: int
    text: str
    words: str
    count: int = 1


@dataclass(slots=True)
class Batch:
    """`outcomes` count texts by what became of them; `slowest` is in seconds, of text `slowest_number`."""

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: dict[str, Finding] = field(default_factory=dict)
    slowest: float = 0.0
    slowest_number: int = 0

    def as_dict(self) -> dict[str, object]:
        """What JSON takes."""
        return {
            "outcomes": dict(self.outcomes),
            "slowest": self.slowest,
            "slowest_number": self.slowest_number,
            "findings": [
                {
                    "way": way,
                    "number": each.number,
                    "text": each.text,
                    "words": each.words,
                    "count": each.count,
                }
                for way, each in self.findings.items()
            ],
        }


def check_batch(seed: int, numbers: Iterable[int]) -> Batch:
    """Check the texts of these numbers."""
    batch = Batch()
    with ground() as over:
        outcome_of("REJECT", over)  # what is built on first use is no text's own time
        for number in numbers:
            text = text_of(seed, number)
            begin = time.process_time()
            way, words = _way_of(text, over)
            seconds = time.process_time() - begin
            if seconds > batch.slowest:
                batch.slowest, batch.slowest_number = seconds, number
            batch.outcomes["found" if words else way] += 1
            if not words:
                continue
            if way in batch.findings:
                batch.findings[way].count += 1
                continue
            small = minimized(text, lambda candidate, way=way: _way_of(candidate, over)[0] == way)
            batch.findings[way] = Finding(number, small, _way_of(small, over)[1])
    return batch


def _way_of(text: str, over: Ground) -> tuple[str, str]:
    """The outcome and no words; or the way in which the text fails, and what is said of it."""
    try:
        return outcome_of(text, over), ""
    except Broken as broken:
        words = str(broken)
        return words.partition(":")[0], words
    except Exception as error:  # noqa: BLE001 - any exception that is no diagnostic is what is looked for
        place = traceback.extract_tb(error.__traceback__)[-1]
        way = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
        return way, f"{way}: {error}"
