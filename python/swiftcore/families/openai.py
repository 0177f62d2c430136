"""gpt-oss, by OpenAI."""

from __future__ import annotations

from ..template.meta import TemplateMeta
from ..template.rules import FrameSystem, OpenAnswers

__all__ = ["TEMPLATES"]

_SYSTEM = (
    "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\n"
    "Knowledge cutoff: 2024-06\nCurrent date: {{DATE:%Y-%m-%d}}\n\nReasoning: medium\n\n"
    "# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>"
)

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "gpt_oss",
        prefix=["{{SYSTEM}}"],
        prompt=["<|start|>user<|message|>{{QUERY}}<|end|><|start|>assistant"],
        chat_sep=["<|end|>"],
        suffix=["<|return|>"],
        rules=(
            # The row's own system text is the developer's.
            FrameSystem(
                unset=_SYSTEM,
                before=_SYSTEM + "<|start|>developer<|message|># Instructions\n\n",
                after="<|end|>",
                unless="<|start|>",
            ),
            OpenAnswers("<|channel|>final<|message|>", unless="<|channel|>"),
        ),
    ),
)
