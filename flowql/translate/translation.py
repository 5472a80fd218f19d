"""`translate`: a text of another language as a FlowQL query, with notes on what differs.

Owns which languages there are, and the way from a refusal to the error that people read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flowql.errors import Diagnostic, QueryError
from flowql.syntax.nodes import Clause, Query, Verb
from flowql.syntax.refusal import Refusal
from flowql.translate.from_cql import read_cql
from flowql.translate.from_nfdump import read_nfdump
from flowql.translate.notes import Notes

TEXT_LENGTH_MAX = 100_000
"""Characters of a text to translate."""

_READERS: Mapping[str, Callable[[str, Notes], Clause]] = MappingProxyType(
    {"cql": read_cql, "nfdump": read_nfdump}
)
LANGUAGES = tuple(_READERS)


@dataclass(frozen=True, slots=True)
class Translation:
    """The query, whose spans lie in the text that was translated, and what differs, in the order met."""

    query: Query
    notes: tuple[Diagnostic, ...]


def translate(language: str, text: str) -> Translation:
    """The FlowQL query that says what `text` says in one of `LANGUAGES`; raises `QueryError`."""
    if len(text) > TEXT_LENGTH_MAX:
        message = f"the text is longer than {TEXT_LENGTH_MAX:,} characters (limit: text_length_max)"
        raise QueryError(text, (Diagnostic("text-too-long", message),))
    notes = Notes()
    try:
        clause = _READERS[language](text, notes)
    except Refusal as refusal:
        diagnostic = Diagnostic(refusal.code, refusal.message, refusal.span, details=refusal.details)
        raise QueryError(text, (diagnostic,)) from refusal
    return Translation(Query(text, Verb.SEARCH, (), clause, ()), notes.all())
