"""Take along: the link, the main points as text, slides and a workbook of what is on the page."""

import secrets
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from ui.base.snapshot import live
from ui.base.words import t
from ui.brief.compose import report
from ui.frame.doors import mark_of
from ui.frame.focus import lead_in
from ui.frame.look import Look
from ui.frame.places import name_of
from ui.paper.pptx import pptx
from ui.paper.text import text
from ui.paper.xlsx import xlsx
from ui.parts.clipboard import copyable
from ui.parts.key_figures import colours


def take_along(look: Look, where: str) -> None:
    """A menu; what is taken along is made only when it is asked for."""
    with st.popover(t("Take along"), type="tertiary", key=f"take_{where}", on_change="rerun") as opened:
        if not opened.open:
            return
        base = (st.context.url or "").partition("?")[0]
        pinned = look.values | {"snapshot": look.store.id}
        copyable(t("Copy link"), f"{base}?{urlencode(look.values)}", key=f"link_{where}")
        st.caption(t("Opens the same view in another browser, with the latest data."))
        copyable(t("Copy link with these numbers"), f"{base}?{urlencode(pinned)}", key=f"pinned_{where}")
        st.caption(t("Opens snapshot {id}, as long as it is kept.", id=look.store.id))
        copyable(t("Copy main points"), text(report(look.view(), marks(look))), key=f"points_{where}")
        for ending, label in (("pptx", t("Slides (PPTX)")), ("xlsx", t("Workbook (XLSX)"))):
            st.download_button(
                label,
                partial(_file, look, ending),
                file_name=_name(look, ending),
                key=f"{ending}_{where}",
                on_click="ignore",
            )
        lead_in(f"take_{where}")


def marks(look: Look) -> tuple[str, ...]:
    """What belongs on every file: an earlier snapshot, excluded institutions."""
    found = []
    if look.store.id != live().store().id:
        found.append(t("Earlier snapshot {id}", id=look.store.id))
    if look.reader.by:
        found.append(mark_of(look.reader))
    if look.without:
        names = ", ".join(name_of(look, node) for node in look.without)
        found.append(t("Without {names}", names=names))
    return tuple(found)


def _name(look: Look, ending: str) -> str:
    """Unique, because files of equal length and name may be taken for each other."""
    return f"{look.values['at']}_{look.values['period']}_{secrets.token_hex(4)}.{ending}"


def _file(look: Look, ending: str) -> bytes:
    view = look.view()
    made = report(view, marks(look))
    if ending == "xlsx":
        return xlsx(made)
    return pptx(made, template_of(look), colours(view))


def template_of(look: Look) -> Path | None:
    """The bank's own slides, if policy names some."""
    name = look.store.policy.template
    return live().config.folder / name if name else None
