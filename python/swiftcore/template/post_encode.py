"""What happens right before a model's forward: `_post_encode`, hooked into the model, as ms-swift does it.

Embeddings of media are made there, because only there is the model at hand. torch is the model's own affair.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["PostEncodeMixin"]

# What a model is given in any case, whether `_post_encode` hands it on or not.
_KEPT = frozenset(
    (
        *("input_ids", "attention_mask", "labels", "position_ids", "output_hidden_states", "logits_to_keep"),
        *("output_router_logits", "max_length_q", "max_length_k", "cu_seq_lens_q", "cu_seq_lens_k"),
        *("mm_token_type_ids", "image_token_types"),
    )
)


class PostEncodeMixin:
    """The part of `Template` that meets the model."""

    def _post_encode(self, model: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        """Hook: the keyword arguments of a model's forward, from those that it was called with.

        One that gives `inputs_embeds` takes the place of `input_ids`. The base hands `inputs` on.
        """
        return inputs

    def register_post_encode_hook(self, models: Iterable[Any]) -> None:
        """Has `_post_encode` called before the forward of each of the torch modules `models`.

        Does nothing where models are registered already: `remove_post_encode_hook` first.
        """
        if self._handles:
            return
        for model in models:
            handle = model.register_forward_pre_hook(self.pre_forward_hook, with_kwargs=True)
            self._handles.append((model, handle))

    def remove_post_encode_hook(self) -> list[Any]:
        """Takes the hooks off again, and gives the models that had them."""
        models = []
        for model, handle in self._handles:
            models.append(model)
            handle.remove()
        self._handles.clear()
        return models

    def pre_forward_hook(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """What torch calls before the forward of a registered model."""
        device = _device_of(model)
        given = _moved(kwargs, device)
        changed = dict(_moved(self._post_encode(model, given), device))
        for name, value in given.items():
            if name in _KEPT:
                changed.setdefault(name, value)
        if "inputs_embeds" in changed:
            changed.pop("input_ids", None)
        if "position_ids" not in inspect.signature(self.get_base_model(model).forward).parameters:
            changed.pop("position_ids", None)
        return args, changed

    @staticmethod
    def get_base_model(model: Any) -> Any:
        """The model within an adapter of peft; any other model itself.

        >>> PostEncodeMixin.get_base_model("model")
        'model'
        """
        peft = sys.modules.get("peft")
        return model.model if peft is not None and isinstance(model, peft.PeftModel) else model

    def forward_context(self, model: Any, inputs: dict[str, Any]) -> contextlib.AbstractContextManager[Any]:
        """A context for a model's forward, for subclasses that patch the model while it runs."""
        return contextlib.nullcontext()

    @property
    def _handles(self) -> list[tuple[Any, Any]]:
        # Not made at construction, so that they are no part of what a template is copied by.
        handles: list[tuple[Any, Any]] = self.__dict__.setdefault("_hook_handles", [])
        return handles


def _device_of(model: Any) -> Any:
    device = getattr(model, "device", None)
    if device is None:
        first = next(model.parameters(), None)
        device = None if first is None else first.device
    return device


def _moved(value: Any, device: Any) -> Any:
    """`value` with its tensors on `device`."""
    if device is None:
        return value
    if isinstance(value, Mapping):
        kind: Any = type(value)
        return kind({name: _moved(one, device) for name, one in value.items()})
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(_moved(one, device) for one in value)
    torch = sys.modules.get("torch")
    return value.to(device) if torch is not None and isinstance(value, torch.Tensor) else value
