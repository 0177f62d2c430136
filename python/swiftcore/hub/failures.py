"""Turn the exceptions of hub clients into a `HubError` that says what to do."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import ArgumentError, HubError, SwiftcoreError
from .types import DownloadRequest, Failure

__all__ = ["check_token", "not_cached", "translate_errors", "without_tokens"]

_TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "MODELSCOPE_API_TOKEN")
_RETRY = "Complete files are kept; run it again to fetch the rest"
DOWNLOADING = "downloading"


def check_token(token: str | None) -> str | None:
    """Return a token without the white space around it, or None for an empty one.

    >>> check_token(" hf_abc\\n"), check_token("")
    ('hf_abc', None)

    Raises:
        ArgumentError: It contains characters that no token contains. The message does not contain the token.
    """
    if token is None:
        return None
    if not isinstance(token, str):
        text = f"argument 'hub_token': expected a string or None, got {type(token).__name__}"
        raise ArgumentError(text, argument="hub_token")
    token = token.strip()
    if not (token.isascii() and token.isprintable()) or " " in token:
        text = "argument 'hub_token': contains a space, a line break or another invalid character. Copy it again"
        raise ArgumentError(text, argument="hub_token")
    return token or None


def without_tokens(text: str, token: str | None) -> str:
    """Return `text` without the token, and without those of the environment.

    >>> without_tokens("Bearer hf_abc was refused", "hf_abc")
    'Bearer *** was refused'
    """
    for secret in (token, *(os.environ.get(name, "").strip() for name in _TOKEN_VARIABLES)):
        if secret and len(secret) > 3:
            text = text.replace(secret, "***")
    return text


@contextlib.contextmanager
def translate_errors(request: DownloadRequest, doing: str) -> Iterator[None]:
    """Raise what a client raises inside the block as a `HubError`."""
    try:
        yield
    except SwiftcoreError:
        raise
    except Exception as error:
        token = request.ref.token
        kind, text = _explain(request, doing, error)
        translated = HubError(without_tokens(text, token), kind=kind, model=request.ref.model_id)
        shown = "".join(f"{each!r} {each}" for each in _causes(error))
        raise translated from (error if without_tokens(shown, token) == shown else None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _explain(request: DownloadRequest, doing: str, error: Exception) -> tuple[str, str]:
    """Return the kind and the text of the `HubError` for an exception of the client."""
    failures = (_classify(request, cause) for cause in _causes(error))
    failure = next((each for each in failures if each is not None), Failure("hub"))
    hub, ref = request.hub, request.ref
    name, status = repr(ref.model_id), f" ({failure.status})" if failure.status else ""
    reason = f"{type(error).__name__}: {error}".strip().splitlines()[0].rstrip(".:")
    if failure.kind == "disk":
        text = f"{name}: cannot write to {hub.cache_folder(ref)} ({reason}). Free some space, or let "
        return "disk", f"{text}{hub.cache_variable} name a folder on another disk"
    if failure.kind == "gated":
        return "gated", f"{name} is gated on {hub.name}. Ask for access on its page, then {_login(request)}"
    if failure.kind == "unknown":
        return "unknown", _unknown(request, failure.status)
    if failure.kind == "revision":
        return "revision", f"{name} has no revision {ref.revision!r} on {hub.name}. Omit revision= for the default"
    if failure.kind == "private":
        return "private", f"{name}: {hub.name} refuses access{status}. To get access, {_login(request)}"
    if failure.kind == "offline":
        return "offline", not_cached(request)
    if failure.kind == "damaged":
        text = f"{name}: received other content than {hub.name} listed ({reason}). Retry; if it persists, check your"
        return "damaged", f"{text} mirror or proxy"
    if failure.status == 429:
        hint = "" if ref.token else ", or pass hub_token=: the limit is higher with a token"
        return "connection", f"{name}: {hub.name} refuses too many requests (429). Wait some minutes{hint}"
    if failure.kind == "connection":
        hint = _RETRY if doing == DOWNLOADING else "Check the connection, and HF_ENDPOINT or a proxy if one is set"
        return "connection", f"{name}: {hub.name} did not answer while {doing}{status} ({reason}). {hint}"
    return "hub", f"{name}: {hub.name} failed while {doing}{status} ({reason})"


def _classify(request: DownloadRequest, error: BaseException) -> Failure | None:
    if (failure := request.hub.classify(error)) is not None:
        return failure
    if isinstance(error, ConnectionError | TimeoutError):
        return Failure("connection")
    if isinstance(error, OSError) and error.errno is not None and error.errno != errno.ENOENT:
        return Failure("disk")
    return None


def _login(request: DownloadRequest) -> str:
    if request.ref.token is not None:
        return "pass hub_token= with a token that has access: the given one has none"
    return request.hub.login_hint


def _unknown(request: DownloadRequest, status: int | None) -> str:
    hub, ref = request.hub, request.ref
    similar = " or ".join(map(repr, request.suggest_ids()))
    text = f"{hub.name} has no model {ref.model_id!r}" + (f" (did you mean {similar}?)" if similar else "")
    if status in (401, 403):
        text += f", or it is private: then {_login(request)}"
    if status not in (401, 403) and ref.revision != hub.default_revision:
        text += f", or the model has no revision {ref.revision!r}"
    other = "use_hf=False" if hub.argument == "use_hf=True" else "use_hf=True"
    return f"{text}. Check the id, pass {other} for the other hub, or pass the path of an existing folder"


def not_cached(request: DownloadRequest, lacking: str = "") -> str:
    """Return the message for a model that offline mode needs and the cache does not hold."""
    hub, ref = request.hub, request.ref
    what = f"is in the cache without {lacking}" if lacking else "is not in the cache"
    return (
        f"{ref.model_id!r} {what} ({hub.cache_folder(ref)}, revision {ref.revision!r}), and offline mode is on. Run "
        f"`swiftcore download {ref.model_id}` on a machine with a network, or unset HF_HUB_OFFLINE"
    )


def check_space(request: DownloadRequest, needed: int) -> None:
    """Check that the disk of the cache has room for a download.

    Raises:
        HubError: It has not.
    """
    import shutil

    from rich.filesize import decimal

    folder: Path = request.hub.cache_folder(request.ref)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if needed > free:
        text = (
            f"{request.ref.model_id!r}: needs {decimal(needed)}, and {decimal(free)} are free on the disk of {folder}. "
            f"Free some space, or let {request.hub.cache_variable} name a folder on another disk"
        )
        raise HubError(text, kind="disk", model=request.ref.model_id)
