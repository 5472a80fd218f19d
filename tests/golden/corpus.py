"""Every text of every golden file and document, and what the golden files of a kind say about its operators.

Owns the collection only; `test_corpus` says what has to hold of it.
"""

from collections.abc import Iterator
from pathlib import Path

from docs.blocks import fenced_blocks
from flowql.errors import QueryError
from flowql.plan.bind import bind
from flowql.schema import DEFAULT_SCHEMA, Kind, Schema, TopicName
from flowql.syntax import nodes
from flowql.syntax.nodes import Operator
from flowql.syntax.parser import parse
from golden.script import TEXT_KEYWORDS, read_script
from oracle import Table, Tables

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
DOCUMENTS = (ROOT / "README.md", ROOT / "grammar" / "README.md")
KINDS = {kind.value: kind for kind in Kind if kind is not Kind.REAL}
FORMS = (
    *(operator.value for operator in Operator),
    "range",
    "group",
    "wildcard",
    "missing",
    "exists",
    "wrong type",
)
_NO_RECORDS = Tables([Table(TopicName("default", "flows"), DEFAULT_SCHEMA)])


def texts() -> list[str]:
    """Every query text, refused ones included, each once."""
    found: dict[str, None] = {}
    for path in sorted(FOLDER.rglob("*.fqt")):
        for block in read_script(path):
            if block.keyword in TEXT_KEYWORDS:
                found.update(dict.fromkeys(block.texts))
    for document in DOCUMENTS:
        if document.exists():
            found.update(
                {block.text: None for block in fenced_blocks(document) if block.language == "flowql"}
            )
    return list(found)


def parsed(text: str) -> nodes.Query | None:
    """The syntax tree; None when the text is none, which a diagnostic has to say."""
    try:
        return parse(text)
    except QueryError:
        return None


def is_bound(text: str) -> bool:
    """Whether the text is a query over the default fields; False when a diagnostic says otherwise."""
    try:
        bind(parse(text), _NO_RECORDS, 0)
    except QueryError:
        return False
    return True


def cells_of(kind: Kind) -> Iterator[tuple[str, str]]:
    """Pairs of a form of clause on a field of the kind, and `answered` or `refused`.

    Only a text that parses is seen. One that is refused counts only where the clause is all of it: then the
    clause is why.
    """
    for block in read_script(FOLDER / "kinds" / f"{kind.value}.fqt"):
        if block.keyword not in ("query", "error"):
            continue
        for text in block.texts:
            query = parsed(text)
            if query is None:
                continue
            answered = block.keyword == "query"
            for comparison in _comparisons(query.filter):
                if _kind_of(comparison) is kind and (answered or comparison is query.filter):
                    yield from (
                        (form, "answered" if answered else "refused") for form in _forms(text, comparison)
                    )
                    if not answered:
                        yield "wrong type", "refused"


def missing_cell_count(kind: Kind) -> int:
    """How many records of the kind's golden file lack a field of the kind that the file names."""
    schema = Schema(DEFAULT_SCHEMA.fields)
    count = 0
    for block in read_script(FOLDER / "kinds" / f"{kind.value}.fqt"):
        if block.keyword == "topic":
            names, *rows = [line.split() for line in block.body]
            columns = [schema.resolve(name) for name in names]
            places = [i for i, column in enumerate(columns) if column is not None and column.kind is kind]
            count += sum(row[place] == "-" for row in rows for place in places)
    return count


def _comparisons(clause: nodes.Clause) -> Iterator[nodes.Comparison]:
    match clause:
        case nodes.Comparison():
            yield clause
        case nodes.Not():
            yield from _comparisons(clause.item)
        case nodes.And() | nodes.Or():
            for item in clause.items:
                yield from _comparisons(item)
        case _:
            pass


def _kind_of(comparison: nodes.Comparison) -> Kind | None:
    field = DEFAULT_SCHEMA.resolve(comparison.field.text)
    return None if field is None else field.kind


def _forms(text: str, comparison: nodes.Comparison) -> Iterator[str]:
    """The operator, and what its value is."""
    value = comparison.value
    match value:
        case nodes.Literal(wildcards=(_, *_)):
            yield "wildcard"
        case nodes.Range():
            yield "range"
        case nodes.Missing():
            yield "missing"
        case nodes.Present():
            yield "exists"
        case nodes.Group() if not _is_set(text, comparison):
            yield "group"
        case _:
            yield comparison.operator.value


def _is_set(text: str, comparison: nodes.Comparison) -> bool:
    """Whether a group is written after `in`; in the tree it is the same as one after a colon."""
    return text[comparison.field.span.end : comparison.value.span.start].lower().strip(" (").endswith("in")
