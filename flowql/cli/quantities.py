"""How long and how much: durations and sizes as they are written on the command line and in settings.

Owns their reading. The units are those of the query language.
"""

from flowql.errors import UsageError
from flowql.values import SECOND_NS, parse_count, parse_duration


def read_duration(text: str) -> float:
    """Seconds, more than none: `30s`, `1m30s`, `500ms`; a plain number is of seconds."""
    duration_ns = parse_duration(text)
    if duration_ns is None and text.isascii() and text.isdigit():
        duration_ns = parse_duration(f"{text}s")
    if not duration_ns:
        raise UsageError(f'a duration is written like 30s, 1m30s or 500ms, found "{text}"')
    return duration_ns / SECOND_NS


def read_size(text: str) -> int:
    """Bytes, more than none: `2GiB`, `512Mi`, `500MB`; a plain number is of bytes."""
    byte_count = parse_count(text)
    if not byte_count:
        raise UsageError(f'a size is written like 2GiB, 512MiB or 500MB, found "{text}"')
    return byte_count
