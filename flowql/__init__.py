"""FlowQL: a query language and an embedded search engine over network flow logs.

`flowql.open(path)` gives an `Engine`. Importing the package does no work and loads no library.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowql.engine import Engine
    from flowql.engine import open_engine as open  # noqa: A004 - the name that the field uses
    from flowql.errors import FlowqlError, QueryError, StoreError
    from flowql.execution.result import Result
    from flowql.store.overview import CheckReport, TopicInfo

__version__ = "0.1.0"
__all__ = [
    "CheckReport",
    "Engine",
    "FlowqlError",
    "QueryError",
    "Result",
    "StoreError",
    "TopicInfo",
    "__version__",
    "open",
]

logging.getLogger("flowql").addHandler(logging.NullHandler())

_HOMES = {
    "CheckReport": "flowql.store.overview",
    "Engine": "flowql.engine",
    "FlowqlError": "flowql.errors",
    "QueryError": "flowql.errors",
    "Result": "flowql.execution.result",
    "StoreError": "flowql.errors",
    "TopicInfo": "flowql.store.overview",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: `flowql --version` must not pay for Arrow, numpy and the grammar.
    if name == "open":
        return import_module("flowql.engine").open_engine
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'flowql' has no attribute {name!r}")
