"""A file of settings: TOML, one setting a line, `name = value`.

Owns what may stand in such a file, and changing one line of it: everything else, comments too, stays as the
user wrote it. Does not know which settings there are.
"""

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowql.cli.output import opened
from flowql.errors import UsageError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_DIGITS_MAX = 18
"""Of a number that every reader of TOML takes."""


def texts_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Every key, and its text, number or switch as it stands behind a flag; None for any other value."""
    for name, value in document.items():
        match value:
            case bool():
                yield name, "on" if value else "off"
            case str() | int():
                yield name, str(value)
            case _:
                yield name, None


def line_of(content: str, name: str) -> int:
    """The number of the line that names a key; 1 when it is written in an unusual way."""
    found = re.search(rf"""^[ \t]*\[?[ \t]*["']?{re.escape(name)}["']?[ \t]*[]=.]""", content, re.MULTILINE)
    return content.count("\n", 0, found.start()) + 1 if found else 1


def set_in(file: Path, name: str, text: str) -> None:
    """Write a setting; the file and its folder are made where there are none."""
    document = _document(file)
    document[name] = _value(text)
    _write(file, document)


def unset_in(file: Path, name: str) -> bool:
    """Take a setting out of a file; whether it was there."""
    document = _document(file)
    if name not in document:
        return False
    document.remove(name)
    _write(file, document)
    return True


def _document(file: Path) -> "TOMLDocument":
    import tomlkit  # noqa: PLC0415 - only changing a file needs it
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - as above

    try:
        return tomlkit.parse(file.read_bytes())
    except FileNotFoundError:
        return tomlkit.document()
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{file}: cannot be read: {getattr(error, 'strerror', 'it is no UTF-8')}") from error
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise UsageError(f"{file}: {error}", hint="mend the file first, or name another") from error


def _value(text: str) -> bool | int | str:
    """What the text is in TOML: as a user would write it there."""
    if text in ("on", "off"):
        return text == "on"
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX and text == str(int(text))
    return int(text) if is_number else text


def _write(file: Path, document: "TOMLDocument") -> None:
    """Write the file whole or not at all; who may read it stays as it was."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else None
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from error
    with opened(file) as (out, _):
        out.write(document.as_string().encode())
    if mode is not None:
        file.chmod(mode)
