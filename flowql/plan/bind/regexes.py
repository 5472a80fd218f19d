"""Regular expressions: whether one can be run, and what is said of one that cannot.

Owns the limit on their length and the words around the reason that RE2 gives. What a field does with one is
its kind's.
"""

from flowql.store.patterns import regex_error
from flowql.syntax.nodes import Regex
from flowql.syntax.refusal import Refusal

REGEX_LENGTH_MAX = 10_000
"""Characters of a regular expression."""


def check_regex(regex: Regex) -> None:
    """Refuse an expression that RE2 does not take."""
    if len(regex.text) > REGEX_LENGTH_MAX:
        message = (
            f"a regular expression is longer than {REGEX_LENGTH_MAX:,} characters (limit: regex_length_max)"
        )
        raise Refusal("bad-regex", message, regex.span)
    reason = regex_error(regex.text)
    if reason is not None:
        raise Refusal("bad-regex", f"the regular expression cannot be read: {reason}", regex.span)
