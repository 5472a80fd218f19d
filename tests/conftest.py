"""What all tests share: golden files are tests, long tests wait to be asked for, drawn cases repeat."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from golden.collector import ACCEPTED, GoldenFile, write_accepted

_SUITE = "not long"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--accept`."""
    parser.addoption("--accept", action="store_true", help="write the answers of golden files anew")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and leave its tests out unless `-m` says which tests to run.

    The settings of whoever runs the tests are put aside: those of the environment and of the user's file.
    The cases that hypothesis draws are the same in each run of the suite, so that its verdict is about the
    code alone; whoever says which tests to run by `-m` searches further, with new cases every time.
    """
    for name in [name for name in os.environ if name.startswith("FLOWQL_")]:
        del os.environ[name]
    os.environ["FLOWQL_CONFIG"] = ""
    config.addinivalue_line("markers", "long: takes minutes; run by `pytest -m long`")
    config.stash[ACCEPTED] = {}
    if not config.option.markexpr:
        config.option.markexpr = _SUITE
    settings.register_profile("suite", deadline=None, derandomize=True)
    settings.register_profile("search", deadline=None)
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("suite" if config.option.markexpr == _SUITE else "search")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> GoldenFile | None:
    """Take `*.fqt` for golden files."""
    return GoldenFile.from_parent(parent, path=file_path) if file_path.suffix == ".fqt" else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write what was accepted."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    write_accepted(session, reporter.write_line if reporter else print)
