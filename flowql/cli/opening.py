"""Opening the engine that a command asks.

Owns the moment at which what a command needs has been imported. Does not know which store it is, nor why.
"""

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import flowql

if TYPE_CHECKING:
    from flowql.cli.given import ListFiles
    from flowql.cli.limits import Limits


def open_engine(
    store: Path, lists: "ListFiles | None" = None, limits: "Limits | None" = None
) -> "flowql.Engine":
    """An engine over the store, whose queries have these limits; raises as `flowql.open` does.

    From here on garbage is collected, and what has been imported is never looked through for it: in a
    process of our own it was put off until now (`flowql.cli.process`).
    """
    # Loaded here: whoever reads help or completes a word does not wait for what reads lists.
    from flowql.lists import NO_LISTS, Lists  # noqa: PLC0415

    known = Lists(lists.folder, lists.files) if lists else NO_LISTS
    engine = flowql.open(store, lists=known, **({"limits": limits.of_engine()} if limits else {}))
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    return engine
