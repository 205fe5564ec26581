"""What a reader takes along as a file or text: permitted, within limits, marked with his name, recorded.

Nothing is made that is not permitted, nothing is handed out that is not recorded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from data_access.access.audit import Act, count
from data_access.errors import CallError, CockpitError
from data_access.view.grants import EXPORT
from ui.base.snapshot import live
from ui.base.trail import note
from ui.base.words import t
from ui.brief.compose import notes_told, report, row_count, taken_along, without_sections
from ui.frame.look import Look
from ui.frame.places import name_of
from ui.paper.csv_files import csv_zip
from ui.paper.model import Report, Section
from ui.paper.pptx import pptx
from ui.paper.text import text
from ui.paper.xlsx import xlsx
from ui.parts.key_figures import colours
from ui.parts.model import Table

ENDINGS = {"pptx": "pptx", "xlsx": "xlsx", "csv": "zip", "text": "txt"}


def may_export(look: Look) -> bool:
    """Whether the reader may take along what he sees of the institution."""
    return look.grant.may(EXPORT, look.store.tree, look.node)


def exported(look: Look, form: str, tables: Sequence[Table] = (), *, names: bool = False) -> bytes:
    """A file or text of the page: `tables` as they are drawn are those of the CSV, `names`: with customers'
    names in them."""
    try:
        return _made(look, form, tables, names=names)
    except CockpitError:
        note(Act.refused, look.view(), what=form)
        raise


def _made(look: Look, form: str, tables: Sequence[Table], *, names: bool) -> bytes:
    if not may_export(look):
        raise CallError("Your grant does not include files and texts of this institution.")
    limits, config = live().config.exports, live().config
    most = None if form == "text" else limits.files_per_day
    if most is not None:
        _within(count(config, Act.export, look.reader.by or look.reader.user), most)
    view = look.view()
    now = datetime.now(ZoneInfo(config.timezone))
    taken = taken_along(view, look.reader.user, now, by=look.reader.by, names=names)
    if form == "csv":
        found = replace(
            without_sections(view, marks(look), taken),
            sections=(Section(t(look.page.title), "", tables=tables),),
        )
    else:
        notes = notes_told(view, live().notes, now.date()) if form == "text" else ()
        found = report(view, marks(look), taken, notes)
    rows = row_count(found)
    if rows > limits.rows_per_file:
        raise CallError(
            "This file would hold {rows} rows, and no more than {most} are allowed. Choose an institution "
            "below, or ask the administrator ([exports] rows_per_file).",
            rows=rows,
            most=limits.rows_per_file,
        )
    content = _FORMS[form](found, look)
    note(
        Act.export,
        view,
        most=most,
        what=look.page.url,
        form=form,
        rows=rows,
        bytes=len(content),
        customers="unmasked" if names else "masked",
    )
    return content


def _within(done: int, most: int) -> None:
    if done >= most:
        raise CallError(
            "You have taken along {done} files today, and no more than {most} are allowed. "
            "Try again tomorrow, or ask the administrator ([exports] files_per_day).",
            done=done,
            most=most,
        )


def marks(look: Look) -> tuple[str, ...]:
    """What belongs on every file: an earlier snapshot, excluded institutions."""
    found = []
    if look.store.id != live().store().id:
        found.append(t("Earlier snapshot {id}", id=look.store.id))
    if look.store.part:
        found.append(t("Institutions as then"))
    if look.without:
        names = ", ".join(name_of(look, node) for node in look.without)
        found.append(t("Without {names}", names=names))
    return tuple(found)


def _slides(found: Report, look: Look) -> bytes:
    """On the bank's own template, if policy names one."""
    name = look.store.policy.template
    template: Path | None = live().config.folder / name if name else None
    return pptx(found, template, colours(look.view()))


_FORMS: Mapping[str, Callable[[Report, Look], bytes]] = {
    "pptx": _slides,
    "xlsx": lambda found, _: xlsx(found),
    "csv": lambda found, _: csv_zip(found),
    "text": lambda found, _: text(found).encode(),
}
