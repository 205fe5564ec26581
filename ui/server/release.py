"""Which cockpit this is: version, commit, contract."""

import os
import subprocess
import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from data_access.snapshot import CONTRACT_VERSION

ROOT = Path(__file__).parents[2]


@cache
def release() -> dict[str, str | int | None]:
    """The version (of pyproject.toml or of the wheel installed), the commit (from `COCKPIT_COMMIT` or
    the checkout; None where nobody knows) and the version of snapshots that this code reads."""
    project = ROOT / "pyproject.toml"
    return {
        "version": tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
        if project.exists()
        else version("crm-cockpit"),
        "commit": os.environ.get("COCKPIT_COMMIT") or _checked_out(),
        "contract": CONTRACT_VERSION,
    }


def _checked_out() -> str | None:
    if not (ROOT / ".git").exists():  # or git would tell of a checkout around this folder
        return None
    try:
        told = subprocess.run(
            ["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip()
