"""Nemotron, by NVIDIA: the models."""

from __future__ import annotations

from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["MODELS"]

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "nemotron_h",
        [
            ModelGroup(
                ids(
                    (
                        "nv-community/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16",
                        "nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16",
                    ),
                    (
                        "nv-community/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4",
                        "nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4",
                    ),
                )
            )
        ],
        template="nemotron_h",
        architectures=["NemotronHForCausalLM"],
        requires=["transformers>=5.0", "mamba-ssm", "causal-conv1d>=1.2.0"],
    ),
)
