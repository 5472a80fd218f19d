"""`python -m bench fuzz`: texts without number through parse and bind, in two processes.

Owns the processes, their order and the summary. What the texts are, and what has to hold of each, is
`tests/fuzzing`, which runs apart: a text that stops a process, or never comes back, is a finding too.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).resolve().parent.parent
_PROCESSES = 2
_BATCH_TEXTS = 5_000
"""Texts of one process: 10 seconds or so, so that progress is seen and little is lost with a process."""
_BATCH_SECONDS_MAX = 600
_WORDS_SHOWN = 600
_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_PROJECT / "tests"), str(_PROJECT)])}


@dataclass(slots=True)
class Tally:
    """What became of all texts so far; `findings` are by the way of failing, the smallest text of each."""

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    slowest: tuple[float, int] = (0.0, 0)

    @property
    def text_count(self) -> int:
        """Texts checked."""
        return self.outcomes.total()

    def add(self, batch: dict[str, Any]) -> None:
        """Take in a batch as its process told it."""
        self.outcomes.update(batch["outcomes"])
        self.slowest = max(self.slowest, (batch["slowest"], batch["slowest_number"]))
        for finding in batch["findings"]:
            known = self.findings.get(finding["way"])
            count = finding["count"] + (known["count"] if known else 0)
            smaller = known if known and len(known["text"]) <= len(finding["text"]) else finding
            self.findings[finding["way"]] = {**smaller, "count": count}


def run(texts: int, seed: int) -> int:
    """Check `texts` texts; the exit code: 0 when nothing was found, 1 otherwise."""
    begin = time.monotonic()
    tally = Tally()
    with ThreadPoolExecutor(_PROCESSES) as threads:
        for batch in threads.map(partial(_batch, seed), _batches(texts)):
            tally.add(batch)
            _say_progress(tally, texts, begin)
    sys.stderr.write("\n")
    sys.stdout.write("\n".join(_summary(tally, seed, time.monotonic() - begin)) + "\n")
    return 1 if tally.findings else 0


def _batches(texts: int) -> Iterator[range]:
    for first in range(0, texts, _BATCH_TEXTS):
        yield range(first, min(texts, first + _BATCH_TEXTS))


def _batch(seed: int, numbers: range) -> dict[str, Any]:
    order = ["--seed", str(seed), "--first", str(numbers.start), "--texts", str(len(numbers))]
    command = [sys.executable, "-m", "fuzzing", *order]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, capture_output=True, text=True, check=True, env=_ENVIRONMENT, timeout=_BATCH_SECONDS_MAX
        )
    except subprocess.TimeoutExpired:
        return _lost(numbers, f"not done after {_BATCH_SECONDS_MAX} seconds")
    except subprocess.CalledProcessError as error:
        return _lost(numbers, f"exit code {error.returncode}: {error.stderr[-_WORDS_SHOWN:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _lost(numbers: range, words: str) -> dict[str, Any]:
    """A batch whose process did not come back: one finding, of no text."""
    finding = {"way": "process", "number": numbers.start, "text": "", "words": words, "count": len(numbers)}
    return {
        "outcomes": {"found": len(numbers)},
        "slowest": 0.0,
        "slowest_number": numbers.start,
        "findings": [finding],
    }


def _say_progress(tally: Tally, texts: int, begin: float) -> None:
    rate = tally.text_count / (time.monotonic() - begin)
    found = f"{len(tally.findings)} ways to fail" if tally.findings else "nothing found"
    sys.stderr.write(f"\r{tally.text_count:,} of {texts:,} texts, {rate:,.0f} a second, {found}  ")
    sys.stderr.flush()


def _summary(tally: Tally, seed: int, seconds: float) -> Iterator[str]:
    outcomes = ", ".join(f"{count:,} {name}" for name, count in tally.outcomes.most_common())
    slowest, number = tally.slowest
    yield f"{tally.text_count:,} texts of seed {seed} in {seconds:,.0f} s: {outcomes}"
    yield f"slowest: text {number} with {1000 * slowest:,.0f} ms of the processor, all checks included"
    for way, finding in sorted(tally.findings.items(), key=lambda item: -item[1]["count"]):
        yield f"{way}: {finding['count']:,} texts, of which text {finding['number']} made small is"
        yield f"  {finding['text']!r}"
        yield f"  {finding['words'][:_WORDS_SHOWN]}"
