"""A text and the same text with a mistake mended: which place of the one is which of the other.

Owns the way back from a place in a mended text, so that a further mistake found there can be shown where the
user wrote it. What the mending itself brought in has no place in the original.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from flowql.errors import NOWHERE, Diagnostic, Span


def place_in_original(original: str, mended: str, span: Span) -> Span | None:
    """Where the mended text's `span` stands in the original; None when the mending touched it."""
    if span == NOWHERE:
        return None
    matcher = SequenceMatcher(None, mended, original, autojunk=False)
    for start, original_start, size in matcher.get_matching_blocks():
        # A place at the very edge of what was mended may be the mending's own doing.
        first = start + (original_start > 0 or start > 0)
        end, original_end = start + size, original_start + size
        last = end - (end < len(mended) or original_end < len(original))
        if size and first <= span.start and span.end <= last:
            shift = original_start - start
            return Span(span.start + shift, span.end + shift)
    return None


def told_of_original(original: str, mended: str, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The diagnostics of a mended text that concern what the user wrote, at its places."""
    for diagnostic in diagnostics:
        span = place_in_original(original, mended, diagnostic.span)
        if span is not None:
            yield replace(diagnostic, span=span)
