"""Options that commands share, and how options may be spelled.

`TemplateOptions` holds the arguments of `get_template`: a command takes them all with one parameter named
`options`, which `expand` spreads over the command line. `Command` accepts `--use_chat_template false` for
`--no_use_chat_template`.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand

from .checks import check_model_type, check_template_name, mismatches
from .errors import Usage, note, patience, reported, stoppable

if TYPE_CHECKING:
    from ..template.template import Template

__all__ = [
    "TEMPLATE",
    "Command",
    "HubOptions",
    "ModelOptions",
    "TemplateOptions",
    "expand",
    "names",
    "option",
    "pairs",
    "register_paths",
    "spell_out",
    "underscored",
]

_MODEL = "Model"
_TOKENIZER = "Tokenizer"
TEMPLATE = "Template"

_NO_TOKENIZER = (
    "no tokenizer; give --model with an id or a folder, or --tokenizer with a folder, a tokenizer.json, or the name of "
    "a packaged one (--tokenizer deepseek, from the extra 'demo')"
)
_NO_TEMPLATE = (
    "--template is missing; give the name of the model's template, such as --template qwen3 (`swiftcore templates` "
    "lists them), or --model DIR|ID, whose template is its own"
)
# Both are ms-swift's names, of version 3 and of version 4.
_REGISTER = ("--custom_register_path", "--external_plugins")

# What `make` hands over itself.
_OWN = ("model", "model_type", "template_type", "tokenizer", "revision", "use_hf", "hub_token", "strict")

_WORDS = {"true": True, "false": False, "none": None}

Made = TypeVar("Made")


def option(
    *names: str, help: str, panel: str | None = None, metavar: str | None = None, at_least: int | None = None
) -> Any:
    """An option of a command. What it is where it is not given, its help says."""
    return typer.Option(*names, help=help, rich_help_panel=panel, metavar=metavar, min=at_least, show_default=False)


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """A model, or its type, or its template: what every command takes."""

    model: Annotated[
        str | None,
        option(
            "--model",
            panel=_MODEL,
            metavar="DIR|ID",
            help="A model's folder or id: its tokenizer, max_length and, where none is named, its template.",
        ),
    ] = None
    model_type: Annotated[
        str | None,
        option(
            "--model_type",
            panel=_MODEL,
            metavar="NAME",
            help="The model's type, where the template cannot be told without; `swiftcore models` lists them.",
        ),
    ] = None
    template_type: Annotated[
        str | None,
        option(
            *("--template", "--template_type"),
            panel=_MODEL,
            metavar="NAME",
            help="The template, such as qwen3, where it is not the model's own; `swiftcore templates` lists them.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class HubOptions:
    """Where a model of an id comes from."""

    revision: Annotated[
        str | None,
        option("--revision", panel=_MODEL, metavar="NAME", help="Of an id: a branch, a tag or a commit."),
    ] = None
    use_hf: Annotated[
        bool | None,
        option(
            "--use_hf/--no_use_hf",
            panel=_MODEL,
            help="Of an id: Hugging Face, or ModelScope. Default: what USE_HF says, else Hugging Face.",
        ),
    ] = None
    hub_token: Annotated[
        str | None,
        option(
            "--hub_token",
            panel=_MODEL,
            metavar="TOKEN",
            help="What opens private and gated models; the variable HF_TOKEN keeps it from lists of processes.",
        ),
    ] = None

    def hub(self) -> dict[str, Any]:
        """These, as keyword arguments."""
        return {"revision": self.revision, "use_hf": self.use_hf, "hub_token": self.hub_token}


@dataclass(frozen=True, kw_only=True)
class TemplateOptions(HubOptions, ModelOptions):
    """What `get_template` is called with."""

    tokenizer: Annotated[
        str | None,
        option(
            "--tokenizer",
            panel=_TOKENIZER,
            metavar="DIR|ID|FILE|NAME",
            help="A folder, a model's id, a tokenizer.json, or the name of one in a package (default: deepseek).",
        ),
    ] = None
    engine: Annotated[
        str,
        option(
            "--engine",
            panel=_TOKENIZER,
            metavar="auto|fast|reference",
            help="'fast' where it is exact, the 'reference', or 'auto' (the default) for the better of both.",
        ),
    ] = "auto"
    default_system: Annotated[
        str | None,
        option(
            "--system",
            "--default_system",
            metavar="TEXT",
            panel=TEMPLATE,
            help="The system text of rows that bring none.",
        ),
    ] = None
    mode: Annotated[
        str,
        option(
            "--mode",
            metavar="train|rlhf|kto|transformers|vllm|lmdeploy|sglang",
            panel=TEMPLATE,
            help="'train' (the default) for labels, 'rlhf' and 'kto' for pairs, the others for prompts.",
        ),
    ] = "train"
    task_type: Annotated[
        str | None,
        option(
            "--task_type",
            metavar="causal_lm|seq_cls|embedding|reranker|generative_reranker|prm",
            panel=TEMPLATE,
            help="What the model is trained for. Default: what it is made for, else causal_lm, the next token.",
        ),
    ] = None
    num_labels: Annotated[
        int | None,
        option(
            "--num_labels",
            metavar="N",
            panel=TEMPLATE,
            at_least=1,
            help="How many labels a classifier has (task_type seq_cls); 1 for a number.",
        ),
    ] = None
    problem_type: Annotated[
        str | None,
        option(
            "--problem_type",
            metavar="NAME",
            panel=TEMPLATE,
            help="single_label_classification, multi_label_classification or regression. Default: by --num_labels.",
        ),
    ] = None
    max_length: Annotated[
        int | None,
        option(
            "--max_length",
            metavar="N",
            panel=TEMPLATE,
            help="The most tokens of a row. Default: the model's own limit, where known.",
        ),
    ] = None
    content_policy: Annotated[
        str,
        option(
            "--content_policy",
            metavar="parity|literal|literal_prompt|error",
            panel=TEMPLATE,
            help="Control tokens in the text of rows are encoded as such and counted ('parity', the default), encoded "
            "as ordinary text ('literal'; 'literal_prompt': except in what assistants say), or the row is refused "
            "('error').",
        ),
    ] = "parity"
    truncation_strategy: Annotated[
        str,
        option(
            "--truncation_strategy",
            metavar="raise|left|right|split|delete",
            panel=TEMPLATE,
            help="A longer row is refused ('raise', the default), cut on its 'left' or 'right', 'split', or left out "
            "and counted ('delete').",
        ),
    ] = "raise"
    loss_scale: Annotated[
        str,
        option(
            "--loss_scale",
            metavar="NAME[+NAME]",
            panel=TEMPLATE,
            help="What is trained: default, last_round or all; with named scales after '+'.",
        ),
    ] = "default"
    is_binary_loss_scale: Annotated[
        bool | None,
        option(
            "--is_binary_loss_scale/--no_is_binary_loss_scale",
            panel=TEMPLATE,
            help="Whether weights come out as labels alone. Default: what the scales say.",
        ),
    ] = None
    use_chat_template: Annotated[
        bool,
        option(
            "--use_chat_template/--no_use_chat_template",
            panel=TEMPLATE,
            help="Without: plain text, no system, no roles, the last round only.",
        ),
    ] = True
    enable_thinking: Annotated[
        bool | None,
        option(
            "--enable_thinking/--no_enable_thinking",
            panel=TEMPLATE,
            help="Whether the model thinks. Default: what the template says.",
        ),
    ] = None
    preserve_thinking: Annotated[
        bool | None,
        option(
            "--preserve_thinking/--no_preserve_thinking",
            panel=TEMPLATE,
            help="Whether earlier turns keep their thinking. Default: what the template says.",
        ),
    ] = None
    add_non_thinking_prefix: Annotated[
        bool,
        option(
            "--add_non_thinking_prefix/--no_add_non_thinking_prefix",
            panel=TEMPLATE,
            help="Whether answers without thinking begin as the template has them begin.",
        ),
    ] = True
    reasoning_effort: Annotated[
        str | None,
        option(
            "--reasoning_effort",
            metavar="WORD",
            panel=TEMPLATE,
            help="How much the model thinks, for templates that say so: 'high', or a number.",
        ),
    ] = None
    thinking_mode: Annotated[
        str | None,
        option(
            "--thinking_mode",
            metavar="WORD",
            panel=TEMPLATE,
            help="The same for templates with modes: enabled, disabled or adaptive.",
        ),
    ] = None
    thinking_budget: Annotated[
        int | None,
        option(
            "--thinking_budget",
            metavar="N",
            panel=TEMPLATE,
            help="The tokens that thinking may take, for templates with a budget.",
        ),
    ] = None
    seed_use_thinking: Annotated[
        bool | None,
        option(
            "--seed_use_thinking/--no_seed_use_thinking",
            panel=TEMPLATE,
            help="Whether such a template writes its budget and tags thinking.",
        ),
    ] = None
    seed_use_budget_interval: Annotated[
        bool | None,
        option(
            "--seed_use_budget_interval/--no_seed_use_budget_interval",
            panel=TEMPLATE,
            help="Whether it writes remarks on the budget into thinking.",
        ),
    ] = None
    response_prefix: Annotated[
        str | None,
        option("--response_prefix", metavar="TEXT", panel=TEMPLATE, help="What an open last turn ends with."),
    ] = None
    agent_template: Annotated[
        str | None,
        option(
            "--agent_template",
            metavar="NAME",
            panel=TEMPLATE,
            help="The format in which tools are written. Default: the template's own.",
        ),
    ] = None
    padding_side: Annotated[
        str,
        option(
            "--padding_side",
            metavar="right|left",
            panel=TEMPLATE,
            help="Where a collated batch is padded; rows are not.",
        ),
    ] = "right"
    padding_free: Annotated[
        bool,
        option(
            "--padding_free/--no_padding_free",
            panel=TEMPLATE,
            help="Whether a collated batch is one flat row; rows are as they are.",
        ),
    ] = False
    current_date: Annotated[
        str | None,
        option(
            "--current_date",
            metavar="YYYY-MM-DD",
            panel=TEMPLATE,
            help="The date that templates with a date write.",
        ),
    ] = None
    strict: Annotated[
        bool,
        option(
            "--strict/--no_strict",
            panel=TEMPLATE,
            help="Treat warnings that the template, the tokenizer and the model do not match as errors.",
        ),
    ] = False

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments for `get_template`, but for the model's and the tokenizer."""
        given = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: value for name, value in given.items() if name not in _OWN}

    def make(self, template_type: str | None = None) -> Template:
        """Return the template of that name, or the one that is asked for, with these options.

        Says on standard error which tokenizer and which template it is, if they were not named. Ctrl-C ends the process
        while the tokenizer loads.
        """
        name = template_type or self.template_type
        with stoppable():
            check_model_type(self.model_type)  # before the tokenizer loads
            if name is not None:
                check_template_name(name)
            elif self.tokenizer is None and self.model is None and self.model_type is None:
                raise Usage(_NO_TEMPLATE)
            # To look at a template, any tokenizer will do.
            given = self.processor(falls_back=template_type is not None)
            from ..template.get import fetched, get_template
        source, processor = fetched(given, **self.hub())  # Ctrl-C leaves a download in good order
        with (
            stoppable(),
            patience(),
            mismatches(is_strict=self.strict, are_expected=not (self.tokenizer or self.model)),
        ):
            if name is None:
                name = self._matched(source)
            return get_template(processor, template_type=name, model_type=self.model_type, **self.arguments())

    def _matched(self, processor: str) -> str:
        from ..model.source import source_of
        from ..template.get import match_folder

        source = source_of(processor)
        if source is None and self.model_type is None:
            raise Usage(_NO_TEMPLATE)
        found = match_folder(source or processor, self.model_type)
        note(f"template: {found.template_type!r}, as {found.why}; --template chooses another")
        return found.template_type

    def processor(self, *, falls_back: bool = False) -> str:
        """Return what to load the tokenizer from; with `falls_back` a packaged one, if none is named.

        Raises:
            Usage: Neither --tokenizer nor --model is given, or both are.
        """
        if self.model is not None and self.tokenizer is not None:
            raise Usage("--model brings its own tokenizer; give --model or --tokenizer, not both")
        given = self.tokenizer or self.model
        if given is not None:
            return given
        if not falls_back:
            raise Usage(_NO_TOKENIZER)
        from ..tokenizer.packaged import DEFAULT, PACKAGED

        note(f"tokenizer: {DEFAULT!r}, from the package {PACKAGED[DEFAULT][0]}; --tokenizer or --model choose another")
        return DEFAULT


