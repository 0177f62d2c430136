"""The built-in dialogue templates, one file a family: its `TEMPLATES`, and the metas they are made with.

Importing this registers nothing: `swiftcore.template.registry` reads `FAMILIES` when it is first asked.
"""

from __future__ import annotations

from types import ModuleType

from . import (
    alibaba,
    antgroup,
    baichuan,
    baidu,
    cohere,
    databricks,
    deepseek,
    dots,
    encoders,
    gemma,
    generic,
    glm,
    internlm,
    llama,
    longcat,
    megrez,
    mimo,
    minicpm,
    minimax,
    minimind,
    mistral,
    moonshot,
    nvidia,
    olmo,
    openbuddy,
    others,
    phi,
    qwen,
    skywork,
    telechat,
    tencent,
    wizardlm,
    yi,
)

__all__ = ["FAMILIES"]

FAMILIES: tuple[ModuleType, ...] = (
    generic,
    alibaba,
    antgroup,
    baichuan,
    baidu,
    cohere,
    databricks,
    deepseek,
    dots,
    encoders,
    gemma,
    glm,
    internlm,
    llama,
    longcat,
    megrez,
    mimo,
    minicpm,
    minimax,
    minimind,
    mistral,
    moonshot,
    nvidia,
    olmo,
    openbuddy,
    others,
    phi,
    qwen,
    skywork,
    telechat,
    tencent,
    wizardlm,
    yi,
)
