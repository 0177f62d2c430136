"""TeleChat, by China Telecom."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from ..template.rules import EnableThinking
from .base import pieces

__all__ = ["TEMPLATES", "TeleChatTemplateMeta"]

TELECHAT2_SYSTEM = (
    "你是中国电信星辰语义大模型，英文名是TeleChat，"
    "你是由中电信人工智能科技有限公司和中国电信人工智能研究院（TeleAI）研发的人工智能助手。"
)


@dataclass(repr=False, eq=False)
class TeleChatTemplateMeta(TemplateMeta):
    """TeleChat: the tokens of the roles are attributes of its own tokenizer.

    >>> TeleChatTemplateMeta("mine").prompt
    [['user_token_id'], '{{QUERY}}', ['bot_token_id']]
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces(["user_token_id"], "{{QUERY}}", ["bot_token_id"])
    chat_sep: Prompt | None = pieces(["eos_token_id"])
    suffix: Prompt = pieces(["eos_token_id"])
    system_prefix: Prompt | None = pieces("<_system>{{SYSTEM}}\n")
    auto_add_bos: bool = True


TEMPLATES: tuple[TemplateMeta, ...] = (
    TeleChatTemplateMeta("telechat"),
    TeleChatTemplateMeta("telechat2", default_system=TELECHAT2_SYSTEM),
    TemplateMeta(
        "xing4_0",
        prefix=["<_system>"],
        prompt=["<_user>{{QUERY}}<_bot>"],
        chat_sep=["<_end>\n"],
        suffix=["<_end>\n"],
        system_prefix=["<_system>{{SYSTEM}}"],
        agent_template="xing4_0",
        is_thinking=True,
        thinking_prefix="<think>\n",
        non_thinking_prefix="</think>",
        preserve_thinking=False,
        history_thinking_prefix="</think>",
        rules=(EnableThinking(),),
    ),
)
