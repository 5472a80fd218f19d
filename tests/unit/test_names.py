"""Names of protocols and services: the facts, the tables' honesty, and the command that makes them."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from flowql import names
from flowql.names import generate
from flowql.names.tables import FOLDER, Kind, gather, numbers_by_name, said_names, spread

SERVICES_CSV = """\
Service Name,Port Number,Transport Protocol,Description,Assignee,Registration Date,Modification Date
,0,tcp,Reserved,,,
alpha,10,tcp,Alpha,"[A, B]",2020-01-02,
alpha,10,udp,Alpha,,,2021-03-04
Beta,10,tcp,"Second name, of the same port",,,
alpha,12,tcp,,,,
only-sctp,13,sctp,,,,
range,20-23,udp,,,1999,
pair,30-31,udp,,,,
dns-sd-only,,tcp,"No port,
two lines",,,
"""

PROTOCOLS_CSV = """\
Decimal,Keyword,Protocol,IPv6 Extension Header,Reference
6,TCP,Transmission Control,,[RFC9293]
13,ARGUS (deprecated),ARGUS,,
61,,any host internal protocol,,
124,ISIS over IPv4,,,
148-252,,Unassigned,,
255,Reserved,,,
"""

DATES = generate.Dates(date(2021, 3, 4), date(2020, 5, 6))


def _rows(file_name: str) -> list[list[str]]:
    lines = (FOLDER / file_name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _body(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


# Facts that stand in RFCs and manuals, one a word: this file does not trust the tables it tests.
PROTOCOL_NUMBERS = """
tcp=6 UDP=17 icmp=1 IPv6-ICMP=58 icmp6=58 icmpv6=58 gre=47 esp=50 ah=51 sctp=132 ospf=89 ospfigp=89 hopopt=0
rdp=27 isis-over-ipv4=124 argus=13 vrrp=112 igmp=2
"""
PROTOCOL_NAMES = "0=hopopt 1=icmp 2=igmp 6=tcp 17=udp 47=gre 50=esp 58=ipv6-icmp 89=ospf 132=sctp"
SERVICE_PORTS = """
ssh=22 HTTP=80 www=80 https=443 domain=53 dns=53 rdp=3389 ms-wbt-server=3389 postgres=5432 postgresql=5432
mysql=3306 redis=6379 mongodb=27017 ntp=123 bgp=179 syslog=514 etcd=2379,2380 dhcp=67,68 netbios=137-139
http-alt=591,8008,8080 x11=6000-6063 sql*net=66 sftp=22,115 kubernetes=6443 memcached=11211 vnc=5900
"""
SERVICE_NAMES = """
22=ssh 53=dns 80=http 115=sftp 443=https 445=smb 514=syslog 3306=mysql 3389=rdp 5432=postgres 5900=vnc
6063=x11 8080=http-alt 9042=cassandra 9092=kafka
"""


def _facts(text: str) -> list[list[str]]:
    return [fact.split("=") for fact in text.split()]


@pytest.mark.parametrize(("name", "number"), _facts(PROTOCOL_NUMBERS))
def test_protocol_number(name: str, number: str) -> None:
    assert names.protocol_number(name) == int(number)


@pytest.mark.parametrize("name", ["nothing", "", "reserved", "6", "-"])
def test_protocol_number_of_no_protocol(name: str) -> None:
    assert names.protocol_number(name) is None


@pytest.mark.parametrize(("number", "name"), _facts(PROTOCOL_NAMES))
def test_protocol_name(number: str, name: str) -> None:
    assert names.protocol_name(int(number)) == name


@pytest.mark.parametrize("number", [-1, 61, 200, 253, 255, 256])
def test_protocol_name_of_a_number_without(number: int) -> None:
    assert names.protocol_name(number) is None


@pytest.mark.parametrize(("name", "ports"), _facts(SERVICE_PORTS))
def test_service_ports(name: str, ports: str) -> None:
    assert names.service_ports(name) == spread(ports)


@pytest.mark.parametrize("name", ["nothing-at-all", "", "22", "-"])
def test_service_ports_of_no_service(name: str) -> None:
    assert names.service_ports(name) == ()


@pytest.mark.parametrize(("port", "name"), _facts(SERVICE_NAMES))
def test_service_name(port: str, name: str) -> None:
    assert names.service_name(int(port)) == name


@pytest.mark.parametrize("port", [-1, 0, 4, 65535, 65536])
def test_service_name_of_a_port_without(port: int) -> None:
    assert names.service_name(port) is None


def test_numbers_are_read_as_they_are_written() -> None:
    assert spread("1,3,5-7") == (1, 3, 5, 6, 7)
    assert gather([7, 1, 5, 6, 3, 1]) == "1,3,5-7"
    assert spread("") == spread("-") == ()


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("postgrse", "postgres"),
        ("HTPS", "https"),
        ("smpt", "smtp"),
        ("redsi", "redis"),
        ("mongdb", "mongodb"),
    ],
)
def test_similar_services_puts_the_likely_one_first(word: str, name: str) -> None:
    similar = names.similar_services(word)
    assert similar[0] == name
    assert len(similar) <= 3


@pytest.mark.parametrize(("word", "name"), [("tpc", "tcp"), ("UDPP", "udp"), ("ipv6icmp", "ipv6-icmp")])
def test_similar_protocols_puts_the_likely_one_first(word: str, name: str) -> None:
    assert names.similar_protocols(word)[0] == name


def test_nothing_is_similar_to_noise() -> None:
    assert names.similar_services("qqqqzzzz") == ()
    assert names.similar_protocols("") == ()
    assert names.similar_services("postgres" * 1000) == ()


def test_every_registered_name_finds_its_ports_and_every_port_a_name_that_finds_it() -> None:
    rows = _rows("services.tsv")
    assert len(rows) > 6000
    for name, numbers in rows:
        assert name == name.lower()
        assert not name.isdigit()  # a digit word is a port, never a name
        assert gather(spread(numbers)) == numbers
        assert set(spread(numbers)) <= set(names.service_ports(name))
        for port in spread(numbers):
            assert 0 <= port <= 65535
            printed = names.service_name(port)
            assert printed is not None
            assert port in names.service_ports(printed)


def test_every_protocol_name_goes_there_and_back() -> None:
    rows = _rows("protocols.tsv")
    assert len(rows) > 130
    for name, number in rows:
        assert names.protocol_number(name) == int(number)
        printed = names.protocol_name(int(number))
        assert printed is not None
        assert names.protocol_number(printed) == int(number)


@pytest.mark.parametrize("kind", list(Kind))
def test_said_lines_are_well_formed_and_say_something_new(kind: Kind) -> None:
    registered = dict(_rows(f"{kind.value}.tsv"))
    seen: set[str] = set()
    claimed: set[int] = set()
    for name, numbers, printed in _rows(f"said-{kind.value}.tsv"):
        assert name == name.lower()
        assert name not in seen
        assert gather(spread(numbers)) == numbers
        assert set(spread(printed)) <= set(spread(numbers))
        assert claimed.isdisjoint(spread(printed)), f"{name} is printed for a port another word has"
        assert registered.get(name) != numbers or spread(printed), f"{name} only repeats the registry"
        assert set(spread(registered.get(name, ""))) <= set(spread(numbers))
        seen.add(name)
        claimed.update(spread(printed))
    assert seen <= set(numbers_by_name(kind))


@pytest.mark.parametrize("kind", list(Kind))
def test_tables_carry_their_source_date_and_command(kind: Kind) -> None:
    header = (FOLDER / f"{kind.value}.tsv").read_text(encoding="utf-8").splitlines()[:3]
    assert header[0].startswith("# Source: IANA, ")
    day = header[1].removeprefix("# Date: ")
    assert date.fromisoformat(day).isoformat() == day
    assert header[2].startswith("# Made by: python -m flowql.names.generate --services ")
    assert day in header[2]
    if kind is Kind.SERVICE:
        assert day == names.TABLE_DATE


def test_generate_joins_ports_of_a_name_and_keeps_the_registrys_order() -> None:
    text = generate.services_table(SERVICES_CSV.splitlines(keepends=True), DATES)
    assert _body(text) == ["alpha\t10,12", "beta\t10", "range\t20-23", "pair\t30,31"]
    assert "# Date: 2021-03-04" in text.splitlines()


def test_generate_makes_one_word_of_each_protocol_keyword() -> None:
    text = generate.protocols_table(PROTOCOLS_CSV.splitlines(keepends=True), DATES)
    assert _body(text) == ["tcp\t6", "argus\t13", "isis-over-ipv4\t124"]
    assert "# Date: 2020-05-06" in text.splitlines()


def test_generate_refuses_a_date_before_the_newest_entry() -> None:
    early = generate.Dates(date(2021, 3, 3), date(2021, 3, 3))
    with pytest.raises(generate.RegistryError, match="2021-03-04"):
        generate.services_table(SERVICES_CSV.splitlines(keepends=True), early)


@pytest.mark.parametrize("port", ["65536", "9-8", "x", "1-", "-1"])
def test_generate_refuses_what_is_no_port(port: str) -> None:
    lines = [SERVICES_CSV.splitlines()[0] + "\n", f"alpha,{port},tcp,,,,\n"]
    with pytest.raises(generate.RegistryError, match="expected"):
        generate.services_table(lines, DATES)


def test_command_writes_both_tables_or_neither(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    services, protocols = tmp_path / "services.csv", tmp_path / "protocols.csv"
    services.write_text(SERVICES_CSV, encoding="utf-8-sig")
    protocols.write_text("Number,Word\n6,TCP\n", encoding="utf-8")
    given = ["--services", str(services), "--protocols", str(protocols), "--date", "2021-03-04"]
    given += ["--into", str(tmp_path)]

    assert generate.main(given) == 2
    assert "not found: Decimal, Keyword" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.tsv"))

    protocols.write_text(PROTOCOLS_CSV, encoding="utf-8")
    assert generate.main(given) == 0
    assert _body((tmp_path / "services.tsv").read_text(encoding="utf-8"))[0] == "alpha\t10,12"
    assert _body((tmp_path / "protocols.tsv").read_text(encoding="utf-8"))[0] == "tcp\t6"
    for table in tmp_path.glob("*.tsv"):
        assert str(tmp_path) not in table.read_text(encoding="utf-8")  # no machine's paths in the package


def test_import_opens_no_table_and_the_first_question_does() -> None:
    script = """
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
import flowql.names
assert not [name for name in opened if name.endswith(".tsv")], opened
assert flowql.names.service_ports("ssh") == (22,)
assert [name for name in opened if name.endswith("services.tsv")], opened
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=FOLDER.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_name_is_listed_once_the_words_people_say_first() -> None:
    for kind, listed, said in (
        (Kind.SERVICE, names.service_names(), ("dns", "rdp")),
        (Kind.PROTOCOL, names.protocol_names(), ("ospf", "icmp6")),
    ):
        assert set(listed) == set(numbers_by_name(kind))
        assert len(set(listed)) == len(listed)
        registered = [name for name in listed if name not in said_names(kind)]
        assert list(listed[-len(registered) :]) == registered
        assert set(said) <= said_names(kind)
