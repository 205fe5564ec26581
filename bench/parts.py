"""What is measured, each part in a process of its own: `python -m bench.parts NAME FOLDER …`.

A part leaves its figures beside the bank, so that a part that fails hours later takes none of them along.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from bench.bank import Size, make
from bench.resources import Say
from data_access.errors import CockpitError, DataError
from data_access.snapshot import write_atomic
from ui.server.release import ROOT
from ui.terminal.progress import shown_progress

Result = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What is asked for, handed to the process of a part as JSON."""

    out: str
    size: dict[str, int]
    pages: list[str]
    commit: str  # as the run began: code that changes meanwhile takes no figures along
    samples: int = 5
    seconds: float = 20.0

    @property
    def folder(self) -> Path:
        return Size(**self.size).folder(Path(self.out))


def _bank(asked: Asked, say: Say) -> Result:
    return make(Size(**asked.size), Path(asked.out), say)


def _build(asked: Asked, say: Say) -> Result:
    from bench.building import full

    return full(asked.folder, say)


def _looks(asked: Asked, say: Say) -> Result:
    from bench.looks import measured

    return {"rows": measured(asked.folder / "cockpit.toml", asked.pages, asked.samples, say)}


def _questions(asked: Asked, say: Say) -> Result:
    from bench.questions import measured

    return measured(asked.folder, say)


def _sessions(asked: Asked, say: Say) -> Result:
    from bench.sessions import measured

    return measured(asked.folder, asked.pages, asked.seconds, say)


def _clicks(asked: Asked, say: Say) -> Result:
    from bench.clicks import measured

    return measured(asked.folder, say)


def _incremental(asked: Asked, say: Say) -> Result:
    from bench.building import incremental

    return incremental(asked.folder, say)


PARTS: dict[str, Callable[[Asked, Say], Result]] = {
    "build": _build,
    "looks": _looks,
    "questions": _questions,
    "sessions": _sessions,
    "clicks": _clicks,
    "incremental": _incremental,
}


def told(asked: Asked) -> dict[str, Result]:
    """What was measured of this bank by this commit, by part."""
    found = {}
    for name in PARTS:
        file = asked.folder / "measured" / f"{name}.json"
        if file.exists() and (said := json.loads(file.read_text("utf-8")))["commit"] == asked.commit:
            found[name] = said["result"]
    return found


def run(name: str, asked: Asked) -> None:
    """Runs a part in a process of its own; its figures are then beside the bank."""
    command = [sys.executable, "-m", "bench.parts", name, json.dumps(asdict(asked))]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise DataError(
            "The part {name} failed; what it said stands above. What was measured before is kept: go on with "
            "--parts.",
            name=name,
        )


def main(name: str, asked_for: str) -> None:
    asked, say = Asked(**json.loads(asked_for)), shown_progress()
    try:
        if name == "bank":
            _bank(asked, say)
            return
        result = PARTS[name](asked, say)
    except CockpitError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    file = asked.folder / "measured" / f"{name}.json"
    file.parent.mkdir(exist_ok=True)
    write_atomic(file, json.dumps({"commit": asked.commit, "result": result}))


if __name__ == "__main__":
    main(*sys.argv[1:])
