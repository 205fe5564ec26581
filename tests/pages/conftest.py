import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import served
from tests.conftest import Shared, build_sample


@pytest.fixture(scope="session")
def bank(shared: Shared) -> Path:
    """A sample bank with its snapshot; the full-size one where the README's pictures are made."""
    size = {} if os.environ.get("COCKPIT_IMAGES") else {"customers": 4_000, "months": 26, "outlets": 60}
    return shared("pages", lambda folder: build_sample(folder, **size)) / "cockpit.toml"


@pytest.fixture(scope="session")
def address(bank: Path) -> Iterator[str]:
    with served(bank) as url:
        yield url
