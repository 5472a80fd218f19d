"""A user's SELECT as a tree, checked part by part.

Owns what is refused, the words about it, and the names of the outcome's columns. That nothing but known words
reaches DuckDB is checked on the text that it is given, with every name in it quoted.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import pairwise

from sqlglot import exp, parse
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from flowql.plan.logical import Column
from flowql.plan.sql.select import CheckedSelect, SelectError
from flowql.plan.sql.spelling import Names, Spelled, names_of, quoted, spell
from flowql.plan.sql.words import ALLOWED, FUNCTIONS
from flowql.schema import normalize_name

TABLE = "log"
"""The table of a SELECT: the rows so far."""
SELECT_LENGTH_MAX = 100_000
"""Characters of a SELECT: far more than anybody writes, and few enough to be cut and parsed at once."""
_DEPTH_MAX = 100
"""Expressions inside each other; walks of a tree stay far below Python's recursion limit."""

_NESTED = "select reads the rows once, so that a subquery cannot read them again: write two stages"
_REFUSED: dict[type[exp.Expr], str] = {
    exp.SetOperation: "select is one SELECT: a set operation is not supported",
    exp.With: "select is one SELECT: WITH is not supported, write its SELECT as a stage of its own before",
    exp.Subquery: _NESTED,
    exp.Exists: _NESTED,
    exp.Join: "select reads one table, the rows so far: a join is not supported",
    exp.Lateral: "select reads one table, the rows so far: a join is not supported",
    exp.Unnest: "select reads one table, the rows so far: UNNEST is not supported",
    exp.Values: "select reads one table, the rows so far: VALUES is not supported",
    exp.TableSample: "select gives the same rows every time: a sample is not supported",
    exp.Pivot: "PIVOT is not supported in select",
    exp.Into: "select writes nothing: INTO is not supported",
    exp.Parameter: "select has no parameters: put a stage such as `where` before it",
    exp.Placeholder: "select has no parameters: put a stage such as `where` before it",
    exp.SessionParameter: "select has no parameters: put a stage such as `where` before it",
    exp.Lambda: "functions without a name are not supported in select",
    exp.Columns: "COLUMNS(...) is not supported in select: name the columns",
}
_CLAUSES = {
    *("expressions", "from", "from_", "where", "group", "having", "order", "limit", "offset", "distinct"),
    *("qualify", "kind", "hint", "operation_modifiers", "with", "with_", "joins", "laterals", "into"),
    *("sample", "pivots"),
}
"""What a Select may be made of; what is refused is refused by its nodes, with words of its own."""


def checked(sql: str, columns: tuple[Column, ...], computed: tuple[Column, ...]) -> CheckedSelect:
    """See `select.check_select`."""
    if len(sql) > SELECT_LENGTH_MAX:
        raise SelectError(
            f"a select is longer than {SELECT_LENGTH_MAX:,} characters (limit: select_length_max)",
            0,
            len(sql),
        )
    return _Check(sql, columns, computed).checked()


