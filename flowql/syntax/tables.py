"""The parser's tables, kept between processes: building them takes 130 ms, reading them 10.

Owns the file in the user's cache folder, and nothing of the grammar. The file is named by the grammar's
text and the versions of lark and Python, so that it is never read for another grammar; it holds the blake2b
digest of its content and then, in marshal's form, what lark serializes. A file that is missing, damaged or
not to be written costs time, never an answer.
"""

import marshal
import os
import sys
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef
from platformdirs import user_cache_path

_DIGEST_BYTES = 16


def load_or_build(
    grammar_texts: list[str], transformer: lark.Transformer[Any, Any], build: Callable[[], Lark]
) -> Lark:
    """The parser from its kept tables, or else from `build`. `transformer` makes its trees."""
    path = _path(grammar_texts)
    kept = _read(path)
    if kept is not None:
        # What lark's own standalone parsers call.
        parser: Lark = Lark._load_from_dict(*kept, transformer=transformer)  # type: ignore[no-untyped-call] # noqa: SLF001
        return parser
    parser = build()
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    data["options"] = {name: value for name, value in data["options"].items() if name != "transformer"}
    _write(path, marshal.dumps(_plain((data, memo))))
    return parser


def _path(grammar_texts: list[str]) -> Path:
    versions = [lark.__version__, sys.version]
    key = blake2b("\0".join([*versions, *grammar_texts]).encode(), digest_size=_DIGEST_BYTES).hexdigest()
    return user_cache_path("flowql", appauthor=False) / f"parser-{key}.tables"


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]] | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, tables = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if blake2b(tables, digest_size=_DIGEST_BYTES).digest() != digest:
        return None
    data, memo = marshal.loads(tables)  # noqa: S302 - our own file, under a digest; marshal makes no objects of classes
    return data, memo


def _write(path: Path, tables: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(blake2b(tables, digest_size=_DIGEST_BYTES).digest() + tables)
        os.replace(file.name, path)  # noqa: PTH105 - the temporary file's name is a str
    except OSError:
        return  # a cache folder that cannot be written: the next process builds again


def _plain(value: Any) -> Any:
    """`value` with lark's subclasses of str and int as what they are, which marshal asks for."""
    match value:
        case dict():
            return {_plain(key): _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case tuple():
            return tuple(_plain(item) for item in value)
        case bool():
            return value
        case str():
            return str(value)
        case int():
            return int(value)
        case _:
            return value
