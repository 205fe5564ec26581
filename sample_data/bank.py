"""A synthetic bank of any size, written as the extracts a real one would deliver.

It knows nothing of the cockpit: files, an SQLite database and a configuration are all they share.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sample_data import (
    annotations,
    balances,
    changes,
    complaints,
    config,
    contacts,
    controls,
    deals,
    grants,
    hazards,
    holdings,
    ledger,
    surveys,
    targets,
)
from sample_data.balances import evolve, month_rows
from sample_data.crm import won_amounts, write_crm
from sample_data.customers import Columns, kept, write_customers
from sample_data.dates import day_number, deal_season, month_ends
from sample_data.follow_ups import write_clashes, write_visits
from sample_data.institutions import staff, tree
from sample_data.institutions.history import live_through
from sample_data.institutions.network import Network, network
from sample_data.moves import Moves, all_moves, draw_moves, moves_frame
from sample_data.population import CAUSES, Living, founders, joiners, leaving, move

Progress = Callable[[str, float], None]
_PARTS = 15  # the first five draw what they drew when there were no more


@dataclass
class _Lived:
    """What the months leave behind, apart from the rows already written."""

    living: Living
    people: list[Columns] = field(default_factory=list)
    drawn: list[deals.Drawn] = field(default_factory=list)
    sums: list[ledger.Floats] = field(default_factory=list)
    moves: list[Moves] = field(default_factory=list)
    routines: list[contacts.Calls] = field(default_factory=list)
    complained: list[complaints.Cases] = field(default_factory=list)
    asked: list[surveys.Asked] = field(default_factory=list)
    rows: int = 0


def write(
    out: Path,
    *,
    customers: int = 20_000,
    months: int = 48,
    outlets: int = 300,
    seed: int = 1,
    last_month: date = date(2026, 10, 31),
    progress: Progress | None = None,
) -> dict[str, int]:
    """Write the extracts, `cockpit.toml` and `truth.json` to `out`; returns the rows per table.

    `customers` is the stock of the first month; `progress` hears a step's name and a share from 0 to 1.
    Every part draws from its own stream of the seed, so the same call gives the same content.
    """
    if customers < 10 or months < 2:
        raise ValueError(f"A bank needs 10 customers and 2 months, got {customers} and {months}.")
    say = progress or _silent
    streams = [np.random.Generator(np.random.PCG64([seed, part])) for part in range(_PARTS)]
    ends = month_ends(last_month, months)
    extracts = out / "extracts"
    monthly, daily = emptied(extracts / "customer_months"), emptied(extracts / "daily_balances")

    say("institutions", 0.0)
    nodes, net, managers, seats = open_for_business(extracts, outlets, ends, *streams[:2])
    rows = {"institutions": len(nodes), "managers": managers}

    factors, content = complaints.branch_factors(net, streams[13]), surveys.effects(net, streams[11])
    drawing = (*streams[2:4], streams[7], streams[9], streams[11], streams[13])
    lived = _live(monthly, customers, ends, net, factors, drawing, content, say)
    say("customers", 0.65)
    last_day = day_number(ends[-1])
    path = extracts / "customers.parquet"
    rows["customers"] = write_customers(path, lived.people, net, seats, last_day, streams[1])
    rows["customer_months"] = lived.rows
    crm = extracts / "crm.sqlite"
    rows |= write_crm(
        crm, lived.drawn, net, seats, last_day, streams[4], lambda share: say("deals", 0.7 + 0.1 * share)
    )
    clashes = write_clashes(crm, net, seats, last_day, streams[12])
    rows |= {name: rows[name] + clashes for name in ("deals", "deal_stages")}
    rows["daily_balances"], deposits = ledger.write_balances(
        daily, ends, lived.sums, net, streams[5], lambda share: say("daily_balances", 0.8 + 0.1 * share)
    )
    say("contacts", 0.9)
    moves = all_moves(lived.moves)
    rows["contacts"] = contacts.write_contacts(
        crm, lived.routines, moves, lived.drawn, net, seats, streams[9]
    )
    rows["contacts"] += write_visits(crm, lived.living, net, ends[-1], streams[12])
    rows["deal_changes"] = changes.write_changes(crm, net, months, last_day, streams[14])
    path = extracts / "holdings.parquet"
    rows["holdings"] = holdings.write_holdings(path, lived.living, net, seats, last_day, streams[8])
    path = extracts / "surveys.parquet"
    rows["surveys"] = surveys.write_surveys(path, lived.asked, net, seats, last_day, streams[11])
    won = won_amounts(crm, ends, net)
    for name, frame in {
        "large_moves": moves_frame(moves, net, seats),
        "targets": targets.targets_frame(nodes, ends, lived.sums, deposits, won, net, streams[6]),
        "complaints": complaints.complaints_frame(lived.complained, net, seats, last_day, streams[13]),
        "annotations": annotations.annotations_frame(nodes, ends[-1], streams[10]),
    }.items():
        frame.write_parquet(extracts / f"{name}.parquet")
        rows[name] = frame.height
    rights = grants.grants_frame(tree.frame(nodes), ends[-1])
    rights.write_csv(extracts / "grants.csv")
    totals = controls.controls_frame(tree.frame(nodes), monthly, daily, ends[-1])
    totals.write_csv(extracts / "controls.csv")
    rows |= {"grants": rights.height, "controls": totals.height}
    (out / "cockpit.toml").write_text(config.text(ends[-1]), encoding="utf-8")
    asked = {"customers": customers, "months": months, "outlets": outlets, "seed": seed}
    known = {
        "balances": balances.truth(net),
        "complaints": complaints.truth(net, factors),
        **surveys.truth(content, net),
    }
    (out / "truth.json").write_text(_truth(asked, ends, net, known), encoding="utf-8")
    say("done", 1.0)
    return rows


def _silent(_step: str, _share: float) -> None:
    """The progress of a caller who does not want to hear it."""


def open_for_business(
    extracts: Path, outlets: int, ends: list[date], places: np.random.Generator, people: np.random.Generator
) -> tuple[list[tree.Institution], Network, int, staff.Seats]:
    """The institutions and who works there, written as extracts; the managers are counted."""
    nodes = tree.grow(outlets, date(ends[0].year - 36, 4, 1), places)
    live_through(nodes, ends, places)
    net = network(nodes, ends, places)
    tree.frame(nodes).write_parquet(extracts / "institutions.parquet")
    managers, seats = staff.staff(nodes, net, ends, people)
    managers.write_parquet(extracts / "managers.parquet")
    return nodes, net, managers.height, seats


def emptied(folder: Path) -> Path:
    """A folder for a file per month; an earlier bank may have had other months."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if re.fullmatch(r"\d{4}-\d{2}\.parquet", path.name):
            path.unlink()
    return folder


