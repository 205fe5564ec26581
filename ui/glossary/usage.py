"""On which pages a metric is shown: those whose scripts name it, or a part of their rooms that they draw."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from metrics import METRICS
from ui.menu import PAGES
from ui.parts.contents import Page

ROOT = Path(__file__).parents[2]
SHARED = ("ui.parts", "ui.base", "ui.frame", "ui.paper", "ui.glossary", "ui.menu")


@dataclass(frozen=True)
class _File:
    """What stands at the top of a file, by name, and where its other names come from."""

    own: Mapping[str, ast.AST]
    imported: Mapping[str, tuple[str, str]]  # name → module and name there


@cache
def shown_on() -> dict[str, tuple[str, ...]]:
    """The urls of the pages by metric, in the order of the menu."""
    named = {page.url: {*_declared(page), *_drawn(page)} for page in PAGES if page.metrics}
    return {name: tuple(url for url, names in named.items() if name in names) for name in METRICS}


def _declared(page: Page) -> Iterator[str]:
    yield from page.metrics
    yield from (metric for metric, _ in (*page.cards, *page.below))


def _drawn(page: Page) -> set[str]:
    """The metrics that a page's script names, or what it calls, however far."""
    script = ast.parse((ROOT / page.script).read_text(encoding="utf-8"))
    found, seen = set[str](), set[tuple[str, str]]()
    wanted: list[tuple[ast.AST, _File]] = [(script, _names(script))]
    while wanted:
        node, here = wanted.pop()
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value in METRICS:
                found.add(part.value)
            elif isinstance(part, ast.Name):
                module, name = here.imported.get(part.id, ("", part.id))
                there = _file(module) if module else here
                if name in there.own and (key := (module or str(id(here)), name)) not in seen:
                    seen.add(key)
                    wanted.append((there.own[name], there))
    return found


def _names(tree: ast.Module) -> _File:
    own: dict[str, ast.AST] = {}
    imported: dict[str, tuple[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            own[node.name] = node
        elif isinstance(node, ast.Assign):
            own |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom) and _is_of_a_room(node.module or ""):
            imported |= {alias.asname or alias.name: (str(node.module), alias.name) for alias in node.names}
    return _File(own, imported)


def _is_of_a_room(module: str) -> bool:
    return module.startswith("ui.") and not module.startswith(SHARED)


@cache
def _file(module: str) -> _File:
    return _names(ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")))
