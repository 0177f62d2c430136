"""Templates with hooks: what they see, what they may change, and that rows go through them as through any other."""

from __future__ import annotations

import json
import pickle
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import (
    BatchError,
    MaxLengthError,
    RowError,
    StdTemplateInputs,
    Template,
    TemplateError,
    TemplateInputs,
    TemplateMeta,
    register_template,
)

PATCH, PATCH_ID = "<｜place▁holder▁no▁0｜>", 128000
FIELDS: dict[str, Any] = {
    "prefix": ["<s>"],
    "prompt": ["<user>{{QUERY}}<bot>"],
    "chat_sep": ["</s>"],
    "suffix": ["</s>"],
    "system_prefix": ["<s><system>{{SYSTEM}}"],
}


class Same(Template):
    """Changes nothing, by the long way."""

    load_images = False

    def _encode(self, inputs):
        return super()._encode(inputs)


class Patches(Template):
    """An image is as many patches as its name has letters."""

    placeholder_tokens = [PATCH]
    load_images = False

    def replace_tag(self, media_type, index, inputs):
        if media_type != "image":
            return super().replace_tag(media_type, index, inputs)
        return ["<img>", [-100], "</img>"]

    def _encode(self, inputs):
        encoded = super()._encode(inputs)
        places = [place for place, token in enumerate(encoded["input_ids"]) if token == -100]
        patch = self.placeholder_tokens[0]
        encoded["input_ids"], encoded["labels"], encoded["loss_scale"] = self._extend_tokens(
            encoded["input_ids"],
            encoded["labels"],
            encoded["loss_scale"],
            places,
            lambda index: [patch] * len(inputs.images[index]),
        )
        encoded["pixels"] = [len(image) for image in inputs.images]
        return encoded


class Loud(Template):
    def _tokenize(self, context, **kwargs):
        return super()._tokenize(context.upper(), **kwargs)


class Picky(Template):
    def _preprocess_inputs(self, inputs):
        super()._preprocess_inputs(inputs)
        if inputs.system:
            raise ValueError("no orders")


class Crooked(Template):
    def _encode(self, inputs):
        encoded = super()._encode(inputs)
        encoded["input_ids"] = [*encoded["input_ids"], 1]
        return encoded


class Odd(Template):
    load_images = False

    def replace_tag(self, media_type, index, inputs):
        return inputs.images[index]


class Tail(Template):
    """Has nothing to do with encoding."""

    def _data_collator(self, batch, *, padding_to=None):
        return super()._data_collator(batch, padding_to=padding_to)


CLASSES = {"same": Same, "patches": Patches, "loud": Loud, "picky": Picky, "crooked": Crooked, "odd": Odd, "tail": Tail}


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    names = [f"hooked_{name}" for name in CLASSES]
    for name, cls in zip(names, CLASSES.values(), strict=True):
        register_template(TemplateMeta(name, template_cls=cls, **FIELDS))
    register_template(TemplateMeta("hooked_plain", **FIELDS))
    yield
    for name in [*names, "hooked_plain"]:
        del swiftcore.TEMPLATE_MAPPING[name]


@pytest.fixture
def hooked(make: Callable[..., Template]) -> Callable[..., Template]:
    def made(name: str, **arguments: Any) -> Template:
        return make(f"hooked_{name}", **{"mode": "train", **arguments})

    return made


pytestmark = pytest.mark.filterwarnings("ignore:.*one by one")

TALKS = [
    row("Hi", "Hello!"),
    row("Hi", "Hello!", "More", "Well", system="Be brief."),
    row("Hi", "Hello!", "More"),
    row("Hi", [11, 12, 13], "<image> and", "Action: go\nAction Input: {}\nObservation: x"),
    row("字 <think>\nx\n</think>\n\n", "<think>\nx\n</think>\n\nWell", "", "y", images=["cat", "dog"]),
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]},
    {"messages": [{"role": "assistant", "content": "alone", "loss": True}], "channel": "c"},
]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"mode": "transformers"},
    {"loss_scale": "last_round+react"},
    {"loss_scale": "all"},
    {"is_binary_loss_scale": False},
    {"truncation_strategy": "left", "max_length": 7, "loss_scale": "react"},
    {"truncation_strategy": "right", "max_length": 7},
    {"truncation_strategy": "split", "max_length": 5, "is_binary_loss_scale": False},
    {"enable_thinking": True, "preserve_thinking": False},
    {"use_chat_template": False},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_hook_that_changes_nothing_changes_nothing(hooked: Any, settings: dict[str, Any]) -> None:
    plain, same = hooked("plain", **settings), hooked("same", **settings)
    for talk in TALKS:
        assert same.encode(talk) == plain.encode(talk)
        assert same.encode(talk, return_length=True) == plain.encode(talk, return_length=True)
        assert same.render(talk) == plain.render(talk)


