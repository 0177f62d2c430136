"""One template in many threads."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import swiftcore
from support import row

ROWS = [row(f"question {index} 字", f"answer {index}", f"again {index}?", "no") for index in range(40)]


@pytest.fixture
def template(tokenizer: swiftcore.Tokenizer) -> swiftcore.Template:
    return swiftcore.get_template(tokenizer, template_type="deepseek_v2_5")


@pytest.fixture(autouse=True)
def _switch_often() -> Any:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_threads_share_a_template_while_its_mode_changes(template: swiftcore.Template) -> None:
    exact = {}
    for mode in ("train", "transformers"):
        template.set_mode(mode)
        exact[mode] = [template.encode(one) for one in ROWS]
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            template.set_mode("train")
            template.set_mode("transformers")

    def encode(number: int) -> list[Any]:
        results: list[Any] = []
        for round_ in range(10):
            if (number + round_) % 3:
                results += list(enumerate(map(template.encode, ROWS)))
            else:
                batch = template.encode_batch(ROWS, num_threads=1 + number % 3)
                # A batch is in one mode as a whole.
                assert list(batch) in exact.values()
        return results

    changer = threading.Thread(target=change)
    changer.start()
    try:
        with ThreadPoolExecutor(32) as pool:
            results = [result for part in pool.map(encode, range(32)) for result in part]
    finally:
        done.set()
        changer.join()
    assert len(results) > 5000
    assert all(got in (exact["train"][at], exact["transformers"][at]) for at, got in results)
    # Both modes were met, or nothing was shown.
    assert {"labels" in got for _, got in results} == {True, False}


def test_a_batch_lets_other_threads_run() -> None:
    # The slower engine, so that there is time for others to run.
    template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", engine="reference")
    rows = [row("the quick brown fox, été 字 12\n" * 100)] * 300
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.wait(0.0005):
            ticks += 1

    ticker = threading.Thread(target=tick)
    ticker.start()
    template.encode_batch(rows)
    done.set()
    ticker.join()
    assert ticks > 5


def test_tokenizers_are_loaded_once_however_many_ask() -> None:
    with ThreadPoolExecutor(16) as pool:
        loaded = list(pool.map(lambda _: swiftcore.Tokenizer.from_pretrained("deepseek"), range(64)))
    assert len({id(tokenizer) for tokenizer in loaded}) == 1
