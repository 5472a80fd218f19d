"""The line editor: a prompt with a history, several lines, colours, a menu, a bar, and a mistake put right.

Owns what stands on the screen while one types, and what is remembered from one key to the next. The keys are
in `keys`. Does not know what becomes of a text that was typed.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Always
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.layout.processors import TabsProcessor
from prompt_toolkit.styles import Style

from flowql.render.characters import writable
from flowql.shell.completer import MenuCompleter, Propose, Proposed
from flowql.shell.highlight import STYLES, Parts, QueryLexer
from flowql.shell.history import fuzzy_matches
from flowql.shell.keys import shell_keys
from flowql.shell.unfinished import without_end

PROMPT = "flowql> "
CONTINUATION = "   ...> "

_SEARCH_PROMPT = "history> "
_SEARCH_HINT = " letters in order narrow · Ctrl-R or arrows choose · Enter takes · Esc leaves "
_MENU_LINES, _SMALL_MENU_LINES = 8, 5
_SMALL_SCREEN_LINES = 30
_FOUND_COUNT_MAX = 100
_ESCAPE_S = 0.05
"""How long the rest of a key's sequence is waited for behind an Escape."""

_STYLE = Style.from_dict(
    {
        **STYLES,
        "prompt": "bold ansiblue",
        "continuation": "ansibrightblack",
        "auto-suggestion": "ansibrightblack",
        "bottom-toolbar": "noreverse ansibrightblack",
        "proposal": "noreverse",
        "proposal.key": "noreverse bold",
        "completion-menu": "bg:ansibrightblack ansiwhite",
        "completion-menu.completion": "bg:#333333 #dddddd",
        "completion-menu.completion.current": "bg:ansicyan ansiblack noreverse",
        "completion-menu.meta.completion": "bg:#262626 #999999",
        "completion-menu.meta.completion.current": "bg:ansicyan ansiblack",
        "scrollbar.background": "bg:#262626",
        "scrollbar.button": "bg:#777777",
    }
)


class Mistake(Protocol):
    """A text with an error: where the cursor belongs in it, and a whole text that would do, or None."""

    @property
    def text(self) -> str:
        """What was typed."""

    @property
    def cursor(self) -> int:
        """Where the error stands."""

    @property
    def proposal(self) -> str | None:
        """What may have been meant."""


@dataclass(frozen=True, slots=True)
class Aids:
    """What helps while one types, as far as it is there: each gives None before."""

    propose: Callable[[], Propose | None] = lambda: None
    parts_of: Callable[[], Callable[[str], Parts] | None] = lambda: None
    bar: Callable[[int], str] = lambda _: ""
    """The bar's text for a width."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the history that was found."""

    text: str
    start: int = 0
    detail: str = ""


