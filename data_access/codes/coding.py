"""Identifiers are strings outside and stable integers inside: assigned once, kept for ever."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

UNKNOWN = "unknown"
KINDS = (UNKNOWN, "personal", "corporate")
MAX_VALUES = 50
OTHER = "other"
NUMBERED = {  # table → (its id column, the integer that stands for it)
    "institutions": ("institution_id", "institution_no"),
    "managers": ("manager_id", "manager_no"),
    "customers": ("customer_id", "customer_no"),
    "opportunities": ("opportunity_id", "opportunity_no"),
}


@dataclass
class Codes:
    """The numbers of ids, and the values of breakdown columns, of one build."""

    ids: dict[str, pl.DataFrame] = field(default_factory=dict)  # table → id, number; all ever seen
    delivered: dict[str, pl.DataFrame] = field(default_factory=dict)  # those that this delivery holds
    values: dict[str, list[str]] = field(default_factory=dict)  # column → values by code

    def assign(self, table: str, found: pl.Series) -> None:
        """Numbers every id; ids known from the former snapshot keep theirs."""
        name, number = NUMBERED[table]
        known = self.ids.get(table)
        if known is None:
            known = pl.DataFrame(schema={name: pl.String, number: pl.Int64})
        here = found.drop_nulls().unique().to_frame(name)
        fresh = here.join(known, on=name, how="anti")
        start = int(known[number].max() or -1) + 1 if known.height else 0  # type: ignore[arg-type]
        fresh = fresh.sort(name).with_row_index(number, start).select(name, pl.col(number).cast(pl.Int64))
        self.ids[table] = pl.concat([known, fresh])
        self.delivered[table] = self.ids[table].join(here, on=name, how="semi")

    def coded(self, frame: pl.DataFrame, column: str) -> pl.Series:
        """Int16 codes of a label column; 0 is “unknown”, the rarest beyond 50 values are “other”.

        A column of this name in another table has the same codes, and adds values of its own.
        """
        known = self.values.get(column, [UNKNOWN])
        counts = frame.get_column(column).drop_nulls().value_counts()
        names = counts.sort("count", column, descending=[True, False])[column].to_list()
        fresh = [name for name in names if name not in known]
        room = MAX_VALUES + 1 - len(known)
        if len(fresh) > room:
            fresh = [*fresh[: max(room - 1, 0)], *([] if OTHER in known else [OTHER])]
        self.values[column] = [*known, *sorted(set(fresh))]
        codes = {value: code for code, value in enumerate(self.values[column])}
        labels = frame.get_column(column).fill_null(UNKNOWN)
        return labels.replace_strict(codes, default=codes.get(OTHER, 0), return_dtype=pl.Int16)

    @classmethod
    def read(cls, folder: Path | None) -> "Codes":
        """The numbers of the former snapshot, if there is one."""
        codes = cls()
        for table in NUMBERED:
            if folder is not None and (file := folder / "ids" / f"{table}.parquet").exists():
                codes.ids[table] = pl.read_parquet(file)
        return codes

    def write(self, folder: Path) -> None:
        (folder / "ids").mkdir(parents=True, exist_ok=True)
        for table, frame in self.ids.items():
            frame.write_parquet(folder / "ids" / f"{table}.parquet")


def with_number(frame: pl.LazyFrame, column: str, table: str, codes: Codes) -> pl.LazyFrame:
    """Adds the number of an id column and `<column>_unknown` where it is not delivered."""
    name, number = NUMBERED[table]
    target = number if column == name else column.replace("_id", "_no")
    lookup = codes.delivered[table].lazy().rename({name: column, number: target})
    return frame.join(lookup, on=column, how="left", maintain_order="left").with_columns(
        (pl.col(column).is_not_null() & pl.col(target).is_null()).alias(f"{column}_unknown")
    )
