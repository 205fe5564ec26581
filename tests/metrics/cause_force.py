"""Why AUM changed, what moved and what matured once more, in plain Python on the raw rows."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tests.metrics.brute_force import TIERS, Book
from tests.metrics.event_bank import Delivery
from tests.metrics.small_bank import Row

Keep = Callable[[Row], bool]
UPPER = TIERS[TIERS.index("affluent") :]
LARGE = 200_000_00
STEPS = ("opening", "joined", "kept", "market_value", "left", "transferred", "tier_change", "closing")


def everything(_: Row) -> bool:
    return True


class Causes:
    """The steps of any part of the bank."""

    def __init__(self, made: Delivery, book: Book) -> None:
        self.made, self.book = made, book

    def steps(
        self,
        booked: set[str],
        whole: bool,
        first: date,
        last: date,
        keep: Keep = everything,
        by_tier: bool = False,
    ) -> dict[str, tuple[int | None, int | None]]:
        """Customers and AUM of each step. `whole`: moves between two of `booked` did not happen."""
        months = self.book.delivered
        wanted = [
            step
            for step in STEPS
            if (by_tier or step != "tier_change") and (self.made.has_market_value or step != "market_value")
        ]
        earlier = [month for month in months if month < first]
        if not earlier or last not in months:
            return dict.fromkeys(wanted, (None, None))
        sums = {step: [0, 0] for step in STEPS}
        for step, month in (("opening", earlier[-1]), ("closing", last)):
            here = [
                row
                for row in self.book.months[month].values()
                if row["institution_id"] in booked and keep(row)
            ]
            sums[step] = [len(here), sum(row["aum"] or 0 for row in here)]
        before = earlier[-1]
        for month in (month for month in months if first <= month <= last):
            self._month(sums, before, month, booked, whole, keep, by_tier)
            before = month
        nobody = ("kept", "market_value")
        return {step: (None if step in nobody else sums[step][0], sums[step][1]) for step in wanted}

    def _month(
        self,
        sums: dict[str, list[int]],
        before: date,
        month: date,
        booked: set[str],
        whole: bool,
        keep: Keep,
        by_tier: bool,
    ) -> None:
        then, now = self.book.months[before], self.book.months[month]

        def add(step: str, row: Row, sign: int, amount: int) -> None:
            sums[step][0] += sign
            sums[step][1] += sign * amount

        for customer in then.keys() | now.keys():
            old, new = then.get(customer), now.get(customer)
            if old is None or new is None:
                row, step, sign = (new, "joined", 1) if old is None else (old, "left", -1)
                assert row is not None
                if row["institution_id"] in booked and keep(row):
                    add(step, row, sign, row["aum"] or 0)
                continue
            held, had, market = new["aum"] or 0, old["aum"] or 0, new.get("market_value") or 0
            market = market if self.made.has_market_value else 0
            here, there = new["institution_id"], old["institution_id"]
            inside = whole and self.book.common_ancestor(here, there) in booked
            if here != there:  # what lies inside is taken back: it did not move
                if keep(new):
                    add("transferred", new, (here in booked) - inside, held)
                if keep(old):
                    add("transferred", old, inside - (there in booked), had)
            if not (inside if here != there else here in booked):
                continue
            if keep(new):
                sums["market_value"][1] += market
            if by_tier and old["tier"] != new["tier"]:
                if keep(new):
                    add("tier_change", new, 1, held - market)
                if keep(old):
                    add("tier_change", old, -1, had)
            elif keep(new):
                sums["kept"][1] += held - had - market


class Events:
    """Large moves and holdings of any part of the bank."""

    def __init__(self, made: Delivery, book: Book) -> None:
        self.made, self.book = made, book
        self.kinds = {person["customer_id"]: person["kind"] or "unknown" for person in made.bank.customers}
        self.moves = self._delivered() if made.moves else self._monthly()
        self.renewals = self._renewals()

    def tier(self, customer: str, day: date) -> str:
        """The tier at the last month end before a day, at the latest the last one delivered."""
        month = min(day.replace(day=1) - timedelta(1), self.book.delivered[-1])
        row = self.book.months.get(month, {}).get(customer)
        return row["tier"] if row else "unknown"

    def _delivered(self) -> list[Row]:
        """One move for a customer, an institution, a day and a direction."""
        found: dict[tuple[Any, ...], Row] = {}
        unique = {
            tuple(sorted(row.items(), key=str)): row for row in self.made.moves
        }  # a repeated row is one
        for row in unique.values():
            key = row["customer_id"], row["institution_id"], row["date"], row["direction"]
            move = found.setdefault(key, row | {"amount": 0, "day": row["date"]})
            move["amount"] += row["amount"]
        for move in found.values():
            met = [
                contact["contacted_on"]
                for contact in self.made.contacts or ()
                if contact["customer_id"] == move["customer_id"]
            ]
            move["contacted"] = any(0 <= (day - move["day"]).days <= 3 for day in met)
            move["kind"] = self.kinds[move["customer_id"]]
            move["tier"] = self.tier(move["customer_id"], move["day"])
        return list(found.values())

    def _monthly(self) -> list[Row]:
        """Customers of the upper tiers, by the month before, whose AUM changed much."""
        found = []
        months = self.book.delivered
        for before, month in pairwise(months):
            for customer, new in self.book.months[month].items():
                old = self.book.months[before].get(customer)
                change = (new["aum"] or 0) - ((old or {}).get("aum") or 0)
                if old and old["tier"] in UPPER and abs(change) >= LARGE:
                    found.append(
                        {
                            "institution_id": new["institution_id"],
                            "day": month,
                            "kind": new["kind"],
                            "tier": old["tier"],
                            "amount": abs(change),
                            "direction": "in" if change > 0 else "out",
                        }
                    )
        return found

    def large(self, booked: set[str], first: date, last: date, keep: Keep = everything) -> dict[str, Row]:
        """Moves by direction, and net."""
        inside = [move for move in self.moves if move["institution_id"] in booked and keep(move)]
        here = [move for move in inside if first <= move["day"] <= last]
        told = self.made.moves and self.made.contacts is not None
        found: dict[str, Row] = {}
        for direction in ("in", "out"):
            own = [move for move in here if move["direction"] == direction]
            contacted = sum(move["contacted"] for move in own) if told else None
            found[direction] = {
                "customers": len(own),
                "amount": sum(move["amount"] for move in own),
                "contacted": contacted,
            }
        into, out = found["in"], found["out"]
        contacted = into["contacted"] + out["contacted"] if told else None
        found["net"] = {
            "customers": len(here),
            "amount": into["amount"] - out["amount"],
            "contacted": contacted,
        }
        return found

    def maturing(self, booked: set[str], last: date, days: int, keep: Keep = everything) -> dict[str, Row]:
        """Positions that mature in the days after a day, by product kind."""
        found: dict[str, Row] = {}
        for row in self.made.holdings:
            due = row["matures_on"]
            if row["institution_id"] in booked and due and 1 <= (due - last).days <= days:
                tags = {"kind": self.kinds[row["customer_id"]], "tier": self.tier(row["customer_id"], due)}
                if keep(tags):
                    sums = found.setdefault(row["product_kind"] or "unknown", {"positions": 0, "amount": 0})
                    sums["positions"] += 1
                    sums["amount"] += row["amount"]
        return found

    def _renewals(self) -> list[Row]:
        """What became of each customer's maturities, one day after the other."""
        found: list[Row] = []
        as_of = self.made.holdings_as_of
        for customer in self.kinds:
            own = [row for row in self.made.holdings if row["customer_id"] == customer]
            days = sorted(
                {row["matures_on"] for row in own if row["matures_on"] and row["matures_on"] <= as_of}
            )
            placed: dict[date, list[Row]] = {day: [] for day in days}
            for row in own:  # each new position belongs to the last maturity up to three days before it
                before = [day for day in days if 0 <= (row["opened_on"] - day).days <= 3]
                if before:
                    placed[before[-1]].append(row)
            for day in days:
                old = [row for row in own if row["matures_on"] == day]
                tags = {
                    "kind": self.kinds[customer],
                    "tier": self.tier(customer, day),
                    "day": day,
                    "settled": (as_of - day).days >= 3,
                }
                found += [row | tags for row in _allotted(old, placed[day])]
        return found

    def kept(
        self, booked: set[str], first: date, last: date, keep: Keep = everything
    ) -> dict[str, dict[str, Any]]:
        """Of what matured in the period what stayed, by product kind."""
        found: dict[str, dict[str, Any]] = {}
        for row in self.renewals:
            if row["institution_id"] in booked and first <= row["day"] <= last and keep(row):
                names = ("matured", "to_same", "to_other", "pending")
                sums = found.setdefault(row["product_kind"], dict.fromkeys(names, 0))
                if not row["settled"]:
                    sums["pending"] += row["amount"]
                    continue
                sums["matured"] += row["amount"]
                sums["to_same"] += row["to_same"]
                sums["to_other"] += row["to_other"]
        for sums in found.values():
            sums["kept"] = sums["to_same"] + sums["to_other"]
            sums["gone"] = sums["matured"] - sums["kept"]
            sums["kept_share"] = sums["kept"] / sums["matured"] if sums["matured"] else None
        return found


def _allotted(old: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """Money placed anew goes to what matured in its kind, what is left over to the other kinds.

    Where it does not do for all, the kinds are served in their order and the institutions in theirs.
    """
    due: dict[tuple[bool, str, str], Row] = {}
    for row in old:
        kind = row["product_kind"] or "unknown"
        at = row["institution_id"]
        entry = {"product_kind": kind, "institution_id": at, "amount": 0}
        due.setdefault((kind != "unknown", kind, at), entry)["amount"] += row["amount"]
    money: dict[str, int] = {}
    for row in new:
        kind = row["product_kind"] or "unknown"
        money[kind] = money.get(kind, 0) + row["amount"]
    rows = [due[key] for key in sorted(due)]
    for row in rows:
        row["to_same"] = min(row["amount"], money.get(row["product_kind"], 0))
        money[row["product_kind"]] = money.get(row["product_kind"], 0) - row["to_same"]
    over = sum(money.values())
    for row in rows:
        row["to_other"] = min(row["amount"] - row["to_same"], over)
        over -= row["to_other"]
    return rows
