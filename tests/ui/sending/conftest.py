"""A bank whose branches are sent their main points, with servers of its own."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import Answer, run_cockpit
from tests.ui.sending.servers import MailServer, RobotServer, mail_server, robot_server

KEY = "key-7c1f-of-the-robot"
SIGN = "sign-55aa-of-the-robot"
HEAD = "user,institution_id,permissions,valid_from,valid_to,granted_by,address"


@dataclass
class Bank:
    """A copy of the sample bank; `sends` are the lines below `[send]`."""

    folder: Path
    root: str
    branches: list[str]
    names: dict[str, str]

    def grant(self, *rows: str) -> None:
        """The whole table of grants; {root}, {0}, {1} stand for institutions."""
        lines = [row.format(*self.branches, root=self.root) for row in rows]
        (self.folder / "grants.csv").write_text("\n".join([HEAD, *lines, ""]), "utf-8")

    def configure(self, sends: str, address: str = "https://crm.bank.example/cockpit") -> None:
        text = (self.folder / "cockpit.toml").read_text("utf-8")
        text = text.replace("extracts/grants.csv", "grants.csv")
        (self.folder / "cockpit.toml").write_text(f'address = "{address}"\n{text}\n{sends}\n', "utf-8")

    def send(self, *options: str) -> Answer:
        return run_cockpit("send", "--config", self.folder / "cockpit.toml", *options)

    def acts(self) -> list[dict[str, object]]:
        return run_cockpit(
            *("audit", "search", "--config", self.folder / "cockpit.toml", "--format", "json")
        ).rows


@pytest.fixture
def bank(own_bank: Path, monkeypatch: pytest.MonkeyPatch) -> Bank:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    shutil.rmtree(own_bank / ".cockpit" / "audit", ignore_errors=True)  # what other tests have recorded
    tree = pl.read_parquet(own_bank / "extracts" / "institutions.parquet")
    root = tree.filter(pl.col("parent_id").is_null())["institution_id"][0]
    branches = tree.filter(pl.col("parent_id") == root)["institution_id"].unique(maintain_order=True)
    names = dict(tree.select("institution_id", "name").iter_rows())
    return Bank(own_bank, root, branches.to_list(), names)


@pytest.fixture
def mailing() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def chat() -> Iterator[RobotServer]:
    with robot_server() as server:
        yield server


Robots = Callable[..., str]


@pytest.fixture
def robots(chat: RobotServer, monkeypatch: pytest.MonkeyPatch) -> Robots:
    """The sections of robots of these names and kinds, all at one server."""
    monkeypatch.setenv("ROBOT", f"http://127.0.0.1:{chat.port}/send?key={KEY}")
    monkeypatch.setenv("SIGN", SIGN)

    def sections(**kinds: str) -> str:
        return "[send]\nseconds = 1\n" + "".join(
            f'[send.robots.{name}]\nkind = "{kind}"\nurl = "env:ROBOT"\n'
            + ("" if kind == "wecom" else 'secret = "env:SIGN"\n')
            for name, kind in kinds.items()
        )

    return sections
