"""The main points of an institution as a mail or a robot of a group chat takes them.

What a bank's names hold is never a link, a mention or a mark-up of a chat: signs that would be are written in
double width. What is too long ends with a whole sentence and a link to the rest.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from data_access import periods
from data_access.access.settings import Address
from data_access.view.view import View
from ui.base.link import NONE
from ui.base.words import t
from ui.paper.model import Report
from ui.paper.text import plain, text
from ui.review.page import OVERVIEW

MAIL = "mail"
MOST = {"wecom": 4096, "dingtalk": 18_000, "feishu": 18_000}  # bytes of a text; of the latter 20,000 in all
_SENTENCE = re.compile(r"(?<=[。！？；!?;])|(?<=\. )|(?<=\n)")
_WIDE = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in "[]<>*_`#~"})


@dataclass(frozen=True)
class Message:
    """What one recipient is told, and the link that opens the same numbers."""

    title: str
    text: str
    link: str


def message_of(report: Report, view: View, address: Address) -> Message:
    """The text of a report; its link opens the same institution, period, comparison and snapshot."""
    values = {
        "at": report.institution_id,
        "period": periods.name(view.period),
        "compare": view.comparison,
        "also": view.also or NONE,
        "snapshot": report.snapshot,
        "lang": view.language,
    }
    link = f"{address.origin}{address.path}/{OVERVIEW.url}?{urlencode(values)}"
    return Message(f"{plain(report.institution)} · {plain(report.period)}", text(report), link)


def worded(message: Message, way: str) -> str:
    """The whole text as this way (mail, or a kind of robot) takes it."""
    whole, rest = t("Open in the cockpit"), t("The rest in the cockpit")
    if way == MAIL:
        return f"{message.text}\n\n{whole}: {message.link}\n"
    lines = message.text.translate(_WIDE).split("\n")
    if way == "feishu":
        links = f"{whole}: {message.link}", f"{rest}: {message.link}"
    else:
        links = f"[{whole}]({message.link})", f"[{rest}]({message.link})"
    return _within(lines, "\n\n" if way == "dingtalk" else "\n", links, MOST[way])


def _within(lines: list[str], gap: str, links: tuple[str, str], most: int) -> str:
    """All lines and the first link; or as many whole sentences as there is room for, and the second."""
    body, (whole, rest) = gap.join(lines), links
    if _size(found := f"{body}{gap}{whole}") <= most:
        return found
    room, kept = most - _size(f"{gap}{rest}"), ""
    for sentence in _SENTENCE.split(body):
        if _size((kept + sentence).rstrip()) > room:
            break
        kept += sentence
    return f"{kept.rstrip()}{gap}{rest}" if kept.strip() else rest


def _size(value: str) -> int:
    return len(value.encode())
