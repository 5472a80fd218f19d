"""How help reads: what a command does, its options, and worked examples at the end, in 80 columns.

Owns the form. Does not know what commands there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Example:
    """A command line, as it may be copied, and what it does."""

    does: str
    line: str


class ExampleCommand(click.Command):
    """A command whose help ends with examples."""

    def __init__(self, *arguments: Any, examples: Sequence[Example] = (), **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples behind the options, then whatever else there is to say."""
        write_examples(formatter, self.examples)
        super().format_epilog(ctx, formatter)


class ExampleGroup(ExampleCommand, click.Group):
    """A group of commands whose help ends with examples."""


def write_examples(formatter: click.HelpFormatter, examples: Sequence[Example]) -> None:
    """Write a section of examples; lines are never broken, so that they can be copied."""
    if not examples:
        return
    with formatter.section("Examples"):
        for place, example in enumerate(examples):
            indent = " " * formatter.current_indent
            formatter.write("\n" * bool(place) + f"{indent}# {example.does}\n{indent}{example.line}\n")
