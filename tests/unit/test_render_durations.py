"""Durations: seconds for programs, the largest exact units for people."""

import pyarrow as pa
import pytest

from flowql.render.cells import epoch_texts, unit_durations
from flowql.values import DAY_NS, SECOND_NS


@pytest.mark.parametrize(
    ("duration", "unit_text", "second_text"),
    [
        (0, "0s", "0"),
        (5400 * SECOND_NS, "1h30m", "5400"),
        (-3 * SECOND_NS, "-3s", "-3"),
        (-DAY_NS - SECOND_NS // 4, "-1d250ms", "-86400.25"),
        (1_500, "0.0000015s", "0.0000015"),
        (-1, "-0.000000001s", "-0.000000001"),
    ],
)
def test_a_duration(duration: int, unit_text: str, second_text: str) -> None:
    assert unit_durations(pa.array([duration, None, duration])).to_pylist() == [unit_text, None, unit_text]
    assert epoch_texts(pa.array([duration])).to_pylist() == [second_text]
