"""Files of the user's own, read for what they register: `--custom_register_path` of the command, or a call.

A file is read once in a process. A template whose class comes from such a file takes the file's path along when it is
pickled, so that worker processes read it too.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import DataError, SwiftcoreError

__all__ = ["external_files", "import_external_file"]

_PREFIX = "_swiftcore_external_"
_LOCK = threading.RLock()

# The files that were read, in order, and the modules that they became.
_FILES: dict[str, ModuleType] = {}


def import_external_file(file_path: str | os.PathLike[str]) -> ModuleType:
    """Reads a Python file for what it registers, once; a file that was read is not read again.

    The file may import others in its folder. What it registers under a name that is taken is an error, unless the
    registration says `exist_ok=True`.

    >>> import pathlib, tempfile, swiftcore
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.py"
    >>> _ = path.write_text('''
    ... from swiftcore import TemplateMeta, register_template
    ... register_template(TemplateMeta("doc_external", [], ["{{QUERY}}"], ["</s>"]))
    ... ''')
    >>> _ = import_external_file(path)
    >>> swiftcore.TEMPLATE_MAPPING.pop("doc_external").chat_sep
    ['</s>']

    Args:
        file_path: The file; `~` is the home folder.

    Raises:
        DataError: There is no such file, or it raised something: the message names the line.
        SwiftcoreError: What swiftcore itself raised in it, such as the `TemplateError` of a name that is taken.
    """
    path = os.path.realpath(os.path.expanduser(os.fspath(file_path)))
    with _LOCK:
        known = _FILES.get(path)
        if known is None:
            known = _read(path)
            _FILES[path] = known
        return known


def external_files() -> list[str]:
    """The files that were read in this process, in order."""
    return list(_FILES)


class Needed:
    """Files that a pickle needs. It reads them where it is unpickled, before what comes behind it.

    >>> import pickle
    >>> pickle.loads(pickle.dumps(Needed([]))) is None
    True
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._files = list(files)

    def __reduce__(self) -> tuple[Any, ...]:
        return _read_all, (self._files,)


def needed_by(*classes: type[Any]) -> Needed | None:
    """The files that were read, where one of `classes` comes from any of them."""
    ancestors = {ancestor.__module__ for cls in classes for ancestor in cls.__mro__}
    return Needed(_FILES) if any(name.startswith(_PREFIX) for name in ancestors) else None


def _read_all(files: list[str]) -> None:
    for file in files:
        import_external_file(file)


def _read(path: str) -> ModuleType:
    if not path.endswith(".py") or not os.path.isfile(path):
        problem = "is no Python file; give one that ends in .py" if os.path.exists(path) else "is not there"
        raise DataError(f"{path}: {problem}", path=path)
    folder = str(Path(path).parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    name = _PREFIX + hashlib.sha256(path.encode()).hexdigest()[:16]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DataError(f"{path}: cannot be imported", path=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        where = _where(path, error)
        if isinstance(error, SwiftcoreError):
            error.args = (f"{where}: {error}",)
            raise
        raise DataError(f"{where}: {type(error).__name__}: {_said(error)}", path=path) from error
    return module


def _where(path: str, error: BaseException) -> str:
    """The file, and the last line of it that had to do with the error."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return f"{path}, line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"{path}, line {lines[-1]}" if lines else path


def _said(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "swift":
        text += "; swiftcore has ms-swift's names: write `from swiftcore import ...`"
    return text
