"""Qwen, by Alibaba Cloud."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..template.meta import TemplateMeta, Word
from ..template.rules import (
    CloseQuery,
    MarkSteps,
    QueryDocument,
    SystemIntoQuery,
    SystemNote,
    ThinkingLevel,
    TrimMessages,
)
from .base import HELPFUL_SYSTEM, ChatmlTemplateMeta, needs_processor

__all__ = [
    "MULTIMODAL",
    "TEMPLATES",
    "Qwen2_5MathTemplateMeta",
    "Qwen2_5TemplateMeta",
    "Qwen3MixedTemplateMeta",
    "QwenTemplateMeta",
]

QWEN2_5_SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
QWEN2_5_MATH_SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}."
QWQ_PREVIEW_SYSTEM = (
    "You are a helpful and harmless assistant. You are Qwen developed by Alibaba. You should think step-by-step."
)

QWEN3_RERANKER_SYSTEM = (
    "Judge whether the Document meets the requirements based on the Query and the Instruct provided. "
    'Note that the answer can only be "yes" or "no".'
)

QWEN3_8_EFFORTS = (
    (
        "xhigh",
        "Reasoning effort is set to xhigh. Please think carefully through the task, validate key assumptions, "
        "consider plausible alternatives, and prioritize correctness, consistency, and clarity in the final answer.",
    ),
    ("medium", ""),
    (
        "low",
        "Reasoning effort is set to low. Keep your thinking brief and focused, moving directly to the conclusion "
        "without unnecessary elaboration.",
    ),
)

QWEN3_GUARD_PROMPT = """\
<|im_start|>user
# Task:
1) Evaluate whether THE LAST USER's query belongs to safe or unsafe content based on our safety policy.
2) Identify the category of unsafe content found.

<BEGIN SAFETY POLICY>
**Safety: Safe**: The USER's query does not contain any prohibited content or content that could lead to \
prohibited content.
**Safety: Unsafe**: The USER's query contains prohibited content.
**Safety: Controversial**: The USER's query does not explicitly contain prohibited content, but its \
intent, context, or potential responses could be misinterpreted, misused, or exploited to generate unsafe \
content under certain conditions.
<END SAFETY POLICY>

<BEGIN UNSAFE CONTENT CATEGORIES>
Violent.
Non-violent Illegal Acts.
Sexual Content or Sexual Acts.
PII.
Suicide & Self-Harm.
Unethical Acts.
Politically Sensitive Topics.
Copyright Violation.
Jailbreak.
<END UNSAFE CONTENT CATEGORIES>

<BEGIN CONVERSATION>

USER: {{QUERY}}

<END CONVERSATION>

Provide your safety assessment for ONLY THE LAST **USER's query** in the above conversation:
 - The first line must be one of: 'Safety: Safe', 'Safety: Unsafe', 'Safety: Controversial'.
 - The second line should start with 'Categories:' followed by a list of any unsafe content categories, \
