"""What the documents say that no other test runs: names in lines that are not run, and the numbers of rules."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import swiftcore
from support import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Which names of the documents stand for an object of which class.
CLASSES = {"template": swiftcore.Template, "batch": swiftcore.EncodedBatch}
RULE = re.compile(r"^(\d+)\.(\d+)\. ", re.MULTILINE)
CITED = re.compile(r"encoding\.md ((?:\d+\.\d+(?:, | and )?)+)")


def not_run() -> Iterator[tuple[str, str]]:
    """The blocks with lines that are not run."""
    for document in DOCUMENTS:
        for block in BLOCK.finditer(document.read_text("utf-8")):
            if "# not run" in block[1]:
                yield document.name, block[1]


@pytest.mark.parametrize(("name", "block"), list(not_run()))
def test_lines_that_are_not_run_compile_and_name_what_exists(name: str, block: str) -> None:
    tree = ast.parse(block, name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            ours = [alias.name for alias in node.names if alias.name.partition(".")[0] == "swiftcore"]
            assert all(importlib.util.find_spec(module) for module in ours)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            known = swiftcore if node.value.id == "swiftcore" else CLASSES.get(node.value.id)
            assert known is None or hasattr(known, node.attr), f"{name}: {node.value.id}.{node.attr}"


def test_there_are_lines_that_are_not_run() -> None:
    assert len(list(not_run())) >= 3


def test_rules_are_numbered_in_order_and_those_that_are_cited_exist() -> None:
    text = (ROOT / "docs" / "encoding.md").read_text("utf-8")
    rules = [(int(section), int(number)) for section, number in RULE.findall(text)]
    assert [number for _, number in rules] == list(range(1, len(rules) + 1))
    assert sorted(rules) == rules
    known = {f"{section}.{number}" for section, number in rules}
    sources = [
        path for top in ("rust", "python", "tests") for path in (ROOT / top).rglob("*") if path.suffix in (".rs", ".py")
    ]
    cited = {
        (rule, path.name)
        for path in sources
        if path.name != Path(__file__).name
        for found in CITED.findall(path.read_text("utf-8"))
        for rule in re.findall(r"\d+\.\d+", found)
    }
    assert cited
    assert not {(rule, file) for rule, file in cited if rule not in known}
