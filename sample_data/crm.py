"""The bank's CRM database: deals and their stages in SQLite, in the bank's own column names and codes."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from sample_data.balances import customer_ids
from sample_data.deals import LOST, PRODUCTS, WON, Drawn, Walk, walk
from sample_data.institutions.network import Network
from sample_data.institutions.staff import Seats

_PIECE = 200_000
_OUTCOME_CODES = ["O", "S", "F", "X"]  # in the order of deals.OPEN, WON, LOST, LAPSED
_SOURCES = ["网点接待", "客户转介", "营销活动", "电话外呼", "线上渠道", "系统名单"]
_CHANNELS = ["网点", "客户经理", "手机银行", "电话银行"]
_REASONS = ["价格", "产品不符", "审批未通过", "客户取消", "竞争对手", "时效太慢"]
_RIVALS = ["甲银行", "乙银行", "丙银行", "丁互联网平台"]
_SCHEMA = """
create table deals (
    OPP_NO text primary key, OPP_TITLE text, CUST_NO text, CUST_TYPE text, ORG_NO text, MGR_NO text,
    PROD_NAME text, SRC text, CHNL text, CRT_DT text, EXP_CLS_DT text, EXP_AMT real, DEAL_AMT real,
    STG_CD text, STS_CD text, CLS_DT text, LOST_RSN text, RIVAL text
);
create table deal_stages (OPP_NO text, STG_CD text, ENT_DT text, SEQ_NO integer);
"""


def write_crm(
    path: Path,
    months: list[Drawn],
    net: Network,
    seats: Seats,
    last_day: int,
    rng: np.random.Generator,
    progress: Callable[[float], None],
) -> dict[str, int]:
    """Write both tables, a piece of the deals at a time; returns their rows."""
    path.unlink(missing_ok=True)
    drawn = {name: np.concatenate([getattr(month, name) for month in months]) for name in vars(months[0])}
    total = len(drawn["created"])
    rows = {"deals": total, "deal_stages": 0}
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_SCHEMA)
        for start in range(0, total, _PIECE):
            piece = Drawn(**{name: values[start : start + _PIECE] for name, values in drawn.items()})
            deals, stages = _tables(piece, start + 1, net, seats, last_day, rng)
            insert(database, "deals", deals)
            insert(database, "deal_stages", stages)
            rows["deal_stages"] += stages.height
            progress(min(1.0, (start + _PIECE) / total))
        database.commit()
    return rows


def insert(database: sqlite3.Connection, table: str, frame: pl.DataFrame) -> None:
    """Add a frame's rows to a table of the database."""
    marks = ", ".join("?" * frame.width)
    database.executemany(
        f"insert into {table} ({', '.join(frame.columns)}) values ({marks})", frame.iter_rows()
    )


