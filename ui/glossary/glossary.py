"""Every metric as the cockpit understands it: what it is, in which unit, of which data, on which pages."""

from collections.abc import Iterable

import streamlit as st

from data_access.subject import Metric, message
from data_access.view.view import View
from metrics import METRICS, SUBJECTS
from ui.base.link import go
from ui.base.words import everywhere, language, t
from ui.glossary.page import SUBJECT, WORDS
from ui.glossary.usage import shown_on
from ui.menu import PAGES
from ui.parts.contents import chosen
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import heading, nothing
from ui.parts.table import table
from ui.quality.words import table_word

UNITS = {
    "money": message("amount"),
    "rate": message("rate"),
    "ratio": message("ratio"),
    "score": message("score"),
    "gini": message("0 to 1"),
    "text": message("text"),
    "customers": message("customers"),
    "deals": message("deals"),
    "cases": message("cases"),
    "days": message("days"),
    "count": message("number"),
}
MOST = 40  # metrics told at once; the search narrows them


def glossary(view: View) -> None:
    """A search over everything, else one subject after the other."""
    st.text_input(
        t("Search metrics"),
        key="glossary_search",
        placeholder=t("Search by name, meaning or data"),
        label_visibility="collapsed",
    )
    words = str(st.session_state["glossary_search"]).casefold().split()
    subject = chosen(view, SUBJECT)
    if words:
        found = [metric for metric in METRICS.values() if _matches(metric, words)]
        title, note = t("Found"), t("{n} of {all} metrics", n=len(found), all=len(METRICS))
    else:
        _subjects(subject)
        found = next(list(one.metrics) for one in SUBJECTS if one.name == subject)
        title, note = t(WORDS[subject]), t("{n} metrics", n=len(found))
    heading(title, note)
    if not found:
        nothing(t("No metric has all of these words."))
        return
    pages = {page.url: t(page.title) for page in PAGES}
    columns = [
        Column("name", t("Metric"), "name", phone=True),
        Column("unit", t("Unit"), "text"),
        Column("definition", t("Definition"), "text", phone=True),
        Column("data", t("Data"), "text"),
        Column("pages", t("Pages"), "text"),
        Column("key", t("Name in files and on the command line"), "text"),
    ]
    rows = [row for metric in found[:MOST] for row in _rows(metric, pages)]
    table(
        Table(columns, rows),
        key=f"glossary_{'found' if words else subject}",
        caption=title,
        language=language(),
        fixed=True,
    )


def _subjects(subject: str) -> None:
    key = "glossary_subject"
    st.session_state[key] = subject
    st.segmented_control(
        t("Subject"),
        list(WORDS),
        format_func=lambda name: t(WORDS[name]),
        key=key,
        on_change=lambda: go(subject=st.session_state[key] or subject),
        label_visibility="collapsed",
    )


def _texts(metric: Metric) -> Iterable[str]:
    """All that a search looks at, in every language."""
    yield metric.name
    for text in (metric.label, metric.definition):
        yield from everywhere(text)
    for measure in metric.columns:
        yield f"{metric.name}.{measure.name}"
        for text in filter(None, (measure.label, measure.definition)):
            yield from everywhere(text)
    yield from metric.needs


def _matches(metric: Metric, words: list[str]) -> bool:
    said = "\n".join(_texts(metric)).casefold()
    return all(word in said for word in words)


def _rows(metric: Metric, pages: dict[str, str]) -> Iterable[Row]:
    """The metric heads its columns."""
    needs = t(", ").join(table_word(name) for name in dict.fromkeys(_data(metric)))
    where = t(", ").join(pages[url] for url in shown_on()[metric.name])
    yield Row(
        {
            "name": Cell(t(metric.label)),
            "definition": Cell(t(metric.definition)),
            "data": Cell(needs),
            "pages": Cell(where),
            "key": Cell(metric.name),
        },
        role="line",
    )
    for measure in metric.columns:
        unit = t(UNITS[measure.unit])
        data = f"{measure.needs[0]}.{measure.needs[1]}" if measure.needs else ""
        cells = {
            "name": t(measure.label),
            "unit": unit,
            "definition": t(measure.definition) if measure.definition else "",
        }
        cells |= {"data": data, "key": f"{metric.name}.{measure.name}"}
        yield Row({name: Cell(text) for name, text in cells.items()})


def _data(metric: Metric) -> Iterable[str]:
    """The tables that a metric is counted from."""
    if metric.grain == "month":
        yield "customer_months"
    yield from metric.needs
