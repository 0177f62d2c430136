"""The weights of a model: read by the class that fits, onto the devices asked for, and checked to be whole."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._warn import warn
from ..errors import ModelError, SwiftcoreError
from ..hub.local import missing_parts
from .device import single_device
from .fresh import make_fresh
from .remote import is_refused, untrusted
from .task import CLASSIFIERS

if TYPE_CHECKING:
    from .loader import ModelLoader

__all__ = ["load_weights", "model_class"]

# What a folder's own code can be registered as, the likeliest first.
_AUTO = (
    *("AutoModelForCausalLM", "AutoModelForImageTextToText", "AutoModelForVision2Seq", "AutoModelForSeq2SeqLM"),
    *("AutoModelForSequenceClassification", "AutoModel"),
)


def model_class(loader: ModelLoader, config: Any) -> Any:
    """The class that loads a model: the loader's, its task's, the one that `config.json` names, or a causal LM."""
    import transformers

    if loader.auto_model_cls is not None:
        return loader.auto_model_cls
    if loader.model_info.task_type in CLASSIFIERS:
        return transformers.AutoModelForSequenceClassification
    own = getattr(config, "auto_map", None) or {}
    if own and loader.trust_remote_code:
        for name in _AUTO:
            if name in own and hasattr(transformers, name):
                return getattr(transformers, name)
    for name in config.architectures or ():
        named = getattr(transformers, name, None)
        if named is not None and not name.endswith("ForSequenceClassification"):
            return named
    return transformers.AutoModelForCausalLM


def load_weights(loader: ModelLoader, model_dir: str, config: Any, model_kwargs: dict[str, Any]) -> Any:
    """A model with its weights; without them, on the device `meta`, where that is asked for.

    Raises:
        ModelError: They cannot be loaded, or lack a tensor: the message says what to do.
    """
    made = model_class(loader, config)
    options = {"config": config, "trust_remote_code": loader.trust_remote_code}
    if loader.return_dummy_model:
        return _dummy(loader, made, config)
    if gone := missing_parts(Path(model_dir), weights=True):
        text = f"{model_dir!r} is not whole: it lacks {gone}; download the model again, or give the folder that has it"
        raise ModelError(text, model_type=loader.model_info.model_type)
    device = None
    if find_spec("accelerate") is None:
        device = single_device(model_kwargs.pop("device_map", None))
    # Tensors of other sizes are refused below, by their names.
    may_differ = model_kwargs.pop("ignore_mismatched_sizes", False)
    settings = {"ignore_mismatched_sizes": True, **model_kwargs}
    if loader.experts_impl is not None:
        settings["experts_implementation"] = loader.experts_impl
    try:
        model, report = made.from_pretrained(model_dir, output_loading_info=True, **options, **settings)
    except SwiftcoreError:
        raise
    except Exception as error:
        raise ModelError(_failure(loader, model_dir, error), model_type=loader.model_info.model_type) from error
    _check_whole(loader, model, report, may_differ)
    return model if device is None else model.to(device)


def _dummy(loader: ModelLoader, made: Any, config: Any) -> Any:
    import torch

    make = getattr(made, "from_config", None) or made._from_config
    with torch.device("meta"):
        return make(config, dtype=loader.model_info.torch_dtype).eval()


def _failure(loader: ModelLoader, model_dir: str, error: Exception) -> str:
    if is_refused(error) and (said := untrusted(model_dir, *_AUTO)):
        return f"{model_dir!r}: {said}"
    name, said = type(error).__name__, str(error).strip() or type(error).__name__
    if "Unrecognized configuration class" in said:
        kind, task = type(loader.model_info.config).__name__, loader.model_info.task_type
        return (
            f"{model_dir!r}: transformers has no model of {kind} for task_type={task!r}; give auto_model_cls, which has"
        )
    if name == "SafetensorError":
        return f"{model_dir!r}: a file of its weights is damaged ({said}); download it again"
    if name == "OutOfMemoryError":
        return (
            f"{model_dir!r}: the device has too little memory for it ({said}); give device_map='auto', a smaller "
            "torch_dtype or a quantization_config"
        )
    return f"{model_dir!r}: its weights cannot be loaded: {said}{loader.requires_text()}"


def _check_whole(loader: ModelLoader, model: Any, report: Any, may_differ: bool) -> None:
    """Refuses weights that lack tensors, or have some of other sizes; a classifier's head is made anew instead."""
    others = (
        {} if may_differ else {name: (tuple(here), tuple(there)) for name, here, there in report["mismatched_keys"]}
    )
    gone = sorted(report["missing_keys"] - others.keys())
    if loader.model_info.task_type in CLASSIFIERS:
        inner = f"{model.base_model_prefix}."
        head = [name for name in (*gone, *sorted(others)) if not name.startswith(inner)]
        gone = [name for name in gone if name.startswith(inner)]
        others = {name: sizes for name, sizes in others.items() if name.startswith(inner)}
        if head and not gone and not others:
            warn(f"the classifier's head is new, and has to be trained: {', '.join(head)}")
    place, made = loader.model_info.model_dir, type(model).__name__
    if gone and loader.init_strategy is not None:
        make_fresh(model, gone, loader.init_strategy)
        warn(f"{len(gone)} tensors that the weights lack are made up, by {loader.init_strategy!r}: {_first(gone)}")
    elif gone:
        text = (
            f"{place!r}: its weights lack {len(gone)} of the tensors of {made}: {_first(gone)}; they are not whole, or "
            "of another model: download it again, give the task_type that they were trained for, or an init_strategy, "
            "such as 'normal', to have them made up"
        )
        raise ModelError(text, model_type=loader.model_info.model_type)
    if others:
        named = [f"{name} is {here}, not {there}" for name, (here, there) in sorted(others.items())]
        text = (
            f"{place!r}: its weights have other sizes than its config.json says: {_first(named)}; one of the two is of "
            "another model: download it again"
        )
        raise ModelError(text, model_type=loader.model_info.model_type)


def _first(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
