"""Imports between the modules of the package: no cycles, and only from higher layers to lower ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import swiftcore

PACKAGE = Path(swiftcore.__file__).parent

# The packages that are free of cycles, and what each may import beside itself and the modules at the top.
LAYERS = {
    "hub": set(),
}


def modules() -> dict[str, Path]:
    """Return the modules of the package by name, relative to it; a package is named as its folder."""
    paths = {path.relative_to(PACKAGE).with_suffix(""): path for path in PACKAGE.rglob("*.py")}
    return {".".join(name.parts).removesuffix(".__init__"): path for name, path in paths.items()}


MODULES = modules()


def imports(name: str) -> Iterator[str]:
    """Yield the modules that a module imports, at any level and for types alone."""
    path = MODULES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module or "").split(".")
            target = ".".join(filter(None, base))
            for alias in node.names:
                inner = f"{target}.{alias.name}".lstrip(".")
                yield inner if inner in MODULES else target


GRAPH = {name: {each for each in imports(name) if each in MODULES and each != name} for name in MODULES}


def reachable(start: str, among: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for each in GRAPH[waiting.pop()] & among - found:
            found.add(each)
            waiting.append(each)
    return found


def within(package: str) -> set[str]:
    return {name for name in MODULES if name == package or name.startswith(f"{package}.")}


@pytest.mark.parametrize("package", ["hub", "model", "families.models"])
def test_modules_do_not_import_each_other_in_a_circle(package: str) -> None:
    # A package stands for its public names: modules inside import from modules.
    among = within(package) | within("model") - {"model"}
    assert [name for name in sorted(within(package)) if name in reachable(name, among)] == []


@pytest.mark.parametrize("package", LAYERS)
def test_a_layer_imports_only_lower_ones(package: str) -> None:
    targets = {target.split(".")[0] for name in within(package) for target in GRAPH[name]}
    lower = {name for name in MODULES if "." not in name and MODULES[name].name != "__init__.py"}
    assert targets - lower - {package} - LAYERS[package] == set()
