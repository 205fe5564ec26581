from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import served


@pytest.fixture(scope="session")
def address(two_years_bank: Path) -> Iterator[str]:
    """A server of the small bank, on the machine itself."""
    with served(two_years_bank) as url:
        yield url
