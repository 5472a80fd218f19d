"""The log that is asked: made-up traffic around four changes of clocks, and what traffic seldom has.

Owns the lines, in several files, each of which becomes a commit. Everything fits into the default layout.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from flowql.demo.traffic import Traffic, write_flows

TRAFFICS = (
    # The clocks of New York go forward on 2025-03-09 at 07:00 UTC.
    Traffic(
        records=16_000,
        interfaces=64,
        outside=2_000,
        begin=1_741_392_000,
        span_s=216_000,
        ipv6_share=0.06,
        nodata_share=0.01,
        incidents=True,
    ),
    # Those of Berlin on 2025-03-30 at 01:00 UTC.
    Traffic(records=2_000, seed=8, interfaces=64, outside=500, begin=1_743_249_600, nodata_share=0.02),
    # Those of Lord Howe go back, by half an hour, on 2025-04-05 at 15:00 UTC.
    Traffic(records=2_000, seed=9, interfaces=64, outside=500, begin=1_743_832_800, ipv6_share=0.1),
    # Those of New York go back on 2025-11-02 at 06:00 UTC.
    Traffic(records=2_000, seed=10, interfaces=64, outside=500, begin=1_762_027_200, ipv6_share=0.1),
)
GREAT = 1 << 62
NOON = 1_741_435_200
"""2025-03-08T12:00Z: many records begin in this second."""


def write_log(folder: Path) -> list[Path]:
    """Write the files of the log, in the order in which they are to be ingested."""
    paths = [folder / f"traffic-{number}.log" for number in range(len(TRAFFICS))]
    for traffic, path in zip(TRAFFICS, paths, strict=True):
        write_flows(traffic, path, threads=1)
    for name, lines in (("seldom", _seldom()), ("ties", _ties())):
        path = folder / f"{name}.log"
        path.write_text("".join(f"{line}\n" for line in lines))
        # Between the others, so that what is seldom is not all in the newest segment.
        paths.insert(1, path)
    # Some records again: the same in all but their place.
    again = folder / "again.log"
    again.write_text("".join(paths[-2].read_text().splitlines(keepends=True)[:700]))
    return [*paths, again]


def _seldom() -> Iterator[str]:
    """Records with gaps, sums beyond what a double can hold, and odd addresses and texts."""
    head = "2 123456789010"
    # Two that leave room for all other bytes below 2^63, and one whose square root is no integer.
    yield f"{head} eni-great 10.20.0.1 203.0.113.1 50000 443 6 {1 << 61} {GREAT} {NOON} {NOON + 60} ACCEPT OK"
    bytes_left = GREAT - (1 << 50)
    yield f"{head} eni-great 10.20.0.1 203.0.113.2 50001 443 6 7 {bytes_left} {NOON} {NOON + 3} ACCEPT OK"
    yield f"{head} eni-great 10.20.0.1 203.0.113.1 50001 80 6 3 {(1 << 49) + 1} {NOON + 1} {NOON + 1} REJECT OK"
    # One record alone.
    yield f"{head} eni-one 2001:db8:77::1 2001:db8:78::2 40000 8443 6 12 3456 {NOON + 5} {NOON + 65} ACCEPT OK"
    # Every combination of gaps among what groups and measures read.
    for number, gaps in enumerate(product((False, True), repeat=6)):
        source, target, port, packets, size, action = (
            "-" if gap else value
            for gap, value in zip(
                gaps,
                (f"10.20.9.{number}", "2001:db8:9::9", f"{number}", "5", f"{100 + number}", "REJECT"),
                strict=True,
            )
        )
        start = "-" if number % 16 == 5 else NOON + number
        end = "-" if number % 7 == 3 else NOON + 2 * number
        yield f"{head} eni-gaps {source} {target} 1024 {port} 6 {packets} {size} {start} {end} {action} OK"
    # Counts of records without traffic, as some clouds write them.
    for number in range(20):
        status = "NODATA" if number % 3 else "SKIPDATA"
        yield f"{head} eni-silent - - - - - -1 -1 {NOON + 60 * number} {NOON + 60 * number + 59} - {status}"
    # Texts that differ in letter case only, protocols and IPv6 addresses of every sort.
    for number, action in enumerate(("accept", "Accept", "REJECT", "reject", "ACCEPT") * 4):
        address = ("fd00::5", "fe80::1", "::1", "2600:1f18::7", "64:ff9b::1", "ff02::fb", "10.20.1.5")[
            number % 7
        ]
        yield (
            f"{head} eni-odd {address} 10.20.2.{number} {number} {65_535 - number} {(0, 1, 6, 17, 47, 58, 255)[number % 7]}"
            f" 0 {number % 3 * 40} {NOON + 3600} {NOON + 3600 - number} {action} OK"
        )


def _ties() -> Iterator[str]:
    """Groups of equal size, equal sums and equal starts."""
    for round_, host in product(range(4), range(30)):
        port = (22, 3389, 8080)[host % 3]
        yield (
            f"2 987654321098 eni-ties 10.21.{host // 10}.{host} 192.0.2.{host % 5} {40_000 + host} {port} 17 2"
            f" {1000 * (1 + host % 2)} {NOON + 7200} {NOON + 7260 + round_} {'REJECT' if host % 4 else 'ACCEPT'} OK"
        )
