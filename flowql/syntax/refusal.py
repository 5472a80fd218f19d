"""The exception that travels from where a query is refused to where its message is finished.

A `Refusal` knows what is wrong and how the text could be edited to make it right; it does not know the whole
text, so `parser` applies the edits, checks that the outcome parses, and only then offers it.
"""

import re
from dataclasses import dataclass

from flowql.errors import Span

_LINE_ENDS = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in the place of `span`; a span as `text` is the query's own text there, and a blank."""

    span: Span
    text: str | Span


Fix = tuple[Edit, ...]
"""Edits that are made together, none overlapping another."""


class Refusal(Exception):  # noqa: N818 - not an error to the end, but a diagnostic on its way
    """A query refused: code, words, place, and fixes to try, the best first."""

    def __init__(
        self, code: str, message: str, span: Span, *fixes: Fix, details: tuple[str, ...] = ()
    ) -> None:
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
    """`text` with a fix made, on one line if it may be, without the blanks that a removal leaves behind."""
    fixed = text
    for edit in sorted(fix, key=lambda edit: edit.span, reverse=True):
        before, after = fixed[: edit.span.start], fixed[edit.span.end :]
        if isinstance(edit.text, Span):
            before += text[edit.text.start : edit.text.end] + " " * (not after[:1].isspace())
        elif edit.text:
            before += edit.text
        else:
            before, after = _closed_up(before, after)
        fixed = before + after
    fixed = fixed.strip()
    return fixed if "#" in fixed else _LINE_ENDS.sub(" ", fixed)


def _closed_up(before: str, after: str) -> tuple[str, str]:
    """The two sides of a removal, with one blank between them at most, and none beside a bracket."""
    if before[-1:].isspace() or before[-1:] in ("", "(") or after.lstrip()[:1] in ("", ")", ","):
        after = after.lstrip()
    return (before.rstrip(), after) if after[:1] in ("", ")", ",") else (before, after)
