"""Values of tcp-flags: names of bits, and whole values as numbers.

Owns the names (RFC 9293, 3.1; the two of RFC 3168) and the rule that `:` asks whether the bit is set, while
`=` compares the whole value. Everything else a count can do is `number`'s.
"""

from difflib import get_close_matches

from flowql.plan.bind import number
from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.syntax.nodes import Literal, Operator, Range, Regex
from flowql.syntax.refusal import Refusal, replace

FIELD = "tcp-flags"
BITS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ece": 64, "cwr": 128}
_LETTERS = {"f": "fin", "s": "syn", "r": "rst", "p": "psh", "a": "ack", "u": "urg"}
_WHOLE = (Operator.EQUAL, Operator.NOT_EQUAL)


def match(place: Place, literal: Literal) -> Alternatives:
    """The name of a bit, a number or a pattern over digits."""
    text = literal.text.lower()
    bit = None if literal.wildcards else BITS.get(text)
    if bit is not None:
        return Alternatives(ranges=((bit, bit),)) if place.operator in _WHOLE else Alternatives(masks=(bit,))
    if not literal.wildcards and text and text[0].isalpha():
        raise _unknown_flag(place, literal)
    return number.COUNT.match(place, literal)


def regex(place: Place, value: Regex) -> Alternatives:
    """A regular expression over the whole value as printed."""
    return number.COUNT.regex(place, value)


def between(place: Place, range_: Range) -> Alternatives:
    """A range of whole values."""
    return number.COUNT.between(place, range_)


def compare(place: Place, operator: Operator, literal: Literal) -> Alternatives:
    """The whole values above or below a number."""
    return number.COUNT.compare(place, operator, literal)


def flags_of_letters(letters: str) -> tuple[str, ...]:
    """The flags that other tools write as letters: `SA` is syn and ack; () when some letter is none."""
    names = [_LETTERS.get(letter) for letter in letters.lower()]
    return tuple(name for name in names if name) if all(names) else ()


def _unknown_flag(place: Place, literal: Literal) -> Refusal:
    letters = flags_of_letters(literal.text)
    if letters and place.operator is Operator.MATCH and len(letters) > 1:
        message = f'flags are named one by one, found "{literal.text}"'
        details = (f"all of them: {' '.join(f'{FIELD}:{name}' for name in letters)}",)
        fix = replace(literal.span, f"({' OR '.join(letters)})")
        return Refusal("unknown-flag", message, literal.span, fix, details=details)
    near = letters or tuple(get_close_matches(literal.text.lower(), BITS, n=2))
    details = (f"the flags are {', '.join(BITS)}",)
    fixes = (replace(literal.span, near[0]),) if near else ()
    return Refusal("unknown-flag", f'unknown flag "{literal.text}"', literal.span, *fixes, details=details)