def expand(options: type[Any]) -> Callable[[Callable[..., Made]], Callable[..., Made]]:
    """Spreads a command's parameter `options` over the fields of a dataclass, one option each."""
    hints = get_type_hints(options, include_extras=True)
    fields = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in dataclasses.fields(options)
    ]

    def decorate(command: Callable[..., Made]) -> Callable[..., Made]:
        signature = inspect.signature(command, eval_str=True)
        own = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for name, parameter in signature.parameters.items()
            if name != "options"
        ]

        @functools.wraps(command)
        def call(**arguments: Any) -> Made:
            spread = {field.name: arguments.pop(field.name) for field in fields}
            return command(**arguments, options=options(**spread))

        parameters = [*own, *fields]
        call.__dict__["__signature__"] = inspect.Signature(parameters)
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return call

    return decorate


class Command(TyperCommand):
    """A command whose switches may be given a value: `--use_chat_template false`.

    Every such command takes `--custom_register_path a.py b.py`, and reads these files before anything else.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses `args`, after reading what registers, and writing out what stands for something else."""
        switches: dict[str, tuple[str, str | None]] = {}
        valued: set[str] = set()
        for parameter in self.params:
            names = [*parameter.opts, *parameter.secondary_opts]
            if getattr(parameter, "is_flag", False):
                off = parameter.secondary_opts[0] if parameter.secondary_opts else None
                switches.update({name: (name, off) for name in parameter.opts if name.startswith("--")})
            elif names[0].startswith("-"):
                valued.update(names)
        with reported():
            args, files = register_paths(args, valued)
            if files and not {"--help", "-h"} & set(args):
                from ..plugins import import_external_file

                for file in files:
                    import_external_file(file)
        return super().parse_args(ctx, spell_out(args, switches, valued))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Writes the options under the headings of their panels."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.params:
            record = parameter.get_help_record(ctx)
            if record is not None:
                default = "Arguments" if parameter.param_type_name == "argument" else "Other options"
                panel = getattr(parameter, "rich_help_panel", None) or default
                panels.setdefault(panel, []).append(record)
        if (own := self.get_help_option(ctx)) is not None and (record := own.get_help_record(ctx)) is not None:
            panels.setdefault("Other options", []).append(record)
        panels.setdefault("Other options", []).append(
            (f"{', '.join(_REGISTER)} FILE.py...", "Python files that register templates and models; read first.")
        )
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records)


