"""Commands about a query itself: how it is understood and run, and how it is said elsewhere.

Each takes a query, or goes by the previous one.
"""

import shlex
from collections.abc import Callable

from flowql.errors import UsageError, printable
from flowql.render.formats import FORMATS
from flowql.shell.asked import Asked
from flowql.shell.commands.command import Command, Completes
from flowql.shell.desk import Desk
from flowql.times import format_time

_TABLE_ROWS = 50
"""Rows that the command line prints of a table when nobody says how many."""


def _explain(desk: Desk, argument: str) -> None:
    asked = _asked(desk, argument, "explain")
    text = desk.ask(lambda cancelled: desk.engine.explain(asked.query, cancelled=cancelled, **asked.options))
    desk.show_lines(text.splitlines())


def _profile(desk: Desk, argument: str) -> None:
    asked = _asked(desk, argument, "profile")
    desk.search(f"profile {asked.query}", asked.params)


def _sql(desk: Desk, argument: str) -> None:
    asked = _asked(desk, argument, "sql")
    text = desk.ask(lambda _: desk.engine.sql(asked.query, **asked.options))
    desk.show_lines(text.splitlines())


def _cli(desk: Desk, argument: str) -> None:
    asked = _asked(desk, argument, "cli")
    desk.say(printable(shlex.join(_words(desk, asked))))


def _asked(desk: Desk, argument: str, name: str) -> Asked:
    """The query of the argument, else the previous one with all that it was given."""
    if argument:
        return desk.asked(*desk.going_on(argument))
    if desk.current is None:
        raise UsageError("no query has run yet", hint=rf"name one: \{name} action:REJECT")
    return desk.current


def _words(desk: Desk, asked: Asked) -> list[str]:
    """The command of the shell that gives the same answer."""
    settings = desk.settings
    words = ["flowql", "search", "--store", str(desk.engine.path)]
    if settings.mode != "table":
        words += ["--format", settings.mode]
    usual = None if FORMATS[settings.mode].is_machine else _TABLE_ROWS
    if settings.limit != usual:
        words += ["--limit", "all" if settings.limit is None else str(settings.limit)]
    if asked.tz is not None:
        words += ["--tz", asked.tz]
    if asked.is_pinned or asked.depends_on_clock:
        words += ["--now", format_time(asked.now)]
    if asked.strict:
        words.append("--strict")
    for name, value in asked.params.items():
        for each in value if isinstance(value, list) else [value]:
            words += ["--param", f"{name}={each}"]
    if "@" in asked.query:
        lists = desk.engine.lists
        words += [] if lists.folder is None else ["--lists", str(lists.folder)]
        words += [word for name, path in lists.paths.items() for word in ("--list", f"{name}={path}")]
    if desk.file is not None:
        words += ["--output", str(desk.file.path)]
    return [*words, "--", asked.query]


def _command(name: str, summary: str, more: str, run: Callable[[Desk, str], None]) -> Command:
    text = f"{summary}\n\n{more}" if more else summary
    return Command(name, "[query]", text, rf"\{name} action:REJECT", Completes.QUERY, run)


COMMANDS = (
    _command("explain", "How a query is understood and would be run.", "Nothing is run.", _explain),
    _command(
        "profile",
        "What running a query took: rows and time of each step.",
        "The query is run whole.",
        _profile,
    ),
    _command(
        "sql",
        "The query as SQL for DuckDB.",
        "Over a table of the records, such as --format parquet writes it.",
        _sql,
    ),
    _command(
        "cli",
        "The shell's command that gives the same answer.",
        "Quoted for a POSIX shell, with the zone, the limit, the format and the topics of this session, and "
        "with the time of asking where the answer may depend on it.",
        _cli,
    ),
)
