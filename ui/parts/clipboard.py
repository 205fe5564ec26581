"""A button that puts a text on the clipboard, also where the browser keeps its own way for https only."""

from ui.base.components import component
from ui.base.words import t

_mount = component(
    "clipboard", '<button type="button" class="copy"></button><span class="done" role="status"></span>'
)


def copyable(label: str, text: str, *, key: str) -> None:
    """A button with a label; the text is copied as it stands."""
    _mount(key=key, data={"label": label, "text": text, "copied": t("Copied"), "failed": t("Copy this text")})
