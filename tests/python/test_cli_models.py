"""`swiftcore models`, a model instead of a template, and the page of supported models."""

import importlib.util
import json
import shutil
from types import ModuleType

import pytest
import swiftcore
from cli_support import run
from support import ROOT


def test_types_where_there_is_no_terminal():
    assert run("models").out.splitlines() == list(swiftcore.MODEL_MAPPING)
    assert run("models", "--names").out == run("models").out


def test_filters():
    assert run("models", "--filter", "LongCat").out == "longchat\n"
    assert run("models", "--filter", "llama4for").out == "llama4\n"
    assert run("models", "--template", "qwen2_5").out.split() == ["qwen2"]
    assert run("models", "--model_type", "longchat", "--ids").out.splitlines() == [
        "meituan-longcat/LongCat-Flash-Chat",
        "meituan-longcat/LongCat-Flash-Chat-FP8",
    ]
    assert len(run("models", "--ids").out.splitlines()) == 1192  # one is listed under two types
    nothing = run("models", "--filter", "no such thing")
    assert (nothing.code, nothing.out) == (2, "")
    assert run("models", "--template", "qwen9").code == 2


def test_one_type():
    result = run("models", "longchat")
    assert result.out.splitlines()[:3] == [
        "model_type = 'longchat'",
        "template = 'longchat'",
        "architectures = ['LongcatFlashForCausalLM']",
    ]
    assert "  meituan-longcat/LongCat-Flash-Chat" in result.out
    assert run("models", "--model_type", "longchat").out == result.out
    assert "model_arch = 'qwen2_vl'" in run("models", "qwen2_vl").out


def test_which_template_and_why(tmp_path):
    expected = (
        "model = 'Qwen/Qwen3-8B'\nmodel_type = 'qwen3'\ntemplate = 'qwen3'\n"
        "(the name 'Qwen3-8B' is one of model type 'qwen3')\n"
    )
    assert run("models", "Qwen/Qwen3-8B").out == run("models", "--model", "Qwen/Qwen3-8B").out == expected
    assert "template = 'chatml'" in run("models", "Qwen/Qwen3-8B", "--template", "chatml").out
    assert "template = 'longchat'" in run("models", "Qwen/Qwen3-8B", "--model_type", "longchat").out
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["Qwen2ForCausalLM"]}))
    several = run("models", tmp_path)
    assert several.code == 2
    assert "give --model_type " in several.err
    assert run("models", "a", "--model", "b").code == 2
    assert run("models", "Qwen/Qwen3-8B", "--names").code == 2


def test_table_on_a_terminal(monkeypatch):
    import io

    from swiftcore.cli import models
    from swiftcore.cli.options import ModelOptions

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    # Not by way of os.environ: rich keeps it, and a map of datasets in several processes puts another in its place.
    monkeypatch.setattr("rich.console.Console._environ", {"TERM": "dumb", "COLUMNS": "120"})
    monkeypatch.setattr("sys.stdout", out)
    models._list("longcat", ModelOptions(), False, False)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines[0] == ["model", "type", "templates", "models", "architectures", "tags"]
    assert ["longchat", "longchat", "2", "LongcatFlashForCausalLM"] in lines


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from swiftcore.tokenizer import packaged_tokenizer

    place = tmp_path_factory.mktemp("models") / "DeepSeek-V2.5"
    place.mkdir()
    for file in packaged_tokenizer("deepseek").parent.glob("*.json"):
        shutil.copy(file, place)
    return place


def test_encode_takes_the_template_of_the_model(tmp_path, model):
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"messages": messages}) + "\n")
    tokenizer = model / "tokenizer.json"
    results = [
        run("encode", source, "--show", "1", "--tokenizer", tokenizer, *more)
        for more in (
            (),
            ("--template", "deepseek_v2_5"),
            ("--model_type", "deepseek_v2", "--template", "deepseek_v2_5"),
        )
    ]
    assert [result.code for result in results] == [0, 0, 0]
    assert results[0].out == results[1].out == results[2].out
    assert results[0].err.startswith("template: 'deepseek_v2_5', as the name 'DeepSeek-V2.5' is one of model type ")
    assert run("templates", "--tokenizer", tokenizer, "--template", "deepseek_v2_5").out.startswith("template_type = ")
    assert run("templates", "--model_type", "longchat").out.startswith("template_type = 'longchat'")
    unknown = run("encode", source, "--show", "1", "--tokenizer", tokenizer, "--model_type", "longcaht")
    assert unknown.code == 2
    assert "no model type 'longcaht'; did you mean 'longchat'" in unknown.err


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that writes the page of supported models."""
    spec = importlib.util.spec_from_file_location("run_model_info", ROOT / "scripts" / "run_model_info.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_models(script, tmp_path, capsys):
    place = tmp_path / "pages" / "models.md"
    assert script.main(["-o", str(place), "--check"]) == 1
    assert script.main(["-o", str(place)]) == 0
    assert script.main(["-o", str(place), "--check"]) == 0
    assert place.read_text("utf-8") == script.supported_models()
    assert script.main(["-o", str(place), "--model_type", "longchat"]) == 0
    assert "### longchat" in place.read_text("utf-8")
    assert "### qwen2\n" not in place.read_text("utf-8")


def test_the_page_has_models_of_the_user(script):
    swiftcore.register_model(
        swiftcore.ModelMeta("mine", [swiftcore.ModelGroup([swiftcore.Model("mine/chat")])], template="chatml")
    )
    try:
        assert "| mine/chat | - | `chatml` | - | - |" in script.supported_models()
    finally:
        del swiftcore.MODEL_MAPPING["mine"]


def test_the_committed_page_is_up_to_date(script):
    assert script.main(["--check"]) == 0, "run: python scripts/run_model_info.py"
