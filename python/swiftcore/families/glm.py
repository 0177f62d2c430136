"""GLM, by Zhipu, and what its team tuned from other models."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..template.meta import Prompt, TemplateMeta, Word
from .base import pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "ChatGLM4TemplateMeta", "GLMTemplateMeta"]

CODEGEEX4_SYSTEM = (
    "你是一位智能编程助手，你叫CodeGeeX。你会为用户回答关于编程、代码、计算机方面的任何问题，并提供格式规范、"
    "可以执行、准确安全的代码，并在必要时提供详细的解释。"
)


@dataclass
class GLMTemplateMeta(TemplateMeta):
    """What all GLM templates share: the tokenizer opens the row.

    >>> GLMTemplateMeta("mine", [], ["{{QUERY}}"], []).auto_add_bos
    True
    """

    auto_add_bos: bool = True


@dataclass
class ChatGLM4TemplateMeta(GLMTemplateMeta):
    """ChatGLM 4: a turn ends where the next role begins.

    >>> ChatGLM4TemplateMeta("mine").suffix
    ['<|user|>']
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces("<|user|>\n{{QUERY}}<|assistant|>\n")
    chat_sep: Prompt | None = pieces()
    suffix: Prompt = pieces("<|user|>")
    system_prefix: Prompt | None = pieces("<|system|>\n{{SYSTEM}}")
    stop_words: list[Word] = field(default_factory=lambda: ["<|endoftext|>", "<|user|>", "<|observation|>"])
    agent_template: str | None = "chatglm4"


TEMPLATES: tuple[TemplateMeta, ...] = (
    GLMTemplateMeta(
        "chatglm2",
        prefix=["{{SYSTEM}}"],
        prompt=["[Round {{ROUND1}}]\n\n问：{{QUERY}}\n\n答："],
        chat_sep=["\n\n"],
    ),
    ChatGLM4TemplateMeta("codegeex4", default_system=CODEGEEX4_SYSTEM),
    TemplateMeta(
        "longwriter_llama",
        prefix=["[INST]"],
        prompt=["{{QUERY}}[/INST]"],
        chat_sep=["[INST]"],
        suffix=["<|end_of_text|>"],
        system_prefix=["<<SYS>>\n{{SYSTEM}}\n<</SYS>>\n\n"],
    ),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    ChatGLM4TemplateMeta("chatglm4v", suffix=["<|endoftext|>"], is_multimodal=True),
    ChatGLM4TemplateMeta(
        "glm4v",
        prefix=["[gMASK]<sop>"],
        system_prefix=["[gMASK]<sop><|system|>\n{{SYSTEM}}"],
        agent_template="glm4",
        is_multimodal=True,
    ),
    ChatGLM4TemplateMeta(
        "glm4_5v",
        prefix=["[gMASK]<sop>"],
        system_prefix=["[gMASK]<sop><|system|>\n{{SYSTEM}}"],
        agent_template="glm4_5",
        is_thinking=True,
        non_thinking_prefix="<think></think>\n",
        history_thinking_prefix="<think></think>\n",
        is_multimodal=True,
    ),
    ChatGLM4TemplateMeta(
        "glm5_next",
        prefix=["[gMASK]<sop>"],
        prompt=["<|user|>{{QUERY}}<|assistant|>"],
        system_prefix=["[gMASK]<sop><|system|>{{SYSTEM}}"],
        agent_template="glm5_1",
        is_thinking=True,
        thinking_prefix="<think>",
        non_thinking_prefix="<think></think>",
        history_thinking_prefix="<think></think>",
        is_multimodal=True,
    ),
    TemplateMeta(
        "cogagent_chat",
        prefix=["<s>"],
        prompt=[" [INST] {{QUERY}} [/INST] "],
        chat_sep=[],
        suffix=["</s>"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "cogagent_vqa",
        prefix=["<s>"],
        prompt=["<EOI>Question: {{QUERY}} Answer:"],
        chat_sep=None,
        suffix=["</s>"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "cogvlm", prefix=[["bos_token_id"]], prompt=["Question: {{QUERY}} Answer:"], chat_sep=["\n"], is_multimodal=True
    ),
    TemplateMeta(
        "cogvlm2",
        prefix=[["bos_token_id"]],
        prompt=["Question: {{QUERY}} Answer:"],
        chat_sep=["\n"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "cogvlm2_video",
        prefix=[["bos_token_id"]],
        prompt=["Question: {{QUERY}} Answer:"],
        chat_sep=["\n"],
        is_multimodal=True,
    ),
    ChatGLM4TemplateMeta(
        "glm_edge_v",
        prompt=["<|user|>\\n{{QUERY}}\\n<|assistant|>\\n"],
        chat_sep=["\\n"],
        suffix=["<|endoftext|>"],
        system_prefix=["<|system|>\\n{{SYSTEM}}\\n"],
        is_multimodal=True,
    ),
    ChatGLM4TemplateMeta(
        "glm_ocr",
        prefix=["[gMASK]<sop>"],
        system_prefix=["[gMASK]<sop><|system|>\n{{SYSTEM}}"],
        agent_template="glm4",
        is_multimodal=True,
    ),
)
