"""What the tests share. They never touch the user's cache, and need neither a network nor a home folder."""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from hypothesis import HealthCheck, settings
from support import registries_as_they_were, shared_folder

# A shell that runs the tests in the background has them ignore Ctrl-C, and with them the commands that they interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# One cache for all workers of a run, which inherit the variable, so that each tokenizer is made and probed once.
_IS_OURS = "SWIFTCORE_TESTS_CACHE" not in os.environ
_CACHE = tempfile.mkdtemp(prefix="swiftcore-tests-") if _IS_OURS else os.environ["SWIFTCORE_TESTS_CACHE"]
os.environ["SWIFTCORE_TESTS_CACHE"] = os.environ["SWIFTCORE_CACHE"] = _CACHE

# No deadlines: the machines that run tests are busy with other things too.
settings.register_profile("swiftcore", deadline=None, suppress_health_check=list(HealthCheck), database=None)
settings.load_profile("swiftcore")


# Continuous integration installs these. A test that is skipped for want of one of them would test nothing there.
_INSTALLED_IN_CI = (
    *("accelerate", "datasets", "huggingface_hub", "mypy", "numpy", "openai_harmony", "PIL", "polars", "pyarrow"),
    *("pandas", "swiftcore", "tokenizers", "torch", "transformers", "trl"),
)


def _lacks(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """Return the reason of a skip that continuous integration does not allow."""
    if not (report.skipped and os.environ.get("CI") and isinstance(report.longrepr, tuple)):
        return None
    reason = str(report.longrepr[2])
    found = re.search(r"could not import '(\w+)", reason)
    return reason if found is not None and found[1] in _INSTALLED_IN_CI else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if (reason := _lacks(report)) is not None:
        report.outcome, report.longrepr = "failed", f"not allowed in continuous integration: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if (reason := _lacks(report)) is not None:
        report.outcome, report.longrepr = "failed", f"not allowed in continuous integration: {reason}"
    return report


def pytest_unconfigure() -> None:
    if _IS_OURS:
        shutil.rmtree(_CACHE, ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def registries() -> Iterator[None]:
    """What the tests of one file register is not there for those of another."""
    with registries_as_they_were():
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    place = shared_folder()
    if place is None:
        pytest.skip("no shared reference data; let SWIFTCORE_SHARED name its folder")
    return place


@pytest.fixture(scope="session")
def tokenizer() -> swiftcore.Tokenizer:
    return swiftcore.Tokenizer.from_pretrained("deepseek")


@pytest.fixture(scope="session")
def make(tokenizer: swiftcore.Tokenizer) -> Callable[..., swiftcore.Template]:
    """Makes a template by its type and arguments, each only once. Nobody may change its mode."""

    @functools.cache
    def template(template_type: str = "deepseek_v2_5", **arguments: Any) -> swiftcore.Template:
        return swiftcore.get_template(tokenizer, template_type=template_type, **arguments)

    return template


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, empty."""
    place = tmp_path / "cache"
    monkeypatch.setenv("SWIFTCORE_CACHE", str(place))
    return place


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """One thread of torch: with models as small as those of tests, threads would only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
