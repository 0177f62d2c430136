"""`import swiftcore.integrations.swift.auto`: ms-swift encodes natively from here on, wherever it encodes.

Every template's `encode` goes through the core, in this process and in those forked from it, and the preprocessors that
map a dataset encode whole batches. `counts` says what became of the rows of a template.
"""

from __future__ import annotations

from typing import Any

from ..._require import require
from .accelerate import original_of
from .accelerator import Accelerator
from .counts import Counts
from .importing import without_collection
from .mapping import BatchMap
from .peer import PACKAGES, TESTED, peer_of, peer_with

__all__ = ["counts", "disable", "enable"]

# The attribute of a template that holds what encodes for it; never pickled.
_ATTRIBUTE = "_swiftcore"
# What was replaced, to be put back: an object, a name, and what was there.
_REPLACED: list[tuple[Any, str, Any]] = []


def counts(template: Any) -> Counts:
    """How many rows of a template were encoded natively, and how many by ms-swift, in this process."""
    return _accelerator_of(template).counts


def enable() -> None:
    """Has ms-swift encode natively. Importing this module does it.

    Raises:
        ImportError: ms-swift is not installed.
    """
    if _REPLACED:
        return
    with without_collection():
        require("ms-swift", "swiftcore.integrations.swift.auto", TESTED, module="swift")
        base, utils = _modules()
    peer_with(base.Template)  # which keeps the `encode` that there is now
    _replace(base.Template, "encode", _encode)
    _replace(base.Template, "__getstate__", _getstate(base.Template.__getstate__))
    _replace(utils.EncodePreprocessor, "__call__", _map_of(utils))


def disable() -> None:
    """Undoes `enable`."""
    while _REPLACED:
        owner, name, value = _REPLACED.pop()
        if value is None:
            delattr(owner, name)
        else:
            setattr(owner, name, value)


def _modules() -> tuple[Any, Any]:
    """The modules of templates and of datasets."""
    from importlib import import_module

    for package in PACKAGES:
        try:
            templates = import_module(f"{package}.base")
        except ModuleNotFoundError as error:
            if not package.startswith(error.name or "?"):
                raise
            continue
        top = package.rpartition(".")[0]
        import_module(f"{top}.model")  # where the processor of a template comes from
        return templates, import_module(f"{top}.dataset.utils")
    first, behind = TESTED[-1]
    text = "swiftcore.integrations.swift.auto finds no templates in this ms-swift"
    raise ImportError(f"{text}: pip install 'ms-swift>={first},<{behind}'")


def _replace(owner: Any, name: str, value: Any) -> None:
    _REPLACED.append((owner, name, vars(owner).get(name)))
    setattr(owner, name, value)


def _accelerator_of(template: Any) -> Accelerator:
    template = original_of(template)
    found: Accelerator | None = template.__dict__.get(_ATTRIBUTE)
    if found is None or found.original is not template:
        found = template.__dict__[_ATTRIBUTE] = Accelerator(template, peer_of(template))
    return found


def _encode(self: Any, inputs: Any, return_template_inputs: bool = False, return_length: bool = False) -> Any:
    return _accelerator_of(self).encode(inputs, return_template_inputs, return_length)


class _Enable:
    """Unpickles as nothing, and has ms-swift encode natively where it is unpickled: a process that was not forked."""

    def __reduce__(self) -> tuple[Any, ...]:
        return enable, ()


def _getstate(original: Any) -> Any:
    def __getstate__(self: Any) -> Any:  # noqa: N807
        return original(self) | {_ATTRIBUTE: _Enable()}

    return __getstate__


def _map_of(utils: Any) -> Any:
    mapped = (utils.EncodePreprocessor, utils.AddLengthPreprocessor)
    original = utils.EncodePreprocessor.__call__
    batched = utils.EncodePreprocessor.batched_preprocess

    def __call__(self: Any, dataset: Any, *, num_proc: int | None = 1, **keywords: Any) -> Any:  # noqa: N807
        if type(self) not in mapped or not hasattr(dataset, "cache_files") or "batched_preprocess" in vars(self):
            return original(self, dataset, num_proc=num_proc, **keywords)
        accelerator = _accelerator_of(self.template)
        splits = self.template.truncation_strategy == "split" and type(self) is not utils.EncodePreprocessor
        if splits or accelerator.peer.is_version3 or accelerator.shadow() is None:
            return original(self, dataset, num_proc=num_proc, **keywords)
        self.batched_preprocess = BatchMap(self, accelerator, batched)
        try:
            return original(self, dataset, num_proc=None, **keywords)
        finally:
            del self.batched_preprocess

    return __call__


enable()