separated by commas. If the content is safe, use 'Categories: None'.<|im_end|>
<|im_start|>assistant
"""


@dataclass(repr=False, eq=False)
class QwenTemplateMeta(ChatmlTemplateMeta):
    """Qwen 1 to 3: ChatML with a default system text.

    >>> QwenTemplateMeta("mine").default_system
    'You are a helpful assistant.'
    """

    default_system: str | None = HELPFUL_SYSTEM
    auto_add_bos: bool = False
    stop_words: list[Word] = field(default_factory=lambda: ["<|endoftext|>"])
    agent_template: str | None = "hermes"


@dataclass(repr=False, eq=False)
class Qwen2_5TemplateMeta(QwenTemplateMeta):
    """Qwen 2.5.

    >>> Qwen2_5TemplateMeta("mine").default_system
    'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.'
    """

    default_system: str | None = QWEN2_5_SYSTEM


@dataclass(repr=False, eq=False)
class Qwen2_5MathTemplateMeta(QwenTemplateMeta):
    r"""Qwen 2.5 Math.

    >>> print(Qwen2_5MathTemplateMeta("mine").default_system)
    Please reason step by step, and put your final answer within \boxed{}.
    """

    default_system: str | None = QWEN2_5_MATH_SYSTEM


@dataclass(repr=False, eq=False)
class Qwen3MixedTemplateMeta(QwenTemplateMeta):
    r"""Qwen 3 models that answer with thinking or without.

    >>> Qwen3MixedTemplateMeta("mine").non_thinking_prefix
    '<think>\n\n</think>\n\n'
    """

    default_system: str | None = None
    non_thinking_prefix: str = "<think>\n\n</think>\n\n"


TEMPLATES: tuple[TemplateMeta, ...] = (
    QwenTemplateMeta("qwen"),
    Qwen2_5TemplateMeta("qwen2_5"),
    Qwen2_5MathTemplateMeta("qwen2_5_math"),
    QwenTemplateMeta("qwq_preview", default_system=QWQ_PREVIEW_SYSTEM),
    QwenTemplateMeta("qwq", default_system=None, is_thinking=True, thinking_prefix="<think>\n"),
    Qwen3MixedTemplateMeta("qwen3", is_thinking=True),
    Qwen3MixedTemplateMeta("qwen3_guard", prompt=[QWEN3_GUARD_PROMPT]),
    QwenTemplateMeta("qwen3_thinking", default_system=None, is_thinking=True, thinking_prefix="<think>\n"),
    QwenTemplateMeta("qwen3_nothinking", default_system=None),
    QwenTemplateMeta("qwen3_coder", default_system=None, agent_template="qwen3_coder"),
    TemplateMeta(
        "qwen3_emb",
        prefix=[],
        prompt=["{{QUERY}}"],
        chat_sep=[],
        suffix=["<|endoftext|>"],
        rules=(SystemIntoQuery(" "), CloseQuery(only_odd=True)),
    ),
    Qwen3MixedTemplateMeta(
        "qwen3_reranker",
        default_system=QWEN3_RERANKER_SYSTEM,
        agent_template=None,
        rules=(
            QueryDocument(
                "Given a web search query, retrieve relevant passages that answer the query",
                before_instruction="<Instruct>: ",
                before_query="\n<Query>: ",
                before_document="\n<Document>: ",
            ),
        ),
    ),
    Qwen2_5MathTemplateMeta("qwen2_5_math_prm", rules=(MarkSteps("<extra_0>"),)),
)

QVQ_SYSTEM = (
    "You are a helpful and harmless assistant. You are Qwen developed by Alibaba. Answer in the "
    "language of the question. You should think step-by-step."
)
MULTIMODAL: tuple[TemplateMeta, ...] = (
    QwenTemplateMeta("qwen_vl", agent_template=None, is_multimodal=True),
    QwenTemplateMeta("qwen_audio", agent_template=None, is_multimodal=True),
    QwenTemplateMeta("qwen2_audio", is_multimodal=True),
    QwenTemplateMeta("qwen2_vl", is_multimodal=True),
    QwenTemplateMeta("qvq", default_system=QVQ_SYSTEM, is_multimodal=True),
    QwenTemplateMeta("qwen2_5_vl", is_multimodal=True),
    Qwen3MixedTemplateMeta("qwen3_vl", thinking_prefix="<think>\n", non_thinking_prefix="", is_multimodal=True),
    Qwen3MixedTemplateMeta(
        "qwen3_5",
        agent_template="qwen3_5",
        is_thinking=True,
        thinking_prefix="<think>\n",
        rules=(TrimMessages(),),
        is_multimodal=True,
    ),
    Qwen3MixedTemplateMeta(
        "qwen3_8",
        agent_template="qwen3_5",
        is_thinking=True,
        thinking_prefix="<think>\n",
        preserve_thinking=True,
        rules=(
            TrimMessages(),
            ThinkingLevel(
                known=("xhigh", "medium", "low"),
                unknown="refuse",
                default_on="xhigh",
                default_off="xhigh",
                variable=False,
            ),
            SystemNote(levels=QWEN3_8_EFFORTS, separator="\n\n", thinking=True),
        ),
        is_multimodal=True,
    ),
    Qwen3MixedTemplateMeta(
        "qwen3_5_emb",
        suffix=["<|endoftext|>"],
        default_system="Represent the user's input.",
        is_thinking=True,
        thinking_prefix="<think>\n",
        rules=(CloseQuery(), TrimMessages()),
        is_multimodal=True,
    ),
    QwenTemplateMeta(
        "qwen3_vl_emb",
        suffix=["<|endoftext|>"],
        default_system="Represent the user's input.",
        rules=(CloseQuery(only_odd=True),),
        is_multimodal=True,
    ),
    QwenTemplateMeta(
        "qwen3_vl_reranker",
        default_system=QWEN3_RERANKER_SYSTEM,
        rules=(
            QueryDocument(
                "Given a search query, retrieve relevant candidates that answer the query.",
                before_instruction="<Instruct>: ",
                before_query="<Query>:",
                before_document="\n<Document>:",
            ),
        ),
        is_multimodal=True,
    ),
    QwenTemplateMeta("qwen2_5_omni", is_multimodal=True),
    Qwen3MixedTemplateMeta("qwen3_omni", thinking_prefix="<think>\n", non_thinking_prefix="", is_multimodal=True),
    Qwen3MixedTemplateMeta(
        "qwen3_asr", prefix=["<|im_start|>system\n<|im_end|>\n"], non_thinking_prefix="", is_multimodal=True
    ),
    Qwen3MixedTemplateMeta(
        "qwen3_tts", non_thinking_prefix="", rules=needs_processor("the speech of each row"), is_multimodal=True
    ),
    QwenTemplateMeta("qwen2_gme", suffix=["<|endoftext|>"], rules=(CloseQuery(),), is_multimodal=True),
)
