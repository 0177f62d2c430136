"""A streamer for `model.generate`, in the place of transformers' `TextIteratorStreamer`."""

from __future__ import annotations

from queue import Queue
from typing import Any

from .. import _native
from ..tokenizer import Tokenizer, load_processor
from .safe import listed

__all__ = ["TextIteratorStreamer"]


class TextIteratorStreamer:
    """Text of a generation in another thread, as an iterator: `model.generate(..., streamer=streamer)`.

    Takes the place of transformers' class of this name. Text comes as soon as its characters are sure, not at the next
    space; and with a template in place of the tokenizer, it ends at the template's stops and does not hold them.

    >>> import swiftcore
    >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
    >>> streamer = TextIteratorStreamer(template, skip_prompt=True)
    >>> streamer.put(template.encode({"messages": [{"role": "user", "content": "Hi"}]})["input_ids"])
    >>> streamer.put([19923, 2058, 1])
    >>> streamer.end()
    >>> "".join(streamer)
    'Hello world'

    Attributes:
        text_queue: Where the texts are put.
        stream: The stream of decoded text, with its `stop`.
    """

    def __init__(
        self,
        tokenizer: Any,
        skip_prompt: bool = False,
        timeout: float | None = None,
        **decode_kwargs: Any,
    ) -> None:
        """Takes a template, a `Tokenizer` or a transformers tokenizer.

        Args:
            tokenizer: What to decode with; a template brings its stops.
            skip_prompt: Whether the first ids, which are the prompt, are left aside.
            timeout: How many seconds the iterator waits for text; None for ever.
            **decode_kwargs: `skip_special_tokens`, `stop`, `include_stop`, `eager` and `stop_after`, as in
                `decode_stream`.
        """
        self.tokenizer = tokenizer
        self.skip_prompt = skip_prompt
        self.timeout = timeout
        self.decode_kwargs = decode_kwargs
        self.text_queue: Queue[str | None] = Queue()
        self.stop_signal = None
        self.next_tokens_are_prompt = True
        kwargs = {name: value for name, value in decode_kwargs.items() if name not in _IGNORED}
        source = tokenizer if hasattr(tokenizer, "decode_stream") else load_processor(tokenizer).tokenizer
        self.stream: _native.DecodeStream = source.decode_stream(**kwargs)
        # A prompt holds the very words at which a response stops.
        inner = source if isinstance(source, Tokenizer) else source.tokenizer
        self._prompt = inner.decode_stream(bool(kwargs.get("skip_special_tokens", False)))

    def put(self, value: Any) -> None:
        """Takes the next ids of one row, of shape [count] or [1, count].

        Raises:
            ValueError: There is more than one row.
        """
        shape: Any = getattr(value, "shape", ())
        if len(shape) > 1:
            if shape[0] > 1:
                raise ValueError("TextIteratorStreamer takes one row; use Template.decode_batch for several")
            value = value[0]
        if not self.next_tokens_are_prompt:
            self.on_finalized_text(self.stream.step(listed(value)))
            return
        self.next_tokens_are_prompt = False
        self.stream.reset()
        if not self.skip_prompt:
            self._prompt.reset()
            self.on_finalized_text(self._prompt.step(listed(value)) + self._prompt.finish())

    def end(self) -> None:
        """Gives what was held back, and ends the iterator."""
        text = self.stream.finish()
        self.next_tokens_are_prompt = True
        self.on_finalized_text(text, stream_end=True)

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        """Puts text into the queue, and the end of it."""
        self.text_queue.put(text, timeout=self.timeout)
        if stream_end:
            self.text_queue.put(self.stop_signal, timeout=self.timeout)

    def __iter__(self) -> TextIteratorStreamer:
        return self

    def __next__(self) -> str:
        text = self.text_queue.get(timeout=self.timeout)
        if text is None:
            raise StopIteration
        return text


# What a transformers tokenizer takes and what changes nothing here.
_IGNORED = ("clean_up_tokenization_spaces", "spaces_between_special_tokens")
