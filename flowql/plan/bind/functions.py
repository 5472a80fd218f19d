"""The functions of expressions: `round(x, 2)`, `prefix(srcaddr, 24)`, `concat(a, ":", b)`.

Owns what each takes, and the words about arguments that it does not take. Which names are functions is the
parser's to check.
"""

from collections.abc import Sequence

from flowql.errors import Span
from flowql.plan.bind.columns import Columns
from flowql.plan.bind.keys import bucket_of, checked_prefix
from flowql.plan.bind.operands import Operand, constant_as, one_kind
from flowql.plan.expressions import Bucketed, Coalesce, Concat, Constant, Expression, Lower, Prefixed, Round
from flowql.schema import Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal

DIGITS_MAX = 15
"""Decimals that round keeps: a double has no more."""

_FORMS = {
    "coalesce": (1, None, "coalesce(a, b, ...)"),
    "round": (1, 2, "round(x) or round(x, digits)"),
    "concat": (1, None, "concat(a, b, ...)"),
    "lower": (1, 1, "lower(text)"),
    "prefix": (2, 3, "prefix(address, 24) or prefix(address, 24, 64)"),
    "bucket": (2, 2, "bucket(time, 5m)"),
}
"""How many arguments each takes, at least and at most, and how it is written."""


def bind_call(columns: Columns, call: nodes.Call, arguments: Sequence[Operand]) -> Expression:
    """The typed expression of a call; raises `Refusal`."""
    name = call.function.text
    least, most, form = _FORMS[name]
    if len(arguments) < least or (most is not None and len(arguments) > most):
        message = f"{name} is written {form}, found {len(arguments)} arguments"
        raise Refusal("bad-arguments", message.replace(" 1 arguments", " 1 argument"), call.span)
    match name:
        case "coalesce":
            return Coalesce(one_kind(columns.binding, arguments, name))
        case "concat":
            return Concat(tuple(each.expression for each in arguments))
        case "lower":
            return Lower(_of_kind(columns, call, arguments[0], Kind.TEXT))
        case "round":
            return _round(columns, call, arguments)
        case "prefix":
            return _prefix(columns, call, arguments)
        case "bucket":
            return _bucket(columns, call, arguments)
        case _:
            raise AssertionError(f"no such function: {name}")


def _round(columns: Columns, call: nodes.Call, arguments: Sequence[Operand]) -> Expression:
    item, *rest = arguments
    if not item.is_number:
        raise _not_taken(columns, call, item, "a number")
    digits = _integer(columns, call, rest[0], "a number of digits") if rest else 0
    if digits > DIGITS_MAX:
        message = f"round keeps at most {DIGITS_MAX} decimals, found {digits}"
        raise Refusal("out-of-domain", message, rest[0].span)
    return Round(item.expression, digits)


def _prefix(columns: Columns, call: nodes.Call, arguments: Sequence[Operand]) -> Expression:
    item, *rest = arguments
    address = _of_kind(columns, call, item, Kind.ADDRESS)
    lengths = [_integer(columns, call, each, "a prefix length") for each in rest]
    span = Span(rest[0].span.start, rest[-1].span.end)
    ipv6_length = lengths[1] if len(lengths) > 1 else None
    return Prefixed(address, checked_prefix(lengths[0], ipv6_length, span, "{}, {}"))


def _bucket(columns: Columns, call: nodes.Call, arguments: Sequence[Operand]) -> Expression:
    item, width = arguments
    time = _of_kind(columns, call, item, Kind.TIME)
    match constant_as(columns.binding, width, Kind.DURATION).expression:
        case Constant(int() as width_ns, Kind.DURATION):
            return Bucketed(time, bucket_of(columns.binding, width_ns, width.span))
        case _:
            raise _not_taken(columns, call, width, "the width of a bucket, such as 5m")


def _of_kind(columns: Columns, call: nodes.Call, operand: Operand, kind: Kind) -> Expression:
    """An argument of a kind; a text in quotes can be an address or a time."""
    read = constant_as(columns.binding, operand, kind)
    if read.kind is not kind:
        nouns = {Kind.TEXT: "a text", Kind.ADDRESS: "an address"}
        raise _not_taken(columns, call, operand, nouns.get(kind, f"a {kind.value}"))
    return read.expression


def _integer(columns: Columns, call: nodes.Call, operand: Operand, what: str) -> int:
    """A whole number that is written, or given as a parameter."""
    match operand.expression:
        case Constant(int() as value, Kind.COUNT) if value >= 0:
            return value
        case _:
            raise _not_taken(columns, call, operand, what)


def _not_taken(columns: Columns, call: nodes.Call, operand: Operand, expected: str) -> Refusal:
    found = f"{columns.binding.source(operand.span)}, {operand.noun}"
    if isinstance(operand.expression, Constant):
        found = columns.binding.source(operand.span)
    message = f"{call.function.text} expects {expected} here, found {found}"
    return Refusal("bad-argument", message, operand.span)
