"""Searches whose row sets outlive the run that worked them out.

Owns the taking over of rows that are known from one run of a query to the next one, over the same snapshots:
what the index and the scans have said once is not asked again.
"""

from collections.abc import Sequence

from flowql.execution.context import Context
from flowql.execution.select import SegmentSearch
from flowql.execution.sparse import settle_sparse
from flowql.plan.physical import SegmentScan
from flowql.plan.predicates import Everything


class KeptSearch(SegmentSearch):
    """A search that knows whether its rows are known."""

    @property
    def is_known(self) -> bool:
        """Whether all matching rows were worked out, or so few that others may match that it is soon done."""
        return self._docset is not None or self._candidates is not None

    def tell(self, other: SegmentSearch) -> None:
        """Have a search for the same rows take over what is known of them."""
        if self._docset is not None:
            other.settle(self._docset, Everything())
        elif self._candidates is not None and self._left is not None:
            other.settle(self._candidates, self._left)


def searches_of(
    scans: Sequence[SegmentScan], context: Context, before: Sequence[KeptSearch] = ()
) -> list[KeptSearch]:
    """Searches of scans; those that were searched before go on from what is known."""
    known = {_identity(search.scan): search for search in before if search.is_known}
    searches = [KeptSearch(scan, context) for scan in scans]
    for search in searches:
        if known and _identity(search.scan) in known:
            known[_identity(search.scan)].tell(search)
    if context.recorder is None:
        settle_sparse([search for search in searches if not search.is_known])
    return searches


def _identity(scan: SegmentScan) -> tuple[object, ...]:
    """What makes two scans look for the same rows."""
    return str(scan.topic), scan.segment.id, scan.start, scan.stop, scan.predicate
