"""The record of who saw and took along what: appended to, never rewritten, each line sealed by the next.

Files under `<snapshots>/audit/` are named by month and a serial number, `2026-11-0001.jsonl`; a line is one
act. Each holds the sha256 of the line before it, across files, so that `verify` finds a line that was
changed or removed. A process that is killed while it writes leaves at most one torn line; the next act
ends it. No line holds data of customers.
"""

import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from data_access.access.settings import Audit
from data_access.errors import CallError, DataError

LONGEST, MOST = 200, 50  # characters of a value, values of a list
KEPT_DAYS = 183  # what is older may be removed, the oldest files first
WAIT = 5  # seconds for the lock, which is held for microseconds
_BEFORE = re.compile(rb'\{"before":"([0-9a-f]{64})"')


class Act(StrEnum):
    """What is recorded."""

    sign_in = "sign_in"
    sign_out = "sign_out"
    refused = "refused"
    page = "page"
    list = "list"
    unmask = "unmask"
    export = "export"
    admin = "admin"
    view_as = "view_as"
    snapshot = "snapshot"
    send = "send"
    note = "note"
    my_view = "my_view"


MUST = (Act.unmask, Act.export, Act.send, Act.note)  # without a record they do not happen


class Audited(Protocol):
    """What a configuration says of the record."""

    @property
    def snapshots(self) -> Path: ...

    @property
    def timezone(self) -> str: ...

    @property
    def audit(self) -> Audit: ...


def record(
    config: Audited, act: Act, user: str, *, by: str | None = None, most: int | None = None, **words: Any
) -> bool:
    """Appends one act; `by`: the administrator who looks as this user. False where it could not be written.

    words: institution, page, period, what, rows, snapshot and the like; cut in length, without control
    characters. `most`: refused where who does it has done so as often on this day of the bank's time zone;
    counted and written under one lock, so that several processes agree. What must not happen without a
    record (exports, sendings, unmasking, notes) raises instead.
    """
    try:
        with _locked(config):
            if most is not None and (done := count(config, act, by or user)) >= most:
                raise CallError(
                    "You have taken along {done} files today, and no more than {most} are allowed. "
                    "Try again tomorrow, or ask the administrator ([exports] files_per_day).",
                    done=done,
                    most=most,
                )
            _append(config, {"act": act.value, "user": user, "by": by, **words}, flushed=act in MUST)
    except (OSError, Timeout) as error:
        logging.getLogger(__name__).error("The audit record cannot be written: %s", type(error).__name__)
        if act in MUST:
            raise DataError(
                "This is not done, because the audit record cannot be written. Tell the administrator."
            ) from error
        return False
    return True


@contextmanager
def _locked(config: Audited) -> Iterator[None]:
    folder = folder_of(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(folder / "lock", timeout=WAIT, mode=0o600):
        yield


def folder_of(config: Audited) -> Path:
    return config.snapshots / "audit"


def files(config: Audited) -> list[Path]:
    """The files of the record, oldest first."""
    return sorted(folder_of(config).glob("????-??-????.jsonl"))


def _append(config: Audited, words: dict[str, Any], *, flushed: bool) -> None:
    """One write of one line; it also ends a line that was torn before."""
    now = datetime.now(UTC)
    known = files(config)
    last = _last_line(known[-1]) if known else b""
    torn = bool(last) and not last.endswith(b"\n")
    before = _seal(last.rstrip(b"\n")) if last else ""
    cleaned = {key: _clean(value) for key, value in words.items() if value is not None}
    entry = {"before": before, "time": now.isoformat(timespec="milliseconds"), **cleaned}
    line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    path = _file(config, known, f"{now:%Y-%m}")
    ends_torn = torn and path in known
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        whole = b"\n" * ends_torn + line
        if os.write(handle, whole) != len(whole):
            raise OSError("the disk is full")
        if flushed:
            os.fsync(handle)
    finally:
        os.close(handle)


def _file(config: Audited, known: list[Path], month: str) -> Path:
    """The newest file, or the next one where the month is over or the file is full."""
    newest = known[-1] if known else None
    if newest is not None and newest.name[:7] >= month:  # a clock set back starts no file
        if newest.stat().st_size < config.audit.file_megabytes * 1_000_000:
            return newest
        return newest.with_name(f"{newest.name[:8]}{int(newest.stem[8:]) + 1:04d}.jsonl")
    return folder_of(config) / f"{month}-0001.jsonl"


def _last_line(path: Path) -> bytes:
    """The last line with its end, as far as it has one."""
    with path.open("rb") as file:
        size, step = file.seek(0, os.SEEK_END), 8192
        while True:
            start = max(size - step, 0)
            file.seek(start)
            tail = file.read()
            at = tail.rfind(b"\n", 0, -1)
            if at >= 0 or start == 0:
                return tail[at + 1 :]
            step *= 4


def _seal(line: bytes) -> str:
    return sha256(line).hexdigest()


def _clean(value: Any) -> Any:
    """A number as it is; a text on one line and not too long.

    >>> _clean("a\\nb" + "x" * 300)[:5], _clean(["1", 2]), _clean(3)
    ('a bxx', ['1', 2], 3)
    """
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value[:MOST]]
    return "".join(sign if sign.isprintable() else " " for sign in str(value)[:LONGEST])


