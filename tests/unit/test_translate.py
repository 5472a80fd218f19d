"""From CQL and nfdump's filters to FlowQL: what is said, what is noted, what is refused and where."""

from collections.abc import Callable
from pathlib import Path

import pytest

import flowql
from flowql.cli.program import run
from flowql.errors import QueryError
from flowql.syntax.canonical import canonical
from flowql.syntax.parser import parse
from flowql.syntax.spanless import without_spans
from flowql.translate import LANGUAGES, translate
from flowql.translate.connectives import NESTING_MAX
from flowql.translate.translation import TEXT_LENGTH_MAX

NFDUMP = {
    # sides, connectives
    "any": "*",
    "": "*",
    "src ip 10.0.0.5 and dst port 22": "srcaddr:10.0.0.5 AND dstport:22",
    "SRC HOST 10.0.0.5 OR DST IP 10.0.0.6": "srcaddr:10.0.0.5 OR dstaddr:10.0.0.6",
    "host 2001:0DB8::1": "ip:2001:db8::1",
    "port 22 or port 23 and proto tcp": "port:22 OR (port:23 AND protocol:tcp)",
    "(port 22 or port 23) and proto tcp": "(port:22 OR port:23) AND protocol:tcp",
    "(port 22 and port 23) and proto tcp": "port:22 AND port:23 AND protocol:tcp",
    "not port 22 and port 23": "NOT port:22 AND port:23",
    "!(port 22 || port 23) && proto 17": "NOT (port:22 OR port:23) AND protocol:17",
    "not not port 22": "NOT NOT port:22",
    "ipv4 and not ipv6": "ip:0.0.0.0/0 AND NOT ip:::/0",
    "proto tcp # and so on\n and port 1": "protocol:tcp AND port:1",
    # networks and lists
    "net 10.0.0.0/8": "ip:10.0.0.0/8",
    "dst net 2001:db8::/32": "dstaddr:2001:db8::/32",
    "src net 172.16.0.0 255.240.0.0": "srcaddr:172.16.0.0/12",
    "net 172.16/12": "ip:172.16.0.0/12",
    "net 10/8": "ip:10.0.0.0/8",
    "ip in [10.0.0.1, 10.0.0.2 2001:db8::/32]": "ip in (10.0.0.1, 10.0.0.2, 2001:db8::/32)",
    "src ip in [ 10.1.2.3/8 ]": "srcaddr in (10.1.2.3/8)",
    "not dst port in [80,443 0x1F90]": "NOT dstport in (80, 443, 8080)",
    # numbers
    "port > 1024": "port>1024",
    "src port le 1023": "srcport<=1023",
    "dst port == 53": "dstport:53",
    "bytes > 1k": "bytes>1k",
    "bytes >= 2M": "bytes>=2M",
    "in bytes < 10g": "bytes<10G",
    "packets 0x10": "packets:16",
    "in packets = 3": "packets:3",
    "duration > 1000": "duration>1s",
    "duration 90500": "duration:1m30s500ms",
    "duration < 0": "duration<0s",
    # rates: less their decimals, 0 where there is nothing to divide by
    "bps > 10k": "bps>=10001",
    "bps >= 10": "bps>=10",
    "bps >= 0": "*",
    "pps < 5": "NOT pps>=5",
    "pps <= 5": "NOT pps>=6",
    "bpp 60": "bpp:[60 TO 61}",
    "bpp = 0": "NOT bpp>=1",
    "not bpp 60": "NOT bpp:[60 TO 61}",
    # protocols
    "proto udp": "protocol:udp",
    "proto 6": "protocol:6",
    "proto ICMP6": "protocol:icmp6",
    "proto ipip": "protocol:4",
    "proto frag6": "protocol:44",
    # flags: all of the letters; = is the whole value; under a not a single letter
    "flags S": "protocol:tcp AND tcp-flags:syn",
    "flags AS and port 80": "protocol:tcp AND tcp-flags:syn AND tcp-flags:ack AND port:80",
    "flags =SA": "protocol:tcp AND tcp-flags=18",
    "flags 2": "protocol:tcp AND tcp-flags=2",
    "flags = 0x12": "protocol:tcp AND tcp-flags=18",
    "flags < 8": "protocol:tcp AND tcp-flags<8",
    "not flags R": "NOT (protocol:tcp AND tcp-flags:rst)",
    "flags X": "protocol:tcp AND "
    "tcp-flags:fin AND tcp-flags:syn AND tcp-flags:rst AND tcp-flags:psh AND tcp-flags:ack AND tcp-flags:urg",
    "flags EC": "protocol:tcp AND tcp-flags:ece AND tcp-flags:cwr",
}

