"""What a store holds, as far as its manifests tell: without opening it, so that it can be told at once.

Owns no format: the manifests are the store's. Knows topics, records and times, and no segments.
"""

from dataclasses import dataclass
from pathlib import Path

from flowql.store.manifest import Manifest, latest_manifest


@dataclass(frozen=True, slots=True)
class Held:
    """A topic: its full name, its records, and their least and greatest start in nanoseconds."""

    name: str
    rows: int
    start_bounds: tuple[int, int] | None


def glance(store: Path) -> list[Held]:
    """Every topic of the store at a path, ascending by name; raises what damaged manifests raise.

    Empty where there is no store: opening it says so.
    """
    folders = sorted(path for path in store.glob("logsets/*/*") if path.is_dir())
    found = [(f"{folder.parent.name}/{folder.name}", latest_manifest(folder)) for folder in folders]
    return [_held(name, manifest) for name, manifest in found if manifest.number]


def _held(name: str, manifest: Manifest) -> Held:
    lows = [entry.start_min for entry in manifest.segments if entry.start_min is not None]
    highs = [entry.start_max for entry in manifest.segments if entry.start_max is not None]
    return Held(name, manifest.row_count, (min(lows), max(highs)) if lows else None)
