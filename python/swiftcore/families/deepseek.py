"""DeepSeek."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from .base import EmptyTemplateMeta, pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "DeepseekTemplateMeta", "DeepseekV2_5TemplateMeta"]

DEEPSEEK_CODER_SYSTEM = """\
You are an AI programming assistant, utilizing the Deepseek Coder model, developed by Deepseek Company, \
and you only answer questions related to computer science. For politically sensitive questions, security \
and privacy issues, and other non-computer science questions, you will refuse to answer
"""


@dataclass
class DeepseekTemplateMeta(TemplateMeta):
    """DeepSeek LLM, MoE and V2: turns in plain text.

    >>> DeepseekTemplateMeta("mine").prefix
    [['bos_token_id']]
    """

    prefix: Prompt = pieces(["bos_token_id"])
    prompt: Prompt = pieces("User: {{QUERY}}\n\nAssistant:")
    chat_sep: Prompt | None = pieces(["eos_token_id"])
    suffix: Prompt = pieces(["eos_token_id"])
    system_prefix: Prompt | None = pieces(["bos_token_id"], "{{SYSTEM}}\n\n")


@dataclass
class DeepseekV2_5TemplateMeta(TemplateMeta):
    """DeepSeek V2.5 to V3.1 and R1: turns between special tokens.

    >>> DeepseekV2_5TemplateMeta("mine").prompt
    ['<｜User｜>{{QUERY}}<｜Assistant｜>']
    """

    prefix: Prompt = pieces("<｜begin▁of▁sentence｜>{{SYSTEM}}")
    prompt: Prompt = pieces("<｜User｜>{{QUERY}}<｜Assistant｜>")
    chat_sep: Prompt | None = pieces("<｜end▁of▁sentence｜>")
    suffix: Prompt = pieces("<｜end▁of▁sentence｜>")


TEMPLATES: tuple[TemplateMeta, ...] = (
    DeepseekTemplateMeta("deepseek"),
    TemplateMeta(
        "deepseek_coder",
        prefix=["{{SYSTEM}}"],
        prompt=["### Instruction:\n{{QUERY}}\n### Response:\n"],
        chat_sep=["\n<|EOT|>\n"],
        suffix=["\n<|EOT|>"],
        default_system=DEEPSEEK_CODER_SYSTEM,
        stop_words=["<|EOT|>"],
    ),
    DeepseekV2_5TemplateMeta("deepseek_v2_5"),
    DeepseekV2_5TemplateMeta("deepseek_r1", is_thinking=True, thinking_prefix="<think>\n"),
)

DEEPSEEK_VL_SYSTEM = (
    "You are a helpful language and vision assistant. You are able to understand the visual content "
    "that the user provides, and assist the user with a variety of tasks using natural language."
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    DeepseekTemplateMeta("deepseek_vl", default_system=DEEPSEEK_VL_SYSTEM, is_multimodal=True),
    DeepseekTemplateMeta("deepseek_janus", default_system=DEEPSEEK_VL_SYSTEM, is_multimodal=True),
    EmptyTemplateMeta("deepseek_ocr", prefix=["<｜begin▁of▁sentence｜>"], auto_add_bos=False, is_multimodal=True),
    EmptyTemplateMeta("deepseek_ocr2", prefix=["<｜begin▁of▁sentence｜>"], auto_add_bos=False, is_multimodal=True),
    DeepseekV2_5TemplateMeta(
        "deepseek_v41",
        agent_template="deepseek_v41",
        is_thinking=True,
        thinking_prefix="<think>",
        non_thinking_prefix="</think>",
        history_thinking_prefix="</think>",
        is_multimodal=True,
    ),
    DeepseekV2_5TemplateMeta("deepseek_vl2", prompt=["<|User|>: {{QUERY}}\n\n<|Assistant|>:"], is_multimodal=True),
    DeepseekTemplateMeta(
        "deepseek_janus_pro",
        prompt=["<|User|>: {{QUERY}}\n\n<|Assistant|>:"],
        default_system=DEEPSEEK_VL_SYSTEM,
        is_multimodal=True,
    ),
)
