"""What a template decodes: streams with its stops, and ms-swift's ways from ids to text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import _native
from ..errors import ArgumentError
from .safe import listed, safe_decode
from .words import Stops, Word, count, kept_decoder, make_decoder, words_of

if TYPE_CHECKING:
    from ..template.meta import TemplateMeta
    from ..tokenizer import Tokenizer
    from .criteria import StopWordsCriteria

__all__ = ["DecodeMixin"]


class DecodeMixin:
    """The decoding half of `Template`."""

    template_meta: TemplateMeta
    _arguments: dict[str, Any]

    if TYPE_CHECKING:

        @property
        def tokenizer(self) -> Tokenizer:
            """The swiftcore tokenizer in use."""

        def _current(self) -> _native.Encoder:
            """The encoder; compiled anew where tokens were added to the tokenizer since."""

    def stop_words(self, stop: Stops = None) -> list[Word]:
        """What ends a response: `stop` of a request, the template's stop words, its suffix, and eos.

        The suffix is `suffix[-1]`, trimmed where it is text. Each word is a text or a list of ids, and comes once.

        >>> import swiftcore
        >>> swiftcore.get_template("deepseek", template_type="qwen3").stop_words(["###"])
        ['###', '<|endoftext|>', '<|im_end|>', '<｜end▁of▁sentence｜>']

        Raises:
            ArgumentError: A stop is neither a text nor a list of ids, or is empty.
        """
        return [word for word, _ in self._stops(words_of(stop))]

    def eos_token_ids(self) -> list[int]:
        """The ids that end a response by themselves, for `GenerationConfig.eos_token_id`: eos first.

        They are those of the stop words that are one token.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> template.eos_token_ids()
        [1]
        """
        tokenizer = self.tokenizer
        ids = [tokenizer.eos_token_id]
        for word in self.stop_words():
            tokens = tokenizer.encode(word) if isinstance(word, str) else word
            ids += tokens if len(tokens) == 1 else []
        return list(dict.fromkeys(token for token in ids if token is not None))

    def decode_stream(
        self,
        skip_special_tokens: bool = False,
        stop: Stops = None,
        include_stop: bool | None = None,
        eager: bool = False,
        *,
        stop_after: str | Iterable[int] | None = None,
    ) -> _native.DecodeStream:
        """A stream of one response: ids go in, text comes out as soon as it is sure and can no longer become a stop.

        The texts add up to what the tokenizer decodes of all ids, up to the stop. `stream.step(id)` takes an id or
        several, `stream.finish()` gives what was held back, `stream.finished` and `stream.stop` say whether and by
        what it ended.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> stream = template.decode_stream(stop=["\\n\\n"])
        >>> stream.step(template.tokenizer.encode("One.\\n")), stream.step(template.tokenizer.encode("\\nTwo."))
        ('One.', '\\n\\n')
        >>> stream.stop.text_offset, stream.finished
        (4, True)

        Args:
            skip_special_tokens: Whether special tokens are left out of the text. They end it all the same.
            stop: Texts or lists of ids that end the text, beside the template's own stop words (see `stop_words`).
            include_stop: Whether the stop stays in the text. None for what ms-swift does: eos and the template's
                suffix are left out, any other stop stays.
            eager: Whether characters of byte tokens (`<0xE4>`) are given out at once. The tokenizer's decoder
                judges a run of them as one; what was given out then differs where a later byte proves invalid.
            stop_after: A text or ids, such as `"</think>"`, after which alone `stop` and the template's stop words
                count. The suffix and eos end the text anywhere.

        Raises:
            ArgumentError: A stop is neither a text nor a list of ids, or is empty.
            TokenizerError: The vocabulary cannot be read.
        """
        return self._decoder(skip_special_tokens, stop, include_stop, eager, stop_after).stream()

    def decode_batch(
        self,
        n: int,
        skip_special_tokens: bool = False,
        stop: Stops = None,
        include_stop: bool | None = None,
        eager: bool = False,
        *,
        stop_after: str | Iterable[int] | None = None,
    ) -> _native.DecodeBatch:
        """Streams of `n` responses that are generated in step.

        `batch.step(ids)` takes a column of n ids (a list, a NumPy array, a torch tensor of int32 or int64), or of
        rows of several ids, and gives n texts and a mask of those that are finished, without the GIL while it
        works. Finished ones are skipped. `batch.stops` and `batch.errors` hold one entry a response; an id out of
        range ends its response alone. `batch.reset(row)` begins another response in the place of one.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> batch = template.decode_batch(2)
        >>> texts, finished = batch.step([19923, 1])
        >>> texts, finished.tolist()
        (['Hello', ''], [False, True])

        Args:
            n: How many responses.
            skip_special_tokens: As in `decode_stream`, and so are all others.
            stop: Texts or lists of ids that end a response.
            include_stop: Whether the stop stays in the text.
            eager: Whether characters of byte tokens are given out at once.
            stop_after: A text or ids after which alone stops count.

        Raises:
            ArgumentError: `n` is negative, or a stop is neither a text nor a list of ids, or is empty.
            TokenizerError: The vocabulary cannot be read.
        """
        return self._decoder(skip_special_tokens, stop, include_stop, eager, stop_after).batch(count(n))

    def stopping_criteria(self, stop: Stops = None) -> StopWordsCriteria:
        """The template's stops for `model.generate(stopping_criteria=[...])`. Needs torch.

        Raises:
            ArgumentError: A stop is neither a text nor a list of ids, or is empty.
        """
        from .criteria import StopWordsCriteria

        return StopWordsCriteria(self.tokenizer, self.stop_words(stop))

    def skip_stop_tokens(self, generate_ids: list[int], is_finished: bool = True) -> list[int]:
        """`generate_ids` without a final eos, and then without a final suffix, as ms-swift does it.

        The suffix is `suffix[-1]`: its ids, or the last token of its trimmed text. While a response goes on
        (`is_finished=False`), the beginning of the suffix at the end is left out too.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> template.skip_stop_tokens([19923, 1])
        [19923]
        """
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
        """The text of a response's ids, without its stop tokens and behind the prefix that the prompt ended with.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", response_prefix="Oh! ")
        >>> template.decode_generate_ids([19923, 1])
        'Oh! Hello'

        Args:
            generate_ids: The ids that were generated.
            is_finished: Whether the response has ended.
            first_token: Whether these ids begin the response, so that the prefix goes before them.
            template_inputs: The row that was encoded, whose `chat_template_kwargs` may set the prefix.
            **kwargs: `skip_special_tokens`; other arguments of a transformers tokenizer are taken where they change
                nothing.

        Raises:
            ArgumentError: An argument would change the text in a way that is not supported.
            RowError: The row asks for thinking in a way that the template does not know.
        """
        text = self._decode(self.skip_stop_tokens(generate_ids, is_finished), kwargs)
        text = (self._response_prefix_of(template_inputs) if first_token else "") + text
        for rule in self.template_meta.rules:
            text = rule.read_back(text)
        return text

    def safe_decode(self, input_ids: Any, **kwargs: Any) -> str:
        """The text of ids among which are some that are no tokens: a run of -100, or of the placeholders of images,
        audio and video, is written as `[-100 * 17]`.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> template.safe_decode([-100, -100, 19923, 2058])
        '[-100 * 2]Hello world'

        Raises:
            ArgumentError: An argument would change the text in a way that is not supported.
        """
        return safe_decode(input_ids, lambda ids: self._decode(ids, kwargs), self._placeholders())

    def _decode(self, ids: list[int], kwargs: dict[str, Any]) -> str:
        for name, value in kwargs.items():
            if name in ("clean_up_tokenization_spaces", "spaces_between_special_tokens") and not value:
                continue
            if name != "skip_special_tokens":
                raise ArgumentError(f"argument {name!r}: {value!r} is not supported; leave it out", argument=name)
        return self.tokenizer.decode(ids, bool(kwargs.get("skip_special_tokens", False)))

    def _response_prefix_of(self, inputs: Any) -> str:
        """What the prompt of the row ended with."""
        own = inputs.get("chat_template_kwargs") if isinstance(inputs, dict) else None
        own = own or getattr(inputs, "chat_template_kwargs", None)
        # What else is in the row has no say in it.
        row = {"messages": [{"role": "user", "content": ""}], "chat_template_kwargs": own}
        return self._current().response_prefix(row)

    def _suffix_ids(self) -> list[int]:
        """The ids that `skip_stop_tokens` leaves out at the end."""
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
        """The stops with whether each stays in the text: those of the call first."""
        spec = _native.TemplateSpec(**(self.template_meta.spec() | {"rules": ()}))  # none is about stops
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
        self._current()

        def make(own: list[Word], after: Word | None) -> _native.Decoder:
            stops = [
                (word, include if include_stop is None else include_stop, include) for word, include in self._stops(own)
            ]
            return make_decoder(
                self.tokenizer, stops, skip_special_tokens=skip_special_tokens, eager=eager, stop_after=after
            )

        asked = (self.tokenizer.hash, skip_special_tokens, include_stop, eager)
        return kept_decoder(self, stop, stop_after, asked, make)
