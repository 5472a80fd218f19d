"""An answer for notebooks: query, range and totals, the histogram, the first rows, what was noted.

Everything is escaped, nothing is loaded from elsewhere and nothing runs. Colours of texts and lines are those
of the page around it, so that it reads on light and on dark grounds. Styles stand on the elements themselves:
notebooks take style sheets away.
"""

from collections.abc import Sequence
from html import escape
from itertools import islice

from flowql.errors import Diagnostic
from flowql.render.answer import Answer, Column, Histogram, Style
from flowql.render.as_svg import svg_of
from flowql.render.emptiness import emptiness_lines
from flowql.render.pieces import MISSING, NUMBERS, Piece, PieceMaker, joined, shown_text
from flowql.render.summary import counted, range_text

ROWS_MAX = 20
_STYLE = Style(escape=True, names=True)
_LEFT, _RIGHT = "text-align:left", "text-align:right"
_CELL = "padding:1px 8px;white-space:nowrap;border:0"
_DIM = "opacity:.6"


def html_of(answer: Answer, histogram: Histogram | None) -> str:
    """The answer as an HTML fragment: at most `ROWS_MAX` rows, the histogram above them if there is one."""
    piece = _first_rows(answer)
    row_count = piece.row_count if piece else 0
    parts = [
        f'<div style="margin:2px 0"><code>{_text(answer.query)}</code></div>',
        f'<div style="margin:2px 0">{_text(_summary(answer, row_count))}</div>',
    ]
    if histogram is not None:
        parts.append(svg_of(histogram, answer.zone))
    if piece is not None:
        parts.append(_table(answer.columns, piece.slice(0, ROWS_MAX)))
    notes = [_note(note.severity.value, note.message, note.details) for note in _notes(answer)]
    if notes:
        parts.append(f'<ul style="margin:2px 0">{"".join(notes)}</ul>')
    empty = answer.why_empty() if answer.matched == 0 else None
    if empty is not None:
        told = "\n".join(emptiness_lines(empty, answer.zone))
        parts.append(f"<pre>{escape(told)}</pre>")
    return f'<div style="color:inherit;overflow-x:auto">{"".join(parts)}</div>'


def _first_rows(answer: Answer) -> Piece | None:
    """One row more than is shown, if there are more; None without rows."""
    wanted = ROWS_MAX + 1
    batches = (batch.slice(0, wanted) for batch in answer.batches() if batch.num_rows)
    pieces: list[Piece] = []
    maker = PieceMaker(answer.columns, answer.zone, _STYLE)
    for batch in islice(batches, wanted):
        pieces += maker([batch])
        if sum(piece.row_count for piece in pieces) >= wanted:
            break
    return joined(pieces).slice(0, wanted) if pieces else None


def _summary(answer: Answer, row_count: int) -> str:
    more = row_count > ROWS_MAX
    parts = [f"the first {ROWS_MAX} rows" if more else counted(row_count, "row") if row_count else "no rows"]
    if answer.matched is not None:
        parts.append(f"{counted(answer.matched, 'record')} matched")
    parts.append(range_text(answer))
    if not answer.complete:
        parts.append("partial: a limit stopped it")
    return " · ".join(parts)


def _table(columns: Sequence[Column], piece: Piece) -> str:
    sides = [_RIGHT if column.kind in NUMBERS else _LEFT for column in columns]
    head = "".join(
        f'<th style="{side};{_CELL};border-bottom:1px solid currentColor">{_text(column.name)}</th>'
        for column, side in zip(columns, sides, strict=True)
    )
    cells = [texts.to_pylist() for texts in piece.cells]
    names = {k: texts.to_pylist() for k, texts in piece.names.items()}
    rows = []
    for row in range(piece.row_count):
        line = "".join(
            f'<td style="{side};{_CELL}">{_cell(cells[k][row], names[k][row] if k in names else "")}</td>'
            for k, side in enumerate(sides)
        )
        rows.append(f"<tr>{line}</tr>")
    style = "border-collapse:collapse;color:inherit;font-variant-numeric:tabular-nums"
    return f'<table style="{style}"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _cell(text: str, name: str) -> str:
    if text == MISSING:
        return f'<span style="{_DIM}">{MISSING}</span>'
    beside = f' <span style="{_DIM}">{_text(name.strip())}</span>' if name else ""
    return escape(text) + beside


def _notes(answer: Answer) -> list[Diagnostic]:
    return [*answer.notes, *answer.word_notes]


def _note(severity: str, message: str, details: Sequence[str]) -> str:
    lines = [f"<b>{escape(severity)}</b>: {_text(message)}", *map(_text, details)]
    return f"<li>{'<br>'.join(lines)}</li>"


def _text(text: str) -> str:
    """A text in which nothing is markup, and control characters are visible."""
    return escape(shown_text(text, _STYLE))
