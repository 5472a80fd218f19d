"""Parameters: the value given for `$name`, as the literal, the set or the missing value that it stands for.

Owns the rule that a parameter is a value and never text of the query: a text given is a literal in quotes, in
which no sign or wildcard counts. Knows nothing of fields.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from flowql.errors import Span
from flowql.plan.given import ParameterValue, Scalar
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace


def value_of(given: Mapping[str, ParameterValue], parameter: nodes.Parameter) -> nodes.Value:
    """The value that a parameter stands for; raises `Refusal`."""
    if parameter.name not in given:
        raise _unknown(given, parameter)
    value, span = given[parameter.name], parameter.span
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        items = tuple(_single(each, parameter) for each in value)
        if not items:
            raise Refusal("empty-set", f"the parameter {parameter.name} holds no value", span)
        return nodes.Group(items, span)
    return _single(value, parameter)


def literal_of(given: Mapping[str, ParameterValue], end: nodes.End) -> nodes.Literal:
    """The one literal that stands at an end of a range, or in a time; a parameter of several is refused."""
    if isinstance(end, nodes.Literal):
        return end
    match value_of(given, end):
        case nodes.Literal() as literal:
            return literal
        case nodes.Missing():
            found = "a missing value"
        case _:
            found = "several values"
    raise Refusal("bad-parameter", f"expected one value in {end.name}, found {found}", end.span)


def _single(value: Scalar, parameter: nodes.Parameter) -> nodes.Literal | nodes.Missing:
    span = parameter.span
    match value:
        case None:
            return nodes.Missing(span)
        case bool():
            pass
        case str():
            return nodes.Literal(value, span, quoted=True)
        case int() if value >= 0:
            return nodes.Literal(str(value), span)
        case float() if value >= 0:
            return nodes.Literal(f"{value:.9f}".rstrip("0").rstrip("."), span)
        case datetime() if value.tzinfo is not None:
            return nodes.Literal(value.isoformat(), span)
        case IPv4Address() | IPv6Address() | IPv4Network() | IPv6Network():
            return nodes.Literal(str(value), span)
        case _:
            pass
    raise _no_value(value, span, parameter.name)


def _no_value(value: object, span: Span, name: str) -> Refusal:
    reason = {bool: "a truth value", datetime: "a time without a zone", dict: "a mapping"}.get(
        type(value), f"the value {value!r}"
    )
    details = (
        "a parameter is a text, a number, an address, a network, a time with its zone, None, or a list",
    )
    return Refusal("bad-parameter", f"the parameter {name} holds {reason}", span, details=details)


def _unknown(given: Mapping[str, ParameterValue], parameter: nodes.Parameter) -> Refusal:
    near = get_close_matches(parameter.name, given, n=2)
    fixes = tuple(replace(parameter.span, f"${name}") for name in near)
    known = f"the parameters given are {', '.join(sorted(given))}" if given else "no parameters are given"
    details = (f"{known}; a value is given with --param {parameter.name}=VALUE, or params={{...}}",)
    return Refusal(
        "unknown-parameter",
        f'no value is given for "${parameter.name}"',
        parameter.span,
        *fixes,
        details=details,
    )
