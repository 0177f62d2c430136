"""Rows of every shape read alike as dicts, as tables and from files."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("swiftcore._native")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

import swiftcore  # noqa: E402
from swiftcore.data import encode_files  # noqa: E402
from swiftcore.errors import BatchError, DataError, RowError  # noqa: E402

HI, YO, NO = "Hi there", "Yo!", "No."
USER = {"role": "user", "content": HI}
ANSWER = {"role": "assistant", "content": YO}
HUMAN, GPT, BAD = ({"from": role, "value": text} for role, text in (("human", HI), ("gpt", YO), ("gpt", NO)))
STANDARD = {"messages": [USER, ANSWER]}
WITH_SYSTEM = {"messages": [{"role": "system", "content": "Be kind."}, USER, ANSWER]}

# Rows that say what `STANDARD` says.
PLAIN: dict[str, dict[str, Any]] = {
    "messages": STANDARD,
    "messages, roles of ShareGPT": {"messages": [HUMAN, GPT]},
    "messages as JSON": {"messages": json.dumps([USER, ANSWER])},
    "messages as a Python literal": {"messages": str([HUMAN, GPT])},
    "conversation": {"conversation": [HUMAN, GPT]},
    "conversation next to an instruction": {"conversation": [HUMAN, GPT], "instruction": "Be kind."},
    "conversation next to a text": {"text": "lost?", "conversation": [HUMAN, GPT]},
    "conversations": {"conversations": [HUMAN, GPT]},
    "conversations as a Python literal": {"conversations": str([HUMAN, GPT])},
    "rounds": {"conversations": [{"human": HI, "assistant": YO}]},
    "alpaca": {"instruction": HI, "input": "", "output": YO},
    "alpaca without an input": {"instruction": HI, "output": YO},
    "alpaca, only an input": {"instruction": "", "input": HI, "output": YO},
    "query and response": {"query": HI, "response": YO},
    "question and answer": {"Question": HI, "answer": YO},
    "several responses": {"query": HI, "response": [YO, "x"]},
    "empty history": {"query": HI, "response": YO, "history": []},
    "prompt and completion": {"prompt": HI, "completion": YO},
    "conversational prompt and completion": {"prompt": [USER], "completion": [ANSWER]},
    "conversational prompt, completion as text": {"prompt": [USER], "completion": YO},
    "prompt, chosen, rejected": {"prompt": HI, "chosen": YO, "rejected": NO},
}
PAIRS: dict[str, dict[str, Any]] = {
    "texts": {"prompt": HI, "chosen": YO, "rejected": NO},
    "question": {"question": HI, "chosen": YO, "rejected": NO},
    "messages": {"prompt": [USER], "chosen": [ANSWER], "rejected": [{"role": "assistant", "content": NO}]},
    "implicit prompt": {"chosen": [USER, ANSWER], "rejected": [USER, {"role": "assistant", "content": NO}]},
    "UltraFeedback": {
        "prompt": HI,
        "messages": [USER, ANSWER],
        "chosen": [USER, ANSWER],
        "rejected": [USER, {"role": "assistant", "content": NO}],
        "score_chosen": 8.0,
    },
    "LLaMA-Factory, ShareGPT": {"conversations": [HUMAN], "chosen": GPT, "rejected": BAD},
    "LLaMA-Factory, Alpaca": {"instruction": HI, "input": "", "chosen": YO, "rejected": NO},
    "ms-swift, ShareGPT": {"conversations": [HUMAN, GPT], "rejected_response": NO},
    "ms-swift, query": {"query": HI, "response": YO, "rejected_response": NO},
    "ms-swift, messages of ShareGPT": {"messages": [HUMAN, GPT], "rejected_messages": [HUMAN, BAD]},
    "ms-swift, rejected messages of ShareGPT": {**STANDARD, "rejected_messages": [HUMAN, BAD]},
    "ms-swift, rejected messages as text": {**STANDARD, "rejected_messages": str([HUMAN, BAD])},
}


def make(mode: str = "train", **keywords: Any) -> swiftcore.Template:
    return swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode=mode, **keywords)


@pytest.fixture(scope="module")
def template() -> swiftcore.Template:
    return make()


def listed(batch: Any) -> list[dict[str, Any]]:
    assert not batch.refused, batch.refused
    return [batch[index] for index in range(len(batch))]


def from_files(template: swiftcore.Template, folder: Path, rows: list[dict[str, Any]], **more: Any) -> list[Any]:
    """What becomes of the rows of a JSONL and of a Parquet file."""
    text, table = folder / "in.jsonl", folder / "in.parquet"
    text.write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = dict.fromkeys(name for row in rows for name in row)
    pq.write_table(pa.Table.from_pylist([names | row for row in rows]), table)
    found = []
    for path in (text, table):
        output = folder / "out.jsonl"
        encode_files(template, path, output, overwrite=True, on_error="raise", **more)
        read = [json.loads(line) for line in output.read_text().splitlines()]
        found.append([{name: value for name, value in row.items() if name != "length"} for row in read])
    return found


@pytest.mark.parametrize("name", PLAIN)
def test_every_way_in_reads_every_shape(template: swiftcore.Template, tmp_path: Path, name: str) -> None:
    row, expected = PLAIN[name], template.encode(STANDARD)
    assert template.encode(row) == expected
    assert template.render(row)[0].text == template.render(STANDARD)[0].text
    assert listed(template.encode_batch([row] * 3)) == [expected] * 3
    assert listed(template.encode_batch(pa.Table.from_pylist([row] * 3))) == [expected] * 3
    columns = {key: [value, value] for key, value in row.items()}
    assert template.map_rows(columns)["labels"] == [expected["labels"]] * 2
    assert template.map_rows(pa.Table.from_pylist([row]))["labels"].to_pylist() == [expected["labels"]]
    assert from_files(template, tmp_path, [row] * 3) == [[expected] * 3] * 2


@pytest.mark.parametrize("name", [name for name in PLAIN if "instruction" not in name])
def test_a_system_text_has_a_column(template: swiftcore.Template, tmp_path: Path, name: str) -> None:
    expected = template.encode(WITH_SYSTEM)
    for column in ("system", "system_prompt", "System"):
        row = {**PLAIN[name], column: "Be kind."}
        assert template.encode(row) == expected, column
        assert listed(template.encode_batch(pa.Table.from_pylist([row]))) == [expected]
    assert from_files(template, tmp_path, [{**PLAIN[name], "system": "Be kind."}]) == [[expected]] * 2


def test_texts_in_lists_are_texts_even_if_they_look_like_json(template: swiftcore.Template, tmp_path: Path) -> None:
    for text in ("[1, 2]", '{"role": "user", "content": "x"}', "3"):
        row = {"query": text, "response": [text, "x"], "history": [[text, text]]}
        expected = template.encode({"messages": [{"role": one, "content": text} for one in ("user", "assistant") * 2]})
        assert template.encode(row) == expected
        assert listed(template.encode_batch(pa.Table.from_pylist([row]))) == [expected]
        assert from_files(template, tmp_path, [row]) == [[expected]] * 2


def test_history_comes_first(template: swiftcore.Template, tmp_path: Path) -> None:
    talk = [USER, ANSWER, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    expected = template.encode({"messages": talk})
    for history in ([[HI, YO]], str([[HI, YO]]), str([(HI, YO)]), json.dumps([[HI, YO]])):
        row = {"query": "q", "response": "a", "history": history}
        assert template.encode(row) == expected
        assert from_files(template, tmp_path, [row]) == [[expected]] * 2
    with pytest.raises(RowError, match="field 'history': is a string that is neither JSON nor a Python literal"):
        template.encode({"query": "q", "response": "a", "history": "no"})


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_of_every_shape(tmp_path: Path, name: str) -> None:
    template, row = make("rlhf"), PAIRS[name]
    expected = template.encode({**STANDARD, "rejected_response": NO})
    assert template.encode(row) == expected
    assert listed(template.encode_batch([row])) == [template.encode_batch([row])[0]]
    assert listed(template.encode_batch(pa.Table.from_pylist([row]))) == listed(template.encode_batch([row]))
    (of_text, of_table) = from_files(template, tmp_path, [row])
    assert of_text == of_table
    assert of_text[0]["rejected_input_ids"] == expected["rejected_input_ids"]
    # Elsewhere a pair is its chosen side.
    assert make("train").encode(row) == make("train").encode(STANDARD)


def test_a_prompt_that_two_texts_share_is_theirs() -> None:
    encoded = make("rlhf").encode({"chosen": "The sky is blue.", "rejected": "The sky is green."})
    talk = [{"role": "user", "content": "The sky is"}, {"role": "assistant", "content": " blue."}]
    assert encoded == make("rlhf").encode({"messages": talk, "rejected_response": " green."})


def test_a_pair_shares_what_the_row_says() -> None:
    template = make("rlhf", agent_template="react_en")
    tool = {"type": "function", "function": {"name": "f", "description": "", "parameters": {}}}
    row = {"prompt": [USER], "chosen": [ANSWER], "rejected": [{"role": "assistant", "content": NO}], "tools": [tool]}
    assert template.encode(row) == template.encode({**STANDARD, "rejected_response": NO, "tools": [tool]})


def test_labels_of_unpaired_preference() -> None:
    template = make("kto")
    for label in (True, False):
        expected = template.encode({**STANDARD, "label": label})
        assert template.encode({"prompt": HI, "completion": YO, "label": label}) == expected
        assert template.encode({"prompt": [USER], "completion": [ANSWER], "label": label}) == expected
        assert template.encode({"conversations": [HUMAN, GPT], "kto_tag": label}) == expected


def test_what_the_pair_does_not_say_is_an_error() -> None:
    with pytest.raises(RowError, match="field 'rejected': is the same as the chosen response"):
        make("rlhf").encode({"prompt": HI, "chosen": YO, "rejected": YO})
    with pytest.raises(RowError, match="ends with another answer than the chosen one") as caught:
        make("rlhf").encode({**STANDARD, "chosen": "x", "rejected": "y"})
    assert caught.value.field == "messages"
    assert make("train").encode({**STANDARD, "chosen": "x", "rejected": "y"}) == make("train").encode(STANDARD)
    bad = {"prompt": HI, "chosen": YO, "rejected": [{"role": "assistant", "content": 1.5}]}
    with pytest.raises(RowError, match=r"message 0, field 'rejected\.content'"):
        make("rlhf").encode(bad)
    make("train").encode(bad)


def test_other_sides_are_read_like_messages() -> None:
    template = make("train", task_type="embedding")
    row = {"messages": [USER], "positive_messages": [[USER]], "negative_messages": [[ANSWER], [USER]]}
    shaped = {"messages": [HUMAN], "positive_messages": [[HUMAN]], "negative_messages": str([[GPT], [HUMAN]])}
    assert template.encode(shaped) == template.encode(row)
    assert template.encode({**row, "positive_messages": [[HUMAN]]}) == template.encode(row)


# Plain text


@pytest.mark.parametrize("column", ["text", "content", "Text"])
def test_text_is_trained_as_it_is(template: swiftcore.Template, tmp_path: Path, column: str) -> None:
    plain = make(use_chat_template=False, loss_scale="all")
    expected = plain.encode({"messages": [{"role": "assistant", "content": HI}]})
    row = {column: HI, "id": 1}
    assert template.encode(row) == expected
    assert expected["labels"][1:] == expected["input_ids"][1:]
    assert listed(template.encode_batch([row] * 2)) == [expected] * 2
    assert listed(template.encode_batch(pa.table({column: [HI]}))) == [expected]
    assert from_files(template, tmp_path, [row] * 2) == [[expected] * 2] * 2
    assert encode_files(template, tmp_path / "in.jsonl", None).texts == 2
    bare = make("transformers")
    assert (
        bare.encode(row)["input_ids"]
        == make("transformers", use_chat_template=False).encode({"messages": [{"role": "assistant", "content": HI}]})[
            "input_ids"
        ]
    )


def test_a_text_is_cut_like_any_row() -> None:
    long = {"text": "word " * 100}
    assert len(make(max_length=20, truncation_strategy="left").encode(long)["input_ids"]) == 20
    parts = make(max_length=20, truncation_strategy="split").encode(long)
    assert [len(part["input_ids"]) for part in parts][:-1] == [20] * (len(parts) - 1)


def test_a_message_alone_is_not_a_text(template: swiftcore.Template) -> None:
    with pytest.raises(RowError, match="its keys are role, content"):
        template.encode(USER)


def test_a_text_with_a_weight_column() -> None:
    template = make(loss_scale="react", is_binary_loss_scale=False)
    encoded = template.encode({"text": HI})
    assert encoded["loss_scale"] == [0.0] + [1.0] * (len(encoded["input_ids"]) - 1)


def test_a_table_may_lack_what_it_has_a_column_for(template: swiftcore.Template) -> None:
    plain = template.encode({"text": HI})
    table = pa.table({"prompt": pa.nulls(2), "text": [HI, HI]})
    assert listed(template.encode_batch(table)) == [plain] * 2
    mixed = pa.table({"prompt": [HI, None], "text": [YO, YO]})
    batch = template.encode_batch(mixed, on_error="ignore")
    assert batch[0] == template.encode(STANDARD)
    assert "this row has a text without a query" in batch.refused[0].detail


def test_the_columns_of_a_table_without_a_shape_are_named(template: swiftcore.Template) -> None:
    batch = template.encode_batch(pa.table({"foo": [1], "bar": ["x"], "none": pa.nulls(1)}), on_error="ignore")
    assert batch.refused[0].detail.startswith("has none of the known shapes: its keys are foo, bar; give")


@pytest.mark.parametrize(
    "messages",
    [
        [{**USER, "role": "user"}],
        [USER, {"role": "tool_call", "content": '{"name": "f", "arguments": {}}'}, {"role": "tool", "content": "1"}],
    ],
)
def test_an_answer_follows_whatever_its_prompt_ends_with(messages: list[dict[str, Any]]) -> None:
    template = make("rlhf", agent_template="react_en")
    bad = {"role": "assistant", "content": NO}
    row = {"prompt": messages, "chosen": [ANSWER], "rejected": [bad]}
    assert template.encode(row) == template.encode(
        {"messages": [*messages, ANSWER], "rejected_messages": [*messages, bad]}
    )


# One shape a file


def jsonl(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def refusals(path: Path) -> list[tuple[int, str]]:
    path = path.with_name(path.name + ".refused.jsonl")
    return [(row["line"], row["reason"]) for line in path.read_text().splitlines() for row in [json.loads(line)]]


BOTH = {"problem": "LOST", "prompt": "b", "text": "c"}
ONE = {"prompt": "b2", "text": "c2"}


@pytest.mark.parametrize("padding", [0, 30, 3000, 200_000])
@pytest.mark.parametrize("num_threads", [1, 4])
def test_two_columns_for_one_field_are_never_chosen_from(
    template: swiftcore.Template, tmp_path: Path, padding: int, num_threads: int
) -> None:
    rows = [{**row, "id": "x" * padding} for row in [BOTH, BOTH, ONE, BOTH, ONE]]
    output = tmp_path / "out.jsonl"
    summary = encode_files(template, jsonl(tmp_path / "in.jsonl", rows), output, num_threads=num_threads)
    assert (summary.rows_written, summary.refused) == (2, 3)
    assert [line for line, _ in refusals(output)] == [1, 2, 4]
    assert "'problem' or 'prompt'" in refusals(output)[0][1]
    expected = template.encode({"query": "b2", "response": "c2"})["input_ids"]
    assert [json.loads(line)["input_ids"] for line in output.read_text().splitlines()] == [expected] * 2


def test_a_system_text_counts_in_whatever_row_it_comes(template: swiftcore.Template, tmp_path: Path) -> None:
    rows = [{"query": HI, "response": YO}, {"query": HI, "response": YO, "system": "Be kind."}]
    found = from_files(template, tmp_path, rows)
    assert found == [[template.encode(STANDARD), template.encode(WITH_SYSTEM)]] * 2


def test_rows_of_another_shape_are_refused(template: swiftcore.Template, tmp_path: Path) -> None:
    alpaca = {"instruction": HI, "input": "", "output": YO}
    rows = [alpaca] * 3 + [STANDARD, {"text": "c"}, alpaca]
    output = tmp_path / "out.jsonl"
    summary = encode_files(template, jsonl(tmp_path / "in.jsonl", rows), output)
    assert (summary.rows_written, summary.refused) == (4, 2)
    (line, reason), (other, _) = refusals(output)
    assert (line, other) == (4, 5)
    assert "this row has a list of messages (its keys are messages)" in reason
    assert "is empty" not in reason
    summary = encode_files(template, jsonl(tmp_path / "in.jsonl", [STANDARD] * 3 + rows), output, overwrite=True)
    assert (summary.rows_written, summary.refused) == (4, 5)


def test_the_shape_is_the_same_whatever_is_read_of_the_file(template: swiftcore.Template, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "in.jsonl", [{"text": "a"}, STANDARD, STANDARD])
    output = tmp_path / "out.jsonl"
    assert encode_files(template, path, output, limit=1).refused == 1
    assert encode_files(template, path, output, overwrite=True).rows_written == 2


@pytest.mark.parametrize("name", ["in.jsonl", "in.parquet"])
def test_a_job_that_refuses_every_row_ends_early(template: swiftcore.Template, tmp_path: Path, name: str) -> None:
    rows = [STANDARD] * 30_000
    path = tmp_path / name
    jsonl(path, rows) if name == "in.jsonl" else pq.write_table(pa.Table.from_pylist(rows), path)
    seen = []
    with pytest.raises(DataError, match="all of the first 1000 rows are refused") as caught:
        encode_files(template, path, tmp_path / "out.parquet", shape="sharegpt", on_progress=seen.append)
    assert "conversations" in str(caught.value)
    assert sorted(one.name for one in tmp_path.iterdir()) == [name]
    assert all(progress.rows < 20_000 for progress in seen)
    summary = encode_files(template, path, tmp_path / "out.parquet", shape="sharegpt", limit=999)
    assert (summary.refused, summary.rows_written) == (999, 0)


def test_rows_that_are_too_long_may_come_first(tmp_path: Path) -> None:
    template = make(max_length=10)
    rows = [{"messages": [{"role": "user", "content": "x " * 50}]}] * 1500 + [{"messages": [USER]}]
    summary = encode_files(template, jsonl(tmp_path / "in.jsonl", rows), None)
    assert (summary.refused, summary.rows_written) == (1500, 1)


def test_a_map_over_the_wrong_shape_ends_early(template: swiftcore.Template) -> None:
    function = template.map_rows
    batch = {"foo": ["a"] * 1000}
    assert function(batch)["input_ids"] == []
    with pytest.raises(BatchError, match="all of the first 1,000 rows are refused") as caught:
        function(batch)
    assert len(caught.value.refused) == 1000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del function


def test_datasets_of_any_shape_are_mapped(template: swiftcore.Template) -> None:
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_list([{"conversations": [HUMAN, GPT], "id": 1}] * 5)
    mapped = data.map(template.map_rows, batched=True, remove_columns=data.column_names)
    assert mapped["labels"][:] == [template.encode(STANDARD)["labels"]] * 5
    assert listed(template.encode_batch(data)) == [template.encode(STANDARD)] * 5


@pytest.mark.parametrize("layout", [{}, {"indent": 2}])
def test_an_object_around_the_rows_is_one_error(template: swiftcore.Template, tmp_path: Path, layout: Any) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"version": 1, "data": [STANDARD] * 50}, **layout))
    with pytest.raises(DataError, match=r"in\.json: is one object that holds its rows in 'data'.*jq"):
        encode_files(template, path, tmp_path / "out.jsonl")
    assert [one.name for one in tmp_path.iterdir()] == ["in.json"]


def test_lone_surrogates_cost_only_the_rows_that_read_them(template: swiftcore.Template, tmp_path: Path) -> None:
    good = json.dumps(STANDARD)
    lines = [
        good,
        good[:-1] + r', "note": "\ud83d", "more": ["\udc00"]}',
        good.replace(YO, r"\ud83d!"),
        r'{"query": "\udc00", "response": "x"}',
        good.replace(YO, r"\ud83d\ude00"),
    ]
    path, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_text("\n".join(lines))
    summary = encode_files(template, path, output)
    assert (summary.rows_written, summary.refused) == (3, 2)
    refused = [json.loads(line) for line in (tmp_path / "out.jsonl.refused.jsonl").read_text().splitlines()]
    assert (refused[0]["line"], refused[0]["message"], refused[0]["field"]) == (3, 1, "content")
    assert refused[0]["kind"] == "invalid_text"
    assert "lone surrogate" in refused[0]["reason"]
    summary = encode_files(template, path, output, keep_columns=["note"], overwrite=True)
    assert summary.refused == 3
    refused = [json.loads(line) for line in (tmp_path / "out.jsonl.refused.jsonl").read_text().splitlines()]
    assert (refused[0]["line"], refused[0]["field"]) == (2, "note")


# Hooks see the same rows


class Hooked(swiftcore.Template):
    def _preprocess_inputs(self, inputs: Any) -> None:
        super()._preprocess_inputs(inputs)


@pytest.fixture
def hooked() -> Any:
    fields = {"prefix": [], "prompt": ["U:{{QUERY}}\nA:"], "chat_sep": ["\n"], "system_prefix": ["S:{{SYSTEM}}\n"]}
    swiftcore.register_template(swiftcore.TemplateMeta("shapes_hooked", template_cls=Hooked, **fields))

    def made(mode: str = "train", **keywords: Any) -> swiftcore.Template:
        return swiftcore.get_template("deepseek", template_type="shapes_hooked", mode=mode, **keywords)

    yield made
    del swiftcore.TEMPLATE_MAPPING["shapes_hooked"]


@pytest.mark.filterwarnings("ignore:Hooked overrides")
def test_templates_with_hooks_read_the_same_shapes(hooked: Any, tmp_path: Path) -> None:
    template = hooked()
    expected = template.encode(STANDARD)
    for name, row in PLAIN.items():
        assert template.encode(row) == expected, name
        assert from_files(template, tmp_path, [row]) == [[expected]] * 2, name
    template = hooked("rlhf")
    expected = template.encode({**STANDARD, "rejected_response": NO})
    for name, row in PAIRS.items():
        assert template.encode(row) == expected, name
    with pytest.raises(RowError, match="is a plain text, and the template has hooks"):
        hooked().encode({"text": HI})
    plain = hooked(use_chat_template=False)
    talk = {"messages": [{"role": "assistant", "content": HI}]}
    assert plain.encode({"text": HI}) == plain.encode(talk)
