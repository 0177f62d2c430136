"""Each line of COMPATIBILITY.md, shown."""

import json
import re
import threading
from pathlib import Path

import pytest
import swiftcore
from swiftcore import RowError, SwiftcoreError, TemplateError, TemplateMeta

ROOT = Path(__file__).resolve().parents[2]


def template(template_type="chatml", **arguments):
    arguments = {"mode": "train", **arguments}
    return swiftcore.get_template("deepseek", template_type=template_type, **arguments)


def text_of(made, row):
    return "".join(segment.text or f"{segment.ids}" for segment in made.render(row))


def user(content):
    return {"role": "user", "content": content}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


def test_every_line_has_a_test():
    lines = re.findall(r"^\| ([CRT]\d\d) \|", (ROOT / "COMPATIBILITY.md").read_text("utf-8"), re.MULTILINE)
    tests = [name[5:8].upper() for name in globals() if re.match(r"test_[crt]\d\d_", name)]
    assert lines
    assert sorted(set(tests)) == sorted(lines)


def test_c00_hugging_face_is_the_default_hub(monkeypatch):
    from swiftcore.hub import get_hub

    monkeypatch.delenv("USE_HF", raising=False)
    assert get_hub().name == "Hugging Face"
    assert get_hub(use_hf=False).name == "ModelScope"
    monkeypatch.setenv("USE_HF", "0")
    assert get_hub().name == "ModelScope"


def test_c01_text_of_a_message_is_never_searched_for_placeholders():
    made = template("chatglm2")
    query = "{{ROUND0}} {{ROUND1}} {{QUERY}} {{SYSTEM}} {{RESPONSE}}"
    rendered = text_of(made, {"messages": [{"role": "system", "content": query}, user(query), assistant(query)]})
    assert rendered.count(query) == 3
    assert "[Round 1]" in rendered


def test_c02_messages_of_ids_keep_their_own_loss():
    row = {"messages": [user("q"), assistant([11, 12], loss=False), assistant([13]), assistant("x", loss=False)]}
    encoded = template().encode(row)
    trained = [label for label in encoded["labels"] if label != -100]
    assert trained[0] == 13
    assert {11, 12} <= set(encoded["input_ids"])
    assert not {11, 12} & set(trained)


def test_c03_weights_must_be_as_many_as_their_ids():
    row = {"messages": [user("q"), assistant({"token_ids": [11, 12, 13], "loss_scale": [1]})]}
    with pytest.raises(RowError, match=r"message 1, field 'content.loss_scale': holds 1 weights for 3 token ids"):
        template().encode(row)


def test_c04_a_system_message_may_be_of_parts():
    made = template()
    parts = [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]
    rows = [{"messages": [{"role": "system", "content": c}, user("q"), assistant("a")]} for c in (parts, "Be brief.")]
    assert made.encode(rows[0]) == made.encode(rows[1])


def test_c05_a_role_out_of_place_is_refused_wherever_it_is():
    row = {"messages": [user("a"), {"role": "system", "content": "b"}, user("c"), assistant("d")]}
    for made in (template(), template(use_chat_template=False), template("yuan")):
        with pytest.raises(RowError, match="message 1, field 'role'"):
            made.encode(row)
    cut = {"messages": [user("a"), assistant(None), user("c"), assistant("d")]}
    for made in (template(use_chat_template=False), template("yuan")):
        with pytest.raises(RowError, match="message 1, field 'content': is null"):
            made.encode(cut)
    ranked = {"messages": [user("a"), {"role": "nobody", "content": "b"}]}
    with pytest.raises(RowError, match="message 1, field 'role': 'nobody' is no role"):
        template("qwen3_reranker").encode(ranked)


def test_c06_a_null_query_is_refused():
    with pytest.raises(RowError, match="message 0, field 'content': is null; give a string"):
        template().encode({"messages": [user(None), assistant("a")]})


def test_c07_dummy_is_the_same_in_every_mode():
    row = {"messages": [user("Hello")]}
    assert template("dummy", mode="transformers").encode(row)["input_ids"] == template("dummy").encode(row)["input_ids"]


