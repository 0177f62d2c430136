"""GLM, by Zhipu, and what its team tuned from other models."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..template.meta import Prompt, TemplateMeta, Word
from .base import pieces

__all__ = ["TEMPLATES", "ChatGLM4TemplateMeta", "GLMTemplateMeta"]

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
