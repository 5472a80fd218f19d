"""`flowql config`: show and change settings."""

import os
from pathlib import Path

import click

from flowql.cli.configuration import PROJECT_FILE, Configuration
from flowql.cli.configuration_file import set_in, unset_in
from flowql.cli.helping import Example, ExampleCommand, ExampleGroup
from flowql.cli.known_settings import KNOWN, check_value, known_setting
from flowql.cli.options import chosen, default_store
from flowql.cli.output import say
from flowql.errors import UsageError, printable

_DEFAULT = "default"
_NOTHING_SET = 1


def _complete_name(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in KNOWN if name.startswith(incomplete)]


def _complete_value(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    known = KNOWN.get(ctx.params.get("name") or "")
    return [value for value in known.values if value.startswith(incomplete)] if known else []


_name_argument = click.argument("name", metavar="NAME", shell_complete=_complete_name)
_project_option = click.option(
    "--project",
    "in_project",
    is_flag=True,
    help=f"In the project's {PROJECT_FILE}: the nearest above this folder, else a new one here.",
)


class _ConfigGroup(ExampleGroup):
    """The group whose help lists the settings."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what can be set before the examples."""
        with formatter.section("Settings"):
            formatter.write_dl([(f"{each.name} {each.takes}", each.help) for each in KNOWN.values()])
        super().format_epilog(ctx, formatter)


@click.group(
    "config",
    cls=_ConfigGroup,
    examples=(
        Example("which settings hold here, and why", "flowql config list"),
        Example("times on the clock of Shanghai, from now on", "flowql config set tz Asia/Shanghai"),
        Example("another store in this folder and below", "flowql config set --project store data/flows"),
        Example("once, without any file of settings", "flowql --no-config search REJECT"),
    ),
)
def command() -> None:
    """Show and change settings.

    A setting stands for a flag that is not given. The nearest place wins: the flag, the environment
    (FLOWQL_TZ for tz), the project's file .flowql.toml in the current folder or one above, the user's file.
    Files are TOML, with lines such as: tz = "Asia/Shanghai"
    """


@command.command("list", cls=ExampleCommand)
@click.pass_context
def _list(ctx: click.Context) -> None:
    """List every setting: its value, and where that comes from."""
    configuration = chosen(ctx).configuration
    rows = [(name, *_value_and_origin(configuration, name)) for name in KNOWN]
    name_width, value_width = (max(len(row[place]) for row in rows) for place in range(2))
    for name, value, origin in rows:
        click.echo(printable(f"{name:<{name_width}}  {value:<{value_width}}  {origin}"))


@command.command("get", cls=ExampleCommand)
@_name_argument
@click.pass_context
def _get(ctx: click.Context, *, name: str) -> None:
    """Print the value of a setting."""
    known_setting(name)
    click.echo(printable(_value_and_origin(chosen(ctx).configuration, name)[0]))


@command.command(
    "set",
    cls=ExampleCommand,
    examples=(
        Example("no query may take longer than this", "flowql config set timeout 1m"),
        Example("more rows of tables", "flowql config set limit 200"),
    ),
)
@_project_option
@_name_argument
@click.argument("value", metavar="VALUE", shell_complete=_complete_value)
@click.pass_context
def _set(ctx: click.Context, *, in_project: bool, name: str, value: str) -> None:
    """Write a setting to the user's file, or to the project's.

    Everything else in the file stays, comments too. What can be set: flowql config --help
    """
    known = known_setting(name)
    check_value(known, value)
    file = _file(chosen(ctx).configuration, in_project=in_project)
    set_in(file, name, _seen_from(file.parent, value) if known.is_path else value)
    _tell_of_nearer(file, name, value)


@command.command("unset", cls=ExampleCommand)
@_project_option
@_name_argument
@click.pass_context
def _unset(ctx: click.Context, *, in_project: bool, name: str) -> int:
    """Take a setting out of the user's file, or out of the project's."""
    file = _file(chosen(ctx).configuration, in_project=in_project)
    if unset_in(file, name):
        return 0
    known_setting(name)
    say(f"{name} is not set in {printable(str(file))}")
    return _NOTHING_SET


@command.command("path", cls=ExampleCommand, short_help="Print where the user's file lies, or the project's.")
@_project_option
@click.pass_context
def _path(ctx: click.Context, *, in_project: bool) -> None:
    """Print where the user's file lies, or the project's, whether it is there or not."""
    click.echo(str(_file(chosen(ctx).configuration, in_project=in_project)))


def _file(configuration: Configuration, *, in_project: bool) -> Path:
    if in_project:
        return configuration.project_file or Path.cwd() / PROJECT_FILE
    if configuration.user_file is None:
        raise UsageError("$FLOWQL_CONFIG is empty: there is no user's file", hint="unset FLOWQL_CONFIG")
    return configuration.user_file


def _value_and_origin(configuration: Configuration, name: str) -> tuple[str, str]:
    configured = configuration.get(name)
    if configured:
        return configured.text, configured.origin
    return str(default_store()) if name == "store" else KNOWN[name].default, _DEFAULT


def _seen_from(folder: Path, text: str) -> str:
    """A path, as the file in a folder may name it: what is below that folder moves with it."""
    if text.startswith("~"):
        return text
    path = Path(os.path.abspath(text))  # noqa: PTH100 - links stay
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _tell_of_nearer(file: Path, name: str, value: str) -> None:
    """A setting that was written may not hold: something nearer may say otherwise."""
    configured = Configuration().get(name)
    if configured and not configured.origin.startswith(f"{file}:"):
        say(printable(f"{configured.origin} says {configured.text}, which goes before {value}"))
