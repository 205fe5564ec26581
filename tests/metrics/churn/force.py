"""The churn forecast once more, customer by customer in plain Python, from the model that was learned."""

import math
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.metrics.churn.bank import Lives, shift
from tests.metrics.small_bank import Row

TENURE = (12, 36, 120)
TIERS = ("unknown", "untiered", "mass", "emerging", "middle", "affluent", "high_end", "private")
PRODUCTS, ACTIVITY = (2, 3, 5), (1, 4, 12)
Cell = tuple[int, int, int]


def code(value: int | None, edges: tuple[int, ...]) -> int:
    return 0 if value is None else 1 + sum(value >= edge for edge in edges)


def cell_of(row: Row) -> Cell:
    return TIERS.index(row["tier"]), code(row["products"], PRODUCTS), code(row["own_transactions"], ACTIVITY)


class Force:
    """One model of one origin applied to the customers who were there."""

    def __init__(self, lives: Lives, definition: str, model: Mapping[str, Any]) -> None:
        self.lives, self.definition = lives, definition
        self.origin = date.fromisoformat(model["origin"])
        self.models = [model["own"], model["other"]]
        self.moves: dict[Cell, Counter[Cell]] = {}
        for back in range(12):
            self._count(shift(self.origin, -back))
        self.seen: dict[tuple[Cell, int, int], float] = {}

    def _count(self, month: date) -> None:
        """Cells of those who stayed at risk in a month, then and now."""
        still = {row["customer_id"]: row for row in self.lives.at_risk(month, self.definition)}
        if not self.lives.told(month, self.definition, 0):
            return
        for row in self.lives.months_at_risk(month, self.definition):
            if row["cause"] is None and row["customer_id"] in still:
                goal = cell_of(still[row["customer_id"]])
                self.moves.setdefault(cell_of(row), Counter())[goal] += 1

    def hazard(self, which: int, cell: Cell, tenure: int) -> float:
        model = self.models[which]
        if model is None:
            return 0.0
        band = 0 if tenure < 0 else 1 + sum(tenure >= edge for edge in TENURE)
        mine = dict(zip(("tier", "products", "activity", "tenure"), (*cell, band), strict=True))
        stands = {driver: dict(model["levels"][driver]).get(level) for driver, level in mine.items()}
        eta = model["beta"][0] + sum(
            beta
            for (driver, level), beta in zip(model["names"], model["beta"][1:], strict=True)
            if stands[driver] == level
        )
        return -math.expm1(-math.exp(eta))

    def chance(self, cell: Cell, tenure: int, months: int) -> float:
        """To leave for this cause within so many months, by every way through the cells."""
        if months == 0:
            return 0.0
        tenure = min(tenure, TENURE[-1])
        key = (cell, tenure, months)
        if key not in self.seen:
            own, other = self.hazard(0, cell, tenure), self.hazard(1, cell, tenure)
            ways = self.moves.get(cell, Counter({cell: 1}))
            later = tenure + 1 if tenure >= 0 else tenure
            after = sum(n * self.chance(to, later, months - 1) for to, n in ways.items()) / ways.total()
            self.seen[key] = own + max(1 - own - other, 0) * after
        return self.seen[key]

    def sums(self, booked: set[str], horizon: int, last: date) -> Row:
        """Expected and, where the horizon is over, observed leavers of these institutions' customers."""
        found: Row = dict.fromkeys(("customers", "observed", "balance"), 0)
        found |= dict.fromkeys(("expected", "balance_at_risk", "v0", "brier"), 0.0)
        end = shift(self.origin, horizon)
        for row in self.lives.at_risk(self.origin, self.definition):
            if row["institution_id"] not in booked:
                continue
            p, held = self.chance(cell_of(row), row["tenure"], horizon), max(row["aum"] or 0, 0)
            left = end <= last and self.left(row["customer_id"], horizon)
            found["customers"] += 1
            found["expected"] += p
            found["balance"] += held
            found["balance_at_risk"] += p * held
            found["v0"] += p * (1 - p)
            found["observed"] += left
            found["brier"] += (left - p) ** 2
        return found

    def left(self, customer: str, horizon: int) -> bool:
        """Whether the customer left for this cause in one of the months after the origin."""
        for ahead in range(1, horizon + 1):
            month = shift(self.origin, ahead)
            if not self.lives.told(shift(month, -1), self.definition, 1):
                continue
            if self.lives.gone(customer, shift(month, -1), self.definition):
                continue
            if self.lives.row(customer, shift(month, -1)) is None:
                continue
            if self.lives.cause(customer, month, self.definition) == self.definition:
                return True
        return False
