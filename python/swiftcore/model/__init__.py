"""Models: which there are, which template each has, and where its modules are. how they are loaded."""

from .arch import MODEL_ARCH_MAPPING, ModelKeys, MultiModelKeys, get_model_arch, register_model_arch
from .matching import MatchedModel, match_model
from .meta import Model, ModelGroup, ModelMeta
from .registry import MODEL_MAPPING, get_matched_model_meta, get_model_meta, get_model_name, register_model

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