def test_c08_the_date_is_an_argument():
    row = {"messages": [user("q"), assistant("a")]}
    assert "Today Date: 09 Mar 2025" in text_of(template("llama3_2", current_date="2025-03-09"), row)


def test_c09_a_row_without_tokens_is_refused():
    with pytest.raises(RowError, match="encodes to no token at all"):
        template(use_chat_template=False, mode="transformers").encode({"messages": [user("")]})


def test_c10_media_of_a_row_are_not_opened():
    row = {"images": ["/nowhere.png"], "messages": [user("see"), assistant("<image> ok")]}
    rendered = text_of(template(), row)
    assert rendered.count("<image>") == 1


@pytest.mark.parametrize("loss", ["false", "true", 2, [], {}])
def test_c11_loss_is_true_false_or_null(loss):
    with pytest.raises(RowError, match="message 1, field 'loss'"):
        template().encode({"messages": [user("q"), assistant("a", loss=loss)]})


def test_c12_a_template_that_does_not_fit_the_tokenizer_is_refused():
    json = swiftcore.Tokenizer.from_pretrained("deepseek")._native.json().decode()
    bare = swiftcore.Tokenizer.from_json(json, special_tokens={"eos_token": "<｜end▁of▁sentence｜>"})
    problem = "template 'deepseek', field 'prefix': asks for the tokenizer's bos_token_id, and this tokenizer has none"
    with pytest.raises(TemplateError, match=problem):
        swiftcore.get_template(bare, template_type="deepseek")


def test_c13_a_last_part_of_ids_is_encoded():
    row = {"messages": [user("q"), assistant("a"), assistant({"token_ids": [11, 12]})]}
    assert [11, 12] == [token for token in template().encode(row)["input_ids"] if token in (11, 12)]


def test_c14_a_meta_is_checked_when_it_is_registered():
    with pytest.raises(TemplateError, match="prompt"):
        swiftcore.register_template(TemplateMeta("c14", [], ["no query"], []))


def test_c15_truncation_keeps_the_placeholders_of_its_own_tokenizer():
    tokens = {"eos_token": "<｜end▁of▁sentence｜>", "image_token": "<｜place▁holder▁no▁0｜>"}
    json = swiftcore.Tokenizer.from_pretrained("deepseek")._native.json().decode()
    with_media = swiftcore.Tokenizer.from_json(json, special_tokens=tokens)
    row = {"messages": [user("<｜place▁holder▁no▁0｜> a b c"), assistant("d e f g")]}
    placeholder = with_media.convert_tokens_to_ids("<｜place▁holder▁no▁0｜>")
    for tokenizer, kept in ((with_media, True), ("deepseek", False)):
        cut = swiftcore.get_template(tokenizer, None, 3, template_type="chatml", truncation_strategy="left")
        ids = cut.encode(row)["input_ids"]
        assert len(ids) == 3
        assert (placeholder in ids) is kept


def test_c17_errors_are_of_one_family():
    for row in ({}, {"messages": []}, {"messages": [{"role": "x", "content": ""}]}, {"messages": [user(1)]}, None, 3):
        with pytest.raises(SwiftcoreError):
            template().encode(row)


def test_c18_a_call_ends_in_the_mode_it_began_with():
    made = template()
    row = {"messages": [user("q"), assistant("a " * 50)]}
    with_labels = made.encode(row)
    without = {"input_ids": template(mode="vllm").encode(row)["input_ids"]}
    stop = threading.Event()

    def flip():
        while not stop.is_set():
            made.set_mode("vllm")
            made.set_mode("train")

    flipper = threading.Thread(target=flip)
    flipper.start()
    try:
        results = [made.encode(row) for _ in range(500)]
    finally:
        stop.set()
        flipper.join()
    assert all(result in (with_labels, without) for result in results)