NFDUMP_REFUSED = {
    # text: code, the text at fault
    "src as 3303": ("no-field", "as"),
    "router ip 10.0.0.1": ("no-field", "router"),
    "in if 3": ("no-field", "if"),
    "tos 8": ("no-field", "tos"),
    "geo CH": ("no-field", "geo"),
    "out bytes > 3": ("no-field", "out bytes"),
    "src nat ip 10.0.0.1": ("no-field", "nat"),
    "ip tor": ("no-field", "tor"),
    "first seen > 2024-01-01": ("local-time", "first"),
    "@include /etc/filter": ("include", "@include /etc/filter"),
    "ip www.example.com": ("bad-address", "www.example.com"),
    "ip 10": ("bad-address", "10"),
    "ip ::ffff:10.0.0.1": ("mapped-address", "::ffff:10.0.0.1"),
    "net 10.0": ("bad-network", "10.0"),
    "net 10.0.0.0/33": ("bad-network", "10.0.0.0/33"),
    "net 10.0.0.0 255.0.255.0": ("bad-network", "255.0.255.0"),
    "net 10.1.2.3/8": ("host-bits", "10.1.2.3/8"),
    "ip in [10.0.0.0/0]": ("bad-network", "10.0.0.0/0"),
    "ip in [10.0.0.0/40]": ("bad-network", "40"),
    "ip in [10.0.0.1": ("missing-bracket", "["),
    "ip in 10.0.0.1": ("unexpected-token", "10.0.0.1"),
    "port ssh": ("bad-port", "ssh"),
    "port 65536": ("bad-port", "65536"),
    "src port in [22 70000]": ("bad-port", "70000"),
    "src 10.0.0.1": ("unexpected-token", "10.0.0.1"),
    "proto 256": ("bad-protocol", "256"),
    "proto nope": ("bad-protocol", "nope"),
    "bytes > ten": ("unexpected-token", "ten"),
    "bytes > 9999999999t": ("bad-number", "9999999999t"),
    "bps < 0": ("nothing", "bps < 0"),
    "flags s": ("bad-flags", "s"),
    "flags 256": ("bad-flags", "256"),
    "not flags SA": ("negated-flags", "flags SA"),
    "not (port 1 or flags SA)": ("negated-flags", "flags SA"),
    "port 22 port 23": ("unexpected-token", "port"),
    "port 22 and": ("unexpected-end", ""),
    "(port 22": ("missing-parenthesis", "("),
    "port 22)": ("unexpected-token", ")"),
    "port % 22": ("unexpected-sign", "%"),
}

CQL = {
    "": "*",
    "*": "*",
    "action:REJECT": "action:REJECT",
    "action:REJECT AND dstport:22": "action:REJECT AND dstport:22",
    "action:REJECT dstport:22": "action:REJECT AND dstport:22",
    "action:REJECT NOT dstport:22": "action:REJECT AND NOT dstport:22",
    "a or b and c": "a OR (b AND c)",
    "(a OR b) AND c": "(a OR b) AND c",
    "action:(ACCEPT OR REJECT)": "action in (ACCEPT, REJECT)",
    "action:(ACCEPT OR -)": "action in (ACCEPT, -)",
    "x:(a AND b)": "x:a AND x:b",
    "x:(a AND NOT b)": "x:a AND NOT x:b",
    "x:(a OR (b AND c))": "x:a OR (x:b AND x:c)",
    # words and phrases
    "REJECT": "REJECT",
    "22": "22",
    "10.0.0.5": "10.0.0.5",
    '"ACCEPT OK"': '"ACCEPT OK"',
    "'ACCEPT OK'": '"ACCEPT OK"',
    "eni-*": "eni-*",
    "a/b": "a AND b",
    '"2001:db8::1"': '"2001:db8::1"',
    "ssh": "raw:ssh",
    "tcp": "raw:tcp",
    "private": "raw:private",
    "action": '"action"',
    "last": '"last"',
    r"a\*b": '"a*b"',
    r"a\ b": "a AND b",
    # values of texts
    'interface-id:"eni-1"': "interface-id:eni-1",
    "interface-id:eni-1*": "interface-id:eni-1*",
    "x:last": 'x:"last"',
    "x^2": '"x^2"',
    "x:a^2": 'x:"a^2"',
    "10.5": '"10.5"',
    "10.0.0.1-10.0.0.9": '"10.0.0.1-10.0.0.9"',
    "x:2018-12-13": 'x:"2018-12-13"',
    r"x:what\?": "x:what",
    "url:/book/login/": "url:book AND url:login",
    'url:"/book/login/"': 'url:"/book/login/"',
    r"x:a\:b": "x:a AND x:b",
    "x:@b": "x:b",
    # addresses, numbers, times
    "srcaddr:10.0.0.5": "srcaddr:10.0.0.5",
    "srcaddr:10.0.*": "srcaddr:10.0.*",
    'dstaddr:"2001:db8::1"': "dstaddr:2001:db8::1",
    "bytes>1000": "bytes>1000",
    "bytes:>=1000": "bytes>=1000",
    "bytes : < 1000": "bytes<1000",
    "dstport=22": "dstport=22",
    'dstport:"22"': "dstport:22",
    "dstport:(22 OR 80)": "dstport in (22, 80)",
    "dstport:80*": "dstport:80*",
    "protocol:6": "protocol:6",
    "start>=1544688000": "start>=1544688000",
    "bytes:[400 TO 499]": "bytes:400..499",
    "bytes:[400 TO 500}": "bytes:[400 TO 500}",
    "bytes:{400 TO *]": "bytes:{400 TO *]",
    "bytes:[* TO *]": "bytes:*",
    # missing
    "log-status:*": "log-status:*",
    'log-status:""': "log-status:-",
    "action:-": "action:-",
    "packets:-1": "packets:-",
    "NOT dstport:*": "NOT dstport:*",
    "_exists_:dstport": "dstport:*",
}

