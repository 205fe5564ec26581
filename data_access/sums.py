"""Sums of fractions that come out alike to the last bit, whatever the order in which threads met the rows."""

import polars as pl


def sum_of(*names: str) -> pl.Expr:
    """The sums of columns, each added from its smallest number on; whole numbers need none of it.

    >>> rows = pl.DataFrame({"x": [1e16, 1.0, -1e16, 1.0]})
    >>> rows.select(sum_of("x")).item() == rows.reverse().select(sum_of("x")).item()
    True
    """
    return pl.col(*names).sort().sum()
