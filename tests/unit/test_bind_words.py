"""Binding bare words and phrases: their readings, and what is refused instead of being searched silently."""

import pytest
from test_bind import CCN_SCHEMA, NOW, FakeCatalog, bound, meaning, refused

from flowql.plan.predicates import describe
from flowql.schema import schema_of


def readings(text: str) -> list[tuple[str, str]]:
    """The readings of the one bare word in a text."""
    (word,) = bound(text).words
    return [(reading.label, describe(reading.predicate)) for reading in word.readings]


TEXTS = ("version", "account-id", "interface-id", "action", "log-status")


def text_readings(word: str) -> list[tuple[str, str]]:
    """The readings of a word as a token of every text field."""
    return [(f"text of {field}", f'{field} has "{word}"') for field in TEXTS]


def test_a_word_is_a_token_of_any_text() -> None:
    assert readings("REJECT") == text_readings("REJECT")


def test_a_number_is_any_column_that_prints_it() -> None:
    assert readings("22") == [
        ("a number of srcport, dstport", "srcport in [22] or dstport in [22]"),
        ("a number of protocol", "protocol in [22]"),
        ("a number of packets, bytes", "packets in [22] or bytes in [22]"),
        ("a time of start, end", "start in [1970-01-01T00:00:22Z] or end in [1970-01-01T00:00:22Z]"),
        *text_readings("22"),
    ]


def test_a_number_out_of_a_columns_domain_is_left_out_there() -> None:
    assert [label for label, _ in readings("1544709600")] == [
        "a number of packets, bytes",
        "a time of start, end",
        *(label for label, _ in text_readings("1544709600")),
    ]
    assert readings("99999999999999999999") == text_readings("99999999999999999999")
    assert readings("022") == text_readings("022")


def test_an_address_or_block_is_looked_for_in_every_address_column() -> None:
    assert readings("10.16.0.40") == [
        ("an address of srcaddr, dstaddr", "srcaddr in [10.16.0.40] or dstaddr in [10.16.0.40]"),
        *text_readings("10.16.0.40"),
    ]
    assert readings("172.31.16.0/24")[0][1].startswith("srcaddr in [172.31.16.0..172.31.16.255] or dstaddr")
    assert readings("2001:db8::/32")[0][0] == "an address of srcaddr, dstaddr"
    assert readings("::2")[1] == ("text of version", 'version equals "::2"')
    aws = FakeCatalog({"default/vpc": schema_of(["srcaddr", "pkt-srcaddr"])})
    assert meaning("10.0.0.1", aws) == "srcaddr in [10.0.0.1] or pkt-srcaddr in [10.0.0.1]"


def test_names_of_protocols_and_services_are_numbers_too() -> None:
    assert readings("tcp")[0] == ("a name of protocol", "protocol in [6]")
    assert readings("icmp")[0] == ("a name of protocol", "protocol in [1]")
    assert readings("ipv6-icmp")[0] == ("a name of protocol", "protocol in [58]")
    assert readings("SSH")[0] == ("a service of srcport, dstport", "srcport in [22] or dstport in [22]")


def test_a_zone_is_looked_for_on_either_side() -> None:
    (label, text), *others = readings("loopback")
    assert label == "a zone of srcaddr, dstaddr"
    assert text == " or ".join(
        f"{side} in [::1, 127.0.0.0..127.255.255.255]" for side in ("srcaddr", "dstaddr")
    )
    assert others == text_readings("loopback")


def test_wildcards_cover_printed_values_and_tokens() -> None:
    assert readings("eni-*") == [(f"text of {field}", f"{field} has token like eni-*") for field in TEXTS]
    assert [label for label, _ in readings("42*")][: -len(TEXTS)] == [
        "a number of srcport, dstport",
        "a number of protocol",
        "a number of packets, bytes",
        "an address of srcaddr, dstaddr",
    ]
    assert readings("10.0.*")[0] == (
        "an address of srcaddr, dstaddr",
        "srcaddr in [10.0.0.0..10.0.255.255] or dstaddr in [10.0.0.0..10.0.255.255]",
    )
    assert readings("10.0.*.5")[0][1] == "srcaddr like 10.0.*.5 or dstaddr like 10.0.*.5"


def test_a_phrase_is_fields_in_a_row() -> None:
    assert readings('"6 20 4249"') == [
        (
            "fields in a row",
            (
                '(version equals "6" and account-id equals "20" and interface-id equals "4249")'
                " or (dstport in [6] and protocol in [20] and packets in [4249])"
                " or (protocol in [6] and packets in [20] and bytes in [4249])"
                " or (packets in [6] and bytes in [20] and start in [1970-01-01T01:10:49Z])"
                " or (bytes in [6] and start in [1970-01-01T00:00:20Z] and end in [1970-01-01T01:10:49Z])"
                ' or (start in [1970-01-01T00:00:06Z] and end in [1970-01-01T00:00:20Z] and action equals "4249")'
                ' or (end in [1970-01-01T00:00:06Z] and action equals "20" and log-status equals "4249")'
            ),
        ),
        *text_readings("6 20 4249"),
    ]


