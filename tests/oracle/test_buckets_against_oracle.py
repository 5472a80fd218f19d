"""Buckets of time: the arithmetic of `flowql.buckets` gives what a walk along the clock gives."""

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from flowql.buckets import Bucket
from flowql.times import parse_time
from flowql.values import SECOND_NS, parse_duration
from flowql.zones import find_zone
from oracle.clocks import bucket_start, bucket_starts

WIDTHS = (
    "1s",
    "90s",
    "5m",
    "7m",
    "15m",
    "30m",
    "1h",
    "90m",
    "2h",
    "3h",
    "5h",
    "6h",
    "12h",
    "1d",
    "2d",
    "1w",
    "30d",
)
ZONES = {
    "UTC": "2024-03-01",
    "+05:30": "2024-03-01",
    "Europe/Berlin": "2024-03-31T01:00Z 2024-10-27T01:00Z",
    "America/New_York": "2024-03-10T07:00Z 2024-11-03T06:00Z",
    "Australia/Lord_Howe": "2024-04-06T15:00Z 2024-10-05T15:30Z",
    "America/Sao_Paulo": "2018-11-04T03:00Z 2018-02-18T02:00Z",
    "Asia/Kathmandu": "1985-12-31T18:30Z",
    "Pacific/Apia": "2011-12-30T10:00Z",
    "America/Toronto": "2000-10-29T06:00Z",
}
"""Zones, and instants at which their clocks were changed (or an instant like any other)."""


@pytest.mark.parametrize("zone_name", ZONES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_bucket_is_that_of_a_walk_along_the_clock(zone_name: str, width: str) -> None:
    zone, width_ns = find_zone(zone_name), parse_duration(width)
    assert zone is not None
    assert width_ns is not None
    bucket = Bucket(width_ns, zone)
    random = Random(f"{zone_name} {width}")  # noqa: S311 - the same instants in every run
    for text in ZONES[zone_name].split():
        change = parse_time(text, now=0).first
        near = [change + random.randint(-3 * width_ns, 3 * width_ns) for _ in range(20)]
        times = [change - 1, change, change + 1, change + 3600 * SECOND_NS, *near]
        found = bucket.starts(np.array(times, np.int64)).tolist()
        assert found == [bucket_start(time_ns, bucket) for time_ns in times]
        low, high = change - 5 * width_ns // 2, change + 5 * width_ns // 2
        starts = list(bucket_starts(low, high, bucket))
        assert bucket.edges(low, high).tolist() == starts
        assert bucket.edge_count(low, high) == len(starts)
        assert all(before < after for before, after in pairwise(starts))
