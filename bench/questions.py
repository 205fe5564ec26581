"""Five questions asked of the cockpit's view, of the extracts by plain Polars, and of a DuckDB file.

Who asks plainly reads what the bank delivers, as an analyst would: the months and columns of the question,
customers for their kind. Answers are compared, so that nobody is quick by answering something else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from bench.resources import Say, cheapest, clocked
from data_access.codes.banding import bin_edges
from data_access.intake.config import read_config
from data_access.subject import Period
from data_access.view.grants import everything
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, SUBJECTS
from sample_data.dates import month_ends

QUESTIONS = {
    "tiers": "customers and AUM by tier",
    "trend": "customers and AUM of 24 months",
    "histogram": "customers by size of AUM, 16 bands to a factor of ten",
    "matrix": "from tier to tier within a month",
    "ranking": "the institutions directly below by AUM",
}
TREND = 24
FIRST_LOOKS = 5
Answer = list[tuple[Any, ...]]
Ask = Callable[[str], Answer]


@dataclass(frozen=True)
class Place:
    """An institution that is asked about: what plain questions must be told of it."""

    word: str
    node: int
    children: pl.DataFrame | None  # institution_id → child, of all below; None at the top: every row counts


def places(store: Store) -> list[Place]:
    """The head office, its branch with most institutions, an outlet in the middle of that."""
    tree = store.tree
    below = tree.children(0)
    branch = max(below, key=lambda node: tree.last[node] - node)
    outlets = [node for node in range(branch, tree.last[branch] + 1) if tree.last[node] == node]
    outlets = [node for node in outlets if tree.closed[node] is None]
    return [
        Place("head office", 0, _children(store, 0)),
        Place("branch", branch, _children(store, branch)),
        Place("outlet", outlets[len(outlets) // 2], _children(store, outlets[len(outlets) // 2])),
    ]


def _children(store: Store, node: int) -> pl.DataFrame:
    tree = store.tree
    rows = [(tree.ids[node], "own")]
    for child in tree.children(node):
        rows += [(tree.ids[at], tree.ids[child]) for at in range(child, tree.last[child] + 1)]
    return pl.DataFrame(rows, schema=["institution_id", "child"], orient="row")


def measured(folder: Path, say: Say) -> dict[str, Any]:
    """Each question at each place: seconds by who answers, and whether the answers are the same."""
    store = open_store(read_config(folder / "cockpit.toml", CONTRACT))
    extracts = folder / "extracts"
    say("DuckDB file", 0)
    file = folder / "bank.duckdb"
    with clocked() as filling:
        database = _database(file, extracts)
    rows = []
    for place in places(store):
        plain = _plain(extracts, store, place)
        ways: dict[str, Ask] = {
            "view": _view(store, place),
            "polars": plain,
            "duckdb": _duckdb(database, store, place),
        }
        for question in QUESTIONS:
            say(f"questions at the {place.word}", list(QUESTIONS).index(question) / len(QUESTIONS))
            told = {way: sorted(ask(question)) for way, ask in ways.items()}
            spent = {way: _spent(way, ask, question, store) for way, ask in ways.items()}
            is_same = all(answer == told["view"] for answer in told.values())
            rows.append({"question": question, "place": place.word, "same": is_same} | spent)
    database.close()
    size = file.stat().st_size
    file.unlink()  # what is measured next needs the room
    return {"filling": filling, "bytes": size, "rows": rows}


def _spent(way: str, ask: Ask, question: str, store: Store) -> dict[str, float]:
    """Of the view the middle one of some first looks, of the others the cheapest run."""
    if way != "view":
        return cheapest(lambda: ask(question))
    runs = []
    for _ in range(FIRST_LOOKS):
        store.answers.forget()
        with clocked() as run:
            ask(question)
        runs.append(run)
    return sorted(runs, key=lambda run: run["wall"])[FIRST_LOOKS // 2]


def _view(store: Store, place: Place) -> Ask:
    month = store.months[-1]

    def ask(question: str) -> Answer:
        scope = Scope(store=store, grant=everything(store.tree), node=place.node)
        view = View(scope=scope, subjects=SUBJECTS, period=Period(month.replace(day=1), month), language="en")
        if question == "tiers":
            rows = view.metric("value.tiers", columns=("tier", "customers", "aum"))
            return rows.filter(pl.col("customers") > 0).select("tier", "customers", "aum").rows()
        if question == "trend":
            rows = view.series("book.summary", "customers", "aum", months=TREND)
            return rows.select("month", "customers", "aum").rows()
        if question == "histogram":
            rows = view.metric("value.histogram")
            return rows.select(pl.col("low_edge").fill_null(-1), "customers", "aum").rows()
        if question == "matrix":
            rows = view.metric("migration.matrix")
            tiers = [tier.key for tier in store.policy.tiers]
            rows = rows.filter(pl.col("from_tier", "to_tier").is_in(tiers), pl.col("customers") > 0)
            return rows.select("from_tier", "to_tier", "customers").rows()
        rows = view.metric("book.summary", "children", columns=("customers", "aum"))
        rows = rows.filter(pl.col("customers") > 0).sort("aum", descending=True)
        return rows.select("institution", "customers", "aum").rows()

    return ask


def _edges(store: Store) -> tuple[list[float], list[str]]:
    return [float(tier.edge) for tier in store.policy.tiers[1:]], [tier.key for tier in store.policy.tiers]


def _bands(store: Store) -> list[int]:
    """Lower edges of the histogram's bands from the second on, in minor units."""
    return list(bin_edges(store.minor_units))


