"""What a reader may expect at a place, in words: from the terminals that the grammar allows there.

Owns the one table from terminals to words, so that no name of a terminal reaches a user. Knows nothing of a
particular text.
"""

from collections.abc import Set as AbstractSet

SEARCH_TERM = "a search term or a field clause"
AGGREGATE = "an aggregate such as count() or sum(bytes)"
EXPRESSION = "a column, a number or a function"

# Sets of terminals that mean one thing together, before single ones; the first whose terminals are all there
# is said, and takes them away.
_TOGETHER: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"FIELD", "WORD"}), SEARCH_TERM),
    (frozenset({"WORD"}), "a value"),
    (frozenset({"FIELD"}), "a field clause"),
    (frozenset({"COUNT", "HEAD", "SORT"}), "a stage such as where, stats or top"),
    (frozenset({"NUMBER", "NAME"}), EXPRESSION),
    (frozenset({"ADD", "TIMES"}), "an operator such as + or *"),
    (frozenset({"NUMBER"}), "a number"),
    (frozenset({"LIST"}), "a list such as @assets"),
    (frozenset({"PREFIX", "DURATION"}), "a prefix such as /24, a bucket such as 5m"),
    (frozenset({"TOPIC"}), "the name of a topic"),
    (frozenset({"DURATION"}), "a duration such as 24h"),
    (frozenset({"TIME"}), "a time such as 2018-12-13T14:00Z or -6h"),
    (frozenset({"DAY"}), "a day such as 2018-12-13, a month such as 2018-12, today or yesterday"),
    (frozenset({"HOURS"}), "hours such as 22:00..06:00"),
    (frozenset({"ZONE"}), "a time zone such as UTC, Asia/Shanghai or +08:00"),
    (frozenset({"WHOLE"}), "start or overlap"),
    (frozenset({"GOAL"}), "an address, a network, a zone, a list or any"),
    (frozenset({"FORTH"}), "->"),
    (frozenset({"INTEGER"}), "a number of rows"),
    (frozenset({"NAME"}), "the name of a field"),
    (frozenset({"MATCH", "ORDER"}), "an operator such as : or >"),
    (frozenset({"MATCH"}), "an operator such as : or ="),
    (frozenset({"ORDER"}), "an operator such as > or <"),
    (frozenset({"RIGHT_PARENTHESIS"}), ")"),
    (frozenset({"RIGHT_BRACKET"}), "]"),
    (frozenset({"RIGHT_BRACE"}), "}"),
    (frozenset({"LEFT_PARENTHESIS"}), "("),
    (frozenset({"COMMA"}), "a comma"),
    (frozenset({"TO"}), "TO"),
    (frozenset({"BY"}), "by"),
    (frozenset({"AS"}), "as"),
    (frozenset({"IF"}), "if"),
    (frozenset({"ON"}), "on"),
    (frozenset({"EQUALITY"}), "="),
    (frozenset({"AND"}), "and"),
    (frozenset({"PIPE"}), "|"),
    (frozenset({"$END"}), "the end of the query"),
)

# Never said: other spellings of what is said above, and what is read only to be refused.
UNSAID = frozenset(
    (
        *("OR", "NOT", "BANG", "MINUS", "EXPLAIN", "PROFILE", "MEMBERSHIP", "REGEX_MATCH"),
        *(
            "FROM",
            "EXCLUDED",
            "LAST",
            "OF_DATA",
            "SINCE",
            "UNTIL",
            "BETWEEN",
            "DAILY",
            "TZ",
            "MATCHING",
        ),
        *("COLON_WORD", "IPV6", "AGO", "QUOTED", "RAW", "STAR", "MISSING", "RANGE", "RANGE_UP", "RANGE_DOWN"),
        *("REGEX", "PARAMETER", "RECORD", "QUALIFIER", "SUBQUERY", "HOST", "ORIGIN", "BOTH_WAYS"),
        *("LEFT_BRACKET", "LEFT_BRACE", "ASC", "DESC", "DESCENDING", "PREFIX"),
        *("LIMIT", "WHERE", "EVAL", "RENAME", "TAIL", "DEDUP", "FIELDS", "TOP", "RARE", "STATS", "TIMECHART"),
        *("FACETS", "LOOKUP", "SELECT", "ADD", "SUBTRACT", "TIMES", "DIVIDE", "MODULO"),
        *("PLUS", "NEGATIVE", "BACK", "CALL"),
        *("OTHER_SIGN", "OTHER_REGEX_MATCH", "OTHER_OPERATOR", "OTHER_NULL", "OTHER_STAGE"),
    )
)
_IMPLIED: dict[str, frozenset[str]] = {
    # Where a value or a clause may begin, or may have ended, these go without saying.
    SEARCH_TERM: frozenset(
        {"LEFT_PARENTHESIS", "AND", "PIPE", "$END", "MATCH", "EQUALITY", "ORDER", "COMMA", "LIST", "ON"}
    ),
    "a field clause": frozenset({"LIST", "ON"}),
    "a value": frozenset(
        {"LEFT_PARENTHESIS", "RIGHT_PARENTHESIS", "COMMA", "TO", "AND", "EQUALITY", "ORDER", "LIST"}
    ),
    EXPRESSION: frozenset({"IF", "LEFT_PARENTHESIS"}),
    "an operator such as + or *": frozenset({"EQUALITY", "ORDER", "LEFT_PARENTHESIS"}),
    "an operator such as : or >": frozenset({"EQUALITY"}),
    "an operator such as : or =": frozenset({"EQUALITY"}),
    "an operator such as > or <": frozenset({"EQUALITY"}),
    "the name of a field": frozenset({"BY"}),
    AGGREGATE: frozenset({"BY"}),
}


def known_terminals() -> frozenset[str]:
    """Every terminal that the table speaks of, or leaves unsaid on purpose."""
    return UNSAID.union(*(terminals for terminals, _ in _TOGETHER))


def expected_words(accepted: AbstractSet[str], *, in_stats: bool = False) -> str:
    """The accepted terminals in words: "a value", "a comma or |"; `in_stats` makes a name an aggregate."""
    left = set(accepted)
    said: list[str] = []
    for terminals, words in _TOGETHER:
        if terminals <= left:
            meant = AGGREGATE if words == "the name of a field" and in_stats else words
            said.append(meant)
            left -= terminals | _IMPLIED.get(meant, frozenset())
    if len(said) > 1 and said[-1] == "the end of the query":
        said.pop()
    return _listed(said) or "nothing more"


def _listed(words: list[str]) -> str:
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)
