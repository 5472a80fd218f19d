"""Text on a stream that has not every character: signs of our own as plainer ones, all else as escapes.

Owns which plain signs stand for which. Does not know what a text says.
"""

_PLAIN = str.maketrans({"·": "-", "…": "..."})


def writable(text: str, encoding: str | None) -> str:
    """`text` in characters that an encoding has; None for a stream that takes everything."""
    if encoding is None or text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text
