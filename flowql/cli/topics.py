"""`flowql topics`: list what the store holds."""

from pathlib import Path

import click

from flowql.cli.helping import Example, ExampleCommand
from flowql.cli.listing import ListColumn, Listing, list_format_option, print_listing
from flowql.cli.opening import open_engine
from flowql.cli.options import store_option
from flowql.schema import Kind

_EXAMPLES = (
    Example("what is there, and of which time?", "flowql topics"),
    Example("the names of all topics, for a script", "flowql topics --format ndjson | jq -r .topic"),
)


@click.command("topics", cls=ExampleCommand, examples=_EXAMPLES)
@store_option
@list_format_option
def command(*, store: Path, format_name: str) -> None:
    """List the store's topics: records, size, the span of their times, rejected lines, fields."""
    with open_engine(store) as engine:
        topics = engine.topics()
    bounds = [topic.start_bounds or (None, None) for topic in topics]
    columns = (
        ListColumn("topic", Kind.TEXT, [topic.name for topic in topics]),
        ListColumn("records", Kind.COUNT, [topic.rows for topic in topics]),
        ListColumn("bytes", Kind.COUNT, [topic.bytes for topic in topics]),
        ListColumn("segments", Kind.COUNT, [topic.segments for topic in topics]),
        ListColumn("first-start", Kind.TIME, [first for first, _ in bounds]),
        ListColumn("last-start", Kind.TIME, [last for _, last in bounds]),
        ListColumn("rejects", Kind.COUNT, [topic.rejects for topic in topics]),
        ListColumn("fields", Kind.TEXT, [", ".join(topic.fields) for topic in topics]),
    )
    print_listing(Listing(columns), format_name)
