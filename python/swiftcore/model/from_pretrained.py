"""Call transformers' `from_pretrained`, and check that nothing is missing from what it loads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .._near import did_you_mean
from .._warn import warn
from ..errors import ArgumentError, ModelError, SwiftcoreError, TokenizerError
from ..hub.local import missing_parts
from ..tokenizer.backend import inner_tokenizer
from ..tokenizer.remote_code import is_refused, untrusted
from .info import ModelInfo
from .placement import single_device
from .task import CLASSIFIERS

__all__ = ["LoadRequest", "check_strategy", "load_model", "load_processor", "processor_class_name"]

# The classes under which a folder may register its own code, most likely first.
_AUTO = (
    *("AutoModelForCausalLM", "AutoModelForImageTextToText", "AutoModelForVision2Seq", "AutoModelForSeq2SeqLM"),
    *("AutoModelForSequenceClassification", "AutoModel"),
)
# A folder with one of these files has a processor.
_PROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json")

_STRATEGIES = (
    *("zero", "uniform", "normal", "xavier_uniform", "xavier_normal"),
    *("kaiming_uniform", "kaiming_normal", "orthogonal"),
)


@dataclass(frozen=True)
class LoadRequest:
    """The model to load, and how.

    Attributes:
        model_dir: The folder.
        info: The facts about the model.
        config: transformers' configuration.
        model_kwargs: Arguments of `from_pretrained`: `device_map`, `dtype`, ...
        auto_model_cls: The class whose `from_pretrained` loads the model; None to choose one.
        trust_remote_code: Whether code in the folder may run.
        return_dummy_model: Whether to make the model without weights, on the device `meta`.
        experts_impl: The implementation of a mixture of experts.
        init_strategy: How to initialise tensors that are missing from the weights; None to refuse such weights.
        hint: The end of error messages, about missing packages.
    """

    model_dir: str
    info: ModelInfo
    config: Any
    model_kwargs: Mapping[str, Any]
    auto_model_cls: Any = None
    trust_remote_code: bool = False
    return_dummy_model: bool = False
    experts_impl: str | None = None
    init_strategy: str | None = None
    hint: str = ""


def load_model(request: LoadRequest) -> Any:
    """Return the model.

    Raises:
        ModelError: It cannot be loaded, or its weights are incomplete.
    """
    model_class = _model_class(request)
    if request.return_dummy_model:
        return _dummy(model_class, request)
    if missing := missing_parts(Path(request.model_dir), weights=True):
        text = f"{request.model_dir!r} is incomplete, without {missing}. Download the model again"
        raise ModelError(text, model_type=request.info.model_type)
    may_differ = bool(request.model_kwargs.get("ignore_mismatched_sizes", False))
    options = {**request.model_kwargs, "ignore_mismatched_sizes": True}  # reported below, with their names
    device = single_device(options.pop("device_map", None)) if find_spec("accelerate") is None else None
    if request.experts_impl is not None:
        options["experts_implementation"] = request.experts_impl
    try:
        model, report = model_class.from_pretrained(
            request.model_dir,
            config=request.config,
            trust_remote_code=request.trust_remote_code,
            output_loading_info=True,
            **options,
        )
    except SwiftcoreError:
        raise
    except Exception as error:
        raise ModelError(_explain(request, error), model_type=request.info.model_type) from error
    _check_complete(request, model, report, may_differ)
    return model if device is None else model.to(device)


def _model_class(request: LoadRequest) -> Any:
    """Return the class that loads a model: the given one, that of its task or of `config.json`, or a causal LM."""
    import transformers

    if request.auto_model_cls is not None:
        return request.auto_model_cls
    if request.info.task_type in CLASSIFIERS:
        return transformers.AutoModelForSequenceClassification
    own = getattr(request.config, "auto_map", None) or {}
    if own and request.trust_remote_code:
        for name in _AUTO:
            if name in own and hasattr(transformers, name):
                return getattr(transformers, name)
    for name in request.config.architectures or ():
        named = getattr(transformers, name, None)
        if named is not None and not name.endswith("ForSequenceClassification"):
            return named
    return transformers.AutoModelForCausalLM


def _dummy(model_class: Any, request: LoadRequest) -> Any:
    import torch

    make = getattr(model_class, "from_config", None) or model_class._from_config
    with torch.device("meta"):
        return make(request.config, dtype=request.info.torch_dtype).eval()


def _explain(request: LoadRequest, error: Exception) -> str:
    """Return the message for an exception of `from_pretrained`."""
    name, reason = type(error).__name__, str(error).strip() or type(error).__name__
    if is_refused(error) and (text := untrusted(request.model_dir, *_AUTO)):
        return f"{request.model_dir!r} {text}"
    if "Unrecognized configuration class" in reason:
        kind, task = type(request.info.config).__name__, request.info.task_type
        return f"{request.model_dir!r}: transformers has no model of {kind} for task_type={task!r}. Pass auto_model_cls"
    if name == "SafetensorError":
        return f"{request.model_dir!r}: a file of the weights is damaged ({reason}). Download it again"
    if name == "OutOfMemoryError":
        hint = "Pass device_map='auto', a smaller torch_dtype or a quantization_config"
        return f"{request.model_dir!r}: the device has too little memory ({reason}). {hint}"
    return f"{request.model_dir!r}: cannot load the weights: {reason}{request.hint}"


def _check_complete(request: LoadRequest, model: Any, report: Any, may_differ: bool) -> None:
    """Refuse weights that lack tensors or have tensors of other sizes, except for the new head of a classifier."""
    differing = {} if may_differ else dict(map(_describe_mismatch, report["mismatched_keys"]))
    missing = sorted(set(report["missing_keys"]) - differing.keys())
    if request.info.task_type in CLASSIFIERS:
        inner = f"{model.base_model_prefix}."
        head = [name for name in (*missing, *sorted(differing)) if not name.startswith(inner)]
        missing = [name for name in missing if name.startswith(inner)]
        differing = {name: sizes for name, sizes in differing.items() if name.startswith(inner)}
        if head and not missing and not differing:
            warn(f"the head of the classifier is new and has to be trained: {', '.join(head)}")
    if missing and request.init_strategy is not None:
        _initialize(model, missing, request.init_strategy)
        warn(f"{len(missing)} missing tensors were initialised with {request.init_strategy!r}: {_first(missing)}")
    elif missing:
        problem = (
            f"the weights lack {len(missing)} of the tensors of {type(model).__name__}: {_first(missing)}. "
            "Download the model again, pass the task_type that it was trained for, or pass an init_strategy, such as "
            "'normal', to initialise them"
        )
        raise ModelError(f"{request.model_dir!r}: {problem}", model_type=request.info.model_type)
    if differing:
        named = [f"{name}{sizes}" for name, sizes in sorted(differing.items())]
        problem = f"the sizes of tensors do not match config.json: {_first(named)}. Download the model again"
        raise ModelError(f"{request.model_dir!r}: {problem}", model_type=request.info.model_type)


def _describe_mismatch(entry: str | tuple[str, Any, Any]) -> tuple[str, str]:
    """Return the name of a tensor and its sizes. transformers before 5 reports only names."""
    if isinstance(entry, str):
        return entry, ""
    name, here, there = entry
    return name, f": expected {tuple(there)}, got {tuple(here)}"


def _first(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def check_strategy(strategy: str | None) -> str | None:
    """Check the name of an initialisation of missing tensors.

    >>> check_strategy("xavier")
    Traceback (most recent call last):
        ...
    swiftcore.errors.ArgumentError: argument 'init_strategy': unknown strategy 'xavier'; did you mean 'xavier_normal'?

    Raises:
        ArgumentError: It is unknown.
    """
    if strategy is None or strategy in _STRATEGIES:
        return strategy
    hint = did_you_mean(strategy, _STRATEGIES, n=1) or f"expected one of {', '.join(_STRATEGIES)}"
    raise ArgumentError(f"argument 'init_strategy': unknown strategy {strategy!r}; {hint}", argument="init_strategy")


def _initialize(model: Any, names: Iterable[str], strategy: str) -> None:
    """Initialise parameters. Those of one dimension become zero if the strategy needs two."""
    from torch.nn import init

    functions: dict[str, Callable[[Any], Any]] = {
        "zero": init.zeros_,
        "uniform": lambda parameter: init.uniform_(parameter, -0.1, 0.1),
        "normal": lambda parameter: init.normal_(parameter, 0.0, 0.01),
        "xavier_uniform": init.xavier_uniform_,
        "xavier_normal": init.xavier_normal_,
        "kaiming_uniform": lambda parameter: init.kaiming_uniform_(parameter, a=0.1, mode="fan_out"),
        "kaiming_normal": lambda parameter: init.kaiming_normal_(parameter, mode="fan_in", nonlinearity="relu"),
        "orthogonal": init.orthogonal_,
    }
    for name in names:
        parameter = model.get_parameter(name)
        if parameter.dim() < 2 and strategy not in ("zero", "uniform", "normal"):
            parameter.data.zero_()
        else:
            functions[strategy](parameter)


def processor_class_name(model_dir: str) -> str:
    """Return the class that loads the tokenizer of a folder: `AutoProcessor` if it has a processor.

    >>> processor_class_name("/nowhere")
    'AutoTokenizer'
    """
    has_processor = any((Path(model_dir) / name).exists() for name in _PROCESSOR_FILES)
    return "AutoProcessor" if has_processor else "AutoTokenizer"


def load_processor(model_dir: str, cls: Any, *, trust_remote_code: bool = False, hint: str = "") -> Any:
    """Return the tokenizer or processor that a class, or transformers' class of a name, loads from a folder.

    Raises:
        TokenizerError: It cannot be loaded.
    """
    if isinstance(cls, str):
        import transformers

        cls = getattr(transformers, cls)
    try:
        processor = cls.from_pretrained(model_dir, trust_remote_code=trust_remote_code)
    except SwiftcoreError:
        raise
    except Exception as error:
        what = "tokenizer" if "Tokenizer" in cls.__name__ else "processor"
        refusal = untrusted(model_dir, cls.__name__, "AutoTokenizer") if is_refused(error) else ""
        if not refusal and missing_parts(Path(model_dir), weights=False, only_tokenizer=True):
            raise _no_tokenizer(model_dir) from error
        reason = f" {refusal}" if refusal else f": transformers cannot load it: {error}{hint}"
        raise TokenizerError(f"{what}: {model_dir!r}{reason}") from error
    tokenizer = inner_tokenizer(processor)
    # transformers makes a tokenizer of special tokens alone if a folder has none.
    is_small = hasattr(tokenizer, "get_vocab") and len(tokenizer) < 100
    if is_small and set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):
        raise _no_tokenizer(model_dir)
    return processor


def _no_tokenizer(model_dir: str) -> TokenizerError:
    hint = "Copy tokenizer.json and tokenizer_config.json from the original model"
    return TokenizerError(f"tokenizer: {model_dir!r} contains no tokenizer. {hint}")