def test_c19_two_columns_that_could_be_the_response_are_refused(tmp_path):
    (tmp_path / "in.jsonl").write_text('{"query": "q", "answer": "a", "solution": "s"}\n')
    summary = swiftcore.encode_files(template(), tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert (summary.rows_read, summary.rows_written, summary.refused) == (1, 0, 1)
    assert "columns" in summary.examples[0]
    settled = swiftcore.encode_files(
        template(), tmp_path / "in.jsonl", tmp_path / "two.jsonl", columns={"response": "answer"}
    )
    assert settled.rows_written == 1


def test_c20_an_open_last_turn_has_nothing_to_weigh():
    row = {"messages": [user("q"), {"role": "assistant", "content": None}]}
    plain = template(mode="train").encode(row)
    for loss_scale in ("hermes", "ignore_empty_think", "last_round+react"):
        encoded = template(mode="train", loss_scale=loss_scale, is_binary_loss_scale=True).encode(row)
        assert encoded["input_ids"] == plain["input_ids"]


def test_c21_rows_that_are_too_long_are_refused_unless_asked(tmp_path):
    row = {"messages": [user("one two three four five"), {"role": "assistant", "content": "six seven"}]}
    (tmp_path / "in.jsonl").write_text(json.dumps(row) + "\n")
    for strategy, refused, deleted in ((None, 1, 0), ("delete", 0, 1)):
        more = {} if strategy is None else {"truncation_strategy": strategy}
        summary = swiftcore.encode_files(template(max_length=4, **more), tmp_path / "in.jsonl", None)
        assert (summary.rows_written, summary.refused, summary.deleted) == (0, refused, deleted)


def test_r01_ling3_goes_by_the_call(monkeypatch):
    row = {"messages": [user("q")]}
    assert text_of(template("ling3"), row).endswith("<think>")
    assert text_of(template("ling3", enable_thinking=False), row).endswith("<think></think>")
    monkeypatch.setenv("ENABLE_THINKING", "false")
    assert "detailed thinking off" in text_of(template("ling3"), row)
    assert "detailed thinking on" in text_of(template("ling3", enable_thinking=True), row)


def test_r02_variables_are_read_once(monkeypatch):
    row = {"messages": [user("q")]}
    monkeypatch.setenv("THINKING_BUDGET", "600")
    made = template("seed_oss")
    monkeypatch.setenv("THINKING_BUDGET", "0")
    assert "thinking budget, which is 1024" in text_of(made, row)
    assert "thinking budget, which is 512" in text_of(template("seed_oss", thinking_budget=1), row)
    assert "Reasoning Effort: Low" in text_of(template("glm5_3", reasoning_effort="low"), row)


def test_r03_a_seed_answer_of_ids_is_taken_as_it_is():
    encoded = template("seed_oss").encode({"messages": [user("q"), assistant([11, 12])]})
    assert [label for label in encoded["labels"] if label != -100][:2] == [11, 12]
    answer = assistant("a</think>b<think>c")
    assert "</seed:think>abc<seed:eos>" in text_of(template("seed_oss"), {"messages": [user("q"), answer]})


def test_r04_the_date_is_an_argument():
    row = {"messages": [user("q"), assistant("a")]}
    for name in ("gpt_oss", "internvl3_5_gpt", "muse_glimmer"):
        assert "Current date: 2025-01-31" in text_of(template(name, current_date="2025-01-31"), row)


NEEDY = "emu3_gen florence minicpmv minicpmv2_5 qwen3_tts jev clef omnijev generic_decision molmo moss_vl"


@pytest.mark.parametrize("name", NEEDY.split(" "))
def test_r05_what_needs_a_media_processor_says_so(name):
    with pytest.raises(RowError, match="the template needs a media processor, for .*; register one with a"):
        template(name).encode({"messages": [user("q"), assistant("a")]})


def test_r06_tags_of_old_stay_in_the_text():
    row = {"messages": [user("<img>a.png</img> q <start-image>")]}
    assert "<img>a.png</img> q <start-image>" in text_of(template("qwen2_5_vl", mode="transformers"), row)


def test_r07_text_is_no_medium():
    row = {"messages": [user("a < b\n\t c"), assistant("yes")]}
    for name in ("glm4_5v", "glm5_next", "pixtral"):
        made = template(name)
        assert "a < b\n\t c" in made.tokenizer.decode(made.encode(row)["input_ids"])


def test_r08_a_system_message_between_others_is_refused():
    with pytest.raises(RowError, match="message 1, field 'role'"):
        template("deepseek_v41").encode({"messages": [user("a"), {"role": "system", "content": "s"}, user("b")]})


@pytest.mark.parametrize("name", ["mistral_2506", "mistral_2512", "mistral_2512_thinking"])
def test_r09_a_system_text_of_the_folder_is_asked_for(name):
    row = {"messages": [user("q"), assistant("a")]}
    with pytest.raises(RowError, match="SYSTEM_PROMPT.txt of the model's folder; give it as `default_system`"):
        template(name).encode(row)
    assert "Be brief." in text_of(template(name, default_system="Be brief."), row)


TOOL = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}