def _tables(
    piece: Drawn, first_number: int, net: Network, seats: Seats, last_day: int, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    count = len(piece.created)
    product = _products(piece.corporate, rng)
    path = walk(piece, product, net, last_day, rng)
    number = deal_ids(np.arange(first_number, first_number + count))
    stages = pl.DataFrame(
        {
            "OPP_NO": number.gather(path.deal),
            "STG_CD": _stage_code(path.entered_stage),
            "ENT_DT": text_dates(path.entered),
            "SEQ_NO": path.seq,
        }
    ).sort("OPP_NO", "SEQ_NO")
    return _deals(piece, number, product, path, net, seats, rng), stages


def _deals(
    piece: Drawn,
    number: pl.Series,
    product: npt.NDArray[np.int64],
    path: Walk,
    net: Network,
    seats: Seats,
    rng: np.random.Generator,
) -> pl.DataFrame:
    count = len(number)
    typical = np.array([item.typical_amount for item in PRODUCTS])[product]
    size = np.exp(np.clip(0.25 * (piece.level - np.log(50_000.0)), -0.7, 1.8))
    expected = np.round(typical * size * rng.lognormal(-0.2, 0.7, count), -3) + 1_000.0
    amount = np.round(expected * rng.lognormal(-0.05, 0.22, count), -2)
    pace = np.array([item.pace for item in PRODUCTS])[product]
    wanted = piece.created + (pace * rng.gamma(6.0, 16.0, count)).astype(np.int32) + 7
    lost, won = path.outcome == LOST, path.outcome == WON
    reason = rng.choice(len(_REASONS), count, p=[0.24, 0.18, 0.14, 0.18, 0.18, 0.08])
    rival = np.where(lost, rng.random(count) < 0.55, rng.random(count) < 0.15) | (lost & (reason == 4))
    purpose = [f"{item.name}·{purpose}" for item in PRODUCTS for purpose in item.purposes]
    raw = pl.DataFrame(
        {
            "OPP_NO": number,
            "OPP_TITLE": pl.Series(purpose).gather(product * 3 + rng.integers(0, 3, count)),
            "CUST_NO": customer_ids(piece.customer),
            "CUST_TYPE": np.where(piece.corporate, "2", "1"),
            "ORG_NO": net.ids.gather(piece.home),
            "MGR_NO": seats.managers(piece.home, piece.trait, piece.created),
            "PROD_NAME": pl.Series([item.name for item in PRODUCTS]).gather(product),
            "SRC": pl.Series(_SOURCES).gather(rng.integers(0, len(_SOURCES), count)),
            "CHNL": pl.Series(_CHANNELS).gather(
                rng.choice(len(_CHANNELS), count, p=[0.45, 0.35, 0.14, 0.06])
            ),
            "CRT_DT": text_dates(piece.created),
            "EXP_CLS_DT": text_dates(wanted),
            "EXP_AMT": expected,
            "DEAL_AMT": amount,
            "STG_CD": _stage_code(path.stage),
            "STS_CD": pl.Series(_OUTCOME_CODES).gather(path.outcome),
            "CLS_DT": text_dates(path.closed),
            "LOST_RSN": pl.Series(_REASONS).gather(reason),
            "RIVAL": pl.Series(_RIVALS).gather(rng.integers(0, len(_RIVALS), count)),
        }
    )
    absent = {
        "CUST_NO": piece.customer < 0,
        "DEAL_AMT": ~won,
        "CLS_DT": path.closed < 0,
        "LOST_RSN": ~lost,
        "RIVAL": ~rival,
    }
    return raw.with_columns(pl.when(~pl.Series(gone)).then(name).alias(name) for name, gone in absent.items())


def _products(corporate: npt.NDArray[np.bool_], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """A product for each deal, by the customer's kind."""
    chosen = np.zeros(len(corporate), dtype=np.int64)
    for kind in (False, True):
        numbers = [number for number, item in enumerate(PRODUCTS) if item.corporate == kind]
        shares = np.array([PRODUCTS[number].share for number in numbers])
        here = np.flatnonzero(corporate == kind)
        chosen[here] = rng.choice(numbers, len(here), p=shares / shares.sum())
    return chosen


def _stage_code(stage: npt.NDArray[np.int64]) -> pl.Series:
    return pl.Series([f"{number:02d}" for number in range(1, 8)]).gather(stage)


def text_dates(days: npt.NDArray[np.int32]) -> pl.Series:
    """Days as the database keeps them, 2026-10-31."""
    return pl.Series(days.astype(np.int32)).cast(pl.Date).cast(pl.String)


def deal_ids(numbers: npt.NDArray[np.int64]) -> pl.Series:
    """Deal numbers as the CRM writes them."""
    return "D" + pl.Series(numbers).cast(pl.String).str.zfill(9)


def won_amounts(path: Path, ends: list[date], net: Network) -> npt.NDArray[np.float64]:
    """What each institution won in each month, by the day on which the deal was closed."""
    months = {f"{end:%Y-%m}": number for number, end in enumerate(ends)}
    places = {institution: number for number, institution in enumerate(net.ids)}
    found = np.zeros((len(ends), len(places)))
    with closing(sqlite3.connect(path)) as database:
        asked = (
            "select substr(CLS_DT, 1, 7), ORG_NO, sum(DEAL_AMT) from deals where STS_CD = 'S' group by 1, 2"
        )
        for month, institution, amount in database.execute(asked):
            found[months[month], places[institution]] = amount
    return found
