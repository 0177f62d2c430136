"""What would be downloaded of a model, and what is left out: worked out before a byte of it is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ArgumentError, HubError
from . import names, token
from .base import Hub, Wanted, get_hub
from .failures import explained, not_kept
from .listing import File, Listing, missing
from .patterns import ASKED, Patterns

__all__ = ["Plan", "Request", "plan_download", "request", "what_to_fetch"]

# A repository with one of these can be loaded by something.
_CONFIGURATIONS = ("config.json", "adapter_config.json", "model_index.json", "params.json", "configuration.json")

# Or, where nothing but the tokenizer is wanted, one of these.
_TOKENIZERS = ("tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class Request:
    """What is asked for, settled: of which hub, under which name, and what of it."""

    hub: Hub
    wanted: Wanted
    patterns: Patterns
    # Whether any repository will do: the caller said which files.
    any_kind: bool
    # The folder in the repository that is the model; empty for all of it.
    inside: str = ""

    @property
    def key(self) -> str:
        """The same for those who ask for the same."""
        return "\0".join(map(repr, (self.hub.name, self.wanted, self.patterns)))


@dataclass(frozen=True)
class Plan:
    """What a download comes to.

    Attributes:
        model: The id on the hub that is asked.
        hub: That hub's name.
        commit: The commit that the revision stands for.
        files: What is wanted.
        to_fetch: What of it is not in the cache.
        left_out: What is not wanted, each file with the pattern that says so.
        remarks: What is odd about the patterns.
        folder: Where the files are, or will be.
        begun: How many bytes are there of files that a download which was cut off left, by their paths.
    """

    model: str
    hub: str
    commit: str
    files: tuple[File, ...]
    to_fetch: tuple[File, ...]
    left_out: tuple[tuple[File, str], ...]
    remarks: tuple[str, ...]
    folder: Path
    begun: Mapping[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> tuple[File, ...]:
        """What of the wanted is in the cache."""
        coming = {file.path for file in self.to_fetch}
        return tuple(file for file in self.files if file.path not in coming)

    @property
    def bytes_to_fetch(self) -> int:
        """How much is to come over the network, as far as the hub gives sizes."""
        return sum(max(0, (file.size or 0) - self.begun.get(file.path, 0)) for file in self.to_fetch)


def request(
    model: str,
    revision: str | None = None,
    download_model: bool = True,
    use_hf: bool | None = None,
    hub_token: str | None = None,
    ignore_patterns: Sequence[str] | str | None = None,
    allow_patterns: Sequence[str] | str | None = None,
    cache_dir: str | None = None,
    only_tokenizer: bool = False,
) -> Request:
    """Settles what is asked for; `model` is an id, or `id:folder`. Touches no network.

    Raises:
        ArgumentError: An argument makes no sense.
        HubError: Only the other hub knows the model.
    """
    hub = get_hub(use_hf)
    model, _, inside = model.partition(":")
    inside = inside.strip("/")
    known, own = names.find(model, hugging_face=hub.argument == "use_hf=True")
    if known is not None and own is None:
        other = get_hub(use_hf=hub.argument != "use_hf=True")
        text = f"{model!r} is known on {other.name} only; give {other.argument} (on the command line {_flag(other)})"
        raise HubError(text, kind="unknown", model=model)
    patterns = names.patterns_of(model, known)
    ignored = _patterns("ignore_patterns", ignore_patterns)
    if ignored is not None:
        patterns = Patterns(ignored, ASKED)
    allowed = (f"{inside}/*",) if inside else _patterns("allow_patterns", allow_patterns)
    weights = download_model and not only_tokenizer
    patterns = Patterns(patterns.ignored, patterns.origin, weights, allowed, only_tokenizer)
    wanted = Wanted(own or model, _revision(hub, revision, known), token.checked(hub_token), cache_dir)
    return Request(hub, wanted, patterns, ignored is not None or allowed is not None, inside)


def _flag(hub: Hub) -> str:
    return "--use_hf" if hub.argument == "use_hf=True" else "--no_use_hf"


def _patterns(argument: str, given: Sequence[str] | str | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    patterns = (given,) if isinstance(given, str) else tuple(given)
    for pattern in patterns:
        if not isinstance(pattern, str) or not pattern:
            text = f"argument '{argument}': {pattern!r} is no pattern; give globs such as '*.pth' or 'onnx/*'"
            raise ArgumentError(text, argument=argument)
    return patterns


def _revision(hub: Hub, revision: str | None, known: names.Known | None) -> str:
    """The one asked for, else the registered one, else the hub's default: both hubs' names of it mean it."""
    if revision is None and known is not None:
        model = known.model
        revision = model.hf_revision if hub.argument == "use_hf=True" else model.ms_revision
    if revision in (None, "main", "master"):
        return hub.default_revision
    if not isinstance(revision, str) or not revision.strip("/") or ".." in revision.split("/"):
        text = f"argument 'revision': {revision!r} is none; give a branch, a tag or a commit"
        raise ArgumentError(text, argument="revision")
    return revision.strip("/")


def listed(asked: Request) -> Listing:
    """What the hub has, by asking it."""
    hub, wanted = asked.hub, asked.wanted
    if hub.offline():
        raise HubError(not_kept(hub, wanted), kind="offline", model=wanted.model)
    with explained(hub, wanted, "listing its files"):
        listing = hub.listing(wanted)
    for file in listing.files:
        if file.path.startswith(("/", "\\")) or ".." in file.path.replace("\\", "/").split("/"):
            text = f"{wanted.model!r} has a file {file.path!r}, which leads out of its folder; nothing was downloaded"
            raise HubError(text, kind="damaged", model=wanted.model)
    return listing


def planned(asked: Request, listing: Listing) -> Plan:
    """What of a listing is wanted, and what of that is not in the cache.

    Raises:
        HubError: It is not a model, as far as what it holds says.
    """
    wanted, left_out = [], []
    for file in listing.files:
        why = asked.patterns.why_not(file.path)
        if why is None:
            wanted.append(file)
        else:
            left_out.append((file, why))
    paths = [file.path for file in listing.files]
    needed = _CONFIGURATIONS + (_TOKENIZERS if asked.patterns.only_tokenizer else ())
    if not asked.any_kind and not any(path.rsplit("/", 1)[-1] in needed for path in paths):
        raise _no_model(asked, paths)
    folder = asked.hub.folder(asked.wanted, listing.commit)
    to_fetch = tuple(missing(folder, wanted))
    begun = {file.path: asked.hub.begun(asked.wanted, file) for file in to_fetch}
    return Plan(
        model=asked.wanted.model,
        hub=asked.hub.name,
        commit=listing.commit,
        files=tuple(wanted),
        to_fetch=to_fetch,
        left_out=tuple(left_out),
        remarks=tuple(asked.patterns.remarks(paths)),
        folder=folder,
        begun={path: there for path, there in begun.items() if there},
    )


def _no_model(asked: Request, paths: list[str]) -> HubError:
    held = ", ".join(paths[:5]) + (", ..." if len(paths) > 5 else "") if paths else "nothing"
    text = f"{asked.wanted.model!r} holds no config.json, so that nothing can load it; it holds {held}"
    if any(path.endswith(".gguf") for path in paths):
        text += "; GGUF files are for other programs: give the id of the model that they were made from"
    else:
        text += "; check the id and the revision"
    text += ", or ignore_patterns=[] to download it as it is"
    return HubError(text, kind="not_a_model", model=asked.wanted.model)


def plan_download(
    model: str,
    revision: str | None = None,
    download_model: bool = True,
    use_hf: bool | None = None,
    hub_token: str | None = None,
    ignore_patterns: Sequence[str] | str | None = None,
    allow_patterns: Sequence[str] | str | None = None,
    cache_dir: str | None = None,
) -> Plan:
    """What `safe_snapshot_download` with these arguments would fetch and leave out. Asks the hub, and fetches nothing.

    In offline mode, what was recorded when the model was downloaded is asked instead.

    >>> plan_download("me/model", use_hf="perhaps")  # doctest: +SKIP

    Raises:
        ArgumentError: An argument makes no sense.
        HubError: The hub does not say, or does not have it.
    """
    asked = request(model, revision, download_model, use_hf, hub_token, ignore_patterns, allow_patterns, cache_dir)
    return what_to_fetch(asked)


def what_to_fetch(asked: Request) -> Plan:
    """What a download would fetch and leave out, as the hub says, or in offline mode what was recorded.

    Raises:
        HubError: The hub does not say, or does not have it.
    """
    recorded = asked.hub.kept(asked.wanted)[1] if asked.hub.offline() else None
    return planned(asked, listed(asked) if recorded is None else recorded)
