"""How the bare words of a query matched: the records that each reading of each word finds.

Owns the counts, which are those of the query's topics and time and not narrowed by its other clauses, and
what is noted of them. Readings are the binder's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flowql.errors import NOWHERE, Diagnostic, Severity, Span
from flowql.execution.scope import Scope
from flowql.plan.bound import WordReading
from flowql.plan.predicates import Everything

WORD_NOTES = ("word-ways", "word-nowhere")
"""The codes of what is noted of words that were counted."""
WORDS_COUNTED_MAX = 32
"""Words of one query whose matches are noted; a pasted list of more is searched, but not told in words."""


@dataclass(frozen=True, slots=True)
class WayCount:
    """One way in which a word was read, and the number of records that it finds."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class WordCount:
    """A bare word or phrase as written, and the ways in which it can be read, in the order of the binder."""

    text: str
    span: Span
    ways: tuple[WayCount, ...]

    @property
    def matching(self) -> tuple[WayCount, ...]:
        """The ways in which it finds some record."""
        return tuple(way for way in self.ways if way.count)


def count_words(scope: Scope) -> tuple[WordCount, ...]:
    """The words of the query in the order of its text; exact, from cardinalities."""
    return tuple(_counted(word, scope) for word in scope.bound.words)


def word_notes(scope: Scope) -> tuple[Diagnostic, ...]:
    """What is noted of words: those that matched in several ways, and those that matched in none.

    Of more than WORDS_COUNTED_MAX words nothing is counted, and that is the note.
    """
    words = {(word.text, word.readings): word for word in reversed(scope.bound.words)}
    if len(words) > WORDS_COUNTED_MAX:
        message = (
            f"how each of the {len(words)} words matched is not counted: "
            f"there are more than {WORDS_COUNTED_MAX} (limit: words_counted_max)"
        )
        return (Diagnostic("words-not-counted", message, severity=Severity.INFO),)
    counted = [_counted(word, scope) for word in sorted(words.values(), key=lambda word: word.span)]
    several = [word for word in counted if len(word.matching) > 1]
    # Where there is no record at all, that no word is found says nothing about the words.
    nowhere = [word for word in counted if not word.matching] if scope.count(Everything()) else []
    return (*_noted_ways(several), *_noted_nowhere(nowhere))


def _counted(word: WordReading, scope: Scope) -> WordCount:
    ways = (WayCount(reading.label, scope.count(reading.predicate)) for reading in word.readings)
    return WordCount(word.text, word.span, tuple(ways))


def _noted_ways(words: Sequence[WordCount]) -> list[Diagnostic]:
    if not words:
        return []
    told = [f"{word.text} is found {_ways_text(word.matching)}" for word in words]
    message = told[0] if len(told) == 1 else f"{len(words)} words are found in several ways"
    return [_note("word-ways", words, message, told)]


def _noted_nowhere(words: Sequence[WordCount]) -> list[Diagnostic]:
    if not words:
        return []
    *others, last = (word.text for word in words)
    subject = f"{', '.join(others)} and {last} are each" if others else f"{last} is"
    message = f"{subject} found in no record of the topics and the time asked for"
    return [_note("word-nowhere", words, message, [])]


def _note(code: str, words: Sequence[WordCount], message: str, told: Sequence[str]) -> Diagnostic:
    """A note about words: one has its place shown, of several each has a line."""
    is_one = len(words) == 1
    return Diagnostic(
        code,
        message,
        words[0].span if is_one else NOWHERE,
        Severity.INFO,
        details=() if is_one else tuple(told),
        count=len(words),
    )


def _ways_text(ways: Sequence[WayCount]) -> str:
    """`as a number of srcport, dstport in 120 records, of packets, bytes in 3, as text of version in 1`."""
    texts = []
    noun_before = ""
    for way in ways:
        noun, of, fields = way.label.partition(" of ")
        is_same = noun == noun_before and of
        texts.append((f"of {fields}" if is_same else f"as {way.label}") + f" in {way.count:,}")
        noun_before = noun
    texts[0] += " record" if ways[0].count == 1 else " records"
    return ", ".join(texts)
