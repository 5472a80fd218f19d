"""A line that begins with a bar: it goes on where the previous query ended.

Owns what such a line is, and how the two become one text. Does not know what either means.
"""

import re

from flowql.errors import UsageError

_BEGINS_WITH_BAR = re.compile(r"\s*\|(?!\|)")


def is_refinement(text: str) -> bool:
    """Whether a text goes on from the previous query: it begins with a bar, and with one only."""
    return _BEGINS_WITH_BAR.match(text) is not None


def refined(previous: str | None, text: str) -> str:
    """The previous query with the stages of `text` behind it. Raises `UsageError` when there is none."""
    if previous is None:
        raise UsageError(
            "a line that begins with | goes on from the previous query, and there is none yet",
            hint=f"begin with a search: * {text.strip()}",
        )
    # On a line of its own: a comment at the end of the previous query would swallow what follows it.
    joint = "\n" if "#" in previous or "\n" in previous else " "
    return previous.rstrip() + joint + text.strip()
