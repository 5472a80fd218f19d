"""Random conditions on columns, by their kind, and random expressions of eval, each of which LANGUAGE.md allows.

Owns what may be said of columns that stages have made, of which nothing but name and kind is known. Numbers
stay small enough for 64 bits, and what is real is worked out by one division, so that every way of doing so
rounds it alike.
"""

from collections.abc import Mapping

from hypothesis import strategies as st

from flowql.schema import Kind

INTEGERS = (Kind.COUNT, Kind.PORT, Kind.PROTOCOL)
_CONDITIONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.COUNT: ("{}>1", "{}>=40", "{}:1..1500", "{} in (0, 1, 5, 41)", "{}!=1", "{}<1k", "{}:100"),
    Kind.PORT: ("{}:22", "{}<1024", "{} in (22, 80, 8000..9000)", "{}!=443", "{}:https"),
    Kind.PROTOCOL: ("{}:6", "{}:tcp", "{} in (1, 17)", "{}!=6"),
    Kind.REAL: ("{}>0.5", "{}:0.25..8", "{}<=40", "{}>=1k", "{}<0.125"),
    Kind.DURATION: ("{}>1s", "{}:0..1m", "{}<=60", "{}!=0", "{}>10m"),
    Kind.TIME: ("{}>=2024-01-01T00:05", "{}<2024-01-01T00:10", "{}:2024-01-01T00:00..2024-01-01T00:07"),
    Kind.ADDRESS: ("{}:10.0.0.0/8", "{}:10.0.0.1", "{}!=10.0.0.0/24", "{}:2001:db8::/32", "{}:..10.0.1.0"),
    Kind.NETWORK: ("{}:10.0.0.0/8", "{}=10.0.0.0/24", "{} in (10.0.0.0/24, 2001:db8::/32)", "{}!=10.0.0.0/8"),
    Kind.TEXT: ("{}:REJECT", "{}:*e*", "{}~/^[a-m]/", "{}!=accept", "{}:eni-lq6*", "{}=private"),
}
_NAMES = frozenset(("src-zone", "dst-zone", "service", "protocol-name", "topic", "conversation"))
"""Texts of which one that they cannot be is refused."""
_NAMED = ("{}:p*", "{}~/o/", "{}:*s", "{}~/^1/")
_PRESENCE = ("{}:*", "{}:-", "NOT {}:*")


@st.composite
def conditions(draw: st.DrawFn, columns: Mapping[str, Kind]) -> str:
    """One or two conditions on columns."""
    found = []
    for _ in range(draw(st.sampled_from((1, 1, 2)))):
        name = draw(st.sampled_from(sorted(columns)))
        forms = _NAMED if name in _NAMES else _CONDITIONS[columns[name]]
        found.append(draw(st.sampled_from(forms + forms + _PRESENCE)).format(name))
    return draw(st.sampled_from((" ", " AND NOT ", " OR "))).join(found)


@st.composite
def expressions(draw: st.DrawFn, columns: Mapping[str, Kind]) -> tuple[str, Kind]:
    """An expression on columns, and its kind."""

    def names(*kinds: Kind) -> list[str]:
        return sorted(name for name, kind in columns.items() if kind in kinds)

    def one(*kinds: Kind) -> str:
        return draw(st.sampled_from(names(*kinds)))

    makers = [kind for kind in _MADE_OF if names(*_MADE_OF[kind])]
    kind = draw(st.sampled_from(makers))
    condition = draw(conditions(columns))
    of = _MADE_OF[kind]
    form, outcome = draw(st.sampled_from(_FORMS[kind]))
    return form.format(one(*of), one(*of), condition=condition), outcome


_MADE_OF: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.COUNT: INTEGERS,
    Kind.TIME: (Kind.TIME,),
    Kind.DURATION: (Kind.DURATION,),
    Kind.ADDRESS: (Kind.ADDRESS,),
    Kind.TEXT: (Kind.TEXT,),
    Kind.REAL: (Kind.REAL,),
}
_FORMS: Mapping[Kind, tuple[tuple[str, Kind], ...]] = {
    Kind.COUNT: (
        ("{} + {}", Kind.COUNT),
        ("{} - {}", Kind.COUNT),
        ("{} * 3", Kind.COUNT),
        ("{} % 7", Kind.COUNT),
        ("({} - 41) % {}", Kind.COUNT),
        ("- {} + 1_000", Kind.COUNT),
        ("{} / {}", Kind.REAL),
        ("{} / 1Ki", Kind.REAL),
        ("({} + 1) / ({} - 1)", Kind.REAL),
        ("{} > {}", Kind.COUNT),
        ("({} <= 41) + ({} = 1)", Kind.COUNT),
        ("if({condition}, {} + 0, {} + 0)", Kind.COUNT),
        ("if({condition}, 1, 0.5)", Kind.REAL),
        ("coalesce({} + 0, {} + 0, 0)", Kind.COUNT),
        ("round({} / 4)", Kind.COUNT),
        ("round({} / 8, 1)", Kind.REAL),
        ("concat({}, '/', {})", Kind.TEXT),
    ),
    Kind.TIME: (
        ("{} - {}", Kind.DURATION),
        ("{} + 60", Kind.TIME),
        ("{} - 1h30m", Kind.TIME),
        ("bucket({}, 7m)", Kind.TIME),
        ("bucket({}, 1d)", Kind.TIME),
        ("coalesce({}, {})", Kind.TIME),
        ("{} < {}", Kind.COUNT),
        ("concat('at ', {})", Kind.TEXT),
    ),
    Kind.DURATION: (
        ("{} + {}", Kind.DURATION),
        ("{} * 3", Kind.DURATION),
        ("{} / 7", Kind.DURATION),
        ("{} / 1m", Kind.REAL),
        ("8 / {}", Kind.REAL),
        ("{} + 30", Kind.DURATION),
        ("{} > 10m", Kind.COUNT),
        ("concat({}, ' long')", Kind.TEXT),
    ),
    Kind.ADDRESS: (
        ("prefix({}, 24)", Kind.NETWORK),
        ("prefix({}, 20, 48)", Kind.NETWORK),
        ("{} = {}", Kind.COUNT),
        ("{} = '10.0.0.1'", Kind.COUNT),
        ("coalesce({}, {})", Kind.ADDRESS),
        ("concat({}, ' -> ', {})", Kind.TEXT),
        ("if({condition}, {}, {})", Kind.ADDRESS),
    ),
    Kind.TEXT: (
        ("lower({})", Kind.TEXT),
        ("concat({}, '-', {})", Kind.TEXT),
        ("coalesce({}, 'none')", Kind.TEXT),
        ("{} = 'reject'", Kind.COUNT),
        ("if({condition}, {}, 'other')", Kind.TEXT),
        ("lower(coalesce({}, {}))", Kind.TEXT),
    ),
    Kind.REAL: (
        ("round({})", Kind.COUNT),
        ("{} * 2", Kind.REAL),
        ("{} > 1", Kind.COUNT),
        ("coalesce({}, 0.5)", Kind.REAL),
        ("if({condition}, {}, 0)", Kind.REAL),
    ),
}
