"""Code that a model's folder brings along: which files it is in, and what is said where it may not run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .._files import read_json
from ..errors import DataError

__all__ = ["code_files", "untrusted"]

_CONFIGS = (
    *("config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json"),
    *("video_preprocessor_config.json", "generation_config.json"),
)


def code_files(folder: str | Path) -> dict[str, str]:
    """The files of code that a model's configuration names, and for what: `{"configuration_mine.py": "AutoConfig"}`.

    A file of another repository has its id before it.

    >>> code_files("/nowhere")
    {}
    """
    files: dict[str, str] = {}
    for kind, reference in _references(Path(folder)):
        repository, _, inner = reference.rpartition("--")
        file = f"{inner.rpartition('.')[0]}.py"
        files.setdefault(f"{repository}/{file}" if repository else file, kind)
    return files


def _references(folder: Path) -> Iterator[tuple[str, str]]:
    for name in _CONFIGS:
        try:
            mapping = read_json(folder / name).get("auto_map")
        except DataError:  # whoever needs that file says so
            continue
        if isinstance(mapping, list):
            mapping = {"AutoTokenizer": mapping}
        for kind, references in mapping.items() if isinstance(mapping, dict) else ():
            for reference in references if isinstance(references, list) else [references]:
                if isinstance(reference, str):
                    yield str(kind), reference


def untrusted(folder: str | Path, *kinds: str) -> str:
    """What to say where code would have to run; empty where the folder names none.

    Args:
        folder: The model's.
        kinds: What it would be run for, as `auto_map` calls it: files for these go first.
    """
    files = code_files(folder)
    first = sorted(files, key=lambda file: files[file] not in kinds)
    if not first:
        return ""
    return (
        f"it needs code of its own, and {first[0]} would have run"
        + (f" (and {', '.join(first[1:])})" if len(first) > 1 else "")
        + f"; read it in {str(folder)!r}, and give trust_remote_code=True if you trust it"
    )


def is_refused(error: BaseException) -> bool:
    """Whether transformers failed because code may not run.

    >>> is_refused(ValueError("Please pass the argument `trust_remote_code=True` to allow custom code to be run."))
    True
    """
    found: Any = error
    while found is not None:
        if "trust_remote_code" in str(found):
            return True
        found = found.__cause__ or found.__context__
    return False
