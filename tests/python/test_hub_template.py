"""`get_template` and the command with a model's id: what is fetched for them, and what is not."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator

import pytest
import swiftcore
from cli_support import run, talk, write
from hub_server import TOKEN, Fault, Hub, held, serving
from support import row
from swiftcore.tokenizer import packaged_tokenizer

pytest.importorskip("huggingface_hub")

CHAT = "Qwen/Qwen3-8B"
ROW = row("Hi", "Ho")
PACKAGED = packaged_tokenizer("deepseek")
TOKENIZER = {
    "tokenizer.json": PACKAGED.read_bytes(),
    "tokenizer_config.json": PACKAGED.with_name("tokenizer_config.json").read_bytes(),
    "config.json": json.dumps({"architectures": ["LongcatFlashForCausalLM"], "max_position_embeddings": 512}).encode(),
    "generation_config.json": b"{}",
}
REST = {
    "README.md": b"# A model\n",
    "model.safetensors": bytes(range(256)) * 400,
    "model.safetensors.index.json": b'{"weight_map": {}}',
    "onnx/config.json": b"{}",
    "figures/speed.png": b"png" * 100,
    "modeling_mine.py": b"raise SystemExit\n",
}


@pytest.fixture(scope="module")
def repositories() -> dict[str, dict[str, bytes]]:
    files = {**TOKENIZER, **REST}
    step = {f"step-5/{name}": content for name, content in files.items()}
    return {CHAT: files, "me/unheard-of": files, "me/steps": {"config.json": b"{}", **step}}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """What tokenizers were found to be, so that transformers is asked once."""
    return tmp_path_factory.mktemp("known")


@pytest.fixture
def hub(repositories, known, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving({name: dict(files) for name, files in repositories.items()}, tmp_path, monkeypatch) as server:
        monkeypatch.setenv("SWIFTCORE_CACHE", str(known))
        yield server


def test_the_tokenizer_and_the_configuration_are_fetched(hub, make):
    template = swiftcore.get_template(CHAT, mode="train")
    assert held(template.processor) == set(TOKENIZER)
    assert hub.sent() == sum(map(len, TOKENIZER.values()))
    assert template.template_meta.template_type == "qwen3"
    assert template.max_length == 512
    assert template.encode(ROW) == make("qwen3", mode="train").encode(ROW)


def test_what_is_cached_needs_no_network(hub, monkeypatch):
    first = swiftcore.get_template(CHAT)
    hub.forget()
    assert swiftcore.get_template(CHAT).processor == first.processor
    assert swiftcore.get_template("qwen3", CHAT).processor == first.processor
    assert swiftcore.get_template(CHAT, "Be brief.").template_meta.default_system == "Be brief."
    assert swiftcore.Tokenizer.from_pretrained(CHAT).origin == first.processor
    assert pickle.loads(pickle.dumps(first)).encode(ROW) == first.encode(ROW)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert swiftcore.get_template(CHAT).processor == first.processor
    assert hub.asked == []


def test_weights_that_come_later_do_not_bring_the_rest_again(hub):
    template = swiftcore.get_template(CHAT)
    hub.forget()
    assert swiftcore.safe_snapshot_download(CHAT) == template.processor
    assert hub.sent() == sum(len(content) for name, content in REST.items() if name != "onnx/config.json")
    hub.forget()
    assert swiftcore.get_template(CHAT).processor == template.processor
    assert hub.asked == []


def test_what_transformers_has_cached_is_enough_offline(hub, tmp_path, monkeypatch):
    from huggingface_hub import hf_hub_download

    where = {"cache_dir": tmp_path / "hub", "endpoint": hub.address}
    hf_hub_download(CHAT, "config.json", **where)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(swiftcore.HubError, match="in the cache without its tokenizer"):
        swiftcore.get_template(CHAT)
    for name in TOKENIZER:
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        hf_hub_download(CHAT, name, **where)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub.forget()
    assert swiftcore.get_template(CHAT).template_meta.template_type == "qwen3"
    assert hub.asked == []


def test_an_id_that_nobody_registered_goes_by_its_configuration(hub):
    assert swiftcore.get_template("me/unheard-of").template_meta.template_type == "longchat"
    assert swiftcore.get_template("me/unheard-of", template_type="chatml").template_meta.template_type == "chatml"


def test_a_repository_with_nothing_but_a_tokenizer(hub):
    hub.repositories["me/tokenizer"] = {name: TOKENIZER[name] for name in ("tokenizer.json", "tokenizer_config.json")}
    assert swiftcore.get_template("me/tokenizer", template_type="qwen3").encode(ROW)
    with pytest.raises(swiftcore.ArgumentError, match="no config.json in it names its architectures; give the name of"):
        swiftcore.get_template("me/tokenizer")
    hub.repositories["me/data"] = {"README.md": b"rows", "rows.jsonl": b"{}"}
    with pytest.raises(swiftcore.HubError) as caught:
        swiftcore.get_template("me/data", template_type="qwen3")
    assert caught.value.kind == "not_a_model"
    assert "found: README.md, rows.jsonl" in str(caught.value)


def test_code_of_a_tokenizer_does_not_run(hub):
    pytest.importorskip("transformers")
    code = {
        "auto_map": {"AutoTokenizer": ["tokenization_mine.MineTokenizer", None]},
        "tokenizer_class": "MineTokenizer",
    }
    hub.repositories["me/code"] = {
        "config.json": b'{"model_type": "mine"}',
        "tokenizer_config.json": json.dumps(code).encode(),
        "tokenization_mine.py": b"raise SystemExit('it ran')\n",
        "tokenizer.model": b"pieces",
    }
    with pytest.raises(swiftcore.TokenizerError) as caught:
        swiftcore.get_template("me/code", template_type="qwen3")
    assert "needs code of its own, and tokenization_mine.py would have run" in str(caught.value)
    assert "get_processor(model, trust_remote_code=True)" in str(caught.value)
    assert hub.sent(".py") == 0


def test_a_folder_of_a_repository(hub):
    template = swiftcore.get_template("me/steps:step-5")
    assert template.template_meta.template_type == "longchat"
    assert held(template.processor) == set(TOKENIZER)


def test_which_hub_and_revision_and_token(hub, monkeypatch):
    hub.private.add(CHAT)
    with pytest.raises(swiftcore.HubError, match="or it is private"):
        swiftcore.get_template(CHAT)
    template = swiftcore.get_template(CHAT, hub_token=TOKEN, revision="v1", use_hf=True)
    assert any("/revision/v1" in each.path for each in hub.asked)
    assert TOKEN not in repr(vars(template))
    assert TOKEN.encode() not in pickle.dumps(template)
    with pytest.raises(swiftcore.HubError, match="no revision 'v9'"):
        swiftcore.get_template(CHAT, hub_token=TOKEN, revision="v9")
    monkeypatch.setitem(__import__("sys").modules, "modelscope", None)
    with pytest.raises(
        swiftcore.HubError, match="is not a local folder and is not in the cache, and modelscope is not"
    ):
        swiftcore.get_template(CHAT, use_hf=False)
    # They say nothing of what is here.
    assert swiftcore.get_template(template.processor, template_type="qwen3", hub_token=TOKEN, revision="v9")


def test_an_id_of_the_other_hub(hub):
    hub.repositories["meta-llama/Llama-2-7b-hf"] = dict(hub.repositories[CHAT])
    template = swiftcore.get_template("modelscope/Llama-2-7b-ms")
    assert "models--meta-llama--Llama-2-7b-hf" in template.processor
    assert template.template_meta.template_type == "llama"
    with pytest.raises(swiftcore.HubError) as caught:
        swiftcore.get_template("iic/ModelScope-Agent-7B")
    assert "is only on ModelScope. Pass use_hf=False" in str(caught.value)


def test_what_is_wrong_is_said_before_anything_is_fetched(hub):
    typo = {"template_type": "qwen3", "hub_tokn": TOKEN}
    for arguments in ({"template_type": "qwen33"}, {"model_type": "qwen33"}, typo):
        with pytest.raises(swiftcore.SwiftcoreError) as caught:
            swiftcore.get_template(CHAT, **arguments)
        assert not isinstance(caught.value, swiftcore.HubError)
        assert TOKEN not in str(caught.value)
        assert hub.asked == []


def test_a_tokenizer_that_breaks_off_is_not_taken_for_one(hub):
    large = len(TOKENIZER["tokenizer.json"])
    broken = Fault("break", "tokenizer.json", after=large // 2, times=1)
    hub.faults[:] = [broken, Fault("break", "tokenizer.json", after=0)]
    with pytest.raises(swiftcore.HubError) as caught:
        swiftcore.get_template(CHAT)
    assert caught.value.kind == "connection"
    hub.faults.clear()
    assert swiftcore.get_template(CHAT).encode(ROW)


# The command.


@pytest.fixture
def source(tmp_path):
    return write(tmp_path / "in.jsonl", [{"messages": talk()}])


def test_encode_takes_an_id(hub, source):
    result = run("encode", source, "--show", "1", "--model", CHAT)
    assert (result.code, "<|im_start|>" in result.out) == (0, True)
    assert result.err.startswith(
        "template: 'qwen3', as the name 'Qwen3-8B' is one of model type 'qwen3'; --template chooses another\n"
    )
    assert hub.sent() == sum(map(len, TOKENIZER.values()))
    hub.forget()
    unheard = run(
        "encode", source, "--show", "1", "--tokenizer", "me/unheard-of", "--revision", "v1", "--use_hf", "true"
    )
    assert unheard.code == 0
    assert "template: 'longchat', as the architecture" in unheard.err
    assert {each.path.split("/")[3] for each in hub.asked if "/api/" in each.path} == {"me"}


def test_encode_says_what_is_wrong_with_an_id(hub, source):
    wrong = run("encode", source, "--show", "1", "--model", "Qwen/Qwen3-8b")
    assert wrong.code == 1
    assert "did you mean 'Qwen/Qwen3-8B'" in wrong.err
    hub.private.add(CHAT)
    refused = run("encode", source, "--show", "1", "--model", CHAT, "--hub_token", "hf_another")
    assert refused.code == 1
    assert "with a token that has access" in refused.err
    assert "hf_another" not in refused.err
    assert run("encode", source, "--show", "1", "--model", CHAT, "--hub_token", TOKEN).code == 0
    other = run("encode", source, "--show", "1", "--model", "iic/ModelScope-Agent-7B")
    assert "Pass --no_use_hf" in other.err
