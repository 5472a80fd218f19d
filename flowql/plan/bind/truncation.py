"""The note that an aggregate is over what a stage before it has left of the rows.

Owns which stages leave some of the rows only, and the words.
"""

from flowql.errors import Span
from flowql.plan import logical
from flowql.plan.bind.binding import Binding
from flowql.plan.logical import Measure

_ADDING = ("count", "sum", "avg", "dc")
_NAMES = {"avg": "average", "dc": "count"}


def note_truncation(binding: Binding, plan: logical.Node, measure: Measure, span: Span) -> None:
    """Say of a measure over the rows of `plan` what has cut them, if a stage has."""
    if measure.function not in _ADDING and measure.percent is None:
        return
    cut = next(filter(None, map(_cut_by, reversed(logical.chain(plan)))), None)
    if cut is None:
        return
    noun = "percentile" if measure.percent is not None else _NAMES.get(measure.function, measure.function)
    binding.note("truncated-input", f"the {noun} is over the rows that {cut} left", span)


def _cut_by(node: logical.Node) -> str | None:
    """The stage that a node was written as, when it leaves some rows only."""
    match node:
        case logical.Head(_, row_count):
            return f"head {row_count}"
        case logical.Tail(_, row_count):
            return f"tail {row_count}"
        case logical.Dedup(_, keys):
            return f"dedup {', '.join(key.name for key in keys)}"
        case logical.Top(_, row_count, key, _, rarest):
            return f"{'rare' if rarest else 'top'} {row_count} {key.column.name}"
        case logical.Facets(_, row_count):
            return f"facets {row_count}"
        case _:
            return None
