"""MiMo, by Xiaomi."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from .qwen import Qwen2_5TemplateMeta, QwenTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    QwenTemplateMeta("mimo_rl", default_system="You are MiMo, an AI assistant developed by Xiaomi."),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    Qwen2_5TemplateMeta(
        "mimo_vl", default_system="You are MiMo, an AI assistant developed by Xiaomi.", is_multimodal=True
    ),
    QwenTemplateMeta("midashenglm", is_multimodal=True),
    Qwen2_5TemplateMeta(
        "mimo_v2",
        prompt=["<|im_start|>user\n{{QUERY}}<|im_end|><|im_start|>assistant\n"],
        chat_sep=["<|im_end|>"],
        suffix=["<|im_end|>"],
        system_prefix=["<|im_start|>system\n{{SYSTEM}}<|im_end|>"],
        default_system="You are MiMo, a helpful AI assistant engineered by Xiaomi.",
        agent_template=None,
        is_multimodal=True,
    ),
)
