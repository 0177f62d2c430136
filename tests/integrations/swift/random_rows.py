"""Compare swiftcore with ms-swift on random rows.

Run it as `python tests/integrations/swift/random_rows.py --rows 20000 --seed 1`.

Each row has a kind (chat, thinking, tools, forms, loss, truncation, preference, collator), a template and options, all
drawn from the seed. `forms` are messages and tools in less common forms, `collator` collates several rows. A row that
both encode alike, or that both refuse, counts as equal. Every other outcome is printed with what is needed to run it
again. Exits with 1 if a difference is found that `EXPECTED` does not explain.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import json
import logging
import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import swiftcore
from swift_support import plain, processor, template

WORDS = (
    "Hello",
    "the answer is 42",
    "  leading",
    "trailing  ",
    "\n\nlines\n",
    "",
    " ",
    "你好，世界",
    "é̀",
    "emoji 🎉👩‍👩‍👧",
    "<b>x</b>",
    "{ {",
    "}}",
    "<|im_end|>",
    "</s>",
    "<think>",
    "</think>",
    "a\tb\r\nc",
    "x" * 40,
    "1234567890",
    "def f(x):\n    return x",
    '{"a": 1}',
    "<image>",
    "\u200b",
    "\x00",
    "ß",
    "\x1c",
    "Observation:",
    "Action: f",
    "<|eot_id|>",
    "[INST]",
    "None",
    "null",
)
KINDS = ("chat", "thinking", "tools", "forms", "loss", "truncation", "preference", "collator")
IDS: tuple[Any, ...] = (1, 2, 0, -1, 1.0, 2.5, True, "", "1", "call_1", None, 10**20)
LOSS_SCALES = (
    "default",
    "last_round",
    "all",
    "default+ignore_empty_think",
    "last_round+ignore_empty_think",
    "react",
    "hermes",
    "qwen",
    "agentflan",
    "alpha_umi",
    "default+ignore_think_prefix",
)
TOKENIZERS = ("qwen3", "llama3_1", "deepseek_v4", "llama2")
SCHEMAS: tuple[dict[str, Any], ...] = (
    {"type": "object", "properties": {}},
    {"type": "object", "properties": {"city": {"type": "string", "description": "City name."}}, "required": ["city"]},
    {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "default": None},
            "tags": {"type": "array", "items": {"type": "string"}},
            "mode": {"enum": ["a", "b"], "type": "string"},
        },
    },
)


class Draw:
    """Random rows and options."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self, most: int = 3) -> str:
        if self.random.random() < 0.003:
            return self.random.choice(("{{QUERY}}", "{{ROUND0}}"))
        return "".join(self.random.choice(WORDS) for _ in range(self.random.randint(0, most)))

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def chat(self, rounds: int | None = None) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        if self.chance(0.4):
            messages.append({"role": "system", "content": self.text()})
        for _ in range(rounds or self.random.randint(1, 4)):
            messages.append({"role": "user", "content": self.text()})
            if self.chance(0.05):
                messages.append({"role": "user", "content": self.text()})
            messages.append({"role": "assistant", "content": self.text()})
            if self.chance(0.05):
                messages.append({"role": "assistant", "content": self.text()})
        if self.chance(0.15):
            messages[-1]["content"] = None
        elif self.chance(0.1):
            messages.pop()
        if self.chance(0.03):
            self.random.shuffle(messages)
        return messages

    def thinking(self) -> list[dict[str, Any]]:
        messages = self.chat()
        for message in messages:
            if message["role"] == "assistant" and message["content"] is not None and self.chance(0.6):
                gap = self.random.choice(("\n", "\n\n", "", " "))
                message["content"] = f"<think>{gap}{self.text()}{gap}</think>{gap}{message['content']}"
        return messages

    def value(self, depth: int = 2) -> Any:
        choices: list[Callable[[], Any]] = [
            self.text,
            lambda: self.random.randint(-(10**20), 10**20),
            lambda: self.random.choice((True, False, None)),
            lambda: self.random.choice((0.5, 1e21, -0.0, 1.0)),
        ]
        if depth:
            choices += [
                lambda: [self.value(depth - 1) for _ in range(self.random.randint(0, 2))],
                lambda: {self.text(1) or "k": self.value(depth - 1) for _ in range(self.random.randint(0, 2))},
            ]
        return self.random.choice(choices)()

    def call(self) -> dict[str, Any]:
        return {
            "name": self.random.choice(("f", "get_weather", "a.b")),
            "arguments": {f"k{i}": self.value() for i in range(self.random.randint(0, 3))},
        }

    def tools(self) -> tuple[list[dict[str, Any]], list[Any]]:
        messages: list[dict[str, Any]] = [{"role": "user", "content": self.text()}]
        for _ in range(self.random.randint(1, 3)):
            calls = [self.call() for _ in range(self.random.randint(1, 2))]
            if self.chance(0.5):
                ids = [f"call_{i}" for i in range(len(calls))]
                form = [
                    {
                        "id": name,
                        "type": "function",
                        "function": {
                            **call,
                            "arguments": json.dumps(call["arguments"]) if self.chance(0.5) else call["arguments"],
                        },
                    }
                    for name, call in zip(ids, calls, strict=True)
                ]
                messages.append({"role": "assistant", "content": self.text(1), "tool_calls": form})
                order = list(range(len(calls)))
                self.random.shuffle(order)
                messages += [{"role": "tool", "tool_call_id": ids[i], "content": self.text()} for i in order]
            else:
                if self.chance(0.4):
                    messages.append({"role": "assistant", "content": self.text()})
                messages += [
                    {"role": "tool_call", "content": json.dumps(call, ensure_ascii=self.chance(0.5))} for call in calls
                ]
                messages += [
                    {"role": "tool", "content": self.text() if self.chance(0.7) else json.dumps(self.value())}
                    for _ in calls
                ]
            messages.append({"role": "assistant", "content": self.text()})
            if self.chance(0.5):
                messages.append({"role": "user", "content": self.text()})
        tools = [
            {
                "type": "function",
                "function": {
                    "name": call["name"],
                    "description": self.text(1),
                    "parameters": self.random.choice(SCHEMAS),
                },
            }
            for call in [self.call() for _ in range(self.random.randint(0, 2))]
        ]
        return messages, tools

    def form(self, tool: Any) -> Any:
        """A tool in one of the forms that both read alike."""
        tool = self.random.choice((tool, tool["function"]))
        return self.random.choice((tool, tool, json.dumps(tool), json.dumps(tool, ensure_ascii=False), repr(tool)))

    def forms(self) -> dict[str, Any]:
        messages, tools = self.tools()
        for message in messages:
            for call in message.get("tool_calls") or ():
                call["id"] = self.random.choice(IDS)
                if self.chance(0.2):
                    call.update(call.pop("function"))
            if message["role"] == "tool":
                if self.chance(0.2):
                    message["role"] = "tool_response"
                if self.chance(0.4):
                    message["tool_call_id"] = self.random.choice(IDS)
                if self.chance(0.2):
                    message["name"] = self.random.choice(("f", "", None))
                if self.chance(0.3):
                    message["content"] = self.random.choice((self.value(), {"temp": self.value()}, None, 1.5, [1, "a"]))
            if message["role"] == "tool_call" and self.chance(0.3):
                call = self.call()
                key = self.random.choice(("arguments", "parameters"))
                arguments = call["arguments"]
                written = self.random.choice((arguments, json.dumps(arguments), repr(arguments)))
                made = {"name": call["name"], key: written}
                message["content"] = self.random.choice((made, json.dumps(made), repr(made)))
            if message["role"] in ("tool_call", "assistant") and self.chance(0.4):
                message["loss"] = self.random.choice((True, False, None))
            if message["role"] in ("tool_call", "assistant") and self.chance(0.2):
                message["loss_scale"] = self.random.choice((0.0, 2.0, None))
            if message["role"] == "user" and self.chance(0.3):
                message["content"] = [{"type": "text", "text": self.text()} for _ in range(self.random.randint(1, 2))]
        given: Any = [self.form(tool) for tool in tools]
        if self.chance(0.3):
            given = self.random.choice((json.dumps, repr))(tools)
        return {"messages": messages, "tools": self.random.choice((given, given, given, None, "", [], {}))}

    def row(self, kind: str) -> dict[str, Any]:
        row: dict[str, Any] = {}
        if kind == "forms":
            row.update(self.forms())
        elif kind == "tools":
            row["messages"], row["tools"] = self.tools()
            if self.chance(0.3):
                row["tools"] = json.dumps(row["tools"])
        elif kind == "thinking":
            row["messages"] = self.thinking()
            if self.chance(0.4):
                row["chat_template_kwargs"] = {
                    name: self.chance(0.5) for name in ("enable_thinking", "preserve_thinking") if self.chance(0.6)
                }
        else:
            row["messages"] = self.thinking() if self.chance(0.2) else self.chat()
        if kind == "loss":
            for message in row["messages"]:
                if self.chance(0.3):
                    message["loss"] = self.random.choice((True, False, None))
                if self.chance(0.15):
                    message["loss_scale"] = self.random.choice((0.0, 0.5, 1.0, 2.0))
        if kind in ("preference", "collator"):
            if kind == "collator" or self.chance(0.7):
                row["rejected_response"] = self.text() or "No."
            elif self.chance(0.7):
                row["rejected_messages"] = self.chat()
            if self.chance(0.3):
                row["margin"] = self.random.choice((0, 0.5, 2))
            row["label"] = self.chance(0.5)
        if self.chance(0.05):
            row["add_eos"] = self.random.choice((True, False, "auto"))
        return row

    def options(self, kind: str) -> tuple[str, dict[str, Any]]:
        mode = "train" if self.chance(0.7) else "transformers"
        if kind == "preference":
            mode = self.random.choice(("rlhf", "kto"))
        options: dict[str, Any] = {}
        if kind == "loss" or self.chance(0.2):
            options["loss_scale"] = self.random.choice(LOSS_SCALES)
            if self.chance(0.3):
                options["is_binary_loss_scale"] = self.chance(0.5)
        if kind == "truncation":
            options["max_length"] = self.random.choice((1, 2, 5, 12, 30, 80))
            options["truncation_strategy"] = self.random.choice(("raise", "left", "right", "split"))
        if kind == "thinking":
            for name in ("enable_thinking", "preserve_thinking"):
                if self.chance(0.3):
                    options[name] = self.chance(0.5)
            if self.chance(0.3):
                options["add_non_thinking_prefix"] = self.chance(0.5)
        if self.chance(0.1):
            options["default_system"] = self.text()
        if self.chance(0.05):
            options["response_prefix"] = self.random.choice(("Sure: ", "<think>\n", ""))
        if self.chance(0.05):
            options["use_chat_template"] = False
        if kind == "collator":
            mode = self.random.choice(("train", "train", "transformers", "rlhf", "kto"))
            options = {name: value for name, value in options.items() if name in ("loss_scale", "is_binary_loss_scale")}
            if self.chance(0.3):
                options["padding_side"] = self.random.choice(("left", "right"))
            if mode == "train" and self.chance(0.2):
                options["padding_free"] = True
        if kind in ("tools", "forms") and self.chance(0.8):
            options["agent_template"] = self.random.choice(sorted(agent_formats()))
        return mode, options