def test_rows_are_not_changed(hooked: Any) -> None:
    for talk in TALKS:
        before = json.dumps(talk)
        for name in ("same", "patches", "loud"):
            hooked(name).encode(talk)
        assert json.dumps(talk) == before


def test_media_become_what_the_hooks_say(hooked: Any) -> None:
    made = hooked("patches", is_binary_loss_scale=False)
    encoded = made.encode(row("See <image> and", "It is <image>.", images=["ab", "c"]))
    assert encoded["input_ids"].count(PATCH_ID) == 3
    assert made.tokenizer.decode(encoded["input_ids"]) == (
        f"<s><user>See <img>{PATCH * 2}</img> and<bot>It is <img>{PATCH}</img>.</s>"
    )
    assert encoded["pixels"] == [2, 1]
    trained = [label for label in encoded["labels"] if label != -100]
    assert made.tokenizer.decode(trained) == "It is .</s>"
    weights = encoded["loss_scale"]
    assert [weight > 0 for weight in weights] == [label != -100 for label in encoded["labels"]]
    assert len(encoded["input_ids"]) == len(encoded["labels"]) == len(weights)


def test_media_without_a_tag_get_one_and_tags_without_a_medium_stay(hooked: Any) -> None:
    made = hooked("patches")
    text = made.tokenizer.decode(made.encode(row("Hi", "So", images=["a", "b"], videos="v"))["input_ids"])
    assert text == f"<s><user><video><img>{PATCH}</img><img>{PATCH}</img>Hi<bot>So</s>"
    text = made.tokenizer.decode(made.encode(row("<image><image>", "So", images=["a"]))["input_ids"])
    assert text == f"<s><user><img>{PATCH}</img><image><bot>So</s>"


def test_parts_of_messages_reach_the_hooks(hooked: Any) -> None:
    parts = [{"type": "image_url", "image_url": {"url": "abc"}}, {"type": "text", "text": "?"}]
    encoded = hooked("patches").encode({"messages": [{"role": "user", "content": parts}]})
    assert encoded["pixels"] == [3]


@pytest.mark.parametrize("strategy", ["left", "right"])
def test_truncation_keeps_what_stands_for_media(hooked: Any, strategy: str) -> None:
    made = hooked("patches", truncation_strategy=strategy, max_length=8, is_binary_loss_scale=False)
    encoded = made.encode(row("before <image> behind", "It is a cat.", images=["abc"]))
    assert len(encoded["input_ids"]) == len(encoded["labels"]) == len(encoded["loss_scale"]) == 8
    assert encoded["input_ids"].count(PATCH_ID) == 3
    assert (encoded["labels"][0], encoded["loss_scale"][0]) == (-100, 0)


def test_rows_too_long(hooked: Any) -> None:
    with pytest.raises(MaxLengthError, match=r"^encodes to \d+ tokens, more than max_length 9; ") as caught:
        hooked("patches", max_length=9).encode(row("Hi", "Hello", images=["abcdef"]))
    assert caught.value.kind == "too_long"
    parts = hooked("patches", max_length=4, truncation_strategy="split").encode(row("Hi", "Hello", images=["ab"]))
    assert [len(part["input_ids"]) for part in parts[:-1]] == [4] * (len(parts) - 1)
    assert all(part["labels"][0] == -100 for part in parts)


def test_engines_take_the_media_themselves(hooked: Any) -> None:
    encoded = hooked("patches", mode="sglang").encode(row("Hi", images=["a"]))
    assert encoded["images"] == ["a"]
    assert encoded["input_ids"].count(-100) == 1
    assert "pixels" not in encoded


def test_tokenize_is_asked_for_every_text(hooked: Any) -> None:
    encoded = hooked("loud").encode(row("Hi", "Ho", "He", "Ha"))
    tokenizer = hooked("loud").tokenizer
    assert tokenizer.decode(encoded["input_ids"]) == "<S><USER>HI<BOT>HO</S><USER>HE<BOT>HA</S>"
    assert tokenizer.decode([one for one in encoded["labels"] if one != -100]) == "HOHA</S>"


