"""The registry: the built-in templates are what the field has, and names are taken once.

`tests/fixtures/templates.sha256` holds a hash for each built-in template. After a change that is meant,
write it anew with

    SWIFTCORE_UPDATE_FIXTURES=1 pytest tests/python/test_registry.py
"""

from __future__ import annotations

import copy
import dataclasses
import datetime
import hashlib
import inspect
import json
import linecache
import os
import pathlib
import pickle
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from swiftcore import families
from swiftcore.errors import TemplateError
from swiftcore.template import TEMPLATE_MAPPING, TemplateMeta, get_template_meta, register_template
from swiftcore.template.registry import TemplateMapping, _templates

TESTS = pathlib.Path(__file__).resolve().parent.parent
SNAPSHOT = TESTS / "fixtures" / "templates.sha256"
SHARED = pathlib.Path(os.environ.get("SWIFTCORE_SHARED") or TESTS.parent.parent / "shared")
FACTS = SHARED / "registry" / "templates.json"
RECORDED = datetime.date(2026, 11, 22)

COUNT = len(SNAPSHOT.read_text().splitlines())


@pytest.fixture(autouse=True)
def registry_as_it_was() -> Iterator[None]:
    before = dict(TEMPLATE_MAPPING)
    yield
    TEMPLATE_MAPPING.clear()
    TEMPLATE_MAPPING.update(before)


def mine(name: str = "mine", **fields: Any) -> TemplateMeta:
    return TemplateMeta(name, ["<s>"], ["<user>{{QUERY}}<bot>"], ["</s>"], ["</s>"], **fields)


# The built-in templates.


