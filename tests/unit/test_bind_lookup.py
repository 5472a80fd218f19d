"""lookup and select: the columns that a list or a SELECT gives, and what is refused."""

import pytest
from test_bind import NOW, ONE_TOPIC, bound, refused

from flowql.errors import Diagnostic, QueryError
from flowql.lists import Lists
from flowql.plan import logical
from flowql.plan.bind import bind
from flowql.plan.bound import BoundQuery
from flowql.plan.given import Given
from flowql.plan.sql.select import SelectError
from flowql.schema import Kind
from flowql.syntax.parser import parse


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Lists:
    """Lists with and without columns, of addresses and of ports."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "assets.csv").write_text("address,owner,Site Name\n10.0.0.0/8,net,a\n")
    (folder / "clash.csv").write_text("address,action,owner\n10.0.0.0/8,x,y\n")
    (folder / "zones.csv").write_text("address,service\n10.0.0.0/8,x\n")
    (folder / "apps.csv").write_text("port,app\n22,ssh\n")
    (folder / "plain.txt").write_text("10.0.0.0/8\n")
    (folder / "bare.csv").write_text("10.0.0.0/8,net\n")
    return Lists(folder)


def looked_up(text: str, lists: Lists) -> BoundQuery:
    """The bound query of a text."""
    return bind(parse(text), ONE_TOPIC, NOW, Given(lists=lists))


def errors(text: str, lists: Lists) -> tuple[Diagnostic, ...]:
    """The errors of a text, every proposal of which binds."""
    with pytest.raises(QueryError) as caught:
        looked_up(text, lists)
    for diagnostic in caught.value.diagnostics:
        if diagnostic.proposal is not None:
            looked_up(diagnostic.proposal, lists)
    return caught.value.diagnostics


PLANS = [
    ("* | lookup @assets on src", "Lookup @assets on srcaddr: owner, site-name"),
    ("* | lookup @ASSETS on srcaddr as src", "Lookup @assets on srcaddr: src-owner, src-site-name"),
    ("* | lookup @apps on dport", "Lookup @apps on dstport: app"),
    ("* | lookup @clash on src as x", "Lookup @clash on srcaddr: x-action, x-owner"),
    ("* | stats count() by src | lookup @assets on src", "Lookup @assets on srcaddr: owner, site-name"),
    ("* | stats max(src) as s | lookup @assets on s", "Lookup @assets on s: owner, site-name"),
    (
        "* | lookup @assets on src as s | lookup @assets on dst as d",
        "Lookup @assets on dstaddr: d-owner, d-site-name",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PLANS, ids=[text for text, _ in PLANS])
def test_lookup(text: str, expected: str, lists: Lists) -> None:
    assert str(looked_up(text, lists).plan) == expected


def test_columns_of_a_list_are_text_behind_the_others(lists: Lists) -> None:
    query = looked_up("* | lookup @assets on src", lists)
    assert [(column.name, column.kind) for column in query.plan.columns[-3:]] == [
        ("log-status", Kind.TEXT),
        ("owner", Kind.TEXT),
        ("site-name", Kind.TEXT),
    ]
    assert [use.name for use in query.lists] == ["assets"]


REFUSALS = [
    ("* | lookup @assets on action", "bad-lookup", "* | lookup @assets on srcaddr"),
    ("* | lookup @assets on bytes", "bad-lookup", "* | lookup @assets on srcaddr"),
    ("* | eval n = prefix(src, 24) | fields n | lookup @assets on n", "bad-lookup", None),
    ("* | lookup @assets on ip", "not-supported", "* | lookup @assets on srcaddr"),
    ("* | lookup @assets on srcadr", "unknown-field", "* | lookup @assets on srcaddr"),
    ("* | lookup @asets on src", "unknown-list", "* | lookup @assets on src"),
    ("* | lookup @plain on src", "no-list-columns", None),
    ("* | lookup @bare on src", "no-list-columns", None),
    ("* | lookup @apps on src", "empty-list", "* | lookup @apps on srcport"),
    ("* | lookup @assets on dport", "empty-list", "* | lookup @assets on srcaddr"),
    ("* | lookup @clash on src", "duplicate-column", "* | lookup @clash on src as clash"),
    ("* | lookup @zones on src", "duplicate-column", "* | lookup @zones on src as zones"),
    (
        "* | lookup @assets on src | lookup @assets on dst",
        "duplicate-column",
        "* | lookup @assets on src | lookup @assets on dst as assets",
    ),
    (
        "* | lookup @assets on src as a | lookup @assets on dst as a",
        "duplicate-column",
        "* | lookup @assets on src as a | lookup @assets on dst as a_2",
    ),
]


@pytest.mark.parametrize(("text", "code", "proposal"), REFUSALS, ids=[text for text, *_ in REFUSALS])
def test_refused_lookups(text: str, code: str, proposal: str | None, lists: Lists) -> None:
    (error,) = errors(text, lists)
    assert (error.code, error.proposal) == (code, proposal)


def test_a_list_of_ports_is_not_looked_up_by_addresses(lists: Lists) -> None:
    assert errors("* | lookup @apps on src", lists)[0].message == (
        "the list apps has entries for ports only, and srcaddr holds addresses"
    )


def test_a_list_without_a_header_says_what_is_missing(lists: Lists) -> None:
    (error,) = errors("* | lookup @bare on src", lists)
    assert error.message == "the list bare has cells behind its entries, and no header that names them"
    assert error.details == ("columns are named by a header, the first line: address,owner",)


def test_a_list_alone_looks_at_the_columns_there(lists: Lists) -> None:
    plan = looked_up("* | stats count() by src | where @assets", lists).plan
    assert str(plan) == "Filter srcaddr in [10.0.0.0..10.255.255.255]"
    (error,) = errors("* | stats count() by src | where @apps", lists)
    assert error.message == "no column here holds what the list apps does"


# ---- select


def test_select_reads_the_columns_that_it_names() -> None:
    plan = bound("* | select src, count(*) as n group by src having n > 10").plan
    nodes = logical.chain(plan)
    assert [type(node).__name__ for node in nodes] == ["Scan", "Project", "Select"]
    assert [column.name for column in nodes[1].columns] == ["srcaddr"]
    assert isinstance(plan, logical.Select)
    assert plan.sql == (
        'SELECT "srcaddr" AS "srcaddr", COUNT(*) AS "n" FROM "log" GROUP BY "srcaddr" HAVING "n" > 10'
    )
    assert [(column.name, column.kind) for column in plan.columns] == [
        ("srcaddr", Kind.ADDRESS),
        ("n", Kind.COUNT),
    ]


def test_select_of_computed_fields_has_them_computed() -> None:
    nodes = logical.chain(bound("* | select max(duration) as d").plan)
    assert [str(node) for node in nodes[1:3]] == ["Compute duration", "Project duration"]


def test_a_star_is_the_columns_here_without_computed_fields() -> None:
    nodes = logical.chain(bound("* | sort -duration | fields src, bytes | select *").plan)
    assert [column.name for column in nodes[-1].columns] == ["srcaddr", "bytes"]


def test_rows_that_are_only_counted_have_one_column() -> None:
    nodes = logical.chain(bound("* | select count(*) as n").plan)
    assert [column.name for column in nodes[-2].columns] == ["version"]


def test_stages_go_on_behind_a_select() -> None:
    plan = bound("* | select src, count(*) as n group by src | where n > 3 | sort -n | head 2").plan
    assert [str(node) for node in logical.chain(plan)[-3:]] == ["Filter n in [4..]", "Sort -n", "Head 2"]


def test_an_error_of_sql_stands_at_its_place() -> None:
    text = "* | head 5 | select srcadr, bytes"
    assert refused(text)[0].render(text) == (
        'error: unknown column "srcadr"\n'
        "  * | head 5 | select srcadr, bytes\n"
        "                      ^^^^^^\n"
        "  try: * | head 5 | select srcaddr, bytes"
    )


def test_an_error_of_kinds_stands_at_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_columns(*_: object) -> None:
        raise SelectError("cannot add text", 0, 3)

    monkeypatch.setattr(ONE_TOPIC, "select_columns", no_columns, raising=False)
    text = "* | select sum(action) as x"
    (error,) = refused(text)
    assert (error.code, error.message) == ("bad-select", "cannot add text")
    assert text[error.span.start : error.span.end] == "select sum(action) as x"


def test_sql_knows_names_that_flowql_cannot_tell_apart() -> None:
    (error,) = refused('* | select bytes as a_b, packets as "a-b"')
    assert error.code in ("duplicate-column", "bad-select")
