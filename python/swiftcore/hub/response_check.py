"""Check the responses of a Hugging Face hub before its client uses them.

`huggingface_hub` joins commits, file names and ETags from responses to paths in the cache, and sends the access token
to the address of the next page. A hostile mirror could thereby write outside the cache or obtain the token. A hook on
the client's HTTP sessions refuses such responses.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from ..errors import HubError

__all__ = ["is_commit", "is_safe_path", "watch_responses"]

_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-fA-F]+")
_LOCK = threading.Lock()


def is_commit(text: object) -> bool:
    """Return whether a text is the hash of a commit.

    >>> is_commit("9c925d64d72725edaf899c6cb9c377fd0709d9c5"), is_commit("../../victim"), is_commit("main")
    (True, False, False)
    """
    return isinstance(text, str) and _COMMIT.fullmatch(text) is not None


def is_safe_path(path: object) -> bool:
    """Return whether a path of a repository stays in the folder that it is joined to, on any operating system.

    >>> is_safe_path("onnx/model.onnx"), is_safe_path("../../victim"), is_safe_path("/etc/passwd"), is_safe_path("C:x")
    (True, False, False, False)
    """
    if not isinstance(path, str) or not path or "\\" in path or "\0" in path or re.match(r"[A-Za-z]:", path):
        return False
    return not any(part in ("", ".", "..") for part in path.split("/"))


def watch_responses() -> None:
    """Install the check on all HTTP sessions of `huggingface_hub`, once for each session factory."""
    import huggingface_hub
    from huggingface_hub.utils import _http

    # The setter is public; the factory that is in use, which may be the user's own, has no public getter.
    name, configure = "_GLOBAL_CLIENT_FACTORY", getattr(huggingface_hub, "set_client_factory", None)
    if configure is None:  # before version 1
        name, configure = "_GLOBAL_BACKEND_FACTORY", huggingface_hub.configure_http_backend
    with _LOCK:
        factory = getattr(_http, name)
        if not getattr(factory, "checks_responses", False):
            configure(_CheckedFactory(factory))


class _CheckedFactory:
    """Make the sessions that another factory makes, with the check added to their hooks."""

    checks_responses = True

    def __init__(self, factory: Any) -> None:
        self.factory = factory

    def __call__(self) -> Any:
        session = self.factory()
        hooks = session.hooks if hasattr(session, "hooks") else session.event_hooks  # requests, httpx
        hooks["response"].append(check_response)
        return session


def check_response(response: Any, *arguments: Any, **keywords: Any) -> None:
    """Raise a `HubError` if a response contains an unsafe path, or an address that must not receive the token."""
    for problem in _problems(response):
        host = urlsplit(str(response.url)).netloc
        text = f"{host} sent a response with {problem}; nothing was written. Check HF_ENDPOINT and your proxy"
        raise HubError(text, kind="damaged")


def _problems(response: Any) -> Iterator[str]:
    commit = response.headers.get("x-repo-commit")
    if commit is not None and not is_commit(commit):
        yield f"an invalid commit {commit!r}"
    if response.request.method == "HEAD":  # the client names a file in the cache after the ETag
        for name in ("x-linked-etag", "etag"):
            tag = response.headers.get(name)
            name_in_cache = (tag or "etag").removeprefix("W/").strip('"')
            if "/" in name_in_cache or not is_safe_path(name_in_cache):
                yield f"an unsafe ETag {tag!r}"
    if "authorization" in response.request.headers:
        yield from _foreign_links(response)
    if response.status_code == 200 and "/api/models/" in urlsplit(str(response.url)).path:
        yield from _unsafe_names(response)


def _foreign_links(response: Any) -> Iterator[str]:
    """Yield addresses on other hosts to which the client would send the token."""
    here = str(response.url)
    links = {name: link["url"] for name, link in response.links.items()}
    if (route := response.headers.get("x-xet-refresh-route")) is not None:
        links["xet-auth"] = route
    for name, link in links.items():
        target = urlsplit(urljoin(here, link))
        if name == "xet-auth" and target.netloc == "huggingface.co":
            continue  # the client asks the same path on the host that it was given
        if (target.scheme, target.netloc) != urlsplit(here)[:2]:
            yield f"a link ({name}) to another host, {target.netloc!r}, which must not receive the access token"


def _unsafe_names(response: Any) -> Iterator[str]:
    """Yield the commits, file names and digests of a JSON response that are unsafe as parts of paths."""
    if hasattr(response, "read"):  # httpx calls hooks before it reads the body
        response.read()
    try:
        content = response.json()
    except ValueError:
        return
    if isinstance(content, dict):
        if "sha" in content and not is_commit(content["sha"]):
            yield f"an invalid commit {content['sha']!r}"
        entries, key = content.get("siblings") or [], "rfilename"
    else:
        entries, key = content, "path"
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or key not in entry:
            continue
        if not is_safe_path(entry[key]):
            yield f"an unsafe file name {entry[key]!r}"
        lfs = entry.get("lfs")
        for fields in (entry, lfs if isinstance(lfs, dict) else {}):
            for digest in (fields.get("oid"), fields.get("blobId"), fields.get("sha256")):
                if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
                    yield f"an invalid digest {digest!r}"
