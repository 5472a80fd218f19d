"""The suite: what people ask of flow logs, question by question.

Owns the names and their order, and that no question is asked twice. The questions themselves are in
`suite_filters` and `suite_groups`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bench import suite_filters as filters
from bench import suite_groups as groups
from bench.suite_draw import SuiteDraw
from bench.suite_question import SuiteQuestion


@dataclass(frozen=True, slots=True)
class SuiteTask:
    """A kind of question."""

    name: str
    make: Callable[[SuiteDraw], SuiteQuestion]


TASKS = (
    SuiteTask("rare host, count and newest 50", filters.rare_host),
    SuiteTask("busy host, count and newest 50", filters.busy_host),
    SuiteTask("a pair of hosts, count", filters.pair),
    SuiteTask("port and action, newest 50", filters.newest_rejected),
    SuiteTask("port and action, count", filters.rejected),
    SuiteTask("CIDR /8 and port, count", filters.network8),
    SuiteTask("CIDR /16 and port, count", filters.network16),
    SuiteTask("CIDR /24 and port, count", filters.network24),
    SuiteTask("IPv6 prefix, count", filters.prefix6),
    SuiteTask("bytes range and protocol, count", filters.volume),
    SuiteTask("port on either side, count", filters.either_port),
    SuiteTask("NOT a busy host, at a port, count", filters.not_busy),
    SuiteTask("1,000 addresses, count", filters.listed_hosts),
    SuiteTask("list of 10,000 networks, count", filters.listed_networks),
    SuiteTask("wildcard on interface, count", filters.wildcard),
    SuiteTask("regex on interface, count", filters.regex),
    SuiteTask("a word, count", filters.word),
    SuiteTask("a phrase, count", filters.phrase),
    SuiteTask("ten minutes with filters, count", filters.window),
    SuiteTask("top sources by bytes", groups.top_sources),
    SuiteTask("top sources by bytes, one port", groups.top_sources_at_port),
    SuiteTask("top sources by bytes, one hour", groups.top_sources_of_hour),
    SuiteTask("top ports by count", groups.top_ports),
    SuiteTask("rows a minute by action", groups.minutes),
    SuiteTask("sources by distinct ports on REJECT", groups.many_ports),
    SuiteTask("top /24 by bytes", groups.networks),
    SuiteTask("p50, p95, p99 of bytes by protocol", groups.percentiles),
    SuiteTask("facets of four fields", groups.facets),
    SuiteTask("totals since a time by action", groups.totals),
    SuiteTask("export, port and action, Arrow", filters.export_some),
    SuiteTask("export, a million rows, Arrow", filters.export_many),
)
