"""One JSON document: the query as understood, its range, its total, its columns, its rows, what was noted.

The same snapshot and query give the same bytes: nothing here tells the time or how long it took. A key of the
document has a line of its own and so has each row, so that two documents can be compared line by line.
"""

import json
from typing import BinaryIO

from flowql.errors import Diagnostic
from flowql.render.answer import Answer, Range, Style
from flowql.render.as_ndjson import JSON, json_text, object_keys
from flowql.render.lines import cells_of, join_lines
from flowql.render.summary import reaching_note
from flowql.times import format_epoch


def write_json(answer: Answer, out: BinaryIO, style: Style) -> int:  # noqa: ARG001 - all formats are called alike
    """Write the document; returns the number of rows. `complete` and `notes` are asked for after the rows."""
    columns = ",".join(
        f'{{"name":{json_text(column.name)},"kind":{json_text(column.kind.value)}}}'
        for column in answer.columns
    )
    head = [
        f'{{"query":{json_text(answer.query)}',
        f'"range":{range_json(answer.range)}',
        f'"matched":{json.dumps(answer.matched)}',
        f'"columns":[{columns}]',
        '"rows":[',
    ]
    out.write(",\n".join(head).encode())
    row_count = _write_rows(answer, out)
    reaching = reaching_note(answer)
    notes = ",\n".join(map(_note, [*answer.notes, *answer.word_notes, *([reaching] if reaching else [])]))
    tail = f'\n],\n"complete":{json.dumps(answer.complete)},\n"notes":[{notes}]}}\n'
    out.write(tail.encode())
    return row_count


def range_json(bounds: Range) -> str:
    """A range as a JSON object: `from` and `to` in epoch seconds, null where it is open."""
    low, high = ("null" if time is None else format_epoch(time) for time in (bounds.low, bounds.high))
    return f'{{"from":{low},"to":{high}}}'


def _write_rows(answer: Answer, out: BinaryIO) -> int:
    before = object_keys(answer.columns, opening=",\n{")
    row_count = 0
    for cells in cells_of(answer, JSON):
        lines = join_lines(cells, before, "}")
        out.write(lines if row_count else lines[1:])  # no comma before the first row
        row_count += len(cells[0])
    return row_count


def _note(note: Diagnostic) -> str:
    code, severity, message = map(json_text, (note.code, note.severity.value, note.message))
    details = ",".join(map(json_text, note.details))
    return (
        f'{{"code":{code},"severity":{severity},"message":{message},'
        f'"count":{note.count},"details":[{details}]}}'
    )
