"""Colours of a terminal: which code means what.

Owns the codes (ECMA-48, 8.3.117) and the one rule that nothing is painted without `Style.colour`. Colours are
the eight that every terminal's theme defines, so that they are readable on dark and light grounds.
"""

from flowql.render.answer import Style

BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
RED = "\x1b[31m"
REFUSED = frozenset(
    ("REJECT", "REJECTED", "DENY", "DENIED", "DROP", "DROPPED", "BLOCK", "BLOCKED", "REFUSE", "REFUSED")
)
"""What firewalls and clouds call an action that let nothing through, in upper case."""


def painted(text: str, code: str, style: Style) -> str:
    """The text in a colour, where the style has colours."""
    return f"{code}{text}{PLAIN}" if style.colour and text else text


def is_refused(action: str | None) -> bool:
    """Whether an action let nothing through."""
    return action is not None and action.upper() in REFUSED
