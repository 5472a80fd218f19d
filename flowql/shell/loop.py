"""The loop between the keyboard and a session.

Owns the beginning and the end of a session, and what is loaded when: the first prompt waits for nothing but
the line editor and the store's manifests, and while it is being read, the engine, the session and what
completes and colours are made. Does not know what is typed.
"""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Protocol

from flowql import __version__
from flowql.errors import FlowqlError
from flowql.render.characters import writable
from flowql.shell.bar import Standing, Topic, bar_text, greeting
from flowql.shell.glance import glance
from flowql.shell.history import history_path, open_history
from flowql.shell.later import Later
from flowql.shell.plain import PlainEditor
from flowql.shell.prompt import CONTINUATION, PROMPT, Aids, Editor
from flowql.shell.settings import Settings
from flowql.shell.typeahead import typing_ahead

if TYPE_CHECKING:
    from flowql.shell.completer import Propose
    from flowql.shell.highlight import Parts
    from flowql.shell.proposals import CompletingEngine
    from flowql.shell.session import QueryEngine, Session

    class ShellEngine(QueryEngine, CompletingEngine, Protocol):
        """What the shell needs of an engine."""


_FIRST_TEXTS = ("re", "action:", "dstport:")
"""What is proposed for these is worked out before anybody types, so that the first key finds it loaded."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What is there once everything is loaded."""

    engine: "ShellEngine"
    session: "Session"
    propose: "Propose"


def run_shell(engine: "ShellEngine", settings: Settings | None = None) -> None:
    """Take queries from the terminal until the user leaves. Raises what the store's first look raises."""
    topics = engine.topics()
    _Shell(lambda: engine, engine.path, topics, settings or Settings()).run()


def open_shell(
    store: Path, open_engine: "Callable[[], ShellEngine]", settings: Settings | None = None
) -> None:
    """The same on the store at a path, whose engine `open_engine` opens behind the first prompt."""
    topics: Sequence[Topic] = glance(store)
    if topics:
        _Shell(open_engine, store, topics, settings or Settings()).run()
    else:  # nothing to show a prompt for until it is known what is there
        run_shell(open_engine(), settings)


class _Shell:
    """One session, from the greeting on."""

    def __init__(
        self,
        open_engine: "Callable[[], ShellEngine]",
        store: Path,
        topics: Sequence[Topic],
        settings: Settings,
    ) -> None:
        self._open_engine = open_engine
        self._store = store
        self._topics = topics
        self._given = settings
        self._parts_of: Callable[[str], Parts] | None = None
        self._making = Later(self._make, self._smooth)
        self._editor: Editor | None = None

    def run(self) -> None:
        """Greet, and take texts until the user leaves."""
        width = get_terminal_size().columns
        for line in greeting(__version__, self._store, self._topics, self._given.zone, width):
            sys.stdout.write(f"{writable(line, sys.stdout.encoding)}\n")
        sys.stdout.flush()
        try:
            with typing_ahead(sys.stdin):
                self._converse(self._reader())
        finally:
            if self._session is not None:
                self._session.close()

    def _converse(self, read: Callable[[], str]) -> None:
        while self._session is None or not self._session.is_over:
            try:
                self._take(read())
            except KeyboardInterrupt:  # wherever it finds us: at the prompt, or on the way there
                self._forget_mistake()
            except EOFError:
                return

    def _reader(self) -> Callable[[], str]:
        """What reads a text from this terminal."""
        history = open_history(history_path())
        if os.environ.get("TERM", "dumb") == "dumb":
            return PlainEditor(history, sys.stdin, sys.stdout, PROMPT, CONTINUATION).read
        aids = Aids(self._propose, lambda: self._parts_of, self._bar)
        editor = self._editor = Editor(history, aids)

        def read() -> str:
            mistake = self._session.mistake if self._session else None
            return editor.read(mistake, editing=self._settings.editing, begin=self._making.begin)

        return read

    def _take(self, text: str) -> None:
        try:
            made = self._making.get()
        except KeyboardInterrupt:
            sys.stdout.write("\nstopped\n")
            return
        made.session.take(text)
        with suppress(FlowqlError, OSError):  # the next query says what is wrong with the store
            self._topics = made.engine.topics()

    def _forget_mistake(self) -> None:
        if self._session is not None:
            self._session.mistake = None

    @property
    def _session(self) -> "Session | None":
        return self._making.made.session if self._making.made else None

    @property
    def _settings(self) -> Settings:
        return self._session.settings if self._session else self._given

    def _propose(self) -> "Propose | None":
        return self._making.made.propose if self._making.made else None

    def _bar(self, width: int) -> str:
        settings = self._settings
        standing = Standing(
            store=self._store,
            topics=self._topics,
            chosen=self._session.topics if self._session else (),
            zone=settings.zone,
            mode=settings.mode,
            editing=settings.editing,
            duration_s=self._session.taken_s if self._session and settings.timing else None,
        )
        return bar_text(standing, width)

    def _make(self) -> _Made:
        """Load what the first prompt did without; what shows first comes first."""
        from flowql.shell.colouring import Colouring  # noqa: PLC0415 - see above

        colouring = Colouring()
        self._parts_of = colouring.parts_of
        self._refresh()
        engine = self._open_engine()
        from flowql.shell.commands import ALIASES, COMMANDS, Completes  # noqa: PLC0415 - see above
        from flowql.shell.proposals import Proposer  # noqa: PLC0415 - see above
        from flowql.shell.session import Session  # noqa: PLC0415 - see above

        named = {**COMMANDS, **{alias: COMMANDS[name] for alias, name in ALIASES.items()}}
        colouring.commands = {name: each.completes is Completes.QUERY for name, each in named.items()}
        session = Session(engine, self._given)
        proposer = Proposer(engine, session)
        for text in _FIRST_TEXTS:
            proposer.at(text, len(text))
        return _Made(engine, session, proposer.at)

    def _smooth(self, _: _Made) -> None:
        """Show what was made, and then work out beforehand what single keys would wait for."""
        self._refresh()
        from flowql.syntax.highlighting import compile_terminals  # noqa: PLC0415 - loaded by now

        compile_terminals()
        gc.freeze()  # else a key waits, some day, while all that was loaded is looked through for garbage

    def _refresh(self) -> None:
        if self._editor is not None:
            self._editor.refresh()
