"""The vocabulary of a topic: its distinct text values, and which of them hold a word or match a pattern.

Owns the full-text index, and with it every call of tantivy. It maps a word or a pattern to values, never to
rows: a value is then looked up in each segment's dictionary, and one that a segment lacks matches nothing
there. So one index serves a topic, and it may hold values of segments that have been merged or dropped since.

Layout. The vocabulary is a list of generations, immutable folders that the manifest names; a commit adds one
with the values that are new. `terms/<id>/`:
    terms.json    {"format", "fields": {F: [first, count]}, "data": .., "index": {file name: xxh3_128}};
                  <id> is its xxh3_128
    data          a container: for each field its new values as a text dictionary, F/offsets and F/text
    index/        tantivy's files: one document a value; the field "place" is its number (first + place in
                  the dictionary), and for the i-th field of terms.json the field "t<i>" holds the tokens of
                  the lowered value, with positions
tantivy verifies nothing when it opens an index, so every file is checked against terms.json first.

Words and phrases run in tantivy (a term takes microseconds, whatever the number of values). Patterns run over
the values with Arrow's RE2: over 100,000 values that took 4 to 7 ms, where tantivy's regex and fetching its
hits took 30 to 100.
"""

import json
import shutil
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tantivy

from flowql.errors import Damage, StoreDamagedError
from flowql.schema import Kind
from flowql.store.container import Container, ContainerWriter
from flowql.store.dictionary import TextDictionary, read_dictionary
from flowql.store.files import checksum, encode_json, publish, read_checked, sync_folder, write_synced
from flowql.store.patterns import DELIMITER_CLASS, any_token_pattern, matching_regex, whole_pattern
from flowql.values import lower_ascii, tokens

FORMAT = 1
GENERATIONS_MAX = 8
"""A commit that would leave more generations than this writes one that holds all values instead."""
_HEAP_BYTES = 64_000_000
_TOKENIZER = "flow"


_KNOWN_MAX, _KNOWN_VALUES_MAX = 1024, 64
"""Texts for which a vocabulary keeps what it found, and the values that these may have."""


class Generation:
    """One immutable part of a vocabulary."""

    def __init__(self, folder: Path) -> None:
        self.id = folder.name
        self._folder = folder
        path = folder / "terms.json"
        document = json.loads(read_checked(path, self.id))
        if document["format"] != FORMAT:
            raise StoreDamagedError(Damage(path, f"vocabulary format {FORMAT}", str(document["format"])))
        self._files: dict[str, str] = document["index"]
        self._first: dict[str, int] = {field: first for field, (first, _) in document["fields"].items()}
        self.value_counts: dict[str, int] = {field: count for field, (_, count) in document["fields"].items()}
        self._container = Container(folder / "data", document["data"])

    def values(self, field: str) -> pa.StringArray:
        """The distinct values of a field, in this generation."""
        if field not in self._first:
            return pa.array([], pa.string())
        dictionary = read_dictionary(self._container, field, Kind.TEXT)
        assert isinstance(dictionary, TextDictionary)
        return dictionary.texts

    def with_tokens(self, field: str, words: list[str]) -> pa.StringArray:
        """The values of a field that hold these lowered tokens, one after another."""
        if field not in self._first:
            return pa.array([], pa.string())
        index, searcher = self._index
        name = _index_field(sorted(self._first), field)
        if len(words) == 1:
            query = tantivy.Query.term_query(index.schema, name, words[0])
        else:
            query = tantivy.Query.phrase_query(index.schema, name, [*words])
        hits = searcher.search(query, limit=max(1, searcher.num_docs), count=False).hits
        numbers = searcher.fast_field_values("place", [address for _, address in hits])
        first = self._first[field]
        return self.values(field).take(pa.array(np.sort(np.array(numbers, np.int64)) - first))

    def damages(self) -> list[Damage]:
        """Verify every file."""
        found = self._container.damages()
        for name in self._files:
            try:
                self._check_file(name)
            except StoreDamagedError as error:
                found.append(error.damage)
        return found

    @cached_property
    def _index(self) -> tuple[tantivy.Index, tantivy.Searcher]:
        # Opened in a copy of the bytes that were verified: tantivy takes a lock beside its files, and readers
        # write nothing below a store, which may not even let them.
        for name in self._files:
            (self._copy / name).write_bytes(self._check_file(name))
        index = tantivy.Index.open(str(self._copy))
        index.register_tokenizer(_TOKENIZER, _analyzer())
        return index, index.searcher()

    @cached_property
    def _copy(self) -> Path:
        # tantivy may write its lock once more while the folder is removed.
        self._temporary = TemporaryDirectory(prefix="flowql-", ignore_cleanup_errors=True)
        return Path(self._temporary.name)

    def _check_file(self, name: str) -> bytes:
        return read_checked(self._folder / "index" / name, self._files[name])


