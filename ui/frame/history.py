"""One entry of the browser's history for each thing that the reader does."""

from ui.base.components import component

_mount = component("history", "<span></span>")


def one_entry() -> None:
    """Called once a run; the browser keeps to it from then on."""
    _mount(key="history", data={})
