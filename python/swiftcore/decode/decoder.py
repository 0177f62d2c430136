"""`ResponseDecoder`: decode the responses of a template, with its stop words, as ms-swift does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from .. import _native
from ..errors import ArgumentError
from ..tokenizer import Tokenizer
from ..tokenizer.stops import Stops, Word, cached_decoder, count, make_decoder, normalize_stops
from .criteria import StopWordsCriteria
from .safe import listed, safe_decode

__all__ = ["ResponseDecoder"]

# Arguments of transformers' `decode` that change nothing if they are false.
_WITHOUT_EFFECT = ("clean_up_tokenization_spaces", "spaces_between_special_tokens")


class StopFields(Protocol):
    """The fields of a `TemplateMeta` that decoding uses."""

    suffix: list[Any]
    rules: tuple[Any, ...]

    def spec(self) -> dict[str, Any]:
        """Return the template as plain data."""


class ResponseDecoder:
    """Decode generated ids with the stop words of a template. It needs a tokenizer and a `TemplateMeta`, no template.

    Safe to share between threads. `Template` has the same methods, which use one of these.

    >>> import swiftcore
    >>> tokenizer = swiftcore.Tokenizer.from_pretrained("deepseek")
    >>> decoder = ResponseDecoder(tokenizer, swiftcore.get_template_meta("deepseek_v2_5"))
    >>> decoder.decode_generate_ids([19923, 1])
    'Hello'

    Attributes:
        tokenizer: The tokenizer.
        template_meta: The template whose stop words, suffix and rules are used.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        template_meta: StopFields,
        response_prefix: Callable[[dict[str, Any]], str] | None = None,
    ) -> None:
        """Make a decoder.

        Args:
            tokenizer: The tokenizer.
            template_meta: The template.
            response_prefix: Returns what the prompt of a row ended with, which `decode_generate_ids` repeats. None for
                nothing.
        """
        self.tokenizer = tokenizer
        self.template_meta = template_meta
        self._response_prefix = response_prefix

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_decoders"}

    def stop_words(self, stop: Stops = None) -> list[Word]:
        """See `Template.stop_words`."""
        return [word for word, _ in self._stops(normalize_stops(stop))]

    def eos_token_ids(self) -> list[int]:
        """See `Template.eos_token_ids`."""
        ids = [self.tokenizer.eos_token_id]
        for word in self.stop_words():
            tokens = self.tokenizer.encode(word) if isinstance(word, str) else word
            ids += tokens if len(tokens) == 1 else []
        return list(dict.fromkeys(token for token in ids if token is not None))

    def stream(
        self,
        skip_special_tokens: bool = False,
        stop: Stops = None,
        include_stop: bool | None = None,
        eager: bool = False,
        *,
        stop_after: str | Iterable[int] | None = None,
    ) -> _native.DecodeStream:
        """See `Template.decode_stream`."""
        return self._decoder(skip_special_tokens, stop, include_stop, eager, stop_after).stream()

    def batch(
        self,
        n: int,
        skip_special_tokens: bool = False,
        stop: Stops = None,
        include_stop: bool | None = None,
        eager: bool = False,
        *,
        stop_after: str | Iterable[int] | None = None,
    ) -> _native.DecodeBatch:
        """See `Template.decode_batch`."""
        return self._decoder(skip_special_tokens, stop, include_stop, eager, stop_after).batch(count(n))

    def stopping_criteria(self, stop: Stops = None) -> StopWordsCriteria:
        """See `Template.stopping_criteria`."""
        return StopWordsCriteria(self.tokenizer, self.stop_words(stop))

    def skip_stop_tokens(self, generate_ids: list[int], is_finished: bool = True) -> list[int]:
        """See `Template.skip_stop_tokens`."""
        ids = listed(generate_ids)
        if ids and ids[-1] == self.tokenizer.eos_token_id:
            ids = ids[:-1]
        suffix = self._suffix_ids()
        if is_finished:
            return ids[: -len(suffix)] if suffix and ids[-len(suffix) :] == suffix else ids
        for length in range(len(suffix), 0, -1):
            if ids[-length:] == suffix[:length]:
                return ids[:-length]
        return ids

    def decode_generate_ids(
        self,
        generate_ids: list[int],
        *,
        is_finished: bool = True,
        first_token: bool = True,
        template_inputs: Any = None,
        **kwargs: Any,
    ) -> str:
        """See `Template.decode_generate_ids`."""
        text = self._decode(self.skip_stop_tokens(generate_ids, is_finished), kwargs)
        text = (self._prefix_of(template_inputs) if first_token else "") + text
        for rule in self.template_meta.rules:
            text = rule.read_back(text)
        return text

    def safe_decode(self, input_ids: Any, **kwargs: Any) -> str:
        """See `Template.safe_decode`."""
        return safe_decode(input_ids, lambda ids: self._decode(ids, kwargs), self._placeholders())

    def _decode(self, ids: list[int], kwargs: dict[str, Any]) -> str:
        for name, value in kwargs.items():
            if name in _WITHOUT_EFFECT and not value:
                continue
            if name != "skip_special_tokens":
                raise ArgumentError(f"argument {name!r}: {value!r} is not supported; leave it out", argument=name)
        return self.tokenizer.decode(ids, bool(kwargs.get("skip_special_tokens", False)))

    def _prefix_of(self, inputs: Any) -> str:
        """Return what the prompt of a row ended with."""
        if self._response_prefix is None:
            return ""
        own = inputs.get("chat_template_kwargs") if isinstance(inputs, dict) else None
        own = own or getattr(inputs, "chat_template_kwargs", None)
        # No other key of the row changes the prefix.
        return self._response_prefix({"messages": [{"role": "user", "content": ""}], "chat_template_kwargs": own})

    def _suffix_ids(self) -> list[int]:
        """Return the ids that `skip_stop_tokens` removes from the end."""
        suffix = self.template_meta.suffix
        if not suffix:
            return []
        last = suffix[-1]
        if isinstance(last, str):
            return self.tokenizer.encode(last.strip())[-1:]
        ids = [getattr(self.tokenizer, item, None) if isinstance(item, str) else item for item in last]
        return [token for token in ids if token is not None]

    def _placeholders(self) -> set[int]:
        names = ("image_token", "video_token", "audio_token")
        tokens = (self.tokenizer.special_tokens.get(name) for name in names)
        ids = (self.tokenizer.convert_tokens_to_ids(token) for token in tokens if token)
        return {token for token in ids if token is not None}

    def _stops(self, own: list[Word]) -> list[tuple[Word, bool]]:
        """Return the stops of a call and then those of the template, each with whether it stays in the text."""
        spec = _native.TemplateSpec(**(self.template_meta.spec() | {"rules": ()}))  # no rule is about stops
        template = _native.template_stops(self.tokenizer._native, spec)
        known = [word for word, _ in template]
        return [(word, True) for word in own if word not in known] + template

    def _decoder(
        self,
        skip_special_tokens: bool,
        stop: Stops,
        include_stop: bool | None,
        eager: bool,
        stop_after: str | Iterable[int] | None,
    ) -> _native.Decoder:
        def make(own: list[Word], after: Word | None) -> _native.Decoder:
            stops = [
                (word, include if include_stop is None else include_stop, include) for word, include in self._stops(own)
            ]
            return make_decoder(
                self.tokenizer, stops, skip_special_tokens=skip_special_tokens, eager=eager, stop_after=after
            )

        return cached_decoder(self, stop, stop_after, (skip_special_tokens, include_stop, eager), make)
