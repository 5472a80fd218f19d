"""The store: a directory of logsets and topics.

Owns the top of the tree and its names:

    STORE/store.json                          {"format": 1}
    STORE/logsets/<logset>/<topic>/           see manifest.py, and the modules of each kind of file below it
        manifest-<n>.json
        segments/  terms/  checkpoints/  rejects/    what manifests name
        staging/                              files on their way; dead when a writer opens
        lock                                  held by the writer; its text says who

Readers take no lock and write nothing. A snapshot maps its segments when it opens, so that removal cannot
hurt it.
"""

import json
import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from flowql.errors import NotAStoreError, StoreDamagedError, StoreVersionError, UsageError
from flowql.schema import Schema, TopicName, schema_of
from flowql.store.batch import Checkpoint, Reject
from flowql.store.files import encode_json, publish, sync_folder, write_synced
from flowql.store.ledgers import checkpoint_of, read_ledger, reject_of
from flowql.store.manifest import Manifest, latest_manifest, manifest_numbers
from flowql.store.segment import Segment
from flowql.store.vocabulary import Generation, Vocabulary

FORMAT = 1
DEFAULT_LOGSET = "default"
DEFAULT_TOPIC = "flows"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SNAPSHOT_TRIES = 5
_STAGED = ".store.json."


def parse_topic_name(text: str) -> TopicName:
    """`topic` or `logset/topic`; raises `UsageError` when a name has a character that names must not have."""
    logset, slash, topic = text.rpartition("/")
    name = TopicName(logset if slash else DEFAULT_LOGSET, topic)
    for part in (name.logset, name.topic):
        if not _NAME.fullmatch(part):
            raise UsageError(
                f'"{text}" is no topic name',
                hint="names are [a-z0-9][a-z0-9._-]{0,63}, a topic's perhaps after its logset's and a slash",
            )
    return name


class TopicSnapshot:
    """A topic as one manifest has it: open segments and vocabulary, unchanged for as long as it is held."""

    def __init__(self, name: TopicName, folder: Path, manifest: Manifest) -> None:
        self.name = name
        self.folder = folder
        self.manifest = manifest
        self.segments = tuple(Segment(folder / "segments" / entry.id) for entry in manifest.segments)

    @cached_property
    def schema(self) -> Schema:
        """The topic's fields, in the order in which its layouts brought them."""
        return schema_of(self.manifest.fields)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The topic's text values."""
        return Vocabulary(Generation(self.folder / "terms" / name) for name in self.manifest.terms)

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return self.manifest.row_count

    @property
    def byte_count(self) -> int:
        """The bytes of all data files of segments."""
        return sum(entry.bytes for entry in self.manifest.segments)

    @property
    def start_bounds(self) -> tuple[int, int] | None:
        """The least and greatest start in nanoseconds; None when no row has one."""
        entries = self.manifest.segments
        lows = [entry.start_min for entry in entries if entry.start_min is not None]
        highs = [entry.start_max for entry in entries if entry.start_max is not None]
        return (min(lows), max(highs)) if lows else None

    def checkpoints(self) -> list[Checkpoint]:
        """How far each source is ingested: the latest checkpoint of each."""
        lines = read_ledger(self.folder / "checkpoints", self.manifest.checkpoints)
        return list({(each.source, each.head): each for each in map(checkpoint_of, lines)}.values())

    def rejects(self) -> list[Reject]:
        """Every line that did not become a record, oldest first."""
        return [reject_of(line) for line in read_ledger(self.folder / "rejects", self.manifest.rejects)]


class Store:
    """An open store. Cheap: it holds a path and opens nothing until asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._logsets = str(path / "logsets")
        self._file = path / "store.json"
        self._opened = _stamp(self._file)

    @property
    def is_open(self) -> bool:
        """Whether the store that was opened is still what lies at its path."""
        return self._opened is not None and self._opened == _stamp(self._file)

    def topics(self) -> tuple[TopicName, ...]:
        """Every topic that has been committed to, ascending by name."""
        return tuple(self._newest())

    def snapshots(self, previous: Mapping[TopicName, TopicSnapshot]) -> dict[TopicName, TopicSnapshot]:
        """Every topic, ascending by name; one of `previous` itself where nothing was committed since."""
        found = {}
        for name, number in self._newest().items():
            held = previous.get(name)
            found[name] = held if held and held.manifest.number == number else self.snapshot(name)
        return found

    def _newest(self) -> dict[TopicName, int]:
        """Every topic that has been committed to, ascending by name; the number of its newest manifest."""
        found = {
            TopicName(logset.name, topic.name): manifest_numbers(topic.path)
            for logset in _folders(self._logsets)
            for topic in _folders(logset.path)
        }
        return {name: found[name][-1] for name in sorted(found) if found[name]}

    def topic_folder(self, name: TopicName) -> Path:
        """Where a topic lies, whether it exists or not."""
        return self.path / "logsets" / name.logset / name.topic

    def snapshot(self, name: TopicName, previous: TopicSnapshot | None = None) -> TopicSnapshot:
        """The topic as its newest manifest has it; `previous` itself when nothing was committed since."""
        folder = self.topic_folder(name)
        if previous and manifest_numbers(folder)[-1:] == [previous.manifest.number]:
            return previous
        for attempt in range(_SNAPSHOT_TRIES):
            manifest = latest_manifest(folder)
            try:
                return TopicSnapshot(name, folder, manifest)
            except StoreDamagedError:
                # A clean-up between reading the manifest and mapping: then there is a newer manifest to read.
                if attempt == _SNAPSHOT_TRIES - 1 or latest_manifest(folder) == manifest:
                    raise
        raise AssertionError("unreachable")


def _folders(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.is_dir()]
    except FileNotFoundError:
        return []


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What tells a store's file from one that was put in its place; None without one."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def open_store(path: Path) -> Store:
    """Open an existing store. Raises `NotAStoreError` or `StoreVersionError`."""
    if not path.exists():
        raise NotAStoreError(f"there is no store at {path}", hint="flowql ingest PATH... makes one")
    file = path / "store.json"
    try:
        version = json.loads(file.read_bytes())["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise NotAStoreError(
            f"{path} is not a FlowQL store", hint="name a store, or a path that does not exist yet"
        ) from None
    if not isinstance(version, int) or version > FORMAT:
        raise StoreVersionError(
            f"{path} has store format {version}, and this FlowQL reads up to {FORMAT}", hint="upgrade flowql"
        )
    return Store(path)


def create_store(path: Path) -> Store:
    """Open the store at `path`, made first when there is nothing (or an empty folder) there."""
    if not is_free(path):
        store = open_store(path)
    else:
        path.mkdir(parents=True, exist_ok=True)
        staged = path / f"{_STAGED}{os.getpid()}"
        write_synced(staged, encode_json({"format": FORMAT}))
        publish(staged, path / "store.json")
        sync_folder(path.parent)
        store = Store(path)
    (path / "logsets").mkdir(exist_ok=True)
    return store


def is_free(path: Path) -> bool:
    """Whether a store may be made at `path`: there is nothing, or only what an attempt left."""
    if not path.exists():
        return True
    return path.is_dir() and all(entry.name.startswith(_STAGED) for entry in path.iterdir())
