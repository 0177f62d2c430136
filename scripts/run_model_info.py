"""Write docs/supported-models.md, the page of supported models and templates, from the registries.

python scripts/run_model_info.py [-o FILE] [--check] [--custom_register_path FILE] [--model_type NAME]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from swiftcore import (
    MODEL_MAPPING,
    TEMPLATE_MAPPING,
    Model,
    ModelGroup,
    ModelMeta,
    TemplateMeta,
    get_model_meta,
    import_external_file,
)

PAGE = Path(__file__).parents[1] / "docs" / "supported-models.md"

_INTRODUCTION = """\
# Supported models and templates

Written by `scripts/run_model_info.py` from the registries; do not edit it by hand.

A model's template is found by what its id or path ends with (`Qwen/Qwen3-8B`, `/data/qwen3-8b`, a hub's cache
folder), by the `args.json` or the `adapter_config.json` in its folder, or by the `architectures` of its `config.json`.
`swiftcore models ID` says which template a model has, and why; `template_type=` and `model_type=` override.

"""


def supported_models(model_type: str | None = None) -> str:
    """Return the page of everything that is registered, or of one type of models."""
    metas = list(MODEL_MAPPING.values()) if model_type is None else [get_model_meta(model_type)]
    names = set(TEMPLATE_MAPPING)
    if model_type is not None:
        names &= {name for meta in metas for name in meta.candidate_templates}
    templates = [TEMPLATE_MAPPING[name] for name in sorted(names)]
    return _INTRODUCTION + "\n".join([*_template_part(templates), *_model_part(metas)]) + "\n"


def _template_part(templates: list[TemplateMeta]) -> Iterator[str]:
    yield f"## {len(templates):,} templates"
    yield ""
    yield "| template | system text | rounds | thinking | tools | media |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for meta in templates:
        system = "-" if not meta.support_system else "yes" if meta.default_system is None else "yes, has a default"
        rounds = "many" if meta.support_multi_round else "the last"
        thinking = "-" if not meta.is_thinking else "or not" if meta.non_thinking_prefix else "always"
        media = "yes" if meta.is_multimodal else "-"
        yield f"| `{meta.template_type}` | {system} | {rounds} | {thinking} | {meta.agent_template or '-'} | {media} |"
    yield ""


def _model_part(metas: list[ModelMeta]) -> Iterator[str]:
    rows = [[_row(meta, group, model) for group in meta.model_groups for model in group.models] for meta in metas]
    yield f"## {sum(map(len, rows)):,} models of {len(metas):,} types"
    for meta, lines in zip(metas, rows, strict=True):
        yield ""
        yield f"### {meta.model_type}"
        yield ""
        yield "; ".join(_facts(meta)) or "-"
        yield ""
        if lines:
            yield "| ModelScope | Hugging Face | template | needs | tags |"
            yield "| --- | --- | --- | --- | --- |"
            yield from lines


def _facts(meta: ModelMeta) -> Iterator[str]:
    if meta.architectures:
        yield f"architectures {_code(meta.architectures)}"
    if meta.model_arch is not None:
        yield f"modules `{meta.model_arch if isinstance(meta.model_arch, str) else meta.model_arch.arch_name}`"
    if meta.task_type is not None:
        yield f"task `{meta.task_type}`"
    if meta.is_reward:
        yield "gives a reward"
    if meta.is_multimodal:
        yield "takes media"


def _row(meta: ModelMeta, group: ModelGroup, model: Model) -> str:
    template = group.template or meta.template
    needs = _code(group.requires or meta.requires)
    tags = ", ".join(group.tags or meta.tags) or "-"
    first = model.ms_model_id or (os.fspath(model.model_path) if model.model_path is not None else "-")
    return f"| {first} | {model.hf_model_id or '-'} | {_code([template] if template else [])} | {needs} | {tags} |"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Write the page of supported models and templates.")
    parser.add_argument("-o", "--output", default=PAGE, type=Path, help="File to write. Default: the page in docs/.")
    parser.add_argument("--check", action="store_true", help="Write nothing; fail if the file is out of date.")
    parser.add_argument("--custom_register_path", action="append", default=[], help="Python file to import first.")
    parser.add_argument("--model_type", help="Only this type of models.")
    options = parser.parse_args(arguments)
    for path in options.custom_register_path:
        import_external_file(path)
    page = supported_models(options.model_type)
    if options.check:
        if options.output.is_file() and options.output.read_text("utf-8") == page:
            return 0
        print(f"{options.output} is out of date; run: python scripts/run_model_info.py", file=sys.stderr)
        return 1
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(page, encoding="utf-8")
    print(f"wrote {options.output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
