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
    from ._native import DecodeBatch, DecodeStream, Segment, Stop, __version__
    from ._warn import MismatchWarning
    from .batch import Column, EncodedBatch
    from .data.files import encode_files
    from .decode.criteria import StopWordsCriteria
    from .decode.streamer import TextIteratorStreamer
    from .errors import (
        ArgumentError,
        BatchError,
        DataError,
        HubError,
        InternalError,
        MaxLengthError,
        ModelError,
        RowError,
        SwiftcoreError,
        TemplateError,
        TokenizerError,
    )
    from .families.alibaba import MarcoO1TemplateMeta
    from .families.baidu import ERNIETemplateMeta
    from .families.base import ChatmlTemplateMeta, EmptyTemplateMeta
    from .families.cohere import CohereTemplateMeta
    from .families.deepseek import DeepseekTemplateMeta, DeepseekV2_5TemplateMeta
    from .families.gemma import Gemma4TemplateMeta, GemmaTemplateMeta
    from .families.glm import ChatGLM4TemplateMeta, GLMTemplateMeta
    from .families.llama import Llama3_2TemplateMeta, Llama3TemplateMeta
    from .families.megrez import MegrezTemplateMeta
    from .families.minicpm import MinicpmTemplateMeta
    from .families.minimax import MinimaxM2TemplateMeta, MinimaxTemplateMeta
    from .families.minimind import MiniMindTemplateMeta
    from .families.mistral import Mistral3TemplateMeta
    from .families.moonshot import MoonlightTemplateMeta
    from .families.phi import Phi3TemplateMeta, Phi4TemplateMeta
    from .families.qwen import Qwen2_5MathTemplateMeta, Qwen2_5TemplateMeta, Qwen3MixedTemplateMeta, QwenTemplateMeta
    from .families.telechat import TeleChatTemplateMeta
    from .model import (
        MODEL_ARCH_MAPPING,
        MODEL_MAPPING,
        MatchedModel,
        Model,
        ModelGroup,
        ModelKeys,
        ModelMeta,
        MultiModelKeys,
        get_matched_model_meta,
        get_model_arch,
        get_model_meta,
        get_model_name,
        match_model,
        register_model,
        register_model_arch,
    )
    from .model.download import plan_download, safe_snapshot_download
    from .model.get_model import get_model_processor, get_model_tokenizer, get_processor
    from .model.info import ModelInfo, get_model_info_meta
    from .model.loader import (
        ModelLoader,
        get_model_tokenizer_from_local,
        get_model_tokenizer_multimodal,
        get_model_tokenizer_with_flash_attn,
    )
    from .model.saved_files import additional_saved_files, copy_additional_saved_files
    from .plugins import import_external_file
    from .row_warnings import DataWarning, RowWarning
    from .template.agents import (
        AgentTemplate,
        agent_template_names,
        get_agent_template,
        register_agent_template,
    )
    from .template.base_agent import AgentKeyword, BaseAgentTemplate
    from .template.get import get_template
    from .template.inputs import StdTemplateInputs, TemplateInputs
    from .template.loss_scale import LossScale, register_loss_scale
    from .template.meta import TemplateMeta
    from .template.registry import TEMPLATE_MAPPING, get_template_meta, register_template
    from .template.template import Template
    from .tokenizer import Tokenizer

