"""Finding an institution by a part of its name, in either language or in pinyin, or of its id."""

from typing import NamedTuple

from data_access.tree import Tree
from data_access.view.grants import Grant

MOST = 20


class Hit(NamedTuple):
    """How well an institution fits: what fits best comes first."""

    rank: int  # 0: so it is called; 1: it begins so; 2: it contains it
    depth: int
    node: int


def matches(tree: Tree, grant: Grant, text: str, most: int = MOST) -> list[int]:
    """The institutions of the reader's scope that fit best, the id itself first, at most so many."""
    return [hit.node for hit in _hits(tree, grant, text)[:most]]


def meant(tree: Tree, grant: Grant, text: str) -> int | None:
    """The one that is meant: none other fits as well at its level or above. None where several do, and
    where a single letter was typed."""
    if len(text.strip()) < 2:
        return None
    hits = _hits(tree, grant, text)
    return hits[0].node if hits and (len(hits) == 1 or hits[0][:2] < hits[1][:2]) else None


def _hits(tree: Tree, grant: Grant, text: str) -> list[Hit]:
    """The id itself, names that begin so, names that contain it; upper levels first. The work is done here,
    so the page never carries the whole tree.

    Several words must all occur, in the name or in that of an institution above it.
    """
    words = text.casefold().split()
    if not words:
        return []
    whole = " ".join(words)
    found = []
    deep: list[int] = []
    spoken: list[str] = []
    spelled = tree.spelled if text.isascii() else [""] * len(tree)
    for node in range(len(tree)):
        above = tree.parent[node]
        deep.append(0 if above < 0 else deep[above] + 1)
        own = f"{tree.names[node]}\n{tree.names_en[node]}\n{tree.ids[node]}\n{spelled[node]}".casefold()
        spoken.append(own if above < 0 else f"{spoken[above]}\n{own}")
        if not grant.covers(node) or words[-1] not in own or not all(word in spoken[node] for word in words):
            continue
        lines = own.split("\n")
        starts = any(line.startswith((words[0], words[-1])) for line in lines)
        found.append(Hit(0 if whole in lines else 1 if starts else 2, deep[node], node))
    return sorted(found)
