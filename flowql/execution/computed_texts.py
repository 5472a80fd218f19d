"""Computed fields that are text: a record as a line, where it came from, and names for its values.

Owns what each reads as:
    raw             the topic's fields in their order, a blank between, `-` for missing
    _source         FILE:LINE
    _id             LOGSET/TOPIC:SEQUENCE
    topic           as `from` takes it: TOPIC in the default logset, else LOGSET/TOPIC
    conversation    `A <-> B`, the lower address first; missing unless both sides are present
    service         the name of the lower port that has one
    src-zone ...    the name of the address's zone
    protocol-name   the name of the protocol's number, where it has one
Texts are made for the rows that are asked for, a block or less at a time; names are looked up once for each
distinct value.
"""

from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.execution.names import protocol_names, service_names, zone_names
from flowql.execution.printed import PrintedColumns
from flowql.execution.segment_rows import SegmentRows
from flowql.plan.physical import SegmentScan
from flowql.schema import TopicName, field_named
from flowql.store.dictionary import AddressDictionary, IntegerDictionary
from flowql.store.store import DEFAULT_LOGSET

Halves: TypeAlias = tuple[NDArray[np.uint64], NDArray[np.uint64]]
"""The high and the low 64 bits of addresses."""

# Scalars made once: making one of a Python value takes longer than many a call that is given it.
_MISSING = pa.scalar("-")
_BLANK, _COLON, _ARROW, _NOTHING = (pa.scalar(text) for text in (" ", ":", " <-> ", ""))
_NO_PORT = 1 << 16  # above every port
_ENDS = ("srcaddr", "dstaddr")


class ComputedTexts:
    """The computed texts of one segment's rows."""

    def __init__(self, scan: SegmentScan) -> None:
        self._scan = scan
        self._printed = PrintedColumns(scan.segment)

    def of(self, name: str, rows: SegmentRows) -> pa.StringArray:
        """The texts of a computed field, one a row; null where it is missing."""
        match name:
            case "raw":
                return self._lines(rows)
            case "_source":
                return self._sources(rows)
            case "_id":
                numbers = pa.array(rows.sequences()).cast(pa.string())
                return pc.binary_join_element_wise(f"{self._scan.topic}:", numbers, _NOTHING)
            case "topic":
                return _repeated(topic_text(self._scan.topic), rows.count)
            case "conversation":
                return self._conversations(rows)
            case "service":
                return self._services(rows)
            case "src-zone":
                return self._zones("srcaddr", rows)
            case "dst-zone":
                return self._zones("dstaddr", rows)
            case "protocol-name":
                return protocol_names().take(pa.array(_integers("protocol", 256, rows)))
            case _:
                raise AssertionError(name)

    def _lines(self, rows: SegmentRows) -> pa.StringArray:
        cells = [self._printed.of(field, rows) for field in self._scan.schema.fields]
        shown = [pc.fill_null(texts, _MISSING) if texts.null_count else texts for texts in cells]
        return pc.binary_join_element_wise(*shown, _BLANK)

    def _sources(self, rows: SegmentRows) -> pa.StringArray:
        first_sequences, first_lines, names = self._pieces
        sequences = rows.sequences()
        pieces = np.searchsorted(first_sequences, sequences, "right") - 1
        lines = pa.array(first_lines[pieces] + (sequences - first_sequences[pieces])).cast(pa.string())
        return pc.binary_join_element_wise(names.take(pa.array(pieces)), lines, _COLON)

    @cached_property
    def _pieces(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64], pa.StringArray]:
        """The source table: first sequence number, first line and file of each piece."""
        pieces = self._scan.segment.provenance.pieces()
        return (
            np.array([piece.first_sequence for piece in pieces], np.uint64),
            np.array([piece.first_line for piece in pieces], np.uint64),
            pa.array([_file_text(piece.source) for piece in pieces], pa.string()),
        )

    def _conversations(self, rows: SegmentRows) -> pa.StringArray:
        one, other = (_addresses(name, rows) for name in _ENDS)
        if one is None or other is None:
            return pa.nulls(rows.count, pa.string())
        (high, low), (other_high, other_low) = one, other
        texts = [self._printed.of(field_named(name), rows) for name in _ENDS]
        is_in_order = pa.array((high < other_high) | ((high == other_high) & (low <= other_low)))
        first, second = pc.if_else(is_in_order, *texts), pc.if_else(is_in_order, *reversed(texts))
        return pc.binary_join_element_wise(first, second, _ARROW)

    def _services(self, rows: SegmentRows) -> pa.StringArray:
        ports = [_integers(name, _NO_PORT, rows) for name in ("srcport", "dstport")]
        named = service_names()
        lower = named.take(pa.array(np.minimum(*ports)))
        return pc.coalesce(lower, named.take(pa.array(np.maximum(*ports))))

    def _zones(self, name: str, rows: SegmentRows) -> pa.StringArray:
        column, codes = self._scan.segment.dictionary_column(name), rows.codes(name)
        if column is None or codes is None:
            return pa.nulls(rows.count, pa.string())
        assert isinstance(column.dictionary, AddressDictionary)
        places = pa.array(codes.astype(np.int64) - 1, mask=codes == 0).dictionary_encode()
        return zone_names(*column.dictionary.at(places.dictionary.to_numpy())).take(places.indices)


def topic_text(topic: TopicName) -> str:
    """A topic as `from` takes it."""
    return topic.topic if topic.logset == DEFAULT_LOGSET else str(topic)


def _repeated(text: str, count: int) -> pa.StringArray:
    return pa.array([text], pa.string()).take(pa.array(np.zeros(count, np.int8)))


def _file_text(name: str) -> str:
    """A file's name, whatever bytes it is made of, as text."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _addresses(name: str, rows: SegmentRows) -> Halves | None:
    """The addresses of a column, anything where missing; None when every row of the segment misses it."""
    column, codes = rows.segment.dictionary_column(name), rows.codes(name)
    if column is None or codes is None:
        return None
    assert isinstance(column.dictionary, AddressDictionary)
    return column.dictionary.at(np.maximum(codes.astype(np.int64) - 1, 0))


def _integers(name: str, missing: int, rows: SegmentRows) -> NDArray[Any]:
    """The ports or protocols of a column, `missing` where there is none."""
    column, codes = rows.segment.dictionary_column(name), rows.codes(name)
    if column is None or codes is None:
        return np.full(rows.count, missing)
    assert isinstance(column.dictionary, IntegerDictionary)
    return np.asarray(np.concatenate(([missing], column.dictionary.numbers))[codes])
