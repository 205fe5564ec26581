"""Customer value in plain Python on the raw rows of a bank."""

from collections.abc import Sequence
from datetime import date
from math import floor
from typing import Any

from tests.metrics.brute_force import TIERS, Book
from tests.metrics.small_bank import EDGES, Row


def exact_gini(values: Sequence[float]) -> float:
    """G = Σ(2i − n − 1)·x(i) / (n·Σx), the population form."""
    n = len(values)
    return sum((2 * i - n - 1) * x for i, x in enumerate(sorted(values), 1)) / (n * sum(values))


def exact_top(values: Sequence[float], customers: float) -> float:
    """What so many customers with the most hold; a part of a customer holds a part."""
    ordered, whole = sorted(values, reverse=True), floor(customers)
    rest = (customers - whole) * ordered[whole] if whole < len(ordered) else 0
    return sum(ordered[:whole]) + rest


class Value:
    """The customers of some institutions at a month end, corporate ones left out."""

    def __init__(self, book: Book, booked: set[str], at: date, kind: str | None = None) -> None:
        rows = book.months.get(at, {}).values()
        here = [row for row in rows if row["institution_id"] in booked]
        self.has_tiers = kind != "corporate"  # no edges are set for them
        self.rows: list[Row] = [
            row for row in here if kind == row["kind"] or (kind is None and row["kind"] != "corporate")
        ]

    def amounts(self, name: str) -> list[int]:
        return [row[name] for row in self.rows if row[name] is not None]

    def tiers(self) -> dict[str, dict[str, Any]]:
        found = {}
        whole = sum(row["aum"] or 0 for row in self.rows)
        for tier in (*TIERS, "untiered", "unknown"):
            own = [row for row in self.rows if row["tier"] == tier]
            aum = sum(row["aum"] or 0 for row in own)
            if own or (tier in TIERS and self.has_tiers):
                found[tier] = {
                    "customers": len(own),
                    "aum": aum,
                    "contribution": sum(row["contribution"] or 0 for row in own),
                    "share_customers": len(own) / len(self.rows) if self.rows else None,
                    "share_aum": aum / whole if whole > 0 else None,
                }
        return found

    def middle_above(self, lowest: str = "middle") -> int:
        return sum(row["tier"] in TIERS[TIERS.index(lowest) :] for row in self.rows)

    def near_edge(self) -> dict[tuple[str, str], dict[str, int]]:
        """The tier is that of the average, and so is the distance; AUM is what they hold."""
        found = {}
        for number, tier in enumerate(TIERS if self.has_tiers else ()):
            own = [row for row in self.rows if row["tier"] == tier]
            if tier != TIERS[-1]:
                edge = EDGES[number]
                near = [row for row in own if row["aum_avg"] >= edge * 0.9]
                found[tier, "below"] = _near(near, [edge - row["aum_avg"] for row in near])
            if number:
                edge = EDGES[number - 1]
                near = [row for row in own if row["aum_avg"] < edge * 1.1]
                found[tier, "above"] = _near(near, [row["aum_avg"] - edge for row in near])
        return found

    def quadrants(self, edge: int, transactions: int) -> dict[str, dict[str, int]]:
        """Loyalty by own transactions alone: these banks deliver no products."""
        found = {letter: dict.fromkeys(("customers", "aum", "contribution"), 0) for letter in "ABCD"}
        for row in self.rows:
            if row["aum"] is not None:
                rich, loyal = row["aum"] >= edge, (row["own_transactions"] or 0) >= transactions
                cell = found[
                    {(True, True): "A", (True, False): "B", (False, True): "C"}.get((rich, loyal), "D")
                ]
                cell["customers"] += 1
                cell["aum"] += row["aum"]
                cell["contribution"] += row["contribution"] or 0
        return found


def _near(rows: list[Row], gaps: list[int]) -> dict[str, int]:
    return {"customers": len(rows), "aum": sum(row["aum"] or 0 for row in rows), "gap": sum(gaps)}
