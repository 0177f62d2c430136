"""Each line of COMPATIBILITY.md on decoding, shown."""

from __future__ import annotations

import re

import pytest
import swiftcore
from support import ROOT
from swiftcore import ArgumentError, TemplateMeta


def template(template_type: str = "chatml") -> swiftcore.Template:
    return swiftcore.get_template("deepseek", template_type=template_type)


def test_every_line_has_a_test() -> None:
    lines = re.findall(r"^\| (D\d\d) \|", (ROOT / "COMPATIBILITY.md").read_text("utf-8"), re.MULTILINE)
    tests = [name[5:8].upper() for name in globals() if re.match(r"test_d\d\d_", name)]
    assert lines
    assert sorted(set(tests)) == sorted(lines)


def test_d01_a_long_stop_is_found() -> None:
    made = template()
    stop = " ".join(f"word{number}" for number in range(40))
    ids = made.tokenizer.encode(f"Well: {stop}")
    stream = made.decode_stream(stop=stop)
    assert len(ids) > 80
    assert "".join(stream.step(token) for token in ids) == f"Well: {stop}"
    assert stream.stop is not None
    assert stream.stop.stop == stop


def test_d02_a_suffix_is_left_out_whole() -> None:
    made = template()
    ids = made.tokenizer.encode("Hi<|im_end|>")
    assert made.decode_stream().step(ids) == "Hi"
    assert made.decode_generate_ids(ids) == "Hi<|im_end|"


def test_d03_no_text_passes_a_stop() -> None:
    made = template()
    (token,) = made.tokenizer.encode(" hello")
    assert made.decode_stream(stop="hel").step(token) == " hel"


def test_d04_text_streams_at_once() -> None:
    made = template()
    stream = made.decode_stream()
    assert [stream.step(token) for token in made.tokenizer.encode("Unbelievable")][0] != ""
    assert stream.step(made.tokenizer.encode("<|im")) == ""
    assert stream.step(made.tokenizer.encode("age")) == "<|image"


def test_d05_a_template_may_have_no_suffix() -> None:
    meta = TemplateMeta("bare", [], ["{{QUERY}}"], [], suffix=[])
    assert swiftcore.Template("deepseek", meta).skip_stop_tokens([5, 1]) == [5]


def test_d06_arguments_without_effect_are_refused() -> None:
    with pytest.raises(ArgumentError, match="argument 'clean_up_tokenization_spaces'"):
        template().decode_generate_ids([19923], clean_up_tokenization_spaces=True)


def test_d07_the_prompt_is_not_looked_at() -> None:
    torch = pytest.importorskip("torch")
    made = template()
    ids = torch.tensor([made.tokenizer.encode("Hello world again")])
    criteria = swiftcore.StopWordsCriteria(made.tokenizer, ["Hello world"])
    assert [criteria(ids[:, :count]).tolist() for count in (2, 3)] == [[False], [False]]


def test_d08_markers_of_channels_stay() -> None:
    made = template("muse_glimmer")
    said = " to=user<|message|>Hi"
    assert made.decode_generate_ids(made.tokenizer.encode(said), first_token=False) == said
