"""What tests of the mapping share: a bank written by hand, built, and asked."""

from pathlib import Path
from typing import Any

import pytest

TODAY = "2026-06-30"


@pytest.fixture
def mapped_bank(tmp_path: Path, run: Any) -> Any:
    """Writes files and a configuration, builds them, and asks for a metric's rows."""

    def make(settings: str, **files: str) -> Any:
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        (tmp_path / "cockpit.toml").write_text(settings, encoding="utf-8")
        answer = run("build", "--config", tmp_path / "cockpit.toml", "--today", TODAY)
        assert answer.code == 0, answer.err

        def ask(name: str, *more: str) -> list[dict[str, Any]]:
            found = run("metric", name, "--config", tmp_path / "cockpit.toml", "--format", "json", *more)
            assert found.code == 0, found.err
            return list(found.rows)

        return ask

    return make


@pytest.fixture
def refused(tmp_path: Path, run: Any) -> Any:
    """The exit code and words with which `check` answers to settings and files."""

    def answer(settings: str, **files: str) -> tuple[int, str]:
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        (tmp_path / "cockpit.toml").write_text(settings, encoding="utf-8")
        found = run("check", "--config", tmp_path / "cockpit.toml", "--today", TODAY)
        return found.code, found.out + found.err

    return answer
