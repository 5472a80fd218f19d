"""From a failure of the parser to a refusal in words: what was expected, what was found, what would be right.

Owns the order of the cases that have words of their own, and the general words for all others. Whether a fix
parses is for `parser` to see.
"""

from flowql.errors import Span
from flowql.syntax.diagnose_aggregates import AGGREGATE_CASES
from flowql.syntax.diagnose_commas import comma_values
from flowql.syntax.diagnose_expressions import EXPRESSION_CASES
from flowql.syntax.diagnose_places import PLACE_CASES
from flowql.syntax.diagnose_signs import SIGN_CASES
from flowql.syntax.diagnose_stages import STAGE_CASES
from flowql.syntax.failure import Failure
from flowql.syntax.literals import RESERVED_WORDS
from flowql.syntax.refusal import Fix, Refusal, replace
from flowql.syntax.spans import token_span
from flowql.syntax.words import expected_words

SHOWN_LENGTH_MAX = 40
"""Characters of the text that a message repeats."""

_DANGLING = frozenset(
    {
        *("AND", "OR", "NOT", "BANG", "MINUS", "PLUS", "COMMA", "PIPE"),
        *("ADD", "SUBTRACT", "TIMES", "DIVIDE", "MODULO"),
    }
)
_OPERATORS = frozenset({"MATCH", "EQUALITY", "ORDER", "MEMBERSHIP"})
_DELETABLE = frozenset({")", "]", "}", ",", "|", "and", "or", "&&", "||"})
_BRACKETS = frozenset("()[]{}")
_WORDS = frozenset({"WORD", "COLON_WORD"})

_CASES = (
    comma_values,
    *AGGREGATE_CASES,
    *EXPRESSION_CASES,
    *STAGE_CASES,
    *SIGN_CASES,
    *PLACE_CASES,
)


def diagnose(failure: Failure) -> Refusal:
    """The refusal of a text that does not parse."""
    for case in _CASES:
        refusal = case(failure)
        if refusal is not None:
            return refusal
    code = "unexpected-end" if failure.at_end else "unexpected"
    return Refusal(code, _general_message(failure), failure.span, *_general_fixes(failure))


def _general_message(failure: Failure) -> str:
    if _quoted_word(failure):
        return f"{failure.found[0]} cannot stand inside a word: quote the text, or put a backslash before it"
    accepted = failure.accepted - {"BY"} if failure.stage == "COUNT" else failure.accepted
    expected = expected_words(accepted, in_stats=failure.in_aggregates)
    return f"expected {expected}{_after(failure)}, found {_found(failure)}"


def _after(failure: Failure) -> str:
    """The words before the place: a keyword, a sign, or a field with its operator."""
    if failure.last is None:
        return ""
    end = token_span(failure.last).end
    start = token_span(failure.last).start
    if failure.last_type in _OPERATORS | {"INTEGER"} and len(failure.tokens) > 1:
        start = token_span(failure.tokens[-2]).start
    text = " ".join(failure.text[start:end].split()).replace(",", "the comma")
    return f" after {text}" if len(text) <= SHOWN_LENGTH_MAX else ""


def _found(failure: Failure) -> str:
    found = failure.found
    if not found:
        return "the end of the query"
    if found.lower() in RESERVED_WORDS:
        return found.upper() if found.lower() in {"and", "or", "not"} else found.lower()
    if not found[0].isalnum():
        return found[:SHOWN_LENGTH_MAX]
    return f'"{found[:SHOWN_LENGTH_MAX]}"'


def _general_fixes(failure: Failure) -> tuple[Fix, ...]:
    """Leaving out what dangles before the place, or a sign found there, or quoting a word with a sign."""
    fixes: list[Fix] = []
    closing = failure.closers if failure.at_end else ""
    if failure.last is not None and failure.last_type in _DANGLING:
        end = replace(Span(len(failure.text), len(failure.text)), closing) if closing else ()
        fixes.append((*replace(token_span(failure.last), ""), *end))
    if failure.found.lower() in _DELETABLE and (failure.found != "|" or failure.last_type == "PIPE"):
        fixes.append(replace(failure.span, " " if _touches(failure) else ""))
    quoted = _quoted_word(failure)
    return (*fixes, quoted) if quoted else tuple(fixes)


def _touches(failure: Failure) -> bool:
    """Whether a sign keeps two words apart."""
    before, after = failure.text[: failure.span.start], failure.text[failure.span.end :]
    return before[-1:].isalnum() and after[:1].isalnum()


def _quoted_word(failure: Failure) -> Fix | None:
    """The word that a sign interrupts, such as `a=b` in `f:a=b`, in quotes."""
    if failure.last is None or failure.last_type not in _WORDS or failure.at_end:
        return None
    before = token_span(failure.last)
    if (
        before.end != failure.span.start
        or failure.found[:1] in _BRACKETS
        or failure.found in _DELETABLE
        or '"' in failure.found
    ):
        return None
    whole = before.to(failure.span)
    return replace(whole, f'"{failure.text[whole.start : whole.end]}"')