def agent_formats() -> list[str]:
    from swift.agent_template import agent_template_map

    return [name for name in agent_template_map if name in swiftcore.agent_template_names()]


def text_templates() -> list[str]:
    """Registered text templates of both sides."""
    from swift.template import TEMPLATE_MAPPING

    return sorted(
        name
        for name, meta in TEMPLATE_MAPPING.items()
        if name in swiftcore.TEMPLATE_MAPPING and not getattr(swiftcore.get_template_meta(name), "is_multimodal", False)
    )


ENCODED = ("input_ids", "labels", "loss_scale", "margin", "label")


def essence(result: Any) -> Any:
    """The parts of a result that must agree."""
    if isinstance(result, list):
        return [essence(one) for one in result]
    keep = {}
    for name, value in result.items():
        if name.endswith(ENCODED) and value is not None:
            keep[name] = plain(value)
    return keep


@dataclass
class Case:
    """What was compared, and what came of it on both sides."""

    kind: str
    template: str
    tokenizer: str
    mode: str
    options: dict[str, Any]
    row: Any
    result: str = ""
    wanted: Any = None
    got: Any = None


def is_cut(case: Case) -> bool:
    """Whether the template leaves out messages of the row, so that ms-swift does not look at them."""
    one_round = swiftcore.get_template_meta(case.template).chat_sep is None
    return one_round or case.options.get("use_chat_template") is False or "reranker" in case.template


