"""docs/your-data.md followed word by word, and docs/reference.md as the code prints it."""

import os
import re
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from cockpit import open_bank
from data_access.access.settings import Audit, Auth, Exports
from data_access.intake.config import DOORS, KEYS, LIMITS
from data_access.intake.reference import Key, as_markdown, reference
from data_access.intake.source import Source
from data_access.policy import LISTS, SETTINGS
from metrics import CONTRACT

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "your-data.md").read_text(encoding="utf-8")
EXTRACT = ROOT / "tests" / "data_access" / "intake" / "foreign" / "holdout_cust_mth.csv"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def test_the_guide_leads_to_a_cockpit(tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mybank"
    (folder / "extracts").mkdir(parents=True)
    shutil.copy(EXTRACT, folder / "extracts" / "cust_mth.csv")
    institutions, controls = blocks("csv")
    (folder / "extracts" / "institutions.csv").write_text(institutions, encoding="utf-8")
    (folder / "extracts" / "controls.csv").write_text(controls, encoding="utf-8")
    [configuration] = blocks("toml")
    (folder / "cockpit.toml").write_text(configuration, encoding="utf-8")
    monkeypatch.chdir(folder)
    said = {}
    for line in "".join(blocks("console")).splitlines():
        words = line.removeprefix("python cockpit.py ").split()
        answer = run(*words)
        assert answer.code == 0, (line, answer.err)
        said[words[0], words[-3] if "--by" in words else ""] = answer.out
    draft = {
        line.split("  #")[0] for line in said["map", ""].splitlines() if " = " in line and line[0] != "#"
    }
    written = {line.split("  ")[0].rstrip() for line in configuration.splitlines()}
    columns = {line for line in draft if not line.startswith("csv")}
    assert columns <= written, columns - written  # the guide keeps what the draft says
    assert "3 of 3 totals agree with the ledger" in said["check", ""]
    assert "“理财持仓市值”" not in said["check", ""] and "is live" in said["build", ""]
    assert "East Outlet" in said["metric", "children"] and "tier" in said["metric", "children,tier"]
    [notebook] = blocks("python")
    found: dict[str, Any] = {}
    exec(notebook, found)
    assert found["bank"].metric("book.summary", by="children").height >= 3
    assert (
        os.fspath(folder)
        and open_bank("cockpit.toml").at("21").metric("book.summary")["customers"].item() == 8
    )


def test_the_reference_is_what_the_code_prints() -> None:
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == as_markdown(reference(CONTRACT))


def test_the_reference_names_every_key_that_is_read() -> None:
    found: dict[str, set[str]] = {}
    for key in reference(CONTRACT):
        assert key.meaning, key
        found.setdefault(key.section, set()).add(key.name)
    assert found[""] == KEYS | {"address"}
    assert found["[tables.NAME]"] == {field.name for field in fields(Source)} - {"name"}
    assert found["[databases.NAME]"] == {"url", *LIMITS}
    for section, kind in (("[auth]", Auth), ("[exports]", Exports), ("[audit]", Audit)):
        assert found[section] == {field.name for field in fields(kind)}
    assert {f"[{name}]" for name in DOORS if name != "address"} <= found.keys()
    assert found["[policy]"] == {setting.name for setting in (*SETTINGS, *CONTRACT.settings)}
    assert {f"[[{name}]]" for name in LISTS} <= found.keys()


def test_the_terminal_prints_it_too(run: Any) -> None:
    told = run("settings").out
    assert 'encoding = "utf-8"' in told and "[[tiers]]" in told
    rows = [Key(**row) for row in run("settings", "--format", "json").rows]
    assert rows == reference(CONTRACT)
