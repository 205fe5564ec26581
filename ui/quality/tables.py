"""The delivered tables: how new, how many rows, what was not loaded and why."""

from collections.abc import Sequence

import streamlit as st

from data_access.subject import message
from data_access.view import quality
from data_access.view.quality import Delivery
from data_access.view.view import View
from ui.base.formats import grouped, plain
from ui.base.snapshot import live
from ui.base.words import counted, language, t
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import heading
from ui.parts.table import table
from ui.quality.banner import failed_words
from ui.quality.words import rule_word, table_word

COUNTS = ("rows_in", "loaded", "quarantined", "duplicate")


def deliveries(view: View) -> list[Delivery]:
    """What was delivered, held against the bank's day."""
    return quality.deliveries(view.scope, live().register.today())


def said(view: View, found: Sequence[Delivery]) -> None:
    """In a sentence each: is it new, is it whole, does it agree with the ledger."""
    late = [row for row in found if row.late]
    totals = quality.totals(view.scope)
    off = sum(not total.agrees for total in totals)
    lead = (
        t("{tables} should have newer data by now.", tables=t(", ").join(table_word(r.table) for r in late))
        if late
        else t("All {n} tables are as new as they should be.", n=len(found))
    )
    sentences = []
    if quality.sees_all(view.scope):
        lost = sum(row.quarantined or 0 for row in found)
        sentences.append(
            counted(lost, message("{n} row was not loaded."), message("{n} rows were not loaded."))
            if lost
            else t("Every row that was delivered is loaded.")
        )
    if totals:
        sentences.append(
            counted(
                off,
                message("{n} total differs from the ledger."),
                message("{n} totals differ from the ledger."),
            )
            if off
            else t("All {n} totals agree with the ledger.", n=len(totals))
        )
    with st.container(key="finding"):
        st.markdown(" ".join([f"**{plain(lead)}**", *map(plain, sentences)]))
    told = quality.failure(view.scope)
    if told is not None:
        at, why = told
        st.error(plain(f"{failed_words(at)} {why}".strip()))


def tables(found: Sequence[Delivery]) -> None:
    """One row per table."""
    counts = [name for name in COUNTS if any(getattr(row, name) is not None for row in found)]
    labels = {
        "rows_in": t("Rows delivered"),
        "loaded": t("Loaded"),
        "quarantined": t("Not loaded"),
        "duplicate": t("Repeated"),
    }
    meanings = {
        "quarantined": t("Rows that break a rule: kept apart, and told below."),
        "duplicate": t("Rows that repeat another word for word: counted once."),
    }
    title = t("Delivered tables")
    heading(title)
    columns = [
        Column("name", t("Table"), "name", phone=True),
        Column("as_of", t("Data to"), "text", phone=True),
        Column("state", t("Freshness"), "text", phone=True),
        *(Column(name, labels[name], definition=meanings.get(name, "")) for name in counts),
        *(
            [Column("before", t("Change"), definition=t("Rows loaded less those of the snapshot before."))]
            if counts
            else []
        ),
    ]
    table(
        Table(columns, [_row(row, counts) for row in found]),
        key="deliveries",
        caption=title,
        language=language(),
        fixed=True,
    )


def _row(row: Delivery, counts: Sequence[str]) -> Row:
    if row.as_of is None or row.late is None:
        state = Cell("")
    elif row.late:
        state = Cell(f"✗ {t('{n} days late', n=row.late)}", row.late)
    else:
        state = Cell(f"✓ {t('as expected')}", 0)
    grown = None if row.before is None or row.loaded is None else row.loaded - row.before
    cells = {
        "name": Cell(table_word(row.table)),
        "as_of": Cell(f"{row.as_of}" if row.as_of else ""),
        "state": state,
        "before": Cell("" if grown is None else grouped(grown, signed=True), grown),
    }
    for name in counts:
        value = getattr(row, name)
        cells[name] = Cell("" if value is None else grouped(value), value)
    return Row(cells)


def noted(view: View) -> None:
    """What `check` has noted of each table."""
    found = quality.notes(view.scope)
    if not found:
        return
    title = t("What was noted")
    heading(title)
    columns = [
        Column("name", t("Table"), "name", phone=True),
        Column("note", t("Note"), "text", phone=True),
    ]
    rows = [
        Row({"name": Cell(table_word(name)), "note": Cell(t(text, **values))}) for name, text, values in found
    ]
    table(
        Table(columns, rows),
        key="noted",
        caption=title,
        language=language(),
        fixed=True,
        more=t("Show all {n} rows"),
    )


def findings(found: Sequence[Delivery]) -> None:
    """Why rows were not loaded: rule by rule, with the first of them where names may be seen."""
    rows = [(row.table, finding) for row in found for finding in row.findings]
    if not rows:
        return
    title = t("Why rows were not loaded")
    heading(title)
    sampled = any(finding.samples for _, finding in rows)
    columns = [
        Column("name", t("Table"), "name", phone=True),
        Column("column", t("Column"), "text", phone=True),
        Column("why", t("Reason"), "text", phone=True),
        Column("rows", t("Rows"), "bar", phone=True),
        *([Column("first", t("First of them"), "text")] if sampled else []),
    ]
    body = [
        Row(
            {
                "name": Cell(table_word(name)),
                "column": Cell(one.column),
                "why": Cell(rule_word(one.rule)),
                "rows": Cell(grouped(one.rows), one.rows),
                "first": Cell("; ".join(f"{at} “{value}”" for at, value in one.samples[:2])),
            }
        )
        for name, one in rows
    ]
    table(Table(columns, body), key="findings", caption=title, language=language(), sort=("rows", True))
