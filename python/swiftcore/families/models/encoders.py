"""Models that read texts and write none: embeddings and rerankers: the models."""

from __future__ import annotations

from ...model.arch import ModelKeys, MultiModelKeys
from ...model.meta import ModelGroup, ModelMeta, ids

__all__ = ["ARCHS", "MODELS"]

ARCHS: tuple[ModelKeys, ...] = (
    MultiModelKeys(
        "qwen3_5",
        mlp="model.language_model.layers.{}.mlp",
        language_model=["model.language_model", "lm_head"],
        aligner="model.visual.merger",
        vision_tower="model.visual",
    ),
)

MODELS: tuple[ModelMeta, ...] = (
    ModelMeta(
        "bge_reranker",
        [
            ModelGroup(
                ids(
                    "BAAI/bge-reranker-base",
                    "BAAI/bge-reranker-v2-m3",
                    "BAAI/bge-reranker-large",
                )
            )
        ],
        template="bge_reranker",
        architectures=["XLMRobertaForSequenceClassification"],
        task_type="reranker",
    ),
    ModelMeta(
        "modern_bert",
        [
            ModelGroup(
                ids(
                    "answerdotai/ModernBERT-base",
                    "answerdotai/ModernBERT-large",
                )
            )
        ],
        template="dummy",
        architectures=["ModernBertForMaskedLM"],
        requires=["transformers>=4.48"],
        tags=["bert"],
    ),
    ModelMeta(
        "modern_bert_gte",
        [
            ModelGroup(
                ids(
                    ("iic/gte-modernbert-base", "Alibaba-NLP/gte-modernbert-base"),
                )
            )
        ],
        template="dummy",
        architectures=["ModernBertModel"],
        requires=["transformers>=4.48"],
        tags=["bert", "embedding"],
    ),
    ModelMeta(
        "modern_bert_gte_reranker",
        [
            ModelGroup(
                ids(
                    ("iic/gte-reranker-modernbert-base", "Alibaba-NLP/gte-reranker-modernbert-base"),
                )
            )
        ],
        template="bert",
        architectures=["ModernBertForSequenceClassification"],
        task_type="reranker",
        requires=["transformers>=4.48"],
        tags=["bert", "reranker"],
    ),
    ModelMeta(
        "bert",
        [
            ModelGroup(
                ids(
                    ("iic/nlp_structbert_backbone_base_std", None),
                )
            )
        ],
        template="dummy",
        tags=["bert"],
    ),
    ModelMeta(
        "qwen3_5_emb",
        [
            ModelGroup(
                ids(
                    "iic/UEmbed-2B",
                )
            )
        ],
        template="qwen3_5_emb",
        architectures=["Qwen3_5ForConditionalGeneration"],
        model_arch="qwen3_5",
        additional_saved_files=["sparse_info.json", "sparse_weights.pt"],
        is_multimodal=True,
        requires=["transformers>=5.0.0.dev", "qwen_vl_utils>=0.0.14", "decord"],
        tags=["vision", "video"],
    ),
    ModelMeta(
        "qwen2_gte",
        [
            ModelGroup(
                ids(
                    ("iic/gte_Qwen2-1.5B-instruct", "Alibaba-NLP/gte-Qwen2-1.5B-instruct"),
                    ("iic/gte_Qwen2-7B-instruct", "Alibaba-NLP/gte-Qwen2-7B-instruct"),
                )
            )
        ],
        template="dummy",
        architectures=["Qwen2ForCausalLM"],
    ),
    ModelMeta(
        "qwen2_gme",
        [
            ModelGroup(
                ids(
                    ("iic/gme-Qwen2-VL-2B-Instruct", "Alibaba-NLP/gme-Qwen2-VL-2B-Instruct"),
                    ("iic/gme-Qwen2-VL-7B-Instruct", "Alibaba-NLP/gme-Qwen2-VL-7B-Instruct"),
                )
            )
        ],
        template="qwen2_gme",
        architectures=["Qwen2VLForConditionalGeneration"],
        model_arch="qwen2_vl",
        is_multimodal=True,
        tags=["vision"],
    ),
    ModelMeta(
        "jina_reranker_m0",
        [
            ModelGroup(
                ids(
                    "JinaAI/jina-reranker-m0",
                )
            )
        ],
        template="jina_reranker_m0",
        architectures=["JinaRerankerM0ForConditionalGeneration"],
        model_arch="qwen2_vl",
        is_multimodal=True,
        task_type="reranker",
        tags=["reranker", "vision"],
    ),
)