CQL_REFUSED = {
    "srcaddr:10.0.0.0/8": ("no-network", "10.0.0.0/8"),
    "10.0.0.0/8": ("no-network", "10.0.0.0/8"),
    "dstaddr:2001:db8::1": ("bare-colon", ":"),
    "srcaddr:host-1": ("bad-value", "host-1"),
    "srcaddr:host-*": ("bad-value", "host-*"),
    "protocol:tcp": ("bad-value", "tcp"),
    "dstport:ssh": ("bad-value", "ssh"),
    "dstport:22..80": ("bad-value", "22..80"),
    "dstport:65536": ("bad-value", "65536"),
    "bytes:10k": ("bad-value", "10k"),
    "bytes>1.5": ("bad-value", "1.5"),
    "start:2018": ("bad-value", "2018"),
    "start:15446*": ("bad-value", "15446*"),
    "port:22": ("field-differs", "port"),
    "duration:5": ("field-differs", "duration"),
    "__SOURCE__:127.0.0.1": ("unknown-field", "__SOURCE__"),
    "a*b:1": ("bad-field", "a*b"),
    "match:1": ("bad-field", "match"),
    "x:a^*": ("bad-pattern", "a^*"),
    '"level":1': ("unexpected-token", ":"),
    "action>1": ("bad-operator", "action>1"),
    "action:[a TO b]": ("bad-operator", "[a TO b]"),
    "bytes:[1 2]": ("unexpected-token", "2"),
    "bytes:[1 TO 2)": ("unexpected-token", ")"),
    'x:"a b*"': ("bad-pattern", '"a b*"'),
    '"acc* ok"': ("bad-pattern", '"acc* ok"'),
    "* | select count(*)": ("sql", "|"),
    "interface-id:eni-?": ("bad-pattern", "?"),
    "-REJECT": ("other-sign", "-REJECT"),
    "!REJECT": ("other-sign", "!REJECT"),
    "///": ("no-word", "///"),
    "x:///": ("no-word", "///"),
    "a AND": ("unexpected-end", ""),
    "AND a": ("unexpected-token", "AND"),
    "x:": ("unexpected-end", ""),
    "x:(a OR b": ("missing-parenthesis", "("),
    "(a OR b": ("missing-parenthesis", "("),
    "a)": ("unexpected-token", ")"),
    'x:"a': ("unterminated-string", '"'),
    "a\\": ("bad-escape", "\\"),
}

SAID = [("nfdump", text, query) for text, query in NFDUMP.items()] + [
    ("cql", text, query) for text, query in CQL.items()
]
REFUSED = [("nfdump", text, *rest) for text, rest in NFDUMP_REFUSED.items()] + [
    ("cql", text, *rest) for text, rest in CQL_REFUSED.items()
]


@pytest.mark.parametrize(("language", "text", "query"), SAID)
def test_a_text_says_this_query(language: str, text: str, query: str) -> None:
    translation = translate(language, text)
    assert canonical(translation.query) == query
    assert without_spans(parse(query)) == without_spans(translation.query)
    assert canonical(parse(query)) == query


