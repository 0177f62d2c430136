"""`Tokenizer`: a `tokenizer.json` with an engine, and the tokens that its configuration names."""

from __future__ import annotations

import collections
import contextlib
import hashlib
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from .. import _native
from .._slow import call_if_slow
from .._warn import warn
from ..errors import ArgumentError, TokenizerError
from . import config, folder, store
from .ids import looks_like_id
from .stops import Stops, Word, cached_decoder, count, make_decoder

__all__ = ["Engine", "Tokenizer"]

Engine = Literal["auto", "reference", "fast"]

_NAMES = ("bos_token", "eos_token", "pad_token", "unk_token", "sep_token", "cls_token", "mask_token")
_MEDIA = ("image_token", "video_token", "audio_token")

# The tokenizers of this process, so that a pickle that comes back, or a second template, loads nothing again.
_LOADED: weakref.WeakValueDictionary[tuple[Any, ...], Tokenizer] = weakref.WeakValueDictionary()
# The last ones are kept alive, for those who make a template, drop it and make another.
_RECENT: collections.deque[Tokenizer] = collections.deque(maxlen=2)
# Seconds after which the preparation of a tokenizer is logged.
_PATIENCE = 1.0
# What is wrong with cache folders is said once in a process.
_TOLD: set[str] = set()
# A pickle whose file is gone loads its folder while it is loaded itself.
_LOCK = threading.RLock()
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=lambda: globals().update(_LOCK=threading.RLock()))


