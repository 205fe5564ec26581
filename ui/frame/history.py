"""One entry of the browser's history for each thing that the reader does."""

from ui.base.components import component

_mount = component("history", "<span></span>")


def one_entry(section: str) -> None:
    """Called once a run; the browser keeps to it from then on, and marks the menu's section of the page."""
    _mount(key="history", data={"section": section})
