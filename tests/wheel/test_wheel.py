"""The wheel: built without network, it holds the grammar byte by byte, and a query runs from it elsewhere."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = """\
2 123456789010 eni-1235b8ca 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK
2 123456789010 eni-1235b8ca 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK
"""
PROGRAM = """\
import flowql
print(flowql.__file__)
with flowql.open("store") as engine:
    engine.ingest(["flows.log"])
    for row in engine.search("action:REJECT dstport:rdp"):
        print(row["srcaddr"], row["dstport"])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("flowql-*.whl")
    return built


def test_the_grammar_inside_is_the_grammar(wheel: Path) -> None:
    """Every file of `grammar/`, byte by byte, below `flowql/grammar`, and nowhere else."""
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist() if "grammar/" in name}
    files = [
        path for path in (ROOT / "grammar").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    assert {"flowql.lark", "tokens.lark"} <= {path.name for path in files}
    assert inside == {
        f"flowql/grammar/{path.relative_to(ROOT / 'grammar')}": path.read_bytes() for path in files
    }


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Modules, tables of names, the marker of types; no tests, no benchmarks, no caches."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = {path for path in (ROOT / "flowql").rglob("*") if path.is_file() and path.suffix != ".pyc"}
    expected = {path.relative_to(ROOT).as_posix() for path in sources}
    assert {"flowql/py.typed", "flowql/names/services.tsv"} <= expected
    others = {name for name in names - expected if not name.startswith("flowql/grammar/")}
    assert expected <= names
    assert all(name.split("/")[0].endswith(".dist-info") for name in others), others


def test_a_query_runs_from_the_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """Installed elsewhere, in a process that stands elsewhere, through Python and the command line."""
    site = tmp_path / "site"
    _run(
        *_pip(),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
        cwd=tmp_path,
    )
    (tmp_path / "flows.log").write_text(LINES)
    printed = _run(sys.executable, "-c", PROGRAM, cwd=tmp_path, path=site)
    assert printed.splitlines() == [str(site / "flowql" / "__init__.py"), "172.31.9.69 3389"]
    searched = _run(
        *(sys.executable, "-m", "flowql", "--store", "store", "search", "--format", "csv"),
        "ssh | fields srcaddr, dstport",
        cwd=tmp_path,
        path=site,
    )
    assert searched.splitlines() == ["srcaddr,dstport", "172.31.16.139,22"]
    assert (site / "bin" / "flowql").exists()


def _pip() -> tuple[str, ...]:
    return (sys.executable, "-m", "pip", "--disable-pip-version-check")


def _run(*command: str, cwd: Path, path: Path | None = None) -> str:
    """Run a command in `cwd`, with modules from `path` and not from this checkout; its standard output."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
