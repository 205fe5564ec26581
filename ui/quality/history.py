"""The snapshots that are kept, and what each changed."""

from data_access.view import quality
from data_access.view.view import View
from ui.base.formats import grouped
from ui.base.words import language, t
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import heading
from ui.parts.table import table
from ui.quality.words import table_word

MOST = 4  # tables named in a row


def history(view: View) -> None:
    """Newest first; changes are those against the one before."""
    title = t("Snapshots kept")
    heading(title)
    columns = [
        Column("name", t("Snapshot"), "name", phone=True),
        Column("built", t("Built at"), "text", phone=True),
        Column("as_of", t("Data to"), "text", phone=True),
        *([Column("changes", t("What changed"), "text")] if quality.sees_all(view.scope) else []),
    ]
    rows = []
    for one in quality.history(view.scope):
        said = []
        for name, (old, new, reach) in one.changes.items():
            grown = (new or 0) - (old or 0)
            words = [
                table_word(name),
                grouped(grown, signed=True) if grown else "",
                f"→ {reach}" if reach else "",
            ]
            said.append(" ".join(filter(None, words)))
        more = [t("{n} more", n=len(said) - MOST)] if len(said) > MOST else []
        shown = Cell(t("; ").join([*said[:MOST], *more]), title=t("; ").join(said))
        mark = t(" (shown)") if one.id == view.store.id else ""
        cells = {"name": Cell(f"{one.id}{mark}"), "built": Cell(f"{one.built_at:%Y-%m-%d %H:%M} UTC")}
        rows.append(Row({**cells, "as_of": Cell(f"{one.as_of or ''}"), "changes": shown}))
    table(Table(columns, rows), key="snapshots", caption=title, language=language(), fixed=True)
