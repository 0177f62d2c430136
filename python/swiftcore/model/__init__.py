"""Models: the registry, the template of each model, its files on a hub, and loading it with transformers."""

from .arch import ModelKeys, MultiModelKeys
from .matching import MatchedModel, match_model
from .meta import Model, ModelGroup, ModelMeta
from .registry import (
    MODEL_ARCH_MAPPING,
    MODEL_MAPPING,
    get_matched_model_meta,
    get_model_arch,
    get_model_meta,
    get_model_name,
    register_model,
    register_model_arch,
)

__all__ = [
    "MODEL_ARCH_MAPPING",
    "MODEL_MAPPING",
    "MatchedModel",
    "Model",
    "ModelGroup",
    "ModelKeys",
    "ModelMeta",
    "MultiModelKeys",
    "get_matched_model_meta",
    "get_model_arch",
    "get_model_meta",
    "get_model_name",
    "match_model",
    "register_model",
    "register_model_arch",
]