def register_paths(args: Iterable[str], valued: set[str]) -> tuple[list[str], list[str]]:
    """`args` without the files that register something, and these files.

    The option takes every `.py` behind it, and may be repeated.

    >>> register_paths(["in.jsonl", "--custom_register_path", "a.py", "b.py", "--limit", "3"], {"--limit"})
    (['in.jsonl', '--limit', '3'], ['a.py', 'b.py'])

    Raises:
        Usage: The option has no file, or a `.py` stands among the inputs.
    """
    left = list(args)[::-1]
    out: list[str] = []
    files: list[str] = []
    while left:
        argument = left.pop()
        name, equals, value = argument.partition("=")
        name = f"--{underscored(name[2:])}" if name.startswith("--") else name
        if name in _REGISTER:
            if not equals and (not left or left[-1].startswith("-")):
                raise Usage(f"{name}: needs a Python file; give {name} FILE.py")
            files.append(value if equals else left.pop())
            while left and left[-1].endswith(".py") and not left[-1].startswith("-"):
                files.append(left.pop())
            continue
        if argument.endswith(".py") and not argument.startswith("-"):
            raise Usage(
                f"{argument} is Python, and no input; to have it register something, give {_REGISTER[0]} {argument}"
            )
        out.append(argument)
        if name in valued and not equals and left:
            out.append(left.pop())
    return out, files


