"""Binding a filter: what each operator means on each kind of field, shown as the predicate's text.

Also the home of the fake catalog, and of the questions that the other `test_bind_*` files ask.
"""

import re

import pytest

from flowql.errors import Diagnostic, QueryError
from flowql.plan import logical
from flowql.plan.bind import bind
from flowql.plan.bound import BoundQuery
from flowql.plan.logical import Column, TopicName
from flowql.plan.predicates import Everything, Predicate, describe
from flowql.schema import DEFAULT_SCHEMA, Kind, Schema, schema_of
from flowql.syntax.nodes import Operator
from flowql.syntax.parser import parse
from flowql.times import parse_time

CCN_SCHEMA = schema_of(
    ["srcaddr", "dstregionid", "dstport", "start", "dstaddr", "version", "packets", "ccnid"]
)


def instant(text: str) -> int:
    """The first instant of a time's text."""
    return parse_time(text, now=0).first


NOW = instant("2018-12-14T00:00:00Z")
NEWEST = instant("2018-12-13T14:00:00Z")


class FakeCatalog:
    """A catalog over a dict of topics."""

    def __init__(self, topics: dict[str, Schema], newest: dict[str, int] | None = None) -> None:
        self._schemas = {TopicName(*name.split("/")): schema for name, schema in topics.items()}
        self._newest = newest or {}

    @property
    def default_logset(self) -> str:
        return "default"

    def topics(self) -> tuple[TopicName, ...]:
        return tuple(sorted(self._schemas))

    def schema(self, topic: TopicName) -> Schema:
        return self._schemas[topic]

    def newest_start(self, topic: TopicName) -> int | None:
        return self._newest.get(str(topic))

    def select_columns(self, sql: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns that the SQL names with AS, each of the kind of the column of that name, else a count."""
        kinds = {column.name: column.kind for column in columns}
        names = re.findall(r' AS "([^"]*)"', sql)
        return tuple(Column(name, kinds.get(name, Kind.COUNT)) for name in names)


ONE_TOPIC = FakeCatalog({"default/vpc": DEFAULT_SCHEMA}, {"default/vpc": NEWEST})


def bound(text: str, catalog: FakeCatalog = ONE_TOPIC) -> BoundQuery:
    """The bound query of a text."""
    return bind(parse(text), catalog, NOW)


def predicate(text: str, catalog: FakeCatalog = ONE_TOPIC) -> Predicate:
    """The predicate of a text's filter."""
    filters = [node for node in logical.chain(bound(text, catalog).plan) if isinstance(node, logical.Filter)]
    return filters[0].predicate if filters else Everything()


def meaning(text: str, catalog: FakeCatalog = ONE_TOPIC) -> str:
    """The predicate of a text's filter, as text."""
    return describe(predicate(text, catalog))


def refused(text: str, catalog: FakeCatalog = ONE_TOPIC) -> tuple[Diagnostic, ...]:
    """The errors of a text, every proposal of which parses."""
    query = parse(text)
    with pytest.raises(QueryError) as caught:
        bind(query, catalog, NOW)
    for diagnostic in caught.value.diagnostics:
        if diagnostic.proposal is not None:
            parse(diagnostic.proposal)
    return caught.value.diagnostics


REFUSED = "refused"

# One field of every kind, every operator, and one value; `-` and `*` are in tables of their own below.
OPERATORS: dict[Kind, dict[Operator, tuple[str, str]]] = {
    Kind.ADDRESS: {
        Operator.MATCH: ("src:10.0.0.5", "srcaddr in [10.0.0.5]"),
        Operator.EQUAL: ("src=10.0.0.5", "srcaddr in [10.0.0.5]"),
        Operator.NOT_EQUAL: ("src!=10.0.0.5", "srcaddr exists and not (srcaddr in [10.0.0.5])"),
        Operator.GREATER: ("src>10.0.0.5", "srcaddr in [10.0.0.6..255.255.255.255]"),
        Operator.GREATER_EQUAL: ("src>=10.0.0.5", "srcaddr in [10.0.0.5..255.255.255.255]"),
        Operator.LESS: ("src<10.0.0.5", "srcaddr in [0.0.0.0..10.0.0.4]"),
        Operator.LESS_EQUAL: ("src<=10.0.0.5", "srcaddr in [0.0.0.0..10.0.0.5]"),
        Operator.IN: ("src in (10.0.0.5, 10.0.0.6)", "srcaddr in [10.0.0.5..10.0.0.6]"),
        Operator.NOT_IN: ("src not in (10.0.0.5)", "srcaddr exists and not (srcaddr in [10.0.0.5])"),
    },
    Kind.PORT: {
        Operator.MATCH: ("dstport:22", "dstport in [22]"),
        Operator.EQUAL: ("dstport=22", "dstport in [22]"),
        Operator.NOT_EQUAL: ("dstport!=22", "dstport exists and not (dstport in [22])"),
        Operator.GREATER: ("dstport>1023", "dstport in [1024..65535]"),
        Operator.GREATER_EQUAL: ("dstport>=1024", "dstport in [1024..65535]"),
        Operator.LESS: ("dstport<1024", "dstport in [0..1023]"),
        Operator.LESS_EQUAL: ("dstport<=1023", "dstport in [0..1023]"),
        Operator.IN: ("dstport in (22, 80, 443..445)", "dstport in [22, 80, 443..445]"),
        Operator.NOT_IN: ("dstport not in (22)", "dstport exists and not (dstport in [22])"),
    },
    Kind.PROTOCOL: {
        Operator.MATCH: ("protocol:tcp", "protocol in [6]"),
        Operator.EQUAL: ("protocol=6", "protocol in [6]"),
        Operator.NOT_EQUAL: ("protocol!=tcp", "protocol exists and not (protocol in [6])"),
        Operator.GREATER: ("protocol>6", "protocol in [7..255]"),
        Operator.GREATER_EQUAL: ("protocol>=6", "protocol in [6..255]"),
        Operator.LESS: ("protocol<6", "protocol in [0..5]"),
        Operator.LESS_EQUAL: ("protocol<=tcp", "protocol in [0..6]"),
        Operator.IN: ("protocol in (tcp, udp, icmp)", "protocol in [1, 6, 17]"),
        Operator.NOT_IN: ("protocol not in (6, 17)", "protocol exists and not (protocol in [6, 17])"),
    },
    Kind.COUNT: {
        Operator.MATCH: ("bytes:1500", "bytes in [1500]"),
        Operator.EQUAL: ("bytes=1.5k", "bytes in [1500]"),
        Operator.NOT_EQUAL: ("bytes!=0", "bytes exists and not (bytes in [0])"),
        Operator.GREATER: ("bytes:>10MB", "bytes in [10000001..]"),
        Operator.GREATER_EQUAL: ("bytes>=1Ki", "bytes in [1024..]"),
        Operator.LESS: ("bytes<1_000", "bytes in [0..999]"),
        Operator.LESS_EQUAL: ("bytes<=1k", "bytes in [0..1000]"),
        Operator.IN: ("bytes in (1, 2, 5..9)", "bytes in [1..2, 5..9]"),
        Operator.NOT_IN: ("bytes not in (0)", "bytes exists and not (bytes in [0])"),
    },
    Kind.TIME: {
        Operator.MATCH: (
            "start:2018-12-13",
            "start in [2018-12-13T00:00:00Z..2018-12-13T23:59:59.999999999Z]",
        ),
        Operator.EQUAL: (
            "start=1544709600",
            "start in [2018-12-13T14:00:00Z..2018-12-13T14:00:00.999999999Z]",
        ),
        Operator.NOT_EQUAL: (
            "start!=2018-12",
            "start exists and not (start in [2018-12-01T00:00:00Z..2018-12-31T23:59:59.999999999Z])",
        ),
        Operator.GREATER: ("start>2018-12-13", "start in [2018-12-13T00:00:00.000000001Z..]"),
        Operator.GREATER_EQUAL: ("start>=2018-12-13", "start in [2018-12-13T00:00:00Z..]"),
        Operator.LESS: ("start<2018-12-13", "start in [..2018-12-12T23:59:59.999999999Z]"),
        Operator.LESS_EQUAL: ("start<=2018-12-13", "start in [..2018-12-13T00:00:00Z]"),
        Operator.IN: (
            "start in (2018-12-13, 2018-12-14)",
            "start in [2018-12-13T00:00:00Z..2018-12-14T23:59:59.999999999Z]",
        ),
        Operator.NOT_IN: (
            "start not in (1544709600)",
            "start exists and not (start in [2018-12-13T14:00:00Z..2018-12-13T14:00:00.999999999Z])",
        ),
    },
    Kind.DURATION: {
        Operator.MATCH: ("duration:90s", "duration in [1m30s]"),
        Operator.EQUAL: ("duration=90", "duration in [1m30s]"),
        Operator.NOT_EQUAL: ("duration!=0s", "duration exists and not (duration in [0s])"),
        Operator.GREATER: ("duration:>10m", "duration in [600.000000001s..]"),
        Operator.GREATER_EQUAL: ("duration>=1h30m", "duration in [1h30m..]"),
        Operator.LESS: ("duration<1d", "duration in [..86399.999999999s]"),
        Operator.LESS_EQUAL: ("duration<=250ms", "duration in [..250ms]"),
        Operator.IN: ("duration in (1m, 5m..10m)", "duration in [1m, 5m..10m]"),
        Operator.NOT_IN: ("duration not in (0, 60)", "duration exists and not (duration in [0s, 1m])"),
    },
    Kind.REAL: {
        Operator.MATCH: ("bps:1500", "bps in [[1500..1500]]"),
        Operator.EQUAL: ("bps=1.5k", "bps in [[1500..1500]]"),
        Operator.NOT_EQUAL: ("bpp!=0", "bpp exists and not (bpp in [[0..0]])"),
        Operator.GREATER: ("bpp>60", "bpp in [(60..]]"),
        Operator.GREATER_EQUAL: ("bpp>=1Ki", "bpp in [[1024..]]"),
        Operator.LESS: ("bpp:<60", "bpp in [[..60)]"),
        Operator.LESS_EQUAL: ("pps<=0.5", "pps in [[..0.5]]"),
        Operator.IN: ("bps in (1, 2..3)", "bps in [[1..1], [2..3]]"),
        Operator.NOT_IN: ("bps not in (0, 8M)", "bps exists and not (bps in [[0..0], [8000000..8000000]])"),
    },
    Kind.TEXT: {
        Operator.MATCH: ("action:REJECT", 'action has "REJECT"'),
        Operator.EQUAL: ("action=REJECT", 'action equals "REJECT"'),
        Operator.NOT_EQUAL: ("action!=REJECT", 'action exists and not (action equals "REJECT")'),
        Operator.GREATER: ("action>REJECT", REFUSED),
        Operator.GREATER_EQUAL: ("action>=REJECT", REFUSED),
        Operator.LESS: ("action<REJECT", REFUSED),
        Operator.LESS_EQUAL: ("action<=REJECT", REFUSED),
        Operator.IN: ("action in (REJECT, ACC*)", 'action has "REJECT" or action like ACC*'),
        Operator.NOT_IN: (
            "action not in (REJECT, DROP)",
            'action exists and not (action has "REJECT" or action has "DROP")',
        ),
    },
    # No record holds a network: stages compute them.
    Kind.NETWORK: {
        Operator.MATCH: ("NET:10.0.0.0/8", "NET in [10.0.0.0..10.255.255.255]"),
        Operator.EQUAL: ("NET=10.0.0.0/8", "NET in [10.0.0.0..10.255.255.255]"),
        Operator.NOT_EQUAL: ("NET!=10.0.0.0/8", "NET exists and not (NET in [10.0.0.0..10.255.255.255])"),
        Operator.GREATER: ("NET>10.0.0.0", REFUSED),
        Operator.GREATER_EQUAL: ("NET>=10.0.0.0", REFUSED),
        Operator.LESS: ("NET<10.0.0.0", REFUSED),
        Operator.LESS_EQUAL: ("NET<=10.0.0.0", REFUSED),
        Operator.IN: (
            "NET in (10.0.0.0/24, 10.2.0.0..10.2.0.255)",
            "NET in [10.0.0.0..10.0.0.255, 10.2.0.0..10.2.0.255]",
        ),
        Operator.NOT_IN: (
            "NET not in (10.0.0.0/8)",
            "NET exists and not (NET in [10.0.0.0..10.255.255.255])",
        ),
    },
}
NETWORKS = "* | eval NET = prefix(srcaddr, 24) | where "


@pytest.mark.parametrize("operator", Operator)
@pytest.mark.parametrize("kind", Kind)
def test_every_operator_has_a_meaning_on_every_kind(kind: Kind, operator: Operator) -> None:
    text, expected = OPERATORS[kind][operator]
    if kind is Kind.NETWORK:
        text = NETWORKS + text
    if expected == REFUSED:
        assert refused(text)[0].code == "bad-operator"
    else:
        assert meaning(text) == expected


FIELD_OF = {
    Kind.ADDRESS: "srcaddr",
    Kind.PORT: "dstport",
    Kind.PROTOCOL: "protocol",
    Kind.COUNT: "bytes",
    Kind.TIME: "start",
    Kind.DURATION: "duration",
    Kind.REAL: "bpp",
    Kind.TEXT: "action",
    Kind.NETWORK: "NET",
}


@pytest.mark.parametrize("kind", Kind)
def test_missing_and_present_read_the_same_on_every_kind(kind: Kind) -> None:
    field = FIELD_OF[kind]
    before = NETWORKS if kind is Kind.NETWORK else ""
    assert meaning(f"{before}{field}:*") == f"{field} exists"
    assert meaning(f"{before}{field}:-") == f"not ({field} exists)"
    assert meaning(f'{before}{field}:""') == f"not ({field} exists)"
    assert meaning(f"{before}NOT {field}:*") == f"not ({field} exists)"
    assert meaning(f"{before}{field}!=-") == f"{field} exists"
    assert meaning(f'{before}{field}!=""') == f"{field} exists"
    assert meaning(f"{before}NOT {field}:-") == f"{field} exists"


MATCHES = [
    # addresses
    ("src:10.0.0.0/8", "srcaddr in [10.0.0.0..10.255.255.255]"),
    ('src="10.0.0.0/8"', "srcaddr in [10.0.0.0..10.255.255.255]"),
    ("src:0.0.0.0/0", "srcaddr in [0.0.0.0..255.255.255.255]"),
    ("src:10.0.0.1..10.0.0.9", "srcaddr in [10.0.0.1..10.0.0.9]"),
    ("src:10.0.0.1..", "srcaddr in [10.0.0.1..255.255.255.255]"),
    ("src:..10.0.0.1", "srcaddr in [0.0.0.0..10.0.0.1]"),
    ("src:172.31.*", "srcaddr in [172.31.0.0..172.31.255.255]"),
    ("src:172.31.*.*", "srcaddr in [172.31.0.0..172.31.255.255]"),
    ("src:10.*", "srcaddr in [10.0.0.0..10.255.255.255]"),
    ("src:10.0.*.5", "srcaddr like 10.0.*.5"),
    ("src:10.0.0.1?", "srcaddr like 10.0.0.1?"),
    ("src:2001:db8::/32", "srcaddr in [2001:db8::..2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]"),
    ("src:::ffff:10.0.0.5", "srcaddr in [10.0.0.5]"),
    ("src:::ffff:0:0/96", "srcaddr in [0.0.0.0..255.255.255.255]"),
    ("src in (10.0.0.0/24, 10.0.1.0/24, 2001:db8::1)", "srcaddr in [10.0.0.0..10.0.1.255, 2001:db8::1]"),
    ("src:(10.0.0.1 OR -)", "srcaddr in [10.0.0.1] or not (srcaddr exists)"),
    ("src not in (10.0.0.1, -)", "srcaddr exists and not (srcaddr in [10.0.0.1])"),
    ("src:(10.0.0.1 OR *)", "srcaddr exists"),
    ("src:loopback", "srcaddr in [::1, 127.0.0.0..127.255.255.255]"),
    ("src!=loopback", "srcaddr exists and not (srcaddr in [::1, 127.0.0.0..127.255.255.255])"),
    # ports
    ("dstport:22..25", "dstport in [22..25]"),
    ("dstport:1024..", "dstport in [1024..65535]"),
    ("dstport:..1023", "dstport in [0..1023]"),
    ("dstport:[22 TO 80}", "dstport in [22..79]"),
    ("dstport:{22 TO 80]", "dstport in [23..80]"),
    ("dstport in [22 80)", "dstport in [22..79]"),
    ("dstport in (22 80]", "dstport in [23..80]"),
    ("dstport:[60000 TO 65536}", "dstport in [60000..65535]"),
    ("dstport<65536", "dstport in [0..65535]"),
    ("dstport>=65536", "nothing"),
    ("dstport:80*", "dstport like 80*"),
    ("dstport=80*", "dstport like 80*"),
    ("dstport:ssh", "dstport in [22]"),
    ("dstport:SSH", "dstport in [22]"),
    ('dstport:"ssh"', "dstport in [22]"),
    ("dstport>ssh", "dstport in [23..65535]"),
    ("dstport:(22 OR 3389 OR 8000..8100)", "dstport in [22, 3389, 8000..8100]"),
    ("dstport:{22, 3389}", "dstport in [22, 3389]"),
    ("dstport in (80*, 22)", "dstport in [22] or dstport like 80*"),
    # counts
    ("bytes:10MB", "bytes in [10000000]"),
    ("bytes:[400 TO 499}", "bytes in [400..498]"),
    ("bytes:1K..1M", "bytes in [1000..1000000]"),
    ("bytes:15*", "bytes like 15*"),
    ("packets:-", "not (packets exists)"),
    # times
    (
        "start:2018-12-13..2018-12-14",
        "start in [2018-12-13T00:00:00Z..2018-12-14T23:59:59.999999999Z]",
    ),
    (
        "start:[2018-12-13 TO 2018-12-14}",
        "start in [2018-12-13T00:00:00Z..2018-12-13T23:59:59.999999999Z]",
    ),
    ('start:"2018-12-13T14:00:00Z"', "start in [2018-12-13T14:00:00Z..2018-12-13T14:00:00.999999999Z]"),
    ("start>=-1h", "start in [2018-12-13T23:00:00Z..]"),
    # text
    ('action:"ACCEPT OK"', 'action has "ACCEPT OK"'),
    ('action="ACCEPT OK"', 'action equals "ACCEPT OK"'),
    ("interface-id:eni-lq6*", "interface-id like eni-lq6*"),
    ("eni:(eni-a OR eni-b)", 'interface-id has "eni-a" or interface-id has "eni-b"'),
    ("eni=(eni-a OR eni-b OR eni-a)", 'interface-id equals "eni-a", "eni-b"'),
    ('eni="eni-*"', 'interface-id equals "eni-*"'),
    ("account:123456789012", 'account-id has "123456789012"'),
    ("version:2", 'version has "2"'),
    # regular expressions: over values as printed, everywhere
    ("eni~/^eni-[0-9]/", "interface-id matches /^eni-[0-9]/"),
    ("eni:/a|b/", "interface-id matches /a|b/"),
    ("eni!~/x/", "interface-id exists and not (interface-id matches /x/)"),
    ("dstport:/^80/", "dstport matches /^80/"),
    # a field against a field, of one kind; after a colon a value
    ("srcport < dstport", "srcport < dstport"),
    ("src = dst", "srcaddr = dstaddr"),
    ("action != log-status", "action != log-status"),
    ("action:log-status", 'action has "log-status"'),
    ('action="log-status"', 'action equals "log-status"'),
    # endpoints and arrows
    (
        "10.0.0.5:443",
        "(srcaddr in [10.0.0.5] and srcport in [443]) or (dstaddr in [10.0.0.5] and dstport in [443])",
    ),
    ("10.0.0.5 -> 10.0.0.9:443", "srcaddr in [10.0.0.5] and dstaddr in [10.0.0.9] and dstport in [443]"),
    ("any -> any:{22, 80}", "dstport in [22, 80]"),
    (
        "10.0.0.5 <-> any:22",
        "(srcaddr in [10.0.0.5] and dstport in [22]) or (srcport in [22] and dstaddr in [10.0.0.5])",
    ),
    # nfdump's and tcpdump's order
    ("src ip 10.0.0.5", "srcaddr in [10.0.0.5]"),
    ("src 10.0.0.5", "srcaddr in [10.0.0.5]"),
    ("src port > 1024", "srcport in [1025..65535]"),
    ("not dst net 10.0.0.0/8", "not (dstaddr in [10.0.0.0..10.255.255.255])"),
    ("host 10.0.0.5", "srcaddr in [10.0.0.5] or dstaddr in [10.0.0.5]"),
    ("port ssh", "srcport in [22] or dstport in [22]"),
    ("proto tcp", "protocol in [6]"),
    # subqueries: what they do not state is the outer query's
    (
        "src in (action:REJECT | fields srcaddr)",
        (
            'srcaddr in (Project srcaddr <- Filter action has "REJECT" '
            "<- Scan topics=[default/vpc] range=[beginning, end))"
        ),
    ),
    # either side
    ("ip:10.0.0.5", "srcaddr in [10.0.0.5] or dstaddr in [10.0.0.5]"),
    ("net:10.0.0.0/31", "srcaddr in [10.0.0.0..10.0.0.1] or dstaddr in [10.0.0.0..10.0.0.1]"),
    ("port:22", "srcport in [22] or dstport in [22]"),
    ("port>1023", "srcport in [1024..65535] or dstport in [1024..65535]"),
    (
        "ip!=10.0.0.5",
        "srcaddr exists and not (srcaddr in [10.0.0.5]) and dstaddr exists and not (dstaddr in [10.0.0.5])",
    ),
    (
        "port not in (22, 80)",
        "srcport exists and not (srcport in [22, 80]) and dstport exists and not (dstport in [22, 80])",
    ),
    ("NOT ip:10.0.0.5", "not (srcaddr in [10.0.0.5] or dstaddr in [10.0.0.5])"),
    (
        "ip:(10.0.0.5 AND 10.0.0.6)",
        (
            "(srcaddr in [10.0.0.5] or dstaddr in [10.0.0.5])"
            " and (srcaddr in [10.0.0.6] or dstaddr in [10.0.0.6])"
        ),
    ),
    ("ip:*", "srcaddr exists or dstaddr exists"),
    ("ip:-", "not (srcaddr exists) and not (dstaddr exists)"),
    ("ip!=-", "srcaddr exists or dstaddr exists"),
    ('ip!=""', "srcaddr exists or dstaddr exists"),
    (
        "ip:(10.0.0.5 OR -)",
        "srcaddr in [10.0.0.5] or dstaddr in [10.0.0.5] or (not (srcaddr exists) and not (dstaddr exists))",
    ),
    # clauses
    ("", "everything"),
    ("*", "everything"),
    ("NOT *", "nothing"),
    ("action:REJECT dstport:22", 'action has "REJECT" and dstport in [22]'),
    ("dstport:22 OR dstport:80 OR dstport:81", "dstport in [22, 80..81]"),
    ("dstport:22 OR bytes:0 OR dstport:23", "dstport in [22..23] or bytes in [0]"),
    ("NOT (dstport:22 OR action:OK)", 'not (dstport in [22] or action has "OK")'),
    ("Dst_Port:22 DST.PORT:22", "dstport in [22]"),
]


@pytest.mark.parametrize(("text", "expected"), MATCHES, ids=[text for text, _ in MATCHES])
def test_meaning(text: str, expected: str) -> None:
    assert meaning(text) == expected


def test_every_ipv6_address_is_no_ipv4_address() -> None:
    everything = meaning("src:::/0")
    assert (
        everything == "srcaddr in [::..::fffe:ffff:ffff, ::1:0:0:0..ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]"
    )
    assert meaning("src>=::") == everything
    assert meaning("src:::..ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == everything
    assert meaning("src:::ffff:0:0/90") == ("srcaddr in [::ffc0:0:0..::fffe:ffff:ffff]")


def test_host_bits_are_ignored_with_one_note_for_all() -> None:
    query = bound("src:10.0.0.5/8 OR src in (10.0.0.6/8, 11.0.0.0/8, 12.0.0.1/8)")
    assert describe(query.plan.predicate).startswith("srcaddr in [10.0.0.0..12.255.255.255]")
    (note,) = query.notes
    assert note.code == "host-bits"
    assert note.message == "the host bits of 10.0.0.5/8 are ignored: it is 10.0.0.0/8"
    assert note.details == ("and 2 more like it",)


def test_and_mixed_with_or_is_noted() -> None:
    (note,) = bound("action:REJECT dstport:22 OR dstport:80").notes
    assert note.code == "mixed-and-or"
    assert note.details == ("it is read as (action:REJECT AND dstport:22) OR dstport:80",)
    assert bound("action:REJECT (dstport:22 OR dstport:80)").notes == ()


def test_a_unit_after_a_blank_is_noted() -> None:
    (note,) = bound("bytes:>10 MB").notes
    assert note.code == "unit-after-blank"
    assert note.message == "MB is read as a word of its own; a unit follows its number without a blank"
    assert bound("bytes:>10 REJECT").notes == ()


def test_a_set_of_thousands_is_one_predicate() -> None:
    ports = ", ".join(str(port) for port in range(0, 10_000, 2))
    assert len(predicate(f"dstport in ({ports})").ranges) == 5_000
    assert len(predicate(" OR ".join(f"dstport:{port}" for port in range(0, 4_000, 2))).ranges) == 2_000