class Vocabulary:
    """All generations of a topic's snapshot as one."""

    def __init__(self, generations: Iterable[Generation]) -> None:
        self.generations = tuple(generations)
        self._known: dict[tuple[str, str], pa.StringArray] = {}
        """What was found for some texts: the same few, as REJECT, are asked for in many queries."""

    def values(self, field: str) -> pa.StringArray:
        """The distinct text values of a field, in no order."""
        return pa.concat_arrays(
            [pa.array([], pa.string()), *(each.values(field) for each in self.generations)]
        )

    def with_tokens(self, field: str, text: str) -> pa.StringArray:
        """The values that hold the tokens of `text` one after another, letter case aside."""
        found = self._known.get((field, text))
        if found is None:
            words = tokens(lower_ascii(text))
            parts = [each.with_tokens(field, words) for each in self.generations] if words else []
            found = pa.concat_arrays([pa.array([], pa.string()), *parts])
            if len(found) <= _KNOWN_VALUES_MAX:
                if len(self._known) >= _KNOWN_MAX:
                    self._known.clear()
                self._known[field, text] = found
        return found

    def like(self, field: str, pattern: str, wildcards: tuple[int, ...]) -> pa.StringArray:
        """The values that match the pattern over their whole length, letter case aside."""
        values = self.values(field)
        return values.filter(pc.match_substring_regex(values, whole_pattern(pattern, wildcards)))

    def token_like(self, field: str, pattern: str, wildcards: tuple[int, ...]) -> pa.StringArray:
        """The values that match the pattern as a whole or in one token, letter case aside."""
        values = self.values(field)
        whole = pc.match_substring_regex(values, whole_pattern(pattern, wildcards))
        token = pc.match_substring_regex(values, any_token_pattern(pattern, wildcards))
        return values.filter(pc.or_(whole, token))

    def matching(self, field: str, regex: str) -> pa.StringArray:
        """The values of which some part matches the regular expression, letter case aside."""
        values = self.values(field)
        return values.filter(matching_regex(values, regex))


def write_generation(
    known: Vocabulary, new: dict[str, list[pa.StringArray]], staging: Path, target: Path
) -> list[str]:
    """Make the vocabulary hold `new`, arrays of values by field, beside what it holds.

    Known and repeated values are allowed. Writes in `staging`, publishes below `target`. Returns the ids of
    the generations that now count.
    """
    kept = [each.id for each in known.generations]
    fresh = {field: _fresh_values(known, field, arrays) for field, arrays in new.items()}
    fresh = {field: values for field, values in fresh.items() if len(values)}
    if not fresh:
        return kept
    if len(kept) >= GENERATIONS_MAX:
        fields = {*fresh, *(field for each in known.generations for field in each.value_counts)}
        empty = pa.array([], pa.string())
        fresh = {field: pa.concat_arrays([known.values(field), fresh.get(field, empty)]) for field in fields}
        kept = []
    return [*kept, _write(fresh, staging, target)]


def _fresh_values(known: Vocabulary, field: str, arrays: list[pa.StringArray]) -> pa.StringArray:
    values = pa.concat_arrays(arrays).unique()
    return values.filter(pc.invert(pc.is_in(values, known.values(field))))


def _write(values: dict[str, pa.StringArray], staging: Path, target: Path) -> str:
    folder = staging / "terms"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "index").mkdir(parents=True)
    values = {field: values[field].sort() for field in sorted(values)}
    firsts, first = {}, 0
    for field, texts in values.items():
        firsts[field] = [first, len(texts)]
        first += len(texts)
    with (folder / "data").open("wb") as file:
        writer = ContainerWriter(file)
        for field, texts in values.items():
            for part, array in TextDictionary(texts).arrays().items():
                writer.add(f"{field}/{part}", array)
    _write_index(values, folder / "index")
    index_files = {path.name: checksum(path.read_bytes()) for path in sorted((folder / "index").iterdir())}
    document = {"format": FORMAT, "fields": firsts, "data": writer.describe(), "index": index_files}
    data = encode_json(document)
    write_synced(folder / "terms.json", data)
    for path in (folder / "data", *(folder / "index").iterdir()):
        sync_folder(path)  # syncing a path syncs what it names, file or folder
    sync_folder(folder / "index")
    sync_folder(folder)
    name = checksum(data)
    if not (target / name).exists():
        publish(folder, target / name)
    return name


def _write_index(values: dict[str, pa.StringArray], folder: Path) -> None:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("place", fast=True)
    fields = list(values)
    for field in fields:
        builder.add_text_field(
            _index_field(fields, field), tokenizer_name=_TOKENIZER, index_option="position"
        )
    index = tantivy.Index(builder.build(), path=str(folder))
    index.register_tokenizer(_TOKENIZER, _analyzer())
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    place = 0
    for field in fields:
        name = _index_field(fields, field)
        for text in pc.ascii_lower(values[field]).to_pylist():
            document = tantivy.Document()
            document.add_unsigned("place", place)
            document.add_text(name, text)
            writer.add_document(document)
            place += 1
    writer.commit()
    writer.wait_merging_threads()
    for lock in folder.glob(".tantivy-*.lock"):
        lock.unlink()


def _index_field(fields: list[str], field: str) -> str:
    return f"t{fields.index(field)}"


def _analyzer() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(f"[^{DELIMITER_CLASS}]+")).build()
