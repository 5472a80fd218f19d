"""The optimizer's rules about stages: plans as text before and after, and that no plan is left in pieces."""

import random
from collections.abc import Callable

import pytest
from test_bind import NOW, ONE_TOPIC, bound

from flowql.errors import QueryError
from flowql.lists import NO_LISTS, Lists
from flowql.plan import logical
from flowql.plan.bind import bind
from flowql.plan.given import Given
from flowql.plan.leaves import fields_of
from flowql.plan.logical import Node, chain
from flowql.plan.optimize import RULES, optimize
from flowql.plan.reads import needed_names
from flowql.plan.rules.columns import drop_idle_projections, drop_unread_columns
from flowql.plan.rules.filters import push_filter
from flowql.plan.rules.order import drop_unread_stages, join_heads, join_sorts
from flowql.plan.rules.predicates import join_value_sets, push_negations
from flowql.syntax.parser import parse


def plan(text: str, lists: Lists = NO_LISTS) -> Node:
    """A text's plan."""
    return bind(parse(text), ONE_TOPIC, NOW, Given(lists=lists)).plan


def shown(node: Node) -> list[str]:
    """A plan's stages from the last one down, without the scan."""
    return [str(each) for each in reversed(chain(node)[1:])]


FILTERS = [
    (
        "REJECT merges into the search",
        "action:REJECT | where dstport:22",
        ['Filter action has "REJECT" and dstport in [22]'],
    ),
    (
        "below a sort, which keeps its order",
        "* | sort -bytes | where dstport:22",
        ["Sort -bytes", "Filter dstport in [22]"],
    ),
    (
        "below a projection",
        "* | fields start, dstport | where dstport:22",
        ["Project start, dstport", "Filter dstport in [22]"],
    ),
    (
        "clause by clause: what an eval makes stays above it",
        "* | eval name = lower(action) | where name:accept dstport:22",
        ['Filter name has "accept"', "Extend name = lower(action)", "Filter dstport in [22]"],
    ),
    (
        "an alternative that reads one computed column stays whole",
        "* | eval name = lower(action) | where name:accept OR dstport:22",
        ['Filter dstport in [22] or name has "accept"', "Extend name = lower(action)"],
    ),
    (
        "arithmetic of a record's counts is worked out by the search",
        "* | eval kb = bytes / 1024, mb = kb / 1024 | where mb > 10 OR dstport:22",
        [
            "Extend kb = (bytes / 1024), mb = (kb / 1024)",
            "Filter dstport in [22] or ((bytes / 1024) / 1024) in [(10..]]",
        ],
    ),
    (
        "but not below a head, nor of a computed field",
        "* | head 9 | eval kb = bytes / 1024 | where kb > 10",
        ["Filter kb in [(10..]]", "Extend kb = (bytes / 1024)", "Head 9"],
    ),
    (
        "under the old name below a rename",
        "* | rename dstport as p | where p:22",
        ["Rename dstport as p", "Filter dstport in [22]"],
    ),
    (
        "two that have changed names",
        "* | rename srcport as dstport, dstport as srcport | where srcport < dstport",
        ["Rename srcport as dstport, dstport as srcport", "Filter dstport < srcport"],
    ),
    (
        "not below head",
        "* | head 5 | where dstport:22",
        ["Filter dstport in [22]", "Head 5"],
    ),
    (
        "not below tail",
        "* | tail 5 | where dstport:22",
        ["Filter dstport in [22]", "Tail 5"],
    ),
    (
        "not below dedup, even of its own columns",
        "* | dedup dstport | where dstport:22",
        ["Filter dstport in [22]", "Dedup dstport"],
    ),
    (
        "not below groups",
        "* | stats count() by dstport | where dstport:22",
        ["Filter dstport in [22]", "Aggregate count() as count by dstport"],
    ),
    (
        "as far as the first stage that holds it",
        "* | head 5 | sort -bytes | fields dstport | where dstport:22",
        ["Project dstport", "Sort -bytes", "Filter dstport in [22]", "Head 5"],
    ),
    (
        "past other filters, that it then meets",
        "bytes>5 | eval x = lower(action) | where x:a | sort src | where dstport:22 x:b",
        [
            "Sort srcaddr",
            'Filter x has "a" and x has "b"',
            "Extend x = lower(action)",
            "Filter bytes in [6..] and dstport in [22]",
        ],
    ),
]