def test_placeholders_must_be_tokens(make: Any) -> None:
    class Nowhere(Template):
        placeholder_tokens = ["<nowhere>"]

    register_template(TemplateMeta("hooked_nowhere", template_cls=Nowhere, **FIELDS))
    try:
        with pytest.raises(TemplateError, match="placeholder token '<nowhere>' is not in the tokenizer") as caught:
            make("hooked_nowhere")
        assert caught.value.field == "template_cls"
    finally:
        del swiftcore.TEMPLATE_MAPPING["hooked_nowhere"]


# Errors


@pytest.mark.parametrize(
    ("name", "talk", "text", "place"),
    [
        ("same", {"messages": []}, "field 'messages': is empty; give at least one message", (None, "messages")),
        ("same", {}, "field 'messages': is missing; give a list", (None, "messages")),
        ("same", {"id": "a"}, "has none of the known shapes: its keys are id", (None, None)),
        ("same", 3, "is 3; give an object with `messages`", (None, None)),
        ("same", {"messages": [1]}, "message 0: is 1; give an object", (0, None)),
        ("same", row("Hi", 1.5), "message 1, field 'content': is a number; give a string", (1, "content")),
        ("same", row("Hi", "x", 1.5, system="s"), "message 3, field 'content': is a number", (3, "content")),
        ("same", row("Hi", objects=[1]), "field 'objects': is [1]; give an object", (None, "objects")),
        ("same", row("Hi", images=3), "field 'images': is 3; give a list", (None, "images")),
        ("picky", row("Hi", system="s"), "Picky raised ValueError: no orders", (None, None)),
        ("crooked", row("Hi", "x"), "Crooked._encode gave 5 labels for 6 input_ids; extend them together", None),
        ("odd", row("Hi", images=[3]), "replace_tag gave 3; return a list of texts and lists of token ids", None),
        ("odd", row("Hi", images=[["a", 3]]), "replace_tag gave a list with 3; return a list", None),
    ],
)
def test_errors_name_their_place(hooked: Any, name: str, talk: Any, text: str, place: Any) -> None:
    with pytest.raises(RowError) as caught:
        hooked(name).encode(talk)
    if name == "crooked":
        assert "labels for" in str(caught.value) and str(caught.value).endswith("as _extend_tokens does")
        return
    assert str(caught.value).startswith(text)
    if place is not None:
        assert (caught.value.message, caught.value.field) == place


def test_what_a_hook_raises_is_the_cause(hooked: Any) -> None:
    with pytest.raises(RowError) as caught:
        hooked("picky").encode(row("Hi", system="s"))
    assert isinstance(caught.value.__cause__, ValueError)
    assert caught.value.kind == "hook"


def test_an_error_names_the_message_of_the_row_though_calls_became_several(hooked: Any) -> None:
    call = {"function": {"name": "f", "arguments": "{}"}}
    talk = {
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "", "tool_calls": [call, call]},
            {"role": "tool", "content": "1"},
            {"role": "tool", "content": "2"},
            {"role": "usr", "content": "b"},
        ]
    }
    with pytest.raises(RowError) as caught:
        hooked("same").encode(talk)
    assert caught.value.message == 4


# Registration


def test_a_hook_must_take_what_it_is_called_with() -> None:
    class Short(Template):
        def _encode(self):
            return {}

    class Named(Template):
        def _data_collator(self, batch, *, to=None):
            return {}

    for cls, text in (
        (Short, r"Short\._encode takes \(self\); it is called as _encode\(self, inputs\)"),
        (Named, r"Named\._data_collator takes \(self, batch, \*, to=None\); it is called as"),
    ):
        with pytest.raises(TemplateError, match=text):
            register_template(TemplateMeta("hooked_bad", template_cls=cls, **FIELDS))

    class Free(Template):
        def _encode(self, *args, **kwargs):
            return super()._encode(*args, **kwargs)

        @staticmethod
        def _extend_tokens(input_ids, labels, loss_scale, replace_idx_list, get_new_tokens):
            return input_ids, labels, loss_scale

    register_template(TemplateMeta("hooked_free", template_cls=Free, **FIELDS))
    del swiftcore.TEMPLATE_MAPPING["hooked_free"]


# What hooks see


