"""A failing text made small: pieces are left out as long as it fails in the same way.

Delta debugging (Zeller and Hildebrandt, 2002) in its simple form, over characters.
"""

from collections.abc import Callable

_TRIES_MAX = 3_000


def minimized(text: str, fails: Callable[[str], bool]) -> str:
    """A part of `text` that fails too, of which no single piece of any size can go."""
    tries = 0
    size = max(1, len(text) // 2)
    while size:
        start, shrunk = 0, False
        while start < len(text):
            candidate = text[:start] + text[start + size :]
            tries += 1
            if tries > _TRIES_MAX:
                return text
            if candidate and fails(candidate):
                text, shrunk = candidate, True
            else:
                start += size
        if not shrunk or size > 1:
            size = size // 2
    return text
