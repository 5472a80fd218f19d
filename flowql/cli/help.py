"""`flowql help`: a command's help, or the section of the language's reference about a construct."""

import sys

import click

from flowql.cli.helping import Example, ExampleCommand
from flowql.cli.options import HELP_OPTIONS
from flowql.cli.program import PROGRAM, program
from flowql.errors import UsageError, printable
from flowql.render.terminal import screen_of

_EXAMPLES = (
    Example("what can be said to search?", "flowql help search"),
    Example("which forms has a time?", "flowql help time"),
    Example("the stage count, not the command", "flowql help --language count"),
)
_WIDTH_MAX = 80


def _complete_word(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in program.list_commands(ctx) if name.startswith(incomplete)]


@click.command("help", cls=ExampleCommand, examples=_EXAMPLES)
@click.option("--language", is_flag=True, help="Take the word as one of the language, not as a command.")
@click.argument("words", nargs=-1, metavar="[COMMAND|CONSTRUCT]", shell_complete=_complete_word)
def command(*, language: bool, words: tuple[str, ...]) -> None:
    """Explain a command, or a construct of the language: a stage, a kind of clause, a sign.

    Of the language this is the section of the reference; with --language alone, the list of its sections.
    """
    told = None if language else _help_of(words)
    if told is not None:
        click.echo(told)
        return
    # Loaded here: whoever asks about a command does not wait for the reference.
    from flowql.shell.reference import readable, sections_for, titles  # noqa: PLC0415

    width = min(screen_of(sys.stdout).columns, _WIDTH_MAX)
    try:
        shown = (
            [readable(section, width) for section in sections_for(" ".join(words))] if words else [titles()]
        )
    except UsageError as error:
        is_of_shell = error.hint is None or error.hint.startswith("\\")
        hint = "flowql help --language lists the sections" if is_of_shell else error.hint
        raise UsageError(error.message, hint=hint) from error
    for place, lines in enumerate(shown):
        click.echo("\n" * bool(place) + "\n".join(map(printable, lines)))


def _help_of(words: tuple[str, ...]) -> str | None:
    """The help of the program, a command, or a command of a group; None when the words name none."""
    found: click.Command = program
    ctx = click.Context(program, info_name=PROGRAM, help_option_names=HELP_OPTIONS)
    for word in words:
        inner = found.get_command(ctx, word) if isinstance(found, click.Group) else None
        if inner is None:
            return None
        found, ctx = inner, click.Context(inner, info_name=word, parent=ctx)
    return found.get_help(ctx)
