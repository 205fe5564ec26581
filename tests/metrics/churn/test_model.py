"""The hazard model: counts give what raw rows give, and chances ahead are what follows from it."""

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from lifelines import CoxPHFitter
from lifelines.datasets import load_rossi
from lifelines.utils import concordance_index

from metrics.churn import checks as churn_checks
from metrics.churn.bands import NO_TENURE
from metrics.churn.marts import EXITS
from metrics.churn.model import (
    DRIVERS,
    Fit,
    collapsed,
    fit,
    hazards,
    read_fit,
    tenure_band,
)


def people(seed: int, n: int, hazard: float = 0.03) -> pl.DataFrame:
    """Customers with fixed cells who enter late and are followed for 24 months: one row each."""
    rng = np.random.default_rng(seed)
    tier, products = rng.integers(2, 6, n), rng.integers(1, 5, n)
    activity = rng.integers(1, 5, n)
    entry = rng.choice([0, 0, 3, 14, 40, 96], n)
    eta = np.log(hazard) - 0.3 * (tier - 2) - 0.2 * (products - 2) + 0.3 * (activity == 1)
    left = entry + rng.geometric(-np.expm1(-np.exp(eta)), n)
    end = np.minimum(left, entry + 24)
    return pl.DataFrame(
        {
            "tier": tier,
            "products": products,
            "activity": activity,
            "entry": entry,
            "end": end,
            "event": (left <= entry + 24).astype(np.int64),
        }
    )


def months_of(customers: pl.DataFrame) -> pl.DataFrame:
    """One row per customer and month at risk; `tenure` is that of the month end before."""
    rows = customers.with_columns(tenure=pl.int_ranges("entry", "end")).explode("tenure")
    last = pl.col("tenure") == pl.col("end") - 1
    return rows.with_columns(d=pl.when(last).then(pl.col("event")).otherwise(0))


def cells_of(months: pl.DataFrame) -> pl.DataFrame:
    """Counts as the mart has them."""
    counts = months.group_by(*DRIVERS).agg(at_risk=pl.len().cast(pl.Int64), to_closed=pl.col("d").sum())
    return counts.with_columns(pl.lit(0).alias(name) for name in EXITS if name != "to_closed")


@pytest.fixture(scope="module")
def customers() -> pl.DataFrame:
    return people(5, 20_000)


@pytest.fixture(scope="module")
def model(customers: pl.DataFrame) -> Fit:
    found = fit(collapsed(cells_of(months_of(customers)), ("to_closed",)))
    assert found is not None
    return found


def test_counts_give_what_raw_rows_give(customers: pl.DataFrame) -> None:
    some = customers.head(4_000)
    model = fit(collapsed(cells_of(months_of(some)), ("to_closed",)))
    assert model is not None
    raw = months_of(some)
    x = model.design(raw.with_columns(tenure=tenure_band(pl.col("tenure"))))
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    found = sm.GLM(raw["d"].to_numpy(), x, family=family).fit(tol=1e-13, maxiter=100)
    assert len(model.beta) == 12, "an intercept, and all levels of four drivers but the references"
    assert model.beta == pytest.approx(found.params, abs=1e-10)
    assert model.cov == pytest.approx(found.cov_params(), abs=1e-10)


def test_it_finds_what_was_put_in(model: Fit) -> None:
    error = np.sqrt(np.diag(model.cov))
    truth = {
        ("tier", 3): -0.3,
        ("tier", 5): -0.9,
        ("products", 1): 0.2,
        ("products", 4): -0.4,
        ("activity", 1): 0.3,
    }
    for name, value in truth.items():
        at = model.names.index(name) + 1
        assert abs(model.beta[at] - value) < 4 * error[at], name
    assert read_fit(model.as_json()).beta == pytest.approx(model.beta), "written and read"


def test_the_second_opinion_is_lifelines_on_raw_rows() -> None:
    """Cox with late entry on one row per customer, against the collapsed months at risk."""
    some = people(5, 40_000, 0.008)
    counts = collapsed(cells_of(months_of(some)), ("to_closed",))
    own = fit(counts)
    assert own is not None
    names = [name for name in own.names if name[0] != "tenure"]
    x = own.design(some.with_columns(tenure=pl.lit(2)))[:, 1 : len(names) + 1]
    frame = pl.DataFrame(x, schema=[f"x{at}" for at in range(len(names))]).to_pandas()
    frame["entry"], frame["end"], frame["event"] = some["entry"], some["end"], some["event"]
    raw = CoxPHFitter().fit(frame, "end", "event", entry_col="entry", fit_options={"precision": 1e-10})
    found = churn_checks.cox(cells_of(months_of(some)), ("to_closed",), own)
    assert set(found) == set(names)
    for at, name in enumerate(names):
        # Efron's ties count rows, not people: close, not equal; the more people, the closer
        assert np.log(found[name]) == pytest.approx(raw.params_[f"x{at}"], abs=5e-5), name


