"""Which column of the contract each column of an unknown extract is, by its name and its values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl

from data_access.contract.rules import Table
from data_access.intake.drafts.names import Synonyms, likeness, notions_of
from data_access.intake.drafts.values import Facts, facts_of, fitness

LEAST = 0.55  # below, a likeness is none
SURE, LIKELY = 0.9, 0.72
LACKING = 1.2  # what a needed column that is not found costs a table
WEAK = 0.45  # what may be like anything speaks for no table
ONE = 0.4  # and an institution: a bank may be told as one
MONTH = re.compile(r"(20\d\d)\D?(0[1-9]|1[0-2]|[1-9](?!\d))(?!\d)\D?$|^(20\d\d)\D?(1[0-2]|0?[1-9])(?!\d)月?")
NUMBERED = re.compile(r"^(.*\D)0?(\d{1,2})$")
PLACES = {"institution", "manager", "staff"}


@dataclass(frozen=True)
class Match:
    """A bank's column that is one of the contract, and how sure that is."""

    column: str
    raw: str
    score: float

    @property
    def words(self) -> str:
        return "sure" if self.score >= SURE else "likely" if self.score >= LIKELY else "perhaps"


@dataclass
class Matched:
    """An extract beside one table of the contract."""

    table: Table
    facts: Mapping[str, Facts]
    found: list[Match]
    levels: list[str] = field(default_factory=list)
    months: dict[str, dict[str, str]] = field(default_factory=dict)
    series: dict[str, list[str]] = field(default_factory=dict)  # measure → columns that may be its months

    @property
    def missing(self) -> list[str]:
        """Needed columns that were not found."""
        there = {match.column for match in self.found}
        there |= {"institution_id"} if self.levels else set()
        there |= {"month"} if self.months or self.series else set()
        return [column.name for column in self.table.columns if column.required and column.name not in there]

    @property
    def unread(self) -> list[str]:
        """The extract's columns that are none of the contract."""
        read = {match.raw for match in self.found} | set(self.levels)
        read |= {raw for month in self.months.values() for raw in month.values()}
        read |= {raw for columns in self.series.values() for raw in columns}
        return [name for name in self.facts if name not in read]

    @property
    def score(self) -> float:
        explained = sum(max(match.score - WEAK, 0) / (1 - WEAK) for match in self.found) + 0.8 * len(
            self.levels
        )
        months = 1.0 * bool(self.months or self.series) + min(0.5 * len(self.months), 3)
        explained += 0.6 * any(match.column == "parent_id" for match in self.found)  # no other table has one
        lacking = sum(ONE if name == "institution_id" else LACKING for name in self.missing)
        return explained + months - lacking


def matches(rows: pl.DataFrame, tables: Mapping[str, Table], known: Synonyms) -> list[Matched]:
    """The extract beside each of the tables, the likeliest first."""
    facts = {name: facts_of(rows, name) for name in rows.columns}
    notions = {name: notions_of(name, known) for name in facts}
    found = [_beside(rows, table, facts, notions, known) for table in tables.values()]
    return sorted(found, key=lambda one: -one.score)


def _beside(
    rows: pl.DataFrame,
    table: Table,
    facts: Mapping[str, Facts],
    notions: Mapping[str, list[str]],
    known: Synonyms,
) -> Matched:
    months, taken = _wide(table, facts, known)
    scored = []
    for column in table.columns:
        patterns, is_key = known.patterns(table.name, column.name), table.key[:1] == (column.name,)
        for raw in facts:
            if raw in taken:
                continue
            alike = max(likeness(notions[raw], pattern) for pattern in patterns)
            exact = raw.lower() == column.name
            score = (1.0 if exact else alike) * fitness(column, facts[raw], is_key=is_key and not months)
            if score >= LEAST:
                scored.append(Match(column.name, raw, score))
    matched = Matched(table, facts, _assigned(scored), months=months)
    _add_twins(matched)
    if table.name == "institutions":
        _add_tree(rows, matched, notions)
    if table.name == "customer_months" and not months and "month" in matched.missing:
        _add_series(matched, known)
    return matched


