"""Download repositories from Hugging Face and ModelScope through their own clients.

This package takes ids and file patterns as they are. Which id a model has on which hub, and which of its files are
wanted, is known to the registry: see `swiftcore.model.download`.
"""

from .download import Download, download
from .local import local_folder
from .patterns import IGNORE_PATTERNS, FilePatterns
from .plan import Plan, plan
from .request import make_request, split_id
from .select import get_hub, uses_hugging_face
from .types import DownloadRequest, File, Hub, Listing, RepoRef

__all__ = [
    "IGNORE_PATTERNS",
    "Download",
    "DownloadRequest",
    "File",
    "FilePatterns",
    "Hub",
    "Listing",
    "Plan",
    "RepoRef",
    "download",
    "get_hub",
    "local_folder",
    "make_request",
    "plan",
    "split_id",
    "uses_hugging_face",
]
