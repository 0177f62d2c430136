"""A hub on loopback that speaks Hugging Face's HTTP API. It can fail and lie, and counts the requests.

    with Hub({"mine/chat": {"config.json": b"{}"}}) as hub:
        hub.faults.append(Fault("break", "model.safetensors", after=1000))

Listings are paged, and large files are redirected to another host, as on the real hub.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from swiftcore.tokenizer import packaged_tokenizer

PAGE = 3
TOKEN = "hf_correcthorsebatterystaple"
# Files of at least so many bytes are kept elsewhere, and known by their SHA-256.
LARGE = 10_000


@dataclass
class Fault:
    """A fault of the next `times` requests for paths that end with `at`. `kind` is one of

    `break` (the connection is cut after `after` bytes), `stall` (nothing is sent after `after` bytes), `silent` (there
    is no answer), `short` (only `after` bytes are sent, as if they were all), or a status such as `500`.
    """

    kind: str
    at: str = ""
    after: int = 0
    times: int = 10**9


@dataclass(frozen=True)
class Asked:
    """A request, and the number of bytes that were sent of the body of its answer."""

    method: str
    path: str
    range: str | None
    token: str | None
    sent: int
    host: str


@dataclass
class Hub:
    """The server. `repositories` are files by path, by id; `private` and `gated` ones need `TOKEN`.

    `lies` are parts of answers to replace: `sha`, `file` (a name in listings), `commit`, `etag`, `link` (the host of
    the next page), `xet` (the host for tokens of xet), `redirect` (the host of large files).
    """

    repositories: dict[str, dict[str, bytes]]
    private: set[str] = field(default_factory=set)
    gated: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    lies: dict[str, str] = field(default_factory=dict)
    revision: int = 1

    def __enter__(self) -> Hub:
        hub = self
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.idle = threading.Condition()
        self.active = 0

        class Bound(_Handler):
            pass

        Bound.hub = hub
        self._server = _Server(("127.0.0.1", 0), Bound)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def elsewhere(self) -> str:
        """The address of the same server under another host name, which must not receive tokens."""
        return self.address.replace("127.0.0.1", "localhost")

    def commit(self, repository: str) -> str:
        return hashlib.sha1(f"{repository} {self.revision}".encode()).hexdigest()

    def forget(self) -> None:
        with self.idle:  # an answer may have arrived before its request is counted
            self.idle.wait_for(lambda: self.active == 0, timeout=1)
            self.asked.clear()

    def of(self, name: str, method: str = "GET") -> list[Asked]:
        """Return the requests for the content of a file."""
        return [each for each in self.asked if each.method == method and each.path.endswith(name)]

    def sent(self, name: str = "") -> int:
        """Return how many bytes of files, or of one file, were sent."""
        return sum(each.sent for each in self.asked if "/api/" not in each.path and each.path.endswith(name))

    def fault(self, path: str, kinds: tuple[str, ...] = ()) -> Fault | None:
        with self.lock:
            for each in self.faults:
                if each.times > 0 and path.endswith(each.at) and (not kinds or each.kind in kinds):
                    each.times -= 1
                    return each
        return None


@contextlib.contextmanager
def serving(repositories: dict[str, dict[str, bytes]], place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Run a hub that the client asks, with an empty cache at `place` and short timeouts."""
    with Hub(repositories) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_HUB_CACHE", str(place / "hub"))
        monkeypatch.setenv("SWIFTCORE_CACHE", str(place / "own"))
        for name in ("HF_TOKEN", "USE_HF", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "RANK", "LOCAL_RANK"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 1)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_ETAG_TIMEOUT", 1)
        # The client loses the part of a chunk that it has read when a connection breaks.
        monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 8192)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        yield server


