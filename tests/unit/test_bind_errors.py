"""What the binder says of values, fields and clauses that it refuses: whole messages, as people read them."""

import pytest
from test_bind import NOW, ONE_TOPIC, FakeCatalog, bound, refused

from flowql.errors import QueryError
from flowql.plan.bind import bind
from flowql.schema import schema_of
from flowql.syntax.parser import parse

# Each block: the whole message; its second line is the query.
MESSAGES = """
error: unknown field "dsport"
  dsport:22
  ^^^^^^
  fields with a similar name: dstport, srcport

error: unknown field "vpc-id"
  REJECT vpc-id:vpc-1
         ^^^^^^
  it is a field of other layouts, and no topic in scope has it

error: unknown field "zzz"
  zzz:22
  ^^^

error: expected a duration such as 90s, 10m or 1h30m for duration, found "long"
  duration:>long
            ^^^^

error: expected a number such as 1500, 2.5 or 10M for bpp, found "many"
  bpp:many
      ^^^^

error: bps is a quotient, which has no digits for a wildcard to stand for
  bps:1*
      ^^

error: expected an address, a CIDR block, a range or a wildcard for srcaddr, found "203.0.113"
  src:203.0.113
      ^^^^^^^^^
  try: src:203.0.113.*

error: expected an address, a CIDR block, a range or a wildcard for srcaddr, found "2001:db8"
  src:2001:db8
      ^^^^^^^^
  try: src:2001:db8::/32

error: expected a prefix length after the slash, found "255.0.0.0"
  src:10.0.0.0/255.0.0.0
      ^^^^^^^^^^^^^^^^^^
  try: src:10.0.0.0/8

error: the prefix length of an IPv4 network is from 0 to 32, found /33
  src:10.0.0.0/33
      ^^^^^^^^^^^

error: the prefix length of an IPv4 network is from 0 to 32, found leading zeros
  src:10.0.0.0/08
      ^^^^^^^^^^^
  try: src:10.0.0.0/8

error: expected an address before the slash, found "foo"
  src:foo/8
      ^^^^^

error: a range is written with two dots, found "10.0.0.1-10.0.0.9"
  src:10.0.0.1-10.0.0.9
      ^^^^^^^^^^^^^^^^^
  try: src:10.0.0.1..10.0.0.9

error: the ends of a range are both IPv4 or both IPv6 addresses
  src:10.0.0.1..::1
      ^^^^^^^^^^^^^

error: expected an address for ip, found "10.0.0.0/8"
  ip>10.0.0.0/8
     ^^^^^^^^^^

error: expected an address, a CIDR block, a range or a wildcard for srcaddr, found "fe80::1%eth0"
  src:fe80::1%eth0
      ^^^^^^^^^^^^
  try: src:fe80::1

error: expected an address, a CIDR block, a range or a wildcard for srcaddr, found "300.*"
  src:300.*
      ^^^^^

error: expected a prefix length after the slash, found "255.0.255.0"
  src:10.0.0.0/255.0.255.0
      ^^^^^^^^^^^^^^^^^^^^

error: unknown zone "publik"
  src:publik
      ^^^^^^
  zones with a similar name: public
  try: src:public

error: srcaddr holds an address without a port, found "10.0.0.5:443"
  src:10.0.0.5:443
      ^^^^^^^^^^^^
  try: src:10.0.0.5 srcport:443

error: a port is at most 65535, found 70000
  dstport:70000
          ^^^^^

error: a port is at most 65535, found 65536
  dstport:>65536
           ^^^^^

error: unknown service "htpt"
  port:htpt
       ^^^^
  services with a similar name: http, htcp, ehtp
  try: port:http

error: expected a number here, found "x11", which stands for several
  port>x11
       ^^^

error: unknown protocol "tpc"
  proto:tpc
        ^^^
  protocols with a similar name: tcp, tcf, 3pc
  try: proto:tcp

error: a wildcard on dstport stands for digits of a number, found "ss*"
  dstport:ss*
          ^^^

error: a range is written with two dots, found "8000-8100"
  dstport:8000-8100
          ^^^^^^^^^
  try: dstport:8000..8100

error: the range is reversed: 100 comes after 22
  dstport:100..22
          ^^^^^^^
  try: dstport:22..100

error: the range is reversed: 80 comes after 22
  dstport in [80 22)
             ^^^^^^^
  try: dstport in [22 80)

error: the range holds no value
  dstport:{22 TO 23}
          ^^^^^^^^^^

error: expected a whole number such as 1500, 10MB or 1Ki for bytes, found "1.5"
  bytes:1.5
        ^^^

error: a count is never negative, found -1
  packets:"-1"
          ^^^^
  -1 in a record stands for a missing value
  try: packets:-

error: a year has the months 01 to 12, found "2018-13-01"
  start:2018-13-01
        ^^^^^^^^^^

error: a wildcard cannot stand in a time, found "2018*"
  start:2018*
        ^^^^^

error: action is text, and text has no ranges
  action:a..b
         ^^^^

error: action is text, which < does not compare
  action<3
         ^

error: != compares the whole value, in which a wildcard has no meaning
  eni!=eni-x*
       ^^^^^^
  a * or ? that is part of the value stands in quotes: eni!="eni-x*"
  try: NOT eni:eni-x*

error: = compares the whole value, in which a wildcard has no meaning
  eni=(eni-x* OR eni-y)
      ^^^^^^^^^^^^^^^^^
  a * or ? that is part of the value stands in quotes: eni="eni-x*"
  try: eni:(eni-x* OR eni-y)

error: dstport!=* holds for no record
  dstport!=*
  ^^^^^^^^^^
  try: NOT dstport:*

error: dstport not in (22, *) holds for no record
  dstport not in (22, *)
  ^^^^^^^^^^^^^^^^^^^^^^
  try: NOT dstport:*

error: srcport is a port and bytes is a count: they do not compare
  srcport < bytes
            ^^^^^

error: action is text and dstport is a port: they do not compare
  action = dstport
           ^^^^^^^
  to compare with the word, quote it: "dstport"

error: port looks at two fields, and fields are compared one with one
  srcport = port
            ^^^^

error: bps is a quotient and duration is a duration: they do not compare
  bps > duration
        ^^^^^^^^

error: action is text, which < does not compare
  action < log-status
           ^^^^^^^^^^

error: expected an address, found the beginning of one: "fe80:1"
  fe80:1
  ^^^^^^
  try: fe80:1::/32
"""

