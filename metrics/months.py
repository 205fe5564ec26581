"""Many whole months in one pass: each month is a group of its own, told as if it were the last of them.

What a metric says of a month rests on the month alone, so its rows may be moved to another month as long as
its first day stays the first and its last the last. Numbers that count days between dates, that ask other
metrics or that are null by the calendar are not of this kind; the metric adds them itself.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import polars as pl

from data_access.subject import Ask, Span, Window

Compute = Callable[[Mapping[str, pl.DataFrame], Ask], pl.DataFrame]
Windows = Mapping[str, tuple[str, Window]]  # mart → its column of time and the days that a month reads of it
_MONTH, _THEN = "_month", "_then"


def in_one_pass(
    compute: Compute,
    rows: Mapping[str, pl.DataFrame],
    asks: Sequence[Ask],
    windows: Windows,
    columns: Collection[str],
    unknown: Callable[[Ask], Collection[str]] = lambda _: (),
) -> pl.DataFrame:
    """The columns by group and month. `unknown`: those that are null in a month, whatever the rows."""
    last = asks[-1]
    moved = {
        mart: _moved(rows[mart], time, window, asks)
        for mart, (time, window) in windows.items()
        if mart in rows
    }
    months = pl.DataFrame(
        {_MONTH: range(len(asks)), "month": [ask.period.last for ask in asks]},
        schema={_MONTH: pl.Int64, "month": pl.Date},
    )
    groups = last.groups.join(months, how="cross").select(
        "month", of="group", group=pl.col("group") * len(asks) + pl.col(_MONTH)
    )
    ask = replace(last, groups=groups.select("group"), columns=frozenset(columns))
    frame = groups.join(compute(moved, ask), on="group", how="inner", maintain_order="left")
    for each in asks:
        gone = [name for name in unknown(each) if name in columns]
        is_other = pl.col("month") != each.period.last
        frame = frame.with_columns(pl.when(is_other).then(pl.col(name)).alias(name) for name in gone)
    return frame.select("month", *columns, group="of")


def _moved(rows: pl.DataFrame, time: str, window: Window, asks: Sequence[Ask]) -> pl.DataFrame:
    """The rows that each month reads, in a group of that month and at the days of the last one."""
    to = window(asks[-1].period)
    days = [
        (day, number, then) for number, ask in enumerate(asks) for day, then in _days(window(ask.period), to)
    ]
    schema = pl.Schema({time: pl.Date(), _MONTH: pl.Int64(), _THEN: pl.Date()})
    found = rows.join(pl.DataFrame(days, schema=schema, orient="row"), on=time, how="inner")
    group = pl.col("group") * len(asks) + pl.col(_MONTH)
    return found.with_columns(group.alias("group"), pl.col(_THEN).alias(time)).drop(_MONTH, _THEN)


def _days(window: Span, to: Span) -> list[tuple[object, object]]:
    """Each day that a month reads with the day of the last month that it stands for."""
    if isinstance(window, frozenset) and isinstance(to, frozenset):
        return list(zip(sorted(window), sorted(to), strict=True))
    assert not isinstance(window, frozenset) and not isinstance(to, frozenset)
    first, last = window
    assert first is not None and last is not None, "a month reads its own days only"
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(day, to[0] if day == first else to[1]) for day in every]
