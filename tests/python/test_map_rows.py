"""`Template.map_rows`: batches of rows in datasets, tables and dicts, and the fingerprint that a cache goes by."""

from __future__ import annotations

import functools
import gc
import json
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from model_support import save_tokenizer
from support import row
from swiftcore import ArgumentError, RowError, Template
from train_support import tokenizer_folder

pa = pytest.importorskip("pyarrow")
datasets = pytest.importorskip("datasets")

Make = Callable[..., Template]
ROWS = [row(f"question {index} 字", f"answer {index} été", source=str(index)) for index in range(2500)]
BAD = {3, 1000, 1001, 2499}
DAMAGED = [row(source=str(index)) if index in BAD else one for index, one in enumerate(ROWS)]


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


@pytest.fixture
def template(make: Make) -> Template:
    return make(mode="train")


@pytest.fixture(scope="module")
def data() -> Any:
    return datasets.Dataset.from_list(ROWS)


@pytest.fixture(scope="module")
def damaged() -> Any:
    return datasets.Dataset.from_list(DAMAGED)


@pytest.fixture(scope="module")
def expected(make: Make) -> list[dict[str, Any]]:
    template = make(mode="train")
    return [template.encode(one, return_length=True) for one in ROWS]


def encoded(rows: Any) -> list[dict[str, Any]]:
    """Rows of `expected`, as a batch has them."""
    return [{name: one[name] for name in ("input_ids", "labels", "length")} for one in rows]


def mapped(data: Any, function: Any, **keywords: Any) -> Any:
    return data.map(function, batched=True, remove_columns=data.column_names, **keywords)


# What comes out


@pytest.mark.parametrize("kind", [None, "arrow", "numpy", "pandas", "polars"])
def test_a_dataset_of_any_format(template: Template, data: Any, expected: Any, kind: str | None) -> None:
    if kind is not None:
        pytest.importorskip({"arrow": "pyarrow"}.get(kind, kind))
    some = data.select(range(1100)).with_format(kind)
    made = mapped(some, template.map_rows).with_format(None)
    assert made.to_list() == encoded(expected[:1100])


def test_columns_are_small_integers(template: Template, data: Any) -> None:
    made = mapped(data, template.map_rows)
    ids = datasets.List(datasets.Value("int32")) if hasattr(datasets, "List") else None
    assert made.features == {"input_ids": ids, "labels": ids, "length": datasets.Value("int32")}


def test_a_plain_dataset_goes_as_arrow(template: Template, data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from datasets.formatting.formatting import LazyBatch

    def read(*_: Any) -> Any:
        raise AssertionError("a Python object was made of a column")

    monkeypatch.setattr(LazyBatch, "format", read)
    assert len(mapped(data, template.map_rows)) == len(ROWS)


def test_processes_of_a_map(template: Template, data: Any, expected: Any) -> None:
    assert mapped(data, template.map_rows, num_proc=2).to_list() == encoded(expected)


@pytest.mark.parametrize("kind", [None, "arrow"])
def test_a_stream(template: Template, data: Any, expected: Any, kind: str | None) -> None:
    stream = data.to_iterable_dataset().with_format(kind)
    made = [one for one in mapped(stream, template.map_rows).with_format(None)]
    assert made == encoded(expected)


def test_what_arrow_reads_as_something_else(make: Make) -> None:
    if not hasattr(datasets, "Json"):
        pytest.skip("these datasets have no JSON")
    template = make("qwen3", mode="train")
    tools = [
        [{"type": "function", "function": {"name": "f", "parameters": {"a": value}}}] for value in (1, "x", [None])
    ]
    rows = [row("Hi", "Hello!", tools=one) for one in tools]
    plain = datasets.Features({"messages": [{"role": datasets.Value("string"), "content": datasets.Value("string")}]})
    data = datasets.Dataset.from_list(
        rows, features=datasets.Features({**plain, "tools": datasets.List(datasets.Json())})
    )
    made = mapped(data, template.map_rows)
    assert made["input_ids"][:] == [template.encode(one)["input_ids"] for one in rows]


def test_fields_that_only_others_have_are_not_there(make: Make) -> None:
    """Arrow gives each tool the fields of all, null where it has none."""
    template = make("qwen3", mode="train")
    parameters = [{"a": {"type": "string"}}, {"b": {"type": "integer", "enum": [1]}}]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"properties": one}}} for one in parameters]
    rows = [row("Hi", "Hello!", tools=[one]) for one in tools]
    data = datasets.Dataset.from_list(rows)
    assert None in data[0]["tools"][0]["function"]["parameters"]["properties"].values()
    assert mapped(data, template.map_rows)["input_ids"][:] == [template.encode(one)["input_ids"] for one in rows]


