"""What is told about an answer beside its rows: the query as understood, the range, totals, notes.

Owns the words. They go wherever the data does not. Does not know how an answer was shown.
"""

from collections.abc import Iterable

from flowql.errors import Diagnostic, Severity, printable
from flowql.render.answer import Answer


def summary_lines(answer: Answer, row_count: int, *, is_cut: bool, more: str) -> list[str]:
    """The query as understood, then how many rows were shown, out of how many records, over which range.

    `more` is what the user writes to see more rows.
    """
    parts = [_rows_text(row_count, more if is_cut else None)]
    matched = answer.matched
    if matched is not None:
        parts.append(f"{counted(matched, 'record')} matched")
    parts.append(range_text(answer))
    if not answer.complete:
        parts.append("partial: a limit stopped it")
    return [printable(answer.query), " · ".join(parts)]


def range_text(answer: Answer) -> str:
    """The effective range, and what its beginning cuts off or takes in."""
    text = f"range {answer.range.text_in(answer.zone)}"
    if answer.overlaps:
        text += ", match overlap"
    reaching = answer.reaching
    if not reaching:
        return text
    return f"{text} · {_reaching_text(answer, reaching, 'it')}"


def reaching_note(answer: Answer) -> Diagnostic | None:
    """What the range line says of records that began before it, for an output that has no such line."""
    reaching = answer.reaching
    if not reaching:
        return None
    message = _reaching_text(answer, reaching, "the range")
    return Diagnostic("reaching", message, severity=Severity.INFO, count=reaching)


def note_texts(notes: Iterable[Diagnostic], query: str, *, with_information: bool) -> list[str]:
    """The notes as people read them; `query` is the text that their carets point into."""
    wanted = [note for note in notes if with_information or note.severity is not Severity.INFO]
    return [note.render(query) for note in wanted]


def counted(number: int, noun: str) -> str:
    """`1 row`, `12,345 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _reaching_text(answer: Answer, reaching: int, range_: str) -> str:
    if answer.overlaps:
        return f"{reaching:,} of the records began before {range_}"
    verb = "reaches" if reaching == 1 else "reach"
    return f"{counted(reaching, 'record')} began before {range_} and {verb} into it (match overlap)"


def _rows_text(row_count: int, more: str | None) -> str:
    if more is not None:
        return f"the first {counted(row_count, 'row')} ({more} shows more)"
    return counted(row_count, "row") if row_count else "no rows"