def call(arguments, name="f"):
    return {"role": "tool_call", "content": {"name": name, "arguments": arguments}}


def tool(content="x"):
    return {"role": "tool", "content": content}


def test_t01_a_call_has_a_name_that_is_a_string():
    with pytest.raises(RowError, match="message 1, field 'content.name': is a number"):
        template("qwen2_5").encode({"messages": [user("q"), call({}, name=1), tool()]})


def test_t02_tools_in_texts_within_a_text_and_react_behind_token_ids():
    made = template("qwen2_5", agent_template="react_en")
    row = {"messages": [user("q"), assistant([11, 12]), tool(), assistant("a")], "tools": [TOOL]}
    nested = {**row, "tools": json.dumps([json.dumps(TOOL)])}
    assert made.encode(nested) == made.encode(row)


def test_t03_a_parameter_of_several_types():
    both = {"name": "f", "parameters": {"properties": {"a": {"type": ["integer", "null"]}}}}
    row = {"messages": [user("q"), assistant("a")], "tools": [both]}
    assert "def f(a: Any):" in text_of(template("qwen2_5", agent_template="seed_oss"), row)
    assert "  a: any\n" in text_of(template("qwen2_5", agent_template="kimi_k25"), row)


def test_t04_the_format_of_a_template_without_its_chat():
    row = {"messages": [user("q"), call({"a": 1})]}
    assert '"arguments": {"a": 1}' in text_of(template("qwen2_5", use_chat_template=False), row)


def test_t05_tools_before_the_first_of_several_parts():
    row = {"messages": [assistant("a"), assistant("b"), user("q"), assistant("c")], "tools": [TOOL]}
    rendered = text_of(template("qwen2_5", agent_template="llama3"), row)
    assert "}\n\nab<|im_end|>" in rendered


