"""What may stand at the cursor: from a text's beginning to what the grammar allows behind it.

Owns the word under the cursor and the reading of what stands before it, by the one parser and its state: the
terminals that are accepted there. What those mean is `expected`'s to say. Knows no field, topic or list by
name.

A word under the cursor is the beginning of what is expected, not a token: the text is cut before it. Which
word that is, and what stands before it, depends on what follows, since terminals look ahead: so a text is
read as if a letter followed, and, where that makes no query, as if a bar followed, which turns what a
parenthesis holds into a query.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken

from flowql.errors import Span
from flowql.syntax.expected import Expectation, Expected, Level, expectations, governing_field
from flowql.syntax.grammar_files import grammar_folder
from flowql.syntax.literals import read_quoted
from flowql.syntax.nodes import TopicPattern
from flowql.syntax.parser import build_parser, is_unicode
from flowql.syntax.refusal import Refusal
from flowql.syntax.spans import token_span
from flowql.syntax.tables import load_or_build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMPLETED_LENGTH_MAX = 20_000
"""Characters before the cursor that are read at a key; behind more of them nothing is proposed."""

_LETTER = "x"
_LETTER_AND_BAR = "x |x"
_OPERATOR = ":x"
_BEGINS_NO_WORD = frozenset("\"'`/“”#()[]{}|,:=<>~!&")
_BLANK = re.compile(r"(?<!\\)\s")
_BEFORE_A_WORD = frozenset("([{,:=<>~!|&-.")
_OPERATOR_BEGUN = re.compile(
    r"(?P<name>[^\W\d](?:\w|-(?=[\w.-])|\.(?!\.))*+)"
    r"(?:\s+(?P<word>|in?|no?|not(?:\s+(?:in?)?)?)|\s*(?P<sign>[!<>]))\Z",
    re.IGNORECASE,
)
_KEYWORDS_BEGUN = re.compile(r"(?<=\s)of\s+\w*\Z", re.IGNORECASE)
"""The one keyword of two words that is no operator."""
_OPENING = frozenset({"LEFT_PARENTHESIS", "LEFT_BRACKET", "LEFT_BRACE", "SUBQUERY"})
_OF_FIELD = frozenset({Expected.OPERATOR, Expected.VALUE, Expected.END, Expected.SET})
_CLOSING = frozenset({"RIGHT_PARENTHESIS", "RIGHT_BRACKET", "RIGHT_BRACE"})


@dataclass(frozen=True, slots=True)
class Place:
    """One way to read what stands before the cursor, and what is expected then.

    `start` is where the word under the cursor begins and `prefix` that word, "" if there is none. `field` is
    the field, as written, whose operator or value is expected, `operator` what stands between them,
    `function` the aggregate whose column is. `topics` are what a `from` names so far. `rows` is, in a stage,
    the text of the query before its bar (of a subquery, if the place lies in one), `named` the columns that
    it lists before the place.
    """

    start: int
    prefix: str
    expected: tuple[Expectation, ...]
    field: str = ""
    operator: str = ""
    function: str = ""
    topics: tuple[TopicPattern, ...] = ()
    rows: str | None = None
    named: tuple[str, ...] = ()

    def expects(self, what: Expected) -> bool:
        """Whether this is among what is expected."""
        return any(each.what is what for each in self.expected)


def places_at(text: str, cursor: int | None = None) -> tuple[Place, ...]:
    """The ways to read `text` up to `cursor` (its end if None), the likeliest first.

    None in quotes, regular expressions and comments, nor behind what is no beginning of a query.
    """
    before = text if cursor is None else text[: max(cursor, 0)]
    if len(before) > COMPLETED_LENGTH_MAX or not is_unicode(before):
        return ()
    plain = _read(before, _LETTER)
    readings = [_operator_reading(before), _keyword_reading(before), plain]
    if plain is None or plain.level.in_set:
        readings.append(_read(before, _LETTER_AND_BAR))
    places = [_place(reading) for reading in readings if reading is not None]
    return tuple(dict.fromkeys(place for place in places if place.expected))


# ---- reading


@dataclass(frozen=True, slots=True)
class _Reading:
    """What stands before the word under the cursor in the innermost open query, and what may follow it."""

    text: str
    start: int
    level: Level
    accepted: frozenset[str]


@cache
def treeless_parser() -> Lark:
    """The parser without its tree, so that nothing that a tree refuses stops the reading."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(grammar_folder().glob("*.lark"))]
    transformer: Transformer[object, object] = Transformer()
    return load_or_build(texts, transformer, lambda: build_parser(transformer))


