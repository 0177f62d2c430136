"""`import swiftcore` is cheap, and encoding loads no large package."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support import cpu_seconds

HEAVY = ("torch", "transformers", "numpy", "pyarrow", "datasets", "tokenizers", "polars", "pandas")

REPORT = f"\nimport sys; print(sorted(set({HEAVY!r}) & set(sys.modules)))"

ENCODE = """
import swiftcore

template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}
template.encode(row)
batch = template.encode_batch([row] * 3)
list(batch["input_ids"]), batch[0], repr(batch)
"""


def run(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("code", ["import swiftcore", ENCODE], ids=["import", "encode"])
def test_nothing_large_is_loaded(code: str) -> None:
    assert run(code + REPORT) == "[]\n"


def test_the_import_is_quick() -> None:
    assert min(cpu_seconds(run, "import swiftcore") for _ in range(5)) < 0.15


def test_public_names_are_imported_when_first_used() -> None:
    loaded = "print('swiftcore.template.template' in sys.modules)"
    assert run(f"import swiftcore, sys; {loaded}; swiftcore.Template; {loaded}") == "False\nTrue\n"
    assert run("import swiftcore; print(set(swiftcore.__all__) <= set(dir(swiftcore)))") == "True\n"
    assert run("from swiftcore import *; print(get_template.__name__, RowError.__name__)") == "get_template RowError\n"


def test_a_system_without_fork() -> None:
    assert run(f"import os, random\ndel os.register_at_fork\n{ENCODE}") == ""


def test_the_environment_is_left_alone() -> None:
    """Changing it is undefined while another thread reads it."""
    code = "import os\nimport unittest.mock\nbefore = dict(os.environ)\n"
    refuse = "with unittest.mock.patch.object(type(os.environ), '__setitem__', side_effect=AssertionError):\n"
    body = "".join(f"    {line}\n" for line in ENCODE.strip().splitlines())
    assert run(f"{code}{refuse}{body}assert dict(os.environ) == before") == ""


def test_an_unknown_name() -> None:
    import swiftcore

    with pytest.raises(AttributeError, match="module 'swiftcore' has no attribute 'get_templat'"):
        swiftcore.get_templat  # noqa: B018


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system pins no process to a core")
@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the system does not list threads")
def test_as_many_threads_as_the_process_may_run_on() -> None:
    code = f"{ENCODE}\ntemplate.encode_batch([row] * 20_000)\nprint(len(os.listdir('/proc/self/task')))"
    pinned = "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    # On one core one thread does it alone, while the calling thread looks for Ctrl-C.
    assert run(f"import os\n{pinned}{code}") == "2\n"
    if len(os.sched_getaffinity(0)) > 1:
        assert int(run(f"import os\n{code}")) > 2
