"""Hidden cells cannot be worked out: an attacker with everything that is told, and linear algebra."""

import random
import time
from collections.abc import Iterator
from importlib import import_module

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from data_access.build import small_cells as hiding
from data_access.build.small_cells import Bools, Equations, Ints, patterns
from data_access.periods import parse
from data_access.subject import Period
from data_access.tree import Tree, build_tree
from data_access.view.store import Store
from metrics.book import subject as book
from metrics.satisfaction import subject as satisfaction
from tests.metrics.asking import built, look
from tests.metrics.satisfaction.bank import CHANNELS, answers, with_surveys

PRIME = 2_147_483_647
FLOOR = 5
Matrix = npt.NDArray[np.int64]


def reduced(rows: Matrix) -> Matrix:
    """Row echelon form modulo a prime: exact for the small whole numbers of sums."""
    rows, rank = rows.copy() % PRIME, 0
    for column in range(rows.shape[1]):
        found = np.flatnonzero(rows[rank:, column])
        if not len(found):
            continue
        pivot = rank + int(found[0])
        rows[[rank, pivot]] = rows[[pivot, rank]]
        rows[rank] = rows[rank] * pow(int(rows[rank, column]), PRIME - 2, PRIME) % PRIME
        others = np.flatnonzero(rows[:, column])
        others = others[others != rank]
        rows[others] = (rows[others] - rows[others, column, None] * rows[rank]) % PRIME
        rank += 1
        if rank == len(rows):
            break
    return rows[:rank]


def determined(told: Matrix, targets: Matrix) -> list[int]:
    """Which targets follow from what is told: those that add nothing to its rank."""
    known = reduced(told) if len(told) else told.reshape(0, targets.shape[1])
    return [i for i, target in enumerate(targets) if len(reduced(np.vstack([known, target]))) == len(known)]


def test_the_attacker_finds_what_a_sum_gives_away() -> None:
    told = np.array([[1, 1, 1], [1, 0, 0]])
    assert determined(told, np.array([[0, 1, 1], [0, 1, 0], [1, 0, 0]])) == [0, 2]


def random_tree(rng: random.Random) -> Tree:
    nodes = rng.randint(1, 13)
    above = [rng.randrange(max(0, n - rng.choice([2, 5, 12])), n) for n in range(1, nodes)]
    parents = [None, *[f"{n:02}" for n in above]]
    return tree_of([f"{n:02}" for n in range(nodes)], parents)


def tree_of(ids: list[str], parents: list[str | None]) -> Tree:
    columns = {"institution_id": ids, "parent_id": pl.Series(parents, dtype=pl.String)}
    return build_tree(pl.DataFrame(columns))


def random_answers(rng: random.Random, nodes: int, values: int) -> Ints:
    """People by institution, month and value: none in many, few in some, many in others."""
    own = np.zeros((nodes, 12, values), dtype=np.int64)
    for node in range(nodes):
        busy = rng.choice([0, 0, 1, 3, 8, 30])
        for month in range(rng.choice([3, 6, 12])):
            for value in range(values):
                own[node, month, value] = rng.randint(0, busy)
    return own


