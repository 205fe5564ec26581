"""A mark of the code that a builder is made of: its module and what that imports from the project."""

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def source_mark(module: str, root: Path = ROOT) -> str:
    """A hash of a module's source and, however far, of what it imports from the project."""
    found: dict[str, bytes] = {}
    wanted = [module]
    while wanted:
        name = wanted.pop()
        file = _file(name, root)
        if file is not None and name not in found:
            text = file.read_bytes()
            found[name] = hashlib.sha256(text).digest()
            wanted += _imported(text)
    return hashlib.sha256(b"".join(found[name] for name in sorted(found))).hexdigest()


def _file(module: str, root: Path) -> Path | None:
    """Where a module of the project lies; None for those of others."""
    place = root.joinpath(*module.split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if file.is_file()), None)


@cache
def _imported(text: bytes) -> tuple[str, ...]:
    """Every module that a source may mean: of `from a import b` both a and a.b."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    return tuple(found)