def underscored(name: str) -> str:
    """The one spelling of an option's name, without its dashes in front.

    >>> underscored("max-length")
    'max_length'
    """
    return name.replace("-", "_")


def spell_out(args: Iterable[str], switches: dict[str, tuple[str, str | None]], valued: set[str]) -> list[str]:
    """`args` with each switch's value written as one of its two names.

    `switches` has the names for on and off behind each name, and `valued` the options whose value comes next.

    >>> switches = {"--use_it": ("--use_it", "--no_use_it")}
    >>> spell_out(["--use-it", "false", "--text", "--use_it", "--use_it=true"], switches, {"--text"})
    ['--no_use_it', '--text', '--use_it', '--use_it']
    """
    left = list(args)[::-1]
    out: list[str] = []
    while left:
        argument = left.pop()
        if argument == "--":
            return [*out, argument, *left[::-1]]
        if not argument.startswith("-"):
            out.append(argument)
            continue
        name, equals, value = argument.partition("=")
        name = f"--{underscored(name[2:])}" if name.startswith("--") else name
        if name in valued and not equals and left:
            out += [argument, left.pop()]
        elif name in switches:
            if not equals and left and left[-1].lower() in _WORDS:
                equals, value = "=", left.pop()
            out += _switch(argument, value if equals else "true", *switches[name])
        else:
            out.append(argument)
    return out


def _switch(argument: str, value: str, on: str, off: str | None) -> list[str]:
    if value.lower() not in _WORDS:
        return [argument]  # typer refuses it
    asked = _WORDS[value.lower()]
    if asked is None:
        return []
    if asked:
        return [on]
    return [] if off is None else [off]


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """What `--columns query=q,response=a` says, as a dict.

    >>> pairs(["query=q,response=a", "system=s"], "--columns")
    {'query': 'q', 'response': 'a', 'system': 's'}
    """
    found: dict[str, str] = {}
    for part in names(given):
        field, equals, column = part.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise Usage(f"{option}: {part!r} is no pair; give FIELD=COLUMN, such as query=question")
        found[field.strip()] = column.strip()
    return found


def names(given: Iterable[str]) -> list[str]:
    """The names in options that may be repeated, and may hold several, with commas between.

    >>> names(["a,b", "c"])
    ['a', 'b', 'c']
    """
    return [name.strip() for part in given for name in part.split(",") if name.strip()]
