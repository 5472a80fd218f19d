"""The line editor: prompt, history, several lines, keys, the menu of completions.

Owns the keys and when the menu opens. Does not know what becomes of a text that was typed.
"""

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer
from prompt_toolkit.filters import Always
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from flowql.shell.unfinished import is_unfinished

_PROMPT = "flowql> "
_CONTINUATION = "   ...> "
_MENU_LINES = 8


def make_prompt(history: History, completer: Completer | None = None) -> "PromptSession[str]":
    """A prompt where Enter runs a query that looks whole, or begins a new line; Esc Enter always runs it.

    While one types, `completer` is asked in a thread; Tab and the arrows choose from the menu, and Enter
    takes what is chosen.
    """
    prompt: PromptSession[str] = PromptSession(
        _PROMPT,
        history=history,
        multiline=True,
        prompt_continuation=_CONTINUATION,
        key_bindings=_key_bindings(),
        completer=completer,
        complete_in_thread=True,
        complete_while_typing=True,
        reserve_space_for_menu=_MENU_LINES if completer else 0,
    )
    # As an option of the prompt it would turn off completion while typing.
    prompt.default_buffer.enable_history_search = Always()
    return prompt


def _key_bindings() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None  # what is chosen stands in the line already
        elif is_unfinished(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _run(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return keys
