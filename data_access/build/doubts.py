"""A delivery beside the one before it: what changed, and what cannot be right.

A file of half the rows, last month's file sent again, amounts in another unit: each row of it passes the
contract, so only the comparison with the former snapshot shows it.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data_access import snapshot as life
from data_access.build.controls import reconcile
from data_access.build.mixed_up import mixed_up
from data_access.build.restated import (
    KEPT,
    MONTHLY,
    month_facts,
    restated,
    sentence,
    unchanged_months,
)
from data_access.errors import CockpitError
from data_access.intake.drift import look
from data_access.intake.intake import Intake
from data_access.retention import rolled_back

UNIT = 50  # a median that moved by this factor has another unit: one of 100 and a month's own change


class DoubtfulError(CockpitError):
    """A delivery that passes the contract and cannot be right; `--accept` takes it all the same."""

    exit_code = 3


def facts_of(intake: Intake) -> dict[str, dict[str, Any]]:
    """What the next delivery is compared with, by table: rows, the newest month and medians of money.

    Medians are in currency units, of amounts that are not 0; those of months are the newest month's.
    """
    found = {}
    for name, report in intake.reports.items():
        frame = intake.tables.get(name)
        fact: dict[str, Any] = {"rows": report.loaded}
        if name == MONTHLY and intake.months:
            newest = max(intake.months)
            frame = pl.read_parquet(intake.months[newest])
            fact |= {"newest_rows": frame.height}
        fact["as_of"] = report.as_of.isoformat() if report.as_of else None
        fact["form"] = report.form
        fact["medians"] = {} if frame is None else _medians(intake, name, frame)
        found[name] = fact
    return found


def _medians(intake: Intake, name: str, frame: pl.DataFrame) -> dict[str, float]:
    columns = intake.config.contract.tables[name].columns
    money = [c.name for c in columns if c.kind == "money" and c.name in frame.columns]
    amounts = {column: frame[column].filter(frame[column] != 0).abs().median() for column in money}
    units = intake.config.minor_units
    return {name: float(value) / units for name, value in amounts.items() if isinstance(value, int | float)}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A delivery beside the former snapshot and the ledger. `document`: what the manifest keeps of it."""

    unchanged: frozenset[date]  # months of customers whose file is the former one
    document: dict[str, Any]


def compare(intake: Intake, former: life.Snapshot | None) -> Comparison:
    """Writes into each report what was before, what is restated and what cannot be right."""
    facts, manifest = facts_of(intake), former.manifest if former else {}
    unchanged = unchanged_months(intake, former)
    months = month_facts(intake, unchanged, manifest.get("months_of", {}))
    anew = restated(intake, unchanged, months, former)
    for entry in anew:
        columns = intake.config.contract.tables[entry["table"]].columns
        money = frozenset(column.name for column in columns if column.kind == "money")
        note = sentence(entry, intake.config.minor_units, money)
        intake.reports[entry["table"]].notes.append(note)
    _doubt(intake, facts, manifest.get("facts", {}))
    mixed_up(intake, unchanged, former)
    document = {
        "facts": facts,
        "months_of": months,
        "restated": [*manifest.get("restated", []), *anew][-KEPT:],
        "controls": [control.row() for control in reconcile(intake)],
    }
    return Comparison(unchanged=unchanged, document=document)


def _doubt(intake: Intake, facts: dict[str, dict[str, Any]], before: dict[str, dict[str, Any]]) -> None:
    for name, report in intake.reports.items():
        if name in intake.config.tables:
            look(report, intake.config.tables[name], before.get(name, {}).get("form"))
        if report.failure is None and name in before:
            report.before = {key: before[name].get(key) for key in ("rows", "as_of")}
            report.doubts += _fallen(intake, facts[name], before[name])
            report.doubts += _older(facts[name], before[name])
            report.doubts += _moved(intake, name, facts[name], before[name])
    monthly = intake.reports.get(MONTHLY)
    known = before.get(MONTHLY, {}).get("as_of")  # a month that was taken already is not asked for again
    if monthly is not None and monthly.failure is None and facts[MONTHLY]["as_of"] != known:
        monthly.doubts += _copied(intake)


def refuse(intake: Intake) -> None:
    """Stops where a delivery cannot be right."""
    doubts = [f"{name}: {doubt}" for name, report in intake.reports.items() for doubt in report.doubts]
    if doubts:
        raise DoubtfulError(
            "{doubts}\nNothing was built; the former snapshot serves on. "
            "Deliver it again, or, if it is right, build with --accept.",
            doubts="\n".join(doubts),
        )


def refuse_rolled_back(root: Path) -> None:
    """Stops where somebody has rolled back: a build would put the newer numbers back unseen."""
    found = rolled_back(root)
    if found:
        raise DoubtfulError(
            "The cockpit was rolled back from snapshot {before} to {to}, so nothing was built: a new one "
            "would show again what was taken back. Look at the delivery; if it is right, build with "
            "--accept.",
            before=found["from"],
            to=found["to"],
        )


def _fallen(intake: Intake, now: dict[str, Any], then: dict[str, Any]) -> list[str]:
    """Rows of the table, or of its newest month, that fell or grew by more than policy allows."""
    policy, found = intake.config.policy, []
    for key, what in (("rows", "rows"), ("newest_rows", "rows in the newest month")):
        new, old = now.get(key), then.get(key)
        if new is None or not old or (new and max(new, old) < policy.change_floor):
            continue
        grows = key == "rows" and "newest_rows" in now  # by the months that are added
        if not new or (abs(new - old) > policy.change_share * old and not (grows and new > old)):
            found.append(
                f"{new:,} {what}, {old:,} before ({new / old - 1:+.0%}; policy.change_share allows "
                f"{policy.change_share:.0%})."
            )
    return found


def _older(now: dict[str, Any], then: dict[str, Any]) -> list[str]:
    new, old = now["as_of"], then.get("as_of")
    if not new or not old or new >= old:
        return []
    return [f"the data reach to {new}, before they reached to {old}: an older delivery?"]


def _moved(intake: Intake, name: str, now: dict[str, Any], then: dict[str, Any]) -> list[str]:
    """Money whose median moved as only another unit moves it."""
    if max(now["rows"], then["rows"]) < intake.config.policy.change_floor:
        return []
    medians = then.get("medians", {})
    return [
        f"the median of {column} is {new:,.2f}, {medians[column]:,.2f} before: another unit? "
        f"(scale under [tables.{name}])."
        for column, new in now["medians"].items()
        if medians.get(column) and not medians[column] / UNIT < new < medians[column] * UNIT
    ]


def _copied(intake: Intake) -> list[str]:
    """Whether the newest month holds word for word what the month before holds."""
    if len(intake.months) < 2:
        return []
    before, newest = sorted(intake.months)[-2:]
    frames = [pl.read_parquet(intake.months[day]).drop("month") for day in (before, newest)]
    first, second = frames
    if second.height < intake.config.policy.change_floor or not first.equals(second):
        return []
    if not _told(intake, second):
        return []
    return [f"{newest:%Y-%m} holds the same {second.height:,} rows as {before:%Y-%m}: the same file again?"]


def _told(intake: Intake, frame: pl.DataFrame) -> bool:
    """Whether a month says more than who is a customer where."""
    columns = intake.config.contract.tables[MONTHLY].columns
    numbers = [c.name for c in columns if c.kind in ("money", "count") and c.name in frame.columns]
    return any(frame[name].n_unique() > 1 for name in numbers)