def _entry(line: bytes) -> dict[str, Any] | None:
    """A line as it was recorded; None where it is torn or no record at all."""
    try:
        found = json.loads(line)
        datetime.fromisoformat(found["time"])
    except (ValueError, TypeError, KeyError):
        return None
    return dict(found) if isinstance(found.get("before"), str) else None


def _day(config: Audited, entry: dict[str, Any]) -> date:
    return datetime.fromisoformat(entry["time"]).astimezone(ZoneInfo(config.timezone)).date()


def count(config: Audited, act: Act, user: str) -> int:
    """How often a user has done so today, texts aside, in the bank's time zone; what an administrator did
    as another user sees it was done by the administrator."""
    today = datetime.now(ZoneInfo(config.timezone)).date()
    mark = f'"act":"{act.value}"'.encode()
    found = 0
    for path in reversed(files(config)):
        lines = path.read_bytes().split(b"\n")
        entries = [entry for line in lines if mark in line and (entry := _entry(line))]
        found += sum(
            (entry.get("by") or entry.get("user")) == _clean(user)
            and entry.get("form") != "text"
            and _day(config, entry) == today
            for entry in entries
        )
        first = next((entry for line in lines if (entry := _entry(line))), None)
        if first is not None and _day(config, first) < today:
            break
    return found


def search(
    config: Audited,
    *,
    user: str | None = None,
    act: str | None = None,
    institution: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[dict[str, Any]]:
    """The acts that were recorded, oldest first; days are those of the bank's time zone."""
    wanted = {"user": user, "act": act, "institution": institution}
    wanted = {key: value for key, value in wanted.items() if value is not None}
    found = []
    for path in files(config):
        for line in path.read_bytes().split(b"\n"):
            entry = _entry(line)
            if entry is None or any(entry.get(key) != value for key, value in wanted.items()):
                continue
            if (first or date.min) <= _day(config, entry) <= (last or date.max):
                found.append(entry)
    return found


@dataclass(frozen=True)
class Verified:
    """What a look at all files found: how many acts, lines that were torn, what is wrong, the last seal."""

    records: int
    torn: tuple[str, ...]
    faults: tuple[str, ...]
    last: str


def verify(config: Audited, seen: str | None = None) -> Verified:
    """Whether every line is the one that the next one seals. `seen`: a last seal noted before must be there;
    without one nothing tells that the newest lines were cut off."""
    before, records = None, 0
    torn, faults, seals = list[str](), list[str](), set[str]()
    for path in files(config):
        lines = path.read_bytes().split(b"\n")
        for number, line in enumerate(lines if lines[-1] else lines[:-1], 1):
            where, entry = f"{path.name} line {number}", _entry(line)
            if entry is None:
                torn.append(where)
            records += entry is not None
            claimed = entry["before"] if entry else _claimed(line)
            if before is None and entry is not None and not _begins(entry):
                faults.append(f"{where}: records before it that are not {KEPT_DAYS} days old are gone")
            elif before is not None and claimed is not None and claimed != before:
                faults.append(f"{where}: the line before it was changed or removed")
            before = _seal(line)
            seals.add(before)
    if seen is not None and seen not in seals:
        faults.append(f"no line has the seal {seen[:64]}: the newest lines were changed or removed")
    return Verified(records, tuple(torn), tuple(faults), before or "")


def _claimed(line: bytes) -> str | None:
    """What a torn line says of the one before it, as far as it came."""
    found = _BEFORE.match(line)
    return found[1].decode() if found else None


def _begins(entry: dict[str, Any]) -> bool:
    """Whether a first line is the very first, or old enough that those before it may be gone."""
    old = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    return entry["before"] == "" or datetime.fromisoformat(entry["time"]) <= old
