"""What the tests of ms-swift's integration share. They touch no cache of the user's, and need no network."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings

import pytest

_CACHE = tempfile.mkdtemp(prefix="swiftcore-tests-")
os.environ["SWIFTCORE_CACHE"] = f"{_CACHE}/swiftcore"
os.environ["MODELSCOPE_CACHE"] = f"{_CACHE}/modelscope"
os.environ["HF_HOME"] = f"{_CACHE}/hf"
os.environ["HF_DATASETS_OFFLINE"] = os.environ["HF_HUB_OFFLINE"] = "1"

pytest.importorskip("swift.template", reason="ms-swift is not installed: make test-integrations installs it")


def pytest_unconfigure() -> None:
    shutil.rmtree(_CACHE, ignore_errors=True)


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Templates that are handed over as a whole say so in a warning; the tests that look for it catch it."""
    warnings.simplefilter("ignore")
