"""Filters behind the bar: the one language of filters on the columns of a stage, of every kind."""

import pytest
from test_bind import CCN_SCHEMA, FakeCatalog, bound, refused

from flowql.plan import logical
from flowql.plan.leaves import fields_of
from flowql.plan.predicates import describe
from flowql.schema import DEFAULT_SCHEMA, Field, Kind

TWO_TOPICS = FakeCatalog({"default/vpc": DEFAULT_SCHEMA, "default/ccn": CCN_SCHEMA})


def meaning(text: str) -> str:
    """The last filter of a text's plan."""
    filters = [node for node in logical.chain(bound(text).plan) if isinstance(node, logical.Filter)]
    return describe(filters[-1].predicate)


PRIVATE = "10.0.0.0..10.255.255.255, 172.16.0.0..172.31.255.255, 192.168.0.0..192.168.255.255, fc00::..fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

MEANINGS = [
    # records: the search's fields and computed fields
    ("* | where dstport < 1024", "dstport in [0..1023]"),
    (
        "* | where REJECT",
        'version has "REJECT" or account-id has "REJECT" or interface-id has "REJECT" or action has "REJECT" or log-status has "REJECT"',
    ),
    ("* | where ip:10.0.0.5", "srcaddr in [10.0.0.5] or dstaddr in [10.0.0.5]"),
    ("* | where 10.0.0.5 -> any:443", "srcaddr in [10.0.0.5] and dstport in [443]"),
    ("* | where src-zone:private", f"srcaddr in [{PRIVATE}]"),
    ("* | head 5 | where src-zone:private", f"srcaddr in [{PRIVATE}]"),
    ("* | where bps>1M duration:5m", "bps in [(1000000..]] and duration in [5m]"),
    ("* | where topic:vpc", 'topic equals "vpc"'),
    ("* | where NOT topic:vpc", 'not (topic equals "vpc")'),
    ("* | where srcport < dstport", "srcport < dstport"),
    ("* | where action:-", "not (action exists)"),
    # behind eval: computed columns beside them
    ("* | eval kb = bytes / 1024 | where kb>=1.5", "kb in [[1.5..]]"),
    ("* | eval KB = bytes / 1024 | where kb:(1 OR 2..3)", "KB in [[1..1], [2..3]]"),
    ("* | eval d = end - start | where d>90", "d in [90.000000001s..]"),
    ("* | eval n = bytes - packets | where n<10", "n in [..9]"),
    ("* | eval n = bytes - packets | where n:1k", "n in [1000]"),
    ("* | eval n = bytes - packets | where n=bytes", "n = bytes"),
    ("* | eval a = action | where a:REJ*", "a like REJ*"),
    ("* | eval src = 5 | where src>3", "src in [4..]"),
    ("* | eval ip = srcaddr | where ip:10.0.0.5", "ip in [10.0.0.5]"),
    ("* | eval t = start + 5m | where t>2018-12-13", "t in [2018-12-13T00:00:00.000000001Z..]"),
    ("* | eval n = prefix(src, 24) | where n:172.31.*", "n in [172.31.0.0..172.31.255.255]"),
    ("* | eval n = prefix(src, 24) | where n:10.*.0/24", "n like 10.*.0/24"),
    ("* | eval n = prefix(src, 24) | where n~/^10/", "n matches /^10/"),
    ("* | eval n = prefix(src, 24), m = prefix(dst, 24) | where n=m", "n = m"),
    # behind rename
    ("* | rename src as Source-Host | where source_host:10.0.0.5", "Source-Host in [10.0.0.5]"),
    ("* | rename src as s | where src-zone:private", 'src-zone equals "private"'),
    ("* | rename src as dstaddr, dst as srcaddr | where src-zone:private", 'src-zone equals "private"'),
    ("* | rename bytes as b | where src-zone:private", f"srcaddr in [{PRIVATE}]"),
    # behind a projection
    ("* | fields src, action | where action:REJECT", 'action has "REJECT"'),
    ("* | fields src-zone | where src-zone:private", 'src-zone equals "private"'),
    ("* | fields src, src-zone | where src-zone:private", f"srcaddr in [{PRIVATE}]"),
    ("* | fields service | where service:ssh", 'service equals "ssh"'),
    (
        '* | fields conversation | where conversation:"10.0.0.5 <-> 1.1.1.1"',
        'conversation equals "1.1.1.1 <-> 10.0.0.5"',
    ),
    ("* | fields conversation | where conversation~/^10/", "conversation matches /^10/"),
    ("* | fields raw | where raw~/REJECT$/", "raw matches /REJECT$/"),
    (
        "* | fields src, dst | where net:10.0.0.0/8",
        "srcaddr in [10.0.0.0..10.255.255.255] or dstaddr in [10.0.0.0..10.255.255.255]",
    ),
    ("* | fields src, dst | where 10.0.0.1 <-> any", "srcaddr in [10.0.0.1] or dstaddr in [10.0.0.1]"),
    ("* | fields action, log-status | where REJECT", 'action has "REJECT" or log-status has "REJECT"'),
    ('* | fields action, src | where "REJECT"', 'action has "REJECT"'),
    ("* | fields src | where 10.0.0.0/8", "srcaddr in [10.0.0.0..10.255.255.255]"),
    ("* | fields dstport, src | where ssh", "dstport in [22]"),
    ("* | fields src | where private", f"srcaddr in [{PRIVATE}]"),
    # behind groups
    ("* | stats count() as N by src | where n>5", "N in [6..]"),
    ("* | stats count() as N by src | where N!=5", "N exists and not (N in [5])"),
    ("* | stats avg(bytes) by src | where avg_bytes:>1.5", "avg_bytes in [(1.5..]]"),
    ("* | stats avg(bytes) by src | where AVG-BYTES:-", "not (avg_bytes exists)"),
    ("* | stats avg(duration) by src | where avg_duration>5m", "avg_duration in [300.000000001s..]"),
    ("* | stats avg(bytes), count() by src | where 5", "count in [5] or avg_bytes in [[5..5]]"),
    ("* | stats avg(duration) by src | where 5m", "avg_duration in [5m]"),
    ("* | stats count() by src/24 | where src:10.0.0.0/8", "srcaddr in [10.0.0.0..10.255.255.255]"),
    ("* | stats count() by src/24 | where 10.0.0.0/8", "srcaddr in [10.0.0.0..10.255.255.255]"),
    (
        "* | stats count() by src/24 | where src in (10.0.0.0/25, 10.0.0.128/25)",
        "srcaddr in [10.0.0.0..10.0.0.255]",
    ),
    (
        "* | stats count() by src/24 | where src:10.0.0.0/25 OR src:10.0.0.128/25",
        "srcaddr in [10.0.0.0..10.0.0.127] or srcaddr in [10.0.0.128..10.0.0.255]",
    ),
    ("* | stats count() by start 5m | where start>=2018-12-13", "start in [2018-12-13T00:00:00Z..]"),
    (
        "* | stats max(start) as newest by src | where newest<2018-12-13",
        "newest in [..2018-12-12T23:59:59.999999999Z]",
    ),
    ("* | stats values(action) as acts by src | where acts:REJECT", 'acts has "REJECT"'),
    ("* | stats count() as a, dc(dst) as b by src | where a > b", "a > b"),
    ("* | stats count() by service | where service:ssh", 'service equals "ssh"'),
    ("* | top 5 src | where share>0.5", "share in [(0.5..]]"),
    ("* | facets | where field:action count>3", 'field has "action" and count in [4..]'),
    ("* | stats sum(bytes) as tcp-flags by src | where tcp-flags:2", "tcp-flags in [2]"),
    ("* | stats count() by src | where 10.0.0.1 -> any", "srcaddr in [10.0.0.1]"),
    # subqueries
    (
        "* | stats count() by src | where src in (action:REJECT | fields src)",
        'srcaddr in (Project srcaddr <- Filter action has "REJECT" <- Scan topics=[default/vpc] range=[beginning, end))',
    ),
    (
        "* | stats count() as n by src | where n not in (* | count)",
        "n exists and not (n in (Aggregate count() as count <- Scan topics=[default/vpc] range=[beginning, end)))",
    ),
]


