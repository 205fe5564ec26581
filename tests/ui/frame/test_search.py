"""Finding an institution: in both languages, by id, by several words, inside a grant, at once."""

import time

import pytest

from data_access.tree import Tree
from data_access.view.grants import NOTHING, grant_of
from data_access.view.store import Store
from ui.frame.search import MOST, matches, meant

NAMES = {  # node by node: above, Chinese, English, id
    0: (-1, "总行", "Head Office", "00"),
    1: (0, "浙江分行", "Zhejiang Branch", "0033"),
    2: (1, "温州分行", "Wenzhou Branch", "003302"),
    3: (2, "鹿城支行", "Lucheng Sub-branch", "00330202"),
    4: (3, "五马街支行", "Wumajie Outlet", "0033020203"),
    5: (2, "五一东路支行", "Wuyidonglu Outlet", "00330204"),
    6: (0, "深圳分行", "Shenzhen Branch", "0083"),
    7: (6, "五一东路支行", "Wuyidonglu Outlet", "008301"),
    8: (6, "A*B支行 (新) [x]\\", "A*B Sub-branch (new) [x]\\", "Z-1.*"),
    9: (6, "宁波支行", "NINGBO Sub-branch", "ab.00"),
}


def tree_of(rows: dict[int, tuple[int, str, str, str]]) -> Tree:
    last = list(range(len(rows)))
    parents = [row[0] for row in rows.values()]
    for node in range(len(rows) - 1, 0, -1):
        last[parents[node]] = max(last[parents[node]], last[node])
    columns = [[row[i] for row in rows.values()] for i in (1, 2, 3)]
    nothing = [None] * len(rows)
    return Tree(
        ids=columns[2],
        names=columns[0],
        names_en=columns[1],
        levels=["outlet"] * len(rows),
        groups=nothing,
        numbers=list(range(len(rows))),
        parent=parents,
        last=last,
        closed=nothing,
        merged=nothing,
        node_of={key: node for node, key in enumerate(columns[2])},
    )


TREE = tree_of(NAMES)
ALL = grant_of(TREE, [0], frozenset())


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("温州", [2]),
        ("wenzhou", [2]),
        ("WENZHOU BRANCH", [2, 3]),  # a sub-branch is below it and called a branch too
        ("ningbo", [9]),
        ("五一东路", [7, 5]),  # upper levels first
        ("深圳 五一东路", [7]),  # the branch above says which
        ("shenzhen wuyidonglu", [7]),
        ("深圳 wuyidonglu", [7]),
        ("五一东路 深圳", []),  # the last word is the institution's own
        ("  五一东路支行   ", [7, 5]),
        ("分行", [1, 6, 2]),
        ("0083", [6, 7]),  # the id itself, then ids that begin so
        ("003302", [2, 3, 5, 4]),
        ("00", [0, 1, 6, 2, 7, 3, 5, 4, 9]),
        ("zhejiang lucheng", [3]),
        ("wzfh", [2]),  # by its initials, 行 read as banks do
        ("wenzhoufenhang", [2]),
        ("zhihang", [7, 8, 9, 3, 5, 4]),
        ("sz wydl", [7]),
        ("wydl", [7, 5]),
        ("A*B", [8]),
        (".*", [8]),
        ("[x]\\", [8]),
        ("(新)", [8]),
        ("%", []),
        ("Atlantis", []),
        ("", []),
        (" \t ", []),
        ("\u3000", []),
    ],
)
def test_matches(text: str, nodes: list[int]) -> None:
    assert matches(TREE, ALL, text) == nodes


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("wzfh", 2),
        ("lucheng", 3),
        ("0083", 6),  # its id, though the id of another begins so
        ("五一东路", 7),  # the other one stands a level lower
        ("温州分行", 2),
        ("支行", None),  # three at one level
        ("z", None),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_one_enter_opens_what_is_meant(text: str, node: int | None) -> None:
    assert meant(TREE, ALL, text) == node


def test_what_is_meant_is_the_readers_own() -> None:
    """The other institution of the name is another's, and leaves no trace in what is found."""
    assert meant(TREE, grant_of(TREE, [5], frozenset()), "五一东路") == 5
    assert meant(TREE, grant_of(TREE, [5], frozenset()), "wzfh") is None


def test_only_inside_the_grant() -> None:
    """Nobody learns by searching what lies elsewhere."""
    branch = grant_of(TREE, [2], frozenset())
    assert matches(TREE, branch, "五一东路") == [5]
    assert matches(TREE, branch, "深圳") == []
    assert matches(TREE, branch, "0083") == []
    assert matches(TREE, branch, "支行") == [3, 5, 4]
    assert matches(TREE, NOTHING, "支行") == []
    two = grant_of(TREE, [4, 7], frozenset())
    assert matches(TREE, two, "支行") == [7, 4]


def test_a_word_above_the_grant_says_nothing_of_others() -> None:
    """The names on the way up may be used to say which one is meant, and find nothing above."""
    branch = grant_of(TREE, [2], frozenset())
    assert matches(TREE, branch, "浙江 五一东路") == [5]
    assert matches(TREE, branch, "浙江") == []


def large_tree(size: int = 10_000) -> Tree:
    rows: dict[int, tuple[int, str, str, str]] = {0: (-1, "总行", "Head Office", "0")}
    branch = middle = 0
    for node in range(1, size):
        if node % 300 == 1:
            branch = middle = node
            rows[node] = (0, f"第{node}分行", f"Branch {node}", f"{node:05}")
        elif node % 20 == 1:
            middle = node
            rows[node] = (branch, f"第{node}二级分行", f"City Branch {node}", f"{node:05}")
        else:
            rows[node] = (middle, f"中山{node}路支行", f"Zhongshan Road {node} Outlet", f"{node:05}")
    return tree_of(rows)


@pytest.mark.parametrize("text", ["中山", "zhongshan outlet", "00777", "branch 301 road", "nobody at all"])
def test_ten_thousand_institutions_answer_at_once(text: str) -> None:
    """At most twenty, in a blink of the processor's time (50 ms; three times that on a slow machine)."""
    tree = large_tree()
    grant = grant_of(tree, [0], frozenset())
    spent = []
    for _ in range(3):
        begun = time.process_time()
        found = matches(tree, grant, text)
        spent.append(time.process_time() - begun)
    assert len(found) <= MOST == 20
    assert min(spent) < 0.15


def test_every_institution_of_the_sample_is_found_by_each_of_its_names(store: Store) -> None:
    tree = store.tree
    grant = grant_of(tree, [0], frozenset())
    for node in range(len(tree)):
        assert matches(tree, grant, tree.ids[node])[0] == node
        for name in (tree.names[node], tree.names_en[node].upper()):
            assert node in matches(tree, grant, name)
