"""Typing on a terminal that can do nothing but print."""

import io

import pytest
from prompt_toolkit.history import InMemoryHistory

from flowql.shell.plain import PlainEditor


class Struck(io.StringIO):
    """A screen on which Ctrl-C comes as soon as something stands there."""

    def flush(self) -> None:
        raise KeyboardInterrupt


def test_the_next_prompt_has_a_line_of_its_own_however_soon_the_key_came() -> None:
    out = Struck()
    with pytest.raises(KeyboardInterrupt):
        PlainEditor(InMemoryHistory(), io.StringIO("half\n"), out, "flowql> ", "   ...> ").read()
    assert out.getvalue() == "flowql> \n"


def test_a_text_goes_on_until_it_is_whole() -> None:
    out, history = io.StringIO(), InMemoryHistory()
    editor = PlainEditor(history, io.StringIO("(a OR\nb);\n"), out, "flowql> ", "   ...> ")
    assert editor.read() == "(a OR\nb)"
    assert out.getvalue() == "flowql>    ...> "
    assert history.get_strings() == ["(a OR\nb);"]
    with pytest.raises(EOFError):
        editor.read()
