"""The bank's plans: set at the head office for a year and passed down, a little more at every step."""

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.dates import deal_season
from sample_data.institutions.network import Network
from sample_data.institutions.tree import Institution
from sample_data.ledger import CUSTOMERS, DEPOSIT, MIDDLE, MONTHS, WEALTH

Floats = npt.NDArray[np.float64]
_INCREASES = ("balance.lines.deposit", "book.summary.aum_avg")
_CUSTOMERS, _WON = "book.summary.customers", "funnel.outcomes.won_amount"
_MIDDLE = "value.summary.increase"  # it begins anew each year: a plan for the year's sum
_ON_COURSE = (0.85, 0.95)  # of what the elapsed part of the year asks for: the head office today
_PASSED_ON = (1.035, 1.075)  # what the children get in all, per unit of their parent's plan
_USUAL_INCREASE = 0.05  # where the truth fell, or its beginning is not known
_SILENT, _OVERLOOKED = 0.13, 0.15  # sub-branches that pass nothing on; single outlets without a plan
Row = tuple[int, str, str, date, date, float]


def targets_frame(
    nodes: list[Institution],
    ends: list[date],
    sums: list[Floats],
    deposits: Floats,
    won: Floats,
    net: Network,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """The table `targets`, sized by what really came.

    `deposits` are the books' deposits at the last month ends, `won` the won amounts of every month.
    """
    above = [-1 if node.parent is None else node.parent for node in nodes]
    window = ends[-MONTHS:]
    levels = np.stack(sums[-MONTHS:])
    stocks = {
        _INCREASES[0]: _subtrees(deposits, above),
        _INCREASES[1]: _subtrees(levels[:, DEPOSIT] + levels[:, WEALTH], above),
        _CUSTOMERS: _subtrees(levels[:, CUSTOMERS], above),
        _MIDDLE: _subtrees(levels[:, MIDDLE], above),
    }
    apart = rng.spawn(1)[0]  # plans that came later; the others are drawn as before
    won = _subtrees(won, above)
    without = _without_plan(nodes, rng)
    rows: list[Row] = []
    for year in range(window[0].year, window[-1].year + 1):
        stop = max(place for place, end in enumerate(window) if end.year == year)
        size = stocks[_CUSTOMERS][stop]
        children = _children(nodes, without | (size == 0.0) | ~_whole_year(nodes, year, ends))
        period = (date(year, 1, 1), date(year, 12, 31))
        elapsed = min(1.0, ((window[stop] - period[0]).days + 1) / 365)
        opening = [place for place, end in enumerate(window) if end == date(year - 1, 12, 31)]
        came = {
            name: stock[stop] - stock[opening[0]] if opening else np.zeros(len(nodes))
            for name, stock in stocks.items()
        }
        for metric in _INCREASES:
            stock, truth = stocks[metric], came[metric]
            least = _USUAL_INCREASE * max(stock[stop][0], 1_000.0)
            plan = _plan(truth[0], least, elapsed, rng)
            values = _passed_on(plan, _wanted(truth, plan, size, rng), children, rng)
            rows += _rows(values, metric, "increase", period)
        wanted = size * rng.lognormal(0.0, 0.05, len(size))
        values = _passed_on(size[0] / rng.uniform(0.97, 1.0), wanted, children, rng, whole=True)
        rows += _rows(values, _CUSTOMERS, "level", period)
        plan = _plan(came[_MIDDLE][0], _USUAL_INCREASE * max(stocks[_MIDDLE][stop][0], 20.0), elapsed, apart)
        wanted = _wanted(came[_MIDDLE], plan, stocks[_MIDDLE][stop] + 1.0, apart)
        rows += _rows(_passed_on(plan, wanted, children, apart, whole=True), _MIDDLE, "flow", period)
        known = [place for place, end in enumerate(ends) if end.year == year]
        truth = won[known].sum(axis=0)
        plan = _plan(truth[0], 1_000_000.0, len(known) / 12, rng)
        values = _passed_on(plan, _wanted(truth, plan, size, rng), children, rng)
        rows += _rows(values, _WON, "flow", period)
        if year == window[-1].year:
            rows += _quarters(values, year)
    names = ("institution_id", "metric", "basis", "period_start", "period_end", "value")
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return frame.with_columns(net.ids.gather(frame["institution_id"]).alias("institution_id"))


def _subtrees(own: Floats, above: list[int]) -> Floats:
    """Totals of every institution with all below it; children stand behind their parents."""
    total = own.T.copy()
    for place in range(len(above) - 1, 0, -1):
        total[above[place]] += total[place]
    return total.T


def _without_plan(nodes: list[Institution], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Outlets nobody gave a plan: all of a sub-branch that keeps it, single ones under a branch."""
    silent, overlooked = rng.random(len(nodes)) < _SILENT, rng.random(len(nodes)) < _OVERLOOKED
    found = np.zeros(len(nodes), dtype=np.bool_)
    for place, node in enumerate(nodes):
        if node.level == "outlet" and node.parent is not None:
            below = nodes[node.parent].level.startswith("subbranch")
            found[place] = silent[node.parent] if below else overlooked[place]
    return found


def _whole_year(nodes: list[Institution], year: int, ends: list[date]) -> npt.NDArray[np.bool_]:
    """Who was open from the year's beginning to its end, as far as the data know it."""
    first, last = max(date(year, 1, 1), ends[0].replace(day=1)), min(date(year, 12, 31), ends[-1])
    return np.array([n.opened_on <= first and (n.closed_on or date.max) > last for n in nodes])


def _children(nodes: list[Institution], none: npt.NDArray[np.bool_]) -> dict[int, list[int]]:
    """Parents, from the top down, and those of their children that get a plan."""
    found: dict[int, list[int]] = {}
    for place, node in enumerate(nodes):
        if node.parent is not None and not none[place]:
            found.setdefault(node.parent, []).append(place)
    return dict(sorted(found.items()))


def _plan(truth: float, usual: float, elapsed: float, rng: np.random.Generator) -> float:
    """The head office's plan: what came, measured by the course it is on."""
    course = elapsed * rng.uniform(*_ON_COURSE)
    return float(truth / course if truth > usual / 10.0 else usual)


def _wanted(truth: Floats, plan: float, size: Floats, rng: np.random.Generator) -> Floats:
    """Each institution's share of the plan: by what really came, within what its size allows."""
    usual = plan * size / max(size[0], 1.0)
    came = truth * (plan / truth[0]) if truth[0] > 0.0 else usual
    return np.asarray(np.clip(came, 0.6 * usual, 4.0 * usual) * rng.lognormal(0.0, 0.12, len(size)))


def _passed_on(
    plan: float,
    wanted: Floats,
    children: dict[int, list[int]],
    rng: np.random.Generator,
    whole: bool = False,
) -> Floats:
    """Values from the top down, in round figures; not a number where no plan was set."""
    values = np.full(len(wanted), np.nan)
    values[0] = _rounded(np.array([plan]), whole)[0]
    for parent, below in children.items():
        part = wanted[below] / wanted[below].sum()
        values[below] = _rounded(values[parent] * rng.uniform(*_PASSED_ON) * part, whole)
    return values


def _rounded(values: Floats, whole: bool) -> Floats:
    """Three figures, as plans are written; customers are whole."""
    if whole:
        return np.maximum(np.round(values), 1.0)
    unit = 10.0 ** (np.floor(np.log10(np.maximum(values, 1.0))) - 2)
    return np.asarray(np.round(values / unit) * unit)


def _rows(values: Floats, metric: str, basis: str, period: tuple[date, date]) -> list[Row]:
    places = np.flatnonzero(~np.isnan(values))
    return [(int(place), metric, basis, *period, float(values[place])) for place in places]


def _quarters(values: Floats, year: int) -> list[Row]:
    """The year's plan for won amounts by quarter, as lively as its months usually are."""
    season = np.array([deal_season(date(year, month, 1)) for month in range(1, 13)]).reshape(4, 3).sum(axis=1)
    starts = [date(year, month, 1) for month in (1, 4, 7, 10)]
    stops = [date(year, 3, 31), date(year, 6, 30), date(year, 9, 30), date(year, 12, 31)]
    rows: list[Row] = []
    for part, start, stop in zip(season / season.sum(), starts, stops, strict=True):
        rows += _rows(_rounded(values * part, whole=False), _WON, "flow", (start, stop))
    return rows