@pytest.mark.parametrize(("why", "text", "after"), FILTERS, ids=[why for why, *_ in FILTERS])
def test_push_filter(why: str, text: str, after: list[str]) -> None:
    del why
    assert shown(push_filter(plan(text))) == after


def test_a_filter_on_computed_fields_moves_below_their_compute() -> None:
    before = plan("* | where duration>5m")
    assert [type(node).__name__ for node in chain(before)] == ["Scan", "Compute", "Filter", "Project"]
    assert shown(optimize(before)) == ["Filter duration in [300.000000001s..]"]


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Lists:
    """A list of addresses with a column `owner`."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "assets.csv").write_text("address,owner\n10.0.0.0/8,net\n")
    return Lists(folder)


def test_push_filter_below_a_lookup(lists: Lists) -> None:
    text = "* | lookup @assets on src | where owner:net dstport:22"
    assert shown(push_filter(plan(text, lists))) == [
        'Filter owner has "net"',
        "Lookup @assets on srcaddr: owner",
        "Filter dstport in [22]",
    ]


ORDERS = [
    ("below groups", "* | sort -bytes | stats count() by src", ["Aggregate count() as count by srcaddr"]),
    ("below count", "* | sort -bytes | count", ["Aggregate count() as count"]),
    ("below top", "* | sort -bytes | top 3 src", ["Top 3 srcaddr by count() as count"]),
    (
        "below a chart",
        "* | sort -bytes | timechart 5m count()",
        ["Timechart start 5m count() as count range=[beginning, end)"],
    ),
    ("below facets", "* | sort -bytes | facets 3", ["Facets 3"]),
    (
        "first and last go by start, not by order",
        "* | sort -bytes | stats first(bytes)",
        ["Aggregate first(bytes) as first_bytes"],
    ),
    (
        "below stages that keep the order",
        "* | sort -bytes | eval x = 1 | where x:1 | count",
        ["Aggregate count() as count", "Filter x in [1]", "Extend x = 1"],
    ),
    (
        "not below head",
        "* | sort -bytes | head 3 | count",
        ["Aggregate count() as count", "Head 3", "Sort -bytes"],
    ),
    (
        "not below tail",
        "* | sort -bytes | tail 3 | count",
        ["Aggregate count() as count", "Tail 3", "Sort -bytes"],
    ),
    (
        "not below dedup",
        "* | sort -bytes | dedup src | stats sum(bytes)",
        ["Aggregate sum(bytes) as sum_bytes", "Dedup srcaddr", "Sort -bytes"],
    ),
    (
        "a projection right before groups, not before facets",
        "* | fields src | stats count() by src",
        ["Aggregate count() as count by srcaddr"],
    ),
    ("facets are of the chosen columns", "* | fields src | facets", ["Facets 10", "Project srcaddr"]),
]


@pytest.mark.parametrize(("why", "text", "after"), ORDERS, ids=[why for why, *_ in ORDERS])
def test_drop_unread_stages(why: str, text: str, after: list[str]) -> None:
    del why
    assert shown(drop_unread_stages(plan(text))) == after


COLUMNS = [
    ("an eval", "* | eval x = 1 | fields src", ["Project srcaddr"]),
    (
        "one of two",
        "* | eval x = 1, y = 2 | stats sum(y)",
        ["Aggregate sum(y) as sum_y", "Extend y = 2"],
    ),
    (
        "not what another is worked out from",
        "* | eval x = bytes + 1, y = x * 2, z = 3 | fields y",
        ["Project y", "Extend x = (bytes + 1), y = (x * 2)"],
    ),
    (
        "not what a filter, a sort or a dedup reads",
        "* | eval x = 1, y = 2, z = 3 | where x:1 | sort y | dedup z | fields src",
        [
            "Project srcaddr",
            "Dedup z",
            "Sort y",
            "Filter x in [1]",
            "Extend x = 1, y = 2, z = 3",
        ],
    ),
    (
        "not what a condition or a choice reads",
        "* | eval x = 1, y = if(x:1, 2, 3) | stats count() if (y:2)",
        [
            "Aggregate count() if y in [2] as count",
            "Extend x = 1, y = if(x in [1], 2, 3)",
        ],
    ),
    (
        "with the names that it was given",
        "* | eval x = 1, y = 2 | rename x as a, y as b | fields b",
        ["Project b", "Rename y as b", "Extend y = 2"],
    ),
    (
        "a rename of nothing goes",
        "* | eval x = 1 | rename x as a | count",
        ["Aggregate count() as count"],
    ),
    (
        "not where all columns are the answer",
        "* | eval x = 1 | head 5",
        ["Head 5", "Extend x = 1"],
    ),
    ("facets read all", "* | eval x = 1 | facets", ["Facets 10", "Extend x = 1"]),
    (
        "computed fields",
        "* | sort -bps | eval x = duration | fields start",
        ["Project start", "Sort -bps", "Compute bps"],
    ),
    (
        "an either-side key reads both sides",
        "* | eval x = 1 | top 3 ip",
        ["Top 3 ip by count() as count"],
    ),
]


@pytest.mark.parametrize(("why", "text", "after"), COLUMNS, ids=[why for why, *_ in COLUMNS])
def test_drop_unread_columns(why: str, text: str, after: list[str]) -> None:
    del why
    assert shown(drop_unread_columns(plan(text))) == after


def test_a_lookup_goes_as_a_whole(lists: Lists) -> None:
    assert shown(drop_unread_columns(plan("* | lookup @assets on src | count", lists))) == [
        "Aggregate count() as count"
    ]
    assert shown(drop_unread_columns(plan("* | lookup @assets on src | fields owner", lists))) == [
        "Project owner",
        "Lookup @assets on srcaddr: owner",
    ]


JOINED = [
    (join_sorts, "* | sort action | sort -bytes, src", ["Sort -bytes, srcaddr, action"]),
    (join_sorts, "* | sort -src, bytes | sort src", ["Sort srcaddr, bytes"]),
    (join_sorts, "* | sort src | head 5 | sort bytes", ["Sort bytes", "Head 5", "Sort srcaddr"]),
    (join_heads, "* | head 50 | head 10 | head 20", ["Head 10"]),
    (join_heads, "* | tail 5 | tail 10", ["Tail 5"]),
    (join_heads, "* | tail 5 | head 10", ["Head 10", "Tail 5"]),
    (
        drop_idle_projections,
        "* | stats count() by src | fields src, count",
        ["Aggregate count() as count by srcaddr"],
    ),
    (
        drop_idle_projections,
        "* | stats count() by src | fields count, src",
        ["Project count, srcaddr", "Aggregate count() as count by srcaddr"],
    ),
    (
        join_value_sets,
        "* | stats count() if (dstport:22 OR bytes:1 OR NOT dstport!=80)",
        [
            "Aggregate count() if dstport in [22] or bytes in [1] or not (dstport exists and not (dstport in [80])) as count"
        ],
    ),
    (
        join_value_sets,
        "* | stats count() if (NOT (dstport:23 dstport:24))",
        ["Aggregate count() as count"],
    ),
    (
        push_negations,
        "* | eval x = if(NOT (dstport:23 OR bytes:1), 1, 2)",
        ["Extend x = if(not (dstport in [23]) and not (bytes in [1]), 1, 2)"],
    ),
]


@pytest.mark.parametrize(("rule", "text", "after"), JOINED, ids=[text for _, text, _ in JOINED])
def test_rules_that_join(rule: Callable[[Node], Node], text: str, after: list[str]) -> None:
    assert shown(rule(plan(text))) == after


def test_networks_side_by_side_are_not_joined() -> None:
    """Neither half holds the network that both halves make up."""
    text = "* | stats count() by src/24 | where src:10.0.0.0/25 OR src:10.0.0.128/25"
    assert shown(optimize(plan(text)))[0] == (
        "Filter srcaddr in [10.0.0.0..10.0.0.127] or srcaddr in [10.0.0.128..10.0.0.255]"
    )


# ---- no plan is left in pieces

STAGES = [
    "where dstport:22",
    "where duration>5m bytes>3",
    "where NOT (src:10.0.0.0/8 OR topic:vpc)",
    "where x > 3 OR bytes:7",
    "eval x = bytes / 2",
    "eval y = if(action:REJECT, duration, 5m), z = concat(src, y)",
    "rename srcaddr as dstaddr, dstaddr as srcaddr",
    "rename bytes as octs",
    "fields srcaddr, bytes, start, dstaddr",
    "fields start, src-zone",
    "sort -bytes",
    "sort duration, src",
    "head 5",
    "tail 3",
    "dedup srcaddr",
    "dedup conversation",
    "lookup @assets on srcaddr as a",
    "stats count() as n, sum(bytes), first(action) by srcaddr, start 5m",
    "stats dc(ip) if (service:ssh) by net/24",
    "top 3 srcaddr by sum(bytes) if (src-zone:private)",
    "timechart 1h sum(bytes) by action",
    "facets 4",
    "count",
]


def random_plan(rng: random.Random, lists: Lists) -> Node | None:
    """The plan of random stages, None where they do not go together."""
    text = " | ".join(["bytes>1", *rng.choices(STAGES, k=rng.randint(1, 7))])
    try:
        return plan(text, lists)
    except QueryError:
        return None


def check_whole(node: Node) -> None:
    """Every name that a stage reads is a column of its input; fields of the search are those of records."""
    nodes = chain(node)
    for each in nodes[1:]:
        assert not isinstance(each, logical.Scan)
        held = {column.name for column in each.input.columns}
        assert len(held) == len(each.input.columns), each
        below = logical.chain(each)[:-1]
        if isinstance(each, logical.Filter) and all(
            isinstance(n, logical.Scan | logical.Filter) for n in below
        ):
            schema = nodes[0].schema  # type: ignore[union-attr]
            for field in fields_of(each.predicate):
                assert field in schema.fields or schema.resolve_virtual(field.name) == field, field
        elif not isinstance(each, logical.Compute):
            wanted = frozenset(column.name for column in each.columns)
            assert needed_names([each], wanted) <= held, logical.render(node)


@pytest.mark.parametrize("seed", range(20))
def test_plans_stay_whole_after_each_rule(seed: int, lists: Lists) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secret hangs on it
    plans = [found for found in (random_plan(rng, lists) for _ in range(100)) if found is not None]
    assert len(plans) > 10, "most stages go together"
    for before in plans:
        check_whole(before)
        for rule in RULES:
            after = rule(before)
            check_whole(after)
            assert after.columns == before.columns, logical.render(after)
            before = after  # noqa: PLW2901 - the rules run one after another
        assert optimize(before).columns == before.columns


def test_every_plan_is_optimized_as_the_rules_say() -> None:
    text = "action:REJECT | sort -bytes | where dstport:22 | eval x = 1 | stats count() by src"
    assert shown(optimize(bound(text).plan)) == [
        "Aggregate count() as count by srcaddr",
        'Filter dstport in [22] and action has "REJECT"',
    ]
