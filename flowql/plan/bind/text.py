"""Values of text fields: a whole value or one of its tokens after `:`, the whole value after `=`, wildcards.

Owns the difference between `:` and `=` on text. Knows nothing of fields, nor of how a value is cut into
tokens.
"""

from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.syntax.nodes import Literal, Operator, Range, Regex
from flowql.syntax.refusal import Refusal
from flowql.values import tokens


def match(place: Place, literal: Literal) -> Alternatives:
    """A text; a wildcard covers the whole value. The caller has refused wildcards after `=` and `!=`."""
    if literal.wildcards:
        return Alternatives(patterns=(literal,))
    if place.operator in (Operator.EQUAL, Operator.NOT_EQUAL):
        return Alternatives(wholes=(literal.text,))
    if not literal.quoted and tokens(literal.text) != [literal.text]:
        # Several tokens are looked for one after another only when they are quoted.
        return Alternatives(wholes=(literal.text,))
    return Alternatives(phrases=(literal.text,))


def regex(place: Place, value: Regex) -> Alternatives:
    """A regular expression, over some part of the value."""
    del place
    return Alternatives(regexes=(value.text,))


def between(place: Place, range_: Range) -> Alternatives:
    """Refused: text has no ranges."""
    message = f"{place.field_name} is text, and text has no ranges"
    raise Refusal("bad-operator", message, range_.span)


def compare(place: Place, operator: Operator, literal: Literal) -> Alternatives:
    """Refused: text has no order."""
    message = f"{place.field_name} is text, which {operator.value} does not compare"
    raise Refusal("bad-operator", message, literal.span)
