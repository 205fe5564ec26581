"""What happened and what is to be done: notes on institutions, as a bank's planning office keeps them."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from sample_data.dates import month_ends
from sample_data.institutions.tree import Institution
from sample_data.people import person_names

# Months before the last one, day, the first-level branch (none = the head office), text, owner.
_EVENTS: tuple[tuple[int, int, int | None, str, str], ...] = (
    (22, 6, 1, "手机银行升级，停机维护一晚", "电子银行部"),
    (19, 20, None, "存款利率下调20个基点", "资产负债管理部"),
    (16, 4, 0, "新版柜面系统上线", "运营管理部"),
    (13, 15, None, "新理财产品线发布", "财富管理部"),
    (11, 24, 3, "暴雨影响，部分网点停业两天", "办公室"),
    (9, 5, None, "客户经理考核办法调整", "零售业务部"),
    (7, 16, None, "存款利率下调10个基点", "资产负债管理部"),
    (5, 9, 2, "手机银行升级", "电子银行部"),
    (2, 11, 0, "代发工资专项营销开始", "公司业务部"),
)
_OPENING = "开门红活动开始"
_TASKS = (
    "回访存款下降最多的二十户",
    "跟进本月到期产品的承接",
    "复核长期未推进的商机",
    "走访降级观察期的高端客户",
    "制定流失客户挽回方案",
    "补登大额变动的联系记录",
    "组织新客户经理培训",
    "约谈完成率靠后的网点",
)
_OWNERS = ("分管行长", "零售业务部", "公司业务部", "财富管理部")
Row = tuple[str, date, str, str, str, date | None, date | None]


def annotations_frame(nodes: list[Institution], last_day: date, rng: np.random.Generator) -> pl.DataFrame:
    """The table `annotations`: events of two years, tasks due around the end of the data."""
    rows = sorted(
        [*_events(nodes, last_day), *_tasks(nodes, last_day, rng)], key=lambda row: (row[1], row[0])
    )
    schema = {
        "institution_id": pl.String,
        "date": pl.Date,
        "kind": pl.String,
        "text": pl.String,
        "owner": pl.String,
        "due_on": pl.Date,
        "done_on": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _events(nodes: list[Institution], last_day: date) -> list[Row]:
    months = month_ends(last_day, 24)
    branches = [node.id for node in nodes if node.level == "branch_1"]
    rows: list[Row] = [
        (nodes[0].id, end.replace(day=1), "event", _OPENING, "零售业务部", None, None)
        for end in months
        if end.month == 1
    ]
    for back, day, branch, text, owner in _EVENTS:
        place = nodes[0].id if branch is None else branches[branch % len(branches)]
        rows.append((place, months[-1 - back].replace(day=day), "event", text, owner, None, None))
    return rows


def _tasks(nodes: list[Institution], last_day: date, rng: np.random.Generator) -> list[Row]:
    """One or two tasks for each first-level branch, a few below: overdue, due soon and done in turn."""
    here = [node for node in nodes if node.closed_on is None or node.closed_on > last_day]
    branches = [node.id for node in here if node.level == "branch_1"]
    below = [node.id for node in here if node.level.startswith("subbranch") or node.role == "ordinary"]
    below = [below[place] for place in rng.permutation(len(below))[: 2 + len(below) // 40]]
    places = [*np.repeat(branches, rng.integers(1, 3, len(branches))), *below]
    names = person_names(len(places), rng)
    rows: list[Row] = []
    for number, place in enumerate(places):
        days, lead = int(rng.integers(1, 26)), int(rng.integers(14, 45))
        due = last_day + timedelta(days=days if number % 3 == 1 else -days)
        start = min(due - timedelta(days=lead), last_day)
        done = due - timedelta(days=int(rng.integers(0, 10))) if number % 3 == 2 else None
        text = _TASKS[int(rng.integers(len(_TASKS)))]
        owner = _OWNERS[number % len(_OWNERS)] if rng.random() < 0.4 else names[number]
        rows.append((str(place), start, "task", text, owner, due, done))
    return rows
