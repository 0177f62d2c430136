"""What the hooks of a template see of a row: `StdTemplateInputs`, and `TemplateInputs` where a row has several sides.

Rows come in many shapes; here they have one, ms-swift's. A hook may change all of it before the row is encoded.
Nothing here encodes, and what a message may hold is checked where it is rendered.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import RowError
from .blocks import all_standard_messages

__all__ = ["StdTemplateInputs", "TemplateInputs", "chosen_inputs", "refuse_row"]

_MEDIA = ("images", "videos", "audios")
_SIDES = ("rejected", "positive", "negative")
_SCALARS = ("label", "channel", "margin")


def refuse_row(kind: str, detail: str, *, message: int | None = None, field: str | None = None) -> RowError:
    """The error that says `detail` of a message and a field, for the caller to raise.

    >>> print(refuse_row("wrong_type", "is a number; give a list", message=1, field="content"))
    message 1, field 'content': is a number; give a list
    """
    place = [] if message is None else [f"message {message}"]
    if field is not None:
        place.append(f"field '{field}'")
    text = f"{', '.join(place)}: {detail}" if place else detail
    return RowError(text, kind=kind, message=message, field=field, detail=detail)


@dataclass
class StdTemplateInputs:
    """A row, or one side of it, as the hooks of a template see it.

    >>> inputs = StdTemplateInputs.from_dict(
    ...     {
    ...         "messages": [
    ...             {"role": "system", "content": "Be brief."},
    ...             {"role": "user", "content": [{"type": "image", "image": "cat.png"}, {"type": "text", "text": "?"}]},
    ...         ]
    ...     }
    ... )
    >>> inputs.system, inputs.messages, inputs.images
    ('Be brief.', [{'role': 'user', 'content': '<image>?'}], ['cat.png'])

    Attributes:
        messages: The messages without the system's; their content is text, or token ids.
        system: The system text; None for the template's own, empty for none.
        tools: The tools that the row brings.
        label: The row's label, of preference and classification.
        channel: The row's channel, which the encoded row gets too.
        images: One for each `<image>` in the texts, from first to last.
        videos: One for each `<video>`.
        audios: One for each `<audio>`.
        objects: Grounding: `ref` and `bbox` for each `<ref-object>` and `<bbox>` in the texts.
        margin: How much better the chosen side is.
        chat_template_kwargs: What the row says for itself.
        extra_kwargs: All other fields of the row.
        mm_processor_kwargs: For hooks to put down what a media processor is to be told.
        image_idx: How many images were met while the row is encoded; `video_idx`, `audio_idx`, `ref_idx` and
            `bbox_idx` count the others.
    """

    messages: list[dict[str, Any]]
    system: str | None = None
    tools: list[Any] | None = None

    label: Any = None
    channel: str | None = None

    images: list[Any] = field(default_factory=list)
    videos: list[Any] = field(default_factory=list)
    audios: list[Any] = field(default_factory=list)
    objects: dict[str, Any] = field(default_factory=dict)

    margin: float | None = None
    chat_template_kwargs: dict[str, Any] = field(default_factory=dict)
    extra_kwargs: dict[str, Any] = field(default_factory=dict)

    mm_processor_kwargs: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.image_idx = self.audio_idx = self.video_idx = self.ref_idx = self.bbox_idx = 0
        # Which message of the row each message was, for errors to name it.
        self._places: list[tuple[dict[str, Any], int]] = []
        for name in _MEDIA:
            media = getattr(self, name)
            if media and not isinstance(media, list | tuple):
                setattr(self, name, [media])

    @property
    def is_multimodal(self) -> bool:
        """Whether the row brings images, audios, videos or objects."""
        return bool(self.images or self.audios or self.videos or self.objects)

    @classmethod
    def from_dict(cls, inputs: Mapping[str, Any]) -> StdTemplateInputs:
        """The inputs of a row with `messages`. The row itself is not changed, and shares its media.

        Raises:
            RowError: There are no messages, or one is no message.
        """
        messages, places = _messages_of(inputs)
        system = None
        if messages and messages[0].get("role") == "system":
            system = messages[0].get("content")
            messages, places = messages[1:], places[1:]
            if isinstance(system, list):
                system = _text_of_system(system)
        media = cls.remove_messages_media(messages)
        for name in _MEDIA:
            given = _media_of(inputs, name)
            if given and media[name]:
                detail = "is given although messages hold such parts; give them in one place"
                raise refuse_row("wrong_value", detail, field=name)
            media[name] = media[name] or given
        known = {one.name for one in fields(StdTemplateInputs)}
        given_as_they_are: dict[str, Any] = {name: inputs[name] for name in _SCALARS if name in inputs}
        made = cls(
            messages=messages,
            system=system,
            tools=_copied(inputs.get("tools")),
            objects=_mapping_of(inputs, "objects"),
            chat_template_kwargs=_mapping_of(inputs, "chat_template_kwargs"),
            extra_kwargs={name: _copied(value) for name, value in inputs.items() if name not in known},
            images=media["images"],
            videos=media["videos"],
            audios=media["audios"],
            **given_as_they_are,
        )
        made._places = list(zip(messages, places, strict=True))
        return made

    @staticmethod
    def remove_messages_media(messages: list[dict[str, Any]]) -> dict[str, list[Any]]:
        """Writes content of typed parts as text with a tag for each medium, and gives the media.

        >>> said = [{"role": "user", "content": [{"type": "audio_url", "audio_url": {"url": "a.wav"}}]}]
        >>> StdTemplateInputs.remove_messages_media(said), said[0]["content"]
        ({'images': [], 'audios': ['a.wav'], 'videos': []}, '<audio>')
        """
        media: dict[str, list[Any]] = {"images": [], "audios": [], "videos": []}
        for message in messages:
            content = message.get("content")
            if isinstance(content, list) and content and all(isinstance(part, Mapping) for part in content):
                text = _text_of_parts(content, media)
                if text is not None:  # else it is refused, with its reason, where it is rendered
                    message["content"] = text
        return media

    def to_dict(self) -> dict[str, Any]:
        """The inputs as a row again.

        >>> StdTemplateInputs([{"role": "user", "content": "Hi"}], system="Be brief.").to_dict()
        {'messages': [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hi'}]}
        """
        system = [] if self.system is None else [{"role": "system", "content": self.system}]
        row: dict[str, Any] = {**self.extra_kwargs, "messages": [*system, *self.messages]}
        for name in (*_SCALARS, "tools", *_MEDIA, "objects", "chat_template_kwargs"):
            value = getattr(self, name)
            if value is not None and value != {} and value != []:
                row[name] = value
        return row

    def _place_of(self, index: int) -> int | None:
        """Which message of the row message `index` of `to_dict` was."""
        index -= self.system is not None
        if index < 0:
            return 0
        if index >= len(self.messages):
            return None
        message = self.messages[index]
        return next((place for known, place in self._places if known is message), None)


@dataclass
class TemplateInputs:
    """A row with all its sides: the chosen one, and what else the task asks for.

    >>> row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]}
    >>> inputs = TemplateInputs.from_dict({**row, "rejected_response": "What?"})
    >>> inputs.rejected.messages[-1]
    {'role': 'assistant', 'content': 'What?'}

    Attributes:
        chosen: The row itself.
        rejected: The side that is worse, where there is one.
        positive: Rows that are like the chosen one (embedding, reranker).
        negative: Rows that are unlike it.
    """

    chosen: StdTemplateInputs
    rejected: StdTemplateInputs | None = None
    positive: list[StdTemplateInputs] = field(default_factory=list)
    negative: list[StdTemplateInputs] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("chosen", "rejected"):
            value = getattr(self, name)
            if isinstance(value, Mapping):
                setattr(self, name, _side(name, value))
        for name in ("positive", "negative"):
            value = getattr(self, name)
            if isinstance(value, Mapping):
                setattr(self, name, _several(name, value))

    @classmethod
    def from_dict(cls, inputs: Mapping[str, Any]) -> TemplateInputs:
        """The inputs of a row: `rejected_messages`, `positive_messages` and so on are its other sides.

        Raises:
            RowError: A side cannot be read.
        """
        if not isinstance(inputs, Mapping):
            raise refuse_row("wrong_type", f"is {_named(inputs)}; give an object with `messages`")
        inputs = dict(inputs)
        own_rejected = inputs.get("rejected_messages") is not None
        _expand_rejected_response(inputs)
        sides: dict[str, dict[str, Any]] = {name: {} for name in _SIDES}
        chosen: dict[str, Any] = {}
        for name, value in inputs.items():
            side = next((side for side in _SIDES if name.startswith(f"{side}_")), None)
            if side is None:
                chosen[name] = value
            else:
                sides[side][name[len(side) + 1 :]] = value
        if sides["rejected"].get("messages") is None:
            sides["rejected"] = {}
        elif not own_rejected:  # what the rejected side lacks, it has from the chosen one
            lacking = {name: value for name, value in chosen.items() if sides["rejected"].get(name) is None}
            sides["rejected"].update({name: value for name, value in lacking.items() if value is not None})
        given: dict[str, Any] = {
            name: value for name, value in sides.items() if value and value.get("messages") is not None
        }
        return cls(chosen=_side("chosen", chosen), **given)

    def to_dict(self) -> dict[str, Any]:
        """The inputs as a row again.

        >>> inputs = TemplateInputs.from_dict({"messages": [{"role": "user", "content": "Hi"}]})
        >>> inputs.to_dict()
        {'messages': [{'role': 'user', 'content': 'Hi'}]}
        """
        row = self.chosen.to_dict()
        if self.rejected is not None:
            row |= {f"rejected_{name}": value for name, value in self.rejected.to_dict().items()}
        for side in ("positive", "negative"):
            rows = [one.to_dict() for one in getattr(self, side)]
            names = dict.fromkeys(name for one in rows for name in one)
            row |= {f"{side}_{name}": [one.get(name) for one in rows] for name in names}
        return row


def chosen_inputs(row: Mapping[str, Any]) -> StdTemplateInputs:
    """Return the inputs of a row's chosen side. The other sides are not read.

    >>> chosen_inputs({"messages": [{"role": "user", "content": "Hi"}], "rejected_response": 5}).messages
    [{'role': 'user', 'content': 'Hi'}]

    Raises:
        RowError: The row has no messages, or one of them is not valid.
    """
    own = {name: value for name, value in row.items() if not name.startswith(tuple(f"{side}_" for side in _SIDES))}
    return StdTemplateInputs.from_dict(own)


def _side(name: str, row: Mapping[str, Any]) -> StdTemplateInputs:
    if name == "chosen":
        return StdTemplateInputs.from_dict(row)
    try:
        return StdTemplateInputs.from_dict(row)
    except RowError as error:
        inner = f"{name}_{error.field}" if error.field else f"{name}_messages"
        raise refuse_row(error.kind, error.detail, message=error.message, field=inner) from error


def _several(name: str, rows: Mapping[str, Any]) -> list[StdTemplateInputs]:
    """`positive_messages` is a list of conversations, and every other field a list beside it."""
    conversations = rows.get("messages")
    if not isinstance(conversations, list | tuple):
        detail = f"is {_named(conversations)}; give a list of lists of messages"
        raise refuse_row("wrong_type", detail, field=f"{name}_messages")
    known = {one.name for one in fields(StdTemplateInputs)}
    found = []
    for index in range(len(conversations)):
        row = {}
        for field_name in known:
            values = rows.get(field_name)
            if values is None:
                continue
            if not isinstance(values, list | tuple) or len(values) <= index:
                detail = f"is {_named(values)}; give a list of {len(conversations)}, one for each conversation"
                raise refuse_row("wrong_value", detail, field=f"{name}_{field_name}")
            row[field_name] = values[index]
        found.append(_side(name, row))
    return found


def _expand_rejected_response(row: dict[str, Any]) -> None:
    """`rejected_response` stands for what follows the last message of a user."""
    if row.get("rejected_response") is None:
        row.pop("rejected_response", None)
        return
    response = row.pop("rejected_response")
    messages = row.get("messages")
    if not isinstance(messages, list | tuple) or not messages:
        return  # refused where it is read
    if isinstance(response, str):
        response = [{"role": "assistant", "content": response}]
    elif not isinstance(response, list):
        detail = f"is {_named(response)}; give a string, or a list of messages"
        raise refuse_row("wrong_type", detail, field="rejected_response")
    if any(isinstance(message, Mapping) and message.get("role") == "user" for message in response):
        raise refuse_row("role_order", "holds a user message; give the response only", field="rejected_response")
    last = max(
        (at for at, one in enumerate(messages) if isinstance(one, Mapping) and one.get("role") == "user"), default=-1
    )
    chosen = list(messages[last + 1 :])
    if len(chosen) == len(response) == 1 and isinstance(chosen[0], Mapping) and isinstance(response[0], Mapping):
        same = all(chosen[0].get(name) == response[0].get(name) for name in ("content", "tool_calls"))
        if same:
            detail = "equals the chosen response; give another, or leave the row out"
            raise refuse_row("wrong_value", detail, field="rejected_response")
    row["rejected_messages"] = [*messages[: last + 1], *response]


def _messages_of(inputs: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[int]]:
    """Copies of the messages in their one form, and which message of the row each was."""
    expected = "a list of messages with `role` and `content`"
    messages = inputs.get("messages")
    if messages is None:
        raise refuse_row("missing_field", f"is missing; give {expected}", field="messages")
    if not isinstance(messages, list | tuple):
        raise refuse_row("wrong_type", f"is {_named(messages)}; give {expected}", field="messages")
    if not messages:
        raise refuse_row("wrong_value", "is empty; give at least one message", field="messages")
    found: list[dict[str, Any]] = []
    places: list[int] = []
    for place, message in enumerate(messages):
        if not isinstance(message, Mapping):
            detail = f"is {_named(message)}; give an object with `role` and `content`"
            raise refuse_row("wrong_type", detail, message=place)
    for place, message in _answers_in_order(all_standard_messages(messages)):
        for one in _with_calls(message, place):
            found.append(one)
            places.append(place)
    return found, places


# Other names of roles.
_ROLES = {"tool_response": "tool", "function": "tool", "developer": "system"}


def _with_calls(message: Mapping[str, Any], place: int) -> list[dict[str, Any]]:
    calls = message.get("tool_calls") if message.get("role") == "assistant" else None
    if calls:
        return _tool_calls(message, calls, place)
    copied: dict[str, Any] = _copied(dict(message))
    role = copied.get("role")
    if isinstance(role, str) and role in _ROLES:
        copied["role"] = _ROLES[role]
    if copied.get("role") in ("tool", "tool_call") and not isinstance(copied.get("content"), str):
        copied["content"] = json.dumps(copied.get("content"), ensure_ascii=False)
    return [copied]


_REASONING = ("reasoning_content", "reasoning", "thinking")


def _tool_calls(message: Mapping[str, Any], calls: Any, place: int) -> list[dict[str, Any]]:
    found = []
    if message.get("content") or any(message.get(name) for name in _REASONING):
        kept = ("role", "content", "loss", "loss_scale", *_REASONING)
        found.append({name: _copied(value) for name, value in message.items() if name in kept})
        found[0]["content"] = found[0].get("content") or ""
    travels = {name: message[name] for name in ("loss", "loss_scale") if name in message}
    for call in calls if isinstance(calls, list | tuple) else (calls,):
        function = call.get("function", call) if isinstance(call, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            detail = f"holds {_named(call)} without a name; give objects with `function`, its `name` and `arguments`"
            raise refuse_row("missing_field", detail, message=place, field="tool_calls")
        arguments = function.get("arguments", {})
        if isinstance(arguments, str):
            with contextlib.suppress(ValueError):  # text that is no JSON stays text
                arguments = json.loads(arguments)
        content = json.dumps({"name": function["name"], "arguments": arguments}, ensure_ascii=False)
        found.append({"role": "tool_call", "content": content, **travels})
    return found


def _answers_in_order(placed: list[tuple[int, Mapping[str, Any]]]) -> list[tuple[int, Mapping[str, Any]]]:
    """Return messages with their places, answers of tools in the order of the calls where each names its own."""
    for index, (_, message) in enumerate(placed):
        calls = message.get("tool_calls") if isinstance(message, Mapping) else None
        if not isinstance(calls, list) or not all(isinstance(call, Mapping) for call in calls):
            continue
        end = index + 1
        while end < len(placed) and _answers(placed[end][1]):
            end += 1
        order = {call.get("id"): at for at, call in enumerate(calls)}
        answers = placed[index + 1 : end]
        whole = None not in order and len(order) == len(calls) == len(answers)
        if whole and set(order) == {answer.get("tool_call_id") for _, answer in answers}:
            placed[index + 1 : end] = sorted(answers, key=lambda answer: order[answer[1]["tool_call_id"]])
    return placed


def _answers(message: Any) -> bool:
    return isinstance(message, Mapping) and message.get("role") in ("tool", "tool_response", "function")


# The types of parts that are texts, and the key of each text.
_TEXTS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}


def _text_of_parts(parts: list[Any], media: dict[str, list[Any]]) -> str | None:
    text = ""
    found: list[tuple[str, Any]] = []
    for part in parts:
        kind = part.get("type")
        if kind in _TEXTS and isinstance(part.get(_TEXTS[kind]), str):
            text += part[_TEXTS[kind]]
            continue
        name = kind.removesuffix("_url").removeprefix("input_") if isinstance(kind, str) else ""
        if f"{name}s" not in media:
            return None
        value = next((part[key] for key in (kind, f"{name}_url", "source") if part.get(key) is not None), None)
        if isinstance(value, Mapping) and "url" in value:
            value = value["url"]
        text += f"<{name}>"
        if value is not None and not (isinstance(value, str | bytes) and not value):
            found.append((f"{name}s", value))
    for name, value in found:
        media[name].append(value)
    return text


def _text_of_system(parts: list[Any]) -> Any:
    texts = [
        part.get(_TEXTS[part["type"]]) for part in parts if isinstance(part, Mapping) and part.get("type") in _TEXTS
    ]
    whole = len(texts) == len(parts) and all(isinstance(text, str) for text in texts)
    return "".join(text for text in texts if isinstance(text, str)) if whole else parts


def _media_of(inputs: Mapping[str, Any], name: str) -> list[Any]:
    media = inputs.get(name)
    if isinstance(media, bool | int | float):
        raise refuse_row("wrong_type", f"is {_named(media)}; give a list", field=name)
    given = media if isinstance(media, list | tuple) else [media]
    return [one for one in given if _is_medium(one)]


def _is_medium(value: Any) -> bool:
    """Whether a value is a medium. Exported tables hold nulls, empty texts or objects of these where there is none."""
    if value is None or (isinstance(value, str | bytes | Mapping) and not value):
        return False
    if isinstance(value, Mapping):
        parts = [value[name] for name in ("url", "path", "bytes") if name in value]
        return not parts or any(_is_medium(part) for part in parts)
    return True


def _mapping_of(inputs: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = inputs.get(name)
    if value is None or value == {}:
        return {}
    if not isinstance(value, Mapping):
        raise refuse_row("wrong_type", f"is {_named(value)}; give an object", field=name)
    copied: dict[str, Any] = _copied(dict(value))
    return copied


def _copied(value: Any) -> Any:
    """A copy for a hook to change. Media and other objects, which may be large, are shared."""
    if isinstance(value, dict):
        return {name: _copied(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_copied(one) for one in value]
    return value


def _named(value: Any) -> str:
    if value is None:
        return "null"
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"
