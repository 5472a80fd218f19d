"""What a value of a kind is called in messages: `an address`, `a count`, `text`.

Owns these words.
"""

from flowql.schema import Kind

_NOUNS = {Kind.ADDRESS: "an address", Kind.TEXT: "text", Kind.REAL: "a real number"}


def noun_of(kind: Kind, *, is_virtual: bool = False) -> str:
    """A value of a kind, in words; the real numbers that are computed fields are quotients."""
    return "a quotient" if is_virtual and kind is Kind.REAL else _NOUNS.get(kind, f"a {kind.value}")
