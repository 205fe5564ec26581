"""The snapshots that are kept: listed, verified, rolled back to, pinned, removed.

`CURRENT` names the live one. A pinned one holds the file `pinned` and is never removed. Who rolls back
leaves `ROLLED_BACK`: until a build is accepted, none puts the newer numbers back. A build that failed leaves
`FAILED` until one succeeds.
"""

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_access import snapshot as life
from data_access.errors import CallError, CockpitError, DataError, is_full

PIN, ROLLED_BACK, FAILED = "pinned", "ROLLED_BACK", "FAILED"
ROOM = 1.5  # a build needs as much as the last snapshot and half as much again


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A snapshot as `snapshots list` tells it; `bytes` are those of its files, whether shared or not."""

    id: str
    built_at: datetime | None
    as_of: str | None
    bytes: int
    live: bool
    pinned: bool
    processes: int  # that read it now
    readable: bool  # whether this version of the cockpit can

    def row(self) -> dict[str, Any]:
        told = asdict(self)
        return told | {"built_at": self.built_at.isoformat() if self.built_at else None}


def kept(root: Path) -> list[Kept]:
    """Every snapshot, newest first; one whose manifest is damaged has neither dates nor a size."""
    live = life.current_id(root)
    return [_kept(root, folder, live) for folder in reversed(_folders(root))]


def _kept(root: Path, folder: Path, live: str | None) -> Kept:
    found = None
    with contextlib.suppress(CockpitError):
        found = life.open_snapshot(root, folder.name)
    return Kept(
        id=folder.name,
        built_at=life.built_at(found) if found else None,
        as_of=max(found.manifest.get("as_of", {}).values(), default=None) if found else None,
        bytes=size(found) if found else 0,
        live=folder.name == live,
        pinned=(folder / PIN).exists(),
        processes=_readers(folder),
        readable=bool(found and found.is_current),
    )


def _folders(root: Path) -> list[Path]:
    """The folders of published snapshots, oldest first."""
    return sorted((root / "snapshots").glob("[!.]*/"), key=life.published_at)


def _readers(folder: Path) -> int:
    users = folder / "used_by"
    return sum(life.is_alive(user.name, user.read_text("ascii")) for user in users.glob("*"))


def size(snapshot: life.Snapshot) -> int:
    """The bytes of its files."""
    return sum(entry["bytes"] for entry in snapshot.manifest["files"].values())


def verify(root: Path, snapshot_id: str) -> None:
    """Reads every file of a snapshot and compares it with what was published."""
    found = life.open_snapshot(root, snapshot_id)
    life.verify(found, tuple({name.partition("/")[0] for name in found.manifest["files"]}))


def roll_back(root: Path, snapshot_id: str) -> str | None:
    """Makes a kept snapshot the live one, verified first; gives the one that was live. Servers that run
    take it up at their next click."""
    found = life.open_snapshot(root, snapshot_id)
    if not found.is_current:
        raise CallError(
            "Snapshot {id} was built by another version of the cockpit and cannot be shown by this one. "
            "Roll back to one that `snapshots list` calls readable.",
            id=snapshot_id,
        )
    life.verify(found)
    before = life.current_id(root)
    newest = [one.id for one in kept(root) if one.readable][:1]
    if before == snapshot_id:
        return before
    if newest == [snapshot_id]:
        (root / ROLLED_BACK).unlink(missing_ok=True)
    else:
        life.write_atomic(root / ROLLED_BACK, json.dumps({"from": before, "to": snapshot_id}))
    life.write_atomic(root / "CURRENT", snapshot_id)
    return before


def rolled_back(root: Path) -> dict[str, str] | None:
    """From which snapshot to which somebody has rolled back, as long as no build was accepted since."""
    try:
        found: dict[str, str] = json.loads((root / ROLLED_BACK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return {"from": "?", "to": life.current_id(root) or "?"}
    return found


def settled(root: Path) -> None:
    """A build has succeeded: its numbers are wanted, and what failed before is past."""
    for mark in (ROLLED_BACK, FAILED):
        (root / mark).unlink(missing_ok=True)


@contextlib.contextmanager
def room(root: Path) -> Iterator[None]:
    """A disk that is full is told with the place and the sizes."""
    try:
        yield
    except Exception as error:
        if not is_full(error):
            raise
        last = 0
        with contextlib.suppress(CockpitError):
            last = size(life.open_snapshot(root))
        raise DataError(
            "There is no room for a snapshot under {root}: {free:,.1f} MB of its disk are free, and a "
            "file could not be written. The last snapshot has {last:,.1f} MB; a build needs {factor} times "
            "as much. Nothing was published, and the former snapshot serves on. Make room (`snapshots "
            "prune`), or name another disk under snapshots.",
            root=root,
            free=shutil.disk_usage(root).free / 1e6,
            last=last / 1e6,
            factor=ROOM,
        ) from error


def failed(root: Path) -> dict[str, str] | None:
    """When and with which sentence the last build failed; None where it did not."""
    try:
        found: dict[str, str] = json.loads((root / FAILED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def note_failure(root: Path, error: BaseException) -> None:
    """The last build failed: pages say so until one succeeds, and why to who may view the whole bank."""
    why = str(error) if isinstance(error, CockpitError) else type(error).__name__
    words = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "why": why}
    with contextlib.suppress(OSError):  # a full disk has its own sentence
        life.write_atomic(root / FAILED, json.dumps(words), durable=False)


def pin(root: Path, snapshot_id: str, *, pinned: bool = True) -> None:
    """Keeps a snapshot for good, or no longer."""
    mark = life.open_snapshot(root, snapshot_id).folder / PIN
    if pinned:
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def prune(root: Path, keep: int) -> list[str]:
    """Removes the oldest snapshots beyond `keep`, never the live one, one in use or a pinned one; pinned
    ones are not counted."""
    folders = [folder for folder in _folders(root) if not (folder / PIN).exists()]
    return [folder.name for folder in folders[: max(len(folders) - keep, 0)] if _removed(root, folder)]


def make_room(root: Path, told: Callable[[str], None]) -> list[str]:
    """Before a build on a disk that is short: removes the oldest, one by one, until there is room."""
    live = life.current_id(root)
    if live is None:
        return []
    try:
        needed = ROOM * size(life.open_snapshot(root, live))
    except CockpitError:  # the build says so
        return []
    removed = []
    for folder in _folders(root):
        if shutil.disk_usage(root).free >= needed:
            break
        if not (folder / PIN).exists() and _removed(root, folder):
            removed.append(folder.name)
            told(f"remove snapshot {folder.name}, for the disk is short")
    return removed


def _removed(root: Path, folder: Path) -> bool:
    if folder.name == life.current_id(root) or _readers(folder):
        return False
    shutil.rmtree(folder)
    return True
