"""Whom to call today (今日要联系): the customers of every list that somebody works off, each once, the most
urgent first.

The rules stand where the lists are made; here their rows are put side by side. What the list is ranked by,
money × urgency, is one rule for all of them (`urgency`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.literals import whole
from data_access.errors import CallError, NotDelivered
from data_access.policy import Policy, Setting
from data_access.subject import Ask, Inputs, ListOf, Mart, Measure, Metric, Subject, message
from data_access.windows import always, months_later
from metrics.churn.lists import LISTS as KEPT
from metrics.complaints.summary import LISTS as COMPLAINTS
from metrics.funnel.summary import LISTS as DEALS
from metrics.holdings.summary import LISTS as HOLDINGS
from metrics.migration.observation import LISTS as OBSERVED
from metrics.moves.marts import IN, OUT
from metrics.moves.settings import CONTACT_DAYS
from metrics.moves.summary import LISTS as MOVES
from metrics.satisfaction.summary import LISTS as ANSWERS

TODAY = "contacts_today"


def _is_a_day(policy: Policy) -> None:
    if policy.of(CALL_AHEAD) < 1:
        raise CallError("[policy] call_ahead = {value}: expected 1 or more.", value=policy.of(CALL_AHEAD))


CALL_AHEAD = Setting(
    "call_ahead",
    7,
    "what falls due in so many days is to be called about today; half of the urgency is left so many days "
    "before it is due",
    "days",
    _is_a_day,
)


@dataclass(frozen=True)
class Reason:
    """Why somebody is to be called: the list it is of, and how its rows are read. `rows`: those that count,
    with `amount`, the money in question, and `due`, the day by which to call; None: to be called about by the
    end of the month after the list's own."""

    name: str
    listed: ListOf
    rows: Callable[[pl.DataFrame, Inputs], pl.DataFrame]


def _moved(frame: pl.DataFrame, inputs: Inputs, direction: int) -> pl.DataFrame:
    nobody_called = (pl.col("direction") == direction) & (pl.col("contacted").fill_null(0) == 0)
    due = pl.col("day").dt.offset_by(f"{inputs.policy.of(CONTACT_DAYS)}d")
    return frame.filter(nobody_called).with_columns(due=due)


