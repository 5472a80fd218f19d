"""Expressions of eval: the kind of every outcome, and what is refused."""

import pytest
from test_bind import NOW, ONE_TOPIC, bound, refused

from flowql.plan import logical
from flowql.plan.bind import bind
from flowql.plan.given import Given, ParameterValue
from flowql.schema import Kind
from flowql.syntax.parser import parse


def computed(expression: str) -> tuple[str, Kind]:
    """An expression as it is bound, and its kind."""
    plan = bound(f"* | eval x = {expression}").plan
    extend = next(node for node in logical.chain(plan) if isinstance(node, logical.Extend))
    return str(extend.computed[0].expression), extend.computed[0].output.kind


EXPRESSIONS = [
    # numbers
    ("5", "5", Kind.COUNT),
    ("1_000", "1000", Kind.COUNT),
    ("10MB", "10000000", Kind.COUNT),
    ("1Ki", "1024", Kind.COUNT),
    ("1.5k", "1500", Kind.COUNT),
    ("5M", "5000000", Kind.COUNT),
    ("0.5", "0.5", Kind.REAL),
    ("2.0", "2.0", Kind.REAL),
    ("5m", "5m", Kind.DURATION),
    ("1h30m", "1h30m", Kind.DURATION),
    ("-5", "-5", Kind.COUNT),
    ("-5m", "-5m", Kind.DURATION),
    ('"a"', '"a"', Kind.TEXT),
    # columns, aliases and computed fields
    ("octets", "bytes", Kind.COUNT),
    ("bps", "bps", Kind.REAL),
    ("src-zone", "src-zone", Kind.TEXT),
    # arithmetic of numbers
    ("bytes + 1", "(bytes + 1)", Kind.COUNT),
    ("bytes - packets", "(bytes - packets)", Kind.COUNT),
    ("bytes * 8", "(bytes * 8)", Kind.COUNT),
    ("bytes % 3", "(bytes % 3)", Kind.COUNT),
    ("bytes / 1024", "(bytes / 1024)", Kind.REAL),
    ("srcport + dstport", "(srcport + dstport)", Kind.COUNT),
    ("protocol / 2", "(protocol / 2)", Kind.REAL),
    ("bytes * 0.5", "(bytes * 0.5)", Kind.REAL),
    ("bpp - bytes", "(bpp - bytes)", Kind.REAL),
    ("bytes % 1.5", "(bytes % 1.5)", Kind.REAL),
    ("-bytes", "(0 - bytes)", Kind.COUNT),
    ("-bpp", "(0.0 - bpp)", Kind.REAL),
    ("-duration", "(0s - duration)", Kind.DURATION),
    ("bytes + packets * 2", "(bytes + (packets * 2))", Kind.COUNT),
    # times and durations
    ("end - start", "(end - start)", Kind.DURATION),
    ("start + 5m", "(start + 5m)", Kind.TIME),
    ("start - 5m", "(start - 5m)", Kind.TIME),
    ("5m + start", "(5m + start)", Kind.TIME),
    ("start + 300", "(start + 5m)", Kind.TIME),
    ("duration + 0.5", "(duration + 500ms)", Kind.DURATION),
    ("5 - duration", "(5s - duration)", Kind.DURATION),
    ("duration + duration", "(duration + duration)", Kind.DURATION),
    ("duration * 2", "(duration * 2)", Kind.DURATION),
    ("2.5 * duration", "(2.5 * duration)", Kind.DURATION),
    ("duration / 2", "(duration / 2)", Kind.DURATION),
    ("duration / 1s", "(duration / 1s)", Kind.REAL),
    ("bytes / duration", "(bytes / duration)", Kind.REAL),
    ('start - "2018-12-13"', "(start - 2018-12-13T00:00:00Z)", Kind.DURATION),
    # comparisons
    ("bytes > 1500", "(bytes > 1500)", Kind.COUNT),
    ("bpp >= bytes", "(bpp >= (bytes / 1))", Kind.COUNT),
    ("srcport < bytes", "(srcport < bytes)", Kind.COUNT),
    ('action = "REJECT"', '(action = "REJECT")', Kind.COUNT),
    ("action != log-status", "(action != log-status)", Kind.COUNT),
    ('src > "10.0.0.5"', "(srcaddr > 10.0.0.5)", Kind.COUNT),
    ('start > "2018-12-13"', "(start > 2018-12-13T00:00:00Z)", Kind.COUNT),
    ("duration > 90", "(duration > 1m30s)", Kind.COUNT),
    ('duration > "1h"', "(duration > 1h)", Kind.COUNT),
    ("(bytes > 5) + (packets > 3)", "((bytes > 5) + (packets > 3))", Kind.COUNT),
    # functions
    ("if(action:REJECT, bytes, 0)", 'if(action has "REJECT", bytes, 0)', Kind.COUNT),
    ("if(action:REJECT, bytes, 0.5)", 'if(action has "REJECT", (bytes / 1), 0.5)', Kind.REAL),
    ("if(action:REJECT, 0.5, 7)", 'if(action has "REJECT", 0.5, 7.0)', Kind.REAL),
    ("if(duration>5m, duration, 0)", "if(duration in [300.000000001s..], duration, 0s)", Kind.DURATION),
    ("if(ip:10.0.0.5, 1, 0)", "if(srcaddr in [10.0.0.5] or dstaddr in [10.0.0.5], 1, 0)", Kind.COUNT),
    ("if(*, srcport, dstport)", "if(everything, srcport, dstport)", Kind.PORT),
    ("if(*, srcport, bytes)", "if(everything, (srcport + 0), bytes)", Kind.COUNT),
    ('if(*, src, "10.0.0.5")', "if(everything, srcaddr, 10.0.0.5)", Kind.ADDRESS),
    ("coalesce(srcport, dstport, 0)", "coalesce((srcport + 0), (dstport + 0), 0)", Kind.COUNT),
    ("coalesce(action, log-status)", "coalesce(action, log-status)", Kind.TEXT),
    ("coalesce(bytes)", "coalesce(bytes)", Kind.COUNT),
    ("round(bpp)", "round(bpp, 0)", Kind.COUNT),
    ("round(bpp, 2)", "round(bpp, 2)", Kind.REAL),
    ("round(bytes / 3, 15)", "round((bytes / 3), 15)", Kind.REAL),
    ('concat(src, ":", srcport)', 'concat(srcaddr, ":", srcport)', Kind.TEXT),
    ("lower(action)", "lower(action)", Kind.TEXT),
    ("prefix(src, 24)", "prefix(srcaddr, /24/64)", Kind.NETWORK),
    ("prefix(src, 24, 48)", "prefix(srcaddr, /24/48)", Kind.NETWORK),
    ("bucket(start, 5m)", "bucket(start, 5m)", Kind.TIME),
    ("bucket(end, 300)", "bucket(end, 5m)", Kind.TIME),
]


