"""Every metric once more, in plain Python on the raw rows: slow, simple, and without the code under test.

A part of the tree is a set of institution ids. What is asked of `between` and `rest` is the moves
whose lowest common ancestor lies in them, taken back.
"""

from collections.abc import Callable
from datetime import date, timedelta
from statistics import median

from tests.metrics.funnel.force import product_limit, stay_times, wilson
from tests.metrics.small_bank import EDGES, MONEY, STAGES, Bank, Row

TIERS = ("mass", "emerging", "middle", "affluent", "high_end", "private")


def tier_of(row: Row, kind: str) -> str:
    """Personal customers by their average; corporate ones have no tier."""
    if kind == "corporate":
        return "untiered"
    if row["aum_avg"] is None:
        return "unknown"
    return TIERS[sum(row["aum_avg"] >= edge for edge in EDGES)]


def _every(_: Row) -> bool:
    return True


class Book:
    """The customer months of a bank, each with its kind and tier."""

    def __init__(self, bank: Bank) -> None:
        kinds = {person["customer_id"]: person["kind"] or "unknown" for person in bank.customers}
        segments = {person["customer_id"]: person["seg"] or "unknown" for person in bank.customers}
        self.managers = {person["customer_id"]: person["manager_id"] for person in bank.customers}
        self.bank = bank
        self.months: dict[date, dict[str, Row]] = {end: {} for end in bank.months}
        for row in bank.customer_months:
            kind = kinds[row["customer_id"]]
            tags = {"kind": kind, "tier": tier_of(row, kind), "segment": segments[row["customer_id"]]}
            self.months[row["month"]][row["customer_id"]] = row | tags
        # without a row a month is not delivered
        self.delivered = [end for end in bank.months if self.months[end]]

    def common_ancestor(self, a: str, b: str) -> str:
        above = self.bank.path(b)
        return next(key for key in self.bank.path(a) if key in above)

    def summary(
        self, booked: set[str], whole: bool, first: date, last: date, keep: Callable[[Row], bool] = _every
    ) -> Row:
        """Stocks at `last`, flows in [first, last], of the rows booked at these institutions.

        `whole`: moves between two of them did not happen (the corrections inside count too).
        """
        now = [
            row for row in self.months.get(last, {}).values() if row["institution_id"] in booked and keep(row)
        ]
        found: Row = {"customers": len(now)}
        found["active"] = sum((row["own_transactions"] or 0) > 0 for row in now)
        for name in MONEY:
            found[name] = sum(row[name] or 0 for row in now)
        held = [row["aum"] for row in now if row["aum"] is not None]
        found["aum_median"] = median(held) if held else None
        found["aum_mean"] = found["aum"] / len(now) if now else None
        found |= dict.fromkeys(("joined", "left", "moved_in", "moved_out", "fee_income"), 0)
        for month in (end for end in self.delivered if first <= end <= last):
            for row in self.months[month].values():
                if row["institution_id"] in booked and keep(row):
                    found["fee_income"] += row["fee_income"] or 0
            self._flows(found, month, booked, whole, keep)
        unknown = not self.delivered or last <= self.delivered[0]  # nobody knows who was there before
        return found | (dict.fromkeys(("joined", "left", "moved_in", "moved_out")) if unknown else {})

    def _flows(
        self, found: Row, month: date, booked: set[str], whole: bool, keep: Callable[[Row], bool]
    ) -> None:
        at = self.delivered.index(month)
        if not at:
            return
        now, before = self.months[month], self.months[self.delivered[at - 1]]
        for customer in now.keys() | before.keys():
            here, there = now.get(customer), before.get(customer)
            if there is None and here and here["institution_id"] in booked and keep(here):
                found["joined"] += 1
            if here is None and there and there["institution_id"] in booked and keep(there):
                found["left"] += 1
            if here and there and here["institution_id"] != there["institution_id"]:
                to, origin = here["institution_id"], there["institution_id"]
                stayed = whole and self.common_ancestor(to, origin) in booked
                found["moved_in"] += keep(here) * ((to in booked) - stayed)
                found["moved_out"] += keep(there) * ((origin in booked) - stayed)

    def between(self, node: str, first: date, last: date) -> Row:
        """Moves between two children of a node, or between a child and the node itself, taken back."""
        every = self.summary(self.bank.subtree(node), True, first, last)
        parts = [self.bank.subtree(child) for child in self.bank.children(node)]
        rows = [self.summary(part, True, first, last) for part in parts]
        rows.append(self.summary({node}, False, first, last))
        moves = [name for name in ("moved_in", "moved_out") if every[name] is not None]
        return {name: every[name] - sum(row[name] for row in rows) for name in moves}

    def by_manager(self, booked: set[str], last: date) -> dict[str, Row]:
        """Customers and sums at the stock month by today's manager."""
        found: dict[str, Row] = {}
        for customer, row in self.months.get(last, {}).items():
            if row["institution_id"] in booked:
                manager = self.managers[customer]
                name = "unassigned" if manager is None else f"Manager {manager.removeprefix('M')}"
                sums = found.setdefault(name, dict.fromkeys(("customers", *MONEY), 0))
                sums["customers"] += 1
                for column in MONEY:
                    sums[column] += row[column] or 0
        return found


