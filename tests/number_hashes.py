"""The frozen numbers: one hash for what every metric, the brief and the workbook say of a small bank.

`tests/numbers.json` holds them. A number that changes is a changed line there and a line under "Numbers that
change" in CHANGELOG.md. `make numbers` writes the file anew.
"""

import hashlib
import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import polars as pl
import polars.selectors as cs
import streamlit as st

from data_access import periods
from data_access.errors import CockpitError
from data_access.intake.config import read_config
from data_access.subject import Metric
from data_access.view.grants import everything
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, METRICS, SUBJECTS
from tests.conftest import TWO_YEARS, build_sample
from ui.brief.compose import report
from ui.paper.text import text
from ui.paper.xlsx import xlsx

FILE = Path(__file__).parent / "numbers.json"
PERIODS = ("2026-10", "2026-Q3", "2025")
LANGUAGES = ("zh", "en")
CUSTOMER = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$")  # another name in each snapshot


def institutions(store: Store) -> dict[str, int]:
    """Head office, a branch, one below it, an outlet with customers and the smallest one."""
    tree = store.tree
    way = [0]
    while tree.children(way[-1]):
        way.append(max(tree.children(way[-1]), key=lambda node: tree.last[node] - node))
    outlets = [node for node in range(len(tree)) if tree.last[node] == node]
    wanted = dict.fromkeys([*way[:3], way[-1], outlets[-1], *outlets])
    return {tree.ids[node]: node for node in list(wanted)[:5]}


def look(store: Store, node: int, period: str, language: str = "zh", **settings: str) -> View:
    st.session_state["lang"] = language
    return View(
        scope=Scope(store=store, grant=everything(store.tree), node=node),
        subjects=SUBJECTS,
        period=periods.parse(period),
        language=language,
        also=periods.LAST_YEAR,
        settings=settings,
    )


def content(frame: pl.DataFrame) -> str:
    """A hash of names and values that knows no order of rows and no last digits of floats."""
    plain = frame.with_columns(cs.float().round_sig_figs(9).cast(pl.String)).with_columns(
        pl.all().cast(pl.String).fill_null("null")
    )
    rows = sorted(map("\t".join, plain.select(sorted(plain.columns)).rows()))
    return digest("\n".join([*sorted(plain.columns), *rows]))


def digest(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()[:10]


def printed(value: object) -> str:
    """A cell without the last digits of a float, and whoever a customer is called in this snapshot."""
    return f"{value:.9g}" if isinstance(value, float) else CUSTOMER.sub("a customer", str(value))


def said(view: View, name: str, by: str | None, **parameters: str) -> str:
    """The hash of a metric's rows, or the kind of its refusal."""
    try:
        return content(view.metric(name, by, **parameters))
    except CockpitError as error:
        return type(error).__name__


def breakdowns(store: Store, metric: Metric) -> list[str | None]:
    """None, children, the lowest level and every dimension."""
    tags = store.manifest["dimensions"].get(metric.tags_of, [])
    return [None, "children", f"level:{store.tree.levels[-1]}", *metric.dimensions, *tags]


def of_metric(store: Store, metric: Metric) -> Iterator[tuple[str, str]]:
    """Its rows by institution, period and breakdown, then each value of its parameters."""
    for id, node in institutions(store).items():
        views = [look(store, node, period) for period in PERIODS]
        for by in breakdowns(store, metric):
            hashes = [said(view, metric.name, by) for view in views]
            yield f"{metric.name} of {id} by {by or 'nothing'}", " ".join(hashes)
    for parameter in metric.parameters:
        for value in parameter.values:
            hashes = [said(look(store, 0, p), metric.name, None, **{parameter.name: value}) for p in PERIODS]
            yield f"{metric.name} with {parameter.name}={value}", " ".join(hashes)


def of_files(store: Store, language: str) -> Iterator[tuple[str, str]]:
    """The brief as text, and the cells of each sheet of the workbook."""
    for id, node in institutions(store).items():
        made = report(look(store, node, PERIODS[0], language))
        yield f"brief of {id} in {language}", digest(text(made))
        book = openpyxl.load_workbook(io.BytesIO(xlsx(made)))
        for number, sheet in enumerate(book):
            cells = [[printed(cell.value) for cell in row] for row in sheet.iter_rows()]
            yield f"workbook of {id} in {language}, sheet {number + 1}", digest(json.dumps(cells))


def numbers(store: Store) -> dict[str, str]:
    """Every frozen number of the small bank."""
    found = dict(pair for metric in METRICS.values() for pair in of_metric(store, metric))
    return found | dict(pair for language in LANGUAGES for pair in of_files(store, language))


def main() -> None:
    """Makes the small bank anew and writes what it says."""
    logging.disable(logging.WARNING)  # Streamlit remarks at every text that there is no page
    with TemporaryDirectory() as folder:
        build_sample(Path(folder), **TWO_YEARS)
        found = numbers(open_store(read_config(Path(folder) / "cockpit.toml", CONTRACT)))
    FILE.write_text(json.dumps(found, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