def test_snapshot() -> None:
    lines = []
    for name in sorted(TEMPLATE_MAPPING):
        meta = TEMPLATE_MAPPING[name]
        spec = meta.spec() | {"agent_template": meta.agent_template}
        spec |= {"is_multimodal": True} if meta.is_multimodal else {}
        text = json.dumps(spec, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        lines.append(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}")
    if os.environ.get("SWIFTCORE_UPDATE_FIXTURES"):
        SNAPSHOT.write_text("\n".join(lines) + "\n")
    assert lines == SNAPSHOT.read_text().splitlines()


# The record calls these text templates; every model that has one of them takes or gives media.
MEDIA_BY_MODEL = [
    "emu3_gen",
    "emu3_chat",
    "llama3_1_omni",
    "qwen3_tts",
    "generic_decision",
    "deepseek_vl",
    "deepseek_janus",
    "deepseek_janus_pro",
    "deepseek_vl2",
    "deepseek_ocr",
    "deepseek_ocr2",
    "unlimited_ocr",
    "idefics3",
    "llava_llama3_hf",
    "pixtral",
    "yi_vl",
]


def facts() -> dict[str, dict[str, Any]]:
    if not FACTS.is_file():
        return {}
    records = json.loads(FACTS.read_text())
    return {
        record["template_type"]: record
        for record in records
        if record["multimodal"] or "customised" not in record or record["template_type"] in families_by_template()
    }


@pytest.mark.skipif(not FACTS.is_file(), reason=f"no reference material at {FACTS}")
def test_built_in_templates_are_what_the_field_has() -> None:
    recorded = facts()
    assert set(recorded) == set(families_by_template())
    defaults = {entry.name: entry.default for entry in dataclasses.fields(TemplateMeta)}
    for name, record in recorded.items():
        meta = TEMPLATE_MAPPING[name].resolve(RECORDED)
        record.pop("customised", None)
        record["is_multimodal"] = record.pop("multimodal") or (meta.is_multimodal and name in MEDIA_BY_MODEL)
        found = {field: getattr(meta, field) for field in defaults.keys() - {"template_cls"}}
        found["prompt"] = meta.system_prompt or meta.prompt
        wanted = defaults | {"stop_words": []} | record
        wanted.pop("template_cls")
        wanted |= {"rules": meta.rules, "media": meta.media}  # which the record does not tell
        assert found == wanted, name


def test_dates() -> None:
    dated = [name for name, meta in TEMPLATE_MAPPING.items() if "{{DATE:" in json.dumps(meta.spec())]
    assert sorted(dated) == [
        "gpt_oss",
        "internvl3_5_gpt",
        "llama3_2",
        "llama3_2_vision",
        "mistral_2501",
        "mistral_2503",
        "muse_glimmer",
        "skywork_o1",
    ]
    for name in TEMPLATE_MAPPING:
        resolved = TEMPLATE_MAPPING[name].resolve(RECORDED)
        assert "{{DATE" not in json.dumps(resolved.spec())
        assert (resolved is TEMPLATE_MAPPING[name]) == (name not in dated)


def families_by_template() -> dict[str, str]:
    return {meta.template_type: family.__name__ for family in families.FAMILIES for meta in _templates(family)}


def test_each_family_is_listed_and_each_name_given_once() -> None:
    names = [meta.template_type for family in families.FAMILIES for meta in _templates(family)]
    assert len(names) == len(set(names)) == COUNT
    folder = pathlib.Path(families.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "base", "media"}
    assert files == {family.__name__.rpartition(".")[2] for family in families.FAMILIES}


def test_names_and_metas_agree() -> None:
    assert all(name == meta.template_type for name, meta in TEMPLATE_MAPPING.items())


# Registering and looking up.


def test_register_and_get() -> None:
    meta = mine()
    register_template(meta)
    assert TEMPLATE_MAPPING["mine"] is meta
    assert get_template_meta("mine") is meta


def test_registration_checks() -> None:
    with pytest.raises(TemplateError, match=r"^template 'mine', auto_add_bos: expected True or False, got 1$"):
        register_template(mine(auto_add_bos=1))
    assert "mine" not in TEMPLATE_MAPPING
    with pytest.raises(TemplateError) as caught:
        register_template("mine")  # type: ignore[arg-type]
    assert str(caught.value) == "register_template takes a TemplateMeta, got 'mine'"


def test_duplicate_says_where_the_first_was_registered() -> None:
    register_template(mine())
    line = inspect.currentframe().f_lineno - 1  # type: ignore[union-attr]
    with pytest.raises(TemplateError) as caught:
        register_template(mine())
    assert str(caught.value) == (
        f"template 'mine' is registered already, at {__file__}:{line}; choose another template_type, "
        "or pass exist_ok=True to replace it"
    )
    assert (caught.value.template_type, caught.value.field) == ("mine", "template_type")


def test_exist_ok_replaces() -> None:
    register_template(mine())
    other = mine(stop_words=["</s>"])
    register_template(other, exist_ok=True)
    line = inspect.currentframe().f_lineno - 1  # type: ignore[union-attr]
    assert TEMPLATE_MAPPING["mine"] is other
    with pytest.raises(TemplateError, match=f":{line}; "):
        register_template(mine())
    register_template(mine("qwen3"), exist_ok=True)
    assert get_template_meta("qwen3").prefix == ["<s>"]


def test_duplicate_of_one_that_was_assigned() -> None:
    TEMPLATE_MAPPING["mine"] = mine()
    with pytest.raises(TemplateError) as caught:
        register_template(mine())
    assert "registered already, put into TEMPLATE_MAPPING directly; " in str(caught.value)


@pytest.mark.parametrize("name", sorted(families_by_template()))
def test_duplicate_of_a_built_in_names_its_line(name: str) -> None:
    with pytest.raises(TemplateError) as caught:
        register_template(mine(name))
    found = re.fullmatch(
        rf"template '{name}' is registered already, built in at (.+):(\d+); choose another template_type, "
        "or pass exist_ok=True to replace it",
        str(caught.value),
    )
    assert found
    assert pathlib.Path(found[1]).stem == families_by_template()[name].rpartition(".")[2]
    assert f'"{name}"' in linecache.getline(found[1], int(found[2]))


def test_unknown_name() -> None:
    with pytest.raises(TemplateError) as caught:
        get_template_meta("qwen2.5")
    assert str(caught.value) == (
        "no template 'qwen2.5'; did you mean 'qwen2_5' or 'qwen' or 'qwen3_5'? "
        f"list(TEMPLATE_MAPPING) names all {COUNT}, register_template adds one"
    )
    assert caught.value.template_type == "qwen2.5"
    with pytest.raises(TemplateError) as caught:
        get_template_meta("#")
    assert str(caught.value) == (
        f"no template '#'; list(TEMPLATE_MAPPING) names all {COUNT}, register_template adds one"
    )
    with pytest.raises(TemplateError, match=r"^a template is looked up by its name, a string; got None$"):
        get_template_meta(None)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="unheard"):
        TEMPLATE_MAPPING["unheard"]


# The mapping.