def _read(text: str, future: str) -> _Reading | None:
    """Read `text` as if `future` followed; None when no word may stand, or go on, at its end."""
    cursor = len(text)
    interactive = treeless_parser().parse_interactive(text + future)
    tokens: list[Token] = []
    try:
        lex = cast("Callable[[object], Iterator[Token]]", interactive.lexer_thread.lex)  # left without types
        for token in lex(interactive.parser_state):
            if token_span(token).end > cursor:
                start = token_span(token).start
                break
            interactive.feed_token(token)
            tokens.append(token)
        else:
            return None  # a comment has taken the future
    except UnexpectedInput as unexpected:
        start = min(_start(unexpected), cursor)
        if isinstance(unexpected, UnexpectedToken):
            # The parser has reduced too much to tell what it would have taken.
            interactive = treeless_parser().parse_interactive("")
            for token in tokens:
                interactive.feed_token(token)
    if future != _OPERATOR and not _is_word(text[start:], text[:start]):
        return None
    accepts = cast("Callable[[], set[str]]", interactive.accepts)  # lark leaves it without types
    return _Reading(text, start, _level(tokens), frozenset(accepts()))


def _start(unexpected: UnexpectedInput) -> int:
    assert unexpected.pos_in_stream is not None, "lark says where what it refused stands"
    return unexpected.pos_in_stream


def _is_word(word: str, before: str) -> bool:
    """Whether a word that is being typed may stand behind `before`."""
    if word:
        return word[0] not in _BEGINS_NO_WORD and not _BLANK.search(word)
    return not before or before[-1].isspace() or before[-1] in _BEFORE_A_WORD


def _operator_reading(text: str) -> _Reading | None:
    """What may follow the name of a field; None when no name stands there that could begin a clause."""
    begun = _OPERATOR_BEGUN.search(text)
    if begun is None:
        return None
    reading = _read(text[: begun.end("name")], _OPERATOR)
    if reading is None or reading.level.last != "FIELD":
        return None
    start = begun.start("sign" if begun["sign"] else "word")
    return _Reading(text, start, reading.level, reading.accepted)


def _keyword_reading(text: str) -> _Reading | None:
    """What may stand where the first word of `of data` does; None when it is not there."""
    begun = _KEYWORDS_BEGUN.search(text)
    reading = None if begun is None else _read(text[: begun.start()], _LETTER)
    return None if reading is None else replace(reading, text=text)


def _level(tokens: list[Token]) -> Level:
    """The innermost open query: its tokens, less what closed brackets hold, and its open brackets."""
    frames: list[list[Token]] = [[]]
    opened: list[Token] = []
    for token in tokens:
        if token.type in _CLOSING and opened:
            frames.pop()
            opened.pop()
        frames[-1].append(token)
        if token.type in _OPENING:
            opened.append(token)
            frames.append([])
    first = next((i for i in reversed(range(len(opened))) if opened[i].type == "SUBQUERY"), -1)
    start = 0 if first < 0 else token_span(opened[first]).end
    kept = tuple(token for frame in frames[first + 1 :] for token in frame)
    return Level(start, kept, tuple(opened[first + 1 :]))


# ---- what was read, for those who know names


def _place(reading: _Reading) -> Place:
    level = reading.level
    bar, expected = level.bar, expectations(reading.accepted, level)
    is_of_field = any(each.what in _OF_FIELD for each in expected)
    field, operator = governing_field(level) if is_of_field else ("", "")
    return Place(
        start=reading.start,
        prefix=reading.text[reading.start :],
        expected=expected,
        field=field,
        operator=operator,
        function=level.function,
        topics=_topics(level.tokens),
        rows=None if bar is None else reading.text[level.start : bar.start],
        named=level.named,
    )


def _topics(tokens: tuple[Token, ...]) -> tuple[TopicPattern, ...]:
    """The patterns of the query's `from`."""
    patterns: list[TopicPattern] = []
    is_listing = False
    for before, token in zip((None, *tokens), tokens, strict=False):
        is_listing = token.type == "FROM" or (
            is_listing and token.type in {"TOPIC", "QUOTED", "COMMA", "EXCLUDED"}
        )
        if is_listing and token.type in {"TOPIC", "QUOTED"} and before is not None:
            # Behind the last topic a phrase is no topic.
            if before.type not in {"FROM", "COMMA", "EXCLUDED"}:
                break
            patterns.append(TopicPattern(_topic_text(token), token_span(token), before.type == "EXCLUDED"))
    return tuple(patterns)


def _topic_text(token: Token) -> str:
    if token.type == "TOPIC":
        return str(token.value)
    try:
        return read_quoted(token.value, Span(0, len(token.value))).text
    except Refusal:
        return str(token.value)[1:-1]