def test_tables(template: Template, expected: Any) -> None:
    table = pa.Table.from_pylist(ROWS[:50])
    made = template.map_rows(table)
    kinds = [pa.list_(pa.int32()), pa.list_(pa.int32()), pa.int32()]
    assert (made.column_names, made.schema.types) == (["input_ids", "labels", "length"], kinds)
    assert made.to_pylist() == encoded(expected[:50])
    assert template.map_rows(table.to_batches()[0]).equals(made)
    assert template.map_rows(table.slice(0, 0)).schema.types == kinds


def test_dicts(template: Template, expected: Any) -> None:
    made = template.map_rows({"messages": [one["messages"] for one in ROWS[:3]]})
    assert [dict(zip(made, one, strict=True)) for one in zip(*made.values(), strict=True)] == encoded(expected[:3])
    assert template.map_rows({"messages": []}) == {"input_ids": [], "labels": [], "length": []}


def test_modes_with_other_columns(make: Make) -> None:
    talk = row("Hi", "Hello!")
    pair = make(mode="rlhf").map_rows(pa.Table.from_pylist([{**talk, "rejected_response": "No."}]))
    assert pair.column_names[:3] == ["chosen_input_ids", "chosen_labels", "chosen_length"]
    several = {**talk, "positive_messages": [talk["messages"]], "negative_messages": [talk["messages"]] * 2}
    template = make(mode="train", task_type="embedding")
    made = template.map_rows(pa.Table.from_pylist([several]))
    assert made.schema.field("negative_input_ids").type == pa.list_(pa.list_(pa.int32()))
    assert made["negative_input_ids"].to_pylist() == [template.encode(several)["negative_input_ids"]]
    weighed = make(mode="train", loss_scale="react").map_rows({"messages": [talk["messages"]]})
    assert weighed["loss_scale"] == [make(mode="train", loss_scale="react").encode(talk)["loss_scale"]]


def test_columns_that_go_along(make: Make, data: Any) -> None:
    template = make(mode="train", max_length=8, truncation_strategy="split")
    parts = [template.encode(one) for one in ROWS[:3]]
    sources = [one["source"] for one, part in zip(ROWS, parts, strict=False) for _ in range(len(part))]
    assert len(sources) > 3
    some = data.select(range(3))
    made = mapped(some, template.map_rows, fn_kwargs={"keep_columns": ["source"]})
    assert made["source"][:] == sources
    batch = {name: [one[name] for one in ROWS[:3]] for name in ("messages", "source")}
    assert template.map_rows(batch, keep_columns="source")["source"] == sources
    long = {"messages": [ROWS[0]["messages"]], "length": ["long"]}
    assert template.map_rows(long, keep_columns=["length"])["length"] == ["long"] * len(parts[0])
    assert template.map_rows(pa.table(long), keep_columns=["length"])["length"].to_pylist() == ["long"] * len(parts[0])


class Seen(Template):
    def _encode(self, inputs: Any) -> Any:
        encoded = super()._encode(inputs)
        if len(encoded["input_ids"]) > 10:
            encoded["pixels"] = [[0.5, 1.5]]
        return encoded


@pytest.mark.filterwarnings("ignore:Seen overrides", "ignore:1 of 3 rows refused")
def test_what_hooks_give(tokenizer: swiftcore.Tokenizer) -> None:
    meta = swiftcore.TemplateMeta("mine", [], ["{{QUERY}}"], [], template_cls=Seen)
    template = Seen(tokenizer, meta, mode="train")
    rows = [row("Hi", "Hello!"), row("Hi there, who is it, and where, and why?", "It is me."), {"messages": []}]
    made = mapped(datasets.Dataset.from_list(rows), template.map_rows)
    assert made["pixels"][:] == [None, [[0.5, 1.5]]]
    assert made["input_ids"][:] == [template.encode(one)["input_ids"] for one in rows[:2]]
    assert template.map_rows({"messages": [one["messages"] for one in rows]})["pixels"] == [None, [[0.5, 1.5]]]


# Rows that are refused


