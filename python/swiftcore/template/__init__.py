"""Dialogue templates: what they are, which are known, and how one is made to encode."""

from .fields import set_default_class
from .meta import TemplateMeta
from .registry import TEMPLATE_MAPPING, get_template_meta, register_template

__all__ = ["TEMPLATE_MAPPING", "TemplateMeta", "get_template_meta", "register_template"]


def _template() -> type:
    from .template import Template

    return Template


set_default_class(_template)
