"""A bank of `examples/` beside its public data, built, and asked on the command line."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
PUBLIC = REPO.parent / "shared" / "real"  # the public data, where there is any
Rows = Callable[..., list[dict[str, Any]]]


def built(name: str, data: Path, folder: Path, run: Any) -> Path:
    """The configuration of an example beside a copy of its data, built."""
    shutil.copytree(data, folder / "data")
    text = (REPO / "examples" / name / "cockpit.toml").read_text("utf-8")
    assert f'snapshots = "../../.cockpit/{name}"' in text
    file = folder / "cockpit.toml"
    file.write_text(text.replace(f"../../.cockpit/{name}", ".cockpit"), encoding="utf-8")
    assert run("build", "--config", file, "--today", "2026-11-20").code == 0
    return file


def rows_of(config: Path, run: Any, *always: str) -> Rows:
    """Asks for the rows of a metric as JSON, with these arguments and more."""

    def ask(name: str, *more: str) -> list[dict[str, Any]]:
        answer = run("metric", name, "--config", config, "--format", "json", *always, *more)
        assert answer.code == 0, answer.err
        return list(answer.rows)

    return ask
