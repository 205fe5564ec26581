"""Brings the catalogues up to date with the texts marked in the code: `python locale/update.py`.

New texts come in empty, texts that are gone go out, translations stay. Metric definitions are texts
too: the first paragraph of a metric's docstring.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
FOLDERS = ("data_access", "metrics", "charts", "ui", "pages")
KEYWORDS = dict.fromkeys(
    (
        "t",
        "message",
        "DataError",
        "CallError",
        "NotDelivered",
        "Lost",
        "Gone",
        "Note",
        "Unreachable",
        "Refused",
        "Unsure",
    )
)
LOCALES = ("zh_CN", "en")
NEVER = datetime(2026, 1, 1)  # no date of the day: the same texts give the same file


def _is_ours(folder: str | os.PathLike[str]) -> bool:
    return Path(folder) == ROOT or Path(folder).relative_to(ROOT).parts[0] in FOLDERS


def marked() -> set[str]:
    """Every text that is marked in the code, and every metric's definition."""
    from metrics import METRICS

    methods = [(f"{folder}/**.py", "python") for folder in FOLDERS] + [("cockpit.py", "python")]
    rows = extract_from_dir(str(ROOT), methods, keywords=KEYWORDS, directory_filter=_is_ours)
    found = {message if isinstance(message, str) else message[0] for _, _, message, _, _ in rows}
    return found | {metric.definition for metric in METRICS.values()}


def update(locale: str) -> list[str]:
    """Rewrites one catalogue; returns the texts that wait for a translation."""
    path = ROOT / "locale" / locale / "LC_MESSAGES" / "cockpit.po"
    with path.open("rb") as file:
        known = {str(m.id): str(m.string) for m in read_po(file) if m.id}
    catalogue = Catalog(
        locale=locale,
        project="crm-cockpit",
        version="1",
        creation_date=NEVER,
        revision_date=NEVER,
        last_translator="",
        language_team="",
        fuzzy=False,
    )
    catalogue.header_comment = "# Texts of the cockpit. The message ids are the English texts."
    for text in sorted(marked()):
        catalogue.add(text, known.get(text, ""), flags=("python-brace-format",) if "{" in text else ())
    with path.open("wb") as file:
        write_po(file, catalogue, width=110)
    return [] if locale == "en" else [text for text in sorted(marked()) if not known.get(text)]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for locale in LOCALES:
        for text in update(locale):
            sys.stdout.write(f"{locale}: to translate: {text}\n")