@pytest.mark.parametrize(("text", "expected"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_meaning(text: str, expected: str) -> None:
    assert meaning(text) == expected


def test_everything_is_no_filter() -> None:
    assert bound("* | head 5 | where *").plan == bound("* | head 5").plan


def test_a_condition_in_a_subquery_of_a_condition_reads_the_fields_of_records() -> None:
    text = "* | stats count() as n by src | where src in (dstport:22 | fields src)"
    assert "dstport in [22]" in meaning(text)


REFUSALS = [
    ("* | where bytez>3", 'unknown field "bytez"', "* | where bytes>3"),
    ("* | stats count() as n by src | where m>3", 'unknown column "m"', None),
    (
        "* | stats count() as total by src | where totl>3",
        'unknown column "totl"',
        "* | stats count() as total by src | where total>3",
    ),
    ("* | fields src | where bytes>3", 'unknown field "bytes"', None),
    ("* | fields src | where src-zone:private", 'unknown field "src-zone"', None),
    ("* | fields src | where raw:x", 'unknown field "raw"', None),
    (
        "* | stats count() by src | where ip:10.0.0.5",
        "ip looks at srcaddr and dstaddr, which are not both columns here",
        "* | stats count() by src | where srcaddr:10.0.0.5",
    ),
    (
        "* | stats count() by src, dst/24 | where ip:10.0.0.5",
        "ip looks at srcaddr and dstaddr, which are not both columns here",
        "* | stats count() by src, dst/24 | where srcaddr:10.0.0.5",
    ),
    (
        '* | fields src, action | where "ACCEPT OK"',
        "a phrase looks at the lines of records, whose fields are not all columns here",
        '* | fields src, action | where action:"ACCEPT OK"',
    ),
    (
        '* | rename src as s | where "ACCEPT OK"',
        "a phrase looks at the lines of records, whose fields are not all columns here",
        '* | rename src as s | where version:"ACCEPT OK"',
    ),
    (
        "* | fields src | where 10.0.0.1:443",
        "an endpoint looks at srcport, which is no column here any more",
        None,
    ),
    (
        "* | stats count() by src | where any -> 10.0.0.1",
        "an endpoint looks at dstaddr, which is no column here any more",
        None,
    ),
    (
        "* | stats values(action) as srcaddr by dst | where 10.0.0.1 -> any",
        "an endpoint looks at srcaddr, which is no column here any more",
        None,
    ),
    (
        "* | stats count() by src/24 | where src<10.0.0.0",
        "srcaddr is a network, which < does not compare: name a block or a range",
        None,
    ),
    (
        "* | eval n = prefix(src, 24), m = prefix(dst, 24) | where n<m",
        "n is a network, which < does not compare",
        None,
    ),
    (
        "* | eval n = prefix(src, 24) | where n=src",
        "n is a network and srcaddr is an address: they do not compare",
        None,
    ),
    (
        "* | stats avg(bytes) as a by src | where a~/5/",
        "a is a real number, which has no digits for an expression to match",
        None,
    ),
    (
        "* | stats avg(bytes) as a by src | where a in (* | stats avg(bytes))",
        "a subquery's values are not looked up in columns of kind real such as a",
        None,
    ),
    (
        "* | stats count() by src/24 | where src in (* | fields src)",
        "a subquery's values are not looked up in columns of kind network such as srcaddr",
        None,
    ),
    ("* | where service:nosuch", 'unknown service "nosuch"', None),
    ("* | stats count() by service | where service:nosuch", 'unknown service "nosuch"', None),
    (
        '* | fields conversation | where conversation:"10.0.0.0/8 <-> 1.1.1.1"',
        "behind a stage a conversation is a text, in which networks are not looked for",
        None,
    ),
    ("* | where dstport:70000", "a port is at most 65535, found 70000", None),
    (
        "* | stats values(action) as acts by src | where acts>5",
        "acts is text, which > does not compare",
        None,
    ),
]


@pytest.mark.parametrize(("text", "message", "proposal"), REFUSALS, ids=[text for text, *_ in REFUSALS])
def test_refused(text: str, message: str, proposal: str | None) -> None:
    (error,) = refused(text)
    assert (error.message, error.proposal) == (message, proposal)


def test_the_columns_here_are_told() -> None:
    text = "* | stats count() as n by src | where bytes>3"
    assert refused(text)[0].render(text) == (
        'error: unknown column "bytes"\n'
        "  * | stats count() as n by src | where bytes>3\n"
        "                                        ^^^^^\n"
        "  bytes is a field of the records, but the columns here are srcaddr, n"
    )


def test_every_error_of_a_filter_is_told() -> None:
    assert len(refused("* | where bytez>3 dsport:22 | fields src, nosuch")) == 3


def test_computed_fields_of_records_are_computed_for_the_filter() -> None:
    plan = bound("* | head 5 | where duration>5m service:ssh topic:vpc bps<bpp").plan
    compute = next(node for node in logical.chain(plan) if isinstance(node, logical.Compute))
    assert [column.name for column in compute.computed] == ["duration", "topic", "bps", "bpp"]
    assert plan.columns == bound("*").plan.columns


def test_a_phrase_over_layouts_tells_topics_by_their_column() -> None:
    plan = bound('* | head 5 | where "ACCEPT OK"', TWO_TOPICS).plan
    filter_ = next(node for node in logical.chain(plan) if isinstance(node, logical.Filter))
    assert Field("topic", Kind.TEXT, is_virtual=True) in fields_of(filter_.predicate)
    assert 'topic equals "vpc"' in describe(filter_.predicate)


def test_words_and_clauses_of_a_stage_are_none_of_the_search() -> None:
    query = bound("REJECT | where ssh dstport:22")
    assert [word.text for word in query.words] == ["REJECT"]
    assert [clause.text for clause in query.clauses] == ["REJECT"]
    assert [part.text for part in query.parts] == ["REJECT"]


def test_the_search_is_the_plan_below_the_stages() -> None:
    query = bound("REJECT | where dstport:22 | head 3")
    assert query.search == bound("REJECT").plan
    assert bound("* | where dstport:22").search == bound("*").plan


def test_what_reaches_into_the_range_is_asked_of_the_search_alone() -> None:
    query = bound("last 1h of data | where dstport:22")
    assert query.reaching is not None
    assert "dstport" not in logical.render(query.reaching)


def test_the_note_on_mixed_operators_shows_the_stage_that_they_stand_in() -> None:
    (note,) = bound("bytes>1 | where action:REJECT OR dstport:22 bytes>3").notes
    assert note.details == ("it is read as bytes>1 | where action:REJECT OR (dstport:22 AND bytes>3)",)
