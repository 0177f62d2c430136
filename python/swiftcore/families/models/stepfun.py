"""Step and GOT-OCR, by StepFun: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys("step_audio2_mini", language_model=["model", "lm_head"], aligner="adapter", vision_tower="encoder"),
    MultiModelKeys(
        "got_ocr2",
        language_model="model.layers",
        aligner="model.mm_projector_vary",
        vision_tower="model.vision_tower_high",
    ),
    MultiModelKeys(
        "step3_vl",
        language_model=["model.language_model", "lm_head"],
        aligner="model.vit_large_projector",
        vision_tower="model.vision_model",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "got_ocr2",
        [
            ModelGroup(
                ids(
                    "stepfun-ai/GOT-OCR2_0",
                )
            )
        ],
        template="got_ocr2",
        architectures=["GOTQwenForCausalLM"],
        model_arch="got_ocr2",
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "got_ocr2_hf",
        [
            ModelGroup(
                ids(
                    "stepfun-ai/GOT-OCR-2.0-hf",
                )
            )
        ],
        template="got_ocr2_hf",
        architectures=["GotOcr2ForConditionalGeneration"],
        model_arch="llava_hf",
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "step_audio",
        [
            ModelGroup(
                ids(
                    "stepfun-ai/Step-Audio-Chat",
                )
            )
        ],
        template="step_audio",
        architectures=["Step1ForCausalLM"],
        is_multimodal=True,
        requires=["funasr", "sox", "conformer", "openai-whisper", "librosa"],
        tags=["audio"],
    ),
    ModelMeta(
        "step_audio2_mini",
        [
            ModelGroup(
                ids(
                    "stepfun-ai/Step-Audio-2-mini",
                )
            )
        ],
        template="step_audio2_mini",
        architectures=["StepAudio2ForCausalLM"],
        model_arch="step_audio2_mini",
        is_multimodal=True,
        requires=["transformers==4.53.3", "torchaudio", "librosa"],
        tags=["audio"],
    ),
    ModelMeta(
        "step3_vl",
        [
            ModelGroup(
                ids(
                    "stepfun-ai/Step3-VL-10B-Base",
                    "stepfun-ai/Step3-VL-10B",
                )
            )
        ],
        template="step3_vl",
        architectures=["StepVLForConditionalGeneration"],
        model_arch="step3_vl",
        is_multimodal=True,
        requires=["transformers>=4.57.0"],
        tags=["vision"],
    ),
)
