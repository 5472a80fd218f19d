"""Random stages that make groups of rows: stats, timechart, top, rare, facets, count."""

from dataclasses import dataclass

from hypothesis import strategies as st

from flowql.schema import Kind
from oracle.random_expressions import INTEGERS, conditions
from oracle.random_shape import SIDES, VIRTUAL, Draw, Shape, Step

_PREFIXES = ("/24", "/8", "/0", "/32", "/24/48", "/20/128")
_WIDTHS = ("1m", "5m", "7m", "90s", "1h", "1d", "1w")
_FEW = ("action", "protocol", "log-status", "src-zone", "vpc-id", "srcport", "tcp-flags")
"""Fields of few values, for charts, which have a row for each of them in every bucket."""


def _count(_: Draw, shape: Shape, *__: object) -> str:
    _become(shape, {"count": Kind.COUNT})
    return "count"


def _become(shape: Shape, columns: dict[str, Kind], inexact: frozenset[str] = frozenset()) -> None:
    shape.columns, shape.inexact = columns, set(inexact)
    shape.of_records = shape.is_plain = False


def _stats(draw: Draw, shape: Shape, *_: object) -> str:
    measures = _measures(draw, shape)
    keys = _keys(draw, shape, sorted(shape.reliable), draw(st.sampled_from((0, 1, 1, 2, 3))))
    by = f" by {', '.join(keys.values())}" if keys else ""
    key_kinds = {name: _key_kind(shape, name, text) for name, text in keys.items()}
    inexact = frozenset(each.name for each in measures if each.inexact)
    _become(shape, {**key_kinds, **{each.name: each.kind for each in measures}}, inexact)
    return f"stats {', '.join(each.text for each in measures)}{by}"


def _timechart(draw: Draw, shape: Shape, *_: object) -> str:
    if shape.columns.get("start") is not Kind.TIME:
        return _stats(draw, shape)
    measures = _measures(draw, shape)
    few = sorted(set(_FEW) & shape.named.keys())
    key_count = draw(st.sampled_from((0, 0, 1, 2))) if few else 0
    keys = _keys(draw, shape, few, key_count)
    by = f" by {', '.join(keys.values())}" if keys else ""
    width = draw(st.sampled_from(_WIDTHS))
    inexact = frozenset(each.name for each in measures if each.inexact)
    key_kinds = {name: _key_kind(shape, name, text) for name, text in keys.items()}
    _become(shape, {"start": Kind.TIME, **key_kinds, **{each.name: each.kind for each in measures}}, inexact)
    return f"timechart {width} {', '.join(each.text for each in measures)}{by}"


def _top(draw: Draw, shape: Shape, *_: object) -> str:
    ((key, text),) = _keys(draw, shape, sorted(shape.reliable), 1).items()
    counts = sorted(set(shape.of(Kind.COUNT)) & shape.columns.keys())
    by, kind = "", {"count": Kind.COUNT}
    if counts and draw(st.booleans()):
        name = draw(st.sampled_from(counts))
        by = draw(st.sampled_from((" by {}", " by sum({})", " by sum({}) if ({condition})")))
        by = by.format(name, condition=draw(conditions(shape.reliable)))
        kind = {f"sum_{name.replace('-', '_')}": Kind.COUNT}
    stage = draw(st.sampled_from(("top", "top", "rare")))
    if key in kind:
        return _count(draw, shape)
    _become(shape, {key: _key_kind(shape, key, text), **kind, "share": Kind.REAL})
    return f"{stage} {draw(st.integers(1, 12))} {text}{by}"


def _facets(draw: Draw, shape: Shape, *_: object) -> str:
    if shape.inexact:
        return _count(draw, shape)
    _become(shape, {"field": Kind.TEXT, "value": Kind.TEXT, "count": Kind.COUNT, "share": Kind.REAL})
    return f"facets {draw(st.integers(1, 6))}"


GROUP_STEPS: tuple[Step, ...] = (_stats, _timechart, _stats, _facets, _top, _timechart, _stats, _top, _count)


# ---- keys and measures


def _keys(draw: Draw, shape: Shape, names: list[str], count: int) -> dict[str, str]:
    """Keys as written, by the names of their columns."""
    keys: dict[str, str] = {}
    for _ in range(count):
        has_sides = shape.is_plain and not SIDES.keys() & keys.keys() and draw(st.integers(0, 7)) == 0
        name = draw(st.sampled_from(sorted(SIDES) if has_sides else names))
        kind = SIDES[name] if has_sides else shape.named[name]
        keys[name] = name
        if kind is Kind.ADDRESS and draw(st.booleans()):
            keys[name] += draw(st.sampled_from(_PREFIXES))
        if kind is Kind.TIME and draw(st.booleans()):
            keys[name] += f" {draw(st.sampled_from(_WIDTHS))}"
    return keys


def _key_kind(shape: Shape, name: str, text: str) -> Kind:
    if "/" in text:
        return Kind.NETWORK
    return shape.named[name] if name in shape.named else SIDES[name]


@dataclass(frozen=True, slots=True)
class _Measure:
    text: str
    name: str
    kind: Kind
    inexact: bool = False


def _measures(draw: Draw, shape: Shape) -> list[_Measure]:
    return [_measure(draw, shape) for _ in range(draw(st.sampled_from((1, 1, 2, 3))))]


def _measure(draw: Draw, shape: Shape) -> _Measure:
    function, kinds = draw(st.sampled_from(_FUNCTIONS))
    names = sorted(set(shape.of(*kinds)) & (shape.columns.keys() | VIRTUAL.keys()))
    if function in ("first", "last") and "start" not in shape.columns:
        names = []
    name = shape.new_name()
    text, kind, inexact = "count()", Kind.COUNT, False
    if names and function == "dc" and shape.is_plain and draw(st.integers(0, 4)) == 0:
        text = f"dc({draw(st.sampled_from(sorted(SIDES)))})"
    elif names:
        argument = draw(st.sampled_from(names))
        text, kind = f"{function}({argument})", _kind_of(function, shape.named[argument])
        inexact = kind is Kind.REAL and argument in shape.inexact
    condition = f" if ({draw(conditions(shape.reliable))})" if draw(st.integers(0, 3)) == 0 else ""
    text += f" as {name}{condition}" if draw(st.booleans()) else f"{condition} as {name}"
    return _Measure(text, name, kind, inexact)


def _kind_of(function: str, kind: Kind) -> Kind:
    match function:
        case "count" | "dc":
            return Kind.COUNT
        case "avg":
            return Kind.DURATION if kind is Kind.DURATION else Kind.REAL
        case "values":
            return Kind.TEXT
        case _:
            return kind


_EVERY = (*INTEGERS, Kind.TIME, Kind.ADDRESS, Kind.TEXT, Kind.DURATION)
_FUNCTIONS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("count", ()),
    ("count", _EVERY),
    ("sum", (Kind.COUNT, Kind.DURATION)),
    ("avg", (Kind.COUNT, Kind.DURATION)),
    ("min", _EVERY),
    ("max", _EVERY),
    ("dc", _EVERY),
    ("p50", (Kind.COUNT, Kind.REAL, Kind.DURATION)),
    ("p95", (Kind.COUNT,)),
    ("p99", (Kind.COUNT, Kind.REAL)),
    ("p1", (Kind.COUNT, Kind.DURATION)),
    ("first", _EVERY),
    ("last", _EVERY),
    ("values", (Kind.TEXT, Kind.PROTOCOL, Kind.PORT)),
)
