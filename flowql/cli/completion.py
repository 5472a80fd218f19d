"""`flowql completion`: what makes a shell complete the words of FlowQL's command line."""

import os

import click
from click.shell_completion import get_completion_class

from flowql.cli.helping import Example, ExampleCommand
from flowql.cli.program import COMPLETION_VARIABLE, PROGRAM, program
from flowql.errors import FlowqlError, UsageError

_EXAMPLES = (
    Example("bash, in ~/.bashrc", 'eval "$(flowql completion bash)"'),
    Example("zsh, in ~/.zshrc", 'eval "$(flowql completion zsh)"'),
    Example("fish", "flowql completion fish > ~/.config/fish/completions/flowql.fish"),
)


@click.command("completion", cls=ExampleCommand, examples=_EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
def command(*, shell: str) -> None:
    """Print a script that completes commands, options, formats, topics, zones and settings with Tab."""
    completing = get_completion_class(shell)
    assert completing is not None, "click knows the shells of the choice"
    # The script itself asks nothing of the shell that prints it, which may be another one.
    click.echo(
        completing.source_template % completing(program, {}, PROGRAM, COMPLETION_VARIABLE).source_vars()
    )


def complete_words() -> int:
    """Answer a shell that asks what may stand at a word; nothing where the line before it is wrong."""
    shell, _, task = os.environ[COMPLETION_VARIABLE].partition("_")
    completing = get_completion_class(shell)
    if completing is None or task != "complete":
        return UsageError.exit_code
    try:
        found = completing(program, {}, PROGRAM, COMPLETION_VARIABLE).complete()
    except (click.ClickException, FlowqlError, OSError):
        return 0  # a message would land in the middle of what is being typed
    click.echo(found, nl=bool(found))
    return 0
