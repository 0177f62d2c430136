"""Gemma, by Google: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys(
        "llava_hf",
        language_model=["model.language_model", "lm_head"],
        aligner="model.multi_modal_projector",
        vision_tower="model.vision_tower",
    ),
    MultiModelKeys(
        "gemma3n",
        language_model=["model.language_model", "lm_head"],
        aligner=["model.embed_vision", "model.embed_audio"],
        vision_tower=["model.vision_tower", "model.audio_tower"],
    ),
    MultiModelKeys(
        "gemma4_unified",
        language_model=["model.language_model", "lm_head"],
        aligner=["model.embed_vision", "model.embed_audio"],
    ),
    MultiModelKeys(
        "diffusion_gemma",
        language_model=["model.encoder.language_model", "model.decoder", "lm_head"],
        aligner="model.encoder.embed_vision",
        vision_tower="model.encoder.vision_tower",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "paligemma",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/paligemma-3b-pt-224", "google/paligemma-3b-pt-224"),
                    ("AI-ModelScope/paligemma-3b-pt-448", "google/paligemma-3b-pt-448"),
                    ("AI-ModelScope/paligemma-3b-pt-896", "google/paligemma-3b-pt-896"),
                )
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/paligemma-3b-mix-224", "google/paligemma-3b-mix-224"),
                    ("AI-ModelScope/paligemma-3b-mix-448", "google/paligemma-3b-mix-448"),
                )
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/paligemma2-3b-pt-224", "google/paligemma2-3b-pt-224"),
                    ("AI-ModelScope/paligemma2-3b-pt-448", "google/paligemma2-3b-pt-448"),
                    ("AI-ModelScope/paligemma2-3b-pt-896", "google/paligemma2-3b-pt-896"),
                    ("AI-ModelScope/paligemma2-10b-pt-224", "google/paligemma2-10b-pt-224"),
                    ("AI-ModelScope/paligemma2-10b-pt-448", "google/paligemma2-10b-pt-448"),
                    ("AI-ModelScope/paligemma2-10b-pt-896", "google/paligemma2-10b-pt-896"),
                    ("AI-ModelScope/paligemma2-28b-pt-224", "google/paligemma2-28b-pt-224"),
                    ("AI-ModelScope/paligemma2-28b-pt-448", "google/paligemma2-28b-pt-448"),
                    ("AI-ModelScope/paligemma2-28b-pt-896", "google/paligemma2-28b-pt-896"),
                )
            ),
            ModelGroup(
                ids(
                    ("AI-ModelScope/paligemma2-3b-ft-docci-448", "google/paligemma2-3b-ft-docci-448"),
                    ("AI-ModelScope/paligemma2-10b-ft-docci-448", "google/paligemma2-10b-ft-docci-448"),
                )
            ),
        ],
        template="paligemma",
        architectures=["PaliGemmaForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.41"],
        tags=["vision"],
    ),
    ModelMeta(
        "gemma",
        [
            ModelGroup(
                ids(
                    ("AI-ModelScope/gemma-2b-it", "google/gemma-2b-it"),
                    ("AI-ModelScope/gemma-2b", "google/gemma-2b"),
                    ("AI-ModelScope/gemma-7b", "google/gemma-7b"),
                    ("AI-ModelScope/gemma-7b-it", "google/gemma-7b-it"),
                )
            )
        ],
        template="gemma",
        architectures=["GemmaForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.38"],
    ),
    ModelMeta(
        "gemma2",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/gemma-2-2b-it", "google/gemma-2-2b-it"),
                    ("LLM-Research/gemma-2-2b", "google/gemma-2-2b"),
                    ("LLM-Research/gemma-2-9b", "google/gemma-2-9b"),
                    ("LLM-Research/gemma-2-9b-it", "google/gemma-2-9b-it"),
                    ("LLM-Research/gemma-2-27b", "google/gemma-2-27b"),
                    ("LLM-Research/gemma-2-27b-it", "google/gemma-2-27b-it"),
                )
            )
        ],
        template="gemma",
        architectures=["Gemma2ForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.42"],
    ),
    ModelMeta(
        "gemma3_text",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/gemma-3-1b-pt", "google/gemma-3-1b-pt"),
                    ("LLM-Research/gemma-3-1b-it", "google/gemma-3-1b-it"),
                    "google/gemma-3-270m",
                    "google/gemma-3-270m-it",
                    "google/medgemma-27b-text-it",
                )
            )
        ],
        template="gemma3_text",
        architectures=["Gemma3ForCausalLM"],
        model_arch="llama",
        requires=["transformers>=4.49"],
    ),
    ModelMeta(
        "gemma3_vision",
        [
            ModelGroup(
                ids(
                    ("LLM-Research/gemma-3-4b-pt", "google/gemma-3-4b-pt"),
                    ("LLM-Research/gemma-3-4b-it", "google/gemma-3-4b-it"),
                    ("LLM-Research/gemma-3-12b-pt", "google/gemma-3-12b-pt"),
                    ("LLM-Research/gemma-3-12b-it", "google/gemma-3-12b-it"),
                    ("LLM-Research/gemma-3-27b-pt", "google/gemma-3-27b-pt"),
                    ("LLM-Research/gemma-3-27b-it", "google/gemma-3-27b-it"),
                    "google/medgemma-4b-pt",
                    "google/medgemma-4b-it",
                    "google/medgemma-27b-it",
                )
            )
        ],
        template="gemma3_vision",
        architectures=["Gemma3ForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        requires=["transformers>=4.49"],
    ),
    ModelMeta(
        "gemma3n",
        [
            ModelGroup(
                ids(
                    "google/gemma-3n-E2B",
                    "google/gemma-3n-E4B",
                    "google/gemma-3n-E2B-it",
                    "google/gemma-3n-E4B-it",
                )
            )
        ],
        template="gemma3n",
        architectures=["Gemma3nForConditionalGeneration"],
        model_arch="gemma3n",
        is_multimodal=True,
        requires=["transformers>=4.53.1"],
    ),
    ModelMeta(
        "gemma_emb",
        [
            ModelGroup(
                ids(
                    "google/embeddinggemma-300m",
                )
            )
        ],
        template="dummy",
        architectures=["Gemma3TextModel"],
    ),
    ModelMeta(
        "gemma4",
        [
            ModelGroup(
                ids(
                    "google/gemma-4-E2B",
                    "google/gemma-4-E2B-it",
                    "google/gemma-4-E4B",
                    "google/gemma-4-E4B-it",
                ),
                template="gemma4_nothinking",
            ),
            ModelGroup(
                ids(
                    "google/gemma-4-31B",
                    "google/gemma-4-31B-it",
                    "google/gemma-4-26B-A4B",
                    "google/gemma-4-26B-A4B-it",
                ),
                template="gemma4",
            ),
        ],
        architectures=["Gemma4ForConditionalGeneration"],
        model_arch="gemma3n",
        is_multimodal=True,
    ),
    ModelMeta(
        "gemma4_unified",
        [
            ModelGroup(
                ids(
                    "google/gemma-4-12B",
                    "google/gemma-4-12B-it",
                ),
                template="gemma4",
            )
        ],
        architectures=["Gemma4UnifiedForConditionalGeneration"],
        model_arch="gemma4_unified",
        is_multimodal=True,
        requires=["transformers>=5.10.1"],
    ),
    ModelMeta(
        "diffusion_gemma",
        [
            ModelGroup(
                ids(
                    "google/diffusiongemma-26B-A4B-it",
                ),
                template="diffusion_gemma",
            )
        ],
        architectures=["DiffusionGemmaForBlockDiffusion"],
        model_arch="diffusion_gemma",
        is_multimodal=True,
        requires=["transformers>=5.11"],
    ),
)
