"""`flowql rejects`: list the lines that did not become records."""

from pathlib import Path

import click

from flowql.cli.completing import complete_topic
from flowql.cli.helping import Example, ExampleCommand
from flowql.cli.listing import ListColumn, Listing, list_format_option, print_listing
from flowql.cli.opening import open_engine
from flowql.cli.options import store_option
from flowql.schema import Kind

_EXAMPLES = (
    Example("which lines are no records, and why?", "flowql rejects"),
    Example("the bytes of those of another topic, to mend and ingest", "flowql rejects --format raw lab/web"),
)


@click.command("rejects", cls=ExampleCommand, examples=_EXAMPLES)
@store_option
@list_format_option
@click.argument("topic", default="default/flows", metavar="[[LOGSET/]TOPIC]", shell_complete=complete_topic)
def command(*, store: Path, format_name: str, topic: str) -> None:
    r"""List a topic's rejected lines: where each stood, why it is no record, and its bytes.

    The topic is default/flows unless another is named. Bytes that are not UTF-8 are shown as \xNN.
    """
    with open_engine(store) as engine:
        rejects = engine.rejects(topic)
    columns = (
        ListColumn("source", Kind.TEXT, [reject.source for reject in rejects]),
        ListColumn("line", Kind.COUNT, [reject.line for reject in rejects]),
        ListColumn("code", Kind.TEXT, [reject.code for reject in rejects]),
        ListColumn("field", Kind.TEXT, [reject.field for reject in rejects]),
        ListColumn("raw", Kind.TEXT, [reject.raw.decode(errors="backslashreplace") for reject in rejects]),
    )
    print_listing(Listing(columns), format_name)
