"""Balances of the business lines: at a day, on daily average, and what they changed by.

Deposits, loans, contingent business and wealth are stocks. Intermediary business is measured by its fee
income, a flow: it is summed over the period and has no average. What is stored: `metrics/balance/marts.py`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

import polars as pl

from data_access.periods import day_before, month_end, quarter_start, year_back
from data_access.subject import Ask, Metric, Parameter, Period, Window, message
from metrics.balance.measures import _TABLE, LINE_COLUMNS, SUMMARY
from metrics.balance.prepare import FLOW_LINE
from metrics.balance.tables import LINES

CHANGES = {
    "change_day": "day",
    "change_week": "week",
    "change_month": "month_end",
    "change_quarter": "quarter_end",
    "change_year_start": "year_start",
    "change_last_year": "last_year",
}
AVERAGES: dict[str, Callable[[date], date]] = {
    "avg_month": lambda day: day.replace(day=1),
    "avg_quarter": quarter_start,
    "avg_year": lambda day: day.replace(month=1, day=1),
}


def whole_months_in(first: date, last: date) -> list[date]:
    """The first days of the months that lie whole between two days.

    >>> [str(day) for day in whole_months_in(date(2026, 1, 31), date(2026, 3, 31))]
    ['2026-02-01', '2026-03-01']
    """
    found, month = [], first.replace(day=1)
    while (end := month_end(month.year, month.month)) <= last:
        found += [month] if month >= first else []
        month = end + timedelta(days=1)
    return found


@cache
def edge_days(first: date, last: date) -> frozenset[date]:
    """The days between two days that belong to no whole month between them."""
    months = set(whole_months_in(first, last))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(day for day in days if day.replace(day=1) not in months)


def _ranges(period: Period) -> list[tuple[date, date]]:
    """Every stretch of days that is summed: the averages', the period's and last year's."""
    day = period.last
    before = year_back(period)
    starts = [(start(day), day) for start in AVERAGES.values()]
    return [*starts, (period.first, day), (before.first, before.last)]


def _days(period: Period) -> frozenset[date]:
    stocks = {period.last, *(day_before(period.last, word) for word in CHANGES.values())}
    return frozenset(stocks.union(*(edge_days(*stretch) for stretch in _ranges(period))))


def _months(period: Period) -> tuple[date | None, date | None]:
    ranges = _ranges(period)
    return min(first for first, _ in ranges).replace(day=1), period.last


def _sums(
    rows: Mapping[str, pl.DataFrame], stretches: Mapping[str, tuple[date, date]], keys: list[str]
) -> pl.DataFrame:
    """The sums of the days' balances in each stretch of days, both ends included; one pass over the rows."""
    parts = []
    for mart, time, dates in (("balances", "day", edge_days), ("balance_months", "month", whole_months_in)):
        chosen = {name: sorted(dates(*stretch)) for name, stretch in stretches.items()}
        sums = [
            pl.col("balance").filter(pl.col(time).is_in(days)).sum().alias(name)
            for name, days in chosen.items()
        ]
        parts.append(rows[mart].group_by(keys).agg(sums))
    return pl.concat(parts).group_by(keys).agg(pl.col(name).sum() for name in stretches)


