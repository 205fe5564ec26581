"""One definition, any engine: the builders give the same rows on Polars, on DuckDB and on a cluster.

All run the very same narwhals functions; what is portable needs no window, no as-of join and no engine's own
types. A lint keeps the words out that other engines lack.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import duckdb
import narwhals as nw
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data_access.contract.rules import Facts, mask, rules_of
from data_access.engines.engine import POLARS, collected
from data_access.engines.spark import spark_engine
from data_access.intake.config import read_config
from data_access.policy import Policy, Setting
from data_access.snapshot import open_snapshot
from data_access.subject import Inputs, Mart
from data_access.windows import months_later
from metrics import CONTRACT, SUBJECTS
from metrics.churn.model import DRIVERS, Fit
from tests.metrics.portable import faults, functions

ROOT = Path(__file__).parents[2]
MARTS = [mart for subject in SUBJECTS for mart in subject.marts]
MONTHS = {
    "now": "2026-10",
    "before": "2026-09",
    "before_1": "2026-09",
    "before_2": "2026-08",
    "before_3": "2026-07",
    "before_4": "2026-06",
    "before_5": "2026-05",
    "before_6": "2026-06",
    "before_12": "2026-05",
    "before_13": "2026-06",
}
# six months are delivered: older ones are these again
MONTHS |= {f"before_{n}": f"2026-{10 - n % 6:02}" for n in range(7, 18) if f"before_{n}" not in MONTHS}
TABLES = (
    "complaints",
    "complaint_events",
    "deal_moves",
    "customers",
    "opportunities",
    "stage_events",
    "reaches",
    "pool",
    "clashes",
    "month_starts",
    "daily_balances",
    "large_moves",
    "due",
    "renewals",
    "surveys",
    "contacts",
)
OCTOBER = date(2026, 10, 31)


def in_duckdb(frame: pl.DataFrame) -> nw.LazyFrame[Any]:
    handed: nw.LazyFrame[Any] = nw.from_native(duckdb.from_arrow(frame.to_arrow()))
    return handed


@pytest.fixture(scope="module")
def folder(sample_bank: Path) -> Path:
    return open_snapshot(read_config(sample_bank / "cockpit.toml", CONTRACT).snapshots).folder / "tables"


@pytest.fixture(scope="module")
def spark(remote: str, folder: Path) -> Iterator[Inputs]:
    with spark_engine(remote) as engine:
        yield inputs(folder, engine.table)


def inputs(folder: Path, handed: Callable[[pl.DataFrame], nw.LazyFrame[Any]]) -> Inputs:
    """The checked tables as one engine's lazy frames; a tag is made of a code that every month has."""
    months = {name: folder / "customer_months" / f"{month}.parquet" for name, month in MONTHS.items()}
    files = months | {name: folder / f"{name}.parquet" for name in TABLES}
    needs = [need.partition(".") for mart in MARTS for need in mart.needs]
    files |= {name: folder.parent / f"lists/{name}.parquet" for kind, _, name in needs if kind == "lists"}
    tables = {}
    for name, file in files.items():
        frame = pl.read_parquet(file)
        if name in months:
            frame = frame.with_columns(month=pl.lit(OCTOBER), tag_segment=pl.col("kind"))
        if name == "customers":  # as customers who are known by duration only are prepared
            frame = frame.with_columns(
                kind=pl.col("customer_no").cast(pl.Int16) % 3,
                tag_segment=pl.lit(1, dtype=pl.Int16),
                tenure=pl.col("customer_no") % 40,
                known_on=pl.lit(OCTOBER),
                left=pl.when(pl.col("customer_no") % 7 == 0).then(pl.lit("true")),
                institution_no=0,
            )
        if name.startswith("before"):  # every fiftieth customer comes from elsewhere
            other = (pl.col("institution_no") + 1) % 15
            frame = frame.with_columns(
                institution_no=pl.when(pl.col("customer_no") % 50 == 0)
                .then(other)
                .otherwise("institution_no")
            )
        tables[name] = handed(frame)
    columns = {name: tuple(pl.read_parquet_schema(file)) for name, file in files.items()}
    columns["customer_months"] = columns["now"]
    found = Inputs(
        tables=tables,
        columns=columns,
        tags={"customers": ("tag_segment",)},
        policy=Policy(),
        minor_units=100,
        month=OCTOBER,
        months={OCTOBER: tables["now"]}
        | {months_later(OCTOBER, -n): tables[f"before_{n}"] for n in range(1, 7)},
        as_of={"opportunities": OCTOBER},
        models={"Churn": {"of": {"closed": {"models": [model("newest", 0), model("last month", 1)]}}}},
    )
    return replace(found, own=lambda name: _own(found, name))


def model(role: str, months: int) -> dict[str, Any]:
    """A model of churn that knows one hazard for all."""
    own = Fit((), np.array([np.log(0.02)]), np.eye(1) / 100, {driver: {} for driver in DRIVERS})
    return {"role": role, "origin": str(months_later(OCTOBER, -months)), "own": own.as_json(), "other": None}


def _own(inputs: Inputs, name: str) -> pl.DataFrame:
    mart = next(mart for mart in MARTS if mart.name == name)
    rows: pl.DataFrame = mart.build(inputs).collect("polars").to_native()
    return rows


