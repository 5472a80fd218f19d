"""Imports go down only, never sideways between packages of one layer, and each heavy library has one home.

Read from the source with ast, so that an import inside a function counts as well.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "flowql"
LAYERS = (
    ("errors", "values", "times", "zones", "buckets", "schema", "names"),
    ("syntax", "store", "render", "lists"),
    ("ingest", "plan", "translate"),
    ("execution",),
    ("engine",),
    ("cli", "shell", "demo", "audit"),
)
"""From the bottom up. The edges on top may use the edges that are named in `EDGE_MAY_USE`."""
EDGE_MAY_USE = {
    "cli": {"shell", "demo", "audit"},
    "shell": set[str](),
    "demo": set[str](),
    "audit": set[str](),
}
"""The command line starts the other edges, and is the one edge that may know them."""
EXPORTS = {"__init__", "__main__"}
"""Modules of no layer: the package's public names, and the start of the program."""
PUBLIC = "engine"
"""Whose layer the public names of the package have: `import flowql` is for edges."""
ONE_MODULE = {"tantivy": "store", "pyroaring": "store", "isal": "ingest"}
"""Libraries that exactly one module of a package imports."""
ONE_PACKAGE = {
    "lark": "syntax",
    "prompt_toolkit": "shell",
    "click": "cli",
    "tomlkit": "cli",
    "sqlglot": "plan/sql",
    "duckdb": "execution/residual",
}
"""Libraries that one package imports."""
ONE_PACKAGE_OF_ANY = ("rich",)
"""Libraries that at most one package imports, whichever it is."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the module (`store/segment.py`), its unit (`store`), and what (`flowql.values`)."""

    module: str
    unit: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"flowql/{self.module}:{self.line} imports {self.target}"


def all_imports() -> list[Import]:
    """Every import of every module of the package."""
    return [
        each
        for path in sorted(PACKAGE.rglob("*.py"))
        for each in imports_of(path.relative_to(PACKAGE), path.read_text())
    ]


def imports_of(relative: Path, source: str) -> Iterator[Import]:
    """The imports of one module's source, wherever in it they stand."""
    module, unit = relative.as_posix(), relative.parts[0].removesuffix(".py")
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                targets = [name.name for name in names]
            case ast.ImportFrom(module=str(origin), names=names, level=0):
                targets = [_of_package(name.name) for name in names] if origin == "flowql" else [origin]
            case ast.ImportFrom():
                targets = [f"relative to {module}"]
            case _:
                continue
        yield from (Import(module, unit, target, node.lineno) for target in targets)


def _of_package(name: str) -> str:
    """What `from flowql import name` means: a unit, the version, or one of the public names."""
    is_unit = any(name in units for units in LAYERS)
    return f"flowql.{name}" if is_unit or name == "__version__" else "flowql"


def layer_of(unit: str) -> int | None:
    """The number of a unit's layer, 0 at the bottom."""
    return next((number for number, units in enumerate(LAYERS) if unit in units), None)


def violation(each: Import) -> str | None:
    """What is wrong with an import of a part of flowql; None when it goes down."""
    if each.target.startswith("relative"):
        return f"{each}: imports are absolute"
    parts = each.target.split(".")
    if parts[0] != "flowql" or each.unit in EXPORTS:
        return None
    target = parts[1] if len(parts) > 1 else PUBLIC
    if target in (each.unit, "__version__"):
        return None
    here, there = layer_of(each.unit), layer_of(target)
    if here is None or there is None:
        return f"{each}: in no layer: {each.unit if here is None else target}"
    if there == here and target in EDGE_MAY_USE.get(each.unit, set()):
        return None
    # Modules of the bottom layer stand side by side and may use each other, as long as there is no cycle.
    if there < here or (here == 0 and there == 0):
        return None
    return f"{each}: layer {here} imports layer {there}"


IMPORTS = all_imports()


def test_imports_go_down() -> None:
    """No module imports from its own layer or one above."""
    wrong = [text for each in IMPORTS if (text := violation(each))]
    assert not wrong, "\n".join(wrong)


def test_every_unit_has_a_layer() -> None:
    """A new module at the top of the package has to be given a place."""
    units = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert units - EXPORTS <= {unit for layer in LAYERS for unit in layer}


def test_modules_of_the_bottom_make_no_cycle() -> None:
    """The one layer whose units may import each other still has an order."""
    edges = {unit: set[str]() for unit in LAYERS[0]}
    for each in IMPORTS:
        parts = each.target.split(".")
        if each.unit in edges and parts[0] == "flowql" and len(parts) > 1 and parts[1] in edges:
            edges[each.unit] |= {parts[1]} - {each.unit}
    while free := {unit for unit, targets in edges.items() if not targets}:
        edges = {unit: targets - free for unit, targets in edges.items() if unit not in free}
    assert not edges, f"these import each other: {edges}"


@pytest.mark.parametrize("library", ONE_MODULE)
def test_a_library_with_one_module(library: str) -> None:
    """Exactly one module imports it."""
    modules = {each.module for each in IMPORTS if each.target.split(".")[0] == library}
    assert len(modules) == 1, f"{library} is imported by {sorted(modules)}"
    assert next(iter(modules)).startswith(f"{ONE_MODULE[library]}/")


@pytest.mark.parametrize("library", ONE_PACKAGE)
def test_a_library_with_one_package(library: str) -> None:
    """Only its package imports it."""
    modules = {each.module for each in IMPORTS if each.target.split(".")[0] == library}
    assert modules, f"nothing imports {library}"
    assert all(module.startswith(f"{ONE_PACKAGE[library]}/") for module in modules), sorted(modules)


@pytest.mark.parametrize("library", ONE_PACKAGE_OF_ANY)
def test_a_library_with_one_package_of_any(library: str) -> None:
    """At most one package imports it."""
    units = {each.unit for each in IMPORTS if each.target.split(".")[0] == library}
    assert len(units) <= 1, f"{library} is imported by {sorted(units)}"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("store/segment.py", "from flowql.engine import Engine"),
        ("store/segment.py", "def f():\n    import flowql.plan"),
        ("syntax/nodes.py", "from flowql.store.segment import Segment"),
        ("plan/bind/query.py", "from flowql import ingest"),
        ("shell/session.py", "from flowql.cli import main"),
        ("values.py", "from flowql.syntax.nodes import Query"),
        ("store/segment.py", "from flowql.helpers import anything"),
        ("store/segment.py", "import flowql"),
        ("execution/run.py", "from flowql import Engine"),
        ("store/segment.py", "from . import files"),
    ],
)
def test_what_goes_up_or_sideways_is_seen(module: str, source: str) -> None:
    """The test itself: each of these is refused."""
    assert any(violation(each) for each in imports_of(Path(module), source))
