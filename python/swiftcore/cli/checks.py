"""Check the template and the model type that a command names, and whether template, tokenizer and model match."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

from .._warn import MismatchWarning
from ..errors import ModelError, TemplateError
from .errors import Usage
from .spoken import spoken

__all__ = ["check_model_type", "check_template_name", "mismatches"]


def check_template_name(name: str) -> None:
    """Check that there is a template of this name.

    Raises:
        Usage: There is none; the message names the most similar ones.
    """
    from ..template.registry import get_template_meta

    try:
        get_template_meta(name)
    except TemplateError as error:
        raise Usage(spoken(str(error))) from None


def check_model_type(name: str | None) -> None:
    """Check that there is a model type of this name; None is fine.

    Raises:
        Usage: There is none; the message names the most similar ones.
    """
    if name is None:
        return
    from ..model.registry import get_model_meta

    try:
        get_model_meta(name)
    except ModelError as error:
        raise Usage(spoken(str(error))) from None


@contextlib.contextmanager
def mismatches(*, is_strict: bool, are_expected: bool) -> Iterator[None]:
    """Report a template that does not match a tokenizer or a model: as a warning, as an error, or not at all.

    Raises:
        TemplateError: They do not match, and `is_strict` is set.
    """
    with warnings.catch_warnings():
        if are_expected:
            warnings.simplefilter("ignore", MismatchWarning)
        elif is_strict:
            warnings.simplefilter("error", MismatchWarning)
        try:
            yield
        except MismatchWarning as warning:
            raise TemplateError(f"--strict: {warning}") from None
