"""Each line of COMPATIBILITY.md about templates of one's own, shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
import swiftcore
from support import ROOT, row
from swiftcore import ArgumentError, RowError, Template, TemplateError, TemplateMeta, register_template

pytestmark = pytest.mark.filterwarnings("ignore:.*one by one")
PATCH = "<｜place▁holder▁no▁0｜>"


def template(cls: type[Template], **arguments: Any) -> Template:
    fields: Any = (["<s>"], ["<user>{{QUERY}}<bot>"], ["</s>"], ["</s>"])
    register_template(TemplateMeta("hooked_line", *fields, template_cls=cls), exist_ok=True)
    try:
        return swiftcore.get_template("deepseek", template_type="hooked_line", **{"mode": "train", **arguments})
    finally:
        del swiftcore.TEMPLATE_MAPPING["hooked_line"]


def test_every_line_has_a_test() -> None:
    lines = re.findall(r"^\| (H\d\d) \|", (ROOT / "COMPATIBILITY.md").read_text("utf-8"), re.MULTILINE)
    tests = [name[5:8].upper() for name in globals() if re.match(r"test_h\d\d_", name)]
    assert lines
    assert sorted(tests) == sorted(lines)


@pytest.mark.parametrize("name", ["_swift_encode", "_encode_truncated", "_data_collator_mm_data", "_current"])
def test_h01_only_hooks_are_overridden(name: str) -> None:
    with pytest.raises(TemplateError, match=f"Other.{name} overrides a method that swiftcore does not call"):
        template(type("Other", (Template,), {name: lambda self, *given: None}))


def test_h02_a_hook_is_called_once() -> None:
    calls = []

    class Fails(Template):
        def _encode(self, inputs: Any) -> Any:
            calls.append(inputs)
            raise OSError("no")

    with pytest.raises(RowError, match=r"Fails raised OSError: no") as caught:
        template(Fails).encode(row("Hi"))
    assert len(calls) == 1
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("column", ["labels", "loss_scale"])
def test_h03_labels_are_as_many_as_ids(column: str) -> None:
    class Longer(Template):
        def _encode(self, inputs: Any) -> Any:
            encoded = super()._encode(inputs)
            return {**encoded, column: [*encoded[column], 1]}

    with pytest.raises(RowError, match=rf"Longer._encode gave \d+ {column} for \d+ input_ids; extend them together"):
        template(Longer, is_binary_loss_scale=False).encode(row("Hi", "Ho"))


def test_h04_whatever_has_a_value_a_token_is_cut() -> None:
    class Typed(Template):
        def _encode(self, inputs: Any) -> Any:
            encoded = super()._encode(inputs)
            count = len(encoded["input_ids"])
            return {**encoded, "token_type_ids": list(range(count)), "position_ids": list(range(count))}

    encoded = template(Typed, truncation_strategy="left", max_length=3).encode(row("Hi", "Ho"))
    whole = len(template(Typed).encode(row("Hi", "Ho"))["input_ids"])
    assert encoded["token_type_ids"] == encoded["position_ids"] == list(range(whole))[-3:]


def test_h05_a_batch_with_labels_for_some_is_refused(make: Any) -> None:
    pytest.importorskip("torch")
    made = make("deepseek_v2_5", mode="train")
    rows = [made.encode(row("Hi", "Ho")), {"input_ids": [1, 2]}]
    with pytest.raises(ArgumentError, match="1 of 2 rows lack 'labels'"):
        made.data_collator(rows)
    rows = [{"input_ids": [1], "labels": [1], "position_ids": [0]}, {"input_ids": [1, 2], "labels": [1, 2]}]
    with pytest.raises(ArgumentError, match="1 of 2 rows lack 'position_ids'"):
        made.data_collator(rows)


def test_h06_placeholders_are_those_of_the_template() -> None:
    class Holds(Template):
        placeholder_tokens = [PATCH]

    assert template(Holds).placeholder_tokens == [128000]
    assert Holds.placeholder_tokens == [PATCH]

    class Lacks(Template):
        placeholder_tokens = ["<nowhere>"]

    with pytest.raises(TemplateError, match="placeholder token '<nowhere>' is not in the tokenizer"):
        template(Lacks)


def test_h07_rows_can_be_collated_twice() -> None:
    torch = pytest.importorskip("torch")

    class Gathers(Template):
        def _data_collator(self, batch: Any, *, padding_to: int | None = None) -> Any:
            seen = self.gather_list(batch, "seen")
            return {**super()._data_collator(batch, padding_to=padding_to), "seen": seen}

    made = template(Gathers)
    rows = [{"input_ids": [1], "seen": [2], "pixel_values": torch.ones(1), "image_grid_thw": torch.ones(1)}]
    first, second = made.data_collator(rows), made.data_collator(rows)
    assert first.keys() == second.keys()
    assert first["seen"] == second["seen"] == [2]


def test_h08_texts_hold_no_markup(tmp_path: Any) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"x")

    class Sees(Template):
        def replace_tag(self, media_type: Any, index: int, inputs: Any) -> Any:
            return ["?"]

    made = template(Sees, mode="transformers")
    said = f"<img>{path}</img> Draw one<start-image>"
    assert said in made.tokenizer.decode(made.encode(row(said))["input_ids"])


def test_h09_an_engine_loads_its_own_media() -> None:
    class Hears(Template):
        audio_placeholder = ["<sound>"]

    encoded = template(Hears, mode="vllm").encode(row("<audio><video>", audios=["a.wav"], videos=["v.mp4"]))
    assert (encoded["audios"], encoded["videos"]) == (["a.wav"], ["v.mp4"])


def test_h10_registering_patches_nothing() -> None:
    torch = pytest.importorskip("torch")
    before = dict(vars(torch.nn.Module))
    made = template(Template)
    model = torch.nn.Linear(1, 1)
    made.register_post_encode_hook([model])
    assert len(model._forward_pre_hooks) == 1
    made.remove_post_encode_hook()
    assert dict(vars(torch.nn.Module)) == before
