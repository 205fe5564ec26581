"""What a column's name says: the notions of `synonyms.toml` that it is made of, and how well they fit."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

SYNONYMS = Path(__file__).parents[2] / "contract" / "synonyms.toml"
UNITS = {
    "亿元": "亿元",
    "千万元": "千万元",
    "百万元": "百万元",
    "万元": "万元",
    "千元": "千元",
    "wan": "万元",
}
NOISE = "noise"
GENERAL = {"id", "name", "date", "kind", "status", "level", "amount", "source", "text", "start", "create"}
LEAST = 2  # signs of the shortest part of a word that is written without gaps


@dataclass(frozen=True)
class Synonyms:
    """The notions of names, and what names of the contract's columns are made of."""

    words: Mapping[str, list[str]]
    columns: Mapping[str, Mapping[str, list[str]]]
    codes: Mapping[str, Mapping[str, list[str]]]

    @cached_property
    def notions(self) -> dict[str, str]:
        """How a notion is written → the notion."""
        return {plain(word): notion for notion, words in self.words.items() for word in words}

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.notions))

    def patterns(self, table: str, column: str) -> list[frozenset[str]]:
        """The sets of notions that a name of this column may be made of."""
        told = self.columns.get(table, {}).get(column, []) + self.columns["any"].get(column, [])
        return [frozenset(text.split()) for text in told] or [frozenset(column.split("_"))]

    def meaning(self, column: str, value: str) -> str | None:
        """The contract's value that a bank's code says in words."""
        found = plain(value)
        for meant, columns in self.codes.items():
            if any(plain(word) == found for word in columns.get(column.removeprefix("customer_"), [])):
                return meant
        return None


def synonyms() -> Synonyms:
    """The synonyms beside the contract."""
    with SYNONYMS.open("rb") as file:
        told: dict[str, Any] = tomllib.load(file)
    return Synonyms(**told)


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


def unit_of(name: str) -> str | None:
    """The unit that stands in a name.

    >>> unit_of("日均余额（万元）"), unit_of("余额")
    ('万元', None)
    """
    text = plain(name)
    return next(
        (unit for word, unit in UNITS.items() if re.search(rf"(^|[^a-z]){word}([^a-z]|$)", text)), None
    )


def notions_of(name: str, known: Synonyms) -> list[str]:
    """The notions of a name in their order; what is none stands there as it is written, with a “?”.

    >>> notions_of("开户机构号", synonyms()), notions_of("CustNo", synonyms())
    (['open', 'institution', 'id'], ['customer', 'id'])
    >>> notions_of("BRCHNO", synonyms()), notions_of("shoe_size", synonyms())
    (['institution', 'id'], ['?shoe', '?size'])
    """
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"[(\[【].*?[)\]】]", " ", text) or text
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text).lower()
    found: list[str] = []
    for piece in re.findall(r"[\u4e00-\u9fff]+|[a-z]+|\d+", text):
        if piece.isdigit():
            found.append("?digits" if len(found) else "?" + piece)
        elif piece in known.notions:
            found.append(known.notions[piece])
        elif piece.isascii():
            found += _parted(piece, known) or [f"?{piece}"]
        else:
            found += _longest_first(piece, known)
    return found


def _longest_first(piece: str, known: Synonyms) -> list[str]:
    """Chinese has no gaps: the longest word that is known at each place."""
    found, at = [], 0
    while at < len(piece):
        for size in range(min(known.longest, len(piece) - at), 0, -1):
            if piece[at : at + size] in known.notions:
                found.append(known.notions[piece[at : at + size]])
                break
        else:
            size = 1
            found.append(f"?{piece[at]}")
        at += size
    return [
        a for a, b in pairwise([*found, ""]) if not (a[:1] == "?" == b[:1])
    ]  # one for a run of unknown ones


def _parted(piece: str, known: Synonyms) -> list[str] | None:
    """Words that are written without gaps, as CUSTNO: all of it is known, or nothing."""
    for size in range(len(piece) - LEAST, LEAST - 1, -1):
        head, tail = piece[:size], piece[size:]
        if head in known.notions:
            rest = [known.notions[tail]] if tail in known.notions else _parted(tail, known)
            if rest:
                return [known.notions[head], *rest]
    return None


def likeness(notions: list[str], pattern: frozenset[str]) -> float:
    """How well a name is of a pattern, 0 to 1: all of it must be there, and little beside it."""
    said = {one for one in notions if one != NOISE}
    if not pattern <= said:
        return 0.0
    beside = len(said - pattern) + ("name" in said - pattern)  # a name is no number
    if pattern <= GENERAL:  # the date of something else is another date
        beside *= 2
    return len(pattern) / (len(pattern) + 0.7 * beside)
