r"""`\hist`: the records that were found, by time.

Owns the query that gives the same counts. How a histogram looks is render's.
"""

from flowql.errors import UsageError, printable
from flowql.render.answer import Histogram
from flowql.render.chart import bar_count_for, histogram_lines
from flowql.render.summary import counted
from flowql.shell.commands.command import Command, Completes
from flowql.shell.commands.store import column_named, scope_of
from flowql.shell.desk import Desk
from flowql.shell.engines import Found
from flowql.shell.showing import Display
from flowql.values import format_duration

_BY = "action"
"""The field whose values are told apart where none is named."""
_HEIGHT = 10


def _hist(desk: Desk, argument: str) -> None:
    by, _, name = argument.partition(" ")
    if argument and (by.lower() != "by" or not name.strip()):
        raise UsageError(f'expected "by" and a field, found "{argument}"', hint=r"write: \hist by dstport")
    scope, params = scope_of(desk)
    field = column_named(desk, name.strip()).name if name else None
    style = Display(desk.out, desk.settings).style
    result = desk.last.result.whole() if desk.last else desk.find(scope, params)[1]
    histogram = desk.ask(lambda _: _histogram(result, bar_count_for(style), field), result)
    if histogram is None:
        desk.say(f"{printable(scope)}\nno record matches")
        return
    desk.show_lines(histogram_lines(histogram, style, result.zone, _HEIGHT), is_painted=True)
    width = format_duration(histogram.bounds[1] - histogram.bounds[0])
    behind = f" by {field}" if field else ""
    desk.say(printable(f"{scope} | timechart {width} count(){behind}"))
    total = sum(sum(each.counts) for each in histogram.series)
    untimed = f" · {histogram.untimed:,} without a start" if histogram.untimed else ""
    desk.say(f"{counted(total + histogram.untimed, 'record')}{untimed}")


def _histogram(result: Found, bucket_count_max: int, field: str | None) -> Histogram | None:
    return result.histogram(bucket_count_max, field or _BY)


COMMANDS = (
    Command(
        "hist",
        "[by field]",
        "What was found, by time; with a field, by its values.\n\n"
        "The most frequent values stand apart, those of action where no field is named. The counts are those "
        "of the same records as the rows; the query shown gives them as numbers.",
        r"\hist by protocol",
        Completes.BY_FIELD,
        _hist,
    ),
)
