"""Tier migration once more, customer by customer in plain Python: for any set of institutions."""

from copy import copy
from datetime import date

from metrics.migration.observation_rule import observed
from tests.metrics.brute_force import TIERS, Book
from tests.metrics.small_bank import Row, month_end

MISSED = [3, 3, 3, 3, 3, 6]  # months after which each tier is lost
Cells = dict[tuple[str, str], tuple[int, int, int]]


def before(book: Book, at: date, distance: int) -> date | None:
    """The month end a step begins with; of distance 1 the delivered one before."""
    if distance == 1:
        return max((month for month in book.delivered if month < at), default=None)
    then = month_end((at.year - 2026) * 12 + at.month - 1 - distance)
    return then if then in book.delivered else None


def cells(
    book: Book, booked: set[str], whole: bool, at: date, distance: int, kind: str | None = None
) -> Cells:
    """Customers and what they held and hold by tier then and now.

    `whole`: a move within these institutions is a step, else it is an exit at one and an entry at the other.
    """
    then = before(book, at, distance)
    found: Cells = {}
    if then is None:
        return found

    def add(origin: str, goal: str, one: Row | None, other: Row | None, sign: int = 1) -> None:
        values = (sign, sign * (one["aum"] or 0 if one else 0), sign * (other["aum"] or 0 if other else 0))
        old = found.get((origin, goal), (0, 0, 0))
        found[origin, goal] = (old[0] + values[0], old[1] + values[1], old[2] + values[2])

    for customer in book.months[then].keys() | book.months[at].keys():
        one, other = book.months[then].get(customer), book.months[at].get(customer)
        if kind and (other or one or {})["kind"] != kind:
            continue
        was, is_here = (row is not None and row["institution_id"] in booked for row in (one, other))
        if one and other:
            same = one["institution_id"] == other["institution_id"]
            top = book.common_ancestor(one["institution_id"], other["institution_id"])
            inside = same or (whole and top in booked)
            if inside and was and is_here:
                add(one["tier"], other["tier"], one, other)
                continue
            if inside and not same:  # the two ends lie in a part that holds their ancestor only
                add(one["tier"], other["tier"], one, other)
                add(one["tier"], "elsewhere", one, None, -1)
                add("elsewhere", other["tier"], None, other, -1)
            if was:
                add(one["tier"], "elsewhere", one, None)
            if is_here:
                add("elsewhere", other["tier"], None, other)
        elif one and was:
            add(one["tier"], "outside", one, None)
        elif other and is_here:
            add("outside", other["tier"], None, other)
    return {cell: values for cell, values in found.items() if any(values)}


def rates(found: Cells) -> dict[str, int]:
    """Additive counts of a matrix."""
    order = {tier: number for number, tier in enumerate(TIERS)}
    sums = dict.fromkeys(
        (
            "customers",
            "upgraded",
            "downgraded",
            "stayed",
            "entered",
            "left",
            "transferred_in",
            "transferred_out",
            "net_aum_moved",
        ),
        0,
    )
    for (then, now), (n, aum_from, aum_to) in found.items():
        sums["customers"] += n * (then in order)
        sums["entered"] += n * (then == "outside")
        sums["left"] += n * (now == "outside")
        sums["transferred_in"] += n * (then == "elsewhere")
        sums["transferred_out"] += n * (now == "elsewhere")
        if then in order and now in order:
            step = order[now] - order[then]
            sums["upgraded" if step > 0 else "downgraded" if step else "stayed"] += n
            sums["net_aum_moved"] += (aum_to - aum_from) * (step != 0)
    return sums


def stands(book: Book, at: date) -> dict[str, Row] | None:
    """The customers of a month end with the state they stand in as tier; None without six months."""
    ends = book.bank.months
    place = ends.index(at)
    if place < 5 or not set(ends[place - 5 : place + 1]) <= set(book.delivered):
        return None
    order = {tier: number for number, tier in enumerate(TIERS)}
    found = {}
    for customer, row in book.months[at].items():
        path = [order.get((book.months[end].get(customer) or {"tier": ""})["tier"]) for end in ends]
        told = observed(path, MISSED)[place]
        state = row["tier"] if told is None else TIERS[told[0]] + ("_watch" if told[1] else "")
        found[customer] = row | {"tier": state}
    return found


def watch_cells(
    book: Book, booked: set[str], whole: bool, at: date, distance: int, kind: str | None = None
) -> Cells:
    """The same between states of the tier held and of observation."""
    then = month_end((at.year - 2026) * 12 + at.month - 1 - distance)
    ends = {end: stands(book, end) if end in book.delivered else None for end in (then, at)}
    if any(rows is None for rows in ends.values()):
        return {}
    standing = copy(book)
    standing.months = {end: rows for end, rows in ends.items() if rows is not None}
    standing.delivered = [then, at]
    return cells(standing, booked, whole, at, distance, kind)


def cohort(book: Book, booked: set[str], whole: bool, at: date) -> dict[str, dict[str, int]]:
    """Who entered a tier twelve months before, by tier: where from, and where they are now."""
    order = {tier: number for number, tier in enumerate(TIERS)}
    then, former = (month_end((at.year - 2026) * 12 + at.month - 1 - back) for back in (12, 13))
    if not {then, former} <= set(book.delivered):
        return {}
    names = (
        "customers",
        "from_below",
        "from_above",
        "new",
        "kept",
        "fallen",
        "left",
        "transferred_out",
        "without_tier",
    )
    found = {tier: dict.fromkeys(names, 0) for tier in TIERS}
    for customer, row in book.months[then].items():
        old, now = book.months[former].get(customer), book.months[at].get(customer)
        tier = row["tier"]
        if tier not in order or (old and (old["tier"] not in order or old["tier"] == tier)):
            continue
        side = "new" if not old else "from_below" if order[old["tier"]] < order[tier] else "from_above"
        if not now:
            way = "left"
        elif now["tier"] not in order:
            way = "without_tier"
        else:
            way = "kept" if order[now["tier"]] >= order[tier] else "fallen"
        counts = {"customers": 1, side: 1}
        is_here = row["institution_id"] in booked
        if not now or now["institution_id"] == row["institution_id"]:
            booking = [(way, 1)] if is_here else []
        else:
            booking = [("transferred_out", 1)] if is_here else []
            if whole and book.common_ancestor(row["institution_id"], now["institution_id"]) in booked:
                booking += [(way, 1), ("transferred_out", -1)]
        for name, n in counts.items() if is_here else ():
            found[tier][name] += n
        for name, n in booking:
            found[tier][name] += n
    return found