def _live(
    folder: Path,
    customers: int,
    ends: list[date],
    net: Network,
    factors: npt.NDArray[np.float64],
    streams: tuple[np.random.Generator, ...],
    content: tuple[surveys.Floats, surveys.Floats],
    say: Progress,
) -> _Lived:
    """Month after month: leave, move, drift, join, write. Only the living are kept as arrays."""
    people, selling, moving, calling, asking, complaining = streams
    wanted_per_season = customers / 4 / deals.season_total(ends)
    living = founders(customers, ends[0].replace(day=1), net, people)
    lived, issued = _Lived(living), customers
    for month, end in enumerate(ends):
        say(f"{end:%Y-%m}", 0.05 + 0.6 * month / len(ends))
        if month:
            living, left, expected = leave(living, end, net, people)
            lived.people.append(left)
            move(living, month, net, people)
            evolve(living, net, people)
            joined = joiners(living, expected, month, end, net, people, issued + 1)
            issued += len(joined.number)
            living = living.with_more(joined)
        if month >= len(ends) - contacts.MONTHS:  # these two ask for the tier of the month before
            lived.moves.append(draw_moves(living, end, net, moving))
            lived.routines.append(contacts.routine(living, end, net, calling))
        cases = complaints.draw_complaints(living, end, factors, lived.complained, net, complaining)
        lived.complained.append(cases)
        if (back := len(ends) - 1 - month) < surveys.MONTHS:
            called = lived.routines[-1].customer if lived.routines else np.empty(0, np.int64)
            lived.asked.append(surveys.ask(living, called, end, back, net, content, asking))
        frame = month_rows(living, end, net, people)
        frame.write_parquet(folder / f"{end:%Y-%m}.parquet", compression="zstd")
        lived.rows += frame.height
        lived.sums.append(ledger.month_sums(living, frame, net))
        lived.drawn.append(deals.draw(living, wanted_per_season * deal_season(end), month, end, net, selling))
    lived.people.append(kept(living, None, None))
    lived.living = living
    return lived


def leave(
    living: Living, end: date, net: Network, rng: np.random.Generator
) -> tuple[Living, Columns, np.ndarray]:
    """Who stays, the columns of those who left, and the expected losses of each branch."""
    cause, chance = leaving(living, end, rng)
    expected = np.bincount(net.branch[living.home], weights=chance, minlength=len(net.growth))
    lost = cause >= 0
    closed = (day_number(end) - rng.integers(0, end.day, int(lost.sum()))).astype(np.int32)
    return living.keep(~lost), kept(living.keep(lost), closed, cause[lost]), expected


def _truth(asked: dict[str, int], ends: list[date], net: Network, more: dict[str, object]) -> str:
    """What the simulation knows and an analysis has to find out."""
    branches = {net.names[int(first)]: number for number, first in enumerate(net.first)}
    content = {
        **asked,
        "first_month": ends[0].isoformat(),
        "last_month": ends[-1].isoformat(),
        "exit_causes": list(CAUSES),
        **hazards.truth(),
        "wanted_growth_per_year": {name: round(float(net.growth[i]), 4) for name, i in branches.items()},
        **more,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
