"""The program: which commands there are, and what becomes of an error.

Owns the list of commands, the options before a command, and the way from an exception to words on standard
error and an exit code. A command's module is imported only when the command is run: `flowql --version` must
not wait for numpy. Does not know what commands do.

Exit codes: 0 fine; 1 no match, with --exit-status; 2 usage, query or input error; 3 store damaged or locked;
4 a limit stopped it; 5 too many rejected lines; 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from flowql import __version__
from flowql.cli.options import HELP_OPTIONS
from flowql.errors import FlowqlError

_INTERRUPTED = 130
_STORE_UNUSABLE = 3


@dataclass(frozen=True, slots=True)
class _Entry:
    """A command: the module that holds it as `command`, and its line in the program's help."""

    module: str
    help: str


_COMMANDS = {
    "ingest": _Entry("flowql.cli.ingest", "Read flow logs into the store."),
    "search": _Entry("flowql.cli.search", "Run a query and print its rows."),
    "count": _Entry("flowql.cli.count", "Print how many records match."),
    "explain": _Entry("flowql.cli.explain", "Show how a query is understood and run."),
    "profile": _Entry("flowql.cli.profile", "Run a query and show what took how long."),
    "fmt": _Entry("flowql.cli.fmt", "Print a query in its taught form, or translate one."),
    "topics": _Entry("flowql.cli.topics", "List what the store holds."),
    "rejects": _Entry("flowql.cli.rejects", "List the lines that did not become records."),
    "check": _Entry("flowql.cli.check", "Verify every checksum of the store."),
    "shell": _Entry("flowql.cli.shell", "Type queries one after the other."),
    "demo": _Entry("flowql.cli.demo", "Make a million records with four incidents, and find them."),
}


class _Program(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = import_module(entry.module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not args[0].startswith("--"):
            ctx.fail(f"there is no command {args[0]!r}; a query is run by: flowql search {' '.join(args)}")
        return super().resolve_command(ctx, args)


@click.group(
    "flowql",
    cls=_Program,
    invoke_without_command=True,
    context_settings={"help_option_names": HELP_OPTIONS},
    epilog="Without a command, on a terminal, the shell opens.",
)
@click.version_option(__version__, prog_name="flowql", message="%(prog)s %(version)s")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    envvar="FLOWQL_STORE",
    help="Folder of the store.  [default: $FLOWQL_STORE, else one in the user's data folder]",
)
@click.pass_context
def _program(ctx: click.Context, store: Path | None) -> int:
    """Search network flow logs: ingest files once, then ask."""
    ctx.obj = store
    if ctx.invoked_subcommand is not None:
        return 0
    if sys.stdin.isatty() and sys.stdout.isatty():
        shell = import_module("flowql.cli.shell").command
        return int(ctx.invoke(shell, store=store) or 0)
    click.echo(ctx.get_help(), err=True)
    return 2


def main() -> None:
    """Run the program with the process's arguments, and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the program; its exit code. What users can cause becomes words, never a traceback."""
    try:
        code = _invoke(list(arguments))
        sys.stdout.flush()
    except click.exceptions.Exit as wanted:
        return wanted.exit_code
    except (click.ClickException, FlowqlError, OSError, KeyboardInterrupt) as error:
        return _report(error)
    return code


def _invoke(arguments: list[str]) -> int:
    with _program.make_context("flowql", arguments) as ctx:
        code: Any = _program.invoke(ctx)
        return code if isinstance(code, int) else 0


def _report(error: BaseException) -> int:
    """Tell what went wrong; the exit code that it leads to."""
    match error:
        case click.ClickException():
            error.show()
            code = error.exit_code
        case FlowqlError():
            click.echo(error.render(), err=True)
            code = error.exit_code
        case KeyboardInterrupt():
            click.echo("interrupted", err=True)
            code = _INTERRUPTED
        case BrokenPipeError():
            _forget_stdout()
            code = 0
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"error: {where}{error.strerror or error}", err=True)
            code = _STORE_UNUSABLE
        case _:
            raise error
    return code


def _forget_stdout() -> None:
    """Our reader is gone: what is left in the buffer must not fail again at the interpreter's end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
