"""WizardLM 2, by Microsoft."""

from __future__ import annotations

from ..template.meta import TemplateMeta

__all__ = ["TEMPLATES"]

WIZARDLM2_MOE_SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions. "
)

TEMPLATES: tuple[TemplateMeta, ...] = (
    TemplateMeta(
        "wizardlm2",
        prefix=["{{SYSTEM}}"],
        prompt=["User:\n{{QUERY}}\n\nAssistant:\n"],
        chat_sep=["\n\n"],
        suffix=["</s>"],
    ),
    TemplateMeta(
        "wizardlm2_moe",
        prefix=["{{SYSTEM}}"],
        prompt=["USER: {{QUERY}} ASSISTANT:"],
        chat_sep=["</s>"],
        suffix=["</s>"],
        default_system=WIZARDLM2_MOE_SYSTEM,
    ),
)
