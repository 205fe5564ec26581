"""After a rollback the numbers stay taken back: the next build stops until somebody accepts it."""

import time
from typing import Any

import pytest

from data_access import retention
from data_access import snapshot as life
from data_access.build import publication
from data_access.intake.config import read_config
from metrics import CONTRACT
from ui.base.snapshot import Live


def test_a_build_does_not_undo_a_rollback(two: Any) -> None:
    assert two.run("snapshots", "rollback", "260630-1", "--config", two.config).code == 0
    assert two.metric("book.summary")[0]["aum"] == 5
    answer = two.build()
    assert answer.code == 3
    assert "from snapshot 260630-2 to 260630-1" in answer.err and "--accept" in answer.err
    assert two.metric("book.summary")[0]["aum"] == 5
    assert two.build("--accept").code == 0
    assert two.metric("book.summary")[0]["aum"] == 7
    assert two.build().code == 0  # once accepted, builds go on


def test_a_rollback_during_a_build_is_not_undone_either(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root = two.config.parent / ".cockpit"
    before = publication.first_days

    def rolled_back_meanwhile(*given: Any) -> Any:
        retention.roll_back(root, "260630-1")
        return before(*given)

    monkeypatch.setattr(publication, "first_days", rolled_back_meanwhile)
    assert two.build().code == 3
    assert life.current_id(root) == "260630-1"
    assert not list((root / "snapshots").glob(".building-*"))


def test_a_running_server_follows_a_rollback(two: Any) -> None:
    live = Live(read_config(two.config, CONTRACT))
    assert live.store().id == "260630-2"
    retention.roll_back(two.config.parent / ".cockpit", "260630-1")
    for _ in range(1000):
        if live.store().id == "260630-1":
            break
        time.sleep(0.01)
    assert live.store().id == "260630-1" and live.damaged is None