# Where each public name lives.
_HOMES = {
    "_native": ("DecodeBatch", "DecodeStream", "Segment", "Stop", "__version__"),
    "_warn": ("MismatchWarning",),
    "batch": ("Column", "EncodedBatch"),
    "data.files": ("encode_files",),
    "decode.criteria": ("StopWordsCriteria",),
    "decode.streamer": ("TextIteratorStreamer",),
    "errors": (
        "ArgumentError",
        "BatchError",
        "DataError",
        "HubError",
        "InternalError",
        "MaxLengthError",
        "ModelError",
        "RowError",
        "SwiftcoreError",
        "TemplateError",
        "TokenizerError",
    ),
    "families.alibaba": ("MarcoO1TemplateMeta",),
    "families.baidu": ("ERNIETemplateMeta",),
    "families.base": (
        "ChatmlTemplateMeta",
        "EmptyTemplateMeta",
    ),
    "families.cohere": ("CohereTemplateMeta",),
    "families.deepseek": (
        "DeepseekTemplateMeta",
        "DeepseekV2_5TemplateMeta",
    ),
    "families.gemma": (
        "GemmaTemplateMeta",
        "Gemma4TemplateMeta",
    ),
    "families.glm": (
        "GLMTemplateMeta",
        "ChatGLM4TemplateMeta",
    ),
    "families.llama": (
        "Llama3TemplateMeta",
        "Llama3_2TemplateMeta",
    ),
    "families.megrez": ("MegrezTemplateMeta",),
    "families.minicpm": ("MinicpmTemplateMeta",),
    "families.minimax": (
        "MinimaxTemplateMeta",
        "MinimaxM2TemplateMeta",
    ),
    "families.minimind": ("MiniMindTemplateMeta",),
    "families.mistral": ("Mistral3TemplateMeta",),
    "families.moonshot": ("MoonlightTemplateMeta",),
    "families.phi": (
        "Phi3TemplateMeta",
        "Phi4TemplateMeta",
    ),
    "families.qwen": (
        "QwenTemplateMeta",
        "Qwen2_5TemplateMeta",
        "Qwen2_5MathTemplateMeta",
        "Qwen3MixedTemplateMeta",
    ),
    "families.telechat": ("TeleChatTemplateMeta",),
    "model.download": ("plan_download", "safe_snapshot_download"),
    "model": (
        "MODEL_ARCH_MAPPING",
        "MODEL_MAPPING",
        "MatchedModel",
        "Model",
        "ModelGroup",
        "ModelKeys",
        "ModelMeta",
        "MultiModelKeys",
        "get_matched_model_meta",
        "get_model_arch",
        "get_model_meta",
        "get_model_name",
        "match_model",
        "register_model",
        "register_model_arch",
    ),
    "model.info": ("ModelInfo", "get_model_info_meta"),
    "model.get_model": ("get_model_processor", "get_model_tokenizer", "get_processor"),
    "model.loader": (
        "ModelLoader",
        "get_model_tokenizer_from_local",
        "get_model_tokenizer_multimodal",
        "get_model_tokenizer_with_flash_attn",
    ),
    "model.saved_files": ("additional_saved_files", "copy_additional_saved_files"),
    "plugins": ("import_external_file",),
    "row_warnings": ("DataWarning", "RowWarning"),
    "template.agents": (
        "AgentTemplate",
        "agent_template_names",
        "get_agent_template",
        "register_agent_template",
    ),
    "template.base_agent": ("AgentKeyword", "BaseAgentTemplate"),
    "template.get": ("get_template",),
    "template.inputs": ("StdTemplateInputs", "TemplateInputs"),
    "template.loss_scale": ("LossScale", "register_loss_scale"),
    "template.meta": ("TemplateMeta",),
    "template.registry": ("TEMPLATE_MAPPING", "get_template_meta", "register_template"),
    "template.template": ("Template",),
    "tokenizer": ("Tokenizer",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "MODEL_ARCH_MAPPING",
    "MODEL_MAPPING",
    "TEMPLATE_MAPPING",
    "AgentKeyword",
    "AgentTemplate",
    "ArgumentError",
    "BaseAgentTemplate",
    "BatchError",
    "ChatGLM4TemplateMeta",
    "ChatmlTemplateMeta",
    "CohereTemplateMeta",
    "Column",
    "DataError",
    "DecodeBatch",
    "DecodeStream",
    "DataWarning",
    "DeepseekTemplateMeta",
    "DeepseekV2_5TemplateMeta",
    "ERNIETemplateMeta",
    "EmptyTemplateMeta",
    "EncodedBatch",
    "GLMTemplateMeta",
    "Gemma4TemplateMeta",
    "GemmaTemplateMeta",
    "HubError",
    "InternalError",
    "Llama3TemplateMeta",
    "Llama3_2TemplateMeta",
    "LossScale",
    "MarcoO1TemplateMeta",
    "MatchedModel",
    "MaxLengthError",
    "MegrezTemplateMeta",
    "MiniMindTemplateMeta",
    "MinicpmTemplateMeta",
    "MinimaxM2TemplateMeta",
    "MinimaxTemplateMeta",
    "MismatchWarning",
    "Mistral3TemplateMeta",
    "Model",
    "ModelError",
    "ModelGroup",
    "ModelInfo",
    "ModelKeys",
    "ModelLoader",
    "ModelMeta",
    "MoonlightTemplateMeta",
    "MultiModelKeys",
    "Phi3TemplateMeta",
    "Phi4TemplateMeta",
    "Qwen2_5MathTemplateMeta",
    "Qwen2_5TemplateMeta",
    "Qwen3MixedTemplateMeta",
    "QwenTemplateMeta",
    "RowError",
    "RowWarning",
    "Segment",
    "StdTemplateInputs",
    "Stop",
    "StopWordsCriteria",
    "SwiftcoreError",
    "TeleChatTemplateMeta",
    "Template",
    "TemplateError",
    "TemplateInputs",
    "TemplateMeta",
    "TextIteratorStreamer",
    "Tokenizer",
    "TokenizerError",
    "__version__",
    "additional_saved_files",
    "agent_template_names",
    "copy_additional_saved_files",
    "encode_files",
    "get_agent_template",
    "get_matched_model_meta",
    "get_model_arch",
    "get_model_info_meta",
    "get_model_meta",
    "get_model_name",
    "get_model_processor",
    "get_model_tokenizer",
    "get_model_tokenizer_from_local",
    "get_model_tokenizer_multimodal",
    "get_model_tokenizer_with_flash_attn",
    "get_processor",
    "get_template",
    "get_template_meta",
    "import_external_file",
    "match_model",
    "register_agent_template",
    "register_loss_scale",
    "register_model",
    "register_model_arch",
    "register_template",
    "plan_download",
    "safe_snapshot_download",
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
