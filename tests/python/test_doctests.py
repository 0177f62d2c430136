"""Every example in the docstrings and in the documents does what it shows."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import os
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import swiftcore
from hub_server import serving, small_models
from support import ROOT, registries_as_they_were

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def modules() -> Iterator[str]:
    yield "swiftcore"
    for module in pkgutil.walk_packages(swiftcore.__path__, "swiftcore."):
        if not module.name.endswith("__main__"):
            yield module.name


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("name", list(modules()))
def test_docstrings(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        if (error.name or "swiftcore").partition(".")[0] == "swiftcore":
            raise
        pytest.skip(f"needs {error.name}")
    failed = doctest.testmod(module, optionflags=FLAGS).failed
    if name == "swiftcore._native":  # its docstrings are written in Rust, and doctest does not look there
        runner = doctest.DocTestRunner(optionflags=FLAGS)
        for public in vars(module).values():
            text = getattr(public, "__doc__", None) or ""
            if ">>>" in text:
                example = doctest.DocTestParser().get_doctest(text, {}, public.__name__, name, 0)
                failed += runner.run(example).failed
    assert failed == 0


# What each public name is for is shown by an example; a version is a version.
SHOWN = [name for name in swiftcore.__all__ if name != "__version__"]


@pytest.mark.parametrize("name", SHOWN)
def test_every_public_name_has_an_example(name: str) -> None:
    assert ">>>" in (getattr(swiftcore, name).__doc__ or "")


# What trains has a test of its own, which makes the model that it names.
DOCUMENTS = [ROOT / "README.md", *(path for path in sorted(ROOT.glob("docs/**/*.md")) if path.name != "train.md")]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^## ", re.MULTILINE)


@pytest.fixture
def registry() -> Iterator[None]:
    """Forgets what an example registers."""
    with registries_as_they_were():
        yield


@pytest.fixture
def hub(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """What a document downloads comes from a hub on loopback, where models are small."""
    document = request.getfixturevalue("document")
    if "safe_snapshot_download" not in document.read_text("utf-8"):
        yield
        return
    pytest.importorskip("huggingface_hub")
    cache = os.environ["SWIFTCORE_CACHE"]
    with serving(small_models(), tmp_path_factory.mktemp("hub"), monkeypatch):
        monkeypatch.setenv("SWIFTCORE_CACHE", cache)
        yield


@pytest.mark.usefixtures("registry", "hub")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_documents(document: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The blocks of a file run one after the other, in a folder of their own.

    Where torch is not installed, a section ends before the block that imports it.
    """
    text = document.read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    skipped_to = 0
    for block in BLOCK.finditer(text):
        if "import torch" in block[1] and importlib.util.find_spec("torch") is None:
            heading = HEADING.search(text, block.end())
            skipped_to = len(text) if heading is None else heading.start()
        if block.start() < skipped_to:
            continue
        kept = ["" if "# not run" in line else line for line in block[1].splitlines()]
        # Errors name the line of the document.
        code = "\n" * text.count("\n", 0, block.start(1)) + "\n".join(kept)
        if ">>>" in code:
            example = doctest.DocTestParser().get_doctest(code, namespace, document.name, str(document), 0)
            assert doctest.DocTestRunner(optionflags=FLAGS).run(example, clear_globs=False).failed == 0
            namespace.update(example.globs)
        else:
            exec(compile(code, str(document), "exec"), namespace)