def rows_of(build: Callable[[Inputs], nw.LazyFrame[Any] | None], found: Inputs) -> pl.DataFrame:
    rows = build(found)
    assert rows is not None
    return collected(rows)


def check_same_rows(other: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Whole numbers exactly; floats are squares, which engines may add in another order."""
    assert expected.height > 0
    exact = [name for name, dtype in expected.schema.items() if not dtype.is_float()]
    other = other.select(expected.columns)
    assert_frame_equal(other.sort(exact), expected.sort(exact), check_exact=False, rel_tol=1e-12)


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)
def test_builders_give_the_same_rows_on_polars_and_duckdb(mart: Mart, folder: Path) -> None:
    for build in filter(None, (mart.build, mart.movers)):
        expected = rows_of(build, inputs(folder, POLARS.table))
        other = rows_of(build, inputs(folder, in_duckdb))
        check_same_rows(other.cast(dict(expected.schema)), expected)


@pytest.mark.cluster
@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)
def test_builders_give_the_same_rows_on_polars_and_a_cluster(mart: Mart, folder: Path, spark: Inputs) -> None:
    """In the same types too, for its rows go into the snapshot as they come."""
    for build in filter(None, (mart.build, mart.movers)):
        check_same_rows(rows_of(build, spark), rows_of(build, inputs(folder, POLARS.table)))


READABLE = ("opportunity_id", "institution_id", "created_on", "closed_on")


def test_rules_give_the_same_mask_on_polars_and_duckdb() -> None:
    check_same_mask(in_duckdb)


@pytest.mark.cluster
def test_rules_give_the_same_mask_on_polars_and_a_cluster(remote: str) -> None:
    with spark_engine(remote) as engine:
        check_same_mask(engine.table)


def check_same_mask(other: Callable[[pl.DataFrame], nw.LazyFrame[Any]]) -> None:
    """A row for each way to break a rule, and one that breaks none."""
    table = CONTRACT.tables["opportunities"]
    rows = pl.DataFrame(
        {
            "opportunity_id": ["1", None, "3", "4", "5"],
            "institution_id": ["a", "a", None, "a", "a"],
            "institution_id_unknown": [False, True, False, False, False],
            "outcome": ["won", "open", "sold", "won", "open"],
            "created_on": [date(2026, 1, 5)] * 5,
            "closed_on": [date(2026, 1, 9), None, None, None, date(2026, 1, 1)],
            "amount": [1, 2, 3, 10**14, 5],
            **{f"unreadable_{name}": [False] * 5 for name in READABLE},
            "unreadable_amount": [False, False, False, False, True],
        }
    )
    facts = Facts(date(2026, 1, 31), Policy())
    columns = ["opportunity_id", "institution_id", "outcome", "created_on", "closed_on", "amount"]
    rules = rules_of(table, columns, facts)
    masks = []
    for handed in (POLARS.table, other):
        frame = handed(rows).select("opportunity_id", broken=mask(rules, facts))
        masks.append(collected(frame).sort("opportunity_id")["broken"].to_list())
    assert masks[0] == masks[1]
    assert sorted(masks[0])[0] == 0
    assert len(set(masks[0])) == 5


BUILDERS = functions(*(step for mart in MARTS for step in (mart.build, mart.movers) if step), mask)


@pytest.mark.parametrize("one", BUILDERS, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_builders_keep_to_the_portable_words(one: FunctionType) -> None:
    """What not every engine has, or means alike; every sum and count is Int64 at once."""
    assert faults(inspect.getsource(one)) == []


def test_the_lint_follows_every_builder_and_sees_each_fault() -> None:
    modules = {one.__module__ for one in BUILDERS}
    assert {mart.build.__module__ for mart in MARTS if isinstance(mart.build, FunctionType)} <= modules
    assert {"metrics.churn.spells", "metrics.churn.forecast_marts", "metrics.churn.change_marts"} <= modules
    for code in (
        "frame.select(nw.col('day').dt.weekday())",
        "frame.agg(n=nw.len())",
        "frame.with_columns(x=nw.lit(1))",
        "nw.concat([a, b], how='diagonal')",
        "frame.select(x=nw.lit(1, dtype=nw.Int64)).unique()",
        "frame.select(x=whole(0)).unique()",
        "frame.with_columns(nw.lit(None, dtype=nw.Int64).alias(n) for n in all_of if n not in here)",
        "frame.with_columns(kind=nw.col('kind').fill_null(NO_TENURE))",
    ):
        assert len(faults(code)) == 1, code


class Watched:
    """A policy that remembers which settings were read of it."""

    def __init__(self, policy: Policy) -> None:
        self._policy, self.read = policy, set[str]()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self._policy, name)

    def of(self, setting: Setting[Any]) -> Any:
        self.read.add(setting.name)
        return self._policy.of(setting)


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)
def test_a_builder_reads_no_setting_that_its_mart_does_not_name(mart: Mart, folder: Path) -> None:
    """A partition is taken over as long as the settings named are the same."""
    found = inputs(folder, POLARS.table)
    watched = Watched(found.policy)
    for build in filter(None, (mart.build, mart.movers)):
        build(replace(found, policy=cast(Policy, watched)))
    assert watched.read <= set(mart.settings)
