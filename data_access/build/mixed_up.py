"""What passes the contract and was mixed up on the way: amounts under each other's name, ids without zeros.

Each row of such a delivery is as it must be. It shows beside the same customers a month before, beside the
former snapshot, and in what a part is of its whole.
"""

from collections.abc import Iterator
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path

import polars as pl

from data_access import snapshot as life
from data_access.build.restated import MONTHLY, month_file
from data_access.codes.coding import NUMBERED
from data_access.errors import Note
from data_access.intake.intake import Intake

LOOKED_AT = 20_000  # customers of a month
APART = 0.5  # two amounts of a customer tell their columns apart where they differ by so much of the larger
LEAST, MOST = 40, 0.9  # customers who tell two columns apart; by chance alone so many never cross
ZEROS = r"^0+(\d)"


def mixed_up(intake: Intake, unchanged: frozenset[date], former: life.Snapshot | None) -> None:
    """Writes into the reports what may be mixed up; parts above their whole are a note, for a bank may count
    otherwise."""
    report = intake.reports.get(MONTHLY)
    if report is not None and report.failure is None and intake.months:
        report.doubts += _crossed_months(intake, unchanged, former)
        report.notes += _parts(intake)
    if former is not None:
        for name, doubt in _other_zeros(intake, former):
            intake.reports[name].doubts.append(doubt)


def _crossed_months(
    intake: Intake, unchanged: frozenset[date], former: life.Snapshot | None
) -> Iterator[str]:
    """Columns of which customers have what they had in the other: from one month to the next, and of the
    newest month that the former snapshot told otherwise."""
    columns = intake.config.contract.tables[MONTHLY].columns
    money = [c.name for c in columns if c.kind == "money" and c.name in intake.reports[MONTHLY].columns]
    days = sorted(intake.months)
    pairs = [
        (intake.months[before], intake.months[day], day, f"in {before:%Y-%m}")
        for before, day in pairwise(days)
        if not {before, day} <= unchanged
    ]
    if former is not None:
        told = [day for day in days if day not in unchanged and former.is_whole(month_file(day))]
        pairs += [(former.file(month_file(day)), intake.months[day], day, "before") for day in told[-1:]]
    for then, now, day, when in pairs:
        for first, second, share in _crossed(then, now, money):
            yield (
                f"{day:%Y-%m}: {share:.0%} of the customers have as {first} what they had as {second} {when} "
                f"and the other way round: are the two under each other's name? "
                f"(columns under [tables.{MONTHLY}])."
            )


def _crossed(then: Path, now: Path, money: list[str]) -> Iterator[tuple[str, str, float]]:
    """Pairs of columns that crossed, with the share of the customers who tell them apart."""
    frames = [pl.scan_parquet(path) for path in (then, now)]
    held = [set(frame.collect_schema().names()) for frame in frames]
    columns = [name for name in money if name in held[0] & held[1]]
    step = max(frames[1].select(pl.len()).collect().item() // LOOKED_AT, 1)
    some = [
        frame.filter(pl.col("customer_no") % step == 0).select(
            "customer_no", *[pl.col(name).cast(pl.Float64) for name in columns]
        )
        for frame in frames
    ]
    rows = some[0].join(some[1], on="customer_no", suffix="_now").collect()
    for first, second in combinations(columns, 2):
        a, b, a_now, b_now = (pl.col(name) for name in (first, second, f"{first}_now", f"{second}_now"))
        told_apart = (a - b).abs() > APART * pl.max_horizontal(a.abs(), b.abs())
        straight, across = (a_now - a).abs() + (b_now - b).abs(), (a_now - b).abs() + (b_now - a).abs()
        found = rows.filter(told_apart).select((across < straight).alias("crossed")).drop_nulls()["crossed"]
        crossed = int(found.sum())
        if found.len() >= LEAST and crossed >= MOST * found.len():
            yield first, second, crossed / found.len()


def _parts(intake: Intake) -> Iterator[str]:
    """Parts that are above their whole, in nearly all rows of the newest month where the two differ."""
    newest = pl.scan_parquet(intake.months[max(intake.months)])
    names = newest.collect_schema().names()
    for part, whole in intake.config.contract.tables[MONTHLY].parts:
        if part in names and whole in names:
            other = newest.filter(pl.col(part) != pl.col(whole))
            rows, above = other.select(pl.len(), (pl.col(part) > pl.col(whole)).sum()).collect().row(0)
            if rows >= LEAST and above >= MOST * rows:
                yield Note(
                    "{part} is above {whole}, of which it is a part, in {share:.0%} of the rows of the "
                    "newest month where they differ: are the two under each other's name?",
                    part=part,
                    whole=whole,
                    share=above / rows,
                )


def _other_zeros(intake: Intake, former: life.Snapshot) -> Iterator[tuple[str, str]]:
    """Ids that are new and known ones but for zeros in front: a tool took them away, or put them there."""
    for table, (identifier, number) in NUMBERED.items():
        file, delivered = former.file("ids", f"{table}.parquet"), intake.codes.delivered.get(table)
        name = table if table in intake.reports else MONTHLY
        if delivered is None or not file.exists() or name not in intake.reports:
            continue
        known = pl.read_parquet(file)
        fresh = delivered.filter(pl.col(number) > (known[number].max() if known.height else -1))
        if not fresh.height:
            continue
        gone = known.join(delivered, on=number, how="anti")
        bare = pl.col(identifier).str.replace(ZEROS, "${1}").alias("bare")
        whole = pl.col(identifier).str.contains(r"^\d+$")
        pairs = (
            fresh.filter(whole)
            .select(identifier, bare)
            .join(gone.filter(whole).select(bare, before=pl.col(identifier)), on="bare")
        )
        if 2 * pairs.height >= fresh.height and pairs.height > 1:
            first = pairs.sort(identifier).row(0, named=True)
            said = f"“{first[identifier]}”, before “{first['before']}”"
            yield (
                name,
                f"{pairs.height:,} of {fresh.height:,} new {identifier} are known ones with other zeros in "
                f"front ({said}) and would count as others. Deliver ids as text.",
            )
