"""The Rust core as Python sees it. Not for use from outside: `swiftcore` has the public names."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, final

from .errors import RowError
from .template.rules import Rule

__all__ = [
    "Agent",
    "Batch",
    "Buffer",
    "EncodeJob",
    "Encoder",
    "Options",
    "Segment",
    "Summary",
    "TemplateSpec",
    "Tokenizer",
    "__version__",
    "agent_formats",
    "settle_engine_threads",
]

__version__: str

def settle_engine_threads() -> int: ...

@final
class Tokenizer:
    @staticmethod
    def from_file(path: str | os.PathLike[str], special_tokens: dict[str, str], engine: str) -> Tokenizer: ...
    @staticmethod
    def from_json(json: str, special_tokens: dict[str, str], engine: str) -> Tokenizer: ...
    def encode(self, text: str, add_special_tokens: bool = False) -> list[int]: ...
    def decode(self, ids: Sequence[int], skip_special_tokens: bool = False) -> str: ...
    def token_to_id(self, token: str) -> int | None: ...
    def id_to_token(self, id: int) -> str | None: ...
    def attribute_id(self, name: str) -> int | None: ...
    def attribute_token(self, name: str) -> str | None: ...
    def vocab_size(self) -> int: ...
    def json(self) -> bytes: ...
    @property
    def path(self) -> os.PathLike[str] | None: ...
    @property
    def hash(self) -> str: ...
    @property
    def engine(self) -> str: ...
    @property
    def warning(self) -> str | None: ...

@final
class Agent:
    @staticmethod
    def built_in(name: str) -> Agent | None: ...
    @staticmethod
    def declared(
        name: str,
        *,
        tool: str,
        tools: str,
        tool_sep: str,
        around_system: tuple[str, str],
        in_first_message: bool,
        call: str,
        calls: str,
        call_sep: str,
        argument: str,
        argument_sep: str,
        before_calls: str,
        answer: str,
        answers: str,
        answer_sep: str,
        before_answers: str | None,
        after_answers: str,
    ) -> Agent: ...
    @staticmethod
    def of_python(name: str, object: object) -> Agent: ...
    @property
    def name(self) -> str: ...
    def parse(self, text: str, tools: list[Any] | None = None) -> list[dict[str, Any]]: ...

def agent_formats() -> list[str]: ...

@final
class TemplateSpec:
    def __new__(
        cls,
        *,
        template_type: str,
        prefix: Sequence[str | Sequence[int | str]],
        prompt: Sequence[str | Sequence[int | str]],
        chat_sep: Sequence[str | Sequence[int | str]] | None,
        suffix: Sequence[str | Sequence[int | str]],
        support_system: bool,
        system_prompt: Sequence[str | Sequence[int | str]] | None = None,
        system_prefix: Sequence[str | Sequence[int | str]] | None = None,
        default_system: str | None = None,
        stop_words: Sequence[str | Sequence[int | str]] = ...,
        auto_add_bos: bool = False,
        is_thinking: bool = False,
        thinking_prefix: str = ...,
        non_thinking_prefix: str = ...,
        preserve_thinking: bool | None = None,
        history_thinking_prefix: str = ...,
        rules: Sequence[Rule] = ...,
        agent_template: str | None = None,
    ) -> TemplateSpec: ...

@final
class Options:
    def __new__(
        cls,
        *,
        training: bool = False,
        max_length: int | None = None,
        truncation_strategy: str = "raise",
        use_chat_template: bool = True,
        loss_scale: str = "default",
        is_binary_loss_scale: bool | None = None,
        response_prefix: str | None = None,
        enable_thinking: bool | None = None,
        preserve_thinking: bool | None = None,
        add_non_thinking_prefix: bool = True,
        agent: Agent | None = None,
    ) -> Options: ...
    @property
    def training(self) -> bool: ...
    @property
    def gives_loss_scale(self) -> bool: ...

@final
class Segment:
    """One rendered run: `text` still to be tokenized, or `ids` taken as they are, with a `weight`.

    >>> Segment(text="Hi", weight=1.0)
    Segment(text="Hi", weight=1)
    """

    def __new__(cls, *, text: str | None = None, ids: Sequence[int] | None = None, weight: float = 0.0) -> Segment: ...
    @property
    def text(self) -> str | None: ...
    @property
    def ids(self) -> list[int] | None: ...
    @property
    def weight(self) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...

@final
class Encoder:
    def __new__(cls, tokenizer: Tokenizer, template: TemplateSpec, options: Options) -> Encoder: ...
    def with_options(self, options: Options) -> Encoder: ...
    def render(self, row: Mapping[str, Any]) -> list[Segment]: ...
    def encode_segments(self, segments: Sequence[Segment]) -> dict[str, list[Any]]: ...
    def encode(self, row: Mapping[str, Any]) -> list[dict[str, list[Any]]]: ...
    def encode_batch(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        on_untrainable: str = "keep",
        num_threads: int | None = None,
    ) -> Batch: ...

@final
class Batch:
    def __new__(cls, parts: tuple[Any, ...]) -> Batch: ...
    def __reduce__(self) -> tuple[type[Batch], tuple[Any, ...]]: ...
    def __len__(self) -> int: ...
    @property
    def ragged(self) -> list[str]: ...
    @property
    def refused_count(self) -> int: ...
    @property
    def untrainable(self) -> int: ...
    def values(self, name: str) -> Buffer: ...
    def offsets(self) -> Buffer: ...
    def row(self, index: int) -> dict[str, list[Any]]: ...
    def refused(self) -> list[RowError]: ...
    def arrow_column(self, name: str, requested_schema: object = None) -> tuple[object, object]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

@final
class Buffer:
    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class EncodeJob:
    def __new__(
        cls,
        encoder: Encoder,
        inputs: Sequence[str],
        output: str | os.PathLike[str] | None = None,
        *,
        format: str | None = None,
        input_format: str | None = None,
        shape: str | None = None,
        columns: Mapping[str, str] | None = None,
        keep_columns: Sequence[str] = ...,
        limit: int | None = None,
        on_error: str = "skip",
        on_untrainable: str = "keep",
        num_threads: int | None = None,
        overwrite: bool = False,
        refused_path: str | os.PathLike[str] | None = None,
    ) -> EncodeJob: ...
    def run(self) -> Summary: ...
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int, int, int | None, int]: ...

@final
class Summary:
    @property
    def rows_read(self) -> int: ...
    @property
    def rows_written(self) -> int: ...
    @property
    def tokens(self) -> int: ...
    @property
    def trained_tokens(self) -> int: ...
    @property
    def untrainable(self) -> int: ...
    @property
    def truncated(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def refused_by_kind(self) -> dict[str, int]: ...
    @property
    def examples(self) -> list[str]: ...
    @property
    def refused_path(self) -> os.PathLike[str] | None: ...
    @property
    def length_p50(self) -> int: ...
    @property
    def length_p90(self) -> int: ...
    @property
    def length_p99(self) -> int: ...
    @property
    def length_max(self) -> int: ...
    @property
    def length_mean(self) -> float: ...
    @property
    def seconds(self) -> float: ...
    @property
    def bytes_read(self) -> int: ...
