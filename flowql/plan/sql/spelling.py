"""Names in a user's SELECT: FlowQL's spellings, quoted as the columns are called, before SQL is parsed.

Owns the cutting of SQL into words and the rest, as far as names need it, and the way back from a place in the
quoted text to the one in the given text. Knows nothing of SQL's grammar but this: which words are reserved,
that two values never stand side by side (so that a word behind a value is an alias, and `end` behind a value
ends a CASE), and that a word before a parenthesis is a function.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from flowql.plan.logical import Column
from flowql.plan.sql.words import OPERANDS, RESERVED
from flowql.schema import Field, Schema, normalize_name

_PART = re.compile(
    r"""
    (?P<blank> \s+ | --[^\n]* | /\*.*?\*/ )
    | (?P<text> '(?:[^']|'')*' )
    | (?P<quoted> "(?:[^"]|"")*" )
    | (?P<number> (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? )
    | (?P<word> [^\W\d]\w*(?:[-.]\w+)* )
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_JOINT = re.compile(r"[-.]")
_OPEN, _CLOSED = "([{", ")]}"


@dataclass(slots=True)
class Spelled:
    """SQL with its names quoted; `aliases` are the names that it gives itself, in lower case.

    From there on a given name stands for what it was given to, not for a column that has it as an alias.
    """

    text: str = ""
    aliases: set[str] = field(default_factory=set)
    _new_places: list[int] = field(default_factory=list)
    _old_places: list[tuple[int, int]] = field(default_factory=list)

    def add(self, written: str, start: int, end: int) -> None:
        """Put `written` for what stood at `[start, end)`."""
        self._new_places.append(len(self.text))
        self._old_places.append((start, end))
        self.text += written

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The place in the given text of `[start, end)` of this one."""
        return self._origin(start)[0], self._origin(max(start, end - 1))[1]

    def _origin(self, place: int) -> tuple[int, int]:
        at = bisect_right(self._new_places, place) - 1
        return self._old_places[at] if at >= 0 else (0, 0)


def names_of(columns: Sequence[Column]) -> "Names":
    """What names mean that stand for columns."""
    own = {normalize_name(column.name): column.name for column in reversed(columns)}
    schema = Schema(tuple(Field(column.name, column.kind) for column in columns))
    return Names(own, schema)


@dataclass(frozen=True, slots=True)
class Names:
    """The columns by their own names, as fields are compared, and by their aliases."""

    own: dict[str, str]
    schema: Schema

    def find(self, name: str) -> str | None:
        """The name of the column that is meant: one's own name goes before an alias."""
        held = self.own.get(normalize_name(name))
        if held is not None:
            return held
        found = self.schema.resolve(name)
        return None if found is None else found.name

    def is_own(self, name: str) -> bool:
        """Whether a column is called so, aliases aside."""
        return normalize_name(name) in self.own


def spell(sql: str, names: Names) -> Spelled:
    """`sql` with every name that means a column as that column is called, in double quotes."""
    return _Speller(sql, names).spelled()


def quoted(name: str) -> str:
    """A name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


class _Speller:
    """One walk over a text, from left to right."""

    def __init__(self, sql: str, names: Names) -> None:
        self._sql = sql
        self._names = names
        self._out = Spelled()
        self._behind_value = False
        self._word_before = ""
        self._case_depth = 0
        self._depth = 0

    def spelled(self) -> Spelled:
        place = 0
        while place < len(self._sql):
            part = _PART.match(self._sql, place)
            assert part is not None, "a sign is any character"
            place = self._part(part)
        return self._out

    def _part(self, part: re.Match[str]) -> int:
        """Take a part, or the beginning of a word; where the next one starts."""
        match part.lastgroup:
            case "blank":
                self._out.add(part[0], part.start(), part.end())
                return part.end()
            case "word":
                return self._word(part)
            case "quoted":
                self._name(part[0], _unquoted(part[0]), part)
            case "text" | "number":
                self._plain(part, behind_value=True)
            case _:
                self._depth += (part[0] in _OPEN) - (part[0] in _CLOSED)
                self._plain(part, behind_value=part[0] in _CLOSED)
        return part.end()

    def _plain(self, part: re.Match[str], *, behind_value: bool) -> None:
        self._out.add(part[0], part.start(), part.end())
        self._behind_value = behind_value
        self._word_before = part[0].lower()

    def _name(self, written: str, name: str, part: re.Match[str]) -> None:
        """A quoted name: a column in any spelling, unless the SQL gives or gave that name itself."""
        if not self._is_given(name):
            found = self._names.find(name)
            written = written if found is None else quoted(found)
        self._out.add(written, part.start(), part.end())
        self._behind_value, self._word_before = True, '"'

    def _is_given(self, name: str) -> bool:
        """Whether a name is, here, one that the SQL gives to a column or table, not one that it reads."""
        if self._word_before == "from" and self._depth == 0:
            return True
        if self._word_before == "as" or self._behind_value:
            self._out.aliases.add(name.lower())
            return True
        return name.lower() in self._out.aliases and not self._names.is_own(name)

    def _word(self, part: re.Match[str]) -> int:
        start, text = part.start(), part[0]
        if self._word_before == "as" and _JOINT.search(text):
            # What has no blank is one name there; a subtraction it cannot be.
            self._out.aliases.add(text.lower())
            self._out.add(quoted(text), start, part.end())
            self._behind_value, self._word_before = True, '"'
            return part.end()
        ends = [joint.start() for joint in _JOINT.finditer(text)]
        for end in [len(text), *reversed(ends)]:
            name = text[:end]
            if end == (ends[0] if ends else len(text)):
                return self._single(name, start)
            found = name if name.lower() in self._out.aliases else self._names.find(name)
            if found is not None and not self._behind_value:
                self._column(found, start, start + end)
                return start + end
        raise AssertionError("the first word of a run is the last to be tried")

    def _single(self, name: str, start: int) -> int:
        end, word = start + len(name), name.lower()
        is_called = self._sql[end:].lstrip()[:1] == "("
        written = name
        if word == "end" and self._case_depth and self._behind_value:
            self._case_depth -= 1
            behind_value = True
        elif word in RESERVED or self._word_before == "nulls" or (is_called and self._word_before != "as"):
            self._case_depth += word == "case"
            behind_value = word in OPERANDS
        elif self._is_given(name):
            written, behind_value = quoted(name) if self._must_quote(word) else name, True
        else:
            found = self._names.find(name)
            if found is not None:
                self._column(found, start, end)
                return end
            behind_value = True
        self._out.add(written, start, end)
        self._behind_value, self._word_before = behind_value, word
        return end

    def _must_quote(self, word: str) -> bool:
        """Whether a given name is one that SQL has a use of its own for, but FlowQL has not."""
        return word in ("end", "start") and self._word_before != "from"

    def _column(self, name: str, start: int, end: int) -> None:
        self._out.add(quoted(name), start, end)
        self._behind_value, self._word_before = True, '"'


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"')
