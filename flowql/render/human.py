"""Large numbers for people: rounded, with a unit.

Owns the units: sizes in bytes by powers of 1024 (`1.2 GiB`), other counts by powers of 1000 (`3.4 M`). A
number that lost digits ends in `~`; one without the mark is exact.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from flowql.render.cells import Texts, round_real

ROUNDED = "~"
"""What a rounded number ends in."""
_SIZES = (" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB")
_COUNTS = ("", " k", " M", " G", " T", " P", " E")
_SIZE_NAMES = ("bytes",)


def is_size(name: str) -> bool:
    """Whether the column of a name holds bytes: the field itself, or an unnamed aggregate of it."""
    return name in _SIZE_NAMES or name.rpartition("_")[2] in _SIZE_NAMES


def human_texts(name: str) -> Callable[[pa.Array], Texts]:
    """What writes the numbers of the column of a name; what is no finite number is missing."""
    write = size_text if is_size(name) else count_text

    def texts_of(numbers: pa.Array) -> Texts:
        if pa.types.is_floating(numbers.type):
            numbers = pc.if_else(pc.is_finite(numbers), numbers, None)
        distinct = numbers.dictionary_encode()
        return pa.array(map(write, distinct.dictionary.to_pylist()), pa.string()).take(distinct.indices)

    return texts_of


def size_text(size: float) -> str:
    """`40 B`, `1.2 GiB~`."""
    return _scaled(size, 1024, _SIZES)


def count_text(count: float) -> str:
    """`999`, `3.4 M~`, `2.0 k`."""
    return _scaled(count, 1000, _COUNTS)


def _scaled(number: float, base: int, units: tuple[str, ...]) -> str:
    size = abs(number)
    if size < base:
        plain = round_real(number) if isinstance(number, float) else str(number)
        return plain + units[0]
    power = 1
    while power + 1 < len(units) and _tenths(size, base**power) >= base * 10:
        power += 1
    unit = base**power
    tenths = _tenths(size, unit)
    sign = "-" if number < 0 else ""
    if tenths >= base * 10 * base:
        return round_real(number) if isinstance(number, float) else str(number)  # beyond every unit
    sign, mark = "-" * (number < 0), "" if tenths * unit == size * 10 else ROUNDED
    return f"{sign}{tenths // 10}.{tenths % 10}{units[power]}{mark}"


def _tenths(size: float, unit: int) -> int:
    """How many tenths of the unit, rounded."""
    return (int(size) * 20 + unit) // (unit * 2) if isinstance(size, int) else round(size * 10 / unit)
