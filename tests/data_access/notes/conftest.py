from pathlib import Path

import pytest

from data_access.intake.config import read_config
from data_access.notes.database import NotesDatabase
from metrics import CONTRACT


@pytest.fixture
def database(tmp_path: Path) -> NotesDatabase:
    """The notes of a cockpit whose folder of snapshots is there."""
    (tmp_path / "cockpit.toml").write_text("", encoding="utf-8")
    (tmp_path / ".cockpit").mkdir()
    return NotesDatabase(read_config(tmp_path / "cockpit.toml", CONTRACT))
