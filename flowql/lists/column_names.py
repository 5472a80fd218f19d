"""The names of a list's columns, from the cells of its header.

Owns how a cell becomes a name that a query can say, and that no two columns have one name. Knows nothing of
what stands in the columns, nor of the fields that a name may collide with.
"""

import re
from collections.abc import Iterable

from flowql.schema import normalize_name

FIRST_NUMBER = 2
"""The number of the first column that has a name: the entries are column 1."""

_NO_PART_OF_A_NAME = re.compile(r"[^\w.]+")
_DOTS = re.compile(r"\.{2,}")
_BEGINNING = re.compile(r"[^\W\d]")
_RESERVED = frozenset(
    "and or not in by as from last since until between on daily tz match".split()  # noqa: SIM905 - read as words
)
"""The words that the language takes for no name; `grammar/tokens.lark` has them."""


def column_names(cells: Iterable[str]) -> tuple[str, ...]:
    """The names of the columns that a header's cells behind the first name, in their order.

    A name is lower-case; `_` and `.` stay, and what else is no letter or digit becomes one `-`
    (`Owner (team)` is `owner-team`). Nothing is refused, since a list may be used without its columns: a cell
    that leaves nothing is named by its number in the file (`column3`), a name that begins with a digit or is
    a word of the language gets `_` before it (`_2nd`, `_from`), and of two names that a query cannot tell
    apart (`-`, `_` and `.` are alike in names) the later one is numbered: `owner-2`.
    """
    names: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, FIRST_NUMBER):
        wanted = name = _name(cell) or f"column{number}"
        copy = 1
        while normalize_name(name) in taken:
            copy += 1
            name = f"{wanted}-{copy}"
        taken.add(normalize_name(name))
        names.append(name)
    return tuple(names)


def _name(cell: str) -> str:
    # Lowered first: the lower case of some letters has marks behind it, which are no part of a name.
    name = _DOTS.sub(".", _NO_PART_OF_A_NAME.sub("-", cell.lower())).strip("-.")
    return f"_{name}" if name and (name in _RESERVED or not _BEGINNING.match(name)) else name
