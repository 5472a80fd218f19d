"""Lists that no query made, printed in any format that needs nothing but rows.

Owns the option that says in which. Does not know what the lists are about.
"""

import click

from flowql.cli.output import opened
from flowql.render.formats import ROWS_WRITERS
from flowql.render.listing import ListColumn, Listing

__all__ = ["ListColumn", "Listing", "list_format_option", "print_listing"]

list_format_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(list(ROWS_WRITERS)),
    default="table",
    show_default=True,
    help="How the list is written.",
)


def print_listing(listing: Listing, format_name: str) -> None:
    """Print the list on standard output."""
    with opened(None) as (out, style):
        ROWS_WRITERS[format_name](listing, out, style)
