"""A report as a few plain lines, to paste into a work chat.

Nothing in it is Markdown and no line is ever cut: where room is short, whole key figures are left out.
"""

import unicodedata

from ui.base.words import t
from ui.paper.model import Report
from ui.parts.model import Card, verdict_word

NOTES = 3  # of an institution's notes, the most urgent
LINES, COLUMNS = 12, 120  # what one message shows without scrolling; 120 Latin or 60 Chinese characters


def text(report: Report) -> str:
    """The institution, the findings, the first key figures and what they are compared with.

    Key figures keep the order of the pages; those without a number come last, for they say least. Lines of
    what readers have noted come on top of these lines.
    """
    last = [comparison_line(report), *filter(None, [plain(report.taken)])]
    lines = _opening(report) + [plain(line) for line in report.finding if plain(line)]
    lines = lines[: LINES - len(last)]
    cards = list(dict.fromkeys(_card_line(card) for card in _by_weight(report)))
    shown = [line for line in cards if line and width(line) <= COLUMNS][: LINES - len(last) - len(lines)]
    return "\n".join([*lines, *shown, *_notes(report), *last])


def _notes(report: Report) -> list[str]:
    """The first notes, a line each."""
    if not report.notes:
        return []
    more = len(report.notes) - NOTES
    head = t("Notes that are not done, {n} more on the page:", n=more) if more > 0 else t("Notes not done:")
    return [head, *(f"- {plain(note)}" for note in report.notes[:NOTES])]


def plain(value: str) -> str:
    """A text on one line: no breaks, tabs or other control characters, whatever a bank's names hold."""
    kept = (" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in value)
    return "".join(c for c in kept if c not in "\ufffe\uffff").strip()


def width(value: str) -> int:
    """The columns a text takes: a Chinese character is as wide as two Latin ones.

    >>> width("存款 AUM")
    8
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in value)


def listed(report: Report, texts: tuple[str, ...]) -> str:
    """Several texts in one line, as the language separates them."""
    return ("；" if report.language == "zh" else "; ").join(plain(one) for one in texts)


def comparison_line(report: Report) -> str:
    """What the numbers are compared with, which filters were set, and the data they were read from."""
    parts = [t("Comparison: {basis}", basis=plain(report.comparison))] if report.comparison else []
    if report.filters:
        parts.append(t("Filters: {filters}", filters=listed(report, report.filters)))
    parts.append(t("Snapshot {id}", id=plain(report.snapshot)))
    return " · ".join(parts)


def _opening(report: Report) -> list[str]:
    """Who and when, with the warnings; those take a line of their own where one is too short."""
    who = " · ".join([plain(report.institution), plain(report.period), t("Data to {day}", day=report.as_of)])
    marks = listed(report, report.marks)
    if not marks:
        return [who]
    both = f"{who} · {marks}"
    return [both] if width(both) <= COLUMNS else [who, marks]


def _by_weight(report: Report) -> list[Card]:
    cards = [card for section in report.sections for card in section.cards]
    return sorted(cards, key=lambda card: card.value is None)


def _card_line(card: Card) -> str:
    """Label, number, unit, first change, then as many notes as the line holds."""
    line = plain(f"{card.label} {number_with_unit(card)}")
    rest = [f"{change.basis} {change.text} {verdict_word(change.verdict)}" for change in card.changes[:1]]
    for part in (plain(one) for one in (*rest, *card.notes)):
        longer = f"{line} · {part}"
        if part and width(longer) <= COLUMNS:
            line = longer
    return line


def number_with_unit(card: Card) -> str:
    """A key figure as it is said: 1,023.2 亿元, 8.2%; a word in its place has no unit."""
    if not card.text or not card.unit:
        return card.shown
    return f"{card.text}%" if card.unit == "%" else f"{card.text} {card.unit}"
