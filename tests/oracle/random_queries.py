"""Random queries as text, over the values that `random_records` draws from and some that it does not.

Every query made here is one that LANGUAGE.md allows: a diagnostic for one of them is a failure.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from oracle.random_clauses import LOOKED_UP_LISTS, clauses, given_clauses
from oracle.random_stages import pipelines

Text = SearchStrategy[str]

_CLAUSES = clauses()

_INSTANTS = (
    "2023-12-31T23:59:59Z",
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:03:20Z",
    "2024-01-01T00:19:58Z",
    "2024-01-02",
)
_DURATIONS = ("10s", "90s", "5m", "10m", "1h", "1d")
_LOOKED_UP = (
    *(("src", ("srcaddr", "dstaddr")), ("dstaddr", ("srcaddr", "dstaddr")), ("ip", ("srcaddr", "dstaddr"))),
    *(("dstport", ("srcport", "dstport")), ("port", ("srcport", "dstport")), ("protocol", ("protocol",))),
    *(("bytes", ("bytes", "packets")), ("start", ("start", "end")), ("action", ("action", "log-status"))),
    *(("eni", ("interface-id",)), ("account-id", ("account-id", "src-zone"))),
)
"""Fields, and columns of their kind."""
_HOURS = ("00:05..00:10", "00:00..23:00", "23:50..00:03:20", "08:00..08:12")
_ZONES = ("UTC", "Asia/Shanghai", "+00:05", "-03:30", "America/New_York")
_SHORT_SCOPES = (
    "since 2023-12-31T23:59:59Z until 2024-01-01T00:03:20Z",
    "between 2024-01-01T00:03:20Z and 2024-01-01T00:19:58Z",
    "tz Asia/Kathmandu between 2024-01-01T00:00:00Z and 2024-01-01T00:10:00Z",
    "last 5m of data",
    "last 10m",
    "tz America/New_York",
    "tz +00:05 since 2024-01-01T00:00:00Z",
    "since 2024-01-02",
)


@st.composite
def queries(draw: st.DrawFn, leaves: Text = _CLAUSES, lists: tuple[str, ...] = ()) -> str:
    """Whole queries: a filter, perhaps a scope before or after it, perhaps stages."""
    filter_ = draw(filters(leaves))
    stages = draw(pipelines(st.recursive(leaves, _combined, max_leaves=3), lists))
    # A chart has a row for each of its buckets: a month of minutes would be all that a test run is about.
    is_chart = any(stage.startswith("timechart") for stage in stages)
    scope = draw(st.one_of(st.just(""), st.sampled_from(_SHORT_SCOPES) if is_chart else _scopes()))
    parts = draw(st.sampled_from(([scope, filter_], [filter_, scope])))
    return " ".join([*parts, *(f"| {stage}" for stage in stages)]).strip()


def given_queries() -> Text:
    """The same, with lists and parameters among the clauses, and lists to look up."""
    return queries(given_clauses(), LOOKED_UP_LISTS)


def filters(leaves: Text = _CLAUSES) -> Text:
    """Clauses under NOT, AND, OR and parentheses, some of them with a subquery."""
    return st.recursive(st.one_of(*[leaves] * 9, _subqueries(leaves)), _combined, max_leaves=6)


def _subqueries(inner: Text) -> Text:
    """A field whose values another query yields."""
    return st.builds(
        lambda field, sign, scope, parts, column: (
            f"{field[0]} {sign} ({f'{scope} '.lstrip()}{parts[0]}{parts[1].format(column(field[1]))})"
        ),
        st.sampled_from(_LOOKED_UP),
        st.sampled_from(("in", "not in")),
        st.sampled_from(
            ("", "", "last 5m of data", "match overlap since 2024-01-01T00:10:00Z", "from other, flows")
        ),
        st.tuples(
            inner,
            st.sampled_from(
                (
                    " | fields {}",
                    " | head 7 | fields {}",
                    " | sort -bytes | head 3 | fields {}",
                    " | top 3 {0} | fields {0}",
                    " | stats count() as n by {0} | sort -n | head 2 | fields {0}",
                    " | stats count() as n by {0} | where n > 1 | fields {0}",
                    " | eval x = if({0}:*, 1, 0) | where x:1 | dedup {0} | tail 5 | fields {0}",
                    " | fields {0} | rename {0} as x",
                )
            ),
        ),
        st.sampled_from((min, max)),
    )


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
        st.sampled_from(("2024-01-01", "2024-01", "2023-12-31", "today", "yesterday")).map("on {}".format),
        st.sampled_from(("since -10m", "since -1d@d until now@h", "until 2024-01-01T00:10", "since @h")),
    )
    others = st.one_of(
        st.sampled_from(_HOURS).map("daily {}".format),
        st.sampled_from(_ZONES).map("tz {}".format),
        st.sampled_from(("match overlap", "match start")),
        st.builds("tz {} daily {}".format, st.sampled_from(_ZONES), st.sampled_from(_HOURS)),
    )
    topics = st.sampled_from(("from other, flows", "from *, -nosuch*", "from o*, f*"))
    return st.one_of(
        ranges,
        topics,
        others,
        st.builds("{} {}".format, topics, ranges),
        st.builds("{} {}".format, others, ranges),
        st.builds("{} {}".format, ranges, others),
    )
