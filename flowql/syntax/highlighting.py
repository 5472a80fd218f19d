"""What each part of a text is, for whoever colours it while it is typed: by the lexer that parsing uses.

Owns the table from terminals to what they look like, and the way on behind a mistake: what the grammar does
not allow at its place is `WRONG`, and reading goes on behind it as if it were not there. So a text of any
sort, whole or not, gets its parts; what is open at its end is no mistake yet. Knows no colours, and no field
or value by name.

What a word is depends on where it stands, and the lexer asks the parser; hence the parser is fed as well,
without making a tree.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from lark import Token
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import BasicLexer, ContextualLexer

from flowql.errors import Span
from flowql.syntax.completion import treeless_parser
from flowql.syntax.parser import is_unicode
from flowql.syntax.spans import token_span

if TYPE_CHECKING:
    from collections.abc import Callable

HIGHLIGHTED_LENGTH_MAX = 4_000
"""Characters that are read at every key; what stands behind them is plain."""


class Looks(Enum):
    """What a part of a text is. What is none of these is plain."""

    FIELD = "field"
    OPERATOR = "operator"
    KEYWORD = "keyword"
    STAGE = "stage"
    NAME = "name"  # of a column or a function behind a bar
    WORD = "word"
    NUMBER = "number"  # an address, a time or a duration, too
    QUOTED = "quoted"
    PATTERN = "pattern"
    LIST = "list"
    PARAMETER = "parameter"
    BRACKET = "bracket"
    COMMENT = "comment"
    WRONG = "wrong"


def highlighted(text: str) -> list[tuple[Span, Looks]]:
    """The parts of `text` that look like something, in order and apart; blanks are in none."""
    read = text[:HIGHLIGHTED_LENGTH_MAX]
    if not is_unicode(read):
        return []
    parts: list[tuple[Span, Looks]] = []
    end = 0
    for span, looks in _parts(read):
        parts += _comments(read, end, span.start)
        parts += _sql_parts(read, span) if looks is None else [(span, looks)]
        end = span.end
    return parts + list(_comments(read, end, len(read)))


def compile_terminals() -> None:
    """Make ready what reading any text needs, so that no key waits for it: a quarter of a second's work.

    The lexer compiles the terminals of a place when it first comes there, the longest in 20 ms.
    """
    lexer = treeless_parser().parser.lexer
    assert isinstance(lexer, ContextualLexer), "the parser asks for one"
    for each in (*lexer.lexers.values(), lexer.root_lexer):
        assert isinstance(each, BasicLexer), "a contextual lexer is made of these"
        assert each.scanner, "asking for it makes it"


_CHUNK = re.compile(r"&&|\|\||[^\s()\[\]{}|,\"'`:=<>!~]+|[\s\S]")
_OPEN_QUOTE = re.compile(r"[\"'][^\n]*|`[^`\n]*\Z|/[^\n]*\Z")
_BLANKS = re.compile(r"\s+")
_COMMENT = re.compile(r"(?<![^\s()|,])#[^\n]*")
_SQL_PIECE = re.compile(
    r"""
      (?P<QUOTED>'[^']*'?|"[^"]*"?|`[^`]*`?)
    | (?P<COMMENT>--[^\n]*|/\*[\s\S]*?(?:\*/|\Z)|(?<![^\s()|,])\#[^\n]*)
    | (?P<NUMBER>\b\d[\w.]*)
    | (?P<STAGE>\bselect\b)
    | (?P<KEYWORD>\b(?:distinct|from|where|group|by|having|order|limit|offset|as|and|or|not|in|is|null|like
        |between|case|when|then|else|end|asc|desc|over|partition|filter|cast)\b)
    | (?P<NAME>\b[^\W\d]\w*)
    | (?P<OPERATOR>\|\||[=<>!]+|[-+*/%])
    | (?P<BRACKET>[(),])
    """,
    re.VERBOSE | re.IGNORECASE,
)

_LOOKS: Mapping[Looks, tuple[str, ...]] = MappingProxyType(
    {
        Looks.FIELD: ("FIELD", "QUALIFIER"),
        Looks.OPERATOR: (
            *("MATCH", "EQUALITY", "ORDER", "REGEX_MATCH", "BANG", "MINUS", "EXCLUDED", "DESCENDING"),
            *("RANGE", "RANGE_UP", "RANGE_DOWN", "FORTH", "BOTH_WAYS", "STAR", "MISSING", "COMMA"),
            *("ADD", "SUBTRACT", "TIMES", "DIVIDE", "MODULO"),
        ),
        Looks.KEYWORD: (
            *("AND", "OR", "NOT", "MEMBERSHIP", "TO", "EXPLAIN", "PROFILE", "BY", "AS", "IF", "ASC", "DESC"),
            *(
                "FROM",
                "LAST",
                "OF_DATA",
                "SINCE",
                "UNTIL",
                "BETWEEN",
                "ON",
                "DAILY",
                "TZ",
                "MATCHING",
                "WHOLE",
            ),
        ),
        Looks.STAGE: (
            *("PIPE", "COUNT", "WHERE", "EVAL", "RENAME", "HEAD", "LIMIT", "TAIL", "SORT", "DEDUP", "FIELDS"),
            *("TOP", "RARE", "STATS", "TIMECHART", "FACETS", "LOOKUP"),
        ),
        Looks.NAME: ("NAME", "TOPIC", "ZONE"),
        Looks.WORD: ("WORD", "COLON_WORD", "RECORD", "HOST", "ORIGIN", "GOAL"),
        Looks.NUMBER: ("IPV6", "AGO", "DURATION", "TIME", "DAY", "HOURS", "INTEGER", "NUMBER", "PREFIX"),
        Looks.QUOTED: ("QUOTED", "RAW"),
        Looks.PATTERN: ("REGEX",),
        Looks.LIST: ("LIST",),
        Looks.PARAMETER: ("PARAMETER",),
        Looks.BRACKET: (
            *("LEFT_PARENTHESIS", "RIGHT_PARENTHESIS", "LEFT_BRACKET", "RIGHT_BRACKET", "LEFT_BRACE"),
            *("RIGHT_BRACE", "SUBQUERY"),
        ),
        Looks.COMMENT: ("COMMENT",),
        # Read only to be refused.
        Looks.WRONG: (
            *("PLUS", "NEGATIVE", "BACK", "OTHER_SIGN", "OTHER_REGEX_MATCH", "OTHER_OPERATOR", "CALL"),
            *("OTHER_NULL", "OTHER_STAGE"),
        ),
    }
)
LOOKS_OF_TERMINALS: Mapping[str, Looks | None] = MappingProxyType(
    {terminal: looks for looks, terminals in _LOOKS.items() for terminal in terminals}
    | {"BLANK": None, "SELECT": None}
)
"""How each terminal looks; None: as nothing or, of SQL, as its pieces. A new terminal has its place here."""
_BEGINS_NUMBER = re.compile(r"[0-9]")


def _parts(text: str) -> Iterator[tuple[Span, Looks | None]]:
    """The tokens of a text, and what stands between them that is none; None stands for a text of SQL."""
    place = 0
    interactive = treeless_parser().parse_interactive(text)
    lex = cast("Callable[[object], Iterator[Token]]", interactive.lexer_thread.lex)  # left without types
    while place < len(text):
        state = interactive.parser_state
        try:
            for token in lex(state):
                before = state.copy(deepcopy_values=False)
                try:
                    interactive.feed_token(token)
                except UnexpectedToken:
                    interactive.parser_state = before
                    raise
                place = token_span(token).end
                yield token_span(token), _looks(token, is_last=place == len(text))
        except UnexpectedInput as unexpected:
            span, looks = _unread(text, _start(unexpected))
            yield span, looks
            place = span.end
            lexer_state = interactive.lexer_thread.state
            assert lexer_state is not None, "there is a text"
            lexer_state.line_ctr.char_pos = place
        else:
            return


def _start(unexpected: UnexpectedInput) -> int:
    assert unexpected.pos_in_stream is not None, "lark says where what it refused stands"
    return unexpected.pos_in_stream


def _looks(token: Token, *, is_last: bool) -> Looks | None:
    looks = LOOKS_OF_TERMINALS[token.type]
    if looks is Looks.WRONG and is_last:
        return Looks.WORD  # the beginning of something, perhaps
    if looks is Looks.WORD and _BEGINS_NUMBER.match(token):
        return Looks.NUMBER
    return looks


def _unread(text: str, start: int) -> tuple[Span, Looks]:
    """What stands where no token fits: a quotation that is open yet, or a mistake."""
    quote = _OPEN_QUOTE.match(text, start)
    if quote is not None:
        return Span(start, quote.end()), Looks.PATTERN if quote[0][0] == "/" else Looks.QUOTED
    chunk = _CHUNK.match(text, start)
    assert chunk is not None, "a failure stands before the text's end"
    is_begun = chunk.end() == len(text)  # what is being typed is no mistake yet
    return Span(start, chunk.end()), Looks.WORD if is_begun else Looks.WRONG


def _comments(text: str, start: int, end: int) -> Iterator[tuple[Span, Looks]]:
    """The comments between two tokens, which the lexer skips."""
    for found in _COMMENT.finditer(text, start, end):
        yield Span(*found.span()), Looks.COMMENT


def _sql_parts(text: str, span: Span) -> Iterator[tuple[Span, Looks]]:
    for found in _SQL_PIECE.finditer(text, span.start, span.end):
        assert found.lastgroup is not None, "each piece has a name"
        yield Span(*found.span()), Looks[found.lastgroup]
