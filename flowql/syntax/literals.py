"""Words and quoted texts: from the query's text to literals.

Owns the escapes and the active wildcards. A backslash stands before a blank or one of `ESCAPABLE`, in words
and in quotes alike; anywhere else it is refused rather than guessed at. Knows nothing of where a literal
stands.
"""

import re

from lark import Token

from flowql.errors import Span
from flowql.syntax.nodes import ListName, Literal, Regex
from flowql.syntax.refusal import Refusal, replace

ESCAPABLE = frozenset(":\"'*?()[]{}|,\\<>=!~@&#")
RESERVED_WORDS = frozenset(
    ("and", "or", "not", "in", "from", "last", "since", "until", "between", "on", "daily", "tz", "match")
)

_ESCAPED = re.compile(r"\\[\s\S]")
_TIME = re.compile(r"[0-9]{9,13}")
_RECORD_TIMES_MIN = 9
_RECORD_MIDDLE = 7
_WIDE = re.compile(r"[：（），；＝＞＜！｜＂＇→⇒←]")  # noqa: RUF001 - the signs as other keyboards give them
_NARROW = str.maketrans(
    {
        **dict(zip("：（），；＝＞＜！｜＂＇", ":(),;=><!|\"'", strict=True)),  # noqa: RUF001
        "→": "->",
        "⇒": "->",
        "←": "<-",
    }
)
_SNAPS = frozenset(("mon", *"smhdw"))
_SAME_LETTERS = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")
_BOOST = re.compile(r"\^[0-9]+(?:\.[0-9]+)?$", re.ASCII)
_SEMICOLON = re.compile(r";(?=[^\W\d][\w.-]*:)")
_SPECIAL = re.compile(r"\\(?P<escaped>[\s\S])|[*?]")


def plain_keyword(token: Token) -> Token:
    """A keyword in its own letters: with case aside, a dotted capital or a dotless small i is an i too."""
    return token if token.isascii() else token.update(value=token.translate(_SAME_LETTERS))


def read_word(text: str, span: Span) -> Literal:
    """The literal of an unquoted word; its unescaped `*` and `?` are wildcards."""
    if not text.isascii() or "^" in text or ";" in text:
        _refuse_foreign(text, span)
    if not _SPECIAL.search(text):
        return Literal(text, span)
    resolved, wildcards = _resolve(text, span.start)
    return Literal(resolved, span, wildcards=wildcards)


def _refuse_foreign(text: str, span: Span) -> None:
    """Refuse wide signs of other keyboards, and signs of other languages: `REJECT^2`, `a;f:b`."""
    wide = _WIDE.search(text)
    if wide:
        message = f"{wide[0]} is not a sign that FlowQL reads, and would be part of the word"
        sign = Span(span.start + wide.start(), span.start + wide.end())
        raise Refusal("wide-sign", message, sign, replace(span, text.translate(_NARROW)))
    boost = _BOOST.search(text)
    if boost:
        sign = Span(span.start + boost.start(), span.end)
        raise Refusal("boost", f"{boost[0]} is not needed: rows are not ranked", sign, replace(sign, ""))
    semicolon = _SEMICOLON.search(text)
    if semicolon:
        sign = Span(span.start + semicolon.start(), span.start + semicolon.end())
        message = "clauses are not separated by ; but by a blank or AND"
        raise Refusal("unexpected", message, sign, replace(sign, " "))


def read_quoted(text: str, span: Span) -> Literal:
    """The literal of a text in quotes, which are part of `text` and `span`; it has no wildcards."""
    body = text[1:-1]
    if "\\" in body:
        body, _ = _resolve(body, span.start + 1)
    return Literal(body, span, quoted=True)


def read_raw(text: str, span: Span) -> Literal:
    """The literal of a text in backticks, taken as it is."""
    return Literal(text[1:-1], span, quoted=True)


def read_regex(text: str, span: Span) -> Regex:
    r"""The regular expression between slashes; `\/` in it is a slash. Letters behind it are refused."""
    body, _, flags = text[1:].rpartition("/")
    if flags:
        message = "nothing stands behind a regular expression: letter case is alike without a flag"
        raise Refusal(
            "regex-flags", message, Span(span.end - len(flags), span.end), replace(span, f"/{body}/")
        )
    return Regex(_ESCAPED.sub(lambda match: "/" if match[0] == r"\/" else match[0], body), span)


def read_list_name(text: str, span: Span) -> ListName:
    """The list of `@name`; `@d` is the beginning of the day where a value stands, and so no list anywhere."""
    name = text[1:]
    if name.lower() in _SNAPS:
        raise Refusal("list-name", f"{text} stands for a time, and names no list", span)
    return ListName(name, span)


def read_record(text: str, span: Span) -> Literal:
    """The phrase of a pasted record; a count of -1 is missing, as is what a short NODATA line leaves out."""
    words = text.split()
    places = [place for place, word in enumerate(words) if _TIME.fullmatch(word)]
    first = next(place for place in places if place + 1 in places and place >= _RECORD_TIMES_MIN)
    head, middle, tail = words[:3], words[3:first], words[first:]
    middle = ["-" if word == "-1" else word for word in middle]
    if len(middle) < _RECORD_MIDDLE and set(middle) == {"-"}:
        middle.append("-")
    return Literal(" ".join((*head, *middle, *tail)), span, quoted=True)


def _resolve(text: str, start: int) -> tuple[str, tuple[int, ...]]:
    """`text` without its backslashes, and where in the outcome wildcards stand."""
    wildcards: list[int] = []
    removed_count = 0
    for match in _SPECIAL.finditer(text):
        if match["escaped"] is None:
            wildcards.append(match.start() - removed_count)
            continue
        _check_escape(match["escaped"], Span(start + match.start(), start + match.end()))
        removed_count += 1
    return _SPECIAL.sub(lambda match: match["escaped"] or match[0], text), tuple(wildcards)


def _check_escape(character: str, span: Span) -> None:
    if character.isspace() or character in ESCAPABLE:
        return
    raise Refusal(
        "unknown-escape",
        f'"\\{character}" is no escape: write "\\\\" for a backslash, or put the text in backticks',
        span,
        replace(span, f"\\\\{character}"),
    )
