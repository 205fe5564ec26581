from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers import served


@pytest.fixture(scope="session")
def bank(pages_bank: Path) -> Path:
    """A sample bank with its snapshot."""
    return pages_bank


@pytest.fixture(scope="session")
def address(bank: Path) -> Iterator[str]:
    with served(bank) as url:
        yield url
