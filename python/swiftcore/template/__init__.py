"""Dialogue templates: what they are, and which are known."""

from .meta import TemplateMeta
from .registry import TEMPLATE_MAPPING, get_template_meta, register_template

__all__ = ["TEMPLATE_MAPPING", "TemplateMeta", "get_template_meta", "register_template"]
