"""The ledger's totals beside what was loaded, and the months that are told otherwise than before."""

from collections.abc import Sequence

from data_access.ledger import Control
from data_access.view import quality
from data_access.view.quality import Restated
from data_access.view.view import View
from metrics import CONTRACT
from ui.base.formats import grouped
from ui.base.words import language, t
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import absent, heading
from ui.parts.table import table
from ui.quality.words import column_word, table_word


def ledger(view: View) -> None:
    """Each total of the institution and those below it: what the ledger has, what was loaded."""
    title = t("Totals of the ledger")
    if not view.store.has("controls"):
        absent(t("Shown when {tables} is delivered.", tables="controls"), title)
        return
    found = sorted(quality.totals(view.scope), key=lambda one: (one.agrees, -abs(one.share or 0)))
    if not found:
        absent(t("The ledger has no total of this institution."), title)
        return
    heading(title, t("amounts in {currency}", currency=view.store.manifest["currency"]))
    columns = [
        Column("name", t("Institution"), "name", phone=True),
        Column("what", t("Total of"), "text", phone=True),
        Column("date", t("Date"), "text"),
        Column("expected", t("Ledger")),
        Column("found", t("Loaded")),
        Column("difference", t("Difference"), phone=True),
        Column("share", t("of the ledger's"), unit="%"),
        Column("verdict", t("Verdict"), "text", phone=True),
    ]
    table(
        Table(columns, [_total(view, one) for one in found]),
        key="ledger",
        caption=title,
        language=language(),
        fixed=True,
        more=t("Show all {n} rows"),
    )


def _total(view: View, one: Control) -> Row:
    tree = view.store.tree
    where = view.name(tree.ids[0] if one.institution is None else one.institution)
    what = [table_word(one.table), column_word(one.column) if one.column else t("rows")]
    what += [column_word(one.part.rpartition("=")[2])] if one.part else []
    digits = 2 if one.column else 0
    verdict = t("agrees") if one.agrees else t("no row") if one.found is None else t("differs")
    mark = "✓" if one.agrees else "✗"

    def number(value: float | None, *, signed: bool = False) -> Cell:
        return Cell("" if value is None else grouped(value, digits, signed=signed), value)

    return Row(
        {
            "name": Cell(where),
            "what": Cell(" · ".join(what), title=one.part or ""),
            "date": Cell(f"{one.from_on} – {one.date}" if one.from_on else f"{one.date}"),
            "expected": number(one.expected),
            "found": number(one.found),
            "difference": number(one.difference, signed=True) if one.difference else Cell("0", 0),
            "share": Cell("" if one.share is None else grouped(one.share * 100, 3), one.share),
            "verdict": Cell(f"{mark} {verdict}", int(one.agrees)),
        }
    )


def restated(view: View) -> None:
    """The months that an earlier snapshot told otherwise."""
    title, found = t("Restated months"), quality.restated(view.scope)
    if not found:
        absent(t("No month was told otherwise than before."), title)
        return
    heading(title)
    seen = any(row.sums is not None for row in found)
    columns = [
        Column("name", t("Month"), "name", phone=True),
        Column("table", t("Table"), "text", phone=True),
        Column("told_on", t("Told anew on"), "text"),
        Column("before", t("Against snapshot"), "text"),
        *([Column("change", t("What changed"), "text", phone=True)] if seen else []),
    ]
    rows = [
        Row(
            {
                "name": Cell(f"{row.month:%Y-%m}"),
                "table": Cell(table_word(row.table)),
                "told_on": Cell(f"{row.told_on}"),
                "before": Cell(row.before),
                "change": Cell(t("; ").join(_changes(view, row))),
            }
        )
        for row in found
    ]
    table(
        Table(columns, rows),
        key="restated",
        caption=title,
        language=language(),
        fixed=True,
        more=t("Show all {n} rows"),
    )


def _changes(view: View, row: Restated) -> Sequence[str]:
    """Each sum that moved, in currency units where it is money."""
    kinds = {column.name: column.kind for column in CONTRACT.tables[row.table].columns}
    said = []
    for name, (old, new) in (row.sums or {}).items():
        if old != new:
            unit = view.store.minor_units if kinds.get(name) == "money" else 1
            share = f" ({grouped((new / old - 1) * 100, 2, signed=True)}%)" if old else ""
            word = t("rows") if name == "rows" else column_word(name)
            said.append(f"{word} {grouped(old / unit)} → {grouped(new / unit)}{share}")
    return said or [t("rows differ, their totals do not")]
