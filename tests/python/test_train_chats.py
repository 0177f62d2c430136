"""transformers' tokenizers that encode chats: which template fits them, and what they give."""

from __future__ import annotations

import copy
import gc
import importlib.util
import json
import pickle
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import ArgumentError, BatchError, TokenizerError
from swiftcore.integrations.transformers import enable, encode_chats, template_of
from train_support import tokenizer_folder

transformers = pytest.importorskip("transformers")

CHATML = (
    "{% for one in messages %}<|im_start|>{{ one.role }}\n{{ one.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
ROWS = [row("Hi", "Hello!"), row("Hi there", "So?", "So.", "Well?", system="Be brief.")]
CHATS = [one["messages"] for one in ROWS]


def load(place: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(place)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tokenizer_folder(tmp_path_factory.mktemp("model") / "mine", chat_template=CHATML)


@pytest.fixture
def tokenizer(folder: Path) -> Any:
    return load(folder)


@pytest.fixture
def template(folder: Path) -> swiftcore.Template:
    return swiftcore.get_template(folder, template_type="chatml", mode="train")


# Which template


def test_by_the_chat_template(tokenizer: Any) -> None:
    assert template_of(tokenizer).template_meta.template_type == "chatml"


def test_by_the_name(tmp_path: Path) -> None:
    tokenizer = load(tokenizer_folder(tmp_path / "Qwen2.5-7B-Instruct", chat_template=CHATML))
    assert template_of(tokenizer).template_meta.template_type == "qwen2_5"


def of_architecture(place: Path, architecture: str, **config: Any) -> Any:
    folder = tokenizer_folder(place / "mine", **config)
    (folder / "config.json").write_text(json.dumps({"architectures": [architecture]}))
    return transformers.PreTrainedTokenizerFast.from_pretrained(folder)


def test_by_the_architecture(tmp_path: Path) -> None:
    tokenizer = of_architecture(tmp_path, "GptOssForCausalLM")
    assert template_of(tokenizer).template_meta.template_type == "gpt_oss"


def test_among_those_of_the_architecture(tmp_path: Path) -> None:
    tokenizer = of_architecture(tmp_path, "Qwen3ForCausalLM", chat_template=CHATML)
    assert template_of(tokenizer).template_meta.template_type == "qwen3_nothinking"


def test_none_can_be_told(tmp_path: Path) -> None:
    without = load(tokenizer_folder(tmp_path / "without"))
    with pytest.raises(
        ArgumentError, match="argument 'template_type': is missing, and cannot be told from .*without"
    ) as told:
        encode_chats(without, CHATS)
    assert told.value.argument == "template_type"
    assert "it has no chat template to go by; give the name of a registered template" in str(told.value)
    odd = load(tokenizer_folder(tmp_path / "odd", chat_template="{{ messages[0].content }}|"))
    with pytest.raises(ArgumentError, match="no registered template writes what its chat template writes"):
        enable(odd)
    refuses = load(tokenizer_folder(tmp_path / "refuses", chat_template="{{ raise_exception('no') }}"))
    with pytest.raises(ArgumentError, match="it has no chat template to go by"):
        enable(refuses)


@pytest.mark.parametrize("name, expected", [("gemma3", "gemma3_text"), ("llama3_1", "llama3"), ("qwen3", "qwen3")])
def test_real_ones(shared: Path, tmp_path: Path, name: str, expected: str) -> None:
    for file in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / file).write_bytes((shared / "tokenizers" / name / file).read_bytes())
    assert template_of(load(tmp_path)).template_meta.template_type == expected


# What comes out


def test_labels_and_prompts(tokenizer: Any, template: swiftcore.Template) -> None:
    batch = encode_chats(tokenizer, CHATS)
    assert list(batch) == [template.encode(one) for one in ROWS]
    prompts = encode_chats(tokenizer, [chat[:-1] for chat in CHATS], labels=False)
    assert "labels" not in prompts.column_names
    expected = tokenizer.apply_chat_template(
        [chat[:-1] for chat in CHATS], add_generation_prompt=True, return_dict=False
    )
    assert [ids.tolist() for ids in prompts["input_ids"]] == expected


def test_shapes_of_chats(tokenizer: Any, template: swiftcore.Template) -> None:
    expected = [template.encode(one) for one in ROWS]
    assert list(encode_chats(tokenizer, ROWS)) == expected
    assert list(encode_chats(tokenizer, [CHATS[0], ROWS[1]])) == expected
    assert list(encode_chats(tokenizer, iter(CHATS))) == expected
    assert list(encode_chats(tokenizer, CHATS[0])) == expected[:1]
    assert list(encode_chats(tokenizer, ROWS[0])) == expected[:1]
    assert list(encode_chats(tokenizer, [])) == []


def test_tables_of_chats(tokenizer: Any) -> None:
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_list(ROWS)
    tables = [data, data.data.table, *([data.to_polars()] if importlib.util.find_spec("polars") else [])]
    tools = [{"type": "function", "function": {"name": "f"}}]
    template = template_of(tokenizer, "qwen3")
    for table in tables:
        made = encode_chats(tokenizer, table, template_type="qwen3")
        assert list(made) == [template.encode(one) for one in ROWS]
        made = encode_chats(tokenizer, table, tools=tools, template_type="qwen3")
        assert list(made) == [template.encode({**one, "tools": tools}) for one in ROWS]


def test_tools(tokenizer: Any) -> None:
    tools, others = ([{"type": "function", "function": {"name": name}}] for name in ("one", "other"))
    rows = [ROWS[0], {**ROWS[1], "tools": others}]
    template = template_of(tokenizer, "qwen3")
    expected = [template.encode({"tools": tools, **one}) for one in rows]
    assert list(encode_chats(tokenizer, rows, tools=tools, template_type="qwen3")) == expected


def test_tensors(tokenizer: Any, template: swiftcore.Template) -> None:
    torch = pytest.importorskip("torch")
    batch = encode_chats(tokenizer, CHATS, return_tensors="pt")
    assert isinstance(batch, transformers.BatchEncoding)
    expected = template.data_collator(template.encode_batch(ROWS))
    assert set(batch) == set(expected) == {"input_ids", "labels", "attention_mask"}
    assert all(torch.equal(batch[name], expected[name]) for name in expected)
    assert batch.to("cpu")["input_ids"].shape == (2, max(len(one["input_ids"]) for one in template.encode_batch(ROWS)))


def test_arguments_go_on(tokenizer: Any) -> None:
    batch = encode_chats(tokenizer, CHATS, max_length=20, truncation_strategy="left", loss_scale="last_round")
    made = swiftcore.get_template(
        tokenizer,
        template_type="chatml",
        mode="train",
        max_length=20,
        truncation_strategy="left",
        loss_scale="last_round",
    )
    assert list(batch) == [made.encode(one) for one in ROWS]
    with pytest.raises(ArgumentError, match="argument 'max_len': is unknown; did you mean 'max_length'"):
        encode_chats(tokenizer, CHATS, max_len=20)
    with pytest.raises(ArgumentError, match="argument 'return_tensors': is 'np'"):
        encode_chats(tokenizer, CHATS, return_tensors="np")


def test_refused_chats(tokenizer: Any) -> None:
    with pytest.warns(UserWarning, match="1 row refused; the first: row 1, field 'messages'"):
        assert len(encode_chats(tokenizer, [CHATS[0], [], CHATS[1]])) == 2
    with pytest.raises(BatchError):
        encode_chats(tokenizer, [CHATS[0], []], on_error="raise")
    with pytest.warns(UserWarning, match="rows refused"):
        assert len(encode_chats(tokenizer, ["Hi", 5])) == 0


# The method


def test_the_method(tokenizer: Any, template: swiftcore.Template) -> None:
    assert enable(tokenizer) is tokenizer
    expected = [template.encode(one) for one in ROWS]
    assert list(tokenizer.encode_chats(CHATS, labels=True)) == expected
    for other in (pickle.loads(pickle.dumps(tokenizer)), copy.deepcopy(tokenizer)):
        assert other.encode_chats.args[0] is other
        assert list(other.encode_chats(CHATS)) == expected
        assert other("Hi")["input_ids"] == tokenizer("Hi")["input_ids"]
    enable(tokenizer, "qwen2_5", max_length=30, truncation_strategy="right", num_threads=1)
    cut = tokenizer.encode_chats(CHATS)
    assert max(memoryview(cut.length)) == 30
    assert max(memoryview(tokenizer.encode_chats(CHATS, max_length=40).length)) == 40


def test_it_is_saved_without(tokenizer: Any, tmp_path: Path) -> None:
    enable(tokenizer).save_pretrained(tmp_path / "saved")
    assert not hasattr(load(tmp_path / "saved"), "encode_chats")


def test_slow_tokenizers(tokenizer: Any) -> None:
    class Slow:
        chat_template = None

    with pytest.raises(TokenizerError, match="Slow has no tokenizer.json behind it"):
        enable(Slow())


# What is kept


def test_templates_are_made_once_and_follow_the_tokenizer(tokenizer: Any) -> None:
    first = template_of(tokenizer)
    assert template_of(tokenizer) is first
    assert template_of(tokenizer, max_length=64) is not first
    assert template_of(tokenizer, agent_template=swiftcore.AgentTemplate()).mode == "train"
    tokenizer.add_tokens(["Hello!"])
    (grown,) = encode_chats(tokenizer, CHATS[0])
    assert tokenizer.convert_tokens_to_ids("Hello!") in grown["labels"]
    tokenizer.eos_token = "<|endoftext|>"
    assert template_of(tokenizer).tokenizer.eos_token == "<|endoftext|>"
    tokenizer.chat_template = "{{ messages[0].content }}|"
    with pytest.raises(ArgumentError, match="no registered template"):
        template_of(tokenizer)


@pytest.fixture
def collected() -> Iterator[None]:
    gc.collect()
    yield
    gc.collect()


@pytest.mark.usefixtures("collected")
def test_nothing_holds_a_tokenizer(folder: Path) -> None:
    tokenizer = load(folder)
    encode_chats(tokenizer, CHATS)
    enable(tokenizer)
    alive = weakref.ref(tokenizer)
    del tokenizer
    gc.collect()
    assert alive() is None
