"""Control limits, parts of a change, the rest of the parent, the index: by hand and over random banks."""

from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access.subject import Measure, Metric, Subject
from data_access.view.grants import grant_of
from tests.metrics.asking import by_hand, look
from tests.metrics.satisfaction.test_satisfaction import COLUMNS, SUBJECTS

OCTOBER, SEPTEMBER = (date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 9, 1), date(2026, 9, 30))
TREE = "institution_id, parent_id, level\nA, , head_office\n" + "\n".join(
    f"{key}, A, branch_1" for key in ("B", "C", "D", "E", "F")
)


def answered(
    at: str, month: int, promoters: int, passives: int, detractors: int, more: str = ",,"
) -> list[str]:
    scores = [9] * promoters + [8] * passives + [3] * detractors
    day = f"2026-{month:02}-15"
    return [f"{at}{month}-{i},transaction,,{at},{day},{day},{score},{more}" for i, score in enumerate(scores)]


def store_of(folder: Path, rows: list[str], subjects: Any = SUBJECTS, settings: str = "") -> Any:
    first = "first,transaction,,A,2026-08-01,,,,,"  # the data begin before the months looked at
    surveys = "\n".join([COLUMNS, first, *rows])
    return by_hand(
        folder,
        subjects,
        {"institutions": TREE, "surveys": surveys},
        settings,
        {"surveys": date(2026, 10, 31)},
    )


def test_control_limits_by_hand(tmp_path: Path) -> None:
    rows = [
        *answered("B", 10, 50, 30, 20),
        *answered("C", 10, 50, 30, 20),
        *answered("D", 10, 50, 30, 20),
        *answered("E", 10, 0, 20, 80),
        *answered("F", 10, 9, 10, 10),
    ]
    view = look(store_of(tmp_path, rows), SUBJECTS, "A", *OCTOBER)
    found = {row["institution"]: row for row in view.metric("satisfaction.ranking", "children").to_dicts()}
    n, p, d = 429, 159 / 429, 150 / 429
    centre, sigma = 100 * (p - d), 100 * sqrt(p + d - (p - d) ** 2)
    assert (found["B"]["centre"], found["B"]["sigma"]) == pytest.approx((centre, sigma))
    assert found["F"]["n"] == 29
    assert found["F"]["rank"] is found["F"]["outside"] is None  # fewer than thirty: not ranked
    z = [(score - centre) / (sigma / 10) for score in (30, 30, 30, -80)]
    ordered = sorted(z)
    low = ordered[0] + 0.3 * (ordered[1] - ordered[0])  # the 10 % quantile of four
    phi = (3 * z[0] ** 2 + low**2) / 4
    w = (10 / sigma) ** 2
    tau2 = (4 * phi - 3) / (4 * w - w)
    half = 1.959963984540054 * sqrt((sigma / 10) ** 2 + tau2)
    assert found["B"]["limit_high"] == pytest.approx(min(100, centre + half))
    assert found["E"]["outside"] == ("within" if abs(-80 - centre) < half else "below_95")
    places = ("rank", "rank_low", "rank_high")
    assert [tuple(found[key][name] for name in places) for key in "BCDE"] == [(1, 1, 3)] * 3 + [(4, 4, 4)]
    assert found["E"]["by_chance"] == pytest.approx(0.2)
    assert -80 < found["E"]["shrunken"] < centre < found["B"]["shrunken"] < 30
    assert n == sum(row["n"] for row in found.values())


def test_nobody_has_a_place_where_nobody_is_told_apart(tmp_path: Path) -> None:
    rows = [*answered("B", 10, 20, 15, 10), *answered("C", 10, 18, 15, 12), *answered("D", 10, 22, 14, 9)]
    view = look(store_of(tmp_path, rows), SUBJECTS, "A", *OCTOBER)
    for row in view.metric("satisfaction.ranking", "children").filter(pl.col("n") == 45).to_dicts():
        assert (row["rank"], row["rank_low"], row["rank_high"]) == (None, 1, 3)
        assert row["high"] - row["low"] > 10, "the spread between them is not known to be nothing"


def test_contributions_sum_to_the_change(tmp_path: Path) -> None:
    rows = [*answered("B", 9, 10, 5, 5), *answered("C", 9, 6, 6, 18), *answered("D", 9, 8, 0, 0)]
    rows += [*answered("B", 10, 30, 5, 5), *answered("C", 10, 6, 6, 8), *answered("E", 10, 0, 0, 7)]
    view = look(store_of(tmp_path, rows), SUBJECTS, "A", *OCTOBER, comparison="previous")
    found = {
        row["institution"]: row for row in view.metric("satisfaction.contribution", "children").to_dicts()
    }
    change = 100 * ((36 - 20) / 67 - (24 - 23) / 58)
    assert sum(row["contribution"] for row in found.values()) == pytest.approx(change, abs=1e-9)
    assert all(row["change"] == pytest.approx(change) for row in found.values())
    assert all(r["contribution"] == pytest.approx(r["mix"] + r["score"]) for r in found.values())
    assert found["D"]["score"] == found["E"]["score"] == 0  # nobody answered there in one of the months
    middle = 50 * ((36 - 20) / 67 + (24 - 23) / 58)
    assert found["E"]["mix"] == pytest.approx(7 / 67 * (-100 - middle))


