"""What is wrong with a text that was typed, and where, for whoever corrects it."""

from dataclasses import dataclass

from flowql.errors import FlowqlError


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text with an error: where the cursor belongs in it, and a whole text that would do, or None."""

    text: str
    cursor: int
    proposal: str | None


def mistake_in(error: FlowqlError, text: str) -> Mistake | None:
    """Where an error stands in what was typed; None when it is not about a place.

    What ran may be a part of what was typed (behind a command), or more than it (what it refines). A query
    that a command made of something else is not what the user would correct.
    """
    span, about = error.span, getattr(error, "text", text)
    if span is None:
        return None
    place = text.find(about)
    if place >= 0:
        before, after = text[:place], text[place + len(about) :]
        proposal = error.hint and f"{before}{error.hint}{after}"
        return Mistake(text, place + min(span.start, len(about)), proposal)
    put_before = len(about) - len(text)
    if about.endswith(text) and span.start >= put_before:
        return Mistake(text, span.start - put_before, error.hint)
    if text.startswith("\\"):
        return None
    return Mistake(about, min(span.start, len(about)), error.hint)