def _assigned(scored: list[Match]) -> list[Match]:
    """The best first; no column of either side twice."""
    found: list[Match] = []
    for match in sorted(scored, key=lambda one: -one.score):
        if all(match.column != other.column and match.raw != other.raw for other in found):
            found.append(match)
    return found


def _add_twins(matched: Matched) -> None:
    """A deal's stage often says its outcome too, and the other way round."""
    by_name = {match.column: match for match in matched.found}
    for one, other in (("outcome", "stage"), ("stage", "outcome")):
        if matched.table.name == "opportunities" and one not in by_name and other in by_name:
            match = by_name[other]
            matched.found.append(Match(one, match.raw, min(match.score, LEAST)))


def _add_tree(rows: pl.DataFrame, matched: Matched, notions: Mapping[str, list[str]]) -> None:
    """The institution above, where only the names of levels say it; else the levels themselves."""
    found = {match.column: match for match in matched.found}
    of_places = [name for name in matched.unread if PLACES & set(notions[name])]
    if "institution_id" in found and matched.facts[found["institution_id"].raw].unique:
        above = [name for name in of_places if set(notions[name]) <= {"institution", "id", "noise"}]
        above = [name for name in above if matched.facts[name].distinct > 1]
        if "parent_id" not in found and above:
            nearest = max(above, key=lambda name: matched.facts[name].distinct)
            matched.found.append(Match("parent_id", nearest, LIKELY))
        return
    places = [name for name in matched.facts if PLACES & set(notions[name])]
    chain = sorted(places, key=lambda name: matched.facts[name].distinct)
    if chain and all(_determines(rows, fine, coarse) for coarse, fine in pairwise(chain)):
        matched.levels = chain
        matched.found = []


def _determines(rows: pl.DataFrame, fine: str, coarse: str) -> bool:
    """Whether each value of the one stands with one value of the other."""
    pairs = rows.select(fine, coarse).drop_nulls().unique()
    return pairs.height == pairs[fine].n_unique()


def _wide(
    table: Table, facts: Mapping[str, Facts], known: Synonyms
) -> tuple[dict[str, dict[str, str]], set[str]]:
    """Columns that are months: month → measure → column."""
    months: dict[str, dict[str, str]] = {}
    if table.name != "customer_months":
        return months, set()
    for name, told in facts.items():
        if (found := MONTH.search(name)) and told.numbers:
            year, month = found[1] or found[3], found[2] or found[4]
            measure = _measure(table, MONTH.sub("", name), known)
            if measure:
                months.setdefault(f"{year}-{int(month):02}", {}).setdefault(measure, name)
    if len(months) < 2:
        return {}, set()
    return dict(sorted(months.items())), {raw for month in months.values() for raw in month.values()}


def _measure(table: Table, name: str, known: Synonyms) -> str | None:
    """The amount or count of customer months that a name means; one that says nothing is the AUM."""
    notions = [one for one in notions_of(name, known) if one != "?digits"]
    if not set(notions) - {"noise"}:
        return "aum"
    scores = {
        column.name: max(likeness(notions, pattern) for pattern in known.patterns(table.name, column.name))
        for column in table.columns
        if column.kind in ("money", "count")
    }
    best = max(scores, key=lambda column: scores[column])
    return best if scores[best] >= LEAST else None


def _add_series(matched: Matched, known: Synonyms) -> None:
    """Numbered columns of one amount: which month each is, only the bank knows."""
    series: dict[str, list[str]] = {}
    for name, told in matched.facts.items():
        if (found := NUMBERED.match(name)) and told.numbers:
            series.setdefault(found[1], []).append(name)
    for stem, columns in series.items():
        measure = _measure(matched.table, stem, known)
        if len(columns) > 2 and measure and measure not in matched.series:
            matched.series[measure] = columns
            matched.found = [match for match in matched.found if match.raw not in columns]