def _numbers(
    rows: Mapping[str, pl.DataFrame], ask: Ask, keys: list[str], grid: pl.DataFrame, wanted: Collection[str]
) -> pl.DataFrame:
    """Stock or income, and the wanted averages and changes, for each row of the grid; null before the data
    begin."""
    # a table without a row has no first day
    day, begin = ask.period.last, ask.first_days.get(_TABLE, date.max)
    is_flow = pl.col("line") == FLOW_LINE
    last_year = year_back(ask.period)
    averages = {name: start(day) for name, start in AVERAGES.items() if name in wanted}
    changes = {name: day_before(day, word) for name, word in CHANGES.items() if name in wanted}
    stretches = {
        "stock": (day, day),
        "income": (ask.period.first, day),
        **{f"_{name}": (at, at) for name, at in changes.items()},
        **{name: (start, day) for name, start in averages.items()},
    }
    if "change_last_year" in changes:
        stretches["_income"] = (last_year.first, last_year.last)
    frame = grid.join(_sums(rows, stretches, keys), on=keys, how="left", maintain_order="left")
    frame = frame.with_columns(pl.col(name).fill_null(0) for name in stretches)

    def known(value: pl.Expr, since: date) -> pl.Expr:
        return value if since >= begin else pl.lit(None, dtype=pl.Int64)

    def changed(name: str, at: date) -> pl.Expr:
        stock = known(pl.col("stock") - pl.col(f"_{name}"), at)
        nothing = pl.lit(None, dtype=pl.Int64)
        if name == "change_last_year":
            nothing = known(pl.col("income") - pl.col("_income"), last_year.first)
        return pl.when(is_flow).then(nothing).otherwise(stock)

    def average(name: str, start: date) -> pl.Expr:
        mean = pl.col(name) / ((day - start).days + 1)
        return pl.when(~is_flow & pl.lit(start >= begin)).then(mean)

    income, stock = known(pl.col("income"), ask.period.first), known(pl.col("stock"), day)
    return frame.select(
        *keys,
        balance=pl.when(is_flow).then(income).otherwise(stock),
        **{name: average(name, start) for name, start in averages.items()},
        **{name: changed(name, at) for name, at in changes.items()},
    )


