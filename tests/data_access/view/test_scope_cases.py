"""Ten thousand random looks: trees, moves of institutions, users with any number of rights, exclusions,
levels; no node outside the scope is ever read. Ten faults written into the code are each found."""

import importlib
import random
import sys
import types
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from data_access.tree import Tree, build_tree
from data_access.view import grants, rows
from data_access.view.grants import PERMISSIONS, VIEW, Right

DAY = date(2026, 11, 20)
LEVELS = ("a", "b", "c")


@dataclass(frozen=True)
class FakeStore:
    tree: Tree


def random_tree(rng: random.Random) -> tuple[dict[str, str | None], Tree]:
    """Institutions with levels; one that was merged hangs below the one that took it over."""
    keys = [f"i{number}" for number in range(rng.randint(1, 10))]
    parents = {key: rng.choice(keys[:at]) if at else None for at, key in enumerate(keys)}
    merged = rng.choice(keys[1:]) if len(keys) > 2 and rng.random() < 0.3 else None
    into = rng.choice([key for key in keys if key != merged]) if merged else None
    frame = pl.DataFrame(
        {
            "institution_id": keys,
            "parent_id": list(parents.values()),
            "level": [rng.choice(LEVELS) for _ in keys],
            "closed_on": [DAY if key == merged else None for key in keys],
            "merged_into": [into if key == merged else None for key in keys],
            "institution_no": range(len(keys)),
        },
        schema_overrides={"parent_id": pl.String, "closed_on": pl.Date, "merged_into": pl.String},
    )
    try:
        tree = build_tree(frame)
    except Exception:  # merged into one below itself: no tree
        return random_tree(rng)
    return {
        key: (tree.ids[up] if (up := tree.parent[tree.node_of[key]]) >= 0 else None) for key in keys
    }, tree


def below(parents: dict[str, str | None], key: str) -> set[str]:
    """The institution and all below it, going up from each."""
    found = set()
    for other in parents:
        at: str | None = other
        while at is not None and at != key:
            at = parents[at]
        if at == key:
            found.add(other)
    return found


def expected(parents: dict[str, str | None], rights: list[Right], node: str, without: list[str]) -> set[str]:
    """What user u may read of an institution: rights of today, less what is left out."""
    seen: set[str] = set()
    for right in rights:
        live = right.valid_to is None or right.valid_to >= DAY
        if live and right.user == "u" and right.institution in parents:
            seen |= below(parents, right.institution)
    for out in without:
        seen -= below(parents, out)
    return seen & below(parents, node)


def read_of(tree: Tree, group: Any) -> set[str]:
    """The institutions whose own bookings a group reads (the part of corrections aside)."""
    return {
        tree.ids[node]
        for piece in group.pieces
        if piece.part != 1
        for first, last in piece.ranges
        for node in range(first, last + 1)
    }


def check_cases(number: int, grants: Any, rows: Any, seed: int = 13) -> None:
    rng = random.Random(seed)
    for _ in range(number):
        parents, tree = random_tree(rng)
        keys = list(parents)
        rights = [
            grants.Right(
                user=rng.choice("uuv"),
                institution=rng.choice([*keys, "gone"]),
                permissions=frozenset({VIEW, *rng.sample(PERMISSIONS, rng.randint(0, 2))}),
                valid_to=rng.choice([None, None, DAY, date(2026, 1, 1)]),
            )
            for _ in range(rng.randint(0, 4))
        ]
        grant = grants.granted(tree, rights, "u", DAY)
        node = rng.choice(keys)
        without = rng.sample(keys, rng.choice([0, 0, 1, min(2, len(keys))]))
        out = tuple(tree.node_of[key] for key in without)
        wanted = expected(parents, rights, node, without)
        for by in (None, "children", f"level:{rng.choice(LEVELS)}"):
            groups = rows.groups_of(FakeStore(tree), grant, tree.node_of[node], by, out)
            read = [read_of(tree, group) for group in groups]
            assert set().union(*read) == wanted, (by, parents, rights, node, without)
            assert sum(map(len, read)) == len(wanted)  # nobody is counted twice
            for group, found in zip(groups, read, strict=True):
                assert group.node is None or found == below(parents, tree.ids[group.node])


def test_no_node_outside_the_scope_is_ever_read() -> None:
    check_cases(3_400, grants, rows)  # three ways to break down: more than ten thousand looks


MUTANTS = (
    ("grants", "and right.holds_on(day)]", "]"),
    ("grants", "if user and right.user == user", "if user"),
    ("grants", "right.institution in tree.node_of and ", ""),
    ("grants", "return (self.valid_from or day) <= day <= (self.valid_to or day)", "return True"),
    ("rows", "yield Piece(((node, node),), part=0)", "yield Piece(((node, last),), part=0)"),
    ("rows", "allowed = intersect(grant.ranges, ((first, last),))", "allowed = ((first, last),)"),
    (
        "rows",
        "if any(at <= node <= store.tree.last[at] for at in out):\n        return",
        "if False:\n        return",
    ),
    ("rows", "inside = tuple(at for at in out if first <= at <= last)", "inside = ()"),
    ("rows", "if grant.covers(node) and not _holds(tree, out, node):", "if True:"),
    ("rows", "    if grant.covers(node):\n        yield", "    if True:\n        yield"),
    ("rows", "left = [(_minus(piece.ranges, covered), piece.part)", "left = [(piece.ranges, piece.part)"),
    ("rows", "is_whole = len(pieces) == 1 and pieces[0].node == node", "is_whole = True"),
)


def mutated(name: str, old: str, new: str) -> ModuleType:
    """The module with a fault in it."""
    module = {"grants": grants, "rows": rows}[name]
    source = Path(str(module.__file__)).read_text("utf-8")
    assert source.count(old) == 1, (name, old)
    fault = types.ModuleType(f"{module.__name__}_fault")
    sys.modules[fault.__name__] = fault
    exec(compile(source.replace(old, new), fault.__name__, "exec"), fault.__dict__)
    return fault


@pytest.mark.parametrize("number", range(len(MUTANTS)))
def test_every_fault_in_the_scope_is_found(number: int) -> None:
    name, old, new = MUTANTS[number]
    fault = mutated(name, old, new)
    here = {"grants": grants, "rows": rows} | {name: fault}
    with pytest.raises((AssertionError, KeyError, IndexError)):
        check_cases(1_000, here["grants"], here["rows"])
    importlib.invalidate_caches()
