"""The keys of the line editor, beside those that emacs and vi have.

Owns what Enter, Esc Enter, Tab, Ctrl-R and a paste do. Does not know what becomes of a text that was typed.
"""

from typing import Protocol

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, emacs_mode, vi_insert_mode, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from flowql.shell.unfinished import is_unfinished


class Desk(Protocol):
    """What the keys act upon, beside the text."""

    @property
    def is_searching(self) -> bool:
        """Whether the text is what the history is searched for."""

    @property
    def proposal(self) -> str | None:
        """What Tab puts in place of a mistake that nobody has touched."""

    def begin_search(self, buffer: Buffer) -> None:
        """Search the history for the text."""

    def end_search(self, buffer: Buffer, *, is_taken: bool) -> None:
        """Have the entry that was found as the text, or else the text from before."""


def shell_keys(desk: Desk) -> KeyBindings:
    """The bindings."""
    keys = KeyBindings()
    searching = Condition(lambda: desk.is_searching)
    proposing = Condition(lambda: desk.proposal is not None)

    @keys.add("enter", filter=~searching)
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None  # what is chosen stands in the line already
        elif is_unfinished(buffer.text) and not vi_navigation_mode():
            buffer.insert_text("\n", fire_event=False)  # no menu on a line that is empty yet
        else:
            buffer.validate_and_handle()

    # In vi's keys, Esc leaves insertion, and Enter runs the text from there.
    @keys.add("escape", "enter", filter=emacs_mode & ~searching)
    def _run(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("tab", filter=proposing)
    def _take_proposal(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        assert desk.proposal is not None, "the binding holds only then"
        text = desk.proposal
        buffer.save_to_undo_stack()
        buffer.text = text
        buffer.cursor_position = len(text)

    @keys.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        # Enter is the user's to press, and no menu is wanted behind a text that is whole.
        event.current_buffer.insert_text(text.rstrip("\n"), fire_event=False)

    @keys.add("backspace", filter=emacs_mode | vi_insert_mode)
    def _delete(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if not buffer.delete_before_cursor(event.arg):
            event.app.output.bell()
        elif desk.is_searching or buffer.document.get_word_before_cursor():
            buffer.start_completion()  # which the editor does by itself only while a text grows

    _add_search(keys, desk)
    return keys


def _add_search(keys: KeyBindings, desk: Desk) -> None:
    searching = Condition(lambda: desk.is_searching)

    @keys.add("c-r", filter=~searching & (emacs_mode | vi_insert_mode))
    def _search(event: KeyPressEvent) -> None:
        desk.begin_search(event.current_buffer)

    @keys.add("c-r", filter=searching)
    @keys.add("down", filter=searching)
    @keys.add("tab", filter=searching)
    def _older(event: KeyPressEvent) -> None:
        event.current_buffer.complete_next()

    @keys.add("c-s", filter=searching)
    @keys.add("up", filter=searching)
    @keys.add("s-tab", filter=searching)
    def _newer(event: KeyPressEvent) -> None:
        event.current_buffer.complete_previous()

    @keys.add("enter", filter=searching)
    @keys.add("right", filter=searching)
    def _take(event: KeyPressEvent) -> None:
        desk.end_search(event.current_buffer, is_taken=True)

    @keys.add("c-g", filter=searching)
    @keys.add("c-c", filter=searching)
    @keys.add("escape", filter=searching, eager=True)
    def _give_up(event: KeyPressEvent) -> None:
        desk.end_search(event.current_buffer, is_taken=False)