class Editor:
    """A prompt where Enter runs a query that looks whole, or begins a new line; Esc Enter always runs it."""

    def __init__(self, history: History, aids: Aids | None = None) -> None:
        self._aids = aids or Aids()
        self._mistake: Mistake | None = None
        self._searched_from: Document | None = None
        """What stood on the prompt when the search of the history began; None outside of one."""
        self._completer = MenuCompleter(self._proposing)
        self.session: PromptSession[str] = PromptSession(
            self._message,
            history=history,
            style=_STYLE,
            multiline=True,
            prompt_continuation=_continuation,
            key_bindings=shell_keys(self),
            lexer=QueryLexer(self._parts_of),
            auto_suggest=AutoSuggestFromHistory(),
            completer=self._completer,
            complete_while_typing=True,
            enable_open_in_editor=True,
            tempfile_suffix=".flowql",
            bottom_toolbar=self._toolbar,
            input_processors=[TabsProcessor(char1=" ", char2=" ")],
        )
        self.session.app.ttimeoutlen = _ESCAPE_S
        buffer = self.session.default_buffer
        # As an option of the prompt it would turn off completion while typing.
        buffer.enable_history_search = Always()
        buffer.on_text_changed += lambda _: self._completer.drop()

    def read(
        self,
        mistake: Mistake | None = None,
        *,
        editing: str = "emacs",
        begin: Callable[[], None] | None = None,
    ) -> str:
        """What the user typed, less the semicolon that ends it; a mistake is on the prompt to be put right.

        Calls `begin` when the prompt is on the screen. Raises `KeyboardInterrupt` when the user clears the
        line, `EOFError` when they leave.
        """
        self._mistake, self._searched_from = mistake, None
        default = Document(mistake.text, min(mistake.cursor, len(mistake.text))) if mistake else Document()
        is_vi = editing == "vi"
        self.session.editing_mode = EditingMode.VI if is_vi else EditingMode.EMACS
        self.session.cursor = ModalCursorShapeConfig() if is_vi else None
        is_small = get_terminal_size().lines < _SMALL_SCREEN_LINES
        self.session.reserve_space_for_menu = _SMALL_MENU_LINES if is_small else _MENU_LINES
        if begin is not None:
            self._once_on_screen(begin)
        return without_end(self.session.prompt(default=default))

    def refresh(self) -> None:
        """Draw the screen anew and propose anew, since an aid has come; from any thread."""
        app = self.session.app
        self._colour_anew()
        with suppress(RuntimeError):  # the prompt is over, and its loop closed
            if app.loop is not None:
                app.loop.call_soon_threadsafe(self._propose_anew)
            app.invalidate()

    # ---- for the keys

    @property
    def is_searching(self) -> bool:
        """Whether the text is what the history is searched for."""
        return self._searched_from is not None

    @property
    def proposal(self) -> str | None:
        """What Tab puts in place of a mistake that nobody has touched."""
        if self._mistake is None or self.is_searching:
            return None
        document = self.session.default_buffer.document
        is_untouched = (document.text, document.cursor_position) == (self._mistake.text, self._mistake.cursor)
        return self._mistake.proposal if is_untouched else None

    def begin_search(self, buffer: Buffer) -> None:
        """Search the history for the text."""
        self._searched_from = buffer.document
        self._colour_anew()
        buffer.cursor_position = len(buffer.text)
        buffer.cancel_completion()
        buffer.start_completion(complete_event=CompleteEvent(completion_requested=True))

    def end_search(self, buffer: Buffer, *, is_taken: bool) -> None:
        """Have the entry that was found as the text, or else the text from before."""
        assert self._searched_from is not None, "a search is on"
        before, self._searched_from = self._searched_from, None
        self._colour_anew()
        state = buffer.complete_state
        if not is_taken:
            buffer.document = before
        elif state is None or state.current_completion is None:
            found = self._found(buffer.text)
            buffer.document = Document(found[0].text) if found else before
        buffer.complete_state = None

    # ---- what stands on the screen

    def _message(self) -> StyleAndTextTuples:
        return [("class:prompt", _SEARCH_PROMPT if self.is_searching else PROMPT)]

    def _toolbar(self) -> StyleAndTextTuples:
        encoding = self.session.output.encoding()
        return [(style, writable(text, encoding)) for style, text, *_ in self._below()]

    def _below(self) -> StyleAndTextTuples:
        width = self.session.output.get_size().columns
        if self.is_searching:
            return [("", _SEARCH_HINT[:width])]
        proposal = self.proposal
        lines: StyleAndTextTuples = []
        if proposal is not None:
            shown = " ".join(proposal.split())
            room = width - len(" Tab: ") - 1
            shown = shown if len(shown) <= room else f"{shown[: room - 1]}…"
            lines += [("class:proposal.key", " Tab: "), ("class:proposal", f"{shown}\n")]
        return [*lines, ("", self._aids.bar(width))]

    def _parts_of(self) -> Callable[[str], Parts] | None:
        return None if self.is_searching else self._aids.parts_of()

    def _proposing(self) -> Propose | None:
        return self._search if self.is_searching else self._aids.propose()

    def _search(self, text: str, cursor: int) -> Sequence[Proposed]:
        return self._found(text[:cursor])

    def _found(self, letters: str) -> list[_Entry]:
        newest_first = reversed(self.session.history.get_strings())
        return [_Entry(text) for text in fuzzy_matches(newest_first, letters)[:_FOUND_COUNT_MAX]]

    def _colour_anew(self) -> None:
        # The editor keeps the colours of a text for as long as its lexer is the same object.
        self.session.lexer = QueryLexer(self._parts_of)

    def _propose_anew(self) -> None:
        buffer = self.session.default_buffer
        if buffer.text and self.session.app.is_running and not self._mistake:
            buffer.start_completion()

    def _once_on_screen(self, begin: Callable[[], None]) -> None:
        app = self.session.app

        def started(_: object) -> None:
            app.after_render -= started
            begin()

        app.after_render += started


def _continuation(width: int, _line: int, wrap_count: int) -> StyleAndTextTuples:
    """What stands before a further line; only blanks where a line goes on because it is long."""
    return [("class:continuation", " " * width if wrap_count else CONTINUATION[-width:])]
