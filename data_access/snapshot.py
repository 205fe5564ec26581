"""The life of a snapshot: staged, verified, published atomically, used, removed.

`CURRENT` names the live one. A snapshot directory is never changed after it is published, so any number
of processes may read it; each says so by a file under `used_by`, and one in use is not removed.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psutil

from data_access.errors import CallError, DataError

CONTRACT_VERSION = 3


@dataclass(frozen=True)
class Snapshot:
    """One published directory and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def is_current(self) -> bool:
        """Whether this version of the cockpit can read it."""
        return self.manifest.get("contract") == CONTRACT_VERSION

    def file(self, *names: str) -> Path:
        return self.folder.joinpath(*names)

    def is_whole(self, name: str) -> bool:
        """Whether a file is there and still what was published."""
        file, entry = self.file(name), self.manifest["files"].get(name)
        return entry is not None and file.exists() and sha256(file) == entry["sha256"]

    def has(self, *names: str) -> bool:
        return self.file(*names).exists()


def current_id(root: Path) -> str | None:
    """The id of the live snapshot."""
    try:
        return (root / "CURRENT").read_text(encoding="ascii", errors="replace").strip() or None
    except FileNotFoundError:
        return None


def open_snapshot(root: Path, snapshot_id: str | None = None) -> Snapshot:
    """Opens the live snapshot, or an earlier one that is still kept."""
    name = snapshot_id or current_id(root)
    if name is None:
        raise DataError(
            "There is no snapshot under {root} yet. Build one with: python cockpit.py build --config FILE",
            root=root,
        )
    folder = root / "snapshots" / name
    if snapshot_id is not None and not folder.is_dir():
        raise CallError(
            "There is no snapshot {id}, or it is not kept any more. Kept: {known}.",
            id=snapshot_id,
            known=", ".join(ids(root)),
        )
    try:
        return Snapshot(folder, manifest_of(folder))
    except (OSError, ValueError) as error:
        raise DataError(
            "Snapshot {id} is damaged: its manifest cannot be read. Build again.", id=name
        ) from error


def manifest_of(folder: Path) -> dict[str, Any]:
    """What the build wrote; a changed byte is no manifest."""
    file, mark = folder / "manifest.json", folder / "manifest.sha256"  # snapshots before had no mark
    if mark.exists() and mark.read_text(encoding="ascii") != sha256(file):
        raise ValueError("not what was published")
    return dict(json.loads(file.read_text(encoding="utf-8")))


SERVED = (
    *("marts", "lists", "models", "codes.json", "then"),
    *("tables/institutions.parquet", "tables/managers.parquet"),
    *("tables/targets.parquet", "tables/annotations.parquet"),
)


def ids(root: Path) -> list[str]:
    """The snapshots that can be looked at, newest first."""
    found = list[Snapshot]()
    for folder in sorted((root / "snapshots").glob("*/"), key=published_at, reverse=True):
        with contextlib.suppress(DataError):
            found.append(open_snapshot(root, folder.name))
    return [snapshot.id for snapshot in found if snapshot.is_current]


def served(snapshot: Snapshot, parts: tuple[str, ...] = SERVED) -> list[str]:
    """The files that pages read, or those of other parts."""
    return [
        name
        for name in snapshot.manifest["files"]
        if any(name == part or name.startswith(f"{part}/") for part in parts)
    ]


def verify(snapshot: Snapshot, parts: tuple[str, ...] = SERVED) -> None:
    """Compares what is served (or these files and folders) with the manifest; a changed byte is refused."""
    for name in served(snapshot, parts):
        if not snapshot.is_whole(name):
            raise DataError(
                "Snapshot {id} is damaged: {file} is not what was published. Build again.",
                id=snapshot.id,
                file=name,
            )


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass
class Lock:
    """The build's lock file: who builds, and how far it is."""

    path: Path
    words: dict[str, Any] = field(default_factory=dict)

    def says(self, **words: Any) -> None:
        self.words |= words
        write_atomic(self.path, json.dumps(self.words), durable=False)


