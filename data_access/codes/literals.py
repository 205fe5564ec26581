"""Literals of one type on every engine, and frames one below another where their columns differ."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import polars as pl


def code(value: int) -> nw.Expr:
    """A code of a mart's key."""
    return nw.lit(value, dtype=nw.Int16)


def whole(value: int) -> nw.Expr:
    """A whole number to count or to add with."""
    return nw.lit(value, dtype=nw.Int64)


def stacked(frames: Sequence[nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    """The rows of all frames; what a frame lacks is null, and of the type that it has in the others.

    Engines refuse, or fill with a type of their own, what lies one below another with unlike columns.
    """
    schemas = [frame.collect_schema() for frame in frames]
    columns = {name: dtype for schema in reversed(schemas) for name, dtype in schema.items()}
    order = dict.fromkeys(name for schema in schemas for name in schema)
    filled = [
        frame.select(
            nw.col(name) if name in schema else nw.lit(None, dtype=columns[name]).alias(name)
            for name in order
        )
        for frame, schema in zip(frames, schemas, strict=True)
    ]
    return nw.concat(filled, how="vertical")


def shaped(rows: pl.DataFrame, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows with exactly these columns in these types; what they lack is null."""
    return rows.select(
        pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    )
