"""`flowql rejects`: list the lines that did not become records."""

from pathlib import Path

import click

import flowql
from flowql.cli.listing import ListColumn, Listing, list_format_option, print_listing
from flowql.cli.options import store_option
from flowql.schema import Kind


@click.command("rejects")
@store_option
@list_format_option
@click.argument("topic", default="default/flows")
def command(*, store: Path, format_name: str, topic: str) -> None:
    r"""List a topic's rejected lines: where each stood, why it is no record, and its bytes.

    Bytes that are not UTF-8 are shown as \xNN.
    """
    with flowql.open(store) as engine:
        rejects = engine.rejects(topic)
    columns = (
        ListColumn("source", Kind.TEXT, [reject.source for reject in rejects]),
        ListColumn("line", Kind.COUNT, [reject.line for reject in rejects]),
        ListColumn("code", Kind.TEXT, [reject.code for reject in rejects]),
        ListColumn("field", Kind.TEXT, [reject.field for reject in rejects]),
        ListColumn("raw", Kind.TEXT, [reject.raw.decode(errors="backslashreplace") for reject in rejects]),
    )
    print_listing(Listing(columns), format_name)
