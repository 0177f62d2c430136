"""`accelerate`: a template of ms-swift that encodes natively, and is the same template in all else."""

from __future__ import annotations

from typing import Any

from .accelerator import Accelerator
from .counts import Counts
from .peer import peer_of

__all__ = ["accelerate", "original_of"]


class _Accelerated:
    """What an accelerated template has beside its class: it shares all attributes with the one it was made from."""

    _accelerator: Accelerator

    def encode(self, inputs: Any, return_template_inputs: bool = False, return_length: bool = False) -> Any:
        """Encodes one row."""
        return self._accelerator.encode(inputs, return_template_inputs, return_length)

    @property
    def counts(self) -> Counts:
        """How many rows were encoded natively, and how many by ms-swift."""
        return self._accelerator.counts

    @property
    def handed_over(self) -> str | None:
        """Why all rows of this template are encoded by ms-swift; None where they are not."""
        return self._accelerator.reason

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return accelerate, (self._accelerator.original,)


_CLASSES: dict[type[Any], type[Any]] = {}


def _accelerated_class(cls: type[Any]) -> type[Any]:
    if cls not in _CLASSES:
        # The slot keeps our one attribute out of the dict that both share.
        body = {"__slots__": ("_accelerator",), "__module__": __name__, "__doc__": cls.__doc__}
        _CLASSES[cls] = type(f"Accelerated{cls.__name__}", (_Accelerated, cls), body)
    return _CLASSES[cls]


def accelerate(template: Any) -> Any:
    """A template of ms-swift whose `encode` gives the same keys, values and exceptions, natively.

    Everything else is the template itself: the result has its class and shares its attributes, so that setting the mode
    of one sets that of the other. Rows that the core does not encode just as ms-swift are given to ms-swift's own
    code, one by one; `counts` says how many, and why. `handed_over` says why where that is every row.

    Args:
        template: A template, as ms-swift's `get_template` makes it.

    Returns:
        The template to use in its place, with the attributes `counts` (`Counts`) and `handed_over` (text, or None).

    Raises:
        ArgumentError: `template` is no template of ms-swift.
    """
    if isinstance(template, _Accelerated):
        return template
    peer = peer_of(template)
    accelerated = object.__new__(_accelerated_class(type(template)))
    accelerated.__dict__ = template.__dict__
    accelerated._accelerator = Accelerator(template, peer)
    return accelerated


def original_of(template: Any) -> Any:
    """The template of ms-swift behind an accelerated one; any other as it is."""
    return template._accelerator.original if isinstance(template, _Accelerated) else template
