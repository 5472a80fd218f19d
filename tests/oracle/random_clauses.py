"""Random clauses as text, each of which LANGUAGE.md allows: by kind of field, and those that name no field.

Owns what one clause may be; `random_queries` joins clauses to queries.
"""

from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address, ip_network

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from flowql.plan.given import ParameterValue
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
_ZONES = ("private", "public", "LOOPBACK", "linklocal", "documentation", "unspecified", "multicast")
_ADDRESS_REGEXES = ("/^10[.]0/", "/DB8/", "/[.]1$/", "/:/", "/^(10|fe80)/")
_NUMBER_REGEXES = ("/^4/", "/0{2}/", "/^.$/", "/1|5/")
_TEXT_REGEXES = ("/^eni-[ab]/", "/BLUE$/", "/(?-i)^t/", "/a|e/", r"/\/|[*]/", "/^$/")
_ADDRESS_PATTERNS = ("10.0.*", "10.*.1", "*.1", "*1", "2001:db8*", "?80::1", "255.255.255.255*")
_NUMBER_PATTERNS = ("8*", "*0", "??", "4???1", "*2*")
_MINUTES = tuple(f"2024-01-01T00:{minute:02}" for minute in (0, 1, 5, 10, 19, 20))
_TIMES = (*_MINUTES, str(BASE_S + 7), "2024-01-01", "2023-12", "-10m", "now", "-1d@d", "now@h")
_FLAGS = ("syn", "ACK", "fin", "rst")
_DURATIONS = ("0", "1s", "1", "60", "1m", "10m", "250ms", "0.25", "1h")
_QUOTIENTS = ("0", "1", "0.5", "8", "40", "13.25", "1k", "320.0", "1Mi")
_TEXTS = {
    "account-id": ACCOUNTS,
    "interface-id": INTERFACES,
    "action": ACTIONS,
    "log-status": STATUSES,
    "vpc-id": VPCS,
}
_TEXT_PATTERNS = ("eni-lq6*", "*b*", "?CCEPT", "*blue", "vpc-2?", "*/*", "*x")
_NAMED = {
    "src-zone": _ZONES,
    "dst-zone": _ZONES,
    "service": ("ssh", "https", "HTTP", "domain", "rdp"),
    "protocol-name": ("tcp", "udp", "icmp", "ipv6-icmp"),
    "topic": ("flows", "other", "FLOWS"),
}
_NAMED_PATTERNS = ("p*", "*o*", "?ttp?", "*cast", "*")
_COMPARED = (
    ("srcport", "dstport"),
    ("src", "dst"),
    ("bytes", "packets"),
    ("start", "end"),
    ("bps", "pps"),
    ("bpp", "bps"),
    ("tcp-flags", "packets"),
)
_COMPARED_TEXTS = (("action", "log-status"), ("src-zone", "dst-zone"), ("service", "protocol-name"))
_WHOLE_RECORDS = (
    *('raw:"REJECT OK"', "raw:accept", 'raw:"- -"', "raw~/ OK$/", "raw:*eni-a?*", "raw!=x", "NOT raw~/^2 /"),
    *('conversation:"10.0.0.1 10.0.0.2"', "conversation:*", "conversation:-", "conversation~/^10[.]/"),
    *('_id:"flows:3"', "_id:*5", "_source~/log:7$/", "_exists_:service"),
)
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
    *("private", "public", "/^eni-[ab]/", "/team|blue/"),
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


GIVEN_LISTS = {
    "hosts": ("10.0.0.1", "10.0.1.0/24", "2001:db8::/32", "::1"),
    "web": ("80", "443", "8000-8100"),
    "mixed": ("172.16.0.0/12", "22"),
    "assets": (
        "network,owner,site",
        "10.0.0.0/8,web,Berlin",
        "10.0.0.0/24,db,",
        "10.0.0.0/24,later,Rome",
        '10.0.0.9,"a, b",Oslo',
        "10.0.0.1-10.0.0.2,pair,Lima",
        "2000::/3,six,",
        "2001:db8::/32,docs,Paris",
        "203.0.113.7,,Quito",
    ),
}
"""Lists by name, and the lines of their files."""
LOOKED_UP_LISTS = ("assets",)
"""Those that have columns: `owner` and `site`."""
GIVEN_PARAMETERS: dict[str, ParameterValue] = {
    "host": ip_address("10.0.0.2"),
    "hosts": ["10.0.0.1", ip_network("2001:db8::/32"), None],
    "port": 443,
    "ports": [22, "https", None],
    "word": "reject",
    "texts": ["team/blue", "a*b", None],
    "size": 1500,
    "time": datetime(2024, 1, 1, 0, 7, tzinfo=UTC),
    "missing": None,
}
_GIVEN_CLAUSES = (
    *("ip:@hosts", "src in @hosts", "dst not in @hosts", "net in (@hosts, @mixed, 203.0.113.7, -)"),
    *(
        "port:@web",
        "dstport not in (@web, 22)",
        "@mixed",
        "@web",
        "@hosts:22",
        "@hosts -> any",
        "any -> @mixed:80",
    ),
    *(
        "src:$host",
        "ip!=$host",
        "src<$host",
        "ip in $hosts",
        "dst not in $hosts",
        "$host -> any:$port",
        "$word",
    ),
    *("dstport:$port", "port>=$port", "dstport:..$port", "dstport:[22 TO $port}", "port in $ports"),
    *(
        "action:$word",
        "action=$word",
        "account-id in $texts",
        "account-id not in $texts",
        "account-id:$texts",
    ),
    *(
        "bytes<=$size",
        "bytes:$missing",
        "bytes!=$missing",
        "bytes in (40, $size, $missing)",
        "$port",
        "bpp<$size",
    ),
    *("start>=$time", "start:$time", "end<$time"),
)


