"""Names beside numbers: which numbers get one, and where they stand."""

import pyarrow as pa
import pytest
from given_answers import FakeAnswer, rendered

from flowql.names import service_name
from flowql.plan.logical import Column
from flowql.render.answer import Style
from flowql.render.formats import FORMATS
from flowql.render.named import NamesBeside
from flowql.schema import Kind

SOURCE, TARGET = Column("srcport", Kind.PORT), Column("dstport", Kind.PORT)
PROTOCOL = Column("protocol", Kind.PROTOCOL)
NAMES = Style(names=True)


def flows(
    *rows: tuple[int | None, ...], columns: tuple[Column, ...] = (SOURCE, TARGET, PROTOCOL)
) -> FakeAnswer:
    """An answer with these rows."""
    arrays = [pa.array(values, pa.int64()) for values in zip(*rows, strict=True)]
    names = [column.name for column in columns]
    return FakeAnswer(columns, [pa.RecordBatch.from_arrays(arrays, names=names)])


def names_of(*row: int | None, columns: tuple[Column, ...] = (SOURCE, TARGET, PROTOCOL)) -> list[str]:
    """The names beside the numbers of one row."""
    (batch,) = flows(row, columns=columns).batches()
    beside = NamesBeside(columns)(batch.columns)
    return [beside[k][0].as_py().strip() if k in beside else "" for k in range(len(columns))]


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ((40001, 22, 6), ["", "ssh", "tcp"]),
        ((443, 40001, 6), ["https", "", "tcp"]),
        ((53, 123, 17), ["dns", "", "udp"]),  # both are known: the lower one
        ((2756, 5432, 6), ["", "postgres", "tcp"]),  # 2756 has a name in the registry only
        ((8443, 443, 6), ["", "https", "tcp"]),
        ((8443, 5432, 6), ["", "postgres", "tcp"]),
        ((2756, 2755, 6), ["", "expresspay", "tcp"]),
        ((8, 0, 1), ["", "", "icmp"]),  # a type and a code
        ((22, 22, 47), ["", "", "gre"]),
        ((22, None, None), ["ssh", "", ""]),
        ((None, 443, 132), ["", "https", "sctp"]),
        ((61, 61_000, 61), ["", "", ""]),  # a protocol without a name, and with no ports
    ],
)
def test_which_numbers_get_a_name(row: tuple[int | None, ...], names: list[str]) -> None:
    assert service_name(2756), "the cases want a port that only the registry has a name for"
    assert names_of(*row) == names


def test_a_port_alone_is_named() -> None:
    assert names_of(22, columns=(TARGET,)) == ["ssh"]
    assert names_of(40001, 22, columns=(SOURCE, TARGET)) == ["", "ssh"]
    assert names_of(22, 6, columns=(Column("n", Kind.COUNT), Column("bytes", Kind.COUNT))) == ["", ""]


def test_numbers_stand_one_above_the_other_and_names_behind_them() -> None:
    answer = flows((40001, 22, 6), (443, 40002, 17), (None, None, 1))
    assert rendered("table", answer, NAMES) == (
        "srcport      dstport    protocol\n"
        "40001           22 ssh   6 tcp\n"
        "  443 https  40002      17 udp\n"
        "    -            -       1 icmp\n"
    )


def test_without_any_name_numbers_stand_to_the_right() -> None:
    assert rendered("table", flows((60001,), columns=(TARGET,)), NAMES) == "dstport\n  60001\n"


def test_names_are_in_tables_only() -> None:
    answer = flows((40001, 22, 6))
    for name, chosen in FORMATS.items():
        if name != "table" and not chosen.is_binary:
            assert rendered(name, answer, NAMES) == rendered(name, answer)
    assert rendered("table", answer) == "srcport  dstport  protocol\n  40001       22         6\n"
    assert rendered("table", answer, Style(names=True, expanded=True)) == (
        "srcport   40001\ndstport   22 ssh\nprotocol  6 tcp\n"
    )


def test_a_name_without_room_loses_its_end_and_never_its_number() -> None:
    bytes_ = Column("bytes", Kind.COUNT)
    answer = flows((5432, 1), (60001, 1 << 30), columns=(TARGET, bytes_))
    assert rendered("table", answer, Style(names=True, width=25)) == (
        "dstport             bytes\n 5432 postgr…           1\n60001          1073741824\n"
    )
    ascii_ = rendered("table", answer, Style(names=True, width=25, unicode=False))
    assert ascii_.splitlines()[1] == " 5432 postgr~           1"


def test_names_make_room_for_what_tells_more() -> None:
    bytes_ = Column("bytes", Kind.COUNT)
    answer = flows((5432, 1), (60001, 1 << 30), columns=(TARGET, bytes_))
    assert rendered("table", answer, Style(names=True, width=20)) == (
        "dstport       bytes\n   5432           1\n  60001  1073741824\n"
    )
    region = Column("region-number", Kind.COUNT)
    other = flows((5432, 1), (60001, 1 << 30), columns=(TARGET, region))
    assert rendered("table", other, Style(names=True, width=25)) == (
        "dstport\n 5432 postgres\n60001\nnot shown in 25 columns: region-number\n"
    )
