"""Banks that deliver one table, and a bank whose every name is full of signs, in a real browser."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from bench.servers import served
from tests.browser import finished
from ui.base.formats import JOINER

SIGNS = (
    "$x^2$ **fett** [weiter](http://example.org) <b>html</b>",
    "=1+1 :red[rot] `code` ~~weg~~ # Titel",
    "<script>document.title='gone'</script>&amp; \\(y\\)",
    "@SUM(A1) _kursiv_ | Strich | {{brace}} :smile:",
)
PAGES = ("overview", "value", "churn", "funnel", "complaints", "migration")


def write(folder: Path, name: str, head: str, rows: Sequence[Sequence[object]]) -> None:
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head.split(","), *rows])


@pytest.mark.slow
def test_a_bank_of_complaints_opens_at_them(chromium: Browser, run: Any, tmp_path: Path) -> None:
    rows = [(n, f"K{n}", f"2026-01-{5 + n:02}", "2026-01-25") for n in range(1, 9)]
    write(tmp_path, "c", "case_id,customer_id,opened_on,due_on", rows)
    config = tmp_path / "cockpit.toml"
    config.write_text('auth = "none"\n[tables.complaints]\ncsv = "c.csv"\n', "utf-8")
    assert run("build", "--config", config, "--today", "2026-02-10").code == 0
    with served(config) as url:
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/?lang=en")
        finished(page)
        assert page.url.partition("?")[0].endswith("/complaints")
        text = page.locator('[data-testid="stMain"]').inner_text()
        assert "8" in text and "not delivered" not in text.split("New complaints")[0]
        assert text.count("no earlier data") <= 1
        menu = page.locator("header").inner_text()
        assert "Sales" not in menu and "Customer base" not in menu, menu
        page.goto(f"{url}/value?lang=en")  # a link to what is not there still opens, and says why
        finished(page)
        assert "customer_months" in page.locator('[data-testid="stMain"]').inner_text()
        page.close()


@pytest.fixture(scope="module")
def signs(run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head office, a branch and two outlets, customers with managers and deals: all of them named so."""
    folder = tmp_path_factory.mktemp("signs")
    institutions = [("H", "", SIGNS[0]), ("B", "H", SIGNS[1]), ("O1", "B", SIGNS[2]), ("O2", "B", SIGNS[3])]
    write(folder, "i", "institution_id,parent_id,name", institutions)
    people = [(f"{SIGNS[n % 4]} {n}", f"O{n % 2 + 1}", f"M{n % 3}", SIGNS[n % 4]) for n in range(40)]
    write(folder, "k", "customer_id,institution_id,manager_id,segment", people)
    write(folder, "m", "manager_id,name", [(f"M{n}", SIGNS[n]) for n in range(3)])
    months = [
        (f"2026-{month:02}", who, place, 1000 * (number + month), 2)
        for month in range(1, 5)
        for number, (who, place, *_) in enumerate(people)
    ]
    write(folder, "b", "month,customer_id,institution_id,aum,products", months)
    deals = [
        (
            f"D{n}",
            people[n][0],
            people[n][1],
            "won" if n % 2 else "lost",
            "2026-02-01",
            "2026-04-09",
            SIGNS[n % 4],
        )
        for n in range(30)
    ]
    write(
        folder,
        "d",
        "opportunity_id,customer_id,institution_id,outcome,created_on,closed_on,lost_reason",
        deals,
    )
    tables = {
        "institutions": "i",
        "customers": "k",
        "managers": "m",
        "customer_months": "b",
        "opportunities": "d",
    }
    text = 'auth = "none"\n' + "".join(
        f'[tables.{name}]\ncsv = "{file}.csv"\n' for name, file in tables.items()
    )
    text += '[tables.customers.dimensions]\nsegment = "segment"\n'
    (folder / "cockpit.toml").write_text(text, "utf-8")
    answer = run("build", "--config", folder / "cockpit.toml", "--today", "2026-05-10")
    assert answer.code == 0, answer.err
    return folder / "cockpit.toml"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "name"),
    [
        ("B", SIGNS[1]),
        ("H", SIGNS[0]),
        ("O1", SIGNS[2]),
    ],
)
def test_names_are_text_wherever_they_stand(at: str, name: str, chromium: Browser, signs: Path) -> None:
    with served(signs) as url:
        page = chromium.new_page(viewport={"width": 1440, "height": 1600})
        page.goto(f"{url}/overview")
        page.locator("[data-page-end]").wait_for(state="attached", timeout=60_000)  # the first look of all
        for path in PAGES:
            page.goto(f"{url}/{path}?lang=en&at={at}")
            finished(page)
            main = page.locator('[data-testid="stMain"]')
            assert name in main.inner_text().replace(JOINER, ""), (path, at)
            assert main.locator("b, script, .katex, s, del").count() == 0, (path, at)
            assert main.locator('a[href*="example.org"]').count() == 0, (path, at)
            assert page.title() != "gone"
        page.close()


@pytest.mark.parametrize("form", ["text", "xlsx"])
def test_names_are_text_in_files(run: Any, signs: Path, tmp_path: Path, form: str) -> None:
    answer = run("brief", "--config", signs, "--institution", "B", "--format", form, "--out", tmp_path)
    assert answer.code == 0, answer.err
    [path] = [one for one in tmp_path.rglob("*") if one.is_file()] or [None]
    if form == "text":
        assert SIGNS[1] in (path.read_text("utf-8") if path else answer.out)
        return
    from openpyxl import load_workbook

    cells = [cell for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"], "no name is a formula"
    assert any(cell.value == SIGNS[2] for cell in cells)
