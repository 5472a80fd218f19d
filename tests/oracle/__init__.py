"""The naive oracle: what a query means, computed by a loop and an if over Python dicts.

It shares with FlowQL the syntax tree, the binder and the values, and nothing else: no segment, no bitmap, no
optimizer. Where it and the engine disagree, one of them is wrong about LANGUAGE.md.
"""

from oracle.answers import Answer, answer
from oracle.cells import Cell
from oracle.records import Record, Table, Tables, parse_cell, table_of

__all__ = ["Answer", "Cell", "Record", "Table", "Tables", "answer", "parse_cell", "table_of"]