class Tokenizer:
    """A tokenizer, immutable: safe to share between threads and to use after a fork.

    >>> tokenizer = Tokenizer.from_pretrained("deepseek")
    >>> tokenizer.encode("Hello world"), tokenizer.decode([19923, 2058])
    ([19923, 2058], 'Hello world')
    >>> tokenizer.eos_token, tokenizer.eos_token_id, tokenizer.engine
    ('<｜end▁of▁sentence｜>', 1, 'fast')

    Attributes:
        origin: The folder or file that it was made from, where there is one.
        model_max_length: The most tokens that its model takes, where a `config.json` says so.
    """

    origin: str | None
    model_max_length: int | None

    def __init__(
        self,
        native: _native.Tokenizer,
        special_tokens: Mapping[str, str],
        *,
        asked_engine: Engine = "auto",
        origin: str | os.PathLike[str] | None = None,
        model_max_length: int | None = None,
    ) -> None:
        self._native = native
        self._special_tokens = dict(special_tokens)
        self._asked_engine: Engine = asked_engine
        self.origin = None if origin is None else os.fspath(origin)
        self.model_max_length = model_max_length
        # Of the file, when it was read.
        self._stamp: tuple[int, int] | None = None

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        engine: Engine = "auto",
        special_tokens: Mapping[str, str] | None = None,
        origin: str | os.PathLike[str] | None = None,
    ) -> Tokenizer:
        """Reads a `tokenizer.json` as it is written.

        Its eos, bos and pad come from the `tokenizer_config.json` beside it, or from `special_tokens`, a dict such
        as `{"eos_token": "</s>"}`.

        Raises:
            TokenizerError: No engine can read it, or `engine="fast"` was asked for and cannot be used.
            DataError: The file cannot be read.
        """
        path = Path(path).absolute()
        tokens = config.special_tokens(path.parent) if special_tokens is None else dict(special_tokens)
        place = path if origin is None else Path(origin)
        limit = config.max_model_len(place.parent if place.is_file() else place)
        stamp = _stamp(path)
        key = (str(path), stamp, _frozen(tokens), engine, None if origin is None else os.fspath(origin))
        return _once(
            key,
            lambda: cls._made(
                _prepared(place, lambda: _native.Tokenizer.from_file(path, _known(tokens), engine)),
                tokens,
                asked_engine=engine,
                origin=path if origin is None else origin,
                model_max_length=limit,
            ),
        )

    @classmethod
    def from_json(
        cls,
        json: str,
        *,
        engine: Engine = "auto",
        special_tokens: Mapping[str, str] | None = None,
        origin: str | os.PathLike[str] | None = None,
        model_max_length: int | None = None,
    ) -> Tokenizer:
        """Reads the text of a `tokenizer.json`. The same text is read once, and shared.

        Raises:
            TokenizerError: No engine can read it, or `engine="fast"` was asked for and cannot be used.
        """
        tokens = dict(special_tokens or {})
        digest = hashlib.sha256(json.encode()).hexdigest()
        return _once(
            (digest, _frozen(tokens), engine, model_max_length, None if origin is None else os.fspath(origin)),
            lambda: cls._made(
                _prepared(origin or digest, lambda: _native.Tokenizer.from_json(json, _known(tokens), engine)),
                tokens,
                asked_engine=engine,
                origin=origin,
                model_max_length=model_max_length,
            ),
        )

    @classmethod
    def from_pretrained(
        cls,
        path: str | os.PathLike[str],
        *,
        engine: Engine = "auto",
        revision: str | None = None,
        use_hf: bool | None = None,
        hub_token: str | None = None,
    ) -> Tokenizer:
        """Reads a folder, a `tokenizer.json`, the name of a tokenizer that a package ships, or a model's id on a hub.

        Of an id, what the tokenizer needs is downloaded where it is not in the hub's cache. A folder's tokenizer is
        what transformers' `AutoTokenizer` makes of it. Where transformers is installed it is asked, once for each
        state of the folder; where it is not, folders of which it is known are taken.

        Raises:
            TokenizerError: There is no tokenizer, or which one it is cannot be known without transformers.
            HubError: A model of that id cannot be had.
        """
        if looks_like_id(path):
            from ..hub import download, make_request

            request = make_request(path, revision, use_hf=use_hf, hub_token=hub_token, only_tokenizer=True)
            path = download(request, show_progress=False).folder
        found = folder.find(path)
        tokens, origin = found.special_tokens, found.origin
        if isinstance(found.file, Path):
            return cls.from_file(found.file, engine=engine, special_tokens=tokens, origin=origin)
        limit = config.max_model_len(origin)
        return cls.from_json(found.file, engine=engine, special_tokens=tokens, origin=origin, model_max_length=limit)

    @classmethod
    def _made(cls, native: _native.Tokenizer, tokens: Mapping[str, str], **keywords: Any) -> Tokenizer:
        if native.warning:
            warn(native.warning)
        problem = _native.cache_problem()
        if problem is not None and problem not in _TOLD:
            _TOLD.add(problem)
            warn(
                f"{problem}; it is not used, and tokenizers are prepared again in every process. "
                "Let SWIFTCORE_CACHE name a folder of your own"
            )
        return cls(native, tokens, **keywords)

    def encode(self, text: str, add_special_tokens: bool = False) -> list[int]:
        """Return the ids of a text; with `add_special_tokens` those that the tokenizer puts around it too.

        Raises:
            ArgumentError: It is not a text, or has lone surrogates.
            TokenizerError: The tokenizer refuses the text.
        """
        try:
            return self._native.encode(text, add_special_tokens)
        except (TypeError, UnicodeEncodeError):
            raise _wrong("text", "Unicode text", text) from None

    def decode(self, ids: list[int], skip_special_tokens: bool = False) -> str:
        """Return the text of ids. Ids that no token has are left out.

        Raises:
            ArgumentError: They are not a list of ids.
            TokenizerError: The decoder refuses them.
        """
        try:
            return self._native.decode(ids, skip_special_tokens)
        except (TypeError, OverflowError):
            raise _wrong("ids", "a list of token ids", ids) from None

    def decode_stream(
        self,
        skip_special_tokens: bool = False,
        stop: Stops = None,
        include_stop: bool | None = None,
        eager: bool = False,
        *,
        stop_after: str | Iterable[int] | None = None,
    ) -> _native.DecodeStream:
        """A stream of one text: ids go in, text comes out as soon as it is sure. `Template.decode_stream` says more.

        There are no stops but those of `stop`; they stay in the text unless `include_stop=False`.

        >>> stream = Tokenizer.from_pretrained("deepseek").decode_stream()
        >>> stream.step(19923), stream.step([2058]), stream.finish()
        ('Hello', ' world', '')

        Raises:
            ArgumentError: A stop is neither a text nor a list of ids, or is empty.
            TokenizerError: The vocabulary cannot be read.
        """
        return self._decoder(skip_special_tokens, stop, include_stop, eager, stop_after).stream()

    def decode_batch(
        self,
        n: int,
        skip_special_tokens: bool = False,
        stop: Stops = None,
        include_stop: bool | None = None,
        eager: bool = False,
        *,
        stop_after: str | Iterable[int] | None = None,
    ) -> _native.DecodeBatch:
        """Streams of `n` texts in step, as `Template.decode_batch`, with no stops but those of `stop`.

        >>> batch = Tokenizer.from_pretrained("deepseek").decode_batch(2)
        >>> batch.step([[19923, 2058], [19923]])[0]
        ['Hello world', 'Hello']

        Raises:
            ArgumentError: `n` is negative, or a stop is neither a text nor a list of ids, or is empty.
            TokenizerError: The vocabulary cannot be read.
        """
        return self._decoder(skip_special_tokens, stop, include_stop, eager, stop_after).batch(count(n))

    def _decoder(
        self,
        skip_special_tokens: bool,
        stop: Stops,
        include_stop: bool | None,
        eager: bool,
        stop_after: str | Iterable[int] | None,
    ) -> _native.Decoder:
        def make(words: list[Word], after: Word | None) -> _native.Decoder:
            stops = [(word, include_stop is not False, True) for word in words]
            return make_decoder(self, stops, skip_special_tokens=skip_special_tokens, eager=eager, stop_after=after)

        return cached_decoder(self, stop, stop_after, (skip_special_tokens, include_stop is not False, eager), make)

    def convert_tokens_to_ids(self, token: str) -> int | None:
        """Return the id of a token, or None if there is none."""
        try:
            return self._native.token_to_id(token)
        except UnicodeEncodeError:
            return None

    def convert_ids_to_tokens(self, token_id: int) -> str | None:
        """Return the token of an id, or None if there is none."""
        try:
            return self._native.id_to_token(token_id)
        except OverflowError:
            return None

    def __getattr__(self, name: str) -> Any:
        # bos_token, eos_token_id and the like.
        if name in _NAMES:
            return self.__dict__.get("_special_tokens", {}).get(name)
        if name.removesuffix("_id") in _NAMES and "_native" in self.__dict__:
            return self._native.attribute_id(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __len__(self) -> int:
        return self._native.vocab_size()

    @property
    def special_tokens(self) -> dict[str, str]:
        """The tokens that the configuration names, by their names."""
        return dict(self._special_tokens)

    @property
    def engine(self) -> str:
        """The engine in use: `fast` or `reference`."""
        return self._native.engine

    @property
    def hash(self) -> str:
        """A hash of the `tokenizer.json`, in hexadecimal."""
        return self._native.hash

    @property
    def path(self) -> str | None:
        """The `tokenizer.json` that it was read from, where it was read from a file."""
        path = self._native.path
        return None if path is None else os.fspath(path)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the `tokenizer.json`."""
        Path(path).write_bytes(self._native.json())

    def __reduce__(self) -> tuple[Any, ...]:
        path = self.path or store.write_to_cache(self._native.json())
        state = (
            path,
            self.hash,
            self._special_tokens,
            self._asked_engine,
            self.origin,
            self.model_max_length,
        )
        return _restore, (type(self), *state)

    def __repr__(self) -> str:
        return f"Tokenizer({self.origin or self.hash[:12]!r}, engine={self.engine!r})"


def _prepared(name: object, make: Callable[[], _native.Tokenizer]) -> _native.Tokenizer:
    """Return what `make` makes. Log it at INFO if that takes longer than `_PATIENCE`, as it does if no table is cached.

    The logger is `logging.getLogger("swiftcore")`.
    """
    logging = sys.modules.get("logging")  # imported by every program that reads logs; importing it is slow
    logger = None if logging is None else logging.getLogger("swiftcore")
    if logger is None or not logger.isEnabledFor(logging.INFO):  # type: ignore[union-attr]
        return make()
    text = "preparing tokenizer %s; this takes a few seconds, once"
    with call_if_slow(_PATIENCE, logger.info, text, name):
        return make()


def _wrong(argument: str, expected: str, got: object) -> ArgumentError:
    shown = repr(got)
    shown = shown if len(shown) <= 80 else f"{shown[:80]}..."
    return ArgumentError(f"argument {argument!r}: expected {expected}, got {shown}", argument=argument)


def _restore(
    cls: type[Tokenizer],
    path: str,
    digest: str,
    tokens: dict[str, str],
    engine: Engine,
    origin: str | None,
    limit: int | None,
) -> Tokenizer:
    key = (digest, _frozen(tokens), engine)

    def load() -> Tokenizer:
        problem = "is not on this machine"
        advice = "load the tokenizer from a folder that both machines see, or let SWIFTCORE_CACHE name one"
        if os.path.exists(path):
            problem = "has changed since the pickle was made"
            advice = "make the template again"
            with contextlib.suppress(TokenizerError):  # of content that is no tokenizer any more
                native = _native.Tokenizer.from_file(path, _known(tokens), engine)
                if native.hash == digest:
                    return cls(native, tokens, asked_engine=engine, origin=origin, model_max_length=limit)
        if origin is not None and os.path.exists(origin):
            again = cls.from_pretrained(origin, engine=engine)
            if again.hash == digest:
                return again
        raise TokenizerError(f"tokenizer: {path} {problem}; {advice}")

    return _once(key, load)


def _once(key: tuple[Any, ...], load: Any) -> Tokenizer:
    with _LOCK:
        known = _LOADED.get(key)
        # The same content may have been read from a file that has changed since, and is read again when needed.
        if known is None or _stamp_of(known) != known._stamp:
            known = load()
            known._stamp = _stamp_of(known)
            _LOADED[key] = known
            _LOADED[(known.hash, _frozen(known._special_tokens), known._asked_engine)] = known
        if known not in _RECENT:
            _RECENT.append(known)
        return known


def _stamp_of(tokenizer: Tokenizer) -> tuple[int, int] | None:
    path = tokenizer.path
    return None if path is None else _stamp(Path(path))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _frozen(tokens: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(tokens.items()))


def _known(tokens: Mapping[str, str]) -> dict[str, str]:
    return {name: token for name, token in tokens.items() if name in _NAMES or name in _MEDIA}