@st.composite
def clauses(draw: st.DrawFn) -> str:
    """One clause: on a field, a bare term, or everything."""
    return draw(_clauses())


@st.composite
def given_clauses(draw: st.DrawFn) -> str:
    """One clause, which most likely names a list or a parameter of those given here."""
    return draw(_clauses() if draw(st.integers(0, 2)) == 0 else st.sampled_from(_GIVEN_CLAUSES))


@cache
def _clauses() -> Text:
    on_fields = st.one_of(_typed_clauses(), _computed_clauses(), _regex_clauses(), _compared_fields())
    others = st.one_of(_endpoints(), _qualified(), st.sampled_from(_WHOLE_RECORDS), st.just("*"))
    return st.one_of(on_fields, on_fields, on_fields, st.sampled_from(_WORDS), others)


# ---- clauses by kind


def _typed_clauses() -> Text:
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
        _typed(st.just("tcp-flags"), st.sampled_from((*_FLAGS, "2", "1*", "2..18")), st.sampled_from(COUNTS)),
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
        st.sampled_from(_ZONES),
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


# ---- computed fields, expressions, fields against fields


def _computed_clauses() -> Text:
    durations = st.one_of(
        st.sampled_from(_DURATIONS), st.sampled_from(("6*", "?", "1s..10m", "..1m", "60..", "/^6/"))
    )
    quotients = st.one_of(
        st.sampled_from(_QUOTIENTS), st.sampled_from(("0.5..8", "..40", "13.25..", "1..1k"))
    )
    return st.one_of(
        _typed(st.just("duration"), _where_colon(durations), st.sampled_from(_DURATIONS)),
        _typed(st.sampled_from(("bps", "pps", "bpp")), quotients, st.sampled_from(_QUOTIENTS)),
        st.sampled_from(tuple(_NAMED)).flatmap(_named_clauses),
    )


def _where_colon(values: Text) -> Text:
    """Values that stand after `=`, too: no expressions."""
    return values.filter(lambda value: not value.startswith("/"))


def _named_clauses(field: str) -> Text:
    names = st.sampled_from(_NAMED[field])
    several = st.lists(names | st.sampled_from(_NAMED_PATTERNS[:-1]), min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda sign, name: f"{field}{sign}{name}", st.sampled_from((":", "=", "!=")), names),
        st.sampled_from((*_NAMED_PATTERNS, "-", "/o/", "/^.{3,4}$/")).map(f"{field}:{{}}".format),
        st.builds(
            lambda operator, items: _set_clause(field, operator, items),
            st.sampled_from(("in", "not in")),
            several,
        ),
    )


def _regex_clauses() -> Text:
    families = (
        (("src", "dst", "ip"), _ADDRESS_REGEXES),
        (
            ("srcport", "dstport", "port", "protocol", "bytes", "packets", "tcp-flags", "duration"),
            _NUMBER_REGEXES,
        ),
        (tuple(_TEXTS), _TEXT_REGEXES),
    )
    return st.one_of(
        st.builds(
            "{}{}{}".format,
            st.sampled_from(fields),
            st.sampled_from(("~", ":", "!~", " ~ ")),
            st.sampled_from(regexes),
        )
        for fields, regexes in families
    )


def _compared_fields() -> Text:
    pairs = st.builds(
        lambda pair, sign: f"{pair[0]}{sign}{pair[1]}",
        st.sampled_from(_COMPARED),
        st.sampled_from(("=", "!=", " < ", "<=", ">", " >= ")),
    )
    texts = st.builds(
        lambda pair, sign: f"{pair[0]}{sign}{pair[1]}",
        st.sampled_from(_COMPARED_TEXTS),
        st.sampled_from(("=", "!=")),
    )
    both = st.sampled_from(("ip:(10.0.0.1 AND 10.0.0.2)", "ip:(private AND public)", "port:(22 AND 1024..)"))
    return st.one_of(pairs, texts, both)


# ---- endpoints, and the order of other tools


def _endpoints() -> Text:
    hosts = st.sampled_from(_IPV4 + _BLOCKS[:3]) | st.sampled_from(_IPV6).map("[{}]".format)
    places = st.one_of(hosts, st.sampled_from(("any", "private", "public")))
    ports = st.sampled_from(("22", "https", "{22, 80}", "{443, 8000..9000}", "*", "4*"))
    ends = st.one_of(places, st.builds("{}:{}".format, places, ports))
    arrows = st.builds("{} {} {}".format, ends, st.sampled_from(("->", "<->")), ends)
    return st.one_of(st.builds("{}:{}".format, hosts, ports), arrows, arrows)


def _qualified() -> Text:
    """In parentheses: beside a bare number or address such a form is refused."""
    sides = st.sampled_from(("", "src ", "dst "))
    addresses = st.builds(
        "({}{} {})".format,
        sides,
        st.sampled_from(("ip", "host", "net")),
        st.sampled_from(ADDRESSES[:8] + _BLOCKS[:2]),
    )
    ports = st.builds(
        "({}port {})".format, sides, st.sampled_from(("22", "https", "> 1024", "<= 443", "in (22, 80)"))
    )
    return st.one_of(
        addresses, ports, st.sampled_from(("(proto tcp)", "(src 10.0.0.1)", "(dst 2001:db8::1)"))
    )
