"""Models that decide about what they are shown: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "jev",
        [
            ModelGroup(
                ids(
                    "autotrust/JEV-27B-VL",
                ),
                template="jev",
            )
        ],
        model_arch="qwen2_vl",
        is_multimodal=True,
        task_type="decision",
        requires=["transformers>=5.2.0", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "decision"],
    ),
    ModelMeta(
        "clef",
        [
            ModelGroup(
                ids(
                    "Cloudflare/clef",
                ),
                template="clef",
            )
        ],
        model_arch="qwen2_vl",
        is_multimodal=True,
        task_type="decision",
        requires=["transformers>=5.2.0", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "decision"],
    ),
    ModelMeta(
        "omnijev",
        [
            ModelGroup(
                ids(
                    "AI-ModelScope/OmniJev",
                ),
                template="omnijev",
            )
        ],
        model_arch="qwen2_vl",
        is_multimodal=True,
        task_type="decision",
        requires=["transformers>=5.2.0", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "decision"],
    ),
    ModelMeta(
        "generic_decision",
        [],
        template="generic_decision",
        task_type="decision",
        tags=["decision"],
    ),
)
