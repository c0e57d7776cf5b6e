"""A short, open folder for each test that starts servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded.playground import new_folder, prepare


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with new_folder() as folder:
        yield folder


@pytest.fixture
def data(open_folder: Path) -> Path:
    """A data folder that has been used before."""
    return prepare(open_folder / "data")
