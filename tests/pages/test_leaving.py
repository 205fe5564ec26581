"""No page sends an identity without the permission; each name shown is recorded."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access.access import audit
from data_access.errors import CockpitError
from data_access.tree import Tree
from data_access.view.grants import ADMIN, CUSTOMERS, EXPORT, UNMASK, grant_of
from data_access.view.store import Store
from tests.pages import leaving
from tests.pages.leaving import Sign, at_node, full, identities, sent
from tests.pages.reading import pages
from tests.pages.test_apptest import ended, run
from ui.base import reader, snapshot, trail
from ui.base.reader import Reader
from ui.menu import PAGES

config, store, known = leaving.config, leaving.store, leaving.known  # the fixtures
own_bank, outlet, signed_in = leaving.own_bank, leaving.outlet, leaving.signed_in


def test_the_scan_sees_what_it_looks_for(known: pl.DataFrame) -> None:
    row = known.row(0, named=True)
    for value in (row["name"], row["phone"], row["customer_id"]):
        assert identities(f'{{"text": "客户 {value}"}}'.encode(), known) == {value}
        assert identities(json.dumps({"text": value}).encode(), known) == {value}


@pytest.mark.parametrize("entry", pages("overview", "value"))
def test_no_page_sends_an_identity(
    entry: Any,
    own_bank: Path,
    store: Store,
    known: pl.DataFrame,
    outlet: int,
    signed_in: Sign,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    signed_in("li", [0], CUSTOMERS, EXPORT, ADMIN)
    at = run(own_bank, entry.script, monkeypatch, at=store.tree.ids[outlet], lang="zh")
    assert ended(at) and not at.exception and not at.error
    assert not at.toggle  # there is nothing to unmask
    assert len(sent(at)) > 5_000 and identities(sent(at), known) == set()
    assert identities(caplog.text.encode(), known) == set()
    page = audit.search(snapshot.live().config, user="li", act="page")[-1]
    assert (page["page"], page["institution"]) == (entry.url, store.tree.ids[outlet])


def listed_page(store: Store, outlet: int) -> tuple[str, str]:
    """A page with a list of several customers there."""
    rows = pl.read_parquet(store.file("lists", "customers_near_edge.parquet")).filter(
        pl.col("node") == outlet
    )
    assert rows.height > 0
    return "pages/customers/value.py", "customers_near_edge"


def test_names_are_shown_by_switch_and_recorded(
    own_bank: Path,
    store: Store,
    known: pl.DataFrame,
    outlet: int,
    signed_in: Sign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, listed = listed_page(store, outlet)
    signed_in("wang", [0], CUSTOMERS, UNMASK)
    at = run(own_bank, page, monkeypatch, at=store.tree.ids[outlet], lang="zh")
    assert identities(sent(at), known) == set()  # off at first
    config = snapshot.live().config
    assert audit.search(config, user="wang", act="unmask") == []
    at.toggle[0].set_value(True).run()
    on_list = pl.read_parquet(store.file("lists", f"{listed}.parquet")).filter(pl.col("node") == outlet)
    here = known.filter(pl.col("customer_no").is_in(on_list["customer_no"].to_list()))
    assert here.height and identities(sent(at), known) == {*here["name"], *here["customer_id"]}
    [entry] = audit.search(config, user="wang", act="unmask")
    assert entry["rows"] == on_list.height and entry["institution"] == store.tree.ids[outlet]
    at.run()
    assert len(audit.search(config, user="wang", act="unmask")) == 1  # a rerun is no new act
    whole = b"".join(path.read_bytes() for path in audit.files(config))
    assert identities(whole, known) == set()
    at.toggle[0].set_value(False).run()
    assert identities(sent(at), known) == set()
    at.toggle[0].set_value(True).run()
    assert len(audit.search(config, user="wang", act="unmask")) == 2


def test_names_are_shown_where_they_are_granted_alone(
    own_bank: Path, store: Store, outlet: int, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = next(node for node in store.tree.children(0) if not node <= outlet <= store.tree.last[node])
    page, _ = listed_page(store, outlet)

    def two(tree: Tree) -> Reader:
        wide = dict(grant_of(tree, [0], frozenset({CUSTOMERS})).rights)
        narrow = dict(grant_of(tree, [elsewhere], frozenset({UNMASK})).rights)
        grant = replace(
            grant_of(tree, [0], frozenset()), rights=tuple((wide | {UNMASK: narrow[UNMASK]}).items())
        )
        return Reader("zhao", grant)

    signed_in("zhao", [0])
    for module in (reader, trail):
        monkeypatch.setattr(module, "reader", two)
    at = run(own_bank, page, monkeypatch, at=store.tree.ids[outlet], lang="zh")
    assert not at.toggle and ended(at)
    view = at_node(store, two(store.tree), 0, PAGES[0]).view()
    rows = view.list("customers_near_edge").head(200)
    found = view.names(rows)
    granted = rows.filter(pl.col("node").is_between(elsewhere, store.tree.last[elsewhere]))
    assert set(found) == set(granted["customer_no"]) and 0 < granted.height < rows.height
    with pytest.raises(CockpitError, match="200 rows at most"):
        view.names(pl.concat([rows] * 9).head(201))
    with pytest.raises(CockpitError, match="names and ids"):
        at_node(
            store, Reader("x", grant_of(store.tree, [0], frozenset({CUSTOMERS}))), 0, PAGES[0]
        ).view().names(rows)


def test_without_a_record_no_name(
    own_bank: Path,
    store: Store,
    known: pl.DataFrame,
    outlet: int,
    signed_in: Sign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed_in("sun", [0], CUSTOMERS, UNMASK)
    monkeypatch.setattr(audit, "_append", full)
    at = run(own_bank, listed_page(store, outlet)[0], monkeypatch, at=store.tree.ids[outlet], lang="en")
    assert ended(at) and not at.error  # the page is there, and says so
    assert "could not be written into the audit record" in at.caption[-1].value
    at.toggle[0].set_value(True).run()
    assert identities(sent(at), known) == set()
    assert "audit record cannot be written" in at.error[0].value
    monkeypatch.undo()
