"""Invariant 4 at its root: no module outside `tenuto.rights` makes a `Cleared` value."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tenuto

PACKAGE = Path(tenuto.__file__).parent
UNPICKLERS = {"__new__", "replace", "__replace__", "__setattr__", "copy_with"}


def names_of_cleared(tree: ast.AST) -> set[str]:
    """What the class is called in this module: imported, renamed or assigned."""
    names = {"Cleared"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "Cleared"}
        if isinstance(node, ast.Assign) and is_class(node.value, names):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def is_class(node: ast.expr, names: set[str]) -> bool:
    """`Cleared`, `rights.Cleared`, `Cleared[X]`, under any of its names."""
    if isinstance(node, ast.Subscript):
        return is_class(node.value, names)
    if isinstance(node, ast.Attribute):
        return node.attr in names
    return isinstance(node, ast.Name) and node.id in names


def constructions(source: str) -> Iterator[int]:
    """Lines that construct, copy with changes, subclass, or pass the class on as a factory."""
    tree = ast.parse(source)
    names = names_of_cleared(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(is_class(base, names) for base in node.bases):
            yield node.lineno
        if not isinstance(node, ast.Call):
            continue
        asks = _name(node.func) in {"isinstance", "issubclass"}
        if is_class(node.func, names) or _copies(node, names) or (_given(node, names) and not asks):
            yield node.lineno


def _name(func: ast.expr) -> str:
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _given(node: ast.Call, names: set[str]) -> bool:
    """The class itself as an argument: `map(Cleared, …)`, `convert(x, Cleared)`."""
    return any(
        is_class(value, names) for value in [*node.args, *(keyword.value for keyword in node.keywords)]
    )


def _copies(node: ast.Call, names: set[str]) -> bool:
    """`Cleared.__new__(…)`, and `replace(cleared, …)` with one of its fields or a value named so."""
    if isinstance(node.func, ast.Attribute) and is_class(node.func.value, names):
        return node.func.attr in UNPICKLERS
    if _name(node.func) != "replace":
        return False
    subject = _name(node.args[0]) if node.args else ""
    return "cleared" in subject.lower() or any(keyword.arg == "subject" for keyword in node.keywords)


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] != "rights"]


def test_no_other_module_constructs_cleared() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in modules()
        for line in constructions(path.read_text("utf-8"))
    ]
    assert not found, f"only tenuto.rights may construct Cleared: {found}"


def test_only_one_place_in_rights_constructs_it() -> None:
    files = sorted((PACKAGE / "rights").rglob("*.py"))
    found = [path.name for path in files for _ in constructions(path.read_text("utf-8"))]
    assert found == ["decide.py"]


@pytest.mark.parametrize(
    "source",
    [
        "Cleared(x, y, z)",
        "Cleared[int](x, y, z)",
        "rights.Cleared(x, y, z)",
        "from tenuto.model.rights import Cleared as C\nC(x, y, z)",
        "Made = Cleared\nMade(x, y, z)",
        "Made = Cleared[int]\nMade(x, y, z)",
        "object.__new__(Cleared)",
        "Cleared.__new__(Cleared)",
        "map(Cleared, xs, ys, zs)",
        "partial(Cleared, licence='MIT')",
        "replace(cleared, licence='MIT')",
        "dataclasses.replace(decision, subject=other)",
        "msgspec.convert(raw, type=Cleared)",
        "class Mine(Cleared[int]): ...",
    ],
)
def test_the_scan_finds(source: str) -> None:
    assert list(constructions(source))


@pytest.mark.parametrize(
    "source", ["isinstance(x, Cleared)", "def f(x: Cleared[int]) -> None: ...", "replace(row, title='x')"]
)
def test_the_scan_lets_pass(source: str) -> None:
    assert not list(constructions(source))
