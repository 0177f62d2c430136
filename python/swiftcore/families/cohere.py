"""Command R and Aya, by Cohere."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import Prompt, TemplateMeta
from .base import pieces

__all__ = ["TEMPLATES", "CohereTemplateMeta"]

C4AI_SYSTEM = (
    "You are Command-R, a brilliant, sophisticated, AI-assistant trained to assist human users "
    "by providing thorough responses.You are trained by Cohere."
)

AYA_SYSTEM = (
    "You are Aya, a brilliant, sophisticated, multilingual AI-assistant trained to assist human "
    "users by providing thorough responses. You are able to interact and respond to questions in "
    "23 languages and you are powered by a multilingual model built by Cohere For AI."
)


@dataclass(repr=False, eq=False)
class CohereTemplateMeta(TemplateMeta):
    """Command R and Aya.

    The system prefix ends without the `>` of its last token, and opens without `<BOS_TOKEN>`: so it is in
    ms-swift, and so models have been trained with it.

    >>> CohereTemplateMeta("mine").prefix
    ['<BOS_TOKEN>']
    """

    prefix: Prompt = pieces("<BOS_TOKEN>")
    prompt: Prompt = pieces(
        "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{{QUERY}}<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"
    )
    chat_sep: Prompt | None = pieces("<|END_OF_TURN_TOKEN|>")
    suffix: Prompt = pieces("<|END_OF_TURN_TOKEN|>")
    system_prefix: Prompt | None = pieces("<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>{{SYSTEM}}<|END_OF_TURN_TOKEN|")


TEMPLATES: tuple[TemplateMeta, ...] = (
    CohereTemplateMeta("c4ai", default_system=C4AI_SYSTEM),
    CohereTemplateMeta("aya", default_system=AYA_SYSTEM),
)