@pytest.mark.parametrize(("text", "expected", "kind"), EXPRESSIONS, ids=[text for text, *_ in EXPRESSIONS])
def test_expression(text: str, expected: str, kind: Kind) -> None:
    assert computed(text) == (expected, kind)


def test_each_column_may_use_those_before_it() -> None:
    plan = bound("* | eval kb = bytes / 1024, mb = kb / 1024 | eval gb = mb / 1024").plan
    assert [str(node) for node in logical.chain(plan)[1:]] == [
        "Extend kb = (bytes / 1024), mb = (kb / 1024)",
        "Extend gb = (mb / 1024)",
    ]
    assert [column.name for column in plan.columns[-3:]] == ["kb", "mb", "gb"]


REFUSALS = [
    ("* | eval bytes = 5", "duplicate-column", "* | eval bytes_2 = 5"),
    ("* | eval x = 1, X = 2", "duplicate-column", "* | eval x = 1, X_2 = 2"),
    ("* | eval duration = 5", "duplicate-column", "* | eval duration_2 = 5"),
    ("* | eval bytes_2 = 1, bytes = 5", "duplicate-column", "* | eval bytes_2 = 1, bytes_3 = 5"),
    ("* | eval x = bytez", "unknown-field", "* | eval x = bytes"),
    ("* | eval x = ip", "not-supported", "* | eval x = srcaddr"),
    ("* | eval x = end-start", "unknown-column", "* | eval x = end - start"),
    ("* | eval x = log-status-action", "unknown-column", "* | eval x = log-status - action"),
    ("* | eval x = y, y = 1", "unknown-field", None),
    ('* | eval x = "a" + action', "bad-arithmetic", '* | eval x = concat("a", action)'),
    ("* | eval x = action * 2", "bad-arithmetic", None),
    ("* | eval x = start + end", "bad-arithmetic", None),
    ("* | eval x = 5m - start", "bad-arithmetic", None),
    ("* | eval x = bytes + duration", "bad-arithmetic", None),
    ("* | eval x = bytes + 5m", "bad-arithmetic", "* | eval x = bytes + 5M"),
    ("* | eval x = duration % 5", "bad-arithmetic", None),
    ("* | eval x = duration * duration", "bad-arithmetic", None),
    ("* | eval x = src + 1", "bad-arithmetic", None),
    ("* | eval x = -action", "bad-arithmetic", None),
    ("* | eval x = bytes > 5m", "bad-comparison", "* | eval x = bytes > 5M"),
    ("* | eval x = src = dstport", "bad-comparison", None),
    ('* | eval x = action < "R"', "bad-operator", None),
    ('* | eval x = src = "nonsense"', "bad-address", None),
    ('* | eval x = start = "nonsense"', "bad-time", None),
    ('* | eval x = duration = "nonsense"', "bad-duration", None),
    ('* | eval x = if(action:REJECT, bytes, "a")', "mixed-kinds", None),
    ("* | eval x = coalesce(src, dstport)", "mixed-kinds", None),
    ("* | eval x = if(bytez>5, 1, 2)", "unknown-field", "* | eval x = if(bytes>5, 1, 2)"),
    ("* | eval x = round(action)", "bad-argument", None),
    ("* | eval x = round(bpp, bytes)", "bad-argument", None),
    ("* | eval x = round(bpp, 16)", "out-of-domain", None),
    ("* | eval x = round(bpp, 1, 2)", "bad-arguments", None),
    ("* | eval x = lower(bytes)", "bad-argument", None),
    ("* | eval x = prefix(src)", "bad-arguments", None),
    ("* | eval x = prefix(bytes, 24)", "bad-argument", None),
    ("* | eval x = prefix(src, bytes)", "bad-argument", None),
    ("* | eval x = prefix(src, 48)", "bad-prefix-length", "* | eval x = prefix(src, 32, 48)"),
    ("* | eval x = prefix(src, 24, 129)", "bad-prefix-length", "* | eval x = prefix(src, 24, 128)"),
    ("* | eval x = bucket(bytes, 5m)", "bad-argument", None),
    ("* | eval x = bucket(start, bytes)", "bad-argument", None),
    ("* | eval x = bucket(start, 36h)", "bad-bucket", "* | eval x = bucket(start, 1d)"),
    ("* | eval x = bucket(start, 0s)", "bad-bucket", None),
    ("* | eval x = 9223372036854775808", "out-of-domain", None),
]