def summary(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Balances by business line and product at the last day of the period, their daily averages since the
    start of the month, quarter and year, and their changes against earlier days.

    One row per group, business line and product (`detail=line`: per business line). A day without a
    delivery has the balances of the last delivered day. The change against the week is that since the end
    of the ISO week before, against the month since its last day, and so on; the last year's day of a last
    day of a month is the last day of that month. deviation = balance over the month's daily average, less
    one: how far the day is dressed. Intermediary business has its fee income of the period in the place
    of the balance and is compared with the same period of last year only. Null before the data begin.
    """
    by = ["line", "line_product"] if ask.parameters["detail"] == "product" else ["line"]
    kinds = pl.concat([rows[name].select(by) for name in ("balances", "balance_months")]).unique()
    keys = ["group", *by]
    frame = _numbers(
        rows, ask, keys, ask.groups.join(kinds.sort(by), how="cross").select(keys), (*AVERAGES, *CHANGES)
    )
    words = {
        "business_line": pl.col("line").replace_strict(dict(enumerate(LINES)), return_dtype=pl.String),
        "product": pl.col("line_product").replace_strict(
            dict(enumerate(ask.codes["line_product"])), return_dtype=pl.String
        )
        if len(by) == 2
        else pl.lit(None, dtype=pl.String),
    }
    deviation = pl.when(pl.col("avg_month") > 0).then(pl.col("balance") / pl.col("avg_month") - 1)
    columns = ("balance", *AVERAGES, *CHANGES)
    told = words | {"date": pl.lit(ask.period.last)} | {name: pl.col(name) for name in columns}
    return frame.select("group", **told, deviation=deviation)


def lines(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Deposits, loans, contingent business and wealth at the last day of the period and on daily average
    of its month and year, and the fee income of the period.

    One row per group. A day without a delivery has the balances of the last delivered day. Not counted:
    rows in quarantine. Null before the data begin.
    """
    grid = ask.groups.join(pl.DataFrame({"line": range(len(LINES))}, schema={"line": pl.Int16}), how="cross")
    of_month = ask.wants("deposit_deviation", *(f"{line}_avg" for line in LINES))
    of_year = ask.wants(*(f"{line}_avg_year" for line in LINES))
    wanted = [name for name, asked in (("avg_month", of_month), ("avg_year", of_year)) if asked]
    frame = _numbers(rows, ask, ["group", "line"], grid, wanted)
    columns = dict[str, pl.Expr]()
    for code, line in enumerate(LINES):
        told = {"fee_income" if code == FLOW_LINE else line: "balance"}
        if code != FLOW_LINE:
            told |= {f"{line}_avg": "avg_month", f"{line}_avg_year": "avg_year"}
        for new, old in told.items():
            own = pl.col(old).filter(pl.col("line") == code).first()
            columns[new] = own if old in frame.columns else pl.lit(None, dtype=pl.Float64)
    found = frame.group_by("group", maintain_order=True).agg(**columns)
    deviation = pl.when(pl.col("deposit_avg") > 0).then(pl.col("deposit") / pl.col("deposit_avg") - 1)
    return found.with_columns(deposit_deviation=deviation)


def by_month(rows: Mapping[str, pl.DataFrame], asks: Sequence[Ask]) -> pl.DataFrame | None:
    """Month ends, averages of month and year, and income for many whole months in one pass."""
    ask, wanted = asks[0], list(asks[0].columns)
    stocks = {line: code for code, line in enumerate(LINES) if code != FLOW_LINE}
    means = {f"{line}_avg": code for line, code in stocks.items()}
    of_year = {f"{line}_avg_year": code for line, code in stocks.items()}
    if not wanted or not set(wanted) <= {*stocks, *means, *of_year, "fee_income"}:
        return None
    begin = ask.first_days.get(_TABLE, date.max)
    ends = [each.period.last for each in asks]
    grid = pl.DataFrame(
        {
            "day": ends,
            "month": [end.replace(day=1) for end in ends],
            "year": [end.replace(month=1, day=1) for end in ends],
        },
        schema=dict.fromkeys(("day", "month", "year"), pl.Date),
    )
    so_far = [(end, end.replace(month=n, day=1)) for end in ends for n in range(1, end.month + 1)]
    reached = pl.DataFrame(so_far, schema={"day": pl.Date, "month": pl.Date}, orient="row")
    grid = grid.join(ask.groups, how="cross")
    days = rows["balances"].filter(pl.col("day").is_in(ends)).group_by("group", "day", "line")
    months = rows["balance_months"].group_by("group", "month", "line")
    sums = {"day": days.agg(pl.col("balance").sum()), "month": months.agg(pl.col("balance").sum())}
    years = sums["month"].join(reached, on="month").group_by("group", "day", "line")
    sums["year"] = years.agg(pl.col("balance").sum())
    since = (pl.col("day") - pl.col("year")).dt.total_days() + 1
    for name in wanted:
        time = "day" if name in stocks else "year" if name in of_year else "month"
        code = (stocks | means | of_year).get(name, FLOW_LINE)
        on = "month" if time == "month" else "day"
        own = sums[time].filter(pl.col("line") == code).select("group", on, pl.col("balance").alias(name))
        whole = pl.col(name).fill_null(0)
        divided = {"month": whole / pl.col("day").dt.day(), "year": whole / since}.get(time, whole)
        value = divided if name in (*means, *of_year) else whole.cast(pl.Int64)
        grid = grid.join(own, on=["group", on], how="left", maintain_order="left")
        grid = grid.with_columns(pl.when(pl.col(time) >= begin).then(value).alias(name))
    return grid.select("group", *wanted, month="day")


_MARTS: dict[str, Window] = {"balances": _days, "balance_months": _months}
METRICS = (
    Metric(
        name="balance.summary",
        alone=True,
        label=message("Balances by product"),
        compute=summary,
        marts=_MARTS,
        columns=SUMMARY,
        grain="day",
        parameters=(
            Parameter(
                "detail", "product", message("By product, or by business line only."), ("product", "line")
            ),
        ),
        filters=(),
        needs=(_TABLE,),
    ),
    Metric(
        name="balance.lines",
        label=message("Balances by business line"),
        compute=lines,
        marts=_MARTS,
        columns=LINE_COLUMNS,
        grain="day",
        filters=(),
        needs=(_TABLE,),
        by_month=by_month,
    ),
)