def says(case: Case, *texts: str) -> bool:
    """Whether our error has one of these texts."""
    return any(text in str(case.got[1]) for text in texts)


# Differences on purpose: the code of COMPATIBILITY.md, the outcome (or none for any), and the cases that show it.
EXPECTED: tuple[tuple[str, str | None, Callable[[Case], bool]], ...] = (
    ("C07", None, lambda case: case.template == "dummy" and case.mode == "transformers"),
    ("C20", "ms-swift refuses", lambda case: "'NoneType' is not iterable" in case.wanted[1]),
    (
        "R01",
        "differs",
        lambda case: "detailed thinking" in str(case.wanted[1]) or case.options.get("enable_thinking") is False,
    ),
    (
        "T04",
        "ms-swift refuses",
        lambda case: "agent_template" in case.wanted[1] and is_cut(case),
    ),
    (
        "P02",
        "ms-swift refuses",
        lambda case: case.mode not in ("rlhf", "kto") and "rejected_response: " in case.wanted[1],
    ),
    ("R03", "ms-swift refuses", lambda case: case.template == "seed_oss" and "not enough values" in case.wanted[1]),
    ("T08", "ms-swift refuses", lambda case: "gpt" in case.template and "agent_template" in case.wanted[1]),
    ("C12", "swiftcore refuses", lambda case: says(case, "this tokenizer has none")),
    ("C01", "differs", lambda case: "{{" in json.dumps([case.row, case.options])),
    (
        "C05",
        "swiftcore refuses",
        lambda case: is_cut(case) and says(case, "field 'role'", "is null; give a string"),
    ),
)