def test_a_dash_in_a_phrase_is_a_missing_field() -> None:
    row, *_ = readings('"10.0.0.5 - -"')
    assert row[1].endswith(
        " or (srcaddr in [10.0.0.5] and not (dstaddr exists) and not (srcport exists))"
        " or (dstaddr in [10.0.0.5] and not (srcport exists) and not (dstport exists))"
    )


def test_a_phrase_that_fits_no_fields_is_text() -> None:
    five = "tcp 10.0.0.300 x y z"
    assert readings(f'"{five}"') == text_readings(five)


def test_a_phrase_of_one_token_is_a_word() -> None:
    assert readings('"22"') == readings("22")
    assert readings('"tcp"') == text_readings("tcp")
    assert readings('" 10.300 "') == text_readings("10.300")
    assert readings('"protocol"')[-5:] == text_readings("protocol")


def test_a_phrase_follows_each_layout_in_scope_for_its_own_topics() -> None:
    catalog = FakeCatalog({"default/ccn": CCN_SCHEMA, "default/short": schema_of(["srcaddr", "dstport"])})
    found = meaning('"10.0.0.1 22"', catalog)
    assert found.startswith(
        '(topic in [default/ccn] and ((srcaddr in [10.0.0.1] and dstregionid equals "22") or'
    )
    assert "(topic in [default/short] and srcaddr in [10.0.0.1] and dstport in [22])" in found


LINE = "2 123456789010 eni-1235b8ca {} 1418530010 1418530070 {}"
ENDS = "172.31.16.139 172.31.16.21 20641 22 6 20 4249"


def test_a_pasted_record_is_that_record() -> None:
    line = LINE.format(ENDS, "ACCEPT OK")
    assert readings(line) == readings(f'"{line}"')
    assert bound(line).words[0].text == line
    assert readings(line)[0][1].startswith('version equals "2" and account-id equals "123456789010" and')
    assert readings(f"{line} last 1h")[0] == readings(line)[0]
    assert readings(f"-{line}")[0] == readings(line)[0]


@pytest.mark.parametrize(
    "cells",
    [("- - - - - - -", "- NODATA"), ("- - - - - -1 -1", "- NODATA"), ("- - - - - -", "- NODATA")],
    ids=["fourteen", "counts that are -1", "thirteen"],
)
def test_a_pasted_record_without_data_is_that_record(cells: tuple[str, str]) -> None:
    (label, text), *_ = readings(LINE.format(*cells))
    missing = ("srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes")
    assert label == "fields in a row"
    assert " and ".join(f"not ({field} exists)" for field in missing) in text
    assert text.endswith('not (action exists) and log-status equals "NODATA"')


def test_words_are_listed_in_the_order_of_the_text() -> None:
    query = bound("REJECT (tcp OR NOT udp) dstport:22")
    assert [word.text for word in query.words] == ["REJECT", "tcp", "udp"]
    assert [query.words[1].span.start, query.words[1].span.end] == [8, 11]


REFUSALS = [
    ("protocol tcp", "protocol:tcp"),
    ("protocol", '"protocol"'),
    ("NOT protocol tcp", "NOT protocol:tcp"),
    ("REJECT dstport 22", "REJECT dstport:22"),
    ("src or dst port 22", "port:22"),
    ("REJECT and dst or src host 10.0.0.5", "REJECT and ip:10.0.0.5"),
    ("protocol and tcp", '"protocol" and tcp'),
    ("protocol last 1h tcp", '"protocol" last 1h tcp'),
    ("portrange 80-90", "port:80..90"),
    ("source port 80", "srcport:80"),
    ("flags SA", "(tcp-flags:syn tcp-flags:ack)"),
    ("src and 10.0.0.5", '"src" and 10.0.0.5'),
    ("public:22", "any -> public:22"),
    ("any", "*"),
    ("203.0.113", "203.0.113.*"),
    ("10.5", "10.5.*"),
    ("10.0.0.0/33", None),
    ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
    ("10.0.0.256", None),
    ("010.0.0.1", "10.0.0.1"),
    ("10.0.0.1-10.0.0.9", "ip:10.0.0.1..10.0.0.9"),
    ('""', None),
]


@pytest.mark.parametrize(("text", "proposal"), REFUSALS, ids=[text for text, _ in REFUSALS])
def test_refused_words(text: str, proposal: str | None) -> None:
    (error,) = refused(text)
    assert error.proposal == proposal


def test_a_field_name_as_a_word() -> None:
    assert refused("REJECT protocol tcp")[0].render("REJECT protocol tcp") == (
        'error: "protocol" stands where a search term does; a field clause has an operator: protocol:tcp\n'
        "  REJECT protocol tcp\n"
        "         ^^^^^^^^^^^^\n"
        '  to search for the word, quote it: "protocol"\n'
        "  try: REJECT protocol:tcp"
    )
    assert refused("status")[0].render("status") == (
        'error: "status" is the name of a field, which needs an operator and a value\n'
        "  status\n"
        "  ^^^^^^\n"
        '  to search for the word, quote it: "status"\n'
        '  try: "status"'
    )


def test_now_is_the_callers() -> None:
    assert bound("last 1h").range.high == NOW


def test_a_count_clause_that_comes_last_is_no_unit_apart_since_it_once_crashed() -> None:
    assert bound("interface-id:eni-ba* bytes:>1000").notes == ()
