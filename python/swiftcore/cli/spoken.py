"""Write the messages of the library in the words of the command line: options instead of arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["set_options", "spoken"]

# The arguments that are options of a command.
_OPTIONS: set[str] = set()

# What only a Python program can do, and what a command line does in its place.
_PHRASES = (
    ("list(TEMPLATE_MAPPING) names all", "`swiftcore templates` lists all"),
    ("list(MODEL_MAPPING) names all", "`swiftcore models` lists all"),
    ("register_template adds one", "--custom_register_path FILE.py adds one"),
    ("register_model adds one", "--custom_register_path FILE.py adds one"),
    ("or overwrite", "or add --overwrite"),
    ("give format", "give --format"),
    ("give input_format", "give --input_format"),
    ("template_type= with the name", "--template with the name"),
)

# `argument 'name': `, then `name='value'` and the like.
_ARGUMENT = re.compile(r"\bargument '(\w+)':")
_KEYWORD = re.compile(r"(?<![\w.(\[-])(\w+)=('[^']*'|\"[^\"]*\"|\d+|True|False|\[[^\]]*\])")
_BARE = re.compile(r"(?<![\w`'-])(template_type|model_type|max_length|truncation_strategy|num_threads)(?![\w=`'])")


def set_options(names: Iterable[str]) -> None:
    """Set which arguments are options. The module of the commands does this, which imports this one.

    >>> set_options(_OPTIONS)
    """
    _OPTIONS.update(names)


def spoken(text: str) -> str:
    """Return a message of the library as the command says it.

    >>> import swiftcore.cli.app
    >>> spoken("argument 'template_type': is missing; give template_type='qwen' or template_type='qwen2_5'")
    '--template: is missing; give --template qwen or --template qwen2_5'
    >>> spoken("out.jsonl: is there already; give another output, or overwrite")
    'out.jsonl: is there already; give another output, or add --overwrite'
    """
    for python, command in _PHRASES:
        text = text.replace(python, command)
    text = _ARGUMENT.sub(lambda found: f"{_name(found[1])}:" if found[1] in _OPTIONS else found[0], text)
    text = _KEYWORD.sub(lambda found: _option(found) if found[1] in _OPTIONS else found[0], text)
    return _BARE.sub(lambda found: _name(found[1]), text)


def _option(found: re.Match[str]) -> str:
    name, value = found[1], found[2]
    if value in ("True", "False"):
        return _name(name) if value == "True" else f"--no_{name}"
    return f"{_name(name)} {value.strip(chr(39) + chr(34))}"


def _name(argument: str) -> str:
    return "IN" if argument == "inputs" else "--template" if argument == "template_type" else f"--{argument}"