def explained(case: Case) -> str | None:
    """The code of the deliberate difference that explains an outcome."""
    for code, expected, applies in EXPECTED:
        if expected in (None, case.result) and applies(case):
            return code
    return None


class Comparison:
    def __init__(self) -> None:
        self.made: dict[str, Any] = {}

    def pair(self, template_type: str, tokenizer: str, mode: str, options: dict[str, Any]) -> tuple[Any, Any]:
        key = json.dumps([template_type, tokenizer, mode, options], sort_keys=True)
        if key not in self.made:
            if len(self.made) > 64:
                self.made.clear()
            self.made[key] = (
                outcome_of(lambda: template(template_type, tokenizer, mode, **options)),
                outcome_of(
                    lambda: swiftcore.get_template(
                        processor(tokenizer), template_type=template_type, mode=mode, **options
                    )
                ),
            )
        return self.made[key]

    def compare(self, case: Case) -> None:
        theirs, ours = self.pair(case.template, case.tokenizer, case.mode, case.options)
        if theirs[0] != "gives" or ours[0] != "gives":
            case.wanted, case.got = theirs, ours
            if theirs[0] == ours[0] == "gives":
                case.result = "equal"
                return
        else:
            made = collated if case.kind == "collator" else encoded
            case.wanted = outcome_of(lambda: made(theirs[1], copy.deepcopy(case.row)))
            case.got = outcome_of(lambda: made(ours[1], copy.deepcopy(case.row)))
        refused = (case.wanted[0] != "gives", case.got[0] != "gives")
        if refused == (False, False):
            case.result = "equal" if case.wanted[1] == case.got[1] else "differs"
        elif refused == (True, True):
            case.result = "both refuse"
        else:
            case.result = "ms-swift refuses" if refused[0] else "swiftcore refuses"


def encoded(made: Any, row: dict[str, Any]) -> Any:
    return essence(made.encode(row))


def collated(made: Any, rows: list[dict[str, Any]]) -> Any:
    """The batch that the collator makes of rows, as lists."""
    batch = made.data_collator([made.encode(row, return_length=True) for row in rows])
    return {name: value.tolist() if hasattr(value, "tolist") else plain(value) for name, value in batch.items()}


def outcome_of(call: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "gives", call()
    except Exception as error:
        return f"raises {type(error).__name__}", str(error)


def cases(rows: int, seed: int, kinds: Sequence[str]) -> Iterator[Case]:
    """Random rows, compared."""
    draw, comparison = Draw(seed), Comparison()
    names = text_templates()
    for number in range(rows):
        if number % 8 == 0:
            kind = draw.random.choice(kinds)
            name, tokenizer = draw.random.choice(names), draw.random.choice(TOKENIZERS)
            mode, options = draw.options(kind)
        row = [draw.row(kind) for _ in range(draw.random.randint(1, 3))] if kind == "collator" else draw.row(kind)
        case = Case(kind, name, tokenizer, mode, options, row)
        with contextlib.redirect_stdout(io.StringIO()):
            comparison.compare(case)
        yield case


def described(case: Case) -> str:
    """What is needed to run a case again, and what both sides made of it."""
    known = ("kind", "result", "template", "tokenizer", "mode", "options", "row")
    lines = [json.dumps({name: getattr(case, name) for name in known}, ensure_ascii=False)]
    for side, one in (("  ms-swift ", case.wanted), ("  swiftcore", case.got)):
        said = one[1]
        if one[0] == "gives" and isinstance(said, dict) and "input_ids" in said and case.kind != "collator":
            said = {"text": processor(case.tokenizer).decode(said["input_ids"]), **said}
        lines.append(f"{side} {one[0]} {str(said)[:600]}")
    return "\n".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--kinds", nargs="*", default=list(KINDS))
    arguments.add_argument("--show", type=int, default=3, help="differences to print for each kind and outcome")
    given = arguments.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    counts: Counter[tuple[str, str]] = Counter()
    shown: Counter[tuple[str, str]] = Counter()
    for case in cases(given.rows, given.seed, given.kinds):
        code = explained(case) if case.result not in ("equal", "both refuse") else None
        counts[case.kind, f"{case.result} ({code})" if code else case.result] += 1
        if code is None and case.result not in ("equal", "both refuse"):
            shown[case.kind, case.result] += 1
            if shown[case.kind, case.result] <= given.show:
                print(described(case))
    for (kind, result), count in sorted(counts.items()):
        print(f"{kind:12} {result:24} {count}")
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main())