@pytest.mark.parametrize(("language", "text", "code", "fault"), REFUSED)
def test_what_has_no_exact_translation_is_refused(language: str, text: str, code: str, fault: str) -> None:
    with pytest.raises(QueryError) as raised:
        translate(language, text)
    diagnostic = raised.value.diagnostics[0]
    found = text[diagnostic.span.start : diagnostic.span.end]
    assert (diagnostic.code, found) == (code, fault)
    assert raised.value.render().startswith("error: ")


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        ("nfdump", "src ip 10.0.0.1 and bytes > 1k", []),
        ("nfdump", "duration > 1000 and duration < 2000", ["milliseconds"]),
        ("nfdump", "bps > 1 or flags S", ["rounded-rate", "tcp-flags"]),
        ("nfdump", "net 10/8", ["short-network"]),
        ("nfdump", "proto ipip", ["protocol-name"]),
        ("cql", "bytes>1000 AND dstport:22", []),
        ("cql", "action:REJECT interface-id:eni-*", ["case", "pattern"]),
        ("cql", "url:/a/b", ["case", "parts"]),
        ("cql", "ssh", ["case", "name"]),
        ("cql", 'dstaddr:"2001:db8::1"', ["address"]),
        ("cql", "dstport:* packets:-1", ["missing"]),
    ],
)
def test_what_differs_is_noted_once(language: str, text: str, codes: list[str]) -> None:
    notes = translate(language, text).notes
    assert [note.code for note in notes] == codes
    for note in notes:
        assert note.render(text).splitlines()[1].strip() == text
        assert "^" in note.render(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nesting_has_a_limit(language: str) -> None:
    term = {"nfdump": "port 1", "cql": "dstport:1"}[language]
    deep = "(" * NESTING_MAX + term + ")" * NESTING_MAX
    assert canonical(translate(language, deep).query) == {"nfdump": "port:1", "cql": "dstport:1"}[language]
    for text in ("(" * (NESTING_MAX + 1) + term, "not " * 100_000, "(" * TEXT_LENGTH_MAX):
        with pytest.raises(QueryError) as raised:
            translate(language, text)
        assert raised.value.diagnostics[0].code in ("too-deep", "text-too-long")


def test_many_terms_are_no_nesting() -> None:
    text = " or ".join(f"port {number}" for number in range(5_000))
    assert canonical(translate("nfdump", text).query).count(" OR ") == 4_999


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, text, _ in SAID])
def test_every_beginning_is_a_query_or_refused(language: str, text: str) -> None:
    for length in range(len(text)):
        try:
            query = canonical(translate(language, text[:length]).query)
        except QueryError:
            continue
        assert canonical(parse(query)) == query


# ---- what the queries find


