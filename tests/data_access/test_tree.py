"""The institution tree against naive walks, and what it refuses by name."""

import random
import time
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.build.build import build
from data_access.errors import DataError
from data_access.intake.config import read_config
from data_access.tree import Tree, build_tree, intersect, merge_ranges, versions
from data_access.view.store import open_store
from metrics import CONTRACT

CHINA = Path(__file__).resolve().parents[3] / "shared" / "real" / "china_divisions"


def table(*rows: tuple[object, ...], columns: str = "institution_id parent_id") -> pl.DataFrame:
    return pl.DataFrame(rows, schema=columns.split(), orient="row", infer_schema_length=None)


def random_parents(seed: int, size: int) -> dict[str, str | None]:
    """A tree whose ids and rows stand in no order."""
    rng = random.Random(seed)
    ids = [f"{rng.randrange(10**9):09}-{number}" for number in range(size)]
    return {key: rng.choice(ids[max(0, i - 4) : i]) if i else None for i, key in enumerate(ids)}


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10**6), st.integers(1, 40))
def test_a_tree_equals_naive_walks(seed: int, size: int) -> None:
    parents = random_parents(seed, size)
    rows = list(parents.items())
    random.Random(seed).shuffle(rows)
    tree = build_tree(table(*rows))

    def path(key: str) -> list[str]:
        above = parents[key]
        return [*path(above), key] if above else [key]

    def below(key: str) -> list[str]:
        children = sorted(child for child, above in parents.items() if above == key)
        return [key, *[inner for child in children for inner in below(child)]]

    root = next(key for key, above in parents.items() if above is None)
    assert list(tree.ids) == below(root)  # preorder, siblings by id
    for key in parents:
        node = tree.node_of[key]
        first, last = tree.subtree(node)
        assert list(tree.ids[first : last + 1]) == below(key)
        assert [tree.ids[child] for child in tree.children(node)] == sorted(
            child for child, above in parents.items() if above == key
        )
        assert [tree.ids[step] for step in tree.path(node)] == path(key)
        for other in parents:
            shared = [step for step in path(key) if step in path(other)]
            assert tree.ids[tree.common_ancestor(node, tree.node_of[other])] == shared[-1]
    pairs = {(tree.ids[a], tree.ids[b]) for a, b in tree.ancestors(2).iter_rows()}
    assert pairs == {(key, above) for key in parents for above in path(key) if len(below(above)) > 2}


def test_levels_of_a_ragged_tree() -> None:
    """An outlet directly below a branch; nothing inside another of the same level."""
    tree = build_tree(
        table(
            ("0", None, "head_office"),
            ("1", "0", "branch_1"),
            ("11", "1", "outlet"),
            ("12", "1", "branch_2"),
            ("121", "12", "outlet"),
            ("1211", "121", "outlet"),
            ("2", "0", "outlet"),
            columns="institution_id parent_id level",
        )
    )
    assert [tree.ids[node] for node in tree.at_level(0, "outlet")] == ["11", "121", "2"]
    assert tree.levels_below(0) == ["branch_1", "outlet", "branch_2"]
    assert tree.levels_below(tree.node_of["12"]) == ["outlet"]
    assert tree.levels_below(tree.node_of["2"]) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], ["no row"]),
        ([("0", None), ("1", None), ("2", "0")], ["2 institutions", "“0”", "“1”", "parent_id"]),
        ([("0", None), ("1", "9")], ["row 2", "“1”", "parent_id", "“9”"]),
        ([("0", None), ("a", "c"), ("b", "a"), ("c", "b")], ["circle", "a → c → b → a"]),
        ([("0", None), ("a", "a")], ["circle", "a → a"]),
        ([("a", "b"), ("b", "a")], ["circle"]),  # no head office at all
        ([("0", None), ("1", "0"), ("1", "0")], ["“1”", "twice"]),
    ],
)
def test_what_is_no_tree_is_refused_by_name(rows: list[tuple[object, ...]], words: list[str]) -> None:
    frame = table(*rows) if rows else pl.DataFrame(schema={"institution_id": pl.String})
    with pytest.raises(DataError) as error:
        build_tree(frame)
    for word in words:
        assert word in str(error.value)


VERSIONED = table(
    ("0", None, None, None, None),
    ("north", "0", None, None, None),
    ("south", "0", None, None, None),
    ("7", "north", None, date(2025, 6, 30), None),
    ("7", "south", date(2025, 7, 1), None, None),  # went over to the south in July 2025
    ("8", "north", None, date(2025, 12, 31), "7"),  # ended; 7 took its customers over
    columns="institution_id parent_id valid_from valid_to merged_into",
)


