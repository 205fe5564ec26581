"""A report put together from the same items and rows that the pages draw, for one institution."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

from data_access.errors import CockpitError, NotDelivered
from data_access.notes.database import NotesDatabase
from data_access.subject import message
from data_access.view.notes import own_notes
from data_access.view.view import View
from ui.base.formats import period_name
from ui.base.link import COMPARE
from ui.base.words import error_text, own, t, word_of
from ui.menu import PAGES
from ui.paper.model import Chart, Report, Section
from ui.parts.contents import TABLES
from ui.parts.finding import finding
from ui.parts.todo import todo
from ui.review.notes import said_of
from ui.review.page import OVERVIEW
from ui.review.report import conclusion, to_call
from ui.review.today import to_call_said


def report(view: View, marks: tuple[str, ...] = (), taken: str = "", notes: tuple[str, ...] = ()) -> Report:
    """The report of the institution that the view looks at; `notes`: what readers have noted of it."""
    sections: list[Section] = []
    charts: list[Chart] = []  # of the overview, which stand on the conclusion
    for page in PAGES:
        for build in page.report:
            with suppress(NotDelivered):
                section = build(view, page)
                if section is not None and page is OVERVIEW:
                    charts += section.charts
                    section = replace(section, charts=())
                sections += [section] if section is not None else []
    calls = to_call(view)
    sections = [calls, *sections] if calls is not None else sections  # what is to be done comes first
    found = finding(view, OVERVIEW, todo(view, OVERVIEW.lists))
    said = [*found, *filter(None, [to_call_said(view)])]
    return replace(
        without_sections(view, marks, taken),
        finding=tuple(said),
        sections=tuple(sections),
        conclusion=conclusion(view, OVERVIEW, found, charts),
        notes=notes,
    )


def without_sections(view: View, marks: tuple[str, ...] = (), taken: str = "") -> Report:
    """Whose report it is, of when and of what data, before anything stands in it."""
    tree, store = view.store.tree, view.store
    level = store.policy.level(tree.levels[view.node])
    words = [t(COMPARE[view.comparison]), *([t(COMPARE[view.also])] if view.also else [])]
    sample = (t("Sample data, not a bank's own"),) if store.manifest["sample"] else ()
    return Report(
        bank=own(store.manifest["title"]),
        institution_id=tree.ids[view.node],
        institution=view.name(tree.ids[view.node]),
        level=word_of(level),
        period=period_name(view.period),
        comparison=t(", ").join(words),
        as_of=_as_of(view),
        snapshot=store.id,
        finding=(),
        sections=(),
        filters=tuple(f"{key}: {value}" for key, value in view.filters.items()),
        marks=(*sample, *marks),
        taken=taken,
        lowest=not tree.children(view.node),
        language=view.language,
        currency=store.manifest["currency"],
        minor_units=store.minor_units,
    )


def taken_along(
    view: View, user: str, now: datetime, *, by: str | None = None, names: bool = False, sent: bool = False
) -> str:
    """Who took it along, or whom it was sent to, and when (`by`: the administrator in his view), of which
    institution and snapshot, with or without customers' names."""
    whose = message("Sent to {user}, {time}") if sent else message("Taken along by {user}, {time}")
    parts = [
        t(whose, user=user, time=f"{now:%Y-%m-%d %H:%M}"),
        *([t("{by} in the view of this user", by=by)] if by else []),
        t("Institution {id}", id=view.store.tree.ids[view.node]),
        t("Snapshot {id}", id=view.store.id),
        t("customers by name (unmasked)") if names else t("customers masked"),
    ]
    return " · ".join(parts)


def notes_told(view: View, database: NotesDatabase, today: date) -> tuple[str, ...]:
    """The notes of the institution that are not done, as lines; that they cannot be read is said too."""
    try:
        return said_of(view, own_notes(view.scope, database), today)
    except CockpitError as error:
        return (error_text(error),)


def row_count(found: Report) -> int:
    """The rows of all tables of a report."""
    return sum(len(table.rows) for section in found.sections for table in section.tables)


def _as_of(view: View) -> str:
    """The date of the data; where the tables differ, the date of each."""
    dates = {name: view.store.as_of[name] for name in TABLES if name in view.store.as_of}
    if len(set(dates.values())) == 1:
        return str(next(iter(dates.values())))
    return t(", ").join(f"{day} {t(TABLES[name])}" for name, day in dates.items())
