"""Work on open deals: visits of the last month, and second deals that another manager opened by mistake."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from sample_data.balances import customer_ids
from sample_data.contacts import KIND_CODES
from sample_data.crm import deal_ids, insert, text_dates
from sample_data.dates import day_number, working_day
from sample_data.institutions.network import Network
from sample_data.institutions.staff import Seats
from sample_data.population import Living

_OPEN = (
    "select rowid as place, * from deals where STS_CD = 'O' and CUST_NO is not null and MGR_NO is not null"
)
_TYPES = {"CRT_DT": pl.String, "MGR_NO": pl.String, "ORG_NO": pl.String, "CUST_NO": pl.String}
_CLASHES, _VISITED, _EFFECTIVE = 0.06, 0.7, 0.8
_VISIT = next(code for code, kind in KIND_CODES.items() if kind == "visit")


def write_clashes(crm: Path, net: Network, seats: Seats, last_day: int, rng: np.random.Generator) -> int:
    """A second open deal for a few customers, held by another manager of the same outlet; how many."""
    with closing(sqlite3.connect(crm)) as database:
        found = pl.read_database(_OPEN, database, schema_overrides=_TYPES)
        number = int(database.execute("select count(*) from deals").fetchone()[0])
        chosen = found.filter(pl.Series(rng.random(found.height) < _CLASHES, dtype=pl.Boolean))
        place = {institution: at for at, institution in enumerate(net.ids)}
        rows = []
        for row in chosen.to_dicts():
            home = place[row["ORG_NO"]]
            here = seats.first[seats.start[home] : seats.start[home] + seats.count[home]]
            others = [name for name in seats.ids.gather(here) if name != row["MGR_NO"]]
            if others:
                rows.append(row | {"MGR_NO": others[0]})
        if not rows:
            return 0
        second = pl.DataFrame(rows, schema=chosen.schema)
        created = second["CRT_DT"].str.to_date().cast(pl.Int32).to_numpy()
        begun = rng.integers(np.minimum(created + 1, last_day), last_day + 1).astype(np.int32)
        second = second.drop("place").with_columns(
            deal_ids(np.arange(number + 1, number + 1 + second.height)).alias("OPP_NO"),
            text_dates(begun).alias("CRT_DT"),
            STG_CD=pl.lit("01"),
        )
        insert(database, "deals", second)
        stages = second.select("OPP_NO", "STG_CD", ENT_DT="CRT_DT", SEQ_NO=pl.lit(1))
        insert(database, "deal_stages", stages)
        database.commit()
        return second.height


def write_visits(crm: Path, living: Living, net: Network, end: date, rng: np.random.Generator) -> int:
    """Visits of the last month to most customers with an open deal, where they are now; how many."""
    homes = pl.DataFrame({"CUST_NO": customer_ids(living.number), "home": net.ids.gather(living.home)})
    with closing(sqlite3.connect(crm)) as database:
        found = pl.read_database(_OPEN, database, schema_overrides=_TYPES)
        found = found.join(homes, on="CUST_NO", maintain_order="left").filter(
            pl.col("ORG_NO") == pl.col("home")
        )
        number = int(database.execute("select count(*) from contacts").fetchone()[0])
        seen = found.filter(pl.Series(rng.random(found.height) < _VISITED, dtype=pl.Boolean))
        count = seen.height
        created = seen["CRT_DT"].str.to_date().cast(pl.Int32).to_numpy()
        day = working_day((day_number(end) - rng.integers(0, end.day, count)).astype(np.int32))
        day = np.maximum(np.maximum(day, day_number(end.replace(day=1))), created)
        effective = rng.random(count) < _EFFECTIVE
        numbers = pl.Series(np.arange(number + 1, number + 1 + count)).cast(pl.String).str.zfill(9)
        visits = seen.select(
            ("T" + numbers).alias("CNT_NO"),
            "CUST_NO",
            "OPP_NO",
            "MGR_NO",
            "ORG_NO",
            text_dates(day.astype(np.int32)).alias("CNT_DT"),
            CNT_TP=pl.lit(_VISIT),
            EFF_FLG=pl.Series(["0", "1"]).gather(effective.astype(np.int64)),
        )
        insert(database, "contacts", visits)
        database.commit()
        return count
