"""Compare swiftcore with ms-swift on random rows.

Run it as `python tests/integrations/swift/random_rows.py --rows 20000 --seed 1`.

Each row has a kind (chat, thinking, tools, loss, truncation, preference), a template and options, all drawn from the
seed. A row that both encode alike, or that both refuse, counts as equal. Every other outcome is printed with what is
needed to run it again. Exits with 1 if a difference is found that `EXPECTED` does not explain.
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
from collections.abc import Callable
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
KINDS = ("chat", "thinking", "tools", "loss", "truncation", "preference")
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

    def row(self, kind: str) -> dict[str, Any]:
        row: dict[str, Any] = {}
        if kind == "tools":
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
        if kind == "preference":
            if self.chance(0.7):
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
        if kind == "tools" and self.chance(0.8):
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


def has_placeholder(row: dict[str, Any], options: dict[str, Any]) -> bool:
    """Whether text of the row looks like a placeholder of a template (COMPATIBILITY.md C01)."""
    return "{{" in json.dumps([row, options])


# Differences on purpose: the code of COMPATIBILITY.md, the outcome, and the rows that show it.
EXPECTED: tuple[
    tuple[str, str, Callable[[dict[str, Any], dict[str, Any], tuple[str, Any], tuple[str, Any]], bool]], ...
] = (
    ("C07", "ms-swift refuses", lambda row, options, wanted, got: "tokenizer.chat_template is not set" in wanted[1]),
    ("C20", "ms-swift refuses", lambda row, options, wanted, got: "'NoneType' is not iterable" in wanted[1]),
    (
        "R01",
        "differs",
        lambda row, options, wanted, got: (
            "detailed thinking" in str(wanted[1]) or options.get("enable_thinking") is False
        ),
    ),
    ("C12", "swiftcore refuses", lambda row, options, wanted, got: "this tokenizer has none" in got[1]),
    ("C01", "differs", lambda row, options, wanted, got: has_placeholder(row, options)),
)


def explained(result: str, row: dict[str, Any], options: dict[str, Any], wanted: Any, got: Any) -> str | None:
    """The code of the deliberate difference that explains an outcome."""
    for code, expected, applies in EXPECTED:
        if expected == result and applies(row, options, wanted, got):
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

    def compare(
        self, template_type: str, tokenizer: str, mode: str, options: dict[str, Any], row: dict[str, Any]
    ) -> tuple[str, Any, Any]:
        theirs, ours = self.pair(template_type, tokenizer, mode, options)
        if theirs[0] != "gives" or ours[0] != "gives":
            wanted, got = theirs, ours
            if theirs[0] == ours[0] == "gives":
                return "equal", None, None
        else:
            wanted = outcome_of(lambda: essence(theirs[1].encode(copy.deepcopy(row))))
            got = outcome_of(lambda: essence(ours[1].encode(copy.deepcopy(row))))
        if wanted[0] == got[0] == "gives":
            return ("equal" if wanted[1] == got[1] else "differs"), wanted, got
        if wanted[0] != "gives" and got[0] != "gives":
            return "both refuse", wanted, got
        return ("ms-swift refuses" if got[0] == "gives" else "swiftcore refuses"), wanted, got


def outcome_of(call: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "gives", call()
    except Exception as error:
        return f"raises {type(error).__name__}", str(error)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--kinds", nargs="*", default=list(KINDS))
    arguments.add_argument(
        "--show", type=int, default=3, help="differences to print for each template and kind of outcome"
    )
    given = arguments.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    draw, comparison = Draw(given.seed), Comparison()
    names = text_templates()
    counts: Counter[tuple[str, str]] = Counter()
    shown: Counter[tuple[str, str]] = Counter()
    for number in range(given.rows):
        if number % 8 == 0:
            kind = draw.random.choice(given.kinds)
            name, tokenizer = draw.random.choice(names), draw.random.choice(TOKENIZERS)
            mode, options = draw.options(kind)
        row = draw.row(kind)
        with contextlib.redirect_stdout(io.StringIO()):
            result, wanted, got = comparison.compare(name, tokenizer, mode, options, row)
        code = explained(result, row, options, wanted, got)
        result = f"{result} ({code})" if code else result
        counts[kind, result] += 1
        if code is None and result not in ("equal", "both refuse"):
            shown[kind, result] += 1
            if shown[kind, result] <= given.show:
                case = {
                    "kind": kind,
                    "result": result,
                    "template": name,
                    "tokenizer": tokenizer,
                    "mode": mode,
                    "options": options,
                    "row": row,
                }
                print(json.dumps(case, ensure_ascii=False))
                tk = processor(tokenizer)
                for side, one in (("  ms-swift ", wanted), ("  swiftcore", got)):
                    said = one[1]
                    if one[0] == "gives" and isinstance(said, dict) and "input_ids" in said:
                        said = {"text": tk.decode(said["input_ids"]), **said}
                    print(side, one[0], str(said)[:600])
    for (kind, result), count in sorted(counts.items()):
        print(f"{kind:12} {result:18} {count}")
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main())
