"""The exception that travels from where a query is refused to where its message is finished.

A `Refusal` knows what is wrong and how the text could be edited to make it right; it does not know the whole text,
so `parser` applies the edits, checks that the outcome parses, and only then offers it.
"""

from dataclasses import dataclass

from flowql.errors import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in the place of `span`; a span as `text` is the query's own text there, and a blank."""

    span: Span
    text: str | Span


Fix = tuple[Edit, ...]
"""Edits that are made together, none overlapping another."""


class Refusal(Exception):  # noqa: N818 - not an error to the end, but a diagnostic on its way
    """A query refused: code, words, place, and fixes to try, the best first."""

    def __init__(self, code: str, message: str, span: Span, *fixes: Fix, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.span = span
        self.fixes = fixes
        self.details = details


def replace(span: Span, text: str) -> Fix:
    """The fix that puts `text` in the place of `span`."""
    return (Edit(span, text),)


def apply(fix: Fix, text: str) -> str:
    """`text` with a fix made, without the blanks that a removal leaves behind."""
    fixed = text
    for edit in sorted(fix, key=lambda edit: edit.span, reverse=True):
        before, after = fixed[: edit.span.start], fixed[edit.span.end :]
        inserted = edit.text if isinstance(edit.text, str) else f"{text[edit.text.start : edit.text.end]} "
        if not inserted and (not before or before[-1].isspace()):
            after = after.lstrip()
        fixed = before + inserted + after
    return fixed.strip()