class Funnel:
    """The deals of a bank, each with its stage events in order and its tiers at the days that matter."""

    def __init__(self, bank: Bank, book: Book) -> None:
        self.as_of = bank.deals_as_of()
        self.book = book
        self.kinds = {person["customer_id"]: person["kind"] for person in bank.customers}
        self.deals = [self._deal(deal, bank) for deal in bank.deals]
        self.dated = {event["stage"] for event in bank.events}

    def _deal(self, deal: Row, bank: Bank) -> Row:
        events = [event for event in bank.events if event["opportunity_id"] == deal["opportunity_id"]]
        events.sort(key=lambda event: (event["entered_on"], event["seq"]))
        closed, steps = deal["closed_on"], []
        for number, event in enumerate(events):
            after = events[number + 1]["entered_on"] if number + 1 < len(events) else None
            ends = [day for day in (after, closed) if day]
            if closed is None or event["entered_on"] < closed:  # a decided deal enters no further stage
                steps.append(
                    {
                        "stage": event["stage"],
                        "entered_on": event["entered_on"],
                        "left_on": min(ends, default=None),
                        "tier": self.tier(deal["customer_id"], event["entered_on"]),
                    }
                )
        first = events[0]["entered_on"] if events else None
        manager = deal["manager_id"]
        return deal | {
            "events": events,
            "stays": steps,
            "first_on": first,
            "reached": max((STAGES.index(event["stage"]) for event in events), default=None),
            "kind": self.kinds.get(deal["customer_id"]) or deal["customer_kind"] or "unknown",
            "tier_first": self.tier(deal["customer_id"], first or deal["created_on"]),
            "tier_last": self.tier(deal["customer_id"], closed or self.as_of),
            "product": deal["product"] or "unknown",
            "deal_size": deal["size"] or "unknown",
            "manager": "unassigned" if manager is None else f"Manager {manager.removeprefix('M')}",
        }

    def tier(self, customer: str | None, day: date | None) -> str:
        """The customer's tier at the last month end before a day."""
        if customer is None or day is None:
            return "unknown"
        before = day.replace(day=1) - timedelta(1)
        row = self.book.months.get(before, {}).get(customer)
        return row["tier"] if row else "unknown"

    @staticmethod
    def _where(deal: Row, on: date) -> tuple[str, str] | None:
        """Where an open deal stands at the end of a day, and its tier when it came there; None: not open."""
        if deal["closed_on"] and deal["closed_on"] <= on:
            return None
        if deal["first_on"]:
            stays = [stay for stay in deal["stays"] if stay["entered_on"] <= on]
            return (stays[-1]["stage"], stays[-1]["tier"]) if stays else None
        if deal["created_on"] is None:  # nobody knows since when: open now, so open ever since the data begin
            return (deal["stage"] or "unknown", deal["tier_first"]) if deal["outcome"] == "open" else None
        return (deal["stage"] or "unknown", deal["tier_first"]) if deal["created_on"] <= on else None

    def stages(self, booked: set[str], first: date, last: date, **only: str) -> dict[str, Row]:
        """The funnel, one row per stage; `only` keeps deals of a kind, product, tag or tier."""
        tier = only.pop("tier", None)
        deals = [
            deal
            for deal in self.deals
            if deal["institution_id"] in booked and all(deal[key] == value for key, value in only.items())
        ]
        cohort = [
            deal
            for deal in deals
            if deal["first_on"] and first <= deal["first_on"] <= last and tier in (None, deal["tier_first"])
        ]
        found = {}
        for number, stage in enumerate((*STAGES, "unknown")):
            places = [(deal, self._where(deal, last)) for deal in deals]
            here = [deal for deal, at in places if at and at[0] == stage and tier in (None, at[1])]
            row: Row = {
                "open_count": len(here),
                "open_amount": sum(deal["expected_amount"] or 0 for deal in here),
                **dict.fromkeys(("entered", "reached_next", "conversion", "low", "high")),
            }
            if stage in self.dated:
                row["entered"] = sum(deal["reached"] >= number for deal in cohort)
                if number < len(STAGES) - 1:
                    row["reached_next"] = sum(deal["reached"] > number for deal in cohort)
                    if row["entered"]:
                        row["conversion"] = row["reached_next"] / row["entered"]
                        row["low"], row["high"] = wilson(row["reached_next"], row["entered"])
            row["median_days"] = product_limit(stay_times(deals, stage, first, last, tier))
            found[stage] = row
        return found

    def cycles(self, booked: set[str], first: date, last: date, **only: str) -> list[tuple[int, int, bool]]:
        """(age when observation begins, age when it ends, decided) of every deal under way."""
        tier = only.pop("tier", None)
        cases = []
        for deal in self._of(booked, tier, only):
            closed, begun = deal["closed_on"], deal["first_on"]
            if begun is None or begun > last or (closed and closed < max(first, begun)):
                continue
            decided = closed is not None and closed <= last
            until = closed if decided else last
            enter = max(0, (first - begun).days)
            cases.append((enter, (until - begun).days, decided and deal["outcome"] in ("won", "lost")))
        return cases

    def _of(self, booked: set[str], tier: str | None, only: dict[str, str]) -> list[Row]:
        return [
            deal
            for deal in self.deals
            if deal["institution_id"] in booked
            and tier in (None, deal["tier_last"])
            and all(deal[key] == value for key, value in only.items())
        ]

    def outcomes(self, booked: set[str], first: date, last: date, **only: str) -> Row:
        """What was decided in the period."""
        tier = only.get("tier")
        plain = {key: value for key, value in only.items() if key != "tier"}
        deals = self._of(booked, tier, plain)
        decided = [deal for deal in deals if deal["closed_on"] and first <= deal["closed_on"] <= last]
        row: Row = {name: sum(d["outcome"] == name for d in decided) for name in ("won", "lost", "lapsed")}
        stages = self.stages(booked, first, last, **only).values()
        row["open"] = sum(stage["open_count"] for stage in stages)
        row["open_amount"] = sum(stage["open_amount"] for stage in stages)
        row |= dict.fromkeys(("win_rate", "low", "high", "average_deal"))
        n = row["won"] + row["lost"]
        if n:
            row["win_rate"] = row["won"] / n
            row["low"], row["high"] = wilson(row["won"], n)
        won = [deal for deal in decided if deal["outcome"] == "won"]
        amounts = [deal["amount"] for deal in won if deal["amount"] is not None]
        row["won_amount"] = sum(amounts)
        if amounts:
            row["average_deal"] = sum(amounts) / len(amounts)
        row["cycle_days_median"] = product_limit(self.cycles(booked, first, last, **only))
        days = [
            (deal["closed_on"] - deal["first_on"]).days
            for deal in won
            if deal["first_on"] and deal["first_on"] <= deal["closed_on"]
        ]
        row["won_days_median"] = median(days) if days else None
        return row

    def overdue(self, booked: set[str], **only: str) -> Row:
        """Open deals past the day they were expected to close."""
        tier = only.pop("tier", None)
        late = [
            deal
            for deal in self._of(booked, tier, only)
            if deal["outcome"] == "open"
            and deal["expected_close_on"]
            and deal["expected_close_on"] < self.as_of
        ]
        days = [(self.as_of - deal["expected_close_on"]).days for deal in late]
        return {
            "deals": len(late),
            "amount": sum(deal["expected_amount"] or 0 for deal in late),
            "days_late": sum(days) / len(days) if days else None,
        }
