"""Every text of every golden file and document, and what the golden files of a kind say about its operators.

Owns the collection only; `test_corpus` says what has to hold of it.
"""

from collections.abc import Iterator
from pathlib import Path

from docs.blocks import fenced_blocks
from flowql.errors import QueryError
from flowql.plan.bind import bind
from flowql.schema import DEFAULT_LAYOUT, DEFAULT_SCHEMA, Kind, TopicName, schema_of
from flowql.syntax import nodes
from flowql.syntax.nodes import Operator
from flowql.syntax.parser import parse
from golden.script import CURSOR, TEXT_KEYWORDS, read_script
from oracle import Table, Tables

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
DOCUMENTS = (ROOT / "README.md", ROOT / "grammar" / "README.md")
FLAGS = "tcp-flags"
_SCHEMA = schema_of([*DEFAULT_LAYOUT, FLAGS])
_OF_KIND = {
    kind.value: frozenset(field.name for field in _SCHEMA.of_kind(kind)) - {FLAGS}
    for kind in Kind
    if _SCHEMA.of_kind(kind)
}
SORTS = {
    **_OF_KIND,
    "duration": frozenset(("duration",)),
    "quotient": frozenset(("bps", "pps", "bpp")),
    "zone": frozenset(("src-zone", "dst-zone")),
    "service": frozenset(("service",)),
    "flags": frozenset((FLAGS,)),
}
"""The golden files of `kinds`, and the fields that each is about: those of one kind, or that read values alike."""
FORMS = (
    *(operator.value for operator in Operator),
    "~",
    "!~",
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
                found.update(dict.fromkeys(text.replace(CURSOR, "") for text in block.texts))
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


def cells_of(sort: str) -> Iterator[tuple[str, str]]:
    """Pairs of a form of clause on a field of the sort, and `answered` or `refused`.

    Only a text that parses is seen. One that is refused counts only where the clause is all of it: then the
    clause is why.
    """
    for block in read_script(FOLDER / "kinds" / f"{sort}.fqt"):
        if block.keyword not in ("query", "error"):
            continue
        for text in block.texts:
            query = parsed(text)
            if query is None:
                continue
            answered = block.keyword == "query"
            for comparison in _comparisons(query.filter):
                if _is_on(comparison, sort) and (answered or comparison is query.filter):
                    yield from (
                        (form, "answered" if answered else "refused") for form in _forms(text, comparison)
                    )
                    if not answered:
                        yield "wrong type", "refused"


def missing_answers(sort: str) -> Iterator[str]:
    """What the golden file of a sort says of clauses that ask for records without such a field."""
    for block in read_script(FOLDER / "kinds" / f"{sort}.fqt"):
        for text in block.texts if block.keyword == "query" else ():
            query = parsed(text)
            match query and query.filter:
                case nodes.Comparison(operator=Operator.MATCH, value=nodes.Missing()) as clause:
                    if _is_on(clause, sort):
                        yield " ".join(block.body)
                case _:
                    pass


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


def _is_on(comparison: nodes.Comparison, sort: str) -> bool:
    name = comparison.field.text
    field = _SCHEMA.resolve(name) or _SCHEMA.resolve_virtual(name)
    return field is not None and field.name in SORTS[sort]


def _forms(text: str, comparison: nodes.Comparison) -> Iterator[str]:
    """The operator, and what its value is."""
    value = comparison.value
    match value:
        case nodes.Literal(wildcards=(_, *_)):
            yield "wildcard"
        case nodes.Range():
            yield "range"
        case nodes.Regex():
            yield "~" if comparison.operator is Operator.MATCH else "!~"
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