def test_the_rest_of_the_parent(tmp_path: Path) -> None:
    rows = [*answered("B", 10, 50, 0, 0), *answered("C", 10, 20, 20, 60), *answered("D", 10, 7, 0, 0)]
    store = store_of(tmp_path, rows)
    view = look(store, SUBJECTS, "B", *OCTOBER, grant=grant_of(store.tree, [store.find("B")], frozenset()))
    [row] = view.metric("satisfaction.apart").to_dicts()
    assert (row["n"], row["nps"], row["rest_n"]) == (50, 100.0, 107)
    assert row["rest_nps"] == pytest.approx(100 * (27 - 60) / 107)
    assert row["significant"] == "yes"
    reference = view.reference("satisfaction.nps")
    assert reference is not None
    assert reference.select("n").row(0) == (157,)  # one row of the parent, none of a sibling
    assert look(store, SUBJECTS, "A", *OCTOBER).reference("satisfaction.nps") is None  # nothing above


def test_of_few_answers_nothing_is_called_different(tmp_path: Path) -> None:
    """B and the rest each with 29 or with 30 answers, as far apart as can be."""
    for own, rest, said in ((29, 30, None), (30, 29, None), (30, 30, "yes")):
        rows = [*answered("B", 10, own, 0, 0), *answered("C", 10, 0, 0, rest)]
        store = store_of(tmp_path / f"{own}-{rest}", rows)
        [row] = look(store, SUBJECTS, "B", *OCTOBER).metric("satisfaction.apart").to_dicts()
        assert (row["difference"], row["significant"]) == (200.0, said)
        assert (row["low"] > 0) and row["high"] == 2 * row["difference"] - row["low"]


def test_few_siblings_are_no_reference(tmp_path: Path) -> None:
    store = store_of(tmp_path, answered("B", 10, 50, 0, 0), settings="[policy]\npeers_least = 6\n")
    assert look(store, SUBJECTS, "B", *OCTOBER).reference("satisfaction.nps") is None
    [row] = look(store, SUBJECTS, "B", *OCTOBER).metric("satisfaction.apart").to_dicts()
    assert row["difference"] is row["rest_n"] is None


def test_the_index_takes_complaints_where_they_are_counted(tmp_path: Path) -> None:
    def per_10k(_rows: Any, ask: Any) -> Any:
        """Complaints per 10,000 customers."""
        return ask.groups.with_columns(per_10k=5.0)

    column = Measure(name="per_10k", label="", unit="number")
    metric = Metric(
        name="complaints.summary",
        label="Complaints",
        compute=per_10k,
        marts={},
        columns=(column,),
        grain="day",
        needs=("surveys",),
    )
    subjects = (*SUBJECTS, Subject("complaints", metrics=(metric,)))
    rows = answered("B", 10, 15, 0, 5, more="4,7,")  # NPS 50, all grades 4, all effort 7
    store = store_of(tmp_path, rows, subjects)
    [row] = look(store, subjects, "A", *OCTOBER).metric("satisfaction.index").to_dicts()
    parts = {"nps": 75.0, "csat": 100.0, "effort": 100.0, "complaints": 75.0}  # 5 of 20 per 10,000
    assert {name: row[name] for name in parts} == parts
    assert row["index"] == pytest.approx(0.4 * 75 + 0.3 * 100 + 0.15 * 100 + 0.15 * 75)
    assert (row["weight"], row["left_out"]) == (pytest.approx(1.0), "")
    quarter = look(store, subjects, "A", date(2026, 7, 1), date(2026, 9, 30)).metric("satisfaction.index")
    assert quarter["complaints"][0] == pytest.approx(100 - 100 * 5 / (3 * 20))  # a rate of three months
    [without] = (
        look(store_of(tmp_path / "without", rows), SUBJECTS, "A", *OCTOBER)
        .metric("satisfaction.index")
        .to_dicts()
    )
    assert without["index"] == pytest.approx((0.4 * 75 + 0.3 * 100 + 0.15 * 100) / 0.85)
    assert without["left_out"] == "complaints"


def test_what_is_hidden_below_is_hidden_in_every_comparison(tmp_path: Path) -> None:
    rows = [*answered("B", 10, 50, 0, 0), *answered("C", 10, 3, 0, 0), *answered("D", 10, 6, 3, 0)]
    view = look(store_of(tmp_path, rows), SUBJECTS, "A", *OCTOBER, comparison="previous")
    for name in ("nps", "ranking", "contribution", "apart", "index", "weighted"):
        found = {
            row["institution"]: row for row in view.metric(f"satisfaction.{name}", "children").to_dicts()
        }
        for key in ("C", "D"):
            told = {k: v for k, v in found[key].items() if isinstance(v, int | float)}
            told.pop("change", None)  # that of all together
            assert not told, (name, key, told)
            assert found[key]["hidden"] == "n<5"
