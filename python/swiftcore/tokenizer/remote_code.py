"""Find the Python code that the folder of a model contains, and explain why it did not run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .._files import read_json
from ..errors import DataError

__all__ = ["code_files", "is_refused", "untrusted"]

_CONFIGS = (
    *("config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json"),
    *("video_preprocessor_config.json", "generation_config.json"),
)


def code_files(folder: str | Path) -> dict[str, str]:
    """Return the code files that the configuration of a model names, and the class that each of them defines.

    An example is `{"configuration_mine.py": "AutoConfig"}`. Files of another repository start with its id.

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
        except DataError:  # reported where the file is needed
            continue
        if isinstance(mapping, list):
            mapping = {"AutoTokenizer": mapping}
        for kind, references in mapping.items() if isinstance(mapping, dict) else ():
            for reference in references if isinstance(references, list) else [references]:
                if isinstance(reference, str):
                    yield str(kind), reference


def untrusted(folder: str | Path, *kinds: str) -> str:
    """Return the message for code that was not allowed to run; empty if the folder names no code.

    Args:
        folder: The folder of the model.
        kinds: The classes that were needed, as `auto_map` calls them: their files are named first.
    """
    files = code_files(folder)
    names = sorted(files, key=lambda file: files[file] not in kinds)
    if not names:
        return ""
    others = f" (and {', '.join(names[1:])})" if len(names) > 1 else ""
    return (
        f"needs code of its own, and {names[0]} would have run{others}. Read it in {str(folder)!r}, and pass "
        "trust_remote_code=True if you trust it"
    )


def is_refused(error: BaseException) -> bool:
    """Return whether transformers failed because code was not allowed to run.

    >>> is_refused(ValueError("Please pass the argument `trust_remote_code=True` to allow custom code to be run."))
    True
    """
    cause: BaseException | None = error
    while cause is not None:
        if "trust_remote_code" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
