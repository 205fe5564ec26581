import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from data_access.build import build
from data_access.config import read_config
from metrics import SUBJECTS
from sample_data.bank import write
from tests.browser import served


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample bank with its snapshot; the full-size one where the README's pictures are made."""
    folder = tmp_path_factory.mktemp("bank")
    if os.environ.get("COCKPIT_IMAGES"):
        write(folder)
    else:
        write(folder, customers=4_000, months=26, outlets=60)
    build(read_config(folder / "cockpit.toml"), SUBJECTS, date(2026, 11, 3), lambda _step, _share: None)
    return folder / "cockpit.toml"


@pytest.fixture(scope="session")
def address(bank: Path) -> Iterator[str]:
    with served(bank) as url:
        yield url
