"""What changed in deals: the state of every open deal by day, and the movements from one state to the next.

This is reading work and always Polars; the builders get plain columns.
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from data_access.errors import Note
from data_access.intake.casting import day_of, money
from data_access.intake.intake import Intake
from data_access.openings import opening_days

OPENING, NEW, INCREASED, DECREASED, MOVED, WON, LOST, LAPSED, LEFT, CAME = range(10)
NEVER = date(9999, 12, 31)  # the closing quarter of a deal without an expected closing day
_BEFORE = date(1, 1, 1)  # the day of a deal's first state, before any change
_FIELDS = {"amount": "expected_amount", "close_by": "expected_close_on", "institution_no": "institution_id"}
_LABELS = ("product", "source", "channel", "kind", "tier")
_DEAL = "opportunity_no"


def prepare_changes(
    deals: pl.DataFrame, changes: pl.DataFrame | None, intake: Intake, as_of: date, first: date
) -> pl.DataFrame:
    """The movements of open deals by day, and the open deals at the start of each month.

    Up to a change a deal has the value that the change calls old, and after its last change the value of
    today: what is open now is what the deals say. A day is looked at from its end: what was changed and
    changed back within it did not move, and a deal enters with what it had at the end of its first day. On
    one day the amount changes first, then the expected closing day, then the institution, then the decision
    falls; so a deal leaves from where it was last. A deal that was decided and opened again has been open
    throughout, for it has one closing day; one that was decided before it began, or on a day that nobody
    delivers, was never open. close_by is the last day of the quarter in which the deal is expected to close,
    close_before the same of the state before. A deal keeps the tier that its customer had at its beginning.
    """
    labels = [*_LABELS, *intake.config.tables["opportunities"].tags]
    lives = _lives(deals)
    known = lives.select(_DEAL, "opened", "closed", "outcome", *labels)
    states = _states(_days(lives, _read(changes, intake, as_of)), known)
    stood = opening_days(states, "day", "left_on", as_of, first).with_columns(_close_by=pl.col("close_by"))
    return pl.concat(
        frame.select(
            "institution_no",
            "day",
            "close_by",
            "amount",
            *labels,
            close_before="_close_by",
            event=pl.lit(event, dtype=pl.Int16),
        )
        for event, frame in ((OPENING, stood), *_movements(states))
    )


def _lives(deals: pl.DataFrame) -> pl.DataFrame:
    """Deals with the days between which they were open, and their values of today."""
    opened, closed = pl.col("opened"), pl.col("closed")
    lives = deals.filter((pl.col("outcome") == 0) | pl.col("closed_on").is_not_null()).with_columns(
        opened=pl.when(pl.col("has_events")).then("first_on").otherwise("created_on"),
        closed="closed_on",
        tier="tier_first",
        amount=pl.col("expected_amount").fill_null(0),
        close_by=_quarter(pl.col("expected_close_on")).fill_null(NEVER),
    )
    began = opened.is_not_null() | closed.is_null()  # decided, and nobody knows when it began
    return lives.filter(began & ~(opened > closed).fill_null(False))


def _quarter(day: pl.Expr) -> pl.Expr:
    """The last day of a day's quarter."""
    return day.dt.truncate("1q").dt.offset_by("3mo").dt.offset_by("-1d")


