"""The program: which commands there are, and what becomes of an error.

Owns the list of commands, the options before a command, and the way from an exception to words on standard
error and an exit code. A command's module is imported only when the command is run: `flowql --version` must
not wait for numpy. Does not know what commands do.

Exit codes are those of `_EXIT_CODES`.
"""

import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowql import __version__
from flowql.cli.configuration import Configuration
from flowql.cli.helping import Example, ExampleGroup
from flowql.cli.options import HELP_OPTIONS, Chosen
from flowql.cli.output import say, unwritable
from flowql.cli.process import INTERRUPTED
from flowql.errors import FlowqlError, printable
from flowql.names.nearest import nearest

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

PROGRAM = "flowql"
COMPLETION_VARIABLE = "_FLOWQL_COMPLETE"
"""What the script of `flowql completion` sets when it asks for completions."""
_STORE_UNUSABLE = 3


@dataclass(frozen=True, slots=True)
class _Entry:
    """A command: the module that holds it, its name there, and its line in the program's help."""

    module: str
    help: str
    name: str = "command"


_COMMANDS = {
    "ingest": _Entry("flowql.cli.ingest", "Read flow logs into the store."),
    "search": _Entry("flowql.cli.search", "Run a query and print its rows."),
    "count": _Entry("flowql.cli.count", "Print how many records match."),
    "explain": _Entry("flowql.cli.plans", "Show how a query is understood and run.", "explain"),
    "profile": _Entry("flowql.cli.plans", "Run a query and show what took how long.", "profile"),
    "sql": _Entry("flowql.cli.sql", "Print a query as SQL for DuckDB."),
    "fmt": _Entry("flowql.cli.fmt", "Print a query in its taught form, or translate one."),
    "topics": _Entry("flowql.cli.topics", "List what the store holds."),
    "rejects": _Entry("flowql.cli.rejects", "List the lines that did not become records."),
    "check": _Entry("flowql.cli.check", "Verify every checksum of the store."),
    "shell": _Entry("flowql.cli.shell", "Type queries one after the other."),
    "demo": _Entry("flowql.cli.demo", "Make a million records with four incidents, and find them."),
    "config": _Entry("flowql.cli.config", "Show and change settings."),
    "completion": _Entry("flowql.cli.completion", "Print what completes words in your shell."),
    "help": _Entry("flowql.cli.help", "Explain a command, or a construct of the language."),
}
_EXIT_CODES = {
    0: "all is well",
    1: "no record matches, with --exit-status; config unset: there was nothing",
    2: "a mistake in the command line, a query or a setting; a file that cannot be read or written",
    3: "the store is damaged, locked, or not there",
    4: "a limit stopped the query, or the answer is a part",
    5: "more lines were rejected than --max-rejects",
    INTERRUPTED: "interrupted",
}
_EXAMPLES = (
    Example("a tour: a million made-up records, four incidents, five queries", "flowql demo"),
    Example("read logs, then ask", "flowql ingest /var/log/flows/*.gz"),
    Example("refused tries at ssh from one network", "flowql search REJECT dstport:22 src:10.0.0.0/8"),
    Example("the ten sources that sent most", "flowql search '* | top 10 srcaddr by bytes'"),
)


class Program(ExampleGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of all commands, as they are listed."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command of that name; its module is imported now."""
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(import_module(entry.module), entry.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the list of commands; none is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in _COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes before the examples."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in _EXIT_CODES.items()])
        super().format_epilog(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; another word is somebody's query or a slip."""
        if args[0] not in _COMMANDS and not args[0].startswith("--") and not ctx.resilient_parsing:
            near = nearest(args[0], _COMMANDS, ())
            proposal = f"did you mean {near[0]}? " if near else ""
            line = printable(shlex.join(args))
            ctx.fail(f"there is no command {args[0]!r}; {proposal}a query is run by: flowql search {line}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """The commands and options that begin so; no command is imported for it."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only completing needs it

        names = [name for name in _COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=_COMMANDS[name].help) for name in names), *options]


@click.group(
    PROGRAM,
    cls=Program,
    examples=_EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": HELP_OPTIONS},
    epilog="Without a command, on a terminal, the shell opens. More on each: flowql COMMAND --help",
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the store.  [default: $FLOWQL_STORE, else one in the user's data folder]",
)
@click.option("--no-config", is_flag=True, help="Read no file of settings, as suits a script.")
@click.pass_context
def program(ctx: click.Context, store: Path | None, no_config: bool) -> int:  # noqa: FBT001 - click's way
    """Search network flow logs: ingest files once, then ask."""
    ctx.obj = Chosen(store, Configuration(reads_files=not no_config))
    if ctx.invoked_subcommand is not None:
        return 0
    if sys.stdin.isatty() and sys.stdout.isatty():
        shell: click.Command = import_module("flowql.cli.shell").command
        with shell.make_context("shell", [], parent=ctx) as inner:
            return int(shell.invoke(inner) or 0)
    say(ctx.get_help())
    return 2


def run(arguments: Sequence[str]) -> int:
    """Run the program; its exit code. What users can cause becomes words, never a traceback."""
    try:
        code = _invoke(list(arguments))
        sys.stdout.flush()
    except click.exceptions.Exit as wanted:
        return wanted.exit_code
    except (click.ClickException, click.Abort, FlowqlError, OSError, KeyboardInterrupt) as error:
        return _report(error)
    return code


def _invoke(arguments: list[str]) -> int:
    with program.make_context(PROGRAM, arguments) as ctx:
        code: Any = program.invoke(ctx)
        return code if isinstance(code, int) else 0


def _report(error: BaseException) -> int:
    """Tell what went wrong; the exit code that it leads to."""
    match error:
        case click.ClickException():
            with suppress(OSError):  # nobody reads what is wrong
                error.show()
            code = error.exit_code
        case FlowqlError():
            say(error.render())
            code = error.exit_code
        case KeyboardInterrupt() | click.Abort():
            say("interrupted")
            code = INTERRUPTED
        case BrokenPipeError():
            _forget_stdout()
            code = 0
        case OSError(filename=None) if _is_stdout_unwritable():
            return _report(unwritable(error))
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            say(f"error: {printable(f'{where}{error.strerror or error}')}")
            code = _STORE_UNUSABLE
        case _:
            raise error
    return code


def _is_stdout_unwritable() -> bool:
    """Whether what is left to be written there cannot be."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _forget_stdout() -> None:
    """Our reader is gone: what is left in the buffer must not fail again at the interpreter's end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