def test_inputs_of_a_row() -> None:
    talk = {
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "image", "image": "a"}, {"type": "text", "text": "b"}]},
            {"role": "assistant", "content": "c", "tool_calls": [{"function": {"name": "f", "arguments": '{"x": 1}'}}]},
            {"role": "tool_response", "content": {"y": 2}},
        ],
        "videos": "v",
        "label": 1,
        "margin": 0.5,
        "channel": "ch",
        "tools": [{"name": "f"}],
        "objects": {"ref": ["r"]},
        "chat_template_kwargs": {"enable_thinking": True},
        "source": "web",
    }
    inputs = StdTemplateInputs.from_dict(talk)
    assert inputs.system == "s"
    assert inputs.messages == [
        {"role": "user", "content": "<image>b"},
        {"role": "assistant", "content": "c"},
        {"role": "tool_call", "content": '{"name": "f", "arguments": {"x": 1}}'},
        {"role": "tool", "content": '{"y": 2}'},
    ]
    assert (inputs.images, inputs.videos, inputs.audios) == (["a"], ["v"], [])
    assert (inputs.label, inputs.margin, inputs.channel) == (1, 0.5, "ch")
    assert inputs.extra_kwargs == {"source": "web"}
    assert inputs.is_multimodal and inputs.chat_template_kwargs == {"enable_thinking": True}
    inputs.objects["ref"].append("q")
    assert talk["objects"] == {"ref": ["r"]}


def test_answers_of_tools_are_put_in_the_order_of_their_calls() -> None:
    calls = [{"id": name, "function": {"name": name, "arguments": {}}} for name in "ab"]
    messages = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "content": "of b", "tool_call_id": "b"},
        {"role": "tool", "content": "of a", "tool_call_id": "a"},
    ]
    inputs = StdTemplateInputs.from_dict({"messages": messages})
    assert [one["content"] for one in inputs.messages[-2:]] == ["of a", "of b"]


def test_inputs_of_a_pair() -> None:
    talk = row("q", "good", system="s", images=["i"], rejected_response="bad", rejected_images=["j"])
    inputs = TemplateInputs.from_dict(talk)
    assert inputs.rejected is not None
    assert (inputs.chosen.images, inputs.rejected.images) == (["i"], ["j"])
    assert inputs.rejected.messages == row("q", "bad")["messages"]
    assert inputs.rejected.system == "s"
    assert TemplateInputs.from_dict(row("q", "a")).rejected is None
    with pytest.raises(RowError, match="field 'rejected_response': equals the chosen response"):
        TemplateInputs.from_dict(row("q", "a", rejected_response="a"))
    other = TemplateInputs.from_dict(row("q", "a", positive_messages=[row("p")["messages"]], positive_images=[["x"]]))
    assert [one.images for one in other.positive] == [["x"]]


def test_inputs_may_be_given_themselves(hooked: Any) -> None:
    made = hooked("patches")
    talk = row("<image>", "So", images=["ab"])
    expected = made.encode(talk)
    assert made.encode(StdTemplateInputs.from_dict(talk)) == expected
    assert made.encode(TemplateInputs.from_dict(talk)) == expected
    assert hooked("plain").encode(StdTemplateInputs.from_dict(row("Hi", "Ho"))) == hooked("plain").encode(
        row("Hi", "Ho")
    )
    seen = made.encode(talk, return_template_inputs=True)["template_inputs"]
    assert isinstance(seen, StdTemplateInputs) and seen.images == ["ab"]


def test_grounding(make: Any) -> None:
    image = pytest.importorskip("PIL.Image").new("RGB", (200, 100))
    talk = row(
        "Where is <ref-object>?", "At <bbox>.", images=[image], objects={"ref": ["it"], "bbox": [[20, 10, 200, 100]]}
    )
    made = make("hooked_same", mode="train")
    text = made.tokenizer.decode(made.encode(talk)["input_ids"])
    assert text == "<s><user><image>Where is it?<bot>At [(100,100),(1000,1000)].</s>"


def test_images_are_opened(make: Any, tmp_path: Any) -> None:
    pil = pytest.importorskip("PIL.Image")
    path = tmp_path / "dot.png"
    pil.new("L", (3, 2)).save(path)

    class Sized(Template):
        def replace_tag(self, media_type, index, inputs):
            image = inputs.images[index]
            return [f"{image.mode} {image.size}"]

    register_template(TemplateMeta("hooked_sized", template_cls=Sized, **FIELDS))
    try:
        made = make("hooked_sized")
        for image in (str(path), path.read_bytes(), {"bytes": None, "path": str(path)}, pil.open(path)):
            text = made.tokenizer.decode(made.encode(row("Hi", images=[image]))["input_ids"])
            assert text == "<s><user>RGB (3, 2)Hi<bot>"
        with pytest.raises(RowError, match=r"field 'images\[1\]': nowhere.png cannot be opened") as caught:
            made.encode(row("Hi", images=[str(path), "nowhere.png"]))
        assert caught.value.field == "images[1]"
    finally:
        del swiftcore.TEMPLATE_MAPPING["hooked_sized"]


