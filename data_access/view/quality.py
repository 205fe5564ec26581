"""What is known of the data themselves: delivered when, loaded how far, in agreement with the ledger or not.

Dates and verdicts are everybody's. Rows of the whole bank, and rows that were not loaded, are told to those
who may view the whole bank; a total of the ledger to those who may view its institution.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from data_access import retention
from data_access import snapshot as life
from data_access.access.masking import masked
from data_access.intake.report import place
from data_access.ledger import Control
from data_access.view.grants import CUSTOMERS
from data_access.view.scope import Scope
from data_access.view.store import Store

ROOT = 0  # the node of the whole bank
VALUES = ("first", "second")  # places of a note in which a value of a row stands
NEWS = timedelta(days=35)  # so long a restated month is said to be one on every page


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Why rows of a table were not loaded; `samples` are places and masked values."""

    column: str
    rule: str
    found: str
    rows: int
    samples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One table of the snapshot. Counts are None for who may not view the whole bank.

    `late`: days that newer rows are missed beyond those allowed; None where no date is expected.
    """

    table: str
    as_of: date | None
    late: int | None
    rows_in: int | None
    loaded: int | None
    quarantined: int | None
    duplicate: int | None
    before: int | None  # rows in the snapshot before
    has_quarantine: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Restated:
    """A month told otherwise than before; sums by column are None for who may not view the whole bank."""

    table: str
    month: date
    told_on: date
    before: str  # the snapshot that told it otherwise
    sums: Mapping[str, tuple[int, int]] | None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A snapshot that is kept, and what it changed of the one before it, by table: rows and reach."""

    id: str
    built_at: datetime
    as_of: date | None
    changes: Mapping[str, tuple[int | None, int | None, str | None]]


def notes(scope: Scope) -> list[tuple[str, str, dict[str, Any]]]:
    """What is to be said of each table: its name, the text, what stands in its places.

    To who may view the whole bank; ids and values only to who may see those of its customers.
    """
    if not sees_all(scope):
        return []
    named = any(first <= ROOT <= last for first, last in scope.grant.of(CUSTOMERS))
    found = []
    for table, told in scope.store.manifest.get("notes", {}).items():
        for message, values in told:
            shown = {key: value if named or key not in VALUES else "…" for key, value in values.items()}
            found.append((table, message, {k: masked(v) if k in VALUES else v for k, v in shown.items()}))
    return found


def sees_all(scope: Scope) -> bool:
    """Whether the reader may view the whole bank."""
    return scope.grant.covers(ROOT)


def deliveries(scope: Scope, today: date) -> list[Delivery]:
    """Each delivered table in the order of the contract."""
    return [_delivery(scope, row, today) for row in scope.store.manifest["reports"]]


def _delivery(scope: Scope, row: Mapping[str, Any], today: date) -> Delivery:
    store, whole = scope.store, sees_all(scope)
    as_of = store.as_of.get(row["table"])
    named = any(first <= ROOT <= last for first, last in scope.grant.of(CUSTOMERS))

    def count(name: str) -> int | None:
        return int(row[name]) if whole else None

    findings = [
        Finding(
            column=rule["column"],
            rule=rule["rule"],
            found=rule["found"],
            rows=rule["rows"],
            samples=tuple((place(one), masked(str(one["value"] or ""))) for one in rule["first"] if named),
        )
        for rule in row["rules"]
        if whole
    ]
    before = row["before"]["rows"] if whole and row["before"] else None
    return Delivery(
        table=row["table"],
        as_of=as_of,
        late=late_by(store, row["table"], today),
        rows_in=count("rows_in"),
        loaded=count("loaded"),
        quarantined=count("quarantined"),
        duplicate=count("duplicate"),
        before=before,
        has_quarantine=bool(row["quarantined"]),
        findings=tuple(findings),
    )


def late_by(store: Store, table: str, today: date) -> int | None:
    """Days by which newer rows of a table are missed; the sample bank's days stand still."""
    allowed, reached = store.manifest.get("late_after", {}).get(table), store.as_of.get(table)
    if allowed is None or reached is None or store.manifest["sample"]:
        return None
    return max((today - reached).days - int(allowed), 0)


def late_tables(store: Store, today: date) -> dict[str, int]:
    """The tables that should have newer rows by now, and by how many days."""
    found = {table: late_by(store, table, today) for table in store.as_of}
    return {table: days for table, days in found.items() if days}


def totals(scope: Scope) -> list[Control]:
    """The ledger's totals of the chosen institution and those below it, where the reader may view them."""
    store, found = scope.store, []
    first, last = store.tree.subtree(scope.node)
    for row in store.manifest.get("controls", []):
        known = {name: row[name] for name in ("table", "column", "part", "expected", "found", "tolerance")}
        node = ROOT if row["institution"] is None else store.tree.node_of.get(row["institution"])
        if node is not None and first <= node <= last and scope.grant.covers(node):
            days = {"date": _day(row["date"]), "from_on": _day(row["from_on"])}
            found.append(Control(**known, **days, institution=row["institution"]))
    return found


def _day(text: str | None) -> Any:
    return None if text is None else date.fromisoformat(text)


def restated(scope: Scope) -> list[Restated]:
    """The months that were told otherwise before, the newest telling first."""
    whole = sees_all(scope)
    rows = [
        Restated(
            table=row["table"],
            month=date.fromisoformat(row["month"]),
            told_on=date.fromisoformat(row["told_on"]),
            before=row["snapshot"],
            sums={name: (old, new) for name, (old, new) in row["sums"].items()} if whole else None,
        )
        for row in scope.store.manifest.get("restated", [])
    ]
    return sorted(rows, key=lambda row: (row.told_on, row.month), reverse=True)


def restated_lately(store: Store, table: str) -> list[date]:
    """The months of a table that were restated in the last weeks before the snapshot was built."""
    since = date.fromisoformat(store.manifest["built_on"]) - NEWS
    rows = store.manifest.get("restated", [])
    news = {row["month"] for row in rows if row["table"] == table and _day(row["told_on"]) >= since}
    return sorted(map(date.fromisoformat, news))


def history(scope: Scope) -> list[Kept]:
    """The snapshots that are kept, newest first; what each changed is told to who may view the whole bank."""
    root, found = scope.store.snapshot.folder.parents[1], []
    opened = [life.open_snapshot(root, name) for name in life.ids(root)]
    for number, snapshot in enumerate(opened):
        before = opened[number + 1].manifest if number + 1 < len(opened) and sees_all(scope) else None
        reached = max(snapshot.manifest["as_of"].values(), default=None)
        found.append(
            Kept(
                id=snapshot.id,
                built_at=life.built_at(snapshot),
                as_of=_day(reached),
                changes=_changes(before, snapshot.manifest) if before else {},
            )
        )
    return found


def _changes(
    then: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, tuple[int | None, int | None, str | None]]:
    """By table that changed: rows before and now, and how far it reaches now where that is news."""
    found = {}
    for table in dict.fromkeys([*now["rows"], *then["rows"]]):
        old, new = then["rows"].get(table), now["rows"].get(table)
        was, is_ = then["as_of"].get(table), now["as_of"].get(table)
        if old != new or was != is_:
            found[table] = (old, new, is_ if was != is_ else None)
    return found


def failure(scope: Scope) -> tuple[datetime, str] | None:
    """When the last build failed, and why, as far as the reader may view the whole bank."""
    told = retention.failed(scope.store.snapshot.folder.parents[1])
    if told is None:
        return None
    return datetime.fromisoformat(told["at"]), masked(told["why"]) if sees_all(scope) else ""