def _minor(store: Store, column: str) -> pl.Expr:
    return (pl.col(column) * store.minor_units).round().cast(pl.Int64)


def _plain(extracts: Path, store: Store, place: Place) -> Ask:
    """Polars on the delivered files."""
    last = store.months[-1]

    def months(days: Sequence[date], *columns: str) -> pl.LazyFrame:
        files = [extracts / "customer_months" / f"{day:%Y-%m}.parquet" for day in days]
        rows = pl.scan_parquet(files).select("month", "customer_id", "institution_id", *columns)
        if place.node and place.children is not None:
            rows = rows.join(place.children.lazy().select("institution_id"), on="institution_id", how="semi")
        return rows

    def people(rows: pl.LazyFrame) -> pl.LazyFrame:
        customers = pl.scan_parquet(extracts / "customers.parquet").filter(pl.col("kind") == "personal")
        return rows.join(customers.select("customer_id"), on="customer_id", how="semi")

    def tiered(rows: pl.LazyFrame) -> pl.LazyFrame:
        edges, names = _edges(store)
        tier = pl.col("aum_avg").bin_intervals(edges, labels=names).cast(pl.String)
        return people(rows).with_columns(tier=tier, aum=_minor(store, "aum"))

    counts = (pl.len().alias("customers"), pl.col("aum").sum())

    def ask(question: str) -> Answer:
        if question == "tiers":
            return _rows(tiered(months([last], "aum", "aum_avg")).group_by("tier").agg(*counts))
        if question == "trend":
            rows = months(month_ends(last, min(TREND, len(store.months))), "aum")
            return _rows(rows.with_columns(aum=_minor(store, "aum")).group_by("month").agg(*counts))
        if question == "histogram":
            edges = _bands(store)
            rows = people(months([last], "aum")).with_columns(aum=_minor(store, "aum"))
            lows = [str(low) for low in (-1, *edges)]
            band = pl.col("aum").bin_intervals(edges, labels=lows)
            return _rows(
                rows.with_columns(band=band.cast(pl.String).cast(pl.Int64)).group_by("band").agg(*counts)
            )
        if question == "matrix":
            then, now = (
                tiered(months([day], "aum", "aum_avg")).select("customer_id", "institution_id", tier)
                for day, tier in (
                    (month_ends(last, 2)[0], pl.col("tier").alias("before")),
                    (last, pl.col("tier").alias("now")),
                )
            )
            both = then.join(now, on="customer_id")
            return _rows(both.group_by("before", "now").agg(pl.len()))
        rows = months([last], "aum").with_columns(aum=_minor(store, "aum"))
        rows = rows.join(place.children.lazy(), on="institution_id")  # type: ignore[union-attr]
        return _rows(rows.group_by("child").agg(*counts).sort("aum", descending=True))

    return ask


def _rows(rows: pl.LazyFrame) -> Answer:
    frame = rows.collect(engine="streaming")
    return frame.with_columns(pl.col(pl.UInt32).cast(pl.Int64)).rows()


def _database(file: Path, extracts: Path) -> duckdb.DuckDBPyConnection:
    """The extracts in a DuckDB file."""
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as database:
        database.execute(f"set temp_directory = '{file.parent}'; set preserve_insertion_order = false")
        for name, files in (("customers", "customers.parquet"), ("months", "customer_months/*.parquet")):
            database.execute(f"create table {name} as select * from read_parquet('{extracts / files}')")
    return duckdb.connect(str(file), read_only=True)


def _duckdb(database: duckdb.DuckDBPyConnection, store: Store, place: Place) -> Ask:
    edges, names = _edges(store)
    last = store.months[-1]
    first = month_ends(last, min(TREND, len(store.months)))[0]
    before = month_ends(last, 2)[0]
    cases = " ".join(
        f"when aum_avg < {edge} then '{name}'" for edge, name in zip(edges, names[:-1], strict=True)
    )
    tier = f"case {cases} else '{names[-1]}' end"
    minor = f"round(aum * {store.minor_units})::bigint"
    here = "" if place.node == 0 else "semi join places using (institution_id)"
    kind = "semi join (select customer_id from customers where kind = 'personal') using (customer_id)"
    people = f"from months {here} {kind} where month ="
    sums = f"count(*), sum({minor})::bigint"
    bands = [-(2**62), *_bands(store)]
    then, now = (
        f"(select customer_id, {tier} as tier {people} '{day}') {name}"
        for name, day in (("a", before), ("b", last))
    )
    asked = {
        "tiers": f"select {tier}, {sums} {people} '{last}' group by 1",
        "trend": f"select month, {sums} from months {here} where month >= '{first}' group by 1",
        "histogram": f"select low, count(*), sum(aum)::bigint from (select {minor} as aum {people} '{last}') "
        f"asof join (select unnest({bands}) as low) on aum >= low group by 1",
        "matrix": f"select a.tier, b.tier, count(*) from {then} join {now} using (customer_id) group by 1, 2",
        "ranking": f"select child, {sums} as aum from months join places using (institution_id) "
        f"where month = '{last}' group by 1 order by aum desc",
    }
    places = place.children

    def ask(question: str) -> Answer:
        database.register("places", places)
        found = database.execute(asked[question]).fetchall()
        if question == "histogram":
            found = [(-1 if low < 0 else low, *others) for low, *others in found]
        return found

    return ask