def small_models() -> dict[str, dict[str, bytes]]:
    """Return repositories like real ones, with a real tokenizer and tiny weights."""
    packaged = packaged_tokenizer("deepseek")
    chat = {
        ".gitattributes": b"",
        "LICENSE": b"",
        "README.md": b"# A model",
        "config.json": b'{"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}',
        "generation_config.json": b"{}",
        "merges.txt": b"",
        "model-00001-of-00002.safetensors": bytes(30_000),
        "model-00002-of-00002.safetensors": bytes(20_000),
        "model.safetensors.index.json": b'{"weight_map": {}}',
        "original.pth": bytes(100),
        "tokenizer.json": packaged.read_bytes(),
        "tokenizer_config.json": packaged.with_name("tokenizer_config.json").read_bytes(),
        "vocab.json": b"{}",
    }
    return {"Qwen/Qwen3-8B": chat, "me/mine-gguf": {"README.md": b"", "mine-q4.gguf": bytes(100)}}


def held(folder: str | Path) -> set[str]:
    """Return the files in a folder."""
    place = Path(folder)
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}


def git_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class _Server(ThreadingHTTPServer):
    """A server that does not print the exceptions of connections that clients close."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *arguments: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        self._sent = 0
        with self.hub.idle:
            self.hub.active += 1
        try:
            self._route(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
            path, range_ = urlsplit(self.path).path, self.headers.get("Range")
            with self.hub.idle:
                self.hub.asked.append(
                    Asked(self.command, unquote(path), range_, token, self._sent, self.headers["Host"])
                )
                self.hub.active -= 1
                self.hub.idle.notify_all()

    def _route(self, body: bool) -> None:
        address = urlsplit(self.path)
        path, query = unquote(address.path), parse_qs(address.query)
        fault = self.hub.fault(path, ("silent", "500", "502", "503", "504", "429", "401", "403", "404"))
        if fault is not None and fault.kind == "silent":
            self.hub.closing.wait(30)
            self.close_connection = True
            return
        if fault is not None:
            return self._say(int(fault.kind), {"error": "told to fail"})
        if found := re.fullmatch(r"/api/models/([^/]+(?:/(?!revision/)[^/]+)?)(?:/revision/(.+))?", path):
            return self._info(found[1], found[2] or "main", "blobs" in query)
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)", path):
            return self._tree(found[1], found[2], int(query.get("cursor", ["0"])[0]))
        if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self._resolve(found[1], found[2], found[3], body)
        if found := re.fullmatch(r"/elsewhere/([^/]+/[^/]+)/([^/]+)/(.+)", path):
            return self._content(self.hub.repositories[found[1]][found[3]], {}, body)
        return self._say(404, {"error": "Not Found"})

    def _refused(self, repository: str, revision: str, content: bool) -> bool:
        """Send the error for a repository that does not exist or needs a token, and return whether there is one."""
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        allowed = token == TOKEN
        if token and not allowed:
            self._say(401, {"error": "Invalid credentials in Authorization header"}, "")
        elif repository not in self.hub.repositories or (repository in self.hub.private and not allowed):
            self._say(404 if allowed else 401, {"error": "Repository not found"}, "RepoNotFound")
        elif repository in self.hub.gated and not allowed and content:
            self._say(401 if not token else 403, {"error": "Access is restricted"}, "GatedRepo")
        elif revision not in ("main", "v1", self.hub.commit(repository)):
            self._say(404, {"error": "Invalid rev id"}, "RevisionNotFound")
        else:
            return False
        return True

    def _info(self, repository: str, revision: str, blobs: bool) -> None:
        if self._refused(repository, revision, content=False):
            return
        lies = self.hub.lies
        files: list[dict[str, object]] = []
        for name, content in self.hub.repositories[repository].items():
            file: dict[str, object] = {"rfilename": name}
            if blobs:
                file |= {"size": len(content), "blobId": git_id(content)}
            if blobs and len(content) >= LARGE:
                file["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
            files.append(file)
        files += [{"rfilename": lies["file"], "size": 1, "blobId": "0" * 40}] if "file" in lies else []
        sha = lies.get("sha", self.hub.commit(repository))
        info = {"id": repository, "modelId": repository, "sha": sha, "siblings": files}
        self._say(200, {**info, "private": False, "gated": False, "disabled": False, "tags": [], "downloads": 0})

    def _tree(self, repository: str, revision: str, start: int) -> None:
        if self._refused(repository, revision, content=False):
            return
        files = list(self.hub.repositories[repository].items())
        entries: list[dict[str, object]] = []
        for name, content in files[start : start + PAGE]:
            entry: dict[str, object] = {
                "type": "file",
                "path": name,
                "size": len(content),
                "oid": git_id(content),
            }
            if len(content) >= LARGE:
                digest = hashlib.sha256(content).hexdigest()
                entry["oid"] = git_id(b"pointer " + digest.encode())
                entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 134}
            entries.append(entry)
        if "file" in self.hub.lies:
            entries.append({"type": "file", "path": self.hub.lies["file"], "size": 1, "oid": "0" * 40})
        headers = {}
        if start + PAGE < len(files):
            host = self.hub.lies.get("link", self.hub.address)
            path = f"{host}/api/models/{repository}/tree/{revision}?recursive=true&cursor={start + PAGE}"
            headers["Link"] = f'<{path}>; rel="next"'
        self._say(200, entries, headers=headers)

    def _resolve(self, repository: str, revision: str, name: str, body: bool) -> None:
        if self._refused(repository, revision, content=True):
            return
        content = self.hub.repositories[repository].get(name)
        if content is None:
            return self._say(404, {"error": "Entry not found"}, "EntryNotFound")
        lies = self.hub.lies
        headers = {"X-Repo-Commit": lies.get("commit", self.hub.commit(repository))}
        if "xet" in lies:
            headers["X-Xet-Hash"] = "0" * 64
            headers["Link"] = f'<{lies["xet"]}/api/models/{repository}/xet-read-token/main>; rel="xet-auth"'
        if len(content) >= LARGE:
            headers["X-Linked-Size"] = str(len(content))
            headers["X-Linked-ETag"] = f'"{lies.get("etag", hashlib.sha256(content).hexdigest())}"'
            headers["Location"] = f"{lies.get('redirect', self.hub.elsewhere)}/elsewhere/{repository}/{revision}/{name}"
            return self._say(302, None, headers=headers)
        headers["ETag"] = f'"{lies.get("etag", git_id(content))}"'
        return self._content(content, headers, body)

    def _content(self, content: bytes, headers: dict[str, str], body: bool) -> None:
        path, start, status = urlsplit(self.path).path, 0, 200
        whole = len(content)
        if found := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or ""):
            start, status = int(found[1]), 206
            headers["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
        fault = self.hub.fault(path, ("break", "stall", "short")) if body else None
        part = content[start:]
        if fault is not None and fault.kind == "short":
            part = part[: fault.after]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(part)), "Accept-Ranges": "bytes"}.items():
            self.send_header(name, value)
        self.end_headers()
        if not body:
            return
        broken = fault is not None and fault.kind in ("break", "stall")
        for at in range(0, len(part), 65536):
            piece = part[at : at + 65536]
            if broken and fault is not None and at + len(piece) >= fault.after:
                piece = piece[: fault.after - at]
            self.wfile.write(piece)
            self.wfile.flush()
            self._sent += len(piece)
            if broken and fault is not None and self._sent >= fault.after:
                self.hub.closing.wait(30 if fault.kind == "stall" else 0.05)
                self.close_connection = True
                self.connection.close()
                return

    def _say(
        self, status: int, value: object, code: str | None = None, *, headers: dict[str, str] | None = None
    ) -> None:
        text = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        given = {"Content-Type": "application/json", **(headers or {}), "Content-Length": str(len(text))}
        if code:
            given["X-Error-Code"] = code
        if code is not None and isinstance(value, dict):
            given["X-Error-Message"] = str(value.get("error"))
        for name, said in given.items():
            self.send_header(name, said)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)
