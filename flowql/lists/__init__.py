"""Lists of addresses, networks and ports that users keep in files and name in queries: `@threats`.

A list answers two questions: what it holds (`src:@threats`), and what its file says beside the most
specific entry that holds a value (`lookup @assets on srcaddr`). What a line is, is told in `rows`; what a
list holds in `named_list`; what is looked up in `lookup_table`; where lists lie in `folder`. Knows nothing of
queries.
"""

from flowql.lists.errors import ListError, UnknownListError, UnreadableListError
from flowql.lists.folder import NO_LISTS, Lists
from flowql.lists.lookup_table import LookupTable
from flowql.lists.named_list import BadLine, NamedList

__all__ = [
    "NO_LISTS",
    "BadLine",
    "ListError",
    "Lists",
    "LookupTable",
    "NamedList",
    "UnknownListError",
    "UnreadableListError",
]
