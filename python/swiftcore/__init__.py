"""swiftcore: chat data to token ids and labels, and back, with ms-swift's templates and a hot path in Rust.

>>> import swiftcore
>>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", mode="train")
>>> row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]}
>>> template.encode(row)["labels"]
[-100, -100, -100, -100, 19923, 3, 1]

Names are imported when they are first used, so that `import swiftcore` loads no other package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._native import Segment, __version__
    from .batch import Column, EncodedBatch
    from .data.files import encode_files
    from .errors import (
        ArgumentError,
        BatchError,
        DataError,
        InternalError,
        MaxLengthError,
        RowError,
        SwiftcoreError,
        TemplateError,
        TokenizerError,
    )
    from .template.agents import (
        AgentTemplate,
        agent_template_names,
        get_agent_template,
        register_agent_template,
    )
    from .template.base_agent import AgentKeyword, BaseAgentTemplate
    from .template.get import get_template
    from .template.meta import TemplateMeta
    from .template.registry import TEMPLATE_MAPPING, get_template_meta, register_template
    from .template.template import Template
    from .tokenizer import Tokenizer

# Where each public name lives.
_HOMES = {
    "_native": ("Segment", "__version__"),
    "batch": ("Column", "EncodedBatch"),
    "data.files": ("encode_files",),
    "errors": (
        "ArgumentError",
        "BatchError",
        "DataError",
        "InternalError",
        "MaxLengthError",
        "RowError",
        "SwiftcoreError",
        "TemplateError",
        "TokenizerError",
    ),
    "template.agents": (
        "AgentTemplate",
        "agent_template_names",
        "get_agent_template",
        "register_agent_template",
    ),
    "template.base_agent": ("AgentKeyword", "BaseAgentTemplate"),
    "template.get": ("get_template",),
    "template.meta": ("TemplateMeta",),
    "template.registry": ("TEMPLATE_MAPPING", "get_template_meta", "register_template"),
    "template.template": ("Template",),
    "tokenizer": ("Tokenizer",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "TEMPLATE_MAPPING",
    "AgentKeyword",
    "AgentTemplate",
    "ArgumentError",
    "BaseAgentTemplate",
    "BatchError",
    "Column",
    "DataError",
    "EncodedBatch",
    "InternalError",
    "MaxLengthError",
    "RowError",
    "Segment",
    "SwiftcoreError",
    "Template",
    "TemplateError",
    "TemplateMeta",
    "Tokenizer",
    "TokenizerError",
    "__version__",
    "agent_template_names",
    "encode_files",
    "get_agent_template",
    "get_template",
    "get_template_meta",
    "register_agent_template",
    "register_template",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'swiftcore' has no attribute {name!r}")
    value = getattr(import_module(f"swiftcore.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