def lazy() -> TemplateMapping:
    return TemplateMapping(lambda: [mine("one"), mine("two")])


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "len": lambda m: len(m),
    "bool": lambda m: bool(m),
    "iter": lambda m: list(m),
    "reversed": lambda m: list(reversed(m)),
    "in": lambda m: ("one" in m, "three" in m),
    "getitem": lambda m: m["two"],
    "get": lambda m: (m.get("one"), m.get("three"), m.get("three", 3)),
    "keys": lambda m: list(m.keys()),
    "values": lambda m: list(m.values()),
    "items": lambda m: list(m.items()),
    "pop": lambda m: (m.pop("one"), m.pop("three", 3)),
    "popitem": lambda m: m.popitem(),
    "setdefault": lambda m: (m.setdefault("one", mine("x")), m.setdefault("three", mine("three"))),
    "update": lambda m: m.update({"one": mine("three")}, four=mine("four")),
    "setitem": lambda m: m.__setitem__("one", mine("x")),
    "delitem": lambda m: m.__delitem__("one"),
    "clear": lambda m: m.clear(),
    "copy": lambda m: m.copy(),
    "or": lambda m: m | {"x": mine("x")},
    "ror": lambda m: {"x": mine("x")} | m,
    "ior": lambda m: m.__ior__({"x": mine("x")}),
    "eq": lambda m: (m == {}, {} == m, m != {}, {} != m),
    "repr": lambda m: repr(m),
    "dict": lambda m: dict(m),
    "unpack": lambda m: {**m},
    "keywords": lambda m: dict(**m),
    "update another": lambda m: (lambda d: d.update(m) or d)({}),
    "sorted": lambda m: sorted(m),
    "copy.copy": lambda m: copy.copy(m),
    "copy.deepcopy": lambda m: copy.deepcopy(m),
    "pickle": lambda m: pickle.loads(pickle.dumps(m)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_first_use_fills(name: str) -> None:
    mapping, plain = lazy(), {"one": mine("one"), "two": mine("two")}
    assert OPERATIONS[name](mapping) == OPERATIONS[name](plain)
    assert dict(mapping) == plain


def test_missing_keys_raise_as_in_a_dict() -> None:
    with pytest.raises(KeyError):
        lazy()["three"]
    with pytest.raises(KeyError):
        lazy().pop("three")
    assert isinstance(TEMPLATE_MAPPING, dict)


def test_a_load_that_fails_is_tried_again() -> None:
    results: list[Any] = [ImportError("no"), [mine("one")]]

    def load() -> list[TemplateMeta]:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return list(result)

    mapping = TemplateMapping(load)
    with pytest.raises(ImportError):
        len(mapping)
    assert list(mapping) == ["one"]


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_built_ins_load_on_the_first_look() -> None:
    code = """
import sys
from swiftcore.template import TEMPLATE_MAPPING
assert "swiftcore.families" not in sys.modules
print(len(TEMPLATE_MAPPING))
assert "swiftcore.families" in sys.modules
"""
    assert run(code).split() == [str(COUNT)]


def test_a_name_of_a_built_in_is_taken_before_they_are_loaded() -> None:
    code = """
from swiftcore.template import TemplateMeta, register_template
from swiftcore.errors import TemplateError
try:
    register_template(TemplateMeta("qwen3", [], ["{{QUERY}}"], None))
except TemplateError as error:
    print(error)
"""
    assert "template 'qwen3' is registered already, built in at " in run(code)


def test_a_family_can_be_imported_first() -> None:
    code = """
from swiftcore.families.qwen import QwenTemplateMeta
from swiftcore.template import TEMPLATE_MAPPING, register_template
register_template(QwenTemplateMeta("mine"))
print(len(TEMPLATE_MAPPING), list(TEMPLATE_MAPPING)[0], list(TEMPLATE_MAPPING)[-1])
"""
    assert run(code).split() == [str(COUNT + 1), "chatml", "mine"]


def test_threads_may_look_and_register_at_once() -> None:
    code = """
import threading
from swiftcore.template import TEMPLATE_MAPPING, TemplateMeta, register_template
barrier, seen = threading.Barrier(16), []
def work(number):
    barrier.wait()
    if number % 4 == 0:
        import swiftcore.families.qwen
    elif number % 4 == 1:
        register_template(TemplateMeta(f"mine_{number}", [], ["{{QUERY}}"], None))
    seen.append(len(TEMPLATE_MAPPING) >= 90 and "qwen3" in TEMPLATE_MAPPING)
threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
print(len(seen), all(seen), len(TEMPLATE_MAPPING))
"""
    assert run(code).split() == ["16", "True", str(COUNT + 4)]


def test_one_of_many_threads_gets_a_name() -> None:
    barrier, won = threading.Barrier(8), []

    def work() -> None:
        barrier.wait()
        try:
            register_template(mine())
        except TemplateError:
            return
        won.append(True)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [True]
