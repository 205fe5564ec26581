"""What a builder may say: words that every engine has and means alike, in its code and in what it calls."""

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

BANNED = {
    "join_asof",
    "over",
    "weekday",
    "round",
    "log",
    "log10",
    "shift",
    "rank",
    "Int32",
    "UInt32",
    "UInt64",
}
TYPED = {"nw.lit(FAR)", "nw.lit(facts.as_of)"}  # a text and a date carry their type
OURS = ("data_access", "metrics")


def functions(*builders: Callable[..., Any]) -> list[FunctionType]:
    """The builders and every function of the project that they name, however deep."""
    found: dict[str, FunctionType] = {}
    waiting = list(builders)
    while waiting:
        one = waiting.pop()
        if isinstance(one, functools.partial):
            waiting += [one.func, *filter(callable, (*one.args, *one.keywords.values()))]
            continue
        one = inspect.unwrap(one)
        if not isinstance(one, FunctionType) or one.__module__.partition(".")[0] not in OURS:
            continue
        name = f"{one.__module__}.{one.__qualname__}:{one.__code__.co_firstlineno}"
        if name not in found:
            found[name] = one
            held = [cell.cell_contents for cell in one.__closure__ or ()]
            waiting += [value for value in (*held, *_named(one)) if callable(value)]
    return list(found.values())


def _named(one: FunctionType) -> Iterator[Any]:
    """What a function's code names among its module's names, and one attribute deep in modules."""
    names = sorted(set(_names(one.__code__)))
    for name in (name for name in names if name in one.__globals__):
        value = one.__globals__[name]
        if isinstance(value, ModuleType):
            yield from (getattr(value, other) for other in names if hasattr(value, other))
        elif isinstance(value, dict):
            yield from value.values()
        else:
            yield value


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def faults(code: str) -> list[str]:
    """What another engine lacks or means otherwise."""
    tree = ast.parse(textwrap.dedent(code))
    found = [f".{n.attr}" for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in BANNED]
    text = ast.unparse(tree)
    if text.count("nw.len()") != text.count("nw.len().cast(nw.Int64)"):
        found.append("nw.len() that is not cast to Int64 at once")
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        said = ast.unparse(call)
        if ast.unparse(call.func) == "nw.lit" and "dtype" not in said and said not in TYPED:
            found.append(f"{said}, a literal of no type")
        if any(k.arg == "how" and "diagonal" in ast.unparse(k.value) for k in call.keywords):
            found.append("concat of frames with unlike columns")
        if isinstance(call.func, ast.Attribute):
            found += _of_method(call, call.func.attr, call.func.value, text)
    return found


def _of_method(call: ast.Call, name: str, of: ast.expr, text: str) -> Iterator[str]:
    """What Spark refuses, or gives another type, of a frame or of an expression."""
    said = ast.unparse(call)
    if name == "unique" and _is_constant(of):
        yield "unique on a constant"
    if name == "with_columns" and not call.keywords and all(map(_may_be_none, call.args)):
        yield f"{said}, which may add nothing"
    # a code that is filled with a bare number is Int32 there
    bare = [value for value in call.args if not isinstance(value, ast.Call)]
    if name == "fill_null" and not said.startswith("pl.") and bare and f"{said}.cast(" not in text:
        yield from (f"{said}, of no type" for value in bare if ast.unparse(value) not in ("0", "False"))


def _may_be_none(value: ast.expr) -> bool:
    """Whether these are columns on a condition that none may fulfil."""
    value = value.value if isinstance(value, ast.Starred) else value
    comprehension = isinstance(value, ast.GeneratorExp | ast.ListComp)
    return comprehension and any(part.ifs for part in value.generators)


def _is_constant(frame: ast.expr) -> bool:
    """Whether a frame is a selection of literals alone."""
    if not (isinstance(frame, ast.Call) and isinstance(frame.func, ast.Attribute)):
        return False
    chosen: Iterable[ast.expr] = [*frame.args, *(keyword.value for keyword in frame.keywords)]
    literal = [ast.unparse(value).startswith(("nw.lit(", "typed(", "whole(", "code(")) for value in chosen]
    return frame.func.attr == "select" and bool(literal) and all(literal)