BLOCKS = [block.strip("\n") for block in MESSAGES.split("\n\n")]


@pytest.mark.parametrize("expected", BLOCKS, ids=[block.splitlines()[1].strip() for block in BLOCKS])
def test_message(expected: str) -> None:
    text = expected.splitlines()[1][2:]
    (error,) = refused(text)
    assert error.render(text) == expected


def test_every_wrong_element_of_a_set_is_told() -> None:
    errors = refused("dstport in (22, 70000, 80000, nosuchservice) OR dsport:22")
    assert [error.code for error in errors] == [
        "out-of-domain",
        "out-of-domain",
        "unknown-service",
        "unknown-field",
    ]


def test_a_list_in_the_wrong_field_is_not_told_element_by_element() -> None:
    addresses = ", ".join(f"10.0.{n // 256}.{n % 256}" for n in range(2_000))
    assert len(refused(f"dstport in ({addresses})")) == 20


def test_a_field_of_some_topic_in_scope_is_known() -> None:
    catalog = FakeCatalog(
        {"default/a": schema_of(["srcaddr", "dstaddr"]), "default/b": schema_of(["vpc-id"])}
    )
    assert bound("vpc-id:x ip:10.0.0.1", catalog).topics
    assert refused("from b ip:10.0.0.1", catalog)[0].message == 'unknown field "ip"'


FIELDS = (
    "src",
    "dstport",
    "protocol",
    "bytes",
    "start",
    "action",
    "ip",
    "port",
    "vpc-id",
    "raw",
    "duration",
    "bpp",
    "src-zone",
)
FORMS = ("{}:{}", "{}={}", "{}!={}", "{}>{}", "{}<={}", "{} in ({}, -)", "{} not in ({})", "{} {}")
VALUES = (
    *("10.0.0.5", "10.0.0.0/8", "10.0", "10.*.5", "::1", "::/0", "2001:db8", "22", "65536", "9" * 30),
    *("022", "1.5k", "tcp", "ssh", "foo*", "**", "2018-12-13", "now", '""', '" "', '"a b"', "'22'", "é"),
    *(
        "22..80",
        "80..22",
        "..80",
        "10.0.0.1..::1",
        "[22 80)",
        "{22 TO 22}",
        "(22 OR foo*)",
        "srcport",
        "/2{2}/",
        "/(/",
        "$p",
        "@list",
        "(22 AND 80)",
        "(* | fields srcaddr)",
        "9" * 5_000,
    ),
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", FIELDS)
def test_any_clause_is_bound_or_refused_with_a_proposal_that_parses(field: str, form: str) -> None:
    for value in VALUES:
        text = form.format(field, value)
        try:
            query = parse(text)
        except QueryError:
            continue
        try:
            bind(query, ONE_TOPIC, NOW)
        except QueryError as error:
            for diagnostic in error.diagnostics:
                assert diagnostic.span.end <= len(text)
                assert diagnostic.proposal is None or parse(diagnostic.proposal)
