"""Heads of language models that return an embedding or a relevance score instead of logits."""

from __future__ import annotations

import os
from typing import Any

from ..errors import ModelError
from ..tokenizer.backend import inner_tokenizer

__all__ = ["adapt_head"]


def adapt_head(model: Any, processor: Any, task_type: str | None) -> None:
    """Replace the output of a model for its task, by hooks. The weights do not change.

    `embedding`: `last_hidden_state` is that of the last token of each text, normalised to length 1, of shape
    `(batch, hidden)`. `generative_reranker`: `logits` are of shape `(batch, tokens, 1)`: the logit of "yes" minus that
    of "no". `GENERATIVE_RERANKER_POSITIVE_TOKEN` and `GENERATIVE_RERANKER_NEGATIVE_TOKEN` name other tokens.

    Raises:
        ModelError: The model has no output embeddings, or its tokenizer has no such tokens.
    """
    if task_type == "embedding":
        _embed(model)
    elif task_type == "generative_reranker":
        _rank(model, inner_tokenizer(processor))


def _embed(model: Any) -> None:
    head = model.get_output_embeddings()
    if head is not None:
        head.forward = lambda hidden_states: hidden_states
        text = model.config.get_text_config()
        if getattr(text, "final_logit_softcapping", None) is not None:
            text.final_logit_softcapping = None  # it would change the embedding
    model.register_forward_hook(_pooled, with_kwargs=True)


def _pooled(module: Any, args: Any, kwargs: dict[str, Any], output: Any) -> dict[str, Any]:
    """Return the normalised hidden state of the last token of each text."""
    import torch

    logits = getattr(output, "logits", None)
    hidden = output.last_hidden_state if logits is None else logits
    mask = kwargs.get("attention_mask")
    rows = torch.arange(hidden.shape[0], device=hidden.device)
    last: Any = -1
    if mask is not None:
        positions = torch.arange(mask.shape[1], device=mask.device)
        last = (mask.bool() * positions).argmax(dim=1).to(hidden.device)
    pooled = hidden[rows, last]
    return {"last_hidden_state": torch.nn.functional.normalize(pooled, p=2, dim=1).contiguous()}


def _rank(model: Any, tokenizer: Any) -> None:
    import torch

    head = model.get_output_embeddings()
    if head is None:
        raise ModelError(f"{type(model).__name__} has no output embeddings, which a generative reranker needs")
    ids = [_word(tokenizer, kind, usual) for kind, usual in (("POSITIVE", "yes"), ("NEGATIVE", "no"))]

    def difference(hidden_states: Any) -> Any:
        logits = torch.nn.functional.linear(hidden_states, head.weight[ids])
        return logits[..., 0:1] - logits[..., 1:2]

    head.forward = difference


def _word(tokenizer: Any, kind: str, usual: str) -> int:
    name = f"GENERATIVE_RERANKER_{kind}_TOKEN"
    word = os.environ.get(name, usual)
    found = tokenizer.get_vocab().get(word)
    if found is None:
        raise ModelError(f"the tokenizer has no token {word!r}. Set the environment variable {name} to one that it has")
    return int(found)