def test_poisson_with_a_dummy_per_event_time_is_cox_breslow() -> None:
    """Whitehead 1980: the count form and Cox are one; on 432 prisoners (Rossi) and on Therneau's six."""
    rossi = pl.from_pandas(load_rossi())
    names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    weeks = rossi.with_columns(week=pl.int_ranges(1, pl.col("week") + 1), last="week").explode("week")
    weeks = weeks.with_columns(
        d=((pl.col("week") == pl.col("last")) & (pl.col("arrest") == 1)).cast(pl.Int64)
    )
    found = breslow(weeks, names)
    x = rossi.select(names).to_numpy().astype(float)
    cox = sm.PHReg(rossi["week"].to_numpy(), x, rossi["arrest"].to_numpy(), ties="breslow")
    score = cox.score(np.array(found))  # zero at Cox's own maximum
    assert score == pytest.approx(0.0, abs=1e-8)
    step = np.linalg.solve(cox.hessian(np.array(found)), score)
    assert np.abs(step).max() < 1e-10, "Newton's next step from the Poisson answer"
    published = [-0.379022, -0.057246, 0.314130, -0.151115, -0.432783, -0.084983, 0.091112]
    assert found == pytest.approx(published, abs=6e-7)
    six = pl.DataFrame({"last": [1, 1, 6, 6, 8, 9], "e": [1, 0, 1, 1, 0, 1], "x": [1, 1, 1, 0, 0, 0]})
    assert breslow(weeks_of(six.with_columns(start=pl.lit(0))), ["x"])[0] == pytest.approx(
        np.log((3 + np.sqrt(33)) / 2), abs=1e-10
    )


def test_late_entry_and_case_weights_are_counts_too() -> None:
    """Therneau's second and third validation data: (start, stop] with late entry, and repeated cases."""
    late = [
        (1, 2, 1, 1),
        (2, 3, 1, 0),
        (5, 6, 1, 0),
        (2, 7, 1, 1),
        (1, 8, 1, 0),
        (7, 9, 1, 1),
        (3, 9, 1, 1),
        (4, 9, 0, 1),
        (8, 14, 0, 0),
        (8, 17, 0, 0),
    ]
    frame = pl.DataFrame(late, schema=["start", "last", "e", "x"], orient="row")
    assert breslow(weeks_of(frame), ["x"])[0] == pytest.approx(-0.0845261, abs=5e-8)
    naive = breslow(weeks_of(frame.with_columns(start=pl.lit(0))), ["x"])[0]
    assert abs(naive - -0.0845261) > 0.1, "who entered late was not at risk before: it matters"
    cases = {
        "last": [1, 1, 2, 2, 2, 2, 3, 4, 5],
        "e": [1, 0, 1, 1, 1, 0, 0, 1, 0],
        "x": [2, 0, 1, 1, 0, 1, 0, 1, 0],
        "w": [1, 2, 3, 4, 3, 2, 1, 2, 1],
    }
    people = pl.DataFrame(cases).with_columns(start=pl.lit(0), w=pl.int_ranges("w")).explode("w")
    assert breslow(weeks_of(people), ["x"])[0] == pytest.approx(0.8595574, abs=5e-8)


def weeks_of(frame: pl.DataFrame) -> pl.DataFrame:
    """A row per case and time at risk."""
    rows = frame.with_columns(week=pl.int_ranges(pl.col("start") + 1, pl.col("last") + 1)).explode("week")
    return rows.with_columns(d=((pl.col("week") == pl.col("last")) & (pl.col("e") == 1)).cast(pl.Int64))


def breslow(rows: pl.DataFrame, names: list[str]) -> list[float]:
    """Poisson on counts at risk and events by covariates and event time."""
    counts = rows.group_by("week", *names).agg(n=pl.len(), d=pl.col("d").sum()).sort("week", *names)
    counts = counts.filter((pl.col("d").sum() > 0).over("week"))
    times = counts["week"].unique().sort()
    dummies = np.column_stack([(counts["week"] == time).to_numpy().astype(float) for time in times])
    x = np.column_stack([counts.select(names).to_numpy().astype(float), dummies])
    found = sm.GLM(
        counts["d"].to_numpy(), x, family=sm.families.Poisson(), offset=np.log(counts["n"].to_numpy())
    )
    return list(found.fit(tol=1e-12, maxiter=30).params[: len(names)])