def test_t06_nulls_of_a_table_are_no_arguments(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    def said(arguments):
        return assistant(None, tool_calls=[{"function": {"name": "f", "arguments": arguments}}])

    rows = [{"messages": [user("q"), said(arguments)]} for arguments in ({"a": 1}, {"b": "x"})]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    made = template("qwen2_5")
    swiftcore.encode_files(made, [tmp_path / "rows.parquet"], tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet").column("input_ids").to_pylist()
    assert found == [made.encode(row)["input_ids"] for row in rows]
    assert '{"a": null}' in text_of(made, {"messages": [user("q"), said({"a": None})]})


def test_t07_tools_say_the_types_that_a_format_loses():
    made = template("qwen2_5", agent_template="glm4_5")
    written = text_of(made, {"messages": [user("q"), call({"a": 1})]})
    assert made.parse_tool_calls(written) == [{"name": "f", "arguments": {"a": "1"}}]
    assert made.parse_tool_calls(written, [TOOL]) == [{"name": "f", "arguments": {"a": 1}}]


def test_t08_tools_of_gpt_oss_are_in_harmony():
    row = {"messages": [user("q"), call({"a": 1}), tool(), assistant("a")], "tools": [TOOL]}
    for name in ("gpt_oss", "internvl3_5_gpt"):
        rendered = text_of(template(name), row)
        assert " to=functions.f<|channel|>commentary <|constrain|>json<|message|>" in rendered
        assert text_of(template(name, agent_template="harmony"), row) == rendered
    assert "<tool_call>" in text_of(template("gpt_oss", agent_template="hermes"), row)


def test_t09_gpt_oss_reasons_as_much_as_it_is_told():
    row = {"messages": [user("q"), assistant("a")]}
    assert "Reasoning: medium" in text_of(template("gpt_oss"), row)
    assert "Reasoning: high" in text_of(template("gpt_oss", reasoning_effort="high"), row)


def test_t10_parameters_that_are_text():
    row = {"messages": [user("q"), assistant("a")], "tools": [{"name": "f", "description": "d", "parameters": "{}"}]}
    for agent_template in ("seed_oss", "kimi_k25", "gemma4"):
        assert "f" in text_of(template("qwen2_5", agent_template=agent_template), row)


@pytest.mark.parametrize("agent_template", ["glm4_5", "qwen3_coder", "ling3", "spark2_5", "hy_v3", "minimax_m2"])
def test_t11_white_space_of_a_value_comes_back(agent_template):
    made = template("qwen2_5", agent_template=agent_template)
    written = text_of(made, {"messages": [user("q"), call({"a": " b "})]})
    assert made.parse_tool_calls(written) == [{"name": "f", "arguments": {"a": " b "}}]


@pytest.mark.parametrize("agent_template", ["react_en", "toolbench", "qwen_en", "chatglm4"])
def test_t12_python_literals_come_back(agent_template):
    made = template("qwen2_5", agent_template=agent_template)
    written = text_of(made, {"messages": [user("q"), call({"a": None, "b": [1, "c"]})]})
    written = written[written.rindex("assistant\n") + len("assistant\n") :]
    assert made.parse_tool_calls(written) == [{"name": "f", "arguments": {"a": None, "b": [1, "c"]}}]


@pytest.mark.parametrize("agent_template", ["llama3", "gemma4", "minicpm5"])
def test_t13_calls_with_nested_arguments_are_found(agent_template):
    made = template("qwen2_5", agent_template=agent_template)
    arguments = {"a": {"b": {"c": "}{"}}, "d": '"<x>"'}
    written = text_of(made, {"messages": [user("q"), call(arguments)]})
    assert made.parse_tool_calls(written) == [{"name": "f", "arguments": arguments}]


def test_t14_a_closed_call_in_an_open_list():
    for agent_template, text in {
        "seed_oss": "<seed:tool_call>\n<function=f>\n</function>",
        "minimax_m2": '<minimax:tool_call>\n<invoke name="f">\n</invoke>',
        "qwen3_coder": "<tool_call>\n<function=f>\n</function>\n",
    }.items():
        made = template("qwen2_5", agent_template=agent_template)
        assert made.parse_tool_calls(text) == [{"name": "f", "arguments": {}}]
        assert made.parse_tool_calls(text[:-14]) == []
        damaged = f"{text[:-14]}{text}"
        assert made.parse_tool_calls(damaged) == [{"name": "f", "arguments": {}}]


def test_c22_masks_and_unknown_keys():
    masked = {"messages": [user("a"), {**assistant("b"), "weight": 0}]}
    plain = {"messages": [user("a"), {**assistant("b"), "loss": False}]}
    assert template().encode(masked) == template().encode(plain)
    batch = template().encode_batch([{"messages": [user("a"), {**assistant("b"), "mask_it": 1}]}])
    assert [one.field for one in batch.warnings] == ["messages[].mask_it"]


def test_c23_reasoning_is_thinking():
    row = {"messages": [user("a"), {**assistant("b"), "reasoning_content": "c"}]}
    same = {"messages": [user("a"), assistant("<think>\nc\n</think>\n\nb")]}
    assert template("qwen3").encode(row) == template("qwen3").encode(same)
    assert template("chatml").encode_batch([row]).warnings[0].kind == "unused_reasoning"
