"""The exceptions of swiftcore: one base class, and a class a stage.

Each of them survives a pickle with its attributes, so that an error raised in a worker process reads the
same in its parent.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

__all__ = [
    "ArgumentError",
    "BatchError",
    "DataError",
    "HubError",
    "InternalError",
    "MaxLengthError",
    "ModelError",
    "RowError",
    "SwiftcoreError",
    "TemplateError",
    "TokenizerError",
]


def _restore(cls: type[SwiftcoreError], args: tuple[Any, ...], state: dict[str, Any]) -> SwiftcoreError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class SwiftcoreError(Exception):
    """The base class: `except SwiftcoreError` catches everything that swiftcore raises of its own.

    >>> try:
    ...     raise TemplateError("no such template")
    ... except SwiftcoreError as error:
    ...     print(error)
    no such template
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__.copy())


class RowError(SwiftcoreError, ValueError):
    """A row that cannot be encoded: what is wrong, and where.

    `kind` is a short stable name to compare with, `row` the index of the row in its batch, `message` the
    index of the message in the row, `field` the key at fault, and `detail` what was found there.

    >>> error = RowError("row 3, message 1: unknown role 'usr'", kind="role", row=3, message=1, field="role")
    >>> error.kind, error.row, error.message, error.field
    ('role', 3, 1, 'role')
    """

    kind: str
    row: int | None
    message: int | None
    field: str | None
    detail: str

    def __init__(
        self,
        text: str,
        *,
        kind: str,
        row: int | None = None,
        message: int | None = None,
        field: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.row = row
        self.message = message
        self.field = field
        self.detail = detail

    def at_row(self, row: int) -> RowError:
        """Return a copy of this error for another row.

        >>> error = RowError("row 3, field 'role': is unknown", kind="role", row=3, field="role", detail="is unknown")
        >>> print(error.at_row(17))
        row 17, field 'role': is unknown
        """
        place = [f"row {row}"]
        if self.message is not None:
            place.append(f"message {self.message}")
        if self.field is not None:
            place.append(f"field '{self.field}'")
        error = type(self).__new__(type(self), f"{', '.join(place)}: {self.detail}")
        error.__dict__.update(self.__dict__, row=row)
        error.__cause__ = self.__cause__
        return error


class MaxLengthError(RowError):
    """A row longer than `max_length`, where truncation is not allowed.

    `length` is the number of tokens of the row, or of the side of it that is too long, and `max_length` the limit.

    >>> error = MaxLengthError("row 0: ...", kind="too_long", row=0, length=4100, max_length=4096)
    >>> error.length, error.max_length
    (4100, 4096)
    """

    length: int | None
    max_length: int | None

    def __init__(self, text: str, *, length: int | None = None, max_length: int | None = None, **place: Any) -> None:
        super().__init__(text, **place)
        self.length = length
        self.max_length = max_length


class BatchError(SwiftcoreError, ValueError):
    """Rows of a batch were refused: `refused` says which and why, `batch` holds all the others.

    >>> refused = [RowError("row 0: no messages", kind="empty", row=0)]
    >>> error = BatchError("1 of 2 rows refused", refused=refused)
    >>> [refusal.row for refusal in error.refused]
    [0]
    """

    refused: list[RowError]
    batch: Any

    def __init__(self, text: str, *, refused: Iterable[RowError] = (), batch: Any = None) -> None:
        super().__init__(text)
        self.refused = list(refused)
        self.batch = batch


class TemplateError(SwiftcoreError, ValueError):
    """A template that is unknown, registered twice, or has a field that cannot mean anything.

    >>> error = TemplateError("template 'mine', prompt: ...", template_type="mine", field="prompt")
    >>> error.template_type, error.field
    ('mine', 'prompt')
    """

    template_type: str | None
    field: str | None

    def __init__(self, text: str, *, template_type: str | None = None, field: str | None = None) -> None:
        super().__init__(text)
        self.template_type = template_type
        self.field = field


class ModelError(SwiftcoreError, ValueError):
    """A model that is unknown, registered twice, or has a field that cannot mean anything.

    >>> error = ModelError("model 'mine', template: ...", model_type="mine", field="template")
    >>> error.model_type, error.field
    ('mine', 'template')
    """

    model_type: str | None
    field: str | None

    def __init__(self, text: str, *, model_type: str | None = None, field: str | None = None) -> None:
        super().__init__(text)
        self.model_type = model_type
        self.field = field


class HubError(ModelError):
    """A model cannot be downloaded from a hub. The message says what to do.

    Attributes:
        kind: A stable name for the failure: `unknown`, `revision`, `private`, `gated`, `offline`, `connection`,
            `damaged`, `disk`, `not_a_model`, `not_installed` or `hub`.
        model: The id of the model.

    >>> error = HubError("no model 'mine/chat' ...", kind="unknown", model="mine/chat")
    >>> error.kind, error.model, isinstance(error, ModelError)
    ('unknown', 'mine/chat', True)
    """

    kind: str
    model: str | None

    def __init__(self, text: str, *, kind: str = "hub", model: str | None = None) -> None:
        super().__init__(text, field="model_id_or_path")
        self.kind = kind
        self.model = model


class ArgumentError(SwiftcoreError, ValueError):
    """An argument that is not valid: `argument` names it, `reason` says why it was needed where the message says so.

    >>> ArgumentError("argument 'engine': 'quick' is no engine", argument="engine").argument
    'engine'
    """

    argument: str | None
    reason: str | None

    def __init__(self, text: str, *, argument: str | None = None, reason: str | None = None) -> None:
        super().__init__(text)
        self.argument = argument
        self.reason = reason


class TokenizerError(SwiftcoreError, ValueError):
    """A tokenizer that cannot be loaded, or lacks what a template asks of it.

    >>> isinstance(TokenizerError("this tokenizer has no eos token"), ValueError)
    True
    """


class DataError(SwiftcoreError, ValueError):
    """A file that cannot be read or written: `path` names it.

    >>> DataError("chat.jsonl, line 3: not JSON", path="chat.jsonl").path
    'chat.jsonl'
    """

    path: str | None

    def __init__(self, text: str, *, path: str | os.PathLike[str] | None = None) -> None:
        super().__init__(text)
        self.path = None if path is None else os.fspath(path)


class InternalError(SwiftcoreError, RuntimeError):
    """A state that swiftcore believed impossible: a defect of ours, worth a report.

    >>> isinstance(InternalError("offsets do not ascend"), RuntimeError)
    True
    """
