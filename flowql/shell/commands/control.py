"""Commands about the session itself: its settings, its topics, its end."""

from flowql.errors import UsageError, printable
from flowql.shell.asked import from_text
from flowql.shell.commands.command import Command, Completes
from flowql.shell.commands.two_columns import in_two_columns, text_width
from flowql.shell.desk import Desk
from flowql.shell.settings import SETTINGS, setting_named, with_setting, written_setting
from flowql.syntax.nodes import From
from flowql.syntax.parser import parse

_DEFAULT = "-"
_WRITTEN_WIDTH_MAX = 22
"""A setting with a longer value stands on a line of its own."""


def _set(desk: Desk, argument: str) -> None:
    name, _, text = argument.replace("=", " ", 1).partition(" ")
    if not name:
        desk.show_lines(_listed(desk))
        return
    if not text.strip():
        setting = setting_named(name)
        desk.say(f"{name} {written_setting(desk.settings, name)}: {setting.help} ({setting.takes})")
        return
    desk.settings = with_setting(desk.settings, name, text)
    _tell(desk, name)


def _listed(desk: Desk) -> list[str]:
    """Every setting, as it would be written, with what it means."""
    rows = [
        (rf"\set {name} {written_setting(desk.settings, name)}", f"{setting.help} ({setting.takes})")
        for name, setting in SETTINGS.items()
    ]
    return in_two_columns(rows, text_width(desk), _WRITTEN_WIDTH_MAX)


class _Switch:
    """A command that turns a setting on or off, or over."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, desk: Desk, argument: str) -> None:
        """Do what the argument says; without one, turn the setting over."""
        other = "off" if getattr(desk.settings, self._name) else "on"
        desk.settings = with_setting(desk.settings, self._name, argument or other)
        _tell(desk, self._name)


def _mode(desk: Desk, argument: str) -> None:
    if not argument:
        _set(desk, "mode")
        return
    desk.settings = with_setting(desk.settings, "mode", argument)
    _tell(desk, "mode")


def _tell(desk: Desk, name: str) -> None:
    desk.say(f"{name} {written_setting(desk.settings, name)}")


def _use(desk: Desk, argument: str) -> None:
    words = argument.replace(",", " ").split()
    if words == [_DEFAULT]:
        desk.topics = ()
    elif words:
        topics = tuple(word.strip('"') for word in words)
        query = f"{from_text(topics)} *"
        scopes = parse(query).scopes
        assert isinstance(scopes[0], From), "it was written so"
        desk.ask(lambda _: desk.engine.explain(query))  # refuses what is no topic
        desk.topics = topics
    chosen = from_text(desk.topics) if desk.topics else "what they search without from"
    desk.say(f"queries that name no topics: {printable(chosen)}")


def _quit(desk: Desk, argument: str) -> None:
    if argument:
        raise UsageError(rf"\q takes nothing, found {argument!r}", hint=r"\q leaves")
    desk.is_over = True


COMMANDS = (
    Command(
        "use",
        "[topic...|-]",
        "Choose the topics of queries that name none.\n\n"
        "Names, patterns, and with - before them those to leave out, as behind from: it is put into each "
        "query without a from of its own, and stands in the query that is shown. A lone - chooses nothing "
        "again.",
        r"\use flows*",
        Completes.TOPIC,
        _use,
    ),
    Command(
        "set",
        "[name [value]]",
        "Change a setting; alone, list them.",
        r"\set limit 100",
        Completes.SETTING,
        _set,
    ),
    Command("mode", "[format]", "How rows are written from now on.", r"\mode json", Completes.FORMAT, _mode),
    Command(
        "x",
        "[on|off]",
        "A table as one line a value, a block a row, or not.",
        r"\x on",
        Completes.NOTHING,
        _Switch("expanded"),
    ),
    Command(
        "timing",
        "[on|off]",
        "Tell how long an answer took, or do not.\n\n"
        "The time that a pager waits for its reader is not in it.",
        r"\timing off",
        Completes.NOTHING,
        _Switch("timing"),
    ),
    Command("q", "", "Leave; so does Ctrl-D.", r"\q", Completes.NOTHING, _quit),
)
