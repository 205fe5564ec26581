"""How far the hazard model can be trusted: a second opinion, constant effects, order, drift."""

import warnings
from typing import Any

import numpy as np
import polars as pl

from metrics.churn.model import DRIVERS, LEAST, TOP, Fit, best, tenure_band

PRECISION = 1e-12  # Newton's decrement at which lifelines stops: published digits need it
COX = ("tier", "products", "activity")  # compared at equal tenure, so tenure itself has no ratio


def cox(cells: pl.DataFrame, exits: tuple[str, ...], model: Fit) -> dict[tuple[str, int], float]:
    """Hazard ratios by lifelines' Cox model, each tenure month up to ten years a stratum of its own,
    on collapsed rows.

    Every month at risk is a row of one month's duration, so late entry needs nothing else. Levels with few
    exits are left out with their customers, for it would not converge; empty where it does not all the same.
    """
    from lifelines.exceptions import ConvergenceError
    from lifelines.fitters.coxph_fitter import SemiParametricPHFitter

    keys = ["months", *COX]
    rows = cells.with_columns(months=pl.col("tenure").clip(upper_bound=TOP), d=pl.sum_horizontal(*exits))
    counts = rows.group_by(keys).agg(n=pl.col("at_risk").sum(), d=pl.col("d").sum())
    counts = (
        counts.with_columns(tenure=tenure_band(pl.col("months")))
        .filter((pl.col("d").sum() > 0).over("months"))
        .sort(keys)
    )
    x = model.design(counts)[:, 1:]
    exits_of = counts["d"].to_numpy() @ x
    few = [at for at, n in enumerate(exits_of) if n < LEAST]
    told = np.flatnonzero(x[:, few].sum(axis=1) == 0)
    counts, x = counts[told], x[told]
    kept = [at for at, (driver, _) in enumerate(model.names) if driver in COX and at not in few]
    names = [f"x{at}" for at in kept]
    plain = pl.DataFrame(x[:, kept], schema=names).with_columns(
        months=counts["months"], n=counts["n"], d=counts["d"]
    )
    stayed = plain.with_columns(w=pl.col("n") - pl.col("d"), e=pl.lit(0))
    left = plain.with_columns(w=pl.col("d"), e=pl.lit(1))
    rows = pl.concat([stayed, left]).filter(pl.col("w") > 0).with_columns(t=pl.lit(1)).drop("n", "d")
    fitter = SemiParametricPHFitter()
    # what it describes each stratum by for its plots is two thirds of its time
    fitter._compute_central_values_of_raw_training_data = lambda *_: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of columns with little variance: what counts is the result
            found = fitter.fit(
                rows.to_pandas(),
                "t",
                "e",
                weights_col="w",
                strata=["months"],
                fit_options={"precision": PRECISION},
            )
    except (ConvergenceError, np.linalg.LinAlgError, ValueError):
        return {}
    return {model.names[at]: float(found.hazard_ratios_[f"x{at}"]) for at in kept}


def interactions(counts: pl.DataFrame, model: Fit) -> list[dict[str, Any]]:
    """Whether each driver's effect is the same in every tenure band: a likelihood ratio test on the counts.

    With many customers any difference is significant, so `largest` says by which factor a band's own ratio
    departs most from the common one.
    """
    import statsmodels.api as sm

    def deviance(x: Any) -> Any:
        family = sm.families.Binomial(link=sm.families.links.CLogLog())
        start = np.zeros(x.shape[1])
        start[: len(model.beta)] = model.beta
        return best(sm.GLM(y, x, family=family), start)

    y = np.column_stack([counts["d"], counts["n"] - counts["d"]])
    plain = model.design(counts)
    base, found = deviance(plain), list[dict[str, Any]]()
    bands = [at for at, (driver, _) in enumerate(model.names, 1) if driver == "tenure"]
    d = counts["d"].to_numpy()
    for driver in COX:
        levels = [at for at, (name, _) in enumerate(model.names, 1) if name == driver]
        products = [plain[:, a] * plain[:, b] for a in levels for b in bands]
        extra = [column for column in products if (column * d).sum() >= LEAST]
        if not extra:
            continue
        from scipy.stats import chi2

        wider = deviance(np.column_stack([plain, *extra]))
        statistic = float(base.deviance - wider.deviance)
        largest = float(np.exp(np.abs(wider.params[len(model.beta) :]).max()))
        found.append(
            {
                "driver": driver,
                "statistic": statistic,
                "df": len(extra),
                "p_value": float(chi2.sf(statistic, len(extra))),
                "largest": largest,
            }
        )
    return found


def concordance(counts: pl.DataFrame) -> float | None:
    """Harrell's C from counts by `time`, `score`, n at risk and d events: exact, with late entry.

    Of all pairs of one who left at a time and one who was at risk then and did not, the share in which the
    one who left had the higher score; equal scores count half.
    """
    rows = counts.sort("time", "score").with_columns(others=pl.col("n") - pl.col("d"))
    rows = rows.with_columns(below=pl.col("others").cum_sum().over("time") - pl.col("others"))
    pairs = rows.select(
        num=(pl.col("d") * (pl.col("below") + pl.col("others") / 2)).sum(),
        den=(pl.col("d") * pl.col("others").sum().over("time")).sum(),
    ).row(0)
    return float(pairs[0] / pairs[1]) if pairs[1] else None


def drift(trained: pl.DataFrame, newest: pl.DataFrame) -> list[dict[str, Any]]:
    """How far today's customers differ from those learned from: per driver the share that would have to
    change its level (total variation distance of the two mixes)."""
    found = []
    for driver in DRIVERS:
        mixes = [
            rows.group_by(driver).agg(pl.col("n").sum()).select(driver, share=pl.col("n") / pl.col("n").sum())
            for rows in (trained, newest)
        ]
        both = mixes[0].join(mixes[1], on=driver, how="full", coalesce=True).fill_null(0)
        moved = float((both["share"] - both["share_right"]).abs().sum() / 2)
        found.append({"driver": driver, "moved": moved})
    return found
