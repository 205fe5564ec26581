"""The book alone of a bank of any size: institutions, managers, customers and their months.

The same customers as in `bank.write`, without what the CRM, the books and the surveys tell of them: those
are kept until the last month there, which millions of customers do not allow.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from sample_data.balances import evolve, month_rows
from sample_data.bank import emptied, leave, open_for_business
from sample_data.customers import Columns, kept, write_customers
from sample_data.dates import day_number, month_ends
from sample_data.population import founders, joiners, move

LAST_MONTH = date(2026, 10, 31)
TABLES = ("institutions", "managers", "customers")


def write_book(
    extracts: Path,
    *,
    customers: int,
    months: int,
    outlets: int,
    seed: int,
    progress: Callable[[str, float], None],
) -> dict[str, int]:
    """Write the four extracts, a file a month; returns the rows per table.

    `customers` is the stock of the first month. Memory goes with the customers, not with the months.
    """
    streams = [np.random.Generator(np.random.PCG64([seed, part])) for part in range(3)]
    ends = month_ends(LAST_MONTH, months)
    folder = emptied(extracts / "customer_months")
    nodes, net, managers, seats = open_for_business(extracts, outlets, ends, *streams[:2])
    rows = {"institutions": len(nodes), "managers": managers, "customer_months": 0}
    people = list[Columns]()
    living, issued = founders(customers, ends[0].replace(day=1), net, streams[2]), customers
    for month, end in enumerate(ends):
        progress(f"{end:%Y-%m}", month / len(ends))
        if month:
            living, left, expected = leave(living, end, net, streams[2])
            people.append(left)
            move(living, month, net, streams[2])
            evolve(living, net, streams[2])
            joined = joiners(living, expected, month, end, net, streams[2], issued + 1)
            issued += len(joined.number)
            living = living.with_more(joined)
        frame = month_rows(living, end, net, streams[2])
        frame.write_parquet(folder / f"{end:%Y-%m}.parquet", compression="zstd", compression_level=1)
        rows["customer_months"] += frame.height
        del frame
    progress("customers", 0.98)
    people.append(kept(living, None, None))
    path = extracts / "customers.parquet"
    rows["customers"] = write_customers(path, people, net, seats, day_number(ends[-1]), streams[1])
    return rows