# How rows go


def test_it_says_once_that_rows_go_one_by_one(make: Any) -> None:
    class Quiet(Template):
        def _encode(self, inputs):
            return super()._encode(inputs)

    register_template(TemplateMeta("hooked_quiet", template_cls=Quiet, **FIELDS))
    try:
        made = make("hooked_quiet")
        with pytest.warns(
            UserWarning, match=r"Quiet overrides _encode: its rows are encoded one by one, under the GIL"
        ):
            made.encode(row("Hi"))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            made.encode(row("Hi"))
            made.encode_batch([row("Hi")])
    finally:
        del swiftcore.TEMPLATE_MAPPING["hooked_quiet"]


def test_hooks_of_the_collator_leave_encoding_native(hooked: Any) -> None:
    tail, plain = hooked("tail"), hooked("plain")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tail.encode_batch(TALKS[:3])[0] == plain.encode(TALKS[0])


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_batches(hooked: Any, settings: dict[str, Any]) -> None:
    bad = row("Hi", 1.5)
    plain, same = hooked("plain", **settings), hooked("same", **settings)
    with pytest.warns(UserWarning, match="1 row refused"):
        expected = plain.encode_batch([*TALKS, bad])
    with pytest.warns(UserWarning, match="1 row refused"):
        batch = same.encode_batch([*TALKS, bad])
    assert list(batch) == list(expected)
    assert batch.column_names == expected.column_names
    assert memoryview(batch.row_index).tolist() == memoryview(expected.row_index).tolist()
    assert str(batch.refused[0]) == str(expected.refused[0])
    assert batch.refused[0].message == 1
    assert batch.untrainable == expected.untrainable


def test_a_bad_row_costs_no_other(hooked: Any) -> None:
    rows = [row("Hi", "a"), row("Hi", "b", system="s"), 7, row("Hi", "c")]
    with pytest.warns(UserWarning, match="2 rows refused; the first: row 1: Picky raised ValueError: no orders"):
        batch = hooked("picky").encode_batch(rows)
    assert memoryview(batch.row_index).tolist() == [0, 3]
    assert [(one.kind, one.row) for one in batch.refused] == [("hook", 1), ("wrong_type", 2)]
    with pytest.raises(BatchError) as caught:
        hooked("picky").encode_batch(rows, on_error="raise")
    assert len(caught.value.batch) == 2


def test_batches_keep_what_hooks_add_with_their_rows(hooked: Any) -> None:
    rows = [row("<image>", "a", images=["abc"]), row("Hi", "b")]
    made = hooked("patches")
    batch = made.encode_batch(rows)
    assert batch["input_ids"][0].tolist().count(PATCH_ID) == 3
    assert list(batch) == [made.encode(one) for one in rows]
    assert pickle.loads(pickle.dumps(batch))[0]["input_ids"] == batch[0]["input_ids"]


def test_a_table_is_a_batch_too(hooked: Any) -> None:
    arrow = pytest.importorskip("pyarrow")
    rows = [row("<image>", "a", images=["abc"]), row("Hi", "b", system="s")]
    made = hooked("patches")
    assert list(made.encode_batch(arrow.Table.from_pylist(rows))) == [made.encode(one) for one in rows]
    for wrong in (rows[0], "rows", 3):
        with pytest.raises(RowError, match="field 'rows'"):
            made.encode_batch(wrong)


def test_media_need_a_class_where_the_template_is_of_a_multimodal_model(make: Any) -> None:
    register_template(TemplateMeta("hooked_none", is_multimodal=True, **FIELDS))
    register_template(TemplateMeta("hooked_some", is_multimodal=True, template_cls=Patches, **FIELDS))
    try:
        bare, own = make("hooked_none", mode="train"), make("hooked_some", mode="train")
        text = "field 'images': are given, and the template 'hooked_none' needs a media processor for them; register it"
        with pytest.raises(RowError, match=text) as caught:
            bare.encode(row("<image>", "a", images=["x"]))
        assert (caught.value.kind, caught.value.field) == ("unsupported", "images")
        assert bare.encode(row("Hi", "a"))["input_ids"] == own.encode(row("Hi", "a"))["input_ids"]
        assert own.encode(row("<image>", "a", images=["x"]))["pixels"] == [1]
    finally:
        for name in ("hooked_none", "hooked_some"):
            del swiftcore.TEMPLATE_MAPPING[name]


