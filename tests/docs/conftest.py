"""What the documents and the pictures in them look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.screens import demo_home as made_demo_home


@pytest.fixture(scope="session")
def demo_home() -> Iterator[Path]:
    """A home with the demo's store, made once."""
    with made_demo_home() as home:
        yield home