def warned(run: Callable[[], Any]) -> tuple[Any, list[str]]:
    gc.disable()  # what is said is said when the map is done, and not when garbage is next looked for
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            return run(), [str(one.message) for one in caught if one.category is UserWarning]
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", [None, "arrow"])
@pytest.mark.parametrize("with_indices", [False, True])
def test_refused_rows_are_left_out_and_told(
    template: Template, damaged: Any, expected: Any, kind: str | None, with_indices: bool
) -> None:
    made, told = warned(lambda: mapped(damaged.with_format(kind), template.map_rows, with_indices=with_indices))
    good = [one for index, one in enumerate(expected) if index not in BAD]
    assert made.with_format(None).to_list() == encoded(good)
    counted = "" if with_indices else ", counted as they came"
    text = f"4 of 2,500 rows refused and left out{counted}: 3, 1000, 1001, 2499; the first: row 3, field 'messages'"
    assert len(told) == 1
    assert told[0].startswith(text)


def test_ranks_make_no_difference(template: Template, damaged: Any) -> None:
    for with_indices in (False, True):
        some = damaged.select(range(10, 1010))
        run = functools.partial(mapped, some, with_rank=True, with_indices=with_indices)
        _, told = warned(lambda run=run: run(template.map_rows))  # type: ignore[misc]
        assert "2 of 1,000 rows refused and left out" in told[0]
        assert ": 990, 991; the first" in told[0]


