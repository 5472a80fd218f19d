"""What is told about an answer beside its rows: the query as understood, the range, totals, notes.

Owns the words. They go wherever the data does not. Does not know how an answer was shown.
"""

from collections.abc import Iterable

from flowql.errors import Diagnostic, Severity, printable
from flowql.render.answer import Answer


def summary_lines(answer: Answer, row_count: int, *, is_cut: bool) -> list[str]:
    """The query as understood, then how many rows were shown, out of how many records, over which range."""
    parts = [_rows_text(row_count, is_cut=is_cut)]
    matched = answer.matched
    if matched is not None:
        parts.append(f"{counted(matched, 'record')} matched")
    parts.append(f"range {answer.range}")
    if not answer.complete:
        parts.append("partial: a limit stopped it")
    return [printable(answer.query), " · ".join(parts)]


def note_texts(notes: Iterable[Diagnostic], query: str, *, with_information: bool) -> list[str]:
    """The notes as people read them; `query` is the text that their carets point into."""
    wanted = [note for note in notes if with_information or note.severity is not Severity.INFO]
    return [note.render(query) for note in wanted]


def counted(number: int, noun: str) -> str:
    """`1 row`, `12,345 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _rows_text(row_count: int, *, is_cut: bool) -> str:
    if is_cut:
        return f"the first {counted(row_count, 'row')}, --limit shows more"
    return counted(row_count, "row") if row_count else "no rows"
