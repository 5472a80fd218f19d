"""What a command's argument may be, where it is no part of a query: settings, formats, names, files.

Owns the one table from sorts of arguments to the words of each. Asks no engine.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from flowql.shell.commands import COMMANDS, Completes
from flowql.shell.reference import constructs
from flowql.shell.saved import saved_folder, saved_names
from flowql.shell.settings import SETTINGS

PATH_COUNT_MAX = 200
"""Files of one folder that are proposed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text in place of what stands from `start` to the cursor, and what it means."""

    text: str
    start: int
    detail: str = ""


def beginning_with(begun: str, start: int, words: Iterable[tuple[str, str]]) -> Iterator[Proposal]:
    """Those of the words, each with what it means, that go on with what was begun."""
    for word, detail in words:
        if word.lower().startswith(begun.lower()) and word != begun:
            yield Proposal(word, start, detail)


def last_word(argument: str) -> tuple[int, str, int]:
    """How many words stand before the last one, that one, and where it begins; it is "" behind a blank."""
    before, _, word = argument.rpartition(" ")
    return len(before.split()), word, len(argument) - len(word)


def _nothing(argument: str, start: int) -> Iterator[Proposal]:
    del argument, start
    return iter(())


def _settings(argument: str, start: int) -> Iterator[Proposal]:
    """The names of settings; behind one of them its values."""
    place, word, word_start = last_word(argument)
    if place == 0:
        words = [(each.name, each.help) for each in SETTINGS.values()]
    else:
        setting = SETTINGS.get(argument.split(maxsplit=1)[0])
        words = [(value, "") for value in setting.values] if setting and place == 1 else []
    return beginning_with(word, start + word_start, words)


def _formats(argument: str, start: int) -> Iterator[Proposal]:
    return beginning_with(argument, start, [(each, "") for each in SETTINGS["mode"].values])


def _commands(argument: str, start: int) -> Iterator[Proposal]:
    return beginning_with(argument, start, [(each.name, each.summary) for each in COMMANDS.values()])


def _saved(argument: str, start: int) -> Iterator[Proposal]:
    return beginning_with(argument, start, [(name, "") for name in saved_names(saved_folder())])


def _constructs(argument: str, start: int) -> Iterator[Proposal]:
    return beginning_with(argument, start, [(name, "") for name in constructs()])


def _paths(argument: str, start: int) -> Iterator[Proposal]:
    """The files and folders that a path begins; hidden ones once their dot is typed."""
    folder, name = os.path.split(argument)
    try:
        entries = sorted(Path(folder or ".").expanduser().iterdir())
    except OSError:
        return
    fitting = [each for each in entries if each.name.startswith(name) and (name or each.name[0] != ".")]
    for each in fitting[:PATH_COUNT_MAX]:
        is_folder = each.is_dir()
        text = each.name + "/" * is_folder
        if text != name:
            yield Proposal(text, start + len(argument) - len(name), "folder" if is_folder else "")


PROPOSED: Mapping[Completes, Callable[[str, int], Iterator[Proposal]]] = MappingProxyType(
    {
        Completes.NOTHING: _nothing,
        Completes.SETTING: _settings,
        Completes.FORMAT: _formats,
        Completes.COMMAND: _commands,
        Completes.SAVED: _saved,
        Completes.CONSTRUCT: _constructs,
        Completes.FILE: _paths,
    }
)
"""For an argument that begins at a place of the text, what may go in at its end."""