def test_numbers_in_processes(
    template: Template, damaged: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of what is caught here, a process that is forked off would tell nobody.
    monkeypatch.setattr(warnings, "showwarning", lambda text, *_: os.write(2, f"{text}\n".encode()))
    made = mapped(damaged, template.map_rows, num_proc=2)
    assert len(made) == len(ROWS) - len(BAD)
    told = capfd.readouterr().err
    assert "1 of 1,250 rows refused and left out, counted as they came to this process: 1249; the first" in told
    mapped(damaged, template.map_rows, with_indices=True, num_proc=2)
    told = capfd.readouterr().err
    assert "3 of 1,250 rows refused and left out: 3, 1000, 1001; the first: row 3" in told
    assert "1 of 1,250 rows refused and left out: 2499; the first: row 2499" in told


def test_they_are_there_to_be_looked_at(template: Template, damaged: Any) -> None:
    def run() -> list[RowError]:
        encode = template.map_rows
        mapped(damaged, encode)
        assert encode.rows == 2500
        assert pickle.loads(pickle.dumps(encode)).refused == []
        return encode.refused

    refused, told = warned(run)
    assert [error.row for error in refused] == sorted(BAD)
    assert all(str(error).startswith(f"row {error.row}, field 'messages': is empty") for error in refused)
    assert len(told) == 1


@pytest.mark.parametrize("arguments", [(), ("-W", "error")])
def test_they_are_told_at_the_end_of_a_script(arguments: tuple[str, ...]) -> None:
    script = "import swiftcore; encode = swiftcore.get_template('deepseek', template_type='deepseek_v2_5').map_rows"
    ran = subprocess.run(
        [sys.executable, *arguments, "-c", script + "; encode({'messages': [[]]})"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "1 of 1 rows refused and left out, counted as they came: 0; the first: row 0" in ran.stderr


def test_many_are_counted(template: Template) -> None:
    _, told = warned(lambda: template.map_rows({"messages": [[]] * 1234}))
    assert "19 and 1,214 more; the first: row 0" in told[0]


@pytest.mark.parametrize("with_indices", [False, True])
def test_they_may_be_raised(template: Template, damaged: Any, with_indices: bool) -> None:
    def run() -> None:
        rest = damaged.select(range(4, 1500))
        mapped(rest, template.map_rows, fn_kwargs={"on_error": "raise"}, with_indices=with_indices)

    with pytest.raises(RowError, match="row 996, field 'messages'"):
        run()


def test_rows_without_anything_to_train(template: Template) -> None:
    untrained = {"messages": [row("Hi")["messages"]]}
    assert len(template.map_rows(untrained)["labels"]) == 1
    assert template.map_rows(untrained, on_untrainable="skip")["labels"] == []
    with pytest.raises(RowError):
        template.map_rows(untrained, on_untrainable="error", on_error="raise")


# What is no batch


def test_errors(template: Template, data: Any) -> None:
    encode = template.map_rows
    one = "argument 'rows': is one row, not a batch"
    with pytest.raises(ArgumentError, match=one):
        data.map(encode)
    with pytest.raises(ArgumentError, match=one):
        encode(ROWS[0])
    with pytest.raises(ArgumentError, match=one):
        encode({"query": "Hi", "response": "Ho"})
    with pytest.raises(ArgumentError, match="argument 'rows': is list; give an Arrow table, or a dict of lists"):
        encode(ROWS)
    with pytest.raises(ArgumentError, match="different lengths: messages 1, source 2"):
        encode({"messages": [[]], "source": ["a", "b"]})
    with pytest.raises(ArgumentError, match="argument 'keep_columns': there is no column 'x'; the rows have messages"):
        encode({"messages": []}, keep_columns=["x"])
    with pytest.raises(ArgumentError, match="argument 'on_error': 'drop' is unknown"):
        encode({"messages": []}, on_error="drop")
    with pytest.raises(ArgumentError, match="argument 'on_untrainable'"):
        encode({"messages": []}, on_untrainable="drop")


# The fingerprint


class Shouts(Template):
    def _preprocess_inputs(self, inputs: Any) -> None:
        super()._preprocess_inputs(inputs)
        inputs.messages[0]["content"] = loud(inputs.messages[0]["content"])


def loud(text: str) -> str:
    return text.upper()


def test_what_makes_no_difference(make: Make, tokenizer: swiftcore.Tokenizer) -> None:
    known = make(mode="train", max_length=64).fingerprint
    others = ({"padding_side": "left"}, {"padding_free": True}, {"engine": "fast"}, {"current_date": "2020-01-01"})
    for arguments in others:
        assert make(mode="train", max_length=64, **arguments).fingerprint == known
    elsewhere = swiftcore.Tokenizer.from_json(
        tokenizer._native.json().decode(), special_tokens=tokenizer.special_tokens
    )
    assert elsewhere.origin != tokenizer.origin
    again = swiftcore.get_template(elsewhere, template_type="deepseek_v2_5", mode="train", max_length=64)
    assert again.fingerprint == known
    assert pickle.loads(pickle.dumps(again)).fingerprint == known


def test_the_live_state_of_a_tokenizer_makes_no_difference(tmp_path: Path) -> None:
    """Padding and truncation are what the last call left; a pad token is for collating."""
    transformers = pytest.importorskip("transformers")

    def of(change: Callable[[Any], None], place: str) -> str:
        save_tokenizer(tmp_path / place)
        tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / place)
        change(tokenizer)
        live = swiftcore.get_template(tokenizer, template_type="qwen3").fingerprint
        tokenizer.save_pretrained(tmp_path / place)
        file = tmp_path / place / "tokenizer.json"
        tokens = {"eos_token": "<|im_end|>"}
        saved = swiftcore.Tokenizer.from_file(file, special_tokens=tokens)
        assert ('"max_length": 4' in file.read_text()) == (place == "truncated")
        return live + swiftcore.get_template(saved, template_type="qwen3").fingerprint

    known = of(lambda tokenizer: None, "plain")
    assert of(lambda tokenizer: tokenizer("Hi " * 9, truncation=True, max_length=4), "truncated") == known
    assert of(lambda tokenizer: tokenizer.backend_tokenizer.enable_padding(length=8), "padded") == known
    assert of(lambda tokenizer: setattr(tokenizer, "pad_token", "<|im_end|>"), "named")[:64] == known[:64]
    assert of(lambda tokenizer: tokenizer.add_tokens(["<new>"]), "grown") != known


def test_what_makes_one(make: Make, tokenizer: swiftcore.Tokenizer) -> None:
    def of(template_type: Any = "deepseek_v2_5", processor: Any = tokenizer, **arguments: Any) -> str:
        arguments = {"mode": "train", **arguments}
        if isinstance(template_type, str):
            return swiftcore.get_template(processor, template_type=template_type, **arguments).fingerprint
        return template_type.template_cls(processor, template_type, **arguments).fingerprint

    def meta(**fields: Any) -> swiftcore.TemplateMeta:
        return swiftcore.TemplateMeta("mine", **{"prefix": ["<s>"], "prompt": ["{{QUERY}}"], "chat_sep": [], **fields})

    scales = [swiftcore.LossScale, type("Half", (swiftcore.LossScale,), {"is_binary": False})]
    found = [of(), of("qwen3"), of("llama3_2", current_date="2026-11-28"), of("llama3_2", current_date="2026-11-29")]
    found += [of(mode=mode) for mode in ("transformers", "rlhf")]
    found += [of(max_length=64), of(max_length=64, truncation_strategy="left"), of(default_system="Be brief.")]
    found += [of(loss_scale=scale) for scale in ("last_round", "react")]
    found += [of(use_chat_template=False), of(response_prefix="So: "), of(agent_template="react_en")]
    found += [of(agent_template=swiftcore.AgentTemplate(call=f"<{{{{CALL}}}}{end}")) for end in ">)"]
    for number, scale in enumerate(({"a": [2.0]}, {"a": [3.0]}, *scales)):
        swiftcore.register_loss_scale(f"mine_{number}", scale)
        found.append(of(loss_scale=f"mine_{number}"))
    found += [of(meta()), of(meta(prefix=["<S>"])), of(meta(suffix=["</s>"])), of(meta(template_cls=Shouts))]
    other = swiftcore.Tokenizer.from_json(tokenizer._native.json().decode(), special_tokens={"eos_token": "<s>"})
    found.append(of(processor=other))
    assert len(set(found)) == len(found)


def test_a_token_makes_one(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    own = transformers.AutoTokenizer.from_pretrained(tokenizer_folder(tmp_path / "mine"))
    template = swiftcore.get_template(own, template_type="chatml")
    before = template.fingerprint
    own.add_tokens(["<new>"])
    assert template.fingerprint != before


def test_code_makes_one(tokenizer: swiftcore.Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    def of() -> str:
        meta = swiftcore.TemplateMeta("mine", [], ["{{QUERY}}"], [], template_cls=Shouts)
        return Shouts(tokenizer, meta).fingerprint

    known = of()
    assert of() == known
    monkeypatch.setitem(globals(), "loud", lambda text: text.lower())
    assert of() != known
    monkeypatch.undo()
    assert of() == known
    monkeypatch.setattr(Shouts, "_preprocess_inputs", lambda self, inputs: None)
    assert of() != known


FRESH = """
import json, sys
import datasets, swiftcore
from datasets.fingerprint import Hasher

place = sys.argv[1]
datasets.disable_progress_bars()
made = {}
for name, arguments in json.loads(sys.argv[2]).items():
    template = swiftcore.get_template("deepseek", **{"template_type": "qwen3", "mode": "train", **arguments})
    data = datasets.load_from_disk(place)
    mapped = data.map(template.map_rows, batched=True, remove_columns=data.column_names)
    made[name] = [mapped._fingerprint, mapped.cache_files[0]["filename"], Hasher.hash(template.encode)]
print(json.dumps(made))
"""


def test_caches_in_fresh_processes(tmp_path: Path) -> None:
    place = tmp_path / "data"
    datasets.Dataset.from_list(ROWS[:5]).save_to_disk(place)

    def run(seed: str, **variants: Any) -> dict[str, list[str]]:
        ran = subprocess.run(
            [sys.executable, "-c", FRESH, str(place), json.dumps(variants)],
            env={**os.environ, "PYTHONHASHSEED": seed, "HF_DATASETS_OFFLINE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stderr
        made: dict[str, list[str]] = json.loads(ran.stdout)
        return made

    first = run("1", same={}, longer={"max_length": 99}, other={"template_type": "qwen2_5"})
    files = {path: path.stat().st_mtime_ns for path in place.glob("cache-*")}
    assert len(files) == 3
    again = run("2", other={"template_type": "qwen2_5"}, same={"padding_side": "right"})
    assert again == {name: first[name] for name in again}
    assert {path: path.stat().st_mtime_ns for path in place.glob("cache-*")} == files
    for at in range(3):
        assert len({one[at] for one in first.values()}) == 3


def test_all_columns_go_along(make: Make) -> None:
    template = make(mode="train")
    batch = {name: [one[name] for one in ROWS[:3]] for name in ("messages", "source")}
    for kept in ("*", ["*"]):
        made = template.map_rows(batch, keep_columns=kept)
        assert list(made) == ["input_ids", "labels", "length", "messages", "source"]
        assert made["source"] == batch["source"]
    with pytest.raises(ArgumentError, match="there is no column 'sorce'; did you mean 'source'?"):
        template.map_rows(batch, keep_columns="sorce")