@contextlib.contextmanager
def build_lock(root: Path) -> Iterator[Lock]:
    """One build at a time; the lock of a process that is gone is taken over."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / "build.lock"
    me = {"pid": os.getpid(), "started": psutil.Process().create_time()}
    if not _created(path, json.dumps(me)):
        holder = building(root)
        if holder is None:
            path.unlink(missing_ok=True)
        if holder is not None or not _created(path, json.dumps(me)):
            words = holder or {"pid": "?"}
            raise DataError(
                "Another build is running (process {pid}, step {step}). Wait for it, or end it.",
                pid=words["pid"],
                step=words.get("step", "start"),
            )
    try:
        yield Lock(path, dict(me))
    finally:
        if (building(root) or me)["pid"] == os.getpid():  # not a lock that another build has taken over
            path.unlink(missing_ok=True)


def _created(path: Path, text: str) -> bool:
    """Creates a file with its content at once, so that nobody finds it empty; False if it is there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            return False
    finally:
        draft.unlink()
    return True


def sweep(root: Path) -> None:
    """Removes what builds and checks that were killed have left; only for the holder of the lock."""
    for folder in (root / "snapshots").glob(".building-*"):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in root.glob(".check-*"):
        if not psutil.pid_exists(int(folder.name.split("-")[1])):
            shutil.rmtree(folder, ignore_errors=True)
    for name in (".build.lock.*", ".CURRENT.*"):
        for draft in root.glob(name):
            if draft.name != f".build.lock.{os.getpid()}":
                draft.unlink(missing_ok=True)


def building(root: Path) -> dict[str, Any] | None:
    """What the running build says of itself; None when none is running."""
    try:
        words: dict[str, Any] = json.loads((root / "build.lock").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return words if is_alive(words.get("pid"), words.get("started")) else None


def is_alive(pid: Any, started: Any) -> bool:
    try:
        return bool(abs(psutil.Process(int(pid)).create_time() - float(started)) < 2)
    except (psutil.Error, TypeError, ValueError):
        return False


def next_id(root: Path, as_of: date) -> str:
    """The day of the data and a serial number, 251231-2.

    >>> next_id(Path("nowhere"), date(2025, 12, 31))
    '251231-1'
    """
    day = f"{as_of:%y%m%d}"
    taken = [int(p.name.split("-")[1]) for p in (root / "snapshots").glob(f"{day}-*")]
    return f"{day}-{max(taken, default=0) + 1}"


def publish(root: Path, staging: Path, snapshot_id: str, manifest: dict[str, Any]) -> Snapshot:
    """Writes the manifest, moves the staged directory into place and swaps CURRENT."""
    files = {}
    for file in sorted(staging.rglob("*")):
        if file.is_file():
            _fsync(file)
            name = file.relative_to(staging).as_posix()
            files[name] = {"sha256": sha256(file), "bytes": file.stat().st_size}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = manifest | {"id": snapshot_id, "contract": CONTRACT_VERSION, "built_at": now, "files": files}
    write_atomic(staging / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    write_atomic(staging / "manifest.sha256", sha256(staging / "manifest.json"))
    target = root / "snapshots" / snapshot_id
    staging.rename(target)
    _fsync(target.parent)
    published = Snapshot(target, manifest)
    verify(published)  # what was written is read back before anybody is sent to it
    write_atomic(root / "CURRENT", snapshot_id)
    return published


def use(snapshot: Snapshot) -> None:
    """Says that this process reads the snapshot, so that no build removes it."""
    folder = snapshot.folder / "used_by"
    folder.mkdir(exist_ok=True)
    (folder / str(os.getpid())).write_text(str(psutil.Process().create_time()), encoding="ascii")


def release(snapshot: Snapshot) -> None:
    """This process reads it no more."""
    (snapshot.folder / "used_by" / str(os.getpid())).unlink(missing_ok=True)


def published_at(folder: Path) -> int:
    """When a snapshot was built; a reader's mark changes its folder, never its manifest."""
    manifest = folder / "manifest.json"
    return manifest.stat().st_mtime_ns if manifest.exists() else 0


def built_at(snapshot: Snapshot) -> datetime:
    """When it was built; snapshots of before did not write it down."""
    told = snapshot.manifest.get("built_at")
    then = published_at(snapshot.folder) / 1e9
    return datetime.fromisoformat(told) if told else datetime.fromtimestamp(then, UTC)


def link_or_copy(source: Path, target: Path) -> None:
    """Hard-links an unchanged file of the former snapshot (a copy where the file system has no links)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write_atomic(path: Path, text: str, *, durable: bool = True) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)


def _fsync(path: Path) -> None:
    """Flushes a file or directory to disk, where the system can (Windows has none for directories)."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
