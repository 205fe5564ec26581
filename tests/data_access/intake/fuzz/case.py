"""One spoiled extract: what is written instead of a table, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from data_access.contract.rules import Column, Table
from metrics import CONTRACT

REFUSED, QUARANTINED, HARMLESS = "refused", "quarantined", "harmless"
WITHOUT, NOTED, DOUBTED = "without a column", "noted", "doubted"


@dataclass
class Case:
    """The table to spoil, as texts; a spoiler writes into `folder` and says what it expects."""

    name: str
    rows: pl.DataFrame
    folder: Path
    lines: list[str] = field(default_factory=list)  # of the configuration, instead of the plain file's
    expects: str = ""
    quarantined: int = 0
    duplicate: int = 0
    words: tuple[str, ...] = ()
    column: str = ""

    @property
    def table(self) -> Table:
        return CONTRACT.tables[self.name]

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    def columns(self, *kinds: str, needed: bool | None = None, key: bool | None = None) -> list[Column]:
        """The delivered columns of these kinds with two values at least."""
        return [
            column
            for column in self.table.columns
            if column.kind in kinds
            and column.name in self.rows.columns
            and self.rows[column.name].count() > 1
            and (needed is None or column.required is needed)
            and (key is None or (column.name in self.table.key) is key)
        ]

    def text(self, rows: pl.DataFrame | None = None, separator: str = ",") -> str:
        return (self.rows if rows is None else rows).write_csv(separator=separator)

    def write(self, text: str, *settings: str, encoding: str = "utf-8") -> None:
        (self.folder / self.file).write_bytes(text.encode(encoding))
        self.lines = [f'csv = "{self.file}"', *settings]

    def write_parts(self, *parts: pl.DataFrame) -> None:
        for number, part in enumerate(parts):
            part.write_parquet(self.folder / f"{self.name}-{number}.parquet")
        self.lines = [f'parquet = "{self.name}-*.parquet"']

    def harmless(self, duplicate: int = 0) -> None:
        self.expects, self.duplicate = HARMLESS, duplicate

    def refused(self, *words: str) -> None:
        self.expects, self.words = REFUSED, (self.name, *words)

    def quarantines(self, rows: int, *words: str) -> None:
        self.expects, self.quarantined, self.words = QUARANTINED, rows, words

    def row(self, column: str) -> int:
        """A row that has a value there and on which no other row of the table rests."""
        filled = self.rows.with_row_index("i").filter(pl.col(column).is_not_null())
        if self.name == "institutions":
            above = {*self.rows["parent_id"].drop_nulls(), *self.rows["merged_into"].drop_nulls()}
            filled = filled.filter(~pl.col("institution_id").is_in(above))
        return int(filled["i"][filled.height // 2]) if filled.height else -1

    def put(self, column: str, value: str | None, row: int | None = None) -> pl.DataFrame:
        """The rows with another value in one cell."""
        at = self.row(column) if row is None else row
        here = pl.int_range(pl.len()) == at
        return self.rows.with_columns(
            pl.when(here).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        )


Spoiler = Callable[[Case], None]
