"""What multimodal templates say of rows without media: kept placeholder tokens, columns beside ids, one system text."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
import swiftcore
from support import row

IMAGE = "<start_of_image>"
ROWS = [row("q", "a"), row("one two three", "four")]


@pytest.fixture(scope="module")
def marked(tokenizer: swiftcore.Tokenizer) -> swiftcore.Tokenizer:
    """A tokenizer with the token that stands for an image in Gemma's templates."""
    made = json.loads(tokenizer._native.json())
    taken = max(token["id"] for token in made["added_tokens"]) + 1
    made["added_tokens"].append(
        {"id": taken, "content": IMAGE, "special": True}
        | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    )
    return swiftcore.Tokenizer.from_json(json.dumps(made), special_tokens=tokenizer.special_tokens)


def template(tokenizer: swiftcore.Tokenizer, name: str, **arguments: Any) -> swiftcore.Template:
    return swiftcore.get_template(tokenizer, template_type=name, **{"mode": "train", **arguments})


@pytest.mark.parametrize("side", ["left", "right"])
def test_truncation_keeps_what_stands_for_media(marked: swiftcore.Tokenizer, side: str) -> None:
    words = "many words " * 9
    long = row(f"{IMAGE} {words}", words) if side == "left" else row(words, f"{words} {IMAGE}")
    image = marked.convert_tokens_to_ids(IMAGE)
    for name, kept in (("gemma3_vision", 1), ("gemma3n", 1), ("gemma3_text", 0)):
        cut = template(marked, name, max_length=4, truncation_strategy=side).encode(long)["input_ids"]
        assert (len(cut), cut.count(image)) == (4, kept)


def test_a_copy_under_another_name_keeps_them_too(marked: swiftcore.Tokenizer) -> None:
    copy = dataclasses.replace(swiftcore.get_template_meta("gemma3_vision"), template_type="doc_gemma_copy")
    swiftcore.register_template(copy)
    assert template(marked, "doc_gemma_copy").encode(ROWS[0]) == template(marked, "gemma3_vision").encode(ROWS[0])


COLUMNS = {
    "chatglm4v": ("position_ids", False),
    "diffusion_gemma": ("mm_token_type_ids", True),
    "gemma3_vision": ("token_type_ids", True),
    "gemma3n": ("token_type_ids", True),
    "gemma4": ("mm_token_type_ids", True),
    "gemma4_nothinking": ("mm_token_type_ids", True),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_beside_ids(tokenizer: swiftcore.Tokenizer, name: str) -> None:
    column, is_zero = COLUMNS[name]
    made = template(tokenizer, name)

    def values(length: int) -> list[int]:
        return [0] * length if is_zero else list(range(length))

    encoded = [made.encode(one) for one in ROWS]
    assert [one[column] for one in encoded] == [values(len(one["input_ids"])) for one in encoded]
    batch = made.encode_batch(ROWS)
    assert [one[column] for one in batch] == [one[column] for one in encoded]
    bare = template(tokenizer, name, mode="vllm").encode(ROWS[0])
    assert column not in bare
    torch = pytest.importorskip("torch")
    longest = max(len(one["input_ids"]) for one in encoded)
    expected = [one[column] + [0] * (longest - len(one["input_ids"])) for one in encoded]
    for collated in (made.data_collator(encoded), made.data_collator(batch)):
        assert (collated[column].tolist(), collated[column].dtype) == (expected, torch.int64)


@pytest.mark.parametrize("name", ["gemma3_vision", "gemma3n", "gemma3_text"])
def test_a_second_system_text(tokenizer: swiftcore.Tokenizer, name: str) -> None:
    system = {"role": "system", "content": "S"}
    two = {"messages": [system, system, *row("q", "a")["messages"]]}
    with pytest.raises(swiftcore.RowError, match="message 1, field 'role': a system message stands behind others"):
        template(tokenizer, name).encode(two)
