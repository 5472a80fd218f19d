"""Queries on the command line: where options end, and the text that the words make.

Owns the options that name a query in place of its words, and the rule that the first query word ends option
parsing, so that `flowql search -log-status:OK REJECT` needs no quotes: `-word` that is no option is query
text. Knows nothing of the language itself.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from io import StringIO
from typing import Any, TextIO, TypeVar

import click

from flowql.cli.completing import complete_saved
from flowql.cli.helping import ExampleCommand
from flowql.cli.output import say
from flowql.shell.saved import saved_folder, saved_query

_Command = TypeVar("_Command", bound=Callable[..., Any])

query_argument = click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[QUERY...]")


class QueryCommand(ExampleCommand):
    """A command whose arguments are the words of a query."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options before the first query word; what follows is the query's."""
        options = self._options(ctx)
        first = query_start(args, options)
        if first is not None:
            self._refuse_late_options(ctx, args[first + 1 :], options)
            args = [*args[:first], "--", *args[first:]]
        return super().parse_args(ctx, args)

    def _options(self, ctx: click.Context) -> dict[str, bool]:
        """Every spelling of every option, and whether a value follows it."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        names = {each: (*each.opts, *each.secondary_opts) for each in options}
        return {name: not (each.is_flag or each.count) for each in options for name in names[each]}

    def _refuse_late_options(self, ctx: click.Context, words: list[str], options: dict[str, bool]) -> None:
        for word in words:
            name = word.partition("=")[0]
            if name.startswith("--") and name in options:
                ctx.fail(f"{name} stands after the query's first word; options come before it")
            if word in options and not ctx.resilient_parsing:
                say(f"warning: {word} stands after the query's first word, and is read as NOT {word[1:]}")


def file_option(command: _Command) -> Callable[..., Any]:
    """Add `--file` and `--saved`; the command takes the file that one of them names, or None, as `file`."""

    @wraps(command)
    def with_file(*arguments: Any, file: TextIO | None, saved: str | None, **others: Any) -> Any:
        if saved is not None:
            if file is not None:
                raise click.UsageError("a query is given twice: in a file and by the name it is saved under")
            file = StringIO(saved_query(saved_folder(), saved))
        return command(*arguments, file=file, **others)

    for option in reversed(_FILE_OPTIONS):
        with_file = option(with_file)
    return with_file


def query_start(arguments: Sequence[str], options: dict[str, bool]) -> int | None:
    """Where the query begins; None when there is none, or when the user marked the place with `--`.

    An unknown `--word` is left to the option parser, which knows what it may have meant.
    """
    place = 0
    while place < len(arguments):
        word = arguments[place]
        name = word.partition("=")[0]
        if word in options:
            place += 2 if options[word] else 1
        elif word == "--" or (name.startswith("--") and name not in options):
            return None
        elif name.startswith("--"):
            place += 1
        else:
            return place
    return None


def read_query(words: Sequence[str], file: TextIO | None = None) -> str:
    """The text of the query: the words joined by blanks, or the file's content. Raises click's UsageError."""
    if words and file is not None:
        raise click.UsageError("a query is given twice: in a file and as words")
    try:
        text = " ".join(words) if file is None else file.read()
        text.encode()
    except UnicodeError as error:
        raise click.UsageError("the query is not UTF-8") from error
    if not text.strip():
        raise click.UsageError("there is no query; * asks for everything")
    return text.strip("\n")


_FILE_OPTIONS = (
    click.option(
        "-f",
        "--file",
        type=click.File(encoding="utf-8-sig"),
        help="Read the query from a file (`-`: standard input).",
    ),
    click.option(
        "--saved",
        metavar="NAME",
        shell_complete=complete_saved,
        help=r"Take the query that the shell keeps under NAME (\save).",
    ),
)
