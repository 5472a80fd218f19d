"""The history of what was typed, kept between sessions in a file that only its owner can read.

Owns the file's place and mode, what is kept in it (nothing that begins with a blank, nothing twice in a row),
and the search by letters. Queries hold addresses of one's own network: nobody else should read them.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import platformdirs
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

READ_BYTES_MAX = 1 << 20
"""Of a longer file the end is read: some 12,000 queries, which are looked through at every key."""

_OWNER_ONLY = 0o600


def history_path() -> Path:
    """Where the history lies."""
    return platformdirs.user_state_path("flowql", appauthor=False) / "history"


def open_history(path: Path) -> History:
    """The history at `path`, made if there is none; one of this session only where it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(_opened(path))
        path.chmod(_OWNER_ONLY)
    except OSError:
        return _SessionHistory()
    return _KeptHistory(path)


def is_kept(text: str, newest: str | None) -> bool:
    """Whether a text that was typed belongs into the history whose newest entry is given."""
    return bool(text.strip()) and not text[0].isspace() and text != newest


def fuzzy_matches(entries: Iterable[str], letters: str) -> list[str]:
    """The entries, newest first, that hold these letters in this order, blanks aside; each once.

    Those that hold them as they stand come first, then those where they stand closest together.
    """
    wanted = letters.lower()
    tight = "".join(wanted.split())
    ranked: list[tuple[int, int, str]] = []
    for place, entry in enumerate(dict.fromkeys(entries)):
        text = entry.lower()
        width = 0 if wanted.strip() in text else _width(text, tight)
        if width is not None:
            ranked.append((width, place, entry))
    return [entry for _, _, entry in sorted(ranked)]


def _width(text: str, letters: str) -> int | None:
    """From the first to the last of the letters, where they are found one after the other; None if not."""
    first = last = -1
    for letter in letters:
        last = text.find(letter, last + 1)
        if last < 0:
            return None
        first = last if first < 0 else first
    return last - first + 1


class _SessionHistory(InMemoryHistory):
    """A history that ends with the session."""

    def append_string(self, string: str) -> None:
        """Keep what belongs into the history."""
        newest = next(iter(self._loaded_strings), None)
        if is_kept(string, newest):
            super().append_string(string)


class _KeptHistory(FileHistory):
    """The file, in prompt_toolkit's form: a line with the time, then each line of the text behind a `+`."""

    def append_string(self, string: str) -> None:
        """Keep what belongs into the history."""
        newest = next(iter(self._loaded_strings or self.load_history_strings()), None)
        if is_kept(string, newest):
            super().append_string(string)

    def load_history_strings(self) -> Iterable[str]:
        """The entries, newest first."""
        try:
            with Path(os.fsdecode(self.filename)).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - READ_BYTES_MAX))
                data = file.read()
        except OSError:
            return []
        return list(_entries(data.decode(errors="replace").split("\n")))[::-1]

    def store_string(self, string: str) -> None:
        """Write an entry, at once and whole: other sessions may write too."""
        lines = "".join(f"+{line}\n" for line in string.split("\n"))
        entry = f"\n# {datetime.now().astimezone():%Y-%m-%d %H:%M:%S}\n{lines}".encode()
        try:
            descriptor = _opened(Path(os.fsdecode(self.filename)))
            with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
                file.write(entry)
        except OSError:
            return  # the session keeps it; the next one lacks it


def _opened(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, _OWNER_ONLY)


def _entries(lines: Iterable[str]) -> Iterator[str]:
    """The entries of the file's lines, oldest first."""
    entry: list[str] = []
    for line in lines:
        if line.startswith("+"):
            entry.append(line[1:])
        elif entry:
            yield "\n".join(entry)
            entry = []
    if entry:
        yield "\n".join(entry)