def _out(frame: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    return _moved(frame, inputs, OUT)


def _into(frame: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    return _moved(frame, inputs, IN)


def _maturing(frame: pl.DataFrame, _: Inputs) -> pl.DataFrame:
    return frame.with_columns(due="matures_on")


def _falling(frame: pl.DataFrame, _: Inputs) -> pl.DataFrame:
    return frame.filter(pl.col("months_left") == 1).with_columns(due=pl.lit(None, dtype=pl.Date))


def _keep(frame: pl.DataFrame, _: Inputs) -> pl.DataFrame:
    return frame if frame.is_empty() else frame.with_columns(amount="loss", due="due_on")


def _overdue(frame: pl.DataFrame, _: Inputs) -> pl.DataFrame:
    return frame.with_columns(amount="expected_amount", due="expected_close_on")


def _unhappy(frame: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    told = min(inputs.as_of[table] for table in ("surveys", "contacts") if table in inputs.as_of)
    return frame.with_columns(due=pl.lit(told) - pl.duration(days=pl.col("days_late")))


def _waiting(frame: pl.DataFrame, _: Inputs) -> pl.DataFrame:
    return frame.with_columns(amount="aum", due="due_on")


def _list(lists: tuple[ListOf, ...], name: str) -> ListOf:
    return next(one for one in lists if one.name == name)


REASONS = (
    Reason("moved_out", _list(MOVES, "large_moves"), _out),
    Reason("moved_in", _list(MOVES, "large_moves"), _into),
    Reason("maturing", _list(HOLDINGS, "holdings_due"), _maturing),
    Reason("falling", _list(OBSERVED, "customers_observed"), _falling),
    Reason("keep", _list(KEPT, "churn_closed"), _keep),
    Reason("overdue", _list(DEALS, "deals_overdue"), _overdue),
    Reason("detractor", _list(ANSWERS, "detractors"), _unhappy),
    Reason("complaint", _list(COMPLAINTS, "complaints_late"), _waiting),
)
FRESH = 30  # days that a matter past its day keeps all its urgency
NAMES = tuple(reason.name for reason in REASONS)
PROTECTED = NAMES.index("detractor")  # what somebody answered is told of nobody without the lists
COUNTED = tuple(name for name in NAMES if name != "detractor")
TABLES = tuple(dict.fromkeys(need for reason in REASONS for need in reason.listed.needs))
SCHEMA = {
    "institution_no": pl.Int64,
    "manager_no": pl.Int64,
    "customer_no": pl.Int64,
    "kind": pl.Int16,
    "tier": pl.Int16,
    "amount": pl.Int64,
    "due": pl.Date,
}


def urgency(due: pl.Expr, today: date, ahead: int) -> pl.Expr:
    """1 for what is due, or past its day by a month at most; half of it `ahead` days before, and when it has
    been lying for two months: what nobody did for so long is not what today decides.

    >>> on = [date(2026, 6, day) for day in (17, 10, 1)] + [date(2026, 4, 11)]
    >>> days = pl.DataFrame({"due": on})
    >>> days.select(urgency(pl.col("due"), date(2026, 6, 10), 7)).to_series().to_list()
    [0.5, 1.0, 1.0, 0.5]
    """
    left = (due - pl.lit(today)).dt.total_days()
    before = ahead / (ahead + left.clip(lower_bound=0))
    return pl.when(left < -FRESH).then(-FRESH / left).otherwise(before)


def list_today(inputs: Inputs) -> pl.DataFrame:
    """Every matter to call somebody about today, the most urgent first: money × urgency.

    A matter that falls due later than `call_ahead` days from today is none yet. `first`: the most urgent one
    of its customer at its institution, `others`: how many more he has there. `counted`: the most urgent one
    that is no answer to a survey, for totals are shown to who sees no list.
    """
    ahead, today = inputs.policy.of(CALL_AHEAD), newest(inputs.as_of)
    parts = [pl.DataFrame(schema=SCHEMA | {"reason": pl.Int16})]
    for code, reason in enumerate(REASONS):
        if today is not None and _is_delivered(reason.listed, inputs):
            rows = reason.rows(reason.listed.build(inputs), inputs)
            missing = [pl.lit(None, dtype=SCHEMA[name]).alias(name) for name in SCHEMA if name not in rows]
            rows = rows.with_columns(missing).cast({name: SCHEMA[name] for name in SCHEMA})
            parts.append(rows.select(*SCHEMA, reason=pl.lit(code, dtype=pl.Int16)))
    frame = pl.concat(parts)
    if today is None:
        return _ranked(frame.with_columns(weight=pl.lit(0.0)))
    by = pl.lit(today + timedelta(days=ahead))
    frame = frame.filter(pl.col("due").is_null() | (pl.col("due") <= by))
    end = _month_after(inputs, today)
    frame = frame.with_columns(pl.col("due").fill_null(pl.lit(end)))
    money = pl.max_horizontal(pl.col("amount").fill_null(0), 1).cast(pl.Float64)
    return _ranked(frame.with_columns(weight=money * urgency(pl.col("due"), today, ahead)))


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
    order = ["weight", "due", "reason", "customer_no", "institution_no", "amount"]
    frame = frame.sort(order, descending=[True, *[False] * 5]).with_row_index("at")
    whom = pl.coalesce(pl.col("customer_no"), -1 - pl.col("at").cast(pl.Int64))  # nobody known twice
    frame = frame.with_columns(whom=whom)
    told = frame.filter(pl.col("reason") != PROTECTED).unique(["institution_no", "whom"], keep="first")
    return frame.with_columns(
        first=pl.col("at") == pl.col("at").min().over("institution_no", "whom"),
        counted=pl.col("at").is_in(told["at"].implode()),
        others=pl.len().over("institution_no", "whom").cast(pl.Int64) - 1,
    ).drop("at", "whom")


def _is_delivered(listed: ListOf, inputs: Inputs) -> bool:
    needs = (need.partition(".") for need in listed.needs)
    return all(inputs.has(table, *([column] if column else [])) for table, _, column in needs)


def newest(as_of: Mapping[str, date]) -> date | None:
    """The newest day that any of the lists tells of: today."""
    tables = {need.partition(".")[0] for need in TABLES} & set(as_of)
    return max((as_of[table] for table in tables), default=None)


def _month_after(inputs: Inputs, today: date) -> date:
    """The end of the month after the customers' last one: then the tier is lost and the list made anew."""
    return months_later(inputs.month or today, 1)


def build_today(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers to call by institution, manager and reason; one with reasons at two institutions at each."""
    rows = inputs.tables[TODAY].filter(nw.col("counted"))
    rows = rows.with_columns(
        day=nw.lit(newest(inputs.as_of) or date.min, dtype=nw.Date),
        manager=nw.col("manager_no").fill_null(whole(-1)),
        amount=nw.col("amount").fill_null(0),
        late=(nw.col("due") < nw.lit(newest(inputs.as_of) or date.min, dtype=nw.Date)).cast(nw.Int64),
        **{name: (nw.col("reason") == NAMES.index(name)).cast(nw.Int64) for name in COUNTED},
    )
    return rows.group_by("institution_no", "day", "manager", "kind", "tier").agg(
        nw.len().cast(nw.Int64).alias("customers"),
        *[nw.col(name).sum() for name in ("late", "amount", *COUNTED)],
    )


def today(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers to call today, at the date of the data: large moves that nobody followed up, maturities,
    observation about to fall, customers to keep, overdue deals, complaints past their promise.

    One row per group. customers: each once, under his most urgent reason; one with reasons at two
    institutions is called by both and counts at each. late: of them those whose day is past. amount: the
    money of that reason (moved, maturing, the deal's expected amount, the expected loss of who is to be
    kept, else what the customer has with the bank). The columns after it say how many are called for which
    reason. Detractors are in the list and not in these counts: of answers nothing is told of few.
    Most urgent: money × urgency. 1 for what is due or up to 30 days past its day; before that ahead /
    (ahead + days left), ahead being seven days (policy `call_ahead`); later 30 / days past.
    """
    return ask.sums(rows[TODAY], "customers", "late", "amount", *COUNTED)


def why_not(ask: Ask) -> NotDelivered | None:
    """None of the lists is delivered."""
    for need in TABLES:
        table, _, column = need.partition(".")
        if ask.has(table, *([column] if column else [])):
            return None
    return NotDelivered("Whom to call is told when one of {tables} is delivered.", tables=", ".join(TABLES))


LABELS = {
    "moved_out": message("Large amount taken out"),
    "moved_in": message("Large amount brought in"),
    "maturing": message("Maturity"),
    "falling": message("Tier about to be lost"),
    "keep": message("Customer to keep"),
    "overdue": message("Overdue deal"),
    "detractor": message("Unhappy, not called back"),
    "complaint": message("Complaint past its promise"),
}
METRIC = Metric(
    name="contacts.today",
    label=message("To call today"),
    compute=today,
    marts={TODAY: always},
    columns=(
        Measure(name="customers", label=message("Customers to call"), unit="customers", good=-1),
        Measure(name="late", label=message("Past their day"), unit="customers", good=-1),
        Measure(name="amount", label=message("Money in question"), unit="money"),
        *(Measure(name=name, label=LABELS[name], unit="customers", good=-1) for name in COUNTED),
    ),
    grain="day",
    dimensions=("kind", "tier", "manager"),
    latest=True,
    why_missing=why_not,
)
SUBJECT = Subject(
    "contacts",
    settings=(CALL_AHEAD,),
    marts=(
        Mart(
            name=TODAY,
            keys=("day", "manager", "kind", "tier"),
            time="day",
            needs=(f"lists.{TODAY}",),
            build=build_today,
            counts=("customers", "late", *COUNTED),
        ),
    ),
    metrics=(METRIC,),
    lists=(ListOf(TODAY, message("To call today"), (), list_today),),
)