def cells_of_year(tree: Tree, hidden: dict[str, Bools]) -> Iterator[tuple[npt.NDArray[np.bool_], bool]]:
    """Every cell of a year, its quarters and months: what it adds up, and whether it is hidden."""
    nodes = len(tree)
    spans = [
        ("year", 0, 0, 12),
        *[("quarter", q // 2, 3 * q, 3) for q in range(4)],
        *[("month", m // 3, m, 1) for m in range(12)],
    ]
    for scale, column, start, length in spans:
        for cell in range(2 * nodes):
            node, own = cell % nodes, cell >= nodes
            last = node if own else tree.last[node]
            if own and tree.last[node] == node:
                continue  # the same as the total
            mask = np.zeros((nodes, 12), dtype=bool)
            mask[node : last + 1, start : start + length] = True
            yield mask, bool(hidden[scale][cell, column])


def attacked(tree: Tree, own: Ints) -> tuple[int, int]:
    """How many hidden cells there are, and how many of them an attacker works out."""
    equations, values = Equations(tree), own.shape[2]
    total = patterns(own.sum(axis=2, keepdims=True), equations, FLOOR, {})
    split = patterns(own, equations, FLOOR, total)
    told, targets = [], []
    for mask, hidden in cells_of_year(tree, total):
        row = np.repeat(mask[:, :, None], values, axis=2).ravel().astype(np.int64)
        (targets if hidden else told).append(row)
    for mask, hidden in cells_of_year(tree, split):
        for value in range(values):
            row = np.zeros((*mask.shape, values), dtype=np.int64)
            row[:, :, value] = mask
            (targets if hidden else told).append(row.ravel())
    if not targets:
        return 0, 0
    return len(targets), len(determined(np.array(told), np.array(targets)))


@pytest.mark.parametrize("seed", range(25))
def test_no_hidden_cell_follows_from_all_that_is_told(seed: int) -> None:
    rng = random.Random(seed)
    tree = random_tree(rng)
    hidden, found = attacked(tree, random_answers(rng, len(tree), rng.choice([2, 3])))
    assert found == 0, (seed, hidden)


@pytest.mark.parametrize("weaker", ["_up", "_down"])
def test_a_weaker_rule_gives_cells_away(weaker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the neighbours, upwards or downwards, the same attacker succeeds."""
    monkeypatch.setattr(Equations, weaker, lambda *_: None)
    found = 0
    for seed in range(12):
        rng = random.Random(seed)
        tree = random_tree(rng)
        found += attacked(tree, random_answers(rng, len(tree), 2))[1]
    assert found > 0


def test_months_that_do_not_share_a_pattern_give_cells_away() -> None:
    """Two of three months told and the quarter told: the third follows; so the three share one pattern."""
    tree = build_tree(
        pl.DataFrame({"institution_id": ["0"], "parent_id": pl.Series([None], dtype=pl.String)})
    )
    own = np.zeros((1, 12, 1), dtype=np.int64)
    own[0, :3, 0] = [9, 9, 2]
    hidden = patterns(own, Equations(tree), FLOOR, {})
    assert hidden["month"][0].tolist() == [True, False, False, False]  # all three, not the third alone
    assert not hidden["quarter"][0].any()
    alone = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0]])  # quarter, January, February
    assert determined(alone, np.array([[0, 0, 1]])) == [0]


def expanded(tree: Tree, hidden: Bools, own: Ints, node: int) -> int:
    """People in the hidden parts below an institution, each hidden total taken apart as far as it goes."""
    people = int(own[node]) if hidden[len(tree) + node] else 0
    for child in tree.children(node):
        if hidden[child]:
            people += expanded(tree, hidden, own, child) if tree.children(child) else int(own[child])
    return people


def test_what_is_told_and_what_is_hidden_together_is_never_of_few() -> None:
    for seed in range(40):
        rng = random.Random(seed)
        tree = random_tree(rng)
        own = random_answers(rng, len(tree), 1)
        hidden = patterns(own, Equations(tree), FLOOR, {})["month"]
        sums = np.array([own[n : tree.last[n] + 1].sum(axis=0)[:, 0] for n in range(len(tree))])
        for month in range(12):
            here = hidden[:, month // 3]
            told = sums[~here[: len(tree)], month]
            assert not ((told > 0) & (told < FLOOR)).any()
            for node in range(len(tree)):
                below = tree.children(node)
                if not below or here[node]:
                    continue
                rest = sums[node, month] - sum(sums[c, month] for c in below if not here[c])
                rest -= 0 if here[len(tree) + node] else own[node, month, 0]
                assert rest == 0 or rest >= FLOOR, (seed, node, month)
                assert expanded(tree, here, own[:, month, 0], node) in {0, *range(FLOOR, 10_000)}


SUBJECTS = (book.SUBJECT, satisfaction.SUBJECT)
PERIODS = tuple(
    parse(text) for text in ("2026", "2026-Q1", "2026-Q2", "2026-01", "2026-02", "2026-03", "2026-05")
)


def everything_told(store: Store, keys: list[str]) -> tuple[list[Matrix], list[Matrix], list[Matrix]]:
    """Equations of every answer: totals, by children, by each level, by channel, all periods.

    Told, hidden, and hidden rows "elsewhere below", which are sums of several cells.
    """
    tree = store.tree
    index = {key: i for i, key in enumerate(keys)}
    told, targets, sums = list[Matrix](), list[Matrix](), list[Matrix]()

    def row_of(nodes: list[int], period: Period, value: str | None) -> Matrix:
        row = np.zeros((len(keys), 12, len(CHANNELS)), dtype=np.int64)
        months = slice(period.first.month - 1, period.last.month)
        for node in nodes:
            at = index[tree.ids[node]]
            if value is None:
                row[at, months] = 1
            else:
                row[at, months, CHANNELS.index(value)] = 1
        return row.ravel()

    for period in PERIODS:
        for node in range(len(tree)):
            view = look(store, SUBJECTS, node, period.first, period.last)
            whole = list(range(node, tree.last[node] + 1))
            for by in (None, "children", *[f"level:{key}" for key in tree.levels_below(node)]):
                rows = view.metric("satisfaction.nps", by).to_dicts()
                placed = {row.get("institution"): row for row in rows}
                for key, row in placed.items():
                    if key is None:
                        nodes = whole
                    elif key == "own":
                        nodes = [node]
                    elif key == "rest":
                        at = tree.at_level(node, str(by).partition(":")[2])
                        nodes = [n for n in whole if not any(a <= n <= tree.last[a] for a in at)]
                    else:
                        nodes = list(range(tree.node_of[key], tree.last[tree.node_of[key]] + 1))
                    apart = sums if key == "rest" else targets
                    (apart if row["hidden"] else told).append(row_of(nodes, period, None))
            for row in view.metric("satisfaction.nps", "channel").to_dicts():
                if row["channel"] in CHANNELS:
                    (targets if row["hidden"] else told).append(row_of(whole, period, row["channel"]))
            filtered = look(store, SUBJECTS, node, period.first, period.last, kind="personal")
            for row in filtered.metric("satisfaction.nps").to_dicts():
                assert row["hidden"] or not 0 < row["n"] < FLOOR
    return told, targets, sums


@pytest.mark.parametrize("seed", [3, 11])
def test_no_answer_of_the_view_gives_another_away(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("metrics.satisfaction.prepare"), "RARE", 0)
    made = with_surveys(seed, 9)
    with built(made, *SUBJECTS) as store:
        told, targets, sums = everything_told(store, keys := list(made.bank.parent))
    assert targets
    known = np.unique(np.array(told), axis=0)
    assert determined(known, np.unique(np.array(targets), axis=0)) == []
    true = np.zeros((len(keys), 12, len(CHANNELS)), dtype=np.int64)
    for row in answers(made.surveys, "nps", parse("2026").first, parse("2026").last):
        true[
            keys.index(row["institution_id"]), row["responded_on"].month - 1, CHANNELS.index(row["channel"])
        ] += 1
    for i in determined(known, np.array(sums)) if sums else []:
        together = int((sums[i] * true.ravel()).sum())
        assert together == 0 or together >= FLOOR  # what several hidden cells hold together is not of few


def test_ten_thousand_institutions_take_seconds() -> None:
    rng = np.random.default_rng(5)
    nodes = 10_000
    parent = [-1, *[int(rng.integers(max(0, n // 9 - 20), n // 9 + 1)) for n in range(1, nodes)]]
    ids = [f"{n:05}" for n in range(nodes)]
    tree = build_tree(
        pl.DataFrame({"institution_id": ids, "parent_id": [None if p < 0 else ids[p] for p in parent]})
    )
    own = rng.poisson(1.2, (nodes, 12, 5))
    start = time.perf_counter()
    hiding.patterns(own, Equations(tree), FLOOR, {})
    assert time.perf_counter() - start < 12  # about two on two cores; a year of one breakdown
