"""The exception hierarchy: one base, attributes that survive a pickle, the builtin bases users catch."""

from __future__ import annotations

import copy
import pathlib
import pickle
from typing import Any

import pytest
import swiftcore
from support import row
from swiftcore import errors
from swiftcore.errors import (
    ArgumentError,
    BatchError,
    DataError,
    HubError,
    InternalError,
    MaxLengthError,
    ModelError,
    RowError,
    SwiftcoreError,
    TemplateError,
    TokenizerError,
)

LONG = row("Hi " * 20)
ROW = RowError("row 3, message 1, role: unknown role 'usr'", kind="role", row=3, message=1, field="role", detail="usr")

EXAMPLES: list[SwiftcoreError] = [
    SwiftcoreError("any"),
    ROW,
    MaxLengthError("row 0: 9 tokens, max_length is 8", kind="too_long", row=0, length=9, max_length=8),
    BatchError("1 of 2 rows refused", refused=[ROW], batch={"input_ids": [[1, 2]]}),
    TemplateError("template 'mine', prompt: ...", template_type="mine", field="prompt"),
    ModelError("model 'mine', template: ...", model_type="mine", field="template"),
    ArgumentError("argument 'engine': 'quick' is no engine", argument="engine"),
    TokenizerError("no eos token"),
    HubError("no model 'mine/chat'", kind="unknown", model="mine/chat"),
    DataError("chat.jsonl: not found", path=pathlib.PurePosixPath("chat.jsonl")),
    InternalError("offsets do not ascend"),
]


def attributes(error: SwiftcoreError) -> dict[str, object]:
    found = dict(vars(error))
    if isinstance(error, BatchError):
        found["refused"] = [(str(row), vars(row)) for row in error.refused]
    return found


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_keeps_everything(error: SwiftcoreError, protocol: int) -> None:
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert attributes(back) == attributes(error)


def test_copy_and_notes() -> None:
    error = RowError("bad", kind="role")
    error.add_note("in chat.jsonl")
    for back in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert back.__notes__ == ["in chat.jsonl"]
        assert back.kind == "role"


def test_every_public_class_is_shown_here() -> None:
    assert {type(error).__name__ for error in EXAMPLES} == set(errors.__all__)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_bases(error: SwiftcoreError) -> None:
    assert isinstance(error, SwiftcoreError)
    if isinstance(error, InternalError):
        assert isinstance(error, RuntimeError)
    elif type(error) is not SwiftcoreError:
        assert isinstance(error, ValueError)


def test_row_error_defaults() -> None:
    error = RowError("empty", kind="empty")
    assert (error.row, error.message, error.field, error.detail) == (None, None, None, "")
    assert isinstance(MaxLengthError("long", kind="max_length"), RowError)


def test_row_error_needs_a_kind() -> None:
    with pytest.raises(TypeError, match="kind"):
        RowError("no kind")  # type: ignore[call-arg]


def test_subclass_with_its_own_constructor_pickles() -> None:
    back = pickle.loads(pickle.dumps(ShortError(7)))
    assert isinstance(back, ShortError)
    assert (str(back), back.row, back.kind) == ("row 7 is short", 7, "short")


class ShortError(RowError):
    def __init__(self, row: int) -> None:
        super().__init__(f"row {row} is short", kind="short", row=row)


def test_data_error_takes_any_path() -> None:
    assert DataError("x", path=pathlib.PurePosixPath("a/b")).path == "a/b"
    assert DataError("x").path is None


def test_the_length_of_a_row_that_is_too_long() -> None:
    """On every path, and through a pickle of the batch."""
    template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", max_length=5)
    length = len(swiftcore.get_template("deepseek", template_type="deepseek_v2_5").encode(LONG)["input_ids"])
    with pytest.raises(MaxLengthError) as caught:
        template.encode(LONG)
    (refused,) = template.encode_batch([LONG], on_error="ignore").refused
    (kept,) = pickle.loads(pickle.dumps(template.encode_batch([LONG], on_error="ignore"))).refused
    for error in (caught.value, refused, kept):
        assert isinstance(error, MaxLengthError)
        assert (error.length, error.max_length) == (length, 5)


def test_the_length_of_a_row_that_is_too_long_for_hooks() -> None:
    class Hooked(swiftcore.Template):
        def _encode(self, inputs: Any) -> Any:
            return super()._encode(inputs)

    meta = swiftcore.TemplateMeta("too_long", [], ["{{QUERY}}"], [], template_cls=Hooked)
    swiftcore.register_template(meta, exist_ok=True)
    template = swiftcore.get_template("deepseek", template_type="too_long", max_length=2)
    with pytest.warns(UserWarning, match="one by one"):
        (refused,) = template.encode_batch([LONG], on_error="ignore").refused
    assert isinstance(refused, MaxLengthError) and refused.length is not None
    assert refused.length > refused.max_length == 2


def test_the_number_of_a_row_is_changed_without_its_text() -> None:
    error = RowError("row 1, message 0: row 1 is bad", kind="role", row=1, message=0, detail="row 1 is bad")
    moved = error.at_row(12)
    assert (str(moved), moved.row, moved.kind) == ("row 12, message 0: row 1 is bad", 12, "role")
    assert str(error) == "row 1, message 0: row 1 is bad"


LONE = "\ud83d"


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda template, path: template.tokenizer.encode(LONE), "text"),
        (lambda template, path: template.tokenizer.decode([-1]), "ids"),
        (lambda template, path: template.tokenizer.decode([2**70]), "ids"),
        (lambda template, path: template.tokenizer.decode("ids"), "ids"),
        (lambda template, path: swiftcore.Segment(text=LONE), "text"),
        (lambda template, path: swiftcore.Segment(ids=[-1]), "ids"),
        (lambda template, path: swiftcore.encode_files(template, [5], None), "inputs"),
        (lambda template, path: swiftcore.encode_files(template, 5, None), "inputs"),
        (lambda template, path: swiftcore.encode_files(template, path, 5), "output"),
        (lambda template, path: swiftcore.encode_files(template, path, None, keep_columns=[LONE]), "keep_columns"),
        (lambda template, path: swiftcore.encode_files(template, path, None, keep_columns=5), "keep_columns"),
        (lambda template, path: swiftcore.encode_files(template, path, None, format=LONE), "format"),
        (lambda template, path: swiftcore.encode_files(template, path, None, shape=5), "shape"),
        (lambda template, path: swiftcore.encode_files(template, path, None, columns={LONE: "x"}), "columns"),
        (lambda template, path: swiftcore.encode_files(template, path, None, columns=["x"]), "columns"),
        *(
            (
                lambda template, path, name=name: swiftcore.get_template(
                    "deepseek", template_type="qwen3", **{name: LONE}
                ),
                name,
            )
            for name in ("agent_template", "truncation_strategy", "task_type", "problem_type", "loss_scale", "engine")
        ),
    ],
)
def test_values_of_wrong_types_name_their_argument(tmp_path, call, argument):
    template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
    with pytest.raises(swiftcore.ArgumentError) as caught:
        call(template, tmp_path / "in.jsonl")
    assert caught.value.argument == argument
    assert str(caught.value).startswith(f"argument '{argument}': ")
