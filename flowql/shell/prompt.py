"""The line editor: prompt, history, several lines, keys.

Owns the keys. Does not know what becomes of a text that was typed.
"""

from prompt_toolkit import PromptSession
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from flowql.shell.unfinished import is_unfinished

_PROMPT = "flowql> "
_CONTINUATION = "   ...> "


def make_prompt(history: History) -> "PromptSession[str]":
    """A prompt where Enter runs a query that looks whole, or begins a new line; Esc Enter always runs it."""
    return PromptSession(
        _PROMPT,
        history=history,
        multiline=True,
        prompt_continuation=_CONTINUATION,
        key_bindings=_key_bindings(),
        enable_history_search=True,
        reserve_space_for_menu=0,  # there is no menu yet
    )


def _key_bindings() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_unfinished(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _run(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return keys