def test_untrainable_rows_of_a_batch(hooked: Any) -> None:
    rows = [row("Hi"), row("Hi", "Ho")]
    assert hooked("same").encode_batch(rows).untrainable == 1
    assert len(hooked("same").encode_batch(rows, on_untrainable="skip")) == 1
    with pytest.warns(UserWarning, match="1 row refused"):
        refused = hooked("same").encode_batch(rows, on_untrainable="error").refused
    assert [(one.kind, one.row) for one in refused] == [("untrainable", 0)]


def test_files(hooked: Any, tmp_path: Any) -> None:
    source = tmp_path / "rows.jsonl"
    talks = [row("<image>", "a", images=["abc"], source=1), row("Hi", 1.5, source=2), row("Hi", "b", source=3)]
    source.write_text("".join(json.dumps(talk) + "\n" for talk in talks), "utf-8")
    made = hooked("patches")
    summary = swiftcore.encode_files(made, source, tmp_path / "ids.jsonl", keep_columns=["source"])
    written = [json.loads(line) for line in (tmp_path / "ids.jsonl").read_text("utf-8").splitlines()]
    assert [one["input_ids"] for one in written] == [made.encode(talks[at])["input_ids"] for at in (0, 2)]
    assert [one["source"] for one in written] == [1, 3]
    assert (summary.rows_read, summary.rows_written, summary.refused) == (3, 2, 1)
    refused = json.loads((tmp_path / "ids.jsonl.refused.jsonl").read_text("utf-8"))
    assert refused["line"] == 2


def test_files_of_other_shapes(hooked: Any, tmp_path: Any) -> None:
    source = tmp_path / "rows.jsonl"
    talk = {"system": "s", "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}
    alpaca = {"instruction": "a", "input": "x", "output": "b"}
    for given in (talk, alpaca):
        source.write_text(json.dumps(given) + "\n", "utf-8")
        for name in ("plain", "same"):
            swiftcore.encode_files(hooked(name), source, tmp_path / f"{name}.jsonl", overwrite=True)
        assert (tmp_path / "same.jsonl").read_text("utf-8") == (tmp_path / "plain.jsonl").read_text("utf-8")


def test_parquet(hooked: Any, tmp_path: Any) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    talks = [row("<image>", "a", images=["abc"]), row("Hi", "b", system="s")]
    parquet.write_table(arrow.Table.from_pylist(talks), tmp_path / "rows.parquet")
    made = hooked("patches")
    swiftcore.encode_files(made, tmp_path / "rows.parquet", tmp_path / "ids.jsonl")
    written = [json.loads(line) for line in (tmp_path / "ids.jsonl").read_text("utf-8").splitlines()]
    assert [one["input_ids"] for one in written] == [made.encode(talk)["input_ids"] for talk in talks]


def test_a_row_that_raises_ends_the_job_where_asked(hooked: Any, tmp_path: Any) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_text(json.dumps(row("Hi", system="s")) + "\n", "utf-8")
    with pytest.raises(RowError, match="Picky raised ValueError: no orders"):
        swiftcore.encode_files(hooked("picky"), source, tmp_path / "ids.jsonl", on_error="raise")
    assert not (tmp_path / "ids.jsonl").exists()


def test_pickles(hooked: Any) -> None:
    made = hooked("patches")
    again = pickle.loads(pickle.dumps(made))
    talk = row("<image>", "a", images=["abc"])
    assert type(again) is Patches
    assert again.encode(talk) == made.encode(talk)
    meta = pickle.loads(pickle.dumps(swiftcore.get_template_meta("hooked_patches")))
    assert meta.template_cls is Patches
    assert meta == swiftcore.get_template_meta("hooked_patches")


def test_threads(hooked: Any) -> None:
    made = hooked("patches")
    talks = [row(f"{index} <image>", "a", images=["x" * (index % 5)]) for index in range(50)]
    expected = [made.encode(talk) for talk in talks]
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(list(made.encode_batch(talks)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4
