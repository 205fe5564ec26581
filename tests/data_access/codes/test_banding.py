"""The bin of an amount: the same by the search of Polars and by the comparisons that every engine has."""

import narwhals as nw
import polars as pl

from data_access.codes.banding import banded, bin_edges, with_bin


def test_a_bin_is_the_same_by_search_and_by_comparison() -> None:
    for minor_units in (1, 100, 1000):
        edges = bin_edges(minor_units)
        amounts = sorted({near for edge in edges for near in (edge - 1, edge, edge + 1)} | {-5, 0, 10**16})
        rows = nw.from_native(pl.LazyFrame({"aum": pl.Series(amounts, dtype=pl.Int64)}))
        searched = with_bin(rows, "aum", minor_units).collect().to_native()
        compared = rows.with_columns(bin=banded(nw.col("aum"), edges, range(len(edges) + 1)))
        assert searched.equals(compared.collect().to_native())
        assert searched["bin"].to_list() == [sum(edge <= one for edge in edges) for one in amounts]