class _Check:
    """The check of one text."""

    def __init__(self, sql: str, columns: tuple[Column, ...], computed: tuple[Column, ...]) -> None:
        self._sql = sql
        self._columns = columns
        self._known = {column.name.lower(): column for column in (*computed, *columns)}
        self._names: Names = names_of((*columns, *computed))
        self._spelled: Spelled = spell(sql, self._names)
        self._used: set[str] = set()

    def checked(self) -> CheckedSelect:
        tokens = self._tokens()
        self._check_calls(tokens)
        tree = self._tree(tokens)
        self._check_nodes(tree)
        self._check_table(tree)
        self._check_columns(tree)
        self._expand_stars(tree)
        self._name_outcome(tree)
        tree.set("hint", None)
        text = tree.from_(exp.to_table(TABLE), copy=False).sql("duckdb", identify=True, comments=False)
        self._check_words(text)
        every = dict.fromkeys((*self._columns, *self._known.values()))
        return CheckedSelect(text, tuple(column for column in every if column.name.lower() in self._used))

    # ---- the text

    def _tokens(self) -> list[Token]:
        try:
            return DuckDB().tokenize(self._spelled.text)
        except TokenError as error:
            raise self._unclosed() from error

    def _unclosed(self) -> SelectError:
        """The error of a text that cannot be cut into words: blamed on the quote or comment that is open."""
        text, place = self._sql, 0
        while place < len(text):
            opening = text[place]
            closing = "*/" if text.startswith("/*", place) else opening
            if opening in "'\"" or closing == "*/":
                end = text.find(closing, place + len(closing))
                if end < 0:
                    what = "a comment is" if closing == "*/" else "a quote is"
                    return SelectError(f"{what} not closed", place, place + len(closing))
                place = end + len(closing)
            else:
                place += 1
        return SelectError("this is no SQL", 0, len(text))

    def _tree(self, tokens: list[Token]) -> exp.Select:
        if tokens and tokens[0].token_type not in (TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN):
            raise self._error(f"expected SELECT, found {tokens[0].text}", tokens[0])
        try:
            trees = parse(self._spelled.text, read="duckdb")
        except (ParseError, TokenError) as error:
            raise self._syntax_error(error) from error
        except RecursionError as error:
            raise SelectError("this is nested too deep", 0, len(self._sql)) from error
        first, *others = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
        if others or len(trees) > 1:
            semicolon = next(t for t in self._tokens() if t.token_type == TokenType.SEMICOLON)
            if others:
                start, _ = self._spelled.origin(semicolon.start, semicolon.end + 1)
                raise SelectError(
                    "select is one statement: a second one is not supported", start, len(self._sql)
                )
        if isinstance(first, exp.SetOperation):
            raise self._refused(first)
        if not isinstance(first, exp.Select):
            raise self._refused(first, "select is one SELECT, without parentheses around it")
        return first

    def _syntax_error(self, error: Exception) -> SelectError:
        told = getattr(error, "errors", None)
        if not told or told[0].get("line") is None:
            return SelectError("this is no SELECT of SQL", 0, len(self._sql))
        lines = self._spelled.text.split("\n")
        end = sum(len(line) + 1 for line in lines[: told[0]["line"] - 1]) + told[0]["col"]
        found = told[0].get("highlight") or ""
        start = max(end - max(len(found), 1), 0)
        where = self._spelled.origin(start, end)
        if not found.strip():
            return SelectError("the SELECT is not complete", len(self._sql), len(self._sql))
        return SelectError(f"this is no SELECT of SQL: unexpected {self._sql[slice(*where)]}", *where)

    def _check_calls(self, tokens: list[Token]) -> None:
        """Refuse functions by the names that were written."""
        for name, after in pairwise(tokens):
            if after.token_type != TokenType.L_PAREN:
                continue
            if name.token_type == TokenType.IDENTIFIER:
                raise self._error(f"no function is called {name.text}", name)
            word = name.text.lower()
            if (word[:1].isalpha() or word.startswith("_")) and word not in ALLOWED:
                raise self._unknown_function(name)

    def _unknown_function(self, name: Token) -> SelectError:
        near = tuple(get_close_matches(name.text.lower(), sorted(FUNCTIONS), n=3, cutoff=0.75))
        return self._error(f"select has no function {name.text}", name, near)

    def _check_words(self, text: str) -> None:
        """Refuse every word outside quotes that is not known: none that could name a file or a function."""
        tokens = DuckDB().tokenize(text)
        for token in tokens:
            word = token.text.lower()
            is_word = word[:1].isalpha() or word.startswith("_")
            is_quoted = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
            if is_word and not is_quoted and any(part not in ALLOWED for part in word.split()):
                place = self._sql.lower().find(word)
                start, end = (place, place + len(word)) if place >= 0 else (0, len(self._sql))
                raise SelectError(f"{token.text} is not supported in select", start, end)
        self._check_calls(tokens)

    # ---- the tree

    def _check_nodes(self, tree: exp.Select) -> None:
        for node in tree.walk():
            if node is not tree and isinstance(node, exp.Query | exp.DDL | exp.DML):
                raise self._refused(node, _NESTED)
            for refused in _REFUSED:
                if isinstance(node, refused):
                    raise self._refused(node)
            if _depth(node) > _DEPTH_MAX:
                raise self._refused(node, "this is nested too deep")
        distinct = tree.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            raise self._refused(distinct, "DISTINCT ON is not supported in select: put `dedup` before it")
        for name, value in tree.args.items():
            if value and name not in _CLAUSES:
                raise SelectError(f"{name.upper()} is not supported in select", 0, len(self._sql))

    def _check_table(self, tree: exp.Select) -> None:
        names = {TABLE}
        for table in tree.find_all(exp.Table):
            plain = isinstance(table.this, exp.Identifier) and not table.args.get("db")
            if not plain or table.name.lower() != TABLE:
                raise self._refused(
                    table, f"select reads the rows so far, as the table {TABLE}, and no other", TABLE
                )
            names.add(table.alias.lower() or TABLE)
        for column in tree.find_all(exp.Column):
            if column.args.get("db") or (column.table and column.table.lower() not in names):
                raise self._refused(column, f"there is no table {column.table} here, only {TABLE}")
            column.set("table", None)

    def _check_columns(self, tree: exp.Select) -> None:
        for column in tree.find_all(exp.Column):
            name = column.name.lower()
            if isinstance(column.this, exp.Star):
                continue
            if name in self._known:
                self._used.add(name)
            elif name not in self._aliases(tree):
                raise self._unknown_column(column)

    def _aliases(self, tree: exp.Select) -> set[str]:
        return {each.alias.lower() for each in tree.expressions if isinstance(each, exp.Alias)}

    def _unknown_column(self, column: exp.Column) -> SelectError:
        name = column.name
        own = {normalize_name(each.name): each.name for each in self._columns}
        near = get_close_matches(normalize_name(name), own, n=3, cutoff=0.6)
        similar = [each for each in self._names.schema.similar_names(name) if each in own.values()]
        found = tuple(dict.fromkeys([*(own[each] for each in near), *similar]))[:3]
        return self._refused(column, f'unknown column "{name}"', *found)

    def _expand_stars(self, tree: exp.Select) -> None:
        outcome: list[exp.Expr] = []
        for each in tree.expressions:
            star = each.this if isinstance(each, exp.Column) else each
            if not isinstance(star, exp.Star):
                outcome.append(each)
                continue
            if any(star.args.values()):
                raise self._refused(star, "* takes no EXCLUDE, REPLACE or RENAME: name the columns")
            outcome += [exp.column(column.name, quoted=True) for column in self._columns]
            self._used |= {column.name.lower() for column in self._columns}
        tree.set("expressions", outcome)

    def _name_outcome(self, tree: exp.Select) -> None:
        outcome: list[exp.Expr] = []
        taken: set[str] = set()
        for each in tree.expressions:
            name = each.alias if isinstance(each, exp.Alias) else _default_name(each)
            if normalize_name(name) in taken:
                number = 2
                while normalize_name(f"{name}_{number}") in taken:
                    number += 1
                start, end = self._place(each)
                other = f"{name}_{number}"
                proposals = (f"{self._sql[start:end]} as {other if other.isidentifier() else quoted(other)}",)
                raise SelectError(
                    f"there is a column {name} already: name one with AS", start, end, proposals
                )
            taken.add(normalize_name(name))
            bare = each.this if isinstance(each, exp.Alias) else each
            outcome.append(exp.alias_(bare, name, quoted=True))
        tree.set("expressions", outcome)

    # ---- places

    def _refused(self, node: exp.Expr, message: str = "", *proposals: str) -> SelectError:
        words = message or next(words for kind, words in _REFUSED.items() if isinstance(node, kind))
        return SelectError(words, *self._place(node), proposals)

    def _place(self, node: exp.Expr) -> tuple[int, int]:
        """Where a node was written: from its first name or function to its last; else the whole text."""
        places = list(_places(node))
        if not places:
            return 0, len(self._sql)
        return self._spelled.origin(min(start for start, _ in places), max(end for _, end in places))

    def _error(self, message: str, token: Token, proposals: tuple[str, ...] = ()) -> SelectError:
        return SelectError(message, *self._spelled.origin(token.start, token.end + 1), proposals)


def _places(node: exp.Expr) -> Iterator[tuple[int, int]]:
    for each in node.walk():
        if "start" in each.meta:
            yield each.meta["start"], each.meta["end"] + 1


def _depth(node: exp.Expr) -> int:
    return int(node.depth)


def _default_name(expression: exp.Expr) -> str:
    """What a column of the outcome is called that nobody named."""
    if isinstance(expression, exp.Column):
        return str(expression.name)
    if isinstance(expression, exp.Count) and isinstance(expression.this, exp.Star):
        return "count"
    bare = expression.copy()
    for identifier in bare.find_all(exp.Identifier):
        identifier.set("quoted", False)  # noqa: FBT003 - sqlglot's signature
    text = str(bare.sql("duckdb", normalize_functions="lower", comments=False))
    if isinstance(expression, exp.Func):
        items = list(expression.iter_expressions())
        function = text.partition("(")[0]
        if len(items) == 1 and isinstance(items[0], exp.Column) and function.isidentifier():
            return f"{function}_{items[0].name}"
    return text
