"""mPLUG-Owl and DocOwl, by Alibaba: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys(
        "mplug_owl3", language_model="language_model", aligner="vision2text_model", vision_tower="vision_model"
    ),
    MultiModelKeys(
        "doc_owl2",
        language_model="model.layers",
        aligner=["model.vision2text", "model.hr_compressor"],
        vision_tower="model.vision_model",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "mplug_owl2",
        [
            ModelGroup(
                ids(
                    ("iic/mPLUG-Owl2", "MAGAer13/mplug-owl2-llama2-7b"),
                )
            )
        ],
        template="mplug_owl2",
        is_multimodal=True,
        requires=["transformers<4.35", "icecream"],
        tags=["vision"],
    ),
    ModelMeta(
        "mplug_owl2_1",
        [
            ModelGroup(
                ids(
                    ("iic/mPLUG-Owl2.1", "Mizukiluke/mplug_owl_2_1"),
                )
            )
        ],
        template="mplug_owl2",
        is_multimodal=True,
        requires=["transformers<4.35", "icecream"],
        tags=["vision"],
    ),
    ModelMeta(
        "mplug_owl3",
        [
            ModelGroup(
                ids(
                    ("iic/mPLUG-Owl3-1B-241014", "mPLUG/mPLUG-Owl3-1B-241014"),
                    ("iic/mPLUG-Owl3-2B-241014", "mPLUG/mPLUG-Owl3-2B-241014"),
                    ("iic/mPLUG-Owl3-7B-240728", "mPLUG/mPLUG-Owl3-7B-240728"),
                )
            )
        ],
        template="mplug_owl3",
        architectures=["mPLUGOwl3Model"],
        model_arch="mplug_owl3",
        is_multimodal=True,
        requires=["transformers>=4.36", "icecream", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "mplug_owl3_241101",
        [
            ModelGroup(
                ids(
                    ("iic/mPLUG-Owl3-7B-241101", "mPLUG/mPLUG-Owl3-7B-241101"),
                )
            )
        ],
        template="mplug_owl3_241101",
        architectures=["mPLUGOwl3Model"],
        model_arch="mplug_owl3",
        is_multimodal=True,
        requires=["transformers>=4.36", "icecream"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "doc_owl2",
        [
            ModelGroup(
                ids(
                    ("iic/DocOwl2", "mPLUG/DocOwl2"),
                )
            )
        ],
        template="doc_owl2",
        architectures=["mPLUGDocOwl2"],
        model_arch="doc_owl2",
        is_multimodal=True,
        requires=["transformers>=4.36", "icecream"],
        tags=["vision"],
    ),
)