def by_score(rows: pl.DataFrame) -> pl.DataFrame:
    """At risk and events by time and score, of rows with the time observed, event and score."""
    grid = rows.select(pl.col("time").unique()).join(rows.select(pl.col("score").unique()), how="cross")
    pairs = grid.join(rows, on="score", suffix="_end").filter(pl.col("time_end") >= pl.col("time"))
    ends = (pl.col("time_end") == pl.col("time")) & (pl.col("event") == 1)
    return pairs.group_by("time", "score").agg(n=pl.len(), d=ends.sum())


def test_harrells_c_from_counts_is_that_of_the_raw_rows() -> None:
    rng = np.random.default_rng(3)
    n = 3_000
    time, event, score = rng.integers(1, 20, n), rng.integers(0, 2, n), rng.integers(0, 9, n)
    raw = concordance_index(time, -score, event)
    counts = by_score(pl.DataFrame({"time": time, "event": event, "score": score}))
    assert churn_checks.concordance(counts) == pytest.approx(raw, abs=1e-12)


def test_levels_with_few_customers_and_levels_without_exits() -> None:
    """One with too few customers shares a coefficient; one that nobody leaves has its own, far below."""
    rows = [
        # tier, products, activity, tenure, n, d
        (2, 2, 2, 20, 100_000, 1_000),  # the reference everywhere: 1 % a month
        (3, 2, 2, 20, 50_000, 0),  # nobody of 500 expected: its own coefficient
        (7, 2, 2, 20, 90, 0),  # private: fewer than ten to be expected, with the tier beside it
        (0, 2, 2, 20, 60, 2),  # tier unknown, too few: with the reference, not with its neighbour in number
        (2, 1, 2, 20, 30_000, 600),  # one product: twice the risk
        (2, 2, 0, NO_TENURE, 500, 4),  # activity and tenure unknown, too few: with the reference
    ]
    counts = pl.DataFrame(rows, schema=[*DRIVERS, "n", "d"], orient="row")
    found = fit(counts.with_columns(tenure=tenure_band(pl.col("tenure"))))
    assert found is not None
    assert dict(found.levels["tier"]) == {2: 2, 3: 3, 7: 3, 0: 2}
    assert dict(found.levels["activity"]) == {2: 2, 0: 2}
    assert found.names == (("tier", 3), ("products", 1))
    none, twice = np.exp(found.beta[1:])
    assert none == pytest.approx(0.5 / 501.4, rel=0.02), (
        "half an exit in the 500 expected and half a one more"
    )
    assert twice == pytest.approx(2.0, rel=0.02)
    assert fit(pl.DataFrame([(2, 2, 2, 2, 900, 99)], schema=[*DRIVERS, "n", "d"], orient="row")) is None


def test_exits_of_nearly_one_level_alone_are_learned_all_the_same() -> None:
    """Two thirds of a hundred times the risk at one level: whole steps of the fit run away and stay away."""
    rng, rows = np.random.default_rng(1), []
    shares = (
        [7363, 52792, 25818, 8083, 4097, 722, 105],
        [30631, 31684, 30424, 6241],
        [13470, 34936, 38175, 12399],
        [10300, 15355, 45359, 27966],
    )
    hazard = (0.0003, 0.009, 0.0007, 0.0005, 0.0005, 0.001, 0.0001)
    total = sum(shares[0])
    for t, p, a, e in np.ndindex(7, 4, 4, 4):
        n = round(shares[0][t] * shares[1][p] * shares[2][a] * shares[3][e] / total**3)
        if n:
            d = int(rng.binomial(n, hazard[t] * (6.6 if a == 0 else 0.1)))
            rows.append((t + 1, p + 1, a + 1, e + 1, n, d))
    counts = pl.DataFrame(rows, schema=[*DRIVERS, "n", "d"], orient="row")
    found = fit(counts)
    assert found is not None
    assert np.abs(found.beta).max() < 20
    expected = counts.with_columns(e=hazards(found, counts)[0] * counts["n"].to_numpy())
    for driver in ("tier", "activity"):
        told = expected.group_by(driver).agg(pl.col("e", "d").sum()).filter(pl.col("d") >= 10)
        assert told["e"].to_numpy() == pytest.approx(told["d"].to_numpy(), rel=0.05)


def test_hazards_have_the_slope_of_the_link(model: Fit) -> None:
    rows = pl.DataFrame([(2, 2, 2, 2), (3, 1, 1, 4)], schema=list(DRIVERS), orient="row")
    h, slope = hazards(model, rows)
    for at in range(len(model.beta)):
        moved = model.beta.copy()
        moved[at] += 1e-7
        changed = hazards(Fit(model.names, moved, model.cov, model.levels), rows)[0]
        assert slope[:, at] == pytest.approx((changed - h) / 1e-7, abs=1e-7)
