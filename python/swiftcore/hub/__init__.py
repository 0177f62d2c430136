"""Models from a hub: found, planned, downloaded, and kept. Nothing here loads one.

The hub is Hugging Face, through `huggingface_hub`, or ModelScope, through its own package; each is imported only
where it is asked for.
"""

from .base import get_hub
from .download import safe_snapshot_download, tokenizer_folder
from .patterns import IGNORE_PATTERNS
from .plan import Plan, plan_download

__all__ = ["IGNORE_PATTERNS", "Plan", "get_hub", "plan_download", "safe_snapshot_download", "tokenizer_folder"]