RECORDS = [
    # start, end, packets, bytes, flags, protocol
    (0, 0, 1, 40, 2, 6),
    (0, 3, 7, 1000, 18, 6),
    (0, 10, 10, 599, 19, 6),
    (0, 7, 3, 1800, 0, 17),
    (0, 60, 60, 3660, 16, 6),
    (0, 1, 0, 0, 63, 6),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of records with flags."""
    folder = tmp_path_factory.mktemp("translate")
    header = (
        "srcaddr dstaddr srcport dstport protocol packets bytes start end tcp-flags action interface-id\n"
    )
    lines = [
        f"10.0.0.{number} 10.1.0.1 {number} 80 {protocol} {packets} {size} {start + 10**9} {end + 10**9} "
        f"{flags} ACCEPT eni-{number}\n"
        for number, (start, end, packets, size, flags, protocol) in enumerate(RECORDS)
    ]
    (folder / "flows.log").write_text(header + "".join(lines))
    with flowql.open(folder / "store") as engine:
        engine.ingest([folder / "flows.log"])
    return folder / "store"


@pytest.mark.parametrize("sign", ["=", ">", ">=", "<", "<="])
@pytest.mark.parametrize("rate", ["bps", "pps", "bpp", "duration"])
def test_rates_find_what_nfdump_finds(store: Path, rate: str, sign: str) -> None:
    """Against the whole numbers that nfdump computes."""
    wholes: dict[str, Callable[[int, int, int], int]] = {
        "bps": lambda ms, _, size: 8_000 * size // ms if ms else 0,
        "pps": lambda ms, packets, _: 1_000 * packets // ms if ms else 0,
        "bpp": lambda _, packets, size: size // packets if packets else 0,
        "duration": lambda ms, _, __: ms,
    }
    compares: dict[str, Callable[[int, int], bool]] = {
        "=": int.__eq__,
        ">": int.__gt__,
        ">=": int.__ge__,
        "<": int.__lt__,
        "<=": int.__le__,
    }
    values = [
        wholes[rate](1_000 * (end - start), packets, size) for start, end, packets, size, _, _ in RECORDS
    ]
    with flowql.open(store) as engine:
        for number in sorted({0, 1, *values, *(value + 1 for value in values)}):
            if (number, sign, rate == "duration") == (0, "<", False):
                continue
            query = canonical(translate("nfdump", f"{rate} {sign} {number}").query)
            found = {row["interface-id"] for row in engine.search(query)}
            assert found == {
                f"eni-{index}" for index, value in enumerate(values) if compares[sign](value, number)
            }, query


@pytest.mark.parametrize(
    ("filter_", "holds"),
    [
        ("flags S", lambda flags, protocol: protocol == 6 and flags & 2 == 2),
        ("flags SA", lambda flags, protocol: protocol == 6 and flags & 18 == 18),
        ("flags =SA", lambda flags, protocol: protocol == 6 and flags == 18),
        ("not flags A", lambda flags, protocol: not (protocol == 6 and flags & 16)),
        ("flags < 18", lambda flags, protocol: protocol == 6 and flags < 18),
        ("flags X", lambda flags, protocol: protocol == 6 and flags & 63 == 63),
    ],
)
def test_flags_find_what_nfdump_finds(store: Path, filter_: str, holds: Callable[[int, int], bool]) -> None:
    with flowql.open(store) as engine:
        found = {row["interface-id"] for row in engine.search(canonical(translate("nfdump", filter_).query))}
    assert found == {f"eni-{n}" for n, (*_, flags, protocol) in enumerate(RECORDS) if holds(flags, protocol)}


def test_a_word_of_cql_is_no_name(store: Path) -> None:
    """Port 80 is http, protocol 6 tcp, and 10.0.0.0/8 private: as words these are nowhere."""
    with flowql.open(store) as engine:
        for word in ("http", "tcp", "private"):
            assert engine.count(word) > 0
            assert engine.count(canonical(translate("cql", word).query)) == 0
        assert engine.count(canonical(translate("cql", "ACCEPT").query)) == len(RECORDS)


@pytest.mark.parametrize(("language", "text", "query"), SAID)
def test_every_translation_binds(store: Path, language: str, text: str, query: str) -> None:
    del language, text
    if query.startswith(("url", "x:", "log-status")) or " x:" in query:
        pytest.skip("a field that these records have not")
    with flowql.open(store) as engine:
        assert engine.count(query) >= 0


# ---- the command


def test_fmt_prints_the_taught_form(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["fmt", "dstport:(22 OR 80)", "REJECT", "last", "1h"]) == 0
    assert capsys.readouterr() == ("last 1h dstport in (22, 80) AND REJECT\n", "")
    (tmp_path / "query").write_text("REJECT # refused\n| head 3\n")
    assert run(["fmt", "-f", str(tmp_path / "query")]) == 0
    assert capsys.readouterr().out == "REJECT | head 3\n"
    assert run(["fmt", "a OR"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0]) == (
        "",
        "error: expected a search term or a field clause after OR, found the end of the query",
    )


def test_fmt_translates_and_says_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", "--from", "nfdump", "src ip 10.0.0.1", "and duration > 1500"]) == 0
    out, err = capsys.readouterr()
    assert out == "srcaddr:10.0.0.1 AND duration>1s500ms\n"
    assert err.splitlines()[0] == "info: nfdump's duration is in milliseconds: 1500 is 1s500ms"
    assert run(["fmt", "--from", "cql", "srcaddr:10.0.0.0/8"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "error: CQL has no networks: it parts this at the / and looks for both words",
        "  srcaddr:10.0.0.0/8",
        "          ^^^^^^^^^^",
        "  the network in FlowQL: srcaddr:10.0.0.0/8",
    ]
    assert run(["fmt", "--from", "spl", "x"]) == 2


def test_fmt_reads_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "in").write_text("REJECT\n  port ssh\n")
    with (tmp_path / "in").open(encoding="utf-8") as standard_input:
        monkeypatch.setattr("sys.stdin", standard_input)
        assert run(["fmt"]) == 0
    assert capsys.readouterr().out == "REJECT AND port:ssh\n"
