"""Qwen, by Alibaba Cloud: those of images, audios and videos: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys("qwen_vl", language_model="transformer.h", vision_tower="transformer.visual"),
    MultiModelKeys("qwen_audio", language_model="transformer.h", vision_tower="transformer.audio"),
    MultiModelKeys(
        "qwen2_audio", language_model="language_model", aligner="multi_modal_projector", vision_tower="audio_tower"
    ),
    MultiModelKeys(
        "qwen2_vl",
        mlp="model.language_model.layers.{}.mlp",
        language_model=["model.language_model", "lm_head"],
        aligner="model.visual.merger",
        vision_tower="model.visual",
    ),
    MultiModelKeys(
        "qwen3_vl",
        mlp="model.language_model.layers.{}.mlp",
        language_model=["model.language_model", "lm_head"],
        aligner=["model.visual.merger", "model.visual.deepstack_merger_list"],
        vision_tower="model.visual",
    ),
    MultiModelKeys(
        "qwen2_5_omni",
        language_model=["thinker.model", "thinker.lm_head"],
        aligner=["thinker.audio_tower.proj", "thinker.visual.merger"],
        vision_tower=["thinker.audio_tower", "thinker.visual"],
        generator=["talker", "token2wav"],
    ),
    MultiModelKeys(
        "qwen3_omni",
        language_model=["thinker.model", "thinker.lm_head"],
        aligner=[
            "thinker.audio_tower.proj1",
            "thinker.audio_tower.proj2",
            "thinker.visual.merger",
            "thinker.visual.merger_list",
        ],
        vision_tower=["thinker.audio_tower", "thinker.visual"],
        generator=["talker", "code2wav"],
    ),
    MultiModelKeys(
        "qwen3_asr",
        language_model=["thinker.model", "thinker.lm_head"],
        aligner=["thinker.audio_tower.proj1", "thinker.audio_tower.proj2"],
        vision_tower="thinker.audio_tower",
    ),
    MultiModelKeys("qwen3_tts", language_model="talker", generator="speaker_encoder"),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "qwen_audio",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen-Audio-Chat",
                    "Qwen/Qwen-Audio",
                )
            )
        ],
        template="qwen_audio",
        architectures=["QWenLMHeadModel"],
        model_arch="qwen_audio",
        additional_saved_files=["mel_filters.npz"],
        is_multimodal=True,
        tags=["audio"],
    ),
    ModelMeta(
        "qwen_vl",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen-VL-Chat",
                    "Qwen/Qwen-VL",
                    "Qwen/Qwen-VL-Chat-Int4",
                )
            )
        ],
        template="qwen_vl",
        architectures=["QWenLMHeadModel"],
        model_arch="qwen_vl",
        additional_saved_files=["SimSun.ttf"],
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "qwen2_vl",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen2-VL-2B-Instruct",
                    "Qwen/Qwen2-VL-7B-Instruct",
                    "Qwen/Qwen2-VL-72B-Instruct",
                    "Qwen/Qwen2-VL-2B",
                    "Qwen/Qwen2-VL-7B",
                    "Qwen/Qwen2-VL-72B",
                    "Qwen/Qwen2-VL-2B-Instruct-GPTQ-Int4",
                    "Qwen/Qwen2-VL-7B-Instruct-GPTQ-Int4",
                    "Qwen/Qwen2-VL-72B-Instruct-GPTQ-Int4",
                    "Qwen/Qwen2-VL-2B-Instruct-GPTQ-Int8",
                    "Qwen/Qwen2-VL-7B-Instruct-GPTQ-Int8",
                    "Qwen/Qwen2-VL-72B-Instruct-GPTQ-Int8",
                    "Qwen/Qwen2-VL-2B-Instruct-AWQ",
                    "Qwen/Qwen2-VL-7B-Instruct-AWQ",
                    "Qwen/Qwen2-VL-72B-Instruct-AWQ",
                ),
                template="qwen2_vl",
            ),
            ModelGroup(
                ids(
                    "bytedance-research/UI-TARS-2B-SFT",
                    "bytedance-research/UI-TARS-7B-SFT",
                    "bytedance-research/UI-TARS-7B-DPO",
                    "bytedance-research/UI-TARS-72B-SFT",
                    "bytedance-research/UI-TARS-72B-DPO",
                ),
                template="qwen2_vl",
            ),
            ModelGroup(
                ids(
                    "allenai/olmOCR-7B-0225-preview",
                ),
                template="qwen2_vl",
            ),
            ModelGroup(
                ids(
                    "Qwen/QVQ-72B-Preview",
                ),
                template="qvq",
            ),
            ModelGroup(
                ids(
                    ("OpenDataLab/MinerU2.5-Pro-2604-1.2B", "opendatalab/MinerU2.5-Pro-2604-1.2B"),
                ),
                template="qwen2_vl",
            ),
        ],
        architectures=["Qwen2VLForConditionalGeneration"],
        model_arch="qwen2_vl",
        is_multimodal=True,
        requires=["transformers>=4.45", "qwen_vl_utils>=0.0.6", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "qwen2_5_vl",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen2.5-VL-3B-Instruct",
                    "Qwen/Qwen2.5-VL-7B-Instruct",
                    "Qwen/Qwen2.5-VL-32B-Instruct",
                    "Qwen/Qwen2.5-VL-72B-Instruct",
                ),
                template="qwen2_5_vl",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen2.5-VL-3B-Instruct-AWQ",
                    "Qwen/Qwen2.5-VL-7B-Instruct-AWQ",
                    "Qwen/Qwen2.5-VL-32B-Instruct-AWQ",
                    "Qwen/Qwen2.5-VL-72B-Instruct-AWQ",
                ),
                template="qwen2_5_vl",
            ),
            ModelGroup(
                ids(
                    "XiaomiMiMo/MiMo-VL-7B-SFT",
                    "XiaomiMiMo/MiMo-VL-7B-RL",
                ),
                template="mimo_vl",
            ),
        ],
        architectures=["Qwen2_5_VLForConditionalGeneration"],
        model_arch="qwen2_vl",
        is_multimodal=True,
        requires=["transformers>=4.49", "qwen_vl_utils>=0.0.6", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "qwen3_vl",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-VL-2B-Instruct",
                    "Qwen/Qwen3-VL-2B-Thinking",
                    "Qwen/Qwen3-VL-2B-Instruct-FP8",
                    "Qwen/Qwen3-VL-2B-Thinking-FP8",
                    "Qwen/Qwen3-VL-4B-Instruct",
                    "Qwen/Qwen3-VL-4B-Thinking",
                    "Qwen/Qwen3-VL-4B-Instruct-FP8",
                    "Qwen/Qwen3-VL-4B-Thinking-FP8",
                    "Qwen/Qwen3-VL-8B-Instruct",
                    "Qwen/Qwen3-VL-8B-Thinking",
                    "Qwen/Qwen3-VL-8B-Instruct-FP8",
                    "Qwen/Qwen3-VL-8B-Thinking-FP8",
                    "Qwen/Qwen3-VL-32B-Instruct",
                    "Qwen/Qwen3-VL-32B-Thinking",
                    "Qwen/Qwen3-VL-32B-Instruct-FP8",
                    "Qwen/Qwen3-VL-32B-Thinking-FP8",
                ),
                template="qwen3_vl",
            )
        ],
        architectures=["Qwen3VLForConditionalGeneration"],
        model_arch="qwen3_vl",
        is_multimodal=True,
        requires=["transformers>=4.57", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "qwen3_vl_moe",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-VL-30B-A3B-Instruct",
                    "Qwen/Qwen3-VL-30B-A3B-Thinking",
                    "Qwen/Qwen3-VL-30B-A3B-Instruct-FP8",
                    "Qwen/Qwen3-VL-30B-A3B-Thinking-FP8",
                    "Qwen/Qwen3-VL-235B-A22B-Instruct",
                    "Qwen/Qwen3-VL-235B-A22B-Thinking",
                    "Qwen/Qwen3-VL-235B-A22B-Instruct-FP8",
                    "Qwen/Qwen3-VL-235B-A22B-Thinking-FP8",
                ),
                template="qwen3_vl",
            )
        ],
        architectures=["Qwen3VLMoeForConditionalGeneration"],
        model_arch="qwen3_vl",
        is_multimodal=True,
        requires=["transformers>=4.57", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "qwen3_5_moe",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3.5-35B-A3B-Base",
                    "Qwen/Qwen3.5-35B-A3B",
                    "Qwen/Qwen3.5-122B-A10B",
                    "Qwen/Qwen3.5-397B-A17B",
                    "Qwen/Qwen3.5-35B-A3B-FP8",
                    "Qwen/Qwen3.5-122B-A10B-FP8",
                    "Qwen/Qwen3.5-397B-A17B-FP8",
                ),
                template="qwen3_5",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3.6-35B-A3B",
                    "Qwen/Qwen3.6-35B-A3B-FP8",
                ),
                template="qwen3_5",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3.8-2.4T-A95B",
                    "Qwen/Qwen3.8-2.4T-A95B-FP8",
                ),
                template="qwen3_8",
            ),
        ],
        architectures=["Qwen3_5MoeForConditionalGeneration"],
        model_arch="qwen2_vl",
        is_multimodal=True,
        requires=["transformers>=5.2.0", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "qwen3_5",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3.5-0.8B",
                    "Qwen/Qwen3.5-2B",
                    "Qwen/Qwen3.5-4B",
                    "Qwen/Qwen3.5-9B",
                    "Qwen/Qwen3.5-27B",
                    "Qwen/Qwen3.5-27B-FP8",
                    "Qwen/Qwen3.5-0.8B-Base",
                    "Qwen/Qwen3.5-2B-Base",
                    "Qwen/Qwen3.5-4B-Base",
                    "Qwen/Qwen3.5-9B-Base",
                ),
                template="qwen3_5",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3.6-27B",
                    "Qwen/Qwen3.6-27B-FP8",
                ),
                template="qwen3_5",
            ),
            ModelGroup(
                ids(
                    "Qwen/Qwen3.8-27B",
                    "Qwen/Qwen3.8-27B-FP8",
                ),
                template="qwen3_8",
            ),
        ],
        architectures=["Qwen3_5ForConditionalGeneration"],
        model_arch="qwen2_vl",
        is_multimodal=True,
        requires=["transformers>=5.2.0", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "qwen4_exp",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3.8-Flash-Next",
                    "Qwen/Qwen3.8-Flash-Next-FP8",
                ),
                template="qwen3_8",
            )
        ],
        architectures=["Qwen4ExpForConditionalGeneration"],
        model_arch="qwen2_vl",
        is_multimodal=True,
        requires=["transformers>=5.16.0", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "qwen2_5_omni",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen2.5-Omni-3B",
                    "Qwen/Qwen2.5-Omni-7B",
                ),
                template="qwen2_5_omni",
            )
        ],
        architectures=["Qwen2_5OmniModel", "Qwen2_5OmniForConditionalGeneration"],
        model_arch="qwen2_5_omni",
        additional_saved_files=["spk_dict.pt"],
        is_multimodal=True,
        requires=["transformers>=4.50", "soundfile", "qwen_omni_utils", "decord"],
        tags=["vision", "video", "audio"],
    ),
    ModelMeta(
        "qwen3_omni_moe",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-Omni-30B-A3B-Instruct",
                    "Qwen/Qwen3-Omni-30B-A3B-Thinking",
                    "Qwen/Qwen3-Omni-30B-A3B-Captioner",
                ),
                template="qwen3_omni",
            )
        ],
        architectures=["Qwen3OmniMoeForConditionalGeneration"],
        model_arch="qwen3_omni",
        is_multimodal=True,
        requires=["transformers>=4.57.dev0", "soundfile", "decord", "qwen_omni_utils>=0.0.9"],
        tags=["vision", "video", "audio"],
    ),
    ModelMeta(
        "qwen3_asr",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-ASR-1.7B",
                    "Qwen/Qwen3-ASR-0.6B",
                ),
                template="qwen3_asr",
            )
        ],
        architectures=["Qwen3ASRForConditionalGeneration"],
        model_arch="qwen3_asr",
        is_multimodal=True,
        requires=["qwen-asr", "transformers==4.57.6"],
        tags=["audio"],
    ),
    ModelMeta(
        "qwen3_tts",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-TTS-12Hz-1.7B-Base",
                    "Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice",
                    "Qwen/Qwen3-TTS-12Hz-0.6B-Base",
                    "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice",
                ),
                template="qwen3_tts",
            )
        ],
        architectures=["Qwen3TTSForConditionalGeneration"],
        model_arch="qwen3_tts",
        is_multimodal=True,
        requires=["qwen-tts", "transformers<5"],
        tags=["audio", "tts"],
    ),
    ModelMeta(
        "qwen2_audio",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen2-Audio-7B-Instruct",
                    "Qwen/Qwen2-Audio-7B",
                ),
                template="qwen2_audio",
            )
        ],
        architectures=["Qwen2AudioForConditionalGeneration"],
        model_arch="qwen2_audio",
        is_multimodal=True,
        requires=["transformers>=4.45,<4.49", "librosa"],
        tags=["audio"],
    ),
    ModelMeta(
        "qwen3_vl_emb",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-VL-Embedding-2B",
                    "Qwen/Qwen3-VL-Embedding-8B",
                )
            )
        ],
        template="qwen3_vl_emb",
        architectures=["Qwen3VLForConditionalGeneration"],
        model_arch="qwen3_vl",
        is_multimodal=True,
        requires=["transformers>=4.57", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "qwen3_vl_reranker",
        [
            ModelGroup(
                ids(
                    "Qwen/Qwen3-VL-Reranker-2B",
                    "Qwen/Qwen3-VL-Reranker-8B",
                )
            )
        ],
        template="qwen3_vl_reranker",
        architectures=["Qwen3VLForConditionalGeneration"],
        model_arch="qwen3_vl",
        is_multimodal=True,
        requires=["transformers>=4.57", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "video"],
    ),
)
