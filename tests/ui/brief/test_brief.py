"""Reports to take along: their numbers are the metrics', each file is of one institution alone."""

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pptx as reader
import pytest

from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from metrics import CONTRACT, METRICS
from ui.base.words import read_catalogue
from ui.brief import files as brief_files
from ui.complaints.page import PAGE as COMPLAINTS
from ui.funnel.page import FUNNEL, OUTLOOK
from ui.migration.report import ON_PAPER as MIGRATION_ON_PAPER
from ui.review.page import BALANCES, OVERVIEW
from ui.satisfaction.page import PAGE as SATISFACTION
from ui.value.report import ON_PAPER as VALUE_ON_PAPER

REPO = Path(__file__).resolve().parents[3]
ZH = read_catalogue("zh_CN")
BASE = ("--compare", "month_end", "--also", "week")
Book = dict[str, list[list[Any]]]


@pytest.fixture(scope="module")
def store(sample_bank: Path) -> Store:
    return open_store(read_config(sample_bank / "cockpit.toml", CONTRACT))


@pytest.fixture
def ask(sample_bank: Path, run: Any) -> Any:
    return lambda *arguments: run("brief", "--config", sample_bank / "cockpit.toml", *arguments)


def book(path: Path) -> Book:
    found = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in found}


def deck_texts(path: Path) -> list[str]:
    """Every text of the slides: shapes, table cells, names and values of charts."""
    found: list[str] = []
    for slide in reader.Presentation(str(path)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
            if shape.has_chart:
                plot = shape.chart.plots[0]
                found += [str(name) for name in plot.categories]
                found += [str(value) for series in plot.series for value in series.values]
    return found


def facts(path: Path) -> tuple[set[float], str]:
    """The large raw numbers of a workbook, and all its texts."""
    cells = [cell for rows in book(path).values() for row in rows for cell in row]
    return {cell for cell in cells if isinstance(cell, int | float) and abs(cell) >= 1000}, "\n".join(
        str(cell) for cell in cells if isinstance(cell, str)
    )


def metric_rows(run: Any, bank: Path, name: str, institution: str, *more: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run(
        "metric",
        name,
        "--config",
        bank / "cockpit.toml",
        "--institution",
        institution,
        "--month",
        "2026-10",
        "--format",
        "json",
        *more,
    ).rows
    return rows


# ------------------------------------------------------------------ the text


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_the_text_is_short_and_says_whose_and_of_when(lang: str, ask: Any, store: Store) -> None:
    for node in (0, store.tree.children(0)[2], len(store.tree) - 1):
        answer = ask("--institution", store.tree.ids[node], "--lang", lang, *BASE)
        lines = answer.out.rstrip("\n").split("\n")
        assert (answer.code, answer.err) == (0, "")
        assert 3 <= len(lines) <= 12
        assert lines[0].startswith((store.tree.names if lang == "zh" else store.tree.names_en)[node])
        assert ("2026年10月" if lang == "zh" else "Oct 2026") in lines[0]
        assert ("示例数据" if lang == "zh" else "Sample data") in lines[0]
        assert store.id in lines[-1]
        assert bool(re.search("[一-鿿]", answer.out)) is (lang == "zh")
        assert not [c for line in lines for c in line if ord(c) < 32]


@pytest.mark.slow
def test_the_text_of_a_week_and_of_every_comparison(ask: Any) -> None:
    for number, compare in enumerate(("year_start", "last_year", "previous", "quarter_end", "day")):
        period = ("2026-W43", "2026-Q3", "2026-08", "2026-10-01..2026-10-20")[number % 4]
        answer = ask("--period", period, "--compare", compare, "--also", "none", "--lang", "en")
        assert answer.code == 0 and 3 <= len(answer.out.strip().split("\n")) <= 12


# --------------------------------------------------------------- the numbers


ON_PAGES = {
    "Business overview": OVERVIEW.cards,
    "Balances": BALANCES.cards,
    "Customer value": VALUE_ON_PAPER,
    "Tier migration": MIGRATION_ON_PAPER,
    "Sales funnel": FUNNEL.cards,
    "Pipeline outlook": OUTLOOK.cards,
    "Satisfaction": SATISFACTION.cards,
    "Complaints": COMPLAINTS.cards,
}


def columns_by_label() -> dict[tuple[str, str], tuple[str, str]]:
    """The metric column behind a label of a page: two pages may count customers in two ways."""
    return {
        (ZH[page], ZH[METRICS[name].measure(column).label]): (name, column)
        for page, wanted in ON_PAGES.items()
        for name, column in wanted
    }


@pytest.mark.slow
def test_workbook_numbers_are_the_metrics(
    ask: Any, run: Any, sample_bank: Path, store: Store, tmp_path: Path
) -> None:
    tree = store.tree
    for node in (0, tree.children(0)[2], len(tree) - 1):
        key = tree.ids[node]
        assert ask("--institution", key, "--format", "xlsx", "--out", tmp_path, *BASE).code == 0
        [path] = tmp_path.glob(f"{key}_*.xlsx")
        sheets = book(path)
        heads, *cards = sheets["主要指标"] if "主要指标" in sheets else sheets[ZH["Key figures"]]
        where = {head: place for place, head in enumerate(heads)}
        known = columns_by_label()
        rows: dict[str, dict[str, Any]] = {}
        for card in cards:
            name, column = known[card[where[ZH["Page"]]], card[where[ZH["Key figure"]]]]
            if name not in rows:
                rows[name] = metric_rows(run, sample_bank, name, key)[0]
            raw, wanted = card[where[ZH["Raw value"]]], rows[name][column]
            cases = METRICS[name].measure(column).cases
            few = cases and 0 < sum(rows[name][case] or 0 for case in cases) < store.policy.floor_cases
            wanted = None if few else wanted  # so few carry no rate
            assert (raw or None) == pytest.approx(wanted or None), (key, name, column)
            printed = str(card[where[ZH["As printed"]]])
            if wanted is None and not few:
                assert not re.search(r"\d", printed)
        moved = metric_rows(run, sample_bank, "migration.matrix", key)  # nobody here, nobody moved
        shown = [wanted for page, wanted in ON_PAGES.items() if page != "Tier migration" or moved]
        assert len(cards) == sum(map(len, shown))


def raw_table(sheets: Book, title: str) -> tuple[list[str], list[list[Any]]]:
    name = next(one for one in sheets if one.startswith(ZH["Raw values"]) and title in one)
    heads, *rows = sheets[name]
    return [str(head) for head in heads], rows


def test_children_of_the_workbook_are_the_metrics(
    ask: Any, run: Any, sample_bank: Path, store: Store, tmp_path: Path
) -> None:
    branch = store.tree.children(0)[2]
    key = store.tree.ids[branch]
    assert ask("--institution", key, "--format", "xlsx", "--out", tmp_path, *BASE).code == 0
    heads, rows = raw_table(book(next(tmp_path.iterdir())), ZH["Institutions below"])
    deposit = next(i for i, head in enumerate(heads) if head.startswith(ZH["Deposit balance"]))
    aum = next(i for i, head in enumerate(heads) if head.startswith(ZH["AUM at period end"]))
    by_name = {row[0]: row for row in rows}
    for name, column, place in (("balance.lines", "deposit", deposit), ("book.summary", "aum", aum)):
        for row in metric_rows(run, sample_bank, name, key, "--by", "children"):
            if row["institution"] in store.tree.node_of:
                shown = store.tree.names[store.tree.node_of[row["institution"]]]
                assert by_name[shown][place] == pytest.approx(row[column])
        total = metric_rows(run, sample_bank, name, key)[0][column]
        assert by_name[ZH["Total"]][place] == pytest.approx(total)
        parts = [row[place] for row in rows if row[0] != ZH["Total"] and isinstance(row[place], int | float)]
        assert sum(parts) == pytest.approx(total)


def test_slides_say_what_the_workbook_says(
    ask: Any, run: Any, sample_bank: Path, store: Store, tmp_path: Path
) -> None:
    key = store.tree.ids[store.tree.children(0)[2]]
    for form in ("pptx", "xlsx"):
        assert ask("--institution", key, "--format", form, "--out", tmp_path, *BASE).code == 0
    [deck], [sheet] = tmp_path.glob("*.pptx"), tmp_path.glob("*.xlsx")
    said = deck_texts(deck)
    _heads, *cards = book(sheet)[ZH["Key figures"]]
    for _page, label, printed, *_ in cards:
        number = str(printed).split(" ")[0].rstrip("%")
        assert [text for text in said if label in text and number in text.replace("\n", " ")] or (
            number in " ".join(said)
        ), (label, printed)
    # Charts are native: the last month of the leading figure, and the steps from opening to closing.
    charts = [
        shape.chart
        for slide in reader.Presentation(str(deck)).slides
        for shape in slide.shapes
        if shape.has_chart
    ]
    assert len(charts) >= 2
    deposit = metric_rows(run, sample_bank, "balance.lines", key)[0]["deposit"]
    course = charts[0].plots[0].series[0].values
    assert course[-1] * 10_000 == pytest.approx(deposit)
    assert list(charts[0].plots[0].categories)[-1] == "2026-10"


# ------------------------------------------------- one institution, nobody else


def foreign_names(store: Store, node: int, zh: bool) -> set[str]:
    """Names of institutions outside a subtree that no name inside it contains."""
    names = store.tree.names if zh else store.tree.names_en
    inside = " ".join(names[node : store.tree.last[node] + 1])
    title = store.manifest["title"]
    out = {name for at, name in enumerate(names) if not node <= at <= store.tree.last[node]}
    return {name for name in out if name not in inside and name not in title}


@pytest.mark.parametrize(
    ("form", "lang"),
    [("xlsx", "zh"), *(pytest.param("pptx", lang, marks=pytest.mark.slow) for lang in ("zh", "en"))],
)
def test_each_branch_has_a_file_of_its_own_and_of_nobody_else(
    form: str, lang: str, ask: Any, store: Store, tmp_path: Path
) -> None:
    """All branches, and with --children the departments of head office too, by several processes."""
    more = ("--level", "branch_1") if lang == "zh" else ("--children",)
    answer = ask(*more, "--format", form, "--lang", lang, "--out", tmp_path, *BASE)
    assert answer.code == 0
    tree = store.tree
    nodes = tree.at_level(0, "branch_1") if lang == "zh" else tree.children(0)
    files = {path.name.split("_")[0]: path for path in tmp_path.iterdir()}
    assert set(files) == {tree.ids[node] for node in nodes if tree.closed[node] is None}
    assert f"{len(files)} files in {tmp_path}" in answer.out
    numbers: dict[str, set[float]] = {}
    for key, path in files.items():
        node = tree.node_of[key]
        names = tree.names if lang == "zh" else tree.names_en
        if form == "xlsx":
            numbers[key], said = facts(path)
        else:
            said = "\n".join(deck_texts(path))
            numbers[key] = {float(n) for n in re.findall(r"(?m)^\d+\.\d{4,}$", said)}
        assert names[node] in said and names[node] in path.name
        assert not [name for name in foreign_names(store, node, lang == "zh") if name in said], key
        assert not [
            other
            for other in tree.ids
            if other in said.split() and not (node <= tree.node_of[other] <= tree.last[node])
        ]
    seen = list(numbers.items())
    assert all(found for _, found in seen if tree.last[tree.node_of[_]] > tree.node_of[_])
    for number, (key, mine) in enumerate(seen):
        for other, theirs in seen[:number]:
            assert not {n for n in mine & theirs if n != int(n) or abs(n) > 50_000}, (key, other)


def test_names_of_files_are_safe_and_none_is_written_twice(store: Store, tmp_path: Path) -> None:
    asked = brief_files.ask(
        read_config(Path(store.snapshot.folder).parents[2] / "cockpit.toml", CONTRACT),
        store,
        None,
        None,
        ("year_start", "none"),
        "zh",
        "pptx",
    )
    names = [brief_files.file_name(store, asked, node, "2026-10") for node in range(len(store.tree))]
    assert len(set(names)) == len(names)
    assert not [name for name in names if set(name) & set(brief_files.FORBIDDEN)]
    assert all(len(name.encode()) <= 255 for name in names)
