"""What may stand at a word that somebody completes in their shell: names of topics, zones and saved queries.

Owns where the names are found, within the moment that a key press may take: neither numpy nor Arrow is
imported for it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowql.cli.configuration import Configuration
from flowql.cli.options import default_store
from flowql.errors import FlowqlError
from flowql.shell.saved import saved_folder, saved_names
from flowql.zones import zone_names

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_TOPICS = "logsets/*/*/manifest-*.json"
"""Of every topic that has been committed to; the store's layout is told in `flowql/store/store.py`."""


def complete_topic(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The topics of the store that begin so, with their logsets."""
    folders = {manifest.parent for manifest in _store(ctx).glob(_TOPICS)}
    names = sorted(f"{folder.parent.name}/{folder.name}" for folder in folders)
    return [name for name in names if name.startswith(incomplete)]


def complete_zone(_: click.Context, __: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """The zones that begin so, in any case."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only completing needs it

    sought = incomplete.lower()
    return [CompletionItem(name) for name in sorted(zone_names()) if name.lower().startswith(sought)]


def complete_saved(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The saved queries whose names begin so."""
    return [name for name in saved_names(saved_folder()) if name.startswith(incomplete)]


def _store(ctx: click.Context) -> Path:
    """The store that the command line names so far, or that the settings name."""
    each: click.Context | None = ctx
    while each is not None:
        if each.get_parameter_source("store") is click.core.ParameterSource.COMMANDLINE:
            return Path(each.params["store"])
        each = each.parent
    try:
        configured = Configuration().get("store")
    except FlowqlError:
        return default_store()  # what is wrong there is told when a command is run
    return Path(configured.text) if configured else default_store()
