"""Typing on a terminal that can do nothing but print: lines as the terminal itself edits them.

Owns the prompt and several lines. Does not know what becomes of a text that was typed.
"""

from typing import TextIO

from prompt_toolkit.history import History

from flowql.shell.unfinished import is_unfinished, without_end


class PlainEditor:
    """A prompt for `TERM=dumb`; a text ends as on any other terminal."""

    def __init__(
        self, history: History, keyboard: TextIO, out: TextIO, prompt: str, continuation: str
    ) -> None:
        self._history = history
        self._keyboard = keyboard
        self._out = out
        self._prompt = prompt
        self._continuation = continuation

    def read(self) -> str:
        """What the user typed, less the semicolon that ends it. Raises `EOFError` when they leave."""
        text = self._line(self._prompt)
        while is_unfinished(text):
            text += f"\n{self._line(self._continuation)}"
        self._history.append_string(text)
        return without_end(text)

    def _line(self, prompt: str) -> str:
        try:
            self._out.write(prompt)
            self._out.flush()
            line = self._keyboard.readline()
        except KeyboardInterrupt:  # also one that comes as soon as the prompt is there
            self._out.write("\n")
            raise
        if not line:
            self._out.write("\n")
            raise EOFError
        return line.removesuffix("\n")
