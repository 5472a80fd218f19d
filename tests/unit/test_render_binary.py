"""Arrow and Parquet: what is written reads back as the promised types, and nothing broken looks whole."""

import io
import os
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from given_answers import COLUMNS, START, TRICKY, FakeAnswer, address, network, rendered_bytes

from flowql.errors import LimitError
from flowql.plan.logical import Column, TimeRange
from flowql.render import as_parquet
from flowql.render.answer import Style
from flowql.render.first_rows import FirstRows
from flowql.render.formats import FORMATS
from flowql.render.public import public_array, public_batches, public_schema
from flowql.schema import Kind
from flowql.values import ADDRESS_MAX, IPV4_MAPPED, SECOND_NS

BINARY = [name for name, each in FORMATS.items() if each.is_binary]
EVERY_KIND = tuple(Column(kind.value, kind) for kind in Kind)
BY_DICTIONARY = (Kind.TEXT, Kind.ADDRESS, Kind.NETWORK)
PUBLIC = {
    Kind.TEXT: pa.string(),
    Kind.ADDRESS: pa.string(),
    Kind.NETWORK: pa.string(),
    Kind.PORT: pa.int64(),
    Kind.PROTOCOL: pa.int64(),
    Kind.COUNT: pa.int64(),
    Kind.TIME: pa.timestamp("ns", "UTC"),
    Kind.DURATION: pa.duration("ns"),
    Kind.REAL: pa.float64(),
}
VALUES = {
    Kind.TEXT: (["a|b\t\n\x00\x1b", "網絡 é", None, ""], pa.string()),
    Kind.ADDRESS: ([address(IPV4_MAPPED | 1), address(ADDRESS_MAX), None, address(0)], pa.binary(16)),
    Kind.NETWORK: (
        [network(IPV4_MAPPED | 0x0A000000, 8), network(0x20010DB8 << 96, 64), None, network(0, 0)],
        pa.binary(17),
    ),
    Kind.PORT: ([22, 65535, None, 0], pa.uint16()),
    Kind.PROTOCOL: ([6, 255, None, 0], pa.uint8()),
    Kind.COUNT: ([(1 << 63) - 1, 1, None, 0], pa.int64()),
    Kind.TIME: ([START + 1, -1, None, 0], pa.int64()),
    Kind.DURATION: ([SECOND_NS // 2, -1, None, 0], pa.int64()),
    Kind.REAL: ([1 / 3, float("inf"), None, -0.0], pa.float64()),
}
READ = {
    **{kind: VALUES[kind][0] for kind in Kind},
    Kind.ADDRESS: ["0.0.0.1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None, "::"],
    Kind.NETWORK: ["10.0.0.0/8", "2001:db8::/64", None, "::/0"],
}


def every_kind() -> FakeAnswer:
    """An answer with a column of each kind."""
    arrays = [pa.array(*VALUES[column.kind]) for column in EVERY_KIND]
    names = [column.name for column in EVERY_KIND]
    return FakeAnswer(EVERY_KIND, [pa.RecordBatch.from_arrays(arrays, names=names)])


def read(format_name: str, written: bytes) -> pa.Table:
    """The table that another program reads."""
    if format_name == "arrow":
        return pa.ipc.open_stream(pa.py_buffer(written)).read_all()
    return pq.read_table(pa.BufferReader(written))


def values_of(column: pa.ChunkedArray) -> list[object]:
    """The values, times and durations in nanoseconds."""
    is_time = pa.types.is_timestamp(column.type) or pa.types.is_duration(column.type)
    return (column.cast(pa.int64()) if is_time else column).to_pylist()


class Failing(FakeAnswer):
    """An answer that a limit stops after its first batch."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The first rows, then the limit."""
        yield TRICKY
        raise LimitError("rows-max", "too many")


# ---- public batches


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("first", [0, 1, 3])
def test_values_have_their_public_type(kind: Kind, first: int) -> None:
    plain = pa.array(*VALUES[kind])
    for values in (plain, plain.dictionary_encode()) if kind in BY_DICTIONARY else (plain,):
        made = public_array(kind, values.slice(first))
        assert made.type == PUBLIC[kind]
        assert values_of(pa.chunked_array([made])) == READ[kind][first:]


def test_batches_are_made_one_by_one() -> None:
    asked = []

    class Counting(FakeAnswer):
        def batches(self) -> Iterator[pa.RecordBatch]:
            for number in range(3):
                asked.append(number)
                yield TRICKY

    batches = public_batches(Counting())
    assert asked == []
    assert next(batches).schema == public_schema(COLUMNS)
    assert asked == [0]


# ---- the formats


@pytest.mark.parametrize("format_name", BINARY)
def test_every_kind_reads_back(format_name: str) -> None:
    table = read(format_name, rendered_bytes(format_name, every_kind()))
    assert table.column_names == [kind.value for kind in Kind]
    for kind in Kind:
        column = table.column(kind.value)
        assert column.type == PUBLIC[kind]
        assert values_of(column) == READ[kind]


@pytest.mark.parametrize("format_name", BINARY)
def test_the_schema_says_what_was_asked(format_name: str) -> None:
    answer = FakeAnswer(range=TimeRange(START, None))
    schema = read(format_name, rendered_bytes(format_name, answer)).schema
    assert schema.metadata[b"flowql.query"] == b'action:"x" | head 4'
    assert schema.metadata[b"flowql.range"] == b'{"from":1544709600,"to":null}'
    assert [field.metadata[b"flowql.kind"] for field in schema] == [
        *(b"text", b"address", b"port", b"time", b"real")
    ]


@pytest.mark.parametrize("format_name", BINARY)
def test_without_rows_there_are_columns(format_name: str) -> None:
    table = read(format_name, rendered_bytes(format_name, FakeAnswer(given=[])))
    assert (len(table), table.schema) == (0, public_schema(COLUMNS))


@pytest.mark.parametrize("format_name", BINARY)
def test_the_same_answer_gives_the_same_bytes(format_name: str) -> None:
    assert rendered_bytes(format_name, every_kind()) == rendered_bytes(format_name, every_kind())


@pytest.mark.parametrize("format_name", BINARY)
@pytest.mark.parametrize("limit", [0, 1, 3, 4, 11, None])
def test_many_batches_and_a_cut(format_name: str, limit: int | None) -> None:
    answer = FakeAnswer(given=[TRICKY, TRICKY.slice(1, 2), TRICKY.slice(0, 0), *[TRICKY.slice(3)] * 5])
    whole = read(format_name, rendered_bytes(format_name, answer))
    assert whole.column("srcaddr").to_pylist() == [
        *("10.0.0.1", "::1", None, "0.0.0.0", "::1", None),  # noqa: S104 - an address of a record
        *["0.0.0.0"] * 5,  # noqa: S104 - likewise
    ]
    assert read(format_name, rendered_bytes(format_name, FirstRows(answer, limit))).equals(whole[:limit])


def test_an_arrow_stream_has_a_batch_for_each_batch() -> None:
    written = rendered_bytes("arrow", FakeAnswer(given=[TRICKY, TRICKY.slice(0, 1)]))
    assert [len(batch) for batch in pa.ipc.open_stream(written)] == [4, 1]


@pytest.mark.parametrize("pieces", [[4, 4, 4], [1] * 12, [3, 4, 4, 1], [4, 1, 4, 3]])
def test_groups_of_parquet_do_not_depend_on_batches(
    pieces: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(as_parquet, "GROUP_ROWS", 5)
    three = pa.Table.from_batches([TRICKY] * 3).combine_chunks().to_batches()[0]
    whole = rendered_bytes("parquet", FakeAnswer(given=[three]))
    edges = [sum(pieces[:k]) for k in range(len(pieces))]
    given = [three.slice(first, rows) for first, rows in zip(edges, pieces, strict=True)]
    assert rendered_bytes("parquet", FakeAnswer(given=given)) == whole
    metadata = pq.read_metadata(io.BytesIO(whole))
    assert [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)] == [5, 5, 2]


def test_parquet_keeps_distinct_values_compressed() -> None:
    column = pq.read_metadata(io.BytesIO(rendered_bytes("parquet", FakeAnswer()))).row_group(0).column(1)
    assert (column.compression, column.has_dictionary_page) == ("ZSTD", True)


# ---- what goes wrong


def test_a_parquet_file_that_fails_on_the_way_cannot_be_read() -> None:
    out = io.BytesIO()
    with pytest.raises(LimitError):
        FORMATS["parquet"].write(Failing(), out, Style())
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(pa.BufferReader(out.getvalue()))


def test_an_arrow_stream_that_fails_on_the_way_has_no_end_mark() -> None:
    end_mark = b"\xff\xff\xff\xff\x00\x00\x00\x00"
    out = io.BytesIO()
    with pytest.raises(LimitError):
        FORMATS["arrow"].write(Failing(), out, Style())
    assert not out.getvalue().endswith(end_mark)
    assert rendered_bytes("arrow", FakeAnswer()) == out.getvalue() + end_mark


@pytest.mark.parametrize("format_name", BINARY)
def test_a_reader_that_is_gone_is_a_broken_pipe(format_name: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as out:
        FORMATS[format_name].write(FakeAnswer(), out, Style())  # type: ignore[arg-type]
