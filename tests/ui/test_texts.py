"""Nothing is decided by a text: no code compares, cuts or searches what was translated for a reader."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])
TRANSLATED = ("t", "counted", "error_text", "verdict_word")
CUTS = ("endswith", "startswith", "split", "rsplit", "partition", "rpartition", "replace")
CUTS += ("removesuffix", "removeprefix", "strip", "rstrip", "lstrip", "find", "index")


def is_text(node: ast.AST) -> bool:
    """Whether it is a text in the reader's language, also within brackets, a list or a choice of two."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in TRANSLATED
    if isinstance(node, ast.IfExp):
        return is_text(node.body) or is_text(node.orelse)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(is_text, node.elts))
    return False


def read_texts(source: str) -> Iterator[int]:
    """The lines in which a translated text is compared, cut or searched."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CUTS:
            sides = [node.func.value, *node.args]
        elif isinstance(node, ast.Subscript) and not isinstance(node.value, ast.List | ast.Tuple):
            sides = [node.value]
        else:
            continue
        if any(map(is_text, sides)):
            yield node.lineno


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_is_read_again(path: Path) -> None:
    assert not list(read_texts(path.read_text("utf-8")))


@pytest.mark.parametrize(
    "broken",
    [
        'if missing == t("too few answers, not shown"): pass',
        'if t("not significant") != word: pass',
        'if word in (t("better"), t("worse")): pass',
        'first, _, rest = sentence.partition(t(", "))',
        'said = t("This is kept for the last {n} months only.", n=13).rstrip(".")',
        'if text.endswith(counted(n, "{n} case", "{n} cases")): pass',
        'unit = t("{amount} {unit}", amount=1, unit="M")[2:]',
    ],
)
def test_the_rule_sees_a_text_that_is_read(broken: str) -> None:
    assert list(read_texts(broken)) == [1]


def test_the_rule_leaves_texts_that_are_only_said() -> None:
    said = 'said = t(", ").join(names) + t("Other") if row["word"] == "other" else name.replace("-", "–")'
    assert not list(read_texts(said))
