"""What an integration says where its package is missing, or of a version that was not tested."""

from __future__ import annotations

import sys
import warnings
from types import SimpleNamespace

import pytest
from swiftcore import _require
from swiftcore._require import require


@pytest.fixture
def version(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(_require, "_WARNED", set())
    monkeypatch.setattr(_require.metadata, "version", lambda package: "14.2.1")
    return "14.2.1"


def test_a_tested_version(version: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for tested in ([("14", "15")], [("13.1", "14.2.2"), ("15", "16")], [("14.2.1", "14.3")]):
            assert require("rich", "this", tested) is sys.modules["rich"]


def test_a_version_that_was_not_tested_warns_once(version: str) -> None:
    text = r"this was not tested with rich 14\.2\.1; if it fails, pip install 'rich>=15,<16' \(tested: >=15,<16\)"
    with pytest.warns(UserWarning, match=text):
        require("rich", "this", [("15", "16")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        require("rich", "this", [("15", "16")])
    with pytest.warns(UserWarning, match="tested: >=12,<13 or >=13,<14.2.1"):
        require("rich", "that", [("12", "13"), ("13", "14.2.1")])


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportError, match="this needs ms-none, which is not installed: pip install 'ms-none>=4,<5'"):
        require("ms-none", "this", [("4", "5")], module="none_such")
    with pytest.raises(ImportError, match=r"pip install 'swiftcore\[torch\]' or 'none-such>=4,<5'"):
        require("none-such", "this", [("4", "5")], extra="torch")


def test_a_package_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    with pytest.raises(ImportError, match="this needs rich, which (is not installed|cannot be imported)"):
        require("rich", "this", [("13", "15")])


def test_a_chat_template_without_jinja(monkeypatch: pytest.MonkeyPatch) -> None:
    from swiftcore import Tokenizer
    from swiftcore.template.fitting import fitting_template
    from swiftcore.tokenizer import packaged_tokenizer

    monkeypatch.setitem(sys.modules, "jinja2", None)
    nameless = SimpleNamespace(chat_template="{{ messages }}", name_or_path="")
    with pytest.raises(ImportError, match="telling the template by .* needs jinja2.*pip install 'jinja2>=3.1,<4'"):
        fitting_template(nameless, Tokenizer.from_file(packaged_tokenizer("deepseek")))
