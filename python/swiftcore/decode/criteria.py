"""Stops for generation loops in the way of transformers: a criterion that is called with all ids so far."""

from __future__ import annotations

from typing import Any

from .. import _native
from ..tokenizer import Tokenizer, load_processor
from ..tokenizer.stops import Stops, make_decoder, normalize_stops

__all__ = ["StopWordsCriteria"]


class StopWordsCriteria:
    """Ends the rows of `model.generate` at stop words: `stopping_criteria=[StopWordsCriteria(tokenizer, words)]`.

    Each call looks at the new ids alone; the prompt is not looked at. A row ends at the token at which a text among
    the words is complete, wherever in the tokens it begins, or at which the ids of a word are complete. Takes any
    number of rows; one instance serves one call of `generate`, and begins anew where ids are fewer than before.
    Rows must stay in their places: beam search moves them, and is not supported.

    >>> import swiftcore
    >>> tokenizer = swiftcore.Tokenizer.from_pretrained("deepseek")
    >>> criteria = StopWordsCriteria(tokenizer, ["world", [1]])
    >>> criteria.stop_words
    ['world', [1]]

    Attributes:
        tokenizer: What the words are looked for with: a `Tokenizer`, or a transformers tokenizer.
        stop_words: Texts, and lists of ids.
        is_done: Which rows are finished, a bool tensor, after the first call.
    """

    def __init__(self, tokenizer: Any, stop_words: Stops, **tokenizer_kwargs: Any) -> None:
        self.tokenizer = tokenizer
        self.stop_words = normalize_stops(stop_words, "stop_words")
        self.tokenizer_kwargs = tokenizer_kwargs
        self.start_idx = -1
        self.is_done: Any = None
        inner = tokenizer if isinstance(tokenizer, Tokenizer) else load_processor(tokenizer).tokenizer
        self._decoder = make_decoder(
            inner,
            [(word, True, False) for word in self.stop_words],
            skip_special_tokens=bool(tokenizer_kwargs.get("skip_special_tokens", False)),
            eager=False,
            stop_after=None,
        )
        self._batch: _native.DecodeBatch | None = None
        self._seen = 0

    def __call__(self, input_ids: Any, scores: Any = None, **kwargs: Any) -> Any:
        """Which rows are finished, a bool tensor on the device of `input_ids`, of shape [rows, length]."""
        import torch

        rows, length = input_ids.shape
        batch = self._batch
        if batch is None or len(batch) != rows or length < self._seen:
            batch = self._batch = self._decoder.batch(rows)
            self.start_idx = self._seen = max(length - 1, 0)
        if length > self._seen:
            _, finished = batch.step(input_ids[:, self._seen :].cpu().numpy())
            self._seen = length
        else:
            finished = batch.finished
        # Memory of its own, which the caller may write to.
        done = torch.frombuffer(bytearray(finished), dtype=torch.bool) if rows else torch.zeros(0, dtype=torch.bool)
        self.is_done = done.to(input_ids.device)
        return self.is_done

    @property
    def stops(self) -> list[_native.Stop | None]:
        """The stop of each row, or None: which word, and where it begins in the generated text and ids."""
        return [] if self._batch is None else self._batch.stops