def below(tree: Tree, key: str) -> list[str]:
    return [tree.ids[node] for node in tree.children(tree.node_of[key])]


def test_versions_of_a_tree() -> None:
    """As now: the latest row, and what was merged below its taker. On a day: the rows in force."""
    assert versions(VERSIONED) == [None, date(2025, 7, 1)]
    now = build_tree(VERSIONED)
    assert (below(now, "north"), below(now, "south"), below(now, "7")) == ([], ["7"], ["8"])
    june = build_tree(VERSIONED, date(2025, 6, 30))
    assert (below(june, "north"), below(june, "south")) == (["7", "8"], [])
    july = build_tree(VERSIONED, date(2025, 7, 1))
    assert (below(july, "north"), below(july, "south"), below(july, "7")) == (["8"], ["7"], [])
    later = build_tree(VERSIONED, date(2026, 1, 1))
    assert "8" not in later.ids


def test_a_merger_that_names_nobody_is_refused() -> None:
    frame = table(("0", None, None), ("1", "0", "5"), columns="institution_id parent_id merged_into")
    with pytest.raises(DataError, match=r"row 2, “1”: merged_into “5”"):
        build_tree(frame)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6))),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6))),
)
def test_ranges_are_sets_of_nodes(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    def nodes(ranges: object) -> set[int]:
        return {node for first, last in ranges for node in range(first, last + 1)}  # type: ignore[attr-defined]

    left = merge_ranges((first, first + width) for first, width in a)
    right = merge_ranges((first, first + width) for first, width in b)
    assert nodes(left) == {node for first, width in a for node in range(first, first + width + 1)}
    assert nodes(intersect(left, right)) == nodes(left) & nodes(right)
    for ranges in (left, right, intersect(left, right)):
        assert all(one[1] + 1 < two[0] for one, two in pairwise(ranges))


@pytest.mark.skipif(not CHINA.is_dir(), reason=f"China's divisions are not at {CHINA}")
def test_all_divisions_of_china() -> None:
    """44,704 institutions, many with the same name; 2 s, with air."""
    frames = [
        pl.DataFrame(
            {"code": ["0"], "name": ["全国"], "parent": [None]}, schema_overrides={"parent": pl.String}
        )
    ]
    for file, parent in (
        ("provinces", None),
        ("cities", "provinceCode"),
        ("areas", "cityCode"),
        ("streets", "areaCode"),
    ):
        frame = pl.read_csv(CHINA / f"{file}.csv", infer_schema=False)
        above = pl.col(parent) if parent else pl.lit("0")
        frames.append(frame.select("code", "name", parent=above))
    rows = pl.concat(frames).rename({"code": "institution_id", "parent": "parent_id"})
    start = time.perf_counter()
    tree = build_tree(rows)
    assert time.perf_counter() - start < 6
    assert len(tree) == 44_704
    assert len(tree.children(0)) == 31
    assert tree.subtree(0) == (0, 44_703)
    zhejiang = tree.node_of["33"]
    first, last = tree.subtree(zhejiang)
    assert all(key.startswith("33") for key in tree.ids[first : last + 1])
    assert last - first + 1 == sum(key.startswith("33") for key in rows["institution_id"])
    spent = []
    for node in range(0, len(tree), 40):
        start = time.perf_counter()
        tree.subtree(node)
        spent.append(time.perf_counter() - start)
    assert sorted(spent)[len(spent) // 2] < 50e-6


@pytest.mark.skipif(not CHINA.is_dir(), reason=f"China's divisions are not at {CHINA}")
def test_equal_names_are_refused_with_their_ids(tmp_path: Path) -> None:
    """An institution is named by its id or by a name that only it has."""
    cities = pl.read_csv(CHINA / "cities.csv", infer_schema=False)
    (tmp_path / "rows.csv").write_text(
        "institution_id,parent_id,name\n0,,全国\n"
        + "\n".join(f"{code},0,{name}" for code, name, _ in cities.iter_rows())
    )
    (tmp_path / "deals.csv").write_text(
        "opportunity_id,institution_id,outcome,created_on\n1,1101,open,2026-01-05\n"
    )
    (tmp_path / "cockpit.toml").write_text(
        '[tables.institutions]\ncsv = "rows.csv"\n[tables.opportunities]\ncsv = "deals.csv"\n'
    )
    config = read_config(tmp_path / "cockpit.toml", CONTRACT)
    build(config, [], date(2026, 2, 1), lambda _step, _share: None)
    store = open_store(config)
    with pytest.raises(Exception, match=r"市辖区.* is the name of") as error:
        store.find("市辖区")
    assert "1101" in str(error.value)
    assert store.tree.ids[store.find("杭州市")] == "3301"
