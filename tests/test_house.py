"""The house keeps its order: rooms that one can walk through, one way of imports, rights in one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("data_access", "metrics", "charts", "ui", "pages", "sample_data", "bench")
FILES = sorted(file for folder in PRODUCT for file in (ROOT / folder).rglob("*.py"))
MOST_FILES, MOST_LINES = 25, 300
# what a module holds is a noun; what was done to it, or that there is more of it, says nothing
NO_NOUNS = {
    *("asked", "known", "learned", "listed", "live", "more"),
    *("prepared", "printed", "spoken", "withheld"),
}


def modules(file: Path) -> Iterator[str]:
    """The modules of the product that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def package(file: Path) -> str:
    return ".".join(file.parent.relative_to(ROOT).parts)


def edges(files: list[Path]) -> set[tuple[str, str]]:
    """Which package imports which; a package and those inside it are one house."""
    packages = {package(file) for file in files}
    found = set()
    for file in files:
        here = package(file)
        for name in modules(file):
            parts = name.split(".")
            there = next(
                (p for n in range(len(parts), 0, -1) if (p := ".".join(parts[:n])) in packages), here
            )
            if not (here + ".").startswith(there + ".") and not (there + ".").startswith(here + "."):
                found.add((here, there))
    return found


def mutual(pairs: set[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(pair for pair in pairs if pair[0] < pair[1] and pair[::-1] in pairs)


def test_no_folder_holds_more_files_than_one_sees_at_once() -> None:
    folders = {file.parent for file in FILES}
    full = {
        str(folder): n for folder in folders if (n := sum(f.parent == folder for f in FILES)) > MOST_FILES
    }
    assert full == {}


def test_no_file_passes_300_lines_and_the_formatter_is_nowhere_off() -> None:
    files = [*FILES, ROOT / "cockpit.py", ROOT / "app.py", *sorted((ROOT / "tests").rglob("*.py"))]
    words = ("fmt: " + "skip", "fmt: " + "off")
    texts = {file: file.read_text("utf-8") for file in files}
    assert [str(file) for file, text in texts.items() if len(text.splitlines()) > MOST_LINES] == []
    assert [str(file) for file, text in texts.items() if any(word in text for word in words)] == []


def test_modules_are_named_by_what_they_hold() -> None:
    names = {part for file in FILES for part in file.stem.split("_")}
    assert names & NO_NOUNS == set()


def test_no_two_packages_import_each_other() -> None:
    assert mutual(edges(FILES)) == []


def test_the_first_word_of_a_metric_is_its_folder() -> None:
    from metrics import METRICS

    for name, metric in METRICS.items():
        first = name.partition(".")[0]
        assert metric.compute.__module__.split(".")[:2] == ["metrics", first], name


@pytest.mark.parametrize("word", ["Grant", "grant_of"])
def test_grants_are_made_in_one_place(word: str) -> None:
    makers = [
        str(file.relative_to(ROOT))
        for file in [*FILES, ROOT / "cockpit.py"]
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == word
    ]
    assert set(makers) == {"data_access/view/grants.py"}


def test_the_lints_see_a_deliberate_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_house.ROOT", tmp_path)
    made = {
        "ui/a/one.py": "from ui.b import two",
        "ui/b/two.py": "import ui.a.one",
        "ui/main.py": "import ui.a",
    }
    for name, text in made.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert mutual(edges(sorted(tmp_path.rglob("*.py")))) == [("ui.a", "ui.b")]


def test_nothing_is_cached_by_frame_and_answers_are_kept_under_the_scope() -> None:
    """A cached function takes plain values; what a view remembers is kept under its scope, with the grant of
    whoever may not view the institution whole. Answers of several institutions are of the whole bank, and a
    look takes its own out of them only where it may view that whole."""
    caches, frames = ("cache", "lru_cache", "cache_data", "cache_resource"), ("Frame", "Series", "View")
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                word in ast.unparse(made).replace("(", ".").split(".")
                for made in node.decorator_list
                for word in caches
            ):
                taken = [ast.unparse(arg.annotation) for arg in node.args.args if arg.annotation]
                assert not [one for one in taken if any(word in one for word in frames)], (file, node.name)
    askers = {
        str(file.relative_to(ROOT)): source
        for file in FILES
        if "answers.get(" in (source := file.read_text("utf-8"))
    }
    assert askers.keys() == {
        f"data_access/view/{name}.py" for name in ("view", "protection", "others", "together")
    }
    assert "answers.get((*self.scope.key," in askers["data_access/view/view.py"]
    scope = (ROOT / "data_access/view/scope.py").read_text("utf-8")
    assert "grant = None if self.grant.covers(self.node) else self.grant" in scope
    assert "looked_at_whole = self.grant.covers(self.node) and not self.without" in scope
    together = askers["data_access/view/together.py"]
    assert "scope.beside(by)" in together and "*wide.scope.key" in together
    assert 'answers.get(("hidden", name' in askers["data_access/view/protection.py"]  # of the whole bank
    others = askers["data_access/view/others.py"]  # of the whole bank too: what peers are compared by
    assert others.count("answers.get(") == others.count("compared_at(0)")
