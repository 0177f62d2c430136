"""Models that are the only ones of their makers, each with a layout of its own."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from ..template.rules import QueryDocument
from .base import ChatmlTemplateMeta, EmptyTemplateMeta, needs_processor
from .qwen import Qwen3MixedTemplateMeta, QwenTemplateMeta

__all__ = ["MULTIMODAL", "TEMPLATES"]

TEMPLATES: tuple[TemplateMeta, ...] = (
    # The Llama Chinese community, from Llama 2
    TemplateMeta(
        "atom",
        prefix=["{{SYSTEM}}"],
        prompt=["<s>Human: {{QUERY}}\n</s><s>Assistant: "],
        chat_sep=["</s>"],
        suffix=["</s>"],
    ),
    # BlueLM, by vivo
    TemplateMeta(
        "bluelm",
        prefix=[["bos_token_id"], "{{SYSTEM}}"],
        prompt=["[|Human|]:{{QUERY}}[|AI|]:"],
        chat_sep=[],
    ),
    # IQuest
    QwenTemplateMeta(
        "iquestcoder",
        default_system="You are LoopCoder, a helpful assistant developed by IQuest.",
    ),
    # Langboat
    TemplateMeta(
        "mengzi",
        prefix=[],
        prompt=["输入：{{QUERY}}输出：\n"],
        chat_sep=[],
        system_prefix=["指令：{{SYSTEM}}"],
    ),
    # Project Numina, from DeepSeek Math
    TemplateMeta(
        "numina",
        prefix=[["bos_token_id"]],
        prompt=["### Problem: {{QUERY}}\n### Solution: "],
        chat_sep=["\n"],
        system_prefix=[["bos_token_id"], "{{SYSTEM}}"],
    ),
    # OrionStar
    TemplateMeta(
        "orion",
        prefix=["<s>{{SYSTEM}}"],
        prompt=["Human: {{QUERY}}\n\nAssistant: </s>"],
        chat_sep=["</s>"],
        suffix=["</s>"],
    ),
    # XVERSE
    TemplateMeta(
        "xverse",
        prefix=["{{SYSTEM}}"],
        prompt=["Human: {{QUERY}}\n\nAssistant: "],
        chat_sep=[["eos_token_id"]],
    ),
    # IEIT Systems
    TemplateMeta("yuan", prefix=[], prompt=["{{QUERY}}<sep>"], chat_sep=None),
    # Hugging Face H4, from Mistral
    TemplateMeta(
        "zephyr",
        prefix=[],
        prompt=["<|user|>\n{{QUERY}}</s>\n<|assistant|>\n"],
        chat_sep=["</s>\n"],
        suffix=["</s>"],
        system_prefix=["<|system|>\n{{SYSTEM}}</s>\n"],
    ),
    # IDEA-CCNL, from LLaMA
    TemplateMeta(
        "ziya",
        prefix=[["bos_token_id"], "{{SYSTEM}}"],
        prompt=["<human>:{{QUERY}}\n<bot>:"],
        chat_sep=["\n"],
    ),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    TemplateMeta("monkeyocrv2", prefix=[""], prompt=["{{QUERY}}"], chat_sep=["\n"], suffix=[""], is_multimodal=True),
    TemplateMeta(
        "idefics3",
        prefix=["<|begin_of_text|>"],
        prompt=["User:{{QUERY}}<end_of_utterance>\nAssistant:"],
        chat_sep=["<end_of_utterance>\n"],
        suffix=["<end_of_utterance>"],
        system_prefix=["System:{{SYSTEM}}<end_of_utterance>\n"],
        is_multimodal=True,
    ),
    EmptyTemplateMeta(
        "jina_reranker_m0",
        chat_sep=[],
        auto_add_bos=False,
        rules=(
            QueryDocument(
                "", before_instruction="", before_query="\n**Query**:\n", before_document="\n**Document**:\n"
            ),
        ),
        is_multimodal=True,
    ),
    Qwen3MixedTemplateMeta("keye_vl", agent_template=None, non_thinking_prefix="", is_multimodal=True),
    QwenTemplateMeta("keye_vl_1_5", agent_template=None, is_multimodal=True),
    ChatmlTemplateMeta(
        "moss_vl", agent_template="hermes", rules=needs_processor("the spans that it trains"), is_multimodal=True
    ),
)
