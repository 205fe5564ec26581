"""What the cases share: a head office and two branches, written by hand, checked, built and asked."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

TODAY = "2026-11-20"
INSTITUTIONS = (
    "institution_id,parent_id,level,name\nH,,head_office,Head\nA,H,branch_1,Alpha\nB,H,branch_1,Beta\n"
)
BOOK = "month,customer_id,institution_id,aum\n"


class Bank(NamedTuple):
    """A configuration and what the command line says of it."""

    config: Path
    run: Any

    def check(self) -> tuple[int, dict[str, dict[str, Any]]]:
        """The exit code and each table's report."""
        answer = self.run("check", "--config", self.config, "--today", TODAY, "--format", "json")
        return answer.code, {row["table"]: row for row in answer.rows}

    def build(self, *more: str) -> Any:
        return self.run("build", "--config", self.config, "--today", TODAY, *more)

    def metric(self, name: str, *more: str) -> list[dict[str, Any]]:
        answer = self.run("metric", name, "--config", self.config, "--format", "json", *more)
        assert answer.code == 0, answer.err
        return list(answer.rows)

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            file = self.config.parent / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


@pytest.fixture
def bank(tmp_path: Path, run: Any) -> Any:
    """Writes files and a configuration: `tables` names each table's file, `more` stands below."""

    def made(tables: Mapping[str, str], files: Mapping[str, str], more: str = "") -> Bank:
        told = {"institutions": "i.csv", **tables}
        text = [
            f"[tables.{name}]\n{Path(file).suffix[1:]} = {json.dumps(file)}" for name, file in told.items()
        ]
        found = Bank(tmp_path / "cockpit.toml", run)
        whole = "\n".join(['auth = "none"', *text, more])  # whoever serves it is alone with it
        found.write({"i.csv": INSTITUTIONS, **files, "cockpit.toml": whole})
        return found

    return made


@pytest.fixture
def two(bank: Any) -> Any:
    """Two snapshots of one customer's month: of 5 and, published after it, of 7 currency units."""
    found = bank({"customer_months": "cm.csv"}, {"cm.csv": f"{BOOK}2026-06,1,A,5\n"})
    assert found.build().code == 0
    found.write({"cm.csv": f"{BOOK}2026-06,1,A,7\n"})
    assert found.build().code == 0
    return found