def _read(changes: pl.DataFrame | None, intake: Intake, as_of: date) -> dict[str, pl.DataFrame]:
    """By column the days on which deals changed, each with the value up to then.

    What lies after the date of the deals they do not know yet. What cannot be read is left out, and the
    check says how much that is.
    """
    notes = intake.reports["opportunity_changes"].notes if changes is not None else []
    if changes is None or "old" not in changes.columns:
        notes.append(Note("without the column old nobody knows what deals were before; no change is shown"))
        nothing = pl.DataFrame(schema={_DEAL: pl.Int64, "day": pl.Date})
        kinds = {"amount": pl.Int64, "close_by": pl.Date, "institution_no": pl.Int64}
        return {name: nothing.with_columns(pl.lit(None, kind).alias(name)) for name, kind in kinds.items()}
    if other := sorted(set(changes["field"]) - set(_FIELDS.values())):
        known = ", ".join(_FIELDS.values())
        notes.append(
            Note(
                "changes of {fields} are not looked at, only those of {known}",
                fields=", ".join(other[:5]),
                known=known,
            )
        )
    numbers = intake.tables["institutions"].select("institution_id", "institution_no").unique()
    old, none = pl.col("old"), pl.col("old").is_null()
    source = intake.config.tables["opportunity_changes"]
    amount = money("old", pl.String(), source, intake.config.minor_units)
    days = day_of("old", pl.String(), None, intake.config.timezone)
    amount = pl.when(amount.abs() <= intake.config.policy.amount_limit).then(amount)
    values = {  # no amount and no day are values too
        "amount": pl.when(none).then(0).otherwise(amount),
        "close_by": pl.when(none).then(pl.lit(NEVER)).otherwise(_quarter(days)),
        "institution_no": old.replace_strict(dict(numbers.iter_rows()), default=None, return_dtype=pl.Int64),
    }
    seq = ["seq"] if "seq" in changes.columns else []
    ordered = changes.filter(pl.col("changed_on") <= as_of).sort(_DEAL, "changed_on", *seq)
    found = {}
    for name, field in _FIELDS.items():
        rows = ordered.filter(pl.col("field") == field).with_columns(values[name].alias(name))
        read = rows.drop_nulls(name)
        if unread := rows.height - read.height:
            notes.append(
                Note("{n} old values of {field} cannot be read; loaded without them", n=unread, field=field)
            )
        found[name] = read.select(_DEAL, name, day="changed_on").unique(
            [_DEAL, "day"], keep="first", maintain_order=True
        )
    return found


def _days(lives: pl.DataFrame, changed: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Each deal's state before any change and at the end of every day that changed it."""
    days = [lives.select(_DEAL, day=pl.lit(_BEFORE))]
    days += [frame.select(_DEAL, "day") for frame in changed.values()]
    grid = pl.concat(days).join(lives, on=_DEAL, how="semi").unique().sort(_DEAL, "day")
    for frame in changed.values():
        grid = grid.join(frame, on=[_DEAL, "day"], how="left", maintain_order="left")
    until_next = [pl.col(name).shift(-1).backward_fill().over(_DEAL) for name in changed]
    today = lives.select(_DEAL, *(pl.col(name).alias(f"_{name}") for name in changed))
    grid = grid.with_columns(until_next).join(today, on=_DEAL, how="left", maintain_order="left")
    return grid.select(_DEAL, "day", *(pl.coalesce(name, f"_{name}").alias(name) for name in changed))


def _states(days: pl.DataFrame, lives: pl.DataFrame) -> pl.DataFrame:
    """The states of a deal while it was open: from its day (null: always) to `left_on`, with the one before.

    What was changed on the closing day is a state too, of no length: the deal leaves with it.
    """
    lived = days.join(lives, on=_DEAL, how="left", maintain_order="left")
    is_start = pl.col("day") <= pl.col("opened").fill_null(_BEFORE)
    start = lived.filter(is_start).unique(_DEAL, keep="last", maintain_order=True)
    later = lived.filter(~is_start & (pl.col("day") <= pl.col("closed")).fill_null(True))
    states = pl.concat([start.with_columns(day="opened"), later]).sort(_DEAL, "day", nulls_last=False)
    former = [pl.col(name).shift(1).over(_DEAL).alias(f"_{name}") for name in _FIELDS]
    following = pl.col("day").shift(-1).over(_DEAL)
    is_last = pl.col(_DEAL) != pl.col(_DEAL).shift(-1)
    return states.with_columns(
        *former, left_on=pl.coalesce(following, "closed"), is_last=is_last.fill_null(True)
    )


def _movements(states: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    """Every movement with where it is booked and how much moved."""
    amount, former = pl.col("amount"), pl.col("_amount")
    same = states.with_columns(_close_by="close_by")
    yield NEW, same.filter(former.is_null() & pl.col("day").is_not_null())
    before = states.with_columns(institution_no="_institution_no").filter(former.is_not_null())
    then = before.with_columns(close_by="_close_by")
    yield INCREASED, then.filter(amount > former).with_columns(amount=amount - former)
    yield DECREASED, then.filter(amount < former).with_columns(amount=former - amount)
    yield MOVED, before.filter(pl.col("close_by") != pl.col("_close_by"))
    other = pl.col("institution_no") != pl.col("_institution_no")  # null for the first state: no transfer
    yield LEFT, same.filter(other).with_columns(institution_no="_institution_no")
    yield CAME, same.filter(other)
    for outcome, event in ((1, WON), (2, LOST), (3, LAPSED)):
        ended = same.filter(pl.col("is_last") & (pl.col("outcome") == outcome))
        yield event, ended.with_columns(day="closed")
