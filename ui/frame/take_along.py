"""Take along: the link; for who may, the main points as text, slides, a workbook, the tables of the page."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_access.errors import CockpitError
from data_access.subject import message
from ui.base.components import component
from ui.base.files import SHELF, session_id
from ui.base.formats import plain
from ui.base.words import error_text, t
from ui.frame.exports import ENDINGS, exported, may_export
from ui.frame.focus import lead_in
from ui.frame.look import Look
from ui.parts.clipboard import copyable
from ui.parts.model import Table

FORMS = {
    "text": message("Main points as text"),
    "pptx": message("Slides (PPTX)"),
    "xlsx": message("Workbook (XLSX)"),
    "csv": message("Tables of this page (CSV)"),
}
_download = component("download", '<a class="file"></a>')


@dataclass(frozen=True)
class Wish:
    """What the reader has clicked; it is handed over in `slot` when the page is drawn."""

    form: str
    where: str
    slot: DeltaGenerator


def take_along(look: Look, where: str) -> Wish | None:
    """A menu; what is taken along is made only when it is asked for, from the page of the same run."""
    with st.popover(t("Take along"), type="tertiary", key=f"take_{where}", on_change="rerun") as opened:
        if not opened.open:
            return None
        base = (st.context.url or "").partition("?")[0]
        pinned = look.values | {"snapshot": look.store.id}
        copyable(t("Copy link"), f"{base}?{urlencode(look.values)}", key=f"link_{where}")
        st.caption(t("Opens the same view in another browser, with the latest data."))
        copyable(t("Copy link with these numbers"), f"{base}?{urlencode(pinned)}", key=f"pinned_{where}")
        st.caption(t("Opens snapshot {id}, as long as it is kept.", id=look.store.id))
        wish = None
        if may_export(look):
            clicked = [
                form
                for form, label in FORMS.items()
                if st.button(t(label), key=f"{form}_{where}", type="tertiary")
            ]
            wish = Wish(clicked[0], where, st.empty()) if clicked else None
        else:
            st.caption(t("Files and texts of this institution are not in your grant."))
        lead_in(f"take_{where}")
        return wish


def hand_over(look: Look, wish: Wish, tables: Sequence[Table], *, names: bool) -> None:
    """Makes what was wished; the browser fetches a file at once, a text waits for its button."""
    with wish.slot.container():
        try:
            content = exported(look, wish.form, tables, names=names)
        except CockpitError as error:
            st.error(plain(error_text(error)))
            return
        if wish.form == "text":
            copyable(t("Copy main points"), content.decode(), key=f"points_{wish.where}")
            return
        name = f"{look.values['at']}_{look.values['period']}_{secrets.token_hex(4)}.{ENDINGS[wish.form]}"
        token = SHELF.put(content, name, look.reader.by or look.reader.user, session_id())
        label = t("Saved as {name}; click to save it again", name=name)
        _download(key=f"file_{wish.where}", data={"href": f"files/{token}", "name": name, "label": label})
