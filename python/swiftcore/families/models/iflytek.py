"""Spark, by iFLYTEK: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "spark2_5",
        [
            ModelGroup(
                ids(
                    ("XHToken/Spark-X2.5-1.7B-Base", None),
                    ("XHToken/Spark-X2.5-1.7B", None),
                    ("XHToken/Spark-X2.5-4B-Base", None),
                    ("XHToken/Spark-X2.5-4B", None),
                )
            )
        ],
        template="spark2_5",
        architectures=["Spark2_5ForCausalLM"],
        requires=["transformers>=4.57"],
    ),
)
