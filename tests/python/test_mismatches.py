"""A template, a tokenizer and a model that do not belong together are reported, once, and `--strict` refuses them."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from cli_support import TOKENIZER, run, spawn, talk, write
from model_support import save_config, save_tokenizer
from support import row
from swiftcore import MismatchWarning, Model, ModelGroup, ModelMeta, get_template, match_model, register_model
from swiftcore.template.markers import missing_markers
from swiftcore.tokenizer import packaged_tokenizer


@pytest.fixture(autouse=True)
def registry_as_it_was() -> Iterator[None]:
    before = dict(swiftcore.MODEL_MAPPING)
    yield
    swiftcore.MODEL_MAPPING.clear()
    swiftcore.MODEL_MAPPING.update(before)


def qwen_folder(folder: Path, architecture: str = "Qwen3ForCausalLM") -> Path:
    save_tokenizer(folder)
    return save_config(folder, architectures=[architecture], model_type="qwen3")


# Markers that the tokenizer does not have


def test_missing_markers_are_named_with_their_pieces() -> None:
    with pytest.warns(MismatchWarning) as caught:
        get_template("deepseek", template_type="chatml")
    (warning,) = caught
    assert "template 'chatml'" in str(warning.message)
    assert "'<|im_start|>' (6 pieces: '<' '|' 'im' '_start' '|' '>')" in str(warning.message)
    assert "'<|im_end|>' (6 pieces" in str(warning.message)
    assert warning.filename == __file__


def test_a_token_that_is_added_is_no_mismatch(tmp_path: Path) -> None:
    save_tokenizer(tmp_path / "mine")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        get_template(tmp_path / "mine", template_type="chatml")
        get_template("deepseek", template_type="deepseek_v2_5")
        get_template("deepseek", template_type="chatml", use_chat_template=False)


def test_the_templates_of_a_tokenizer_have_no_missing_markers(shared: Path) -> None:
    own = {
        "deepseek_v4": "deepseek_v2_5 deepseek_r1 deepseek_v3_1 deepseek_v4 deepseek_v41",
        "gemma3": "gemma gemma3_text gemma3_vision gemma3n",
        "gptoss": "gpt_oss",
        "llama2": "llama atom zephyr",
        "llama3_1": "llama3 llama3_2 llama3_2_vision skywork_o1",
        "qwen3": "chatml qwen qwen2_5 qwen2_5_vl qwen3 qwen3_coder qwen3_emb qwen3_reranker qwen3_thinking qwen3_vl",
    }
    for name, templates in own.items():
        tokenizer = swiftcore.Tokenizer.from_pretrained(shared / "tokenizers" / name)
        for template in templates.split():
            assert missing_markers(swiftcore.get_template_meta(template), tokenizer) == {}, (name, template)
        for other, theirs in own.items():
            alien = swiftcore.get_template_meta(theirs.split()[0])
            assert (missing_markers(alien, tokenizer) == {}) == (other == name), (name, other)


def test_the_command_warns_or_refuses(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}])
    out = tmp_path / "out.jsonl"
    result = run("encode", source, "-o", out, *TOKENIZER, "--template", "chatml")
    assert (result.code, out.exists()) == (0, True)
    assert result.err.count("'<|im_start|>'") == 1
    out.unlink()
    result = run("encode", source, "-o", out, *TOKENIZER, "--template", "chatml", "--strict")
    assert (result.code, out.exists()) == (1, False)
    assert result.err.startswith("swiftcore: error: --strict: template 'chatml': the tokenizer of")
    result = run("encode", source, "-o", out, *TOKENIZER, "--template", "deepseek_v2_5", "--strict")
    assert (result.code, "warning" in result.err) == (0, False)
    # To look at a template, any tokenizer will do.
    assert "these markers" not in run("templates", "chatml").err


# Names of folders


def test_a_link_is_resolved_before_its_name_is_used(tmp_path: Path) -> None:
    folder = qwen_folder(tmp_path / "Qwen3-8B")
    link = tmp_path / "Qwen2.5-7B-Instruct"
    link.symlink_to(folder)
    assert match_model(link).template_type == "qwen3"
    assert get_template(link).template_meta.template_type == "qwen3"


def test_a_link_without_a_known_target_is_checked(tmp_path: Path) -> None:
    folder = qwen_folder(tmp_path / "0a1b2c")
    (tmp_path / "Qwen3-8B").symlink_to(folder)
    (tmp_path / "Qwen2.5-7B-Instruct").symlink_to(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert match_model(tmp_path / "Qwen3-8B").template_type == "qwen3"
    with pytest.warns(MismatchWarning, match="'Qwen3ForCausalLM', of model types qwen3, .*; the name of the link is"):
        with pytest.raises(swiftcore.ArgumentError, match="3 model types have the architecture"):
            match_model(tmp_path / "Qwen2.5-7B-Instruct")


def test_a_name_that_contradicts_the_configuration(tmp_path: Path) -> None:
    folder = qwen_folder(tmp_path / "Qwen2.5-7B-Instruct")
    with pytest.warns(MismatchWarning, match="the name 'Qwen2.5-7B-Instruct' is one of model type 'qwen2', but"):
        assert match_model(folder).template_type == "qwen2_5"
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}])
    result = run("encode", source, "-o", tmp_path / "out.jsonl", "--model", folder, "--strict")
    assert (result.code, "is one of model type 'qwen2'" in result.err) == (1, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert match_model(folder, template_type="qwen3").template_type == "qwen3"
        assert match_model(qwen_folder(tmp_path / "Qwen3-8B")).template_type == "qwen3"
        # An architecture that no type has contradicts nothing.
        assert match_model(qwen_folder(tmp_path / "x" / "Qwen3-8B", "MineForCausalLM")).template_type == "qwen3"


def test_the_folder_that_the_command_runs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = qwen_folder(tmp_path / "Qwen3-8B")
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}])
    monkeypatch.chdir(folder)
    result = run("encode", source, "-o", tmp_path / "out.jsonl", "--model", ".")
    assert (result.code, "template: 'qwen3'" in result.err) == (0, True)


def test_a_chat_template_settles_an_ambiguous_architecture(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    folder = tmp_path / "mine"
    save_tokenizer(folder)
    save_config(folder, architectures=["LlamaForCausalLM"], model_type="llama")
    for arguments in ({}, {"model_type": "llama"}):
        with pytest.raises(swiftcore.ArgumentError, match="give (model|template)_type="):
            get_template(folder, **arguments)
    header = "<|start_header_id|>{{ one.role }}<|end_header_id|>\n\n"
    text = (
        "<|begin_of_text|>{% for one in messages %}" + header + "{{ one.content }}<|eot_id|>{% endfor %}"
        "{% if add_generation_prompt %}" + header.replace("{{ one.role }}", "assistant") + "{% endif %}"
    )
    save_tokenizer(folder, chat_template=text)
    for arguments in ({}, {"model_type": "llama"}):
        assert get_template(folder, **arguments).template_meta.template_type == "llama3"
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}])
    result = run("encode", source, "-o", tmp_path / "out.jsonl", "--model", folder)
    assert (result.code, "template: 'llama3', as the chat template" in result.err) == (0, True)


# Loaders that change the tokenizer


def grown(model_dir: str, model_info: Any, model_kwargs: Any, load_model: bool = True, **kwargs: Any) -> Any:
    """Load a tokenizer and add a token to it, as the `get_function` of a model may."""
    _, tokenizer = swiftcore.get_model_tokenizer_from_local(model_dir, model_info, model_kwargs, False, **kwargs)
    tokenizer.add_tokens("<mine>", special_tokens=True)
    return None, tokenizer


@pytest.mark.parametrize("by_name", [True, False])
def test_a_loader_gives_the_same_ids_everywhere(tmp_path: Path, by_name: bool) -> None:
    pytest.importorskip("transformers")
    meta = ModelMeta("mine", [ModelGroup([Model("me/mine-7b")])], grown, template="chatml", architectures=["MineLM"])
    register_model(meta)
    folder = tmp_path / ("mine-7b" if by_name else "other")
    save_tokenizer(folder)
    save_config(folder, architectures=["MineLM"], model_type="llama", max_position_embeddings=64)
    one = row("a<mine>b", "c<mine>")
    expected = get_template(swiftcore.get_processor(folder), mode="train").encode(one)
    assert expected["input_ids"].count(261) == 2
    for arguments in ({}, {"template_type": "chatml"}, {"model_type": "mine"}):
        assert get_template(folder, mode="train", **arguments).encode(one) == expected
    source = write(tmp_path / "in.jsonl", [one])
    result = run("encode", source, "-o", tmp_path / "out.jsonl", "--model", folder, "--mode", "train")
    assert result.code == 0
    assert json.loads((tmp_path / "out.jsonl").read_text())["input_ids"] == expected["input_ids"]


def test_a_first_use_of_a_tokenizer_is_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    from swiftcore.cli.errors import patience

    said: list[str] = []
    monkeypatch.setattr("swiftcore.cli.errors._write", said.append)
    with patience(0.05):
        time.sleep(0.5)
    with patience(5):
        pass
    assert said == ["preparing the tokenizer; this takes a few seconds the first time, and is cached"]


def test_a_copy_of_a_packaged_tokenizer_is_no_mismatch(tmp_path: Path) -> None:
    folder = tmp_path / "deepseek"
    folder.mkdir()
    shutil.copy(packaged_tokenizer("deepseek"), folder / "tokenizer.json")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    source = write(tmp_path / "in.jsonl", [{"messages": talk()}])
    arguments = ("encode", source, "-o", tmp_path / "out.jsonl", "--tokenizer", folder, "--template", "deepseek_v2_5")
    result = spawn(*arguments, "--strict", PATH=os.environ["PATH"])
    assert (result.code, "warning" in result.err) == (0, False)
