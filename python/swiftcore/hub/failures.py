"""What a hub's client raises, as an error that says what to do."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from ..errors import HubError, SwiftcoreError
from . import names, token
from .base import Hub, Wanted

__all__ = ["explained", "full_disk", "not_kept"]

_AGAIN = "what has arrived whole is kept: call it again, and it goes on from there"
# Exceptions of HTTP clients, of any of their libraries, by name: those of a connection that failed.
_CONNECTION = (
    *("ConnectError", "ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout", "TimeoutException"),
    *("RemoteProtocolError", "ReadError", "WriteError", "NetworkError", "ProxyError", "ConnectionError"),
    *("ChunkedEncodingError", "IncompleteRead", "Timeout", "SSLError", "ProtocolError", "TransportError"),
    *("ServerError", "RequestTimeoutError", "FileDownloadError"),
)


@contextlib.contextmanager
def explained(hub: Hub, wanted: Wanted, doing: str) -> Iterator[None]:
    """Turns what goes wrong inside into a `HubError`, without the token."""
    try:
        yield
    except (SwiftcoreError, KeyboardInterrupt):
        raise
    except Exception as error:
        text, kind = _said(hub, wanted, doing, error)
        explanation = HubError(token.without(text, wanted.token), kind=kind, model=wanted.model)
        raise explanation from _harmless(error, wanted.token)


def _harmless(error: Exception, secret: str | None) -> Exception | None:
    """The error, unless it, or what it came from, holds the token."""
    cause: BaseException | None = error
    while cause is not None:
        shown = f"{cause!r} {cause}"
        if token.without(shown, secret) != shown:
            return None
        cause = cause.__cause__ or cause.__context__
    return error


def _said(hub: Hub, wanted: Wanted, doing: str, error: Exception) -> tuple[str, str]:
    name, kinds = repr(wanted.model), [each.__name__ for each in type(error).__mro__]
    if full := _of_disk(error):
        return f"{name}: {full_disk(hub, wanted)} ({full})", "disk"
    status = _status(error)
    if "GatedRepoError" in kinds:
        return f"{name} is gated on {hub.name}: ask for access on its page, {_with_token(hub, wanted)}", "gated"
    is_unknown = "RepositoryNotFoundError" in kinds or "NotExistError" in kinds
    if is_unknown and "NoValidRevisionError" not in kinds:
        return _unknown(hub, wanted, status), "unknown"
    if status == 404 or is_unknown or "RevisionNotFoundError" in kinds:
        text = f"{name} has no revision {wanted.revision!r} on {hub.name}; leave revision= out for the default"
        return text, "revision"
    if status in (401, 403) or "AuthenticationError" in kinds or "PermissionDeniedError" in kinds:
        said = f" ({status})" if status else ""
        return f"{name}: {hub.name} refuses access{said}; {_with_token(hub, wanted)}", "private"
    if "HFValidationError" in kinds:
        text = f"{name} is no id of a model; give one such as 'Qwen/Qwen3-8B', or the path of a folder that exists"
        return text, "unknown"
    if "OfflineModeIsEnabled" in kinds:
        return not_kept(hub, wanted), "offline"
    reason = f"{type(error).__name__}: {error}".strip().rstrip(".:").splitlines()[0]
    if "FileIntegrityError" in kinds:
        return f"{name}: what came is not what {hub.name} listed ({reason}); call it again", "damaged"
    if "Consistency check failed" in str(error):
        return f"{name}: the connection broke off while {doing} ({reason}); {_AGAIN}", "connection"
    if status == 429 or "RateLimitError" in kinds:
        hint = "" if wanted.token else ", or give hub_token=, as those who are known may ask more often"
        text = f"{name}: {hub.name} refuses too many requests (429) while {doing}; wait some minutes{hint}"
        return text, "connection"
    if any(each in _CONNECTION for each in kinds) or status in (500, 502, 503, 504):
        after = _AGAIN if doing == _FETCHING else "check the connection, and HF_ENDPOINT or a proxy where one is set"
        return f"{name}: {hub.name} did not answer while {doing} ({reason}); {after}", "connection"
    return f"{name}: {hub.name} failed while {doing} ({reason})", "hub"


_FETCHING = "downloading"


def _unknown(hub: Hub, wanted: Wanted, status: int | None) -> str:
    close = names.near(wanted.model, hugging_face=hub.argument == "use_hf=True") or names.called(wanted.model)
    meant = f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
    other = "use_hf=False" if hub.argument == "use_hf=True" else "use_hf=True"
    text = f"{hub.name} has no model {wanted.model!r}{meant}"
    if status in (401, 403):
        text += f", or it is private; {_with_token(hub, wanted)}"
    if wanted.revision != hub.default_revision and hub.argument == "use_hf=False":  # it has one answer for both
        text += f", or that has no revision {wanted.revision!r}"
    return f"{text}; check the id; give {other} for the other hub, or the path of a folder that exists"


def _with_token(hub: Hub, wanted: Wanted) -> str:
    if wanted.token is not None:
        return "the token that was given has no access: give hub_token= one that has"
    if hub.argument == "use_hf=True":
        return "then give hub_token=, set HF_TOKEN, or run: hf auth login"
    return "then give hub_token=, set MODELSCOPE_API_TOKEN, or run: modelscope login"


def not_kept(hub: Hub, wanted: Wanted, lacking: str = "") -> str:
    """What to do where a model is not in the cache, and the network must not be touched."""
    what = f"is in the cache without {lacking}" if lacking else "is not in the cache"
    return (
        f"{wanted.model!r} {what} ({hub.place(wanted)}, revision {wanted.revision!r}) and offline mode is on; run "
        f"`swiftcore download {wanted.model}` where there is a network, or unset HF_HUB_OFFLINE"
    )


def full_disk(hub: Hub, wanted: Wanted) -> str:
    """What to do about a disk that is full."""
    variable = "HF_HUB_CACHE" if hub.argument == "use_hf=True" else "MODELSCOPE_CACHE"
    return f"the disk of {hub.place(wanted)} is full; free some of it, or let {variable} name a folder on another one"


def _of_disk(error: BaseException) -> str | None:
    """The reason, where it is a full disk or a used-up quota."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return cause.strerror or str(cause)
        cause = cause.__cause__ or cause.__context__
    return None


def _status(error: Exception) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", getattr(error, "status_code", None))
    return status if isinstance(status, int) else None
