"""Work that Ctrl-C stops: run on a thread, while the terminal's own thread listens.

Owns the hand-over between the two threads, and how long work that was stopped may keep the user waiting. Does
not know what the work is. Work that does not notice in time goes on without anybody waiting for it, and what
it gives is dropped; so whatever it writes to must refuse more from then on, as the sinks of `pager` do.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")

GRACE_S = 0.03
"""How long stopped work is waited for: with it the user has control again within 100 ms of the key."""


@dataclass(slots=True)
class _Outcome(Generic[T]):
    """What became of the work; one of the two when `done` is set."""

    done: Event = field(default_factory=Event)
    answer: list[T] = field(default_factory=list)
    error: BaseException | None = None


def run_stoppable(work: Callable[[Event], T]) -> T:
    """What `work` gives; it is run on a thread and gets the event that says it is to stop.

    Ctrl-C sets the event and raises `KeyboardInterrupt` here within 100 ms, whether the work is over by then
    or not. Errors of the work are raised here. To be called from the main thread, which alone gets signals.
    """
    cancelled = Event()
    outcome: _Outcome[T] = _Outcome()
    # A daemon: work that nobody waits for must not keep the program from ending.
    thread = Thread(target=_run, args=(work, cancelled, outcome), name="flowql-work", daemon=True)
    try:
        thread.start()
        outcome.done.wait()
    except KeyboardInterrupt:
        cancelled.set()
        outcome.done.wait(GRACE_S)
        raise
    if outcome.error is not None:
        raise outcome.error
    return outcome.answer[0]


def _run(work: Callable[[Event], T], cancelled: Event, outcome: _Outcome[T]) -> None:
    try:
        outcome.answer.append(work(cancelled))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the waiting thread raises it
        outcome.error = error
    finally:
        outcome.done.set()