@pytest.mark.parametrize(("text", "code", "proposal"), REFUSALS, ids=[text for text, *_ in REFUSALS])
def test_refused(text: str, code: str, proposal: str | None) -> None:
    (error,) = refused(text)
    assert (error.code, error.proposal) == (code, proposal)


def test_kinds_that_do_not_go_together_are_named() -> None:
    text = "* | eval x = action * 2"
    assert refused(text)[0].render(text) == (
        "error: * has no meaning between text and a number\n"
        "  * | eval x = action * 2\n"
        "               ^^^^^^^^^^\n"
        "  action is text, 2 is a number"
    )


def with_parameter(text: str, value: ParameterValue) -> str:
    """The expression of a text, with a value given for `$p`."""
    plan = bind(parse(text), ONE_TOPIC, NOW, Given(parameters={"p": value})).plan
    assert isinstance(plan, logical.Extend)
    return str(plan.computed[0].expression)


def test_parameters_stand_as_constants() -> None:
    assert with_parameter("* | eval x = bytes * $p", 3) == "(bytes * 3)"
    assert with_parameter("* | eval x = bytes * $p", 0.25) == "(bytes * 0.25)"
    assert with_parameter("* | eval x = concat(action, $p)", "a b") == 'concat(action, "a b")'
    assert with_parameter("* | eval x = src = $p", "10.0.0.5") == "(srcaddr = 10.0.0.5)"
    assert with_parameter("* | eval x = prefix(src, $p)", 16) == "prefix(srcaddr, /16/64)"
    assert with_parameter("* | eval x = if(src:$p, 1, 0)", "10.0.0.0/8") == (
        "if(srcaddr in [10.0.0.0..10.255.255.255], 1, 0)"
    )
