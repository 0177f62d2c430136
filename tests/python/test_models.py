"""The built-in models: they are what the field has, and each of their ids finds its template.

`tests/fixtures/models.sha256` holds a hash for each type and architecture, `tests/fixtures/model_ids.txt` each model
with its type and template. After a change that is meant, write both anew with

    SWIFTCORE_UPDATE_FIXTURES=1 pytest tests/python/test_models.py
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
from typing import Any

import pytest
import swiftcore
from swiftcore import MODEL_ARCH_MAPPING, MODEL_MAPPING, ModelMeta, match_model
from swiftcore.families import models as families
from swiftcore.model.check import check

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
HASHES, IDS = FIXTURES / "models.sha256", FIXTURES / "model_ids.txt"
UPDATE = bool(os.environ.get("SWIFTCORE_UPDATE_FIXTURES"))


def filled(value: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in value.items() if each not in (None, [], False)}


def facts(meta: ModelMeta) -> dict[str, Any]:
    """A type as the reference material writes one."""
    found = {field.name: getattr(meta, field.name) for field in dataclasses.fields(meta)}
    if meta.model_arch is not None:
        found["model_arch"] = meta.model_arch.arch_name  # type: ignore[union-attr]
    if meta.torch_dtype is not None:
        found["torch_dtype"] = f"torch.{meta.torch_dtype}"
    found["model_groups"] = [
        filled(dataclasses.asdict(group)) | {"models": [filled(dataclasses.asdict(model)) for model in group.models]}
        for group in meta.model_groups
    ]
    return filled(found)


def arch_facts(name: str) -> dict[str, Any]:
    keys = MODEL_ARCH_MAPPING[name]
    return filled(dataclasses.asdict(keys)) | {"kind": type(keys).__name__}


def test_snapshot() -> None:
    everything = {f"model {name}": facts(meta) for name, meta in MODEL_MAPPING.items()}
    everything |= {f"arch {name}": arch_facts(name) for name in MODEL_ARCH_MAPPING}
    lines = []
    for name in sorted(everything):
        text = json.dumps(everything[name], sort_keys=True, separators=(",", ":"))
        lines.append(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}")
    if UPDATE:
        HASHES.write_text("\n".join(lines) + "\n")
    assert lines == HASHES.read_text().splitlines()
    assert (len(MODEL_MAPPING), len(MODEL_ARCH_MAPPING)) == (237, 80)


def test_built_in_models_are_what_the_field_has(shared: pathlib.Path) -> None:
    recorded = json.loads((shared / "registry/models.json").read_text("utf-8"))
    assert {record["model_type"] for record in recorded} == set(MODEL_MAPPING)
    for record in recorded:
        assert facts(MODEL_MAPPING[record["model_type"]]) == filled(record)


def test_built_in_architectures_are_what_the_field_has(shared: pathlib.Path) -> None:
    recorded = json.loads((shared / "registry/model_archs.json").read_text("utf-8"))
    assert {record["arch_name"] for record in recorded} == set(MODEL_ARCH_MAPPING)
    for record in recorded:
        assert arch_facts(record["arch_name"]) == filled(record)


def test_built_in_models_keep_the_rules() -> None:
    for meta in MODEL_MAPPING.values():
        check(meta)
        assert meta.candidate_templates or not meta.model_groups, meta.model_type


def test_each_family_is_listed_and_each_name_given_once() -> None:
    names = [meta.model_type for family in families.MODEL_FAMILIES for meta in family.MODELS]
    assert len(names) == len(set(names)) == 237
    archs = [keys.arch_name for family in families.MODEL_FAMILIES for keys in getattr(family, "ARCHS", ())]
    assert len(archs) == len(set(archs)) == 80
    files = {path.stem for path in pathlib.Path(families.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == {family.__name__.rpartition(".")[2] for family in families.MODEL_FAMILIES}


def listed() -> list[str]:
    return [
        f"{model.ms_model_id or '-'} {model.hf_model_id or '-'} {meta.model_type} {group.template or meta.template}"
        for meta in MODEL_MAPPING.values()
        for group in meta.model_groups
        for model in group.models
    ]


def test_every_model_is_listed() -> None:
    if UPDATE:
        IDS.write_text("\n".join(sorted(listed())) + "\n")
    assert sorted(listed()) == IDS.read_text().splitlines()
    assert len(listed()) == 1193


# This id is in the records twice; the first type that has it is taken, as in ms-swift.
TWICE = {"glm-edge-4b-chat": ("glm_edge", "chatglm4")}


def test_every_id_finds_its_template() -> None:
    for line in IDS.read_text().splitlines():
        *names, model_type, template = line.split(" ")
        for name in names:
            if name != "-":
                last = name.rpartition("/")[2]
                wanted = TWICE.get(last, (model_type, template))
                for given in (name, f"/data/{last.lower()}/", f"x/{last.replace('.', '___')}"):
                    found = match_model(given)
                    assert (found.model_type, found.template_type) == wanted, given


def test_every_id_finds_its_template_in_the_records(shared: pathlib.Path) -> None:
    count = 0
    for record in json.loads((shared / "registry/models.json").read_text("utf-8")):
        for group in record["model_groups"]:
            for model in group["models"]:
                count += 1
                for name in filter(None, (model.get("ms_model_id"), model.get("hf_model_id"))):
                    wanted = TWICE.get(name.rpartition("/")[2], (None, group.get("template") or record["template"]))
                    assert match_model(name).template_type == wanted[1]
    assert count == 1193


def test_every_template_of_a_model_is_registered() -> None:
    wanted = {name for meta in MODEL_MAPPING.values() for name in meta.candidate_templates}
    assert wanted <= set(swiftcore.TEMPLATE_MAPPING)


def test_every_architecture_finds_its_type_or_lists_its_types(tmp_path: pathlib.Path) -> None:
    architectures: dict[str, list[ModelMeta]] = {}
    for meta in MODEL_MAPPING.values():
        for name in meta.architectures:
            architectures.setdefault(name, []).append(meta)
    assert len(architectures) == 173
    settled = 0
    for name, metas in architectures.items():
        (tmp_path / "config.json").write_text(json.dumps({"architectures": [name, "Another"]}))
        candidates = metas[0].candidate_templates if metas[0].template is None else [metas[0].template]
        if len(metas) == 1 and len(candidates) == 1:
            settled += 1
            found = match_model(tmp_path)
            assert (found.model_type, found.template_type) == (metas[0].model_type, candidates[0])
            continue
        with pytest.raises(swiftcore.ArgumentError) as raised:
            match_model(tmp_path)
        several = [f"model_type={meta.model_type!r}" for meta in metas] if len(metas) > 1 else []
        several = several or [f"template_type={template!r}" for template in candidates]
        for choice in several:
            assert choice in str(raised.value)
    assert settled > 90


def test_multimodal_models_have_multimodal_templates() -> None:
    for meta in MODEL_MAPPING.values():
        for name in meta.candidate_templates:
            template = swiftcore.TEMPLATE_MAPPING.get(name)
            if template is not None:
                assert template.is_multimodal == meta.is_multimodal, (meta.model_type, name)
