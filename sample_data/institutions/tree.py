"""The institution tree: ragged, six levels, exactly as many outlets as asked for."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import TypeVar

import numpy as np
import polars as pl

from sample_data.institutions.places import City, Place, Region, regions
from sample_data.institutions.streets import quarters, streets

_SUFFIX = {"branch_1": ("分行", "Branch"), "branch_2": ("分行", "Branch")}
_SUB = ("支行", "Sub-branch")
T = TypeVar("T")


@dataclass
class Institution:
    """One institution as it is built; `parent` and `taker` are positions in the list."""

    id: str
    parent: int | None
    level: str
    name: str
    name_en: str
    region: int  # position among the first-level branches, -1 for the head office
    wealth_class: int
    role: str = "ordinary"  # or: department, private, empty, tiny, closing, merging, new
    weight: float = 0.0  # share of customers
    opened_on: date = date(1987, 4, 1)
    closed_on: date | None = None
    taker: int | None = None
    peer_group: str | None = None
    children: int = 0


@dataclass
class _Builder:
    rng: np.random.Generator
    opened_on: date
    id_width: int = 2
    nodes: list[Institution] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)  # streets of the present city

    def add(self, parent: int | None, level: str, zh: str, en: str, code: str = "", **more: object) -> int:
        above = None if parent is None else self.nodes[parent]
        if above is None:
            node = Institution("00", None, level, zh, en, -1, 1, opened_on=self.opened_on)
        else:
            above.children += 1
            own = code or str(above.children).zfill(self.id_width)
            node = Institution(above.id + own, parent, level, zh, en, above.region, above.wealth_class)
            node.opened_on = above.opened_on + timedelta(days=int(self.rng.integers(60, 1700)))
        for name, value in more.items():
            setattr(node, name, value)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def outlets(self, parent: int, count: int, district: str) -> None:
        """Outlets directly under `parent`; the first of a sub-branch is its own banking hall."""
        above = self.nodes[parent]
        if count and above.level.startswith("subbranch"):
            self.add(parent, "outlet", f"{above.name}营业部", f"{above.name_en} Main Outlet")
            count -= 1
        known = streets(district, int(self.rng.integers(0, 10_000)))
        for street in islice((place for place in known if place.zh not in self.taken), count):
            self.taken.add(street.zh)
            self.add(parent, "outlet", f"{street.zh}支行", f"{street.en} Outlet")

    def departments(self, parent: int, count: int) -> None:
        """Departments of an institution that own customers themselves."""
        above = self.nodes[parent]
        known = [("营业部", "Banking Department", "department"), ("私人银行部", "Private Banking", "private")]
        for zh, en, role in known[:count]:
            self.add(parent, "outlet", f"{above.name}{zh}", f"{above.name_en} {en}", role=role)

    def inner(self, parent: int, level: str, place: Place, code: str = "", **more: object) -> int:
        zh, en = _SUFFIX.get(level, _SUB)
        return self.add(parent, level, place.zh + zh, f"{place.en} {en}", code, **more)

    def region(self, root: int, number: int, region: Region, outlets: int) -> None:
        more = {"region": number, "wealth_class": region.wealth_class}
        branch = self.inner(root, "branch_1", region.place, region.code, **more)
        departments = (outlets >= 8) + (outlets >= 24)
        self.departments(branch, departments)
        outlets -= departments
        direct = outlets if outlets <= 2 else max(int(outlets >= 5), round(0.04 * outlets))
        self.outlets(branch, direct, region.place.zh)
        outlets -= direct
        if region.cities:
            for city, share in _shared(region.cities, outlets, 7):
                self.city(branch, city, share)
        else:
            for district, share in _shared(region.districts, outlets, 5):
                self.taken.clear()
                self.district(branch, district, share)

    def city(self, branch: int, city: City, outlets: int) -> None:
        self.taken.clear()
        node = self.inner(branch, "branch_2", city.place)
        direct = outlets if outlets <= 2 else int(outlets >= 5 and self.rng.random() < 0.5)
        self.outlets(node, direct, city.place.zh)
        for district, share in _shared(city.districts, outlets - direct, 5):
            self.district(node, district, share)

    def district(self, above: int, district: Place, outlets: int) -> None:
        node = self.inner(above, "subbranch_1", district)
        first = not any(known.level == "subbranch_2" for known in self.nodes)
        split = outlets > 8 or (outlets >= 4 and self.rng.random() < 0.6) or (first and outlets >= 2)
        names = quarters(district.zh, int(self.rng.integers(0, 100)))
        direct = max(1, outlets // 4) if split else outlets
        self.outlets(node, direct, district.zh)
        for quarter, share in _shared(names, outlets - direct, 5):
            self.outlets(self.inner(node, "subbranch_2", quarter), share, quarter.zh)


def _split(total: int, weights: np.ndarray) -> list[int]:
    """Whole shares of `total` by weight, at least one each."""
    spare = total - len(weights)
    exact = weights / weights.sum() * spare
    shares = np.floor(exact).astype(int)
    shares[np.argsort(shares - exact, kind="stable")[: spare - shares.sum()]] += 1
    return [int(share) + 1 for share in shares]


def _shared(items: list[T], total: int, size: int) -> list[tuple[T, int]]:
    """The first items, as many as `total` gives about `size` each, with their falling shares."""
    if not total:
        return []
    count = min(len(items), max(1, round(total / size)))
    return list(zip(items, _split(total, 1.0 / np.sqrt(np.arange(1, count + 1))), strict=False))


def grow(outlets: int, opened_on: date, rng: np.random.Generator) -> list[Institution]:
    """All institutions in preorder; the number of first-level branches grows with the number of outlets."""
    if outlets < 3:
        raise ValueError(f"A bank needs at least 3 outlets, got {outlets}.")
    builder = _Builder(rng, opened_on, id_width=2 if outlets < 30_000 else 4)
    root = builder.add(None, "head_office", "总行", "Head Office")
    departments = 1 + (outlets >= 12)
    builder.departments(root, departments)
    known = regions()
    chosen = known[: min(len(known), outlets - departments, max(2, round(0.69 * outlets**0.5)))]
    weights = np.array([region.weight for region in chosen])
    shares = _split(outlets - departments, weights * rng.lognormal(0.0, 0.2, len(chosen)))
    for number, (region, share) in enumerate(zip(chosen, shares, strict=True)):
        builder.region(root, number, region, share)
    return builder.nodes


def frame(nodes: list[Institution]) -> pl.DataFrame:
    """The table `institutions`, one row per institution."""
    return pl.DataFrame(
        {
            "institution_id": [node.id for node in nodes],
            "parent_id": [None if node.parent is None else nodes[node.parent].id for node in nodes],
            "level": [node.level for node in nodes],
            "name": [node.name for node in nodes],
            "name_en": [node.name_en for node in nodes],
            "peer_group": [node.peer_group for node in nodes],
            "opened_on": [node.opened_on for node in nodes],
            "closed_on": [node.closed_on for node in nodes],
            "merged_into": [None if node.taker is None else nodes[node.taker].id for node in nodes],
        },
        schema_overrides={"closed_on": pl.Date, "merged_into": pl.String, "peer_group": pl.String},
    )
