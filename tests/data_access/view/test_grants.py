"""Who may see what: by hand, and 10,000 random trees, rights and looks against an oracle of twenty lines."""

import random
from datetime import date, timedelta

import polars as pl
import pytest

from data_access.tree import Tree, build_tree
from data_access.view.grants import (
    ADMIN,
    CUSTOMERS,
    EXPORT,
    NOTHING,
    PERMISSIONS,
    UNMASK,
    VIEW,
    Right,
    as_seen_by,
    everything,
    granted,
)

DAY = date(2026, 11, 20)


def tree_of(parents: dict[str, str | None]) -> Tree:
    return build_tree(
        pl.DataFrame(
            {
                "institution_id": list(parents),
                "parent_id": list(parents.values()),
                "institution_no": range(len(parents)),
            },
            schema={"institution_id": pl.String, "parent_id": pl.String, "institution_no": pl.Int64},
        )
    )


TREE = tree_of({"H": None, "A": "H", "A1": "A", "A2": "A", "B": "H", "B1": "B", "C": "H"})


def right(user: str, institution: str, *permissions: str, **more: object) -> Right:
    return Right(
        user=user,
        institution=institution,
        permissions=frozenset({VIEW, *permissions}),
        **more,  # type: ignore[arg-type]
    )


def ids(tree: Tree, ranges: tuple[tuple[int, int], ...]) -> set[str]:
    return {tree.ids[node] for first, last in ranges for node in range(first, last + 1)}


def test_rights_add_up_and_permissions_stay_where_they_were_given() -> None:
    rights = [right("u", "A", CUSTOMERS), right("u", "B1", EXPORT), right("v", "H")]
    grant = granted(TREE, rights, "u", DAY)
    assert ids(TREE, grant.ranges) == {"A", "A1", "A2", "B1"}
    assert ids(TREE, grant.of(CUSTOMERS)) == {"A", "A1", "A2"}
    assert grant.may(EXPORT, TREE, TREE.node_of["B"])  # of B he sees B1 alone, and may take that along
    assert not grant.may(EXPORT, TREE, TREE.node_of["H"])
    assert TREE.ids[grant.home] == "H"
    assert granted(TREE, rights[:1], "u", DAY).home == TREE.node_of["A"]


@pytest.mark.parametrize(
    "rights",
    [
        [],
        [right("other", "H")],
        [right("u", "X")],
        [right("u", "H", valid_to=DAY - timedelta(days=1))],
        [right("u", "H", valid_from=DAY + timedelta(days=1))],
        [right("u", "H", granted_by="nobody")],
        [right("u", "H", granted_by="u")],
        [right("u", "H", granted_by="w"), right("w", "H", granted_by="u")],
        [right("u", "H", granted_by="w"), right("w", "A", ADMIN)],
        [right("u", "A1", EXPORT, granted_by="w"), right("w", "A", ADMIN)],
        [right("u", "A1", granted_by="w"), right("w", "A", ADMIN, valid_to=date(2026, 1, 1))],
    ],
)
def test_no_right_that_holds_nothing_to_see(rights: list[Right]) -> None:
    assert granted(TREE, rights, "u", DAY) == NOTHING
    assert granted(TREE, rights, None, DAY) == NOTHING


def test_whoever_administers_grants_within_his_own_ranges() -> None:
    rights = [
        right("w", "A", ADMIN, CUSTOMERS),
        right("u", "A1", CUSTOMERS, granted_by="w"),
        right("u", "B", granted_by="w"),
        right("d", "A1", ADMIN, granted_by="w"),
        right("u", "A2", granted_by="d"),
    ]
    grant = granted(TREE, rights, "u", DAY)
    assert ids(TREE, grant.ranges) == ids(TREE, grant.of(CUSTOMERS)) == {"A1"}


def test_an_administrator_looks_as_another_only_where_he_administers_and_may_himself() -> None:
    admin = granted(TREE, [right("w", "A", ADMIN), right("w", "B", CUSTOMERS)], "w", DAY)
    user = granted(TREE, [right("u", "A1", CUSTOMERS), right("u", "B")], "u", DAY)
    seen = as_seen_by(TREE, user, admin)
    assert (ids(TREE, seen.ranges), seen.of(CUSTOMERS), seen.home) == ({"A1"}, (), TREE.node_of["A1"])


def test_at_a_machine_of_ones_own_all_but_names() -> None:
    grant = everything(TREE)
    assert all(grant.may(name, TREE, 0) for name in PERMISSIONS if name != UNMASK)
    assert not grant.of(UNMASK)


def oracle(parents: dict[str, str | None], rights: list[Right], user: str, permission: str) -> set[str]:
    """Institutions with a permission, in the words of the table: up from each to one that a right names."""

    def above(key: str | None) -> list[str]:
        return [] if key is None else [key, *above(parents[key])]

    def has(who: str, what: str, key: str, live: list[Right]) -> bool:
        return any(r.user == who and what in r.permissions and r.institution in above(key) for r in live)

    now = [r for r in rights if r.institution in parents and r.holds_on(DAY)]
    live = [r for r in now if r.granted_by is None]
    for _ in now:
        for r in now:
            needed = {VIEW, ADMIN} | r.permissions
            if r not in live and all(has(str(r.granted_by), p, r.institution, live) for p in needed):
                live.append(r)
    return {key for key in parents if has(user, permission, key, live)}


def test_ten_thousand_random_banks_and_rights_equal_the_oracle() -> None:
    rng = random.Random(13)
    for _ in range(10_000):
        keys = [f"i{number}" for number in range(rng.randint(1, 9))]
        parents = {key: rng.choice(keys[:at]) if at else None for at, key in enumerate(keys)}
        tree = tree_of(parents)
        rights = [
            right(
                rng.choice("uvw"),
                rng.choice([*keys, "gone"]),
                *rng.sample(PERMISSIONS, rng.randint(0, 3)),
                valid_from=rng.choice([None, DAY, DAY + timedelta(days=1)]),
                valid_to=rng.choice([None, DAY, DAY - timedelta(days=1)]),
                granted_by=rng.choice([None, None, *"uvw"]),
            )
            for _ in range(rng.randint(0, 6))
        ]
        grant = granted(tree, rights, "u", DAY)
        for permission in PERMISSIONS:
            assert ids(tree, grant.of(permission)) == oracle(parents, rights, "u", permission)
        for key in keys:
            below = {other for other in keys if tree.node_of[key] in tree.path(tree.node_of[other])}
            seen = below & oracle(parents, rights, "u", VIEW)
            may = bool(seen) and seen <= oracle(parents, rights, "u", EXPORT)
            assert grant.may(EXPORT, tree, tree.node_of[key]) == may
