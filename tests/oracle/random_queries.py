"""Random queries as text, over the values that `random_records` draws from and some that it does not.

Every query made here is one that LANGUAGE.md allows: a diagnostic for one of them is a failure.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from oracle.random_records import (
    ACCOUNTS,
    ACTIONS,
    ADDRESSES,
    BASE_S,
    COUNTS,
    INTERFACES,
    PORTS,
    PROTOCOLS,
    STATUSES,
    VPCS,
)

Text = SearchStrategy[str]

_IPV4 = tuple(address for address in ADDRESSES if ":" not in address)
_IPV6 = tuple(address for address in ADDRESSES if ":" in address)
_BLOCKS = (
    "10.0.0.0/8",
    "10.0.0.0/24",
    "10.0.0.0/31",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/32",
    "fe80::/10",
    "172.16.0.0/12",
)
_ADDRESS_PATTERNS = ("10.0.*", "10.*.1", "*.1", "*1", "2001:db8*", "?80::1", "255.255.255.255*")
_NUMBER_PATTERNS = ("8*", "*0", "??", "4???1", "*2*")
_MINUTES = tuple(f"2024-01-01T00:{minute:02}" for minute in (0, 1, 5, 10, 19, 20))
_TIMES = (*_MINUTES, str(BASE_S + 7), "2024-01-01", "2023-12")
_INSTANTS = (
    "2023-12-31T23:59:59Z",
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:03:20Z",
    "2024-01-01T00:19:58Z",
    "2024-01-02",
)
_DURATIONS = ("10s", "90s", "5m", "10m", "1h", "1d")
_TEXTS = {
    "account-id": ACCOUNTS,
    "interface-id": INTERFACES,
    "action": ACTIONS,
    "log-status": STATUSES,
    "vpc-id": VPCS,
}
_TEXT_PATTERNS = ("eni-lq6*", "*b*", "?CCEPT", "*blue", "vpc-2?", "*/*", "*x")
_WORDS = (
    *(
        "REJECT",
        "accept",
        "blue",
        "team",
        "eni-a1",
        "OK",
        "tcp",
        "udp",
        "icmp",
        "ssh",
        "https",
        "nosuchword",
        "lq6x",
    ),
    *("22", "6", "17", "443", "1500", str(BASE_S + 14), "2", "V1"),
    *(*ADDRESSES[:6], "2001:db8::1", "10.0.0.0/8", "::/0", "2001:db8::/32"),
    *("eni-lq6*", "*5", "4*", "re?ect", "10.0.*"),
    *(
        '"ACCEPT OK"',
        '"REJECT OK"',
        '"6 5"',
        '"22 6"',
        '"- OK"',
        '"team blue"',
        '"blue eni-a1"',
        '"10.0.0.1 10.0.0.2"',
        '"vpc-1 22"',
    ),
)
_COLUMNS = (
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "action",
    "account-id",
    "start",
    "vpc-id",
)


def queries() -> Text:
    """Whole queries: a filter, perhaps a scope before or after it, perhaps stages."""
    return st.builds(
        lambda scope, first, filter_, stages: " ".join(
            ([scope, filter_] if first else [filter_, scope]) + [f"| {stage}" for stage in stages]
        ).strip(),
        st.one_of(st.just(""), st.just(""), st.just(""), _scopes()),
        st.booleans(),
        filters(),
        _pipelines(),
    )


def filters() -> Text:
    """Clauses under NOT, AND, OR and parentheses."""
    clauses = st.one_of(_clauses(), _clauses(), _clauses(), st.sampled_from(_WORDS), st.just("*"))
    return st.recursive(clauses, _combined, max_leaves=6)


def _combined(inner: Text) -> Text:
    several = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(
        st.builds(
            lambda items, sign: f"({sign.join(items)})",
            several,
            st.sampled_from((" ", " AND ", " OR ", " OR ", " || ")),
        ),
        st.builds(lambda item, sign: f"{sign}({item})", inner, st.sampled_from(("NOT ", "-", "!"))),
    )


# ---- clauses by kind


def _clauses() -> Text:
    address_fields = st.sampled_from(("srcaddr", "dstaddr", "src", "dst", "ip"))
    port_fields = st.sampled_from(("srcport", "dstport", "port", "dport"))
    return st.one_of(
        _typed(address_fields, _address_values(), st.sampled_from(ADDRESSES)),
        _typed(port_fields, _numbers(PORTS, "ssh", "https", "81"), st.sampled_from(PORTS)),
        _typed(st.just("protocol"), _numbers(PROTOCOLS, "tcp", "ICMP", "gre"), st.sampled_from(PROTOCOLS)),
        _typed(
            st.sampled_from(("bytes", "packets", "tcp-flags")),
            _numbers(COUNTS, "1k", "1Mi", "42"),
            st.sampled_from(COUNTS),
        ),
        _typed(st.sampled_from(("start", "end")), _time_values(), st.sampled_from(_TIMES)),
        st.sampled_from(tuple(_TEXTS)).flatmap(_text_clauses),
    )


def _typed(fields: Text, values: Text, ordered: Text) -> Text:
    """Every operator: `values` may stand after a colon or in a set, `ordered` are compared."""
    sets = st.lists(values, min_size=1, max_size=4)
    return st.one_of(
        st.builds("{}{}{}".format, fields, st.sampled_from((":", "=", "!=", ": ", " = ")), values),
        st.builds("{}{}{}".format, fields, st.sampled_from((">", ">=", "<", "<=", ":>", " < ")), ordered),
        st.builds(_set_clause, fields, st.sampled_from(("in", "not in")), sets),
        st.builds(lambda field, items: f"{field}:({' OR '.join(items)})", fields, sets),
        st.builds("{}{}".format, fields, st.sampled_from((":-", ":*", "!=-", ':""'))),
    )


def _set_clause(field: str, operator: str, items: list[str]) -> str:
    return f"{field} {operator} ({', '.join(items)})"


def _address_values() -> Text:
    return st.one_of(
        st.sampled_from(ADDRESSES),
        st.sampled_from(_BLOCKS),
        st.sampled_from(_ADDRESS_PATTERNS),
        _ranges(_IPV4, _by_octets),
        st.sampled_from(_IPV6).map("{}..".format),
    )


def _by_octets(address: str) -> tuple[int, ...]:
    return tuple(map(int, address.split(".")))


def _ranges(values: tuple[str, ...], key: object) -> Text:
    ends = st.lists(st.sampled_from(values), min_size=2, max_size=2)
    closed = ends.map(lambda pair: "..".join(sorted(pair, key=key)))  # type: ignore[call-overload]
    return st.one_of(
        closed, st.sampled_from(values).map("{}..".format), st.sampled_from(values).map("..{}".format)
    )


def _numbers(values: tuple[str, ...], *others: str) -> Text:
    return st.one_of(
        st.sampled_from(values),
        st.sampled_from(others),
        st.sampled_from(_NUMBER_PATTERNS),
        _ranges(values, int),
    )


def _time_values() -> Text:
    return st.one_of(st.sampled_from(_TIMES), _ranges(_MINUTES, str))


def _text_clauses(field: str) -> Text:
    values = st.sampled_from((*_TEXTS[field], "nosuch"))
    written = values.map(lambda value: f'"{value}"' if "*" in value or ":" in value else value)
    alternatives = st.lists(st.one_of(written, st.sampled_from(_TEXT_PATTERNS)), min_size=1, max_size=3)
    return st.one_of(
        st.builds(
            lambda sign, value: f"{field}{sign}{value}", st.sampled_from((":", "=", "!=", " : ")), written
        ),
        st.sampled_from(_TEXT_PATTERNS).map(f"{field}:{{}}".format),
        st.builds(
            lambda operator, items: _set_clause(field, operator, items),
            st.sampled_from(("in", "not in")),
            alternatives,
        ),
        st.sampled_from((f"{field}:-", f"{field}:*", f"{field}!=-", f'{field}:"team blue"')),
    )


# ---- scopes and stages


def _scopes() -> Text:
    times = st.lists(st.sampled_from(_INSTANTS), min_size=2, max_size=2, unique=True).map(sorted)
    ranges = st.one_of(
        st.sampled_from(_INSTANTS).map("since {}".format),
        st.sampled_from(_INSTANTS).map("until {}".format),
        times.map(lambda pair: f"between {pair[0]} and {pair[1]}"),
        times.map(lambda pair: f"since {pair[0]} until {pair[1]}"),
        st.sampled_from(_DURATIONS).map("last {} of data".format),
        st.sampled_from(_DURATIONS).map("last {}".format),
        st.builds("last {} until {}".format, st.sampled_from(_DURATIONS), st.sampled_from(_INSTANTS)),
    )
    topics = st.sampled_from(("from other, flows", "from *, -nosuch*", "from o*, f*"))
    return st.one_of(ranges, topics, st.builds("{} {}".format, topics, ranges))


def _pipelines() -> SearchStrategy[list[str]]:
    columns = st.sampled_from(_COLUMNS)
    few = st.lists(columns, min_size=1, max_size=3, unique=True)
    head = st.integers(1, 30).map("head {}".format)
    sort = st.lists(st.sampled_from(_COLUMNS), min_size=1, max_size=3, unique=True).flatmap(_sort)
    none: SearchStrategy[list[str]] = st.just([])
    rows = st.one_of(none, none, head.map(lambda stage: [stage]), st.lists(st.one_of(head, sort), max_size=2))
    fields = few.map(lambda names: [f"fields {', '.join(names)}"])
    top = st.builds(
        lambda n, key, by: [f"top {n} {key}{by}"],
        st.integers(1, 12),
        columns.filter(lambda name: name not in ("bytes", "packets")),
        st.sampled_from(("", " by bytes", " by sum(packets)", " by count()")),
    )
    stats = st.builds(
        _stats,
        st.lists(st.sampled_from(_AGGREGATES), min_size=1, max_size=4, unique=True),
        st.one_of(none, few),
    )
    ends = st.one_of(none, st.just(["count"]), fields, top, stats, stats)
    return st.builds(lambda first, last: [*first, *last], rows, ends)


_AGGREGATES = (
    *(
        "count()",
        "sum(bytes)",
        "sum(packets) as p",
        "avg(bytes)",
        "min(bytes)",
        "max(packets)",
        "dc(srcaddr)",
        "dc(action)",
    ),
    *(
        "count(bytes)",
        "min(start)",
        "max(end)",
        "min(srcaddr)",
        "max(dstaddr)",
        "dc(dstport) as ports",
        "min(action)",
        "dc(start)",
    ),
)


def _sort(names: list[str]) -> Text:
    signs = st.lists(st.sampled_from(("", "-")), min_size=len(names), max_size=len(names))
    return signs.map(lambda each: "sort " + ", ".join(map("{}{}".format, each, names)))


def _stats(aggregates: list[str], keys: list[str]) -> list[str]:
    by = f" by {', '.join(keys)}" if keys else ""
    after = (
        [f"sort -count{''.join(f', {key}' for key in keys)}", "head 5"]
        if "count()" in aggregates and keys
        else []
    )
    return [f"stats {', '.join(aggregates)}{by}", *after]
