"""Golden files, `*.fqt`: the life of a store and the answers that it has to give, as plain text.

    pytest tests/golden/time/ranges.fqt             run one file; every block is one test
    pytest tests/golden --accept                    write the answers anew, to be reviewed like code

A file is a list of blocks. A block is a line that begins with its keyword, and the lines below it that are
indented by two blanks. A line that begins with `#` is a comment. What stands in a file, in the order in which
it is lived through:

    # Ports: every operator, missing and wrong type included.
    show interface-id

    topic flows
      interface-id  dstport  start
      a             22       +0
      b             -        +60

    commit

    query dstport:22
      a

    query * | stats count() by dstport
      dstport  count
      22       1
      -        1

- `topic [LOGSET/]NAME` gives records to a topic. The first line names columns, in any spelling that a query
  may use; the default fields that it does not name are missing in every record. With the word `only` after
  the name, the columns named are the whole layout. Without such a first line, every line has the 14 default
  fields. A time is `+N` seconds after 2024-01-01T00:00:00Z, or epoch seconds; `-` is missing. A line that
  begins with `#` is left out.
- `made-up N...` gives the topic flows a commit for each number, of so many records of a made-up log, in the
  order of time. They are in the scripted store only, so that no `query` may follow.
- `commit` makes the records before it durable, one commit a topic. `merge` makes one segment of a topic's
  segments. `reopen` closes the engine and opens it again.
- `now TIME` is the time that queries run at from there on; at first it is 2024-01-02T00:00:00Z.
- `list NAME` has the lines of a list's file, `param NAME VALUE[, VALUE...]` gives a parameter one text or several;
  both from there on.
- `show FIELD...` are the fields shown of records from there on. When it is one field, it is taken for the
  record's name, and an answer is the names, in order, on one line (`nothing` when there are none). Columns
  that a stage has made or chosen are all shown.
- `query TEXT` has the rows: a line with the names of the columns, then a line a row; blanks align. Times are
  as in records, real numbers have at most six decimals.
- `count TEXT` has the number of records that the search part matches.
- `canonical TEXT` has the canonical text, `notes TEXT` the warnings and the information, a blank line between
  two, or `nothing`. `plan TEXT` has the plans as `explain` prints them, with SEGMENT for the hashes that name
  segments.
- `why TEXT` has, for each row, the fields shown that it has, two blanks, and why it matched, or `-`. `empty
  TEXT` has the explanation of an answer without matches, or `nothing` where something matches. Both are the
  same on every road.
- `complete TEXT`, in which `<|>` is the cursor and no part of the text, has a line a candidate: what would stand
  there, its kind, what it means; `nothing` when there is none. Blanks align. It is the same on every road.
- `error TEXT` has the whole message, the caret included.
- `work TEXT` has what answering touches: segments, rows, values, KiB; `golden.work` says what each line counts.
- `topics` has a line a topic: its name, its rows, its segments.

A text of several lines, or several texts that have the same answer, stand below the keyword, ended by `----`.
A line with a further indent goes on with the text before it:

    query
      dstport:22 OR dstport:80
      dstport in (22,
          80)
      ----
      a

Every `query` runs on every road: on the store as scripted, on the same records as one segment, as many, after
merges (where a topic has enough records), opened again after that, each with the optimizer and without it,
and by the naive oracle. (Of texts with one logical plan, the first one does.) All have to give the rows shown
and the same count of matched records. Its canonical text, too, has to have the same canonical text and the
same answer. The proposal of every error has to parse and bind.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from flowql.errors import FlowqlError, QueryError
from flowql.plan.bind import bind
from flowql.render.emptiness import emptiness_lines
from flowql.syntax.parser import parse
from golden.life import Life, Road
from golden.printing import NOTHING, aligned, difference, spaced
from golden.question import Question, WrongAnswerError
from golden.script import CURSOR, LIFE_KEYWORDS, Block, ScriptError, read_script, replace_answers
from golden.work import work_lines
from oracle.scratch import scratch_folder

ACCEPTED = pytest.StashKey[dict[Path, dict[Block, list[str]]]]()
_SEGMENT = re.compile(r"((?:read|prune) \S+ )[0-9a-f]{8}\b")
KNOWN_POOR: frozenset[str] = frozenset()
"""Errors whose proposal parses, but does not bind: a list to empty."""
_PATIENT_S = 60.0
"""How long an empty answer may be explained: nothing is left out for lack of time."""


class GoldenFile(pytest.File):
    """One `.fqt` file; its blocks share the stores, which live from its first test to its last."""

    life: Life
    held: ExitStack

    def collect(self) -> Iterator["GoldenBlock"]:
        """One item for each block that asks something."""
        self.blocks = read_script(self.path)
        for block in self.blocks:
            if block.keyword not in LIFE_KEYWORDS:
                yield GoldenBlock.from_parent(self, name=block.title, block=block)

    def setup(self) -> None:
        """Make room for the stores."""
        self.held = ExitStack()
        self.life = Life(self.blocks, self.held.enter_context(scratch_folder("golden")))

    def teardown(self) -> None:
        """Remove the stores."""
        self.life.close()
        self.held.close()


class GoldenBlock(pytest.Item):
    """One question to the store, at one point of its life."""

    parent: GoldenFile

    def __init__(self, *, block: Block, **arguments: object) -> None:
        super().__init__(**arguments)  # type: ignore[arg-type]
        self.block = block

    def runtest(self) -> None:
        """Live up to the block, and ask."""
        life = self.parent.life
        life.advance(self.block)
        match self.block.keyword:
            case "query":
                self._query(life)
            case "count":
                self._compare([str(life.script_road().engine.count(self.block.texts[0], **life.options))])
            case "canonical":
                self._canonical(life)
            case "plan":
                plan = life.script_road().engine.explain(self.block.texts[0], **life.options)
                self._compare(_SEGMENT.sub(r"\1SEGMENT", plan).splitlines())
            case "notes":
                self._notes(life)
            case "why" | "empty" | "complete" as keyword:
                {"why": self._why, "empty": self._empty, "complete": self._complete}[keyword](life)
            case "error":
                self._error(life)
            case "topics":
                topics = life.script_road().engine.topics()
                self._compare([f"{each.name} {each.rows} {each.segments}" for each in topics])
            case "work":
                self._compare(work_lines(life.newly_opened, self.block.texts[0], life.options))
            case keyword:
                raise AssertionError(f"no such block: {keyword}")

    def _query(self, life: Life) -> None:
        expected: Sequence[str] = self.block.body
        for text in self.block.texts:
            expected = self._compare(Question(text, life).lines_of(life.script_road()), text, expected)
        tried = set()
        for text in self.block.texts:
            question = Question(text, life)
            roads = question.by_every_road() if question.plan not in tried else ()
            for name, lines in [question.by_canonical_text(), *roads]:
                if spaced(lines) != spaced(expected):
                    raise WrongAnswerError(difference(expected, lines, f"{text}\nanswered {name}"))
            tried.add(question.plan)

    def _canonical(self, life: Life) -> None:
        expected: Sequence[str] = self.block.body
        for text in self.block.texts:
            canonical = life.script_road().engine.search(text, **life.options).query
            expected = self._compare(canonical.split("\n"), text, expected)

    def _notes(self, life: Life) -> None:
        for text in self.block.texts:
            result = life.script_road().engine.search(text, **life.options)
            told = [*result.notes, *result.word_notes]
            notes = "\n\n".join(note.render(text) for note in told) or NOTHING
            self._compare(notes.split("\n"), text)

    def _why(self, life: Life) -> None:
        def lines_of(road: Road, text: str) -> list[str]:
            result = road.engine.search(text, **life.options, why=True, **road.options)
            names = [name for name in life.shown if any(name == each.name for each in result.columns)]
            return ["  ".join([*(str(row[name]) for name in names), row["why"] or "-"]) for row in result]

        self._on_every_road(life, lines_of)

    def _empty(self, life: Life) -> None:
        def lines_of(road: Road, text: str) -> list[str]:
            result = road.engine.search(text, **life.options, **road.options)
            empty = result.why_empty(_PATIENT_S)
            return [] if empty is None else [line[2:] for line in emptiness_lines(empty, result.zone)[1:]]

        self._on_every_road(life, lines_of)

    def _complete(self, life: Life) -> None:
        def lines_of(road: Road, text: str) -> list[str]:
            before, mark, after = text.partition(CURSOR)
            if not mark:
                raise ScriptError(f"line {self.block.line}: no cursor, which is written {CURSOR}")
            found = road.engine.complete(before + after, len(before), **life.options)
            return aligned([(each.text, each.kind.value, each.detail) for each in found])

        self._on_every_road(life, lines_of)

    def _on_every_road(self, life: Life, lines_of: Callable[[Road, str], list[str]]) -> None:
        expected: Sequence[str] = self.block.body
        for text in self.block.texts:
            expected = self._compare(lines_of(life.script_road(), text) or [NOTHING], text, expected)
            for road in [life.script_road(optimized=False), *life.roads()]:
                lines = lines_of(road, text) or [NOTHING]
                if spaced(lines) != spaced(expected):
                    raise WrongAnswerError(difference(expected, lines, f"{text}\nby the store {road.name}"))

    def _error(self, life: Life) -> None:
        (text,) = self.block.texts
        try:
            rows = list(life.script_road().engine.search(text, **life.options))
        except FlowqlError as error:
            self._compare(error.render().split("\n"), text)
            if isinstance(error, QueryError):
                _check_proposals(error, life)
            return
        raise WrongAnswerError(f"{text}\nis no error: it has {len(rows)} rows")

    def _compare(
        self, found: Sequence[str], text: str = "", expected: Sequence[str] | None = None
    ) -> Sequence[str]:
        """The lines expected, which are those found for the first text in a session that accepts."""
        expected = self.block.body if expected is None else expected
        same = (
            spaced(found) == spaced(expected)
            if self.block.keyword in ("query", "complete")
            else list(found) == list(expected)
        )
        if same:
            return expected
        if self.config.getoption("accept") and text in ("", *self.block.texts[:1]):
            self.config.stash[ACCEPTED].setdefault(self.path, {})[self.block] = list(found)
            return found
        raise WrongAnswerError(difference(expected, found, text))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """A difference is shown as it is, anything unexpected with its traceback."""
        if isinstance(excinfo.value, QueryError):
            return f"{self.path}:{self.block.line}\n{excinfo.value.render()}"
        if isinstance(excinfo.value, WrongAnswerError | ScriptError):
            return f"{self.path}:{self.block.line}\n{excinfo.value}"
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the block stands."""
        return self.path, self.block.line - 1, self.name


def _check_proposals(error: QueryError, life: Life) -> None:
    """Every proposal parses; the one of a sole error also binds."""
    for diagnostic in error.diagnostics:
        if diagnostic.proposal is None:
            continue
        if not diagnostic.proposal:
            raise WrongAnswerError(f"{error.text}\nhas an empty proposal")
        query = parse(diagnostic.proposal)
        if len(error.diagnostics) == 1 and error.text not in KNOWN_POOR:
            bind(query, life.tables(), life.now, life.given)


def write_accepted(session: pytest.Session, write_line: Callable[[str], None]) -> None:
    """Write the answers that the session accepted into their files."""
    for path, answers in session.config.stash[ACCEPTED].items():
        replace_answers(path, answers)
        write_line(f"{path}: {len(answers)} answers written")
