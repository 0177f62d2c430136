"""Random conversations of gpt-oss, each as a row of swiftcore and as a conversation of `openai_harmony`."""

from __future__ import annotations

import base64
import json
import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai_harmony as oh

DATE = "2026-11-22"
EFFORTS = ("low", "medium", "high")
TEXTS = (
    "Hello",
    "What is 2 + 2?",
    "  spaces around  ",
    "two\nlines\n",
    "\n\nlate",
    "Zürich, 東京 👩‍👩‍👧 é",
    '{"a": [1, 2]}',
    'tab\tand "quotes" and \\',
    "ends with a colon:",
    "to=functions.f json",
    "x" * 30,
    "1234567890",
    "a",
)
NAMES = ("f", "get_weather", "add2", "lookUp", "read-file")
KEYS = ("city", "n", "tags", "deep", "on", "größe", "a_b")
KINDS = ("string", "number", "integer", "boolean", "array", "object", "null", "date")


def write_vocabulary(tokenizer: Path, folder: Path) -> None:
    """Write `o200k_base.tiktoken`, which `openai_harmony` would download, from the vocabulary of a tokenizer."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in visible]
    bytes_of = {chr(byte): byte for byte in visible} | {chr(256 + i): byte for i, byte in enumerate(others)}
    vocabulary = json.loads((tokenizer / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    lines = []
    for token, rank in sorted(vocabulary.items(), key=lambda item: item[1]):
        raw = bytes(bytes_of[character] for character in token)
        lines.append(f"{base64.b64encode(raw).decode()} {rank}\n")
    (folder / "o200k_base.tiktoken").write_text("".join(lines), encoding="ascii")


def load_encoding(folder: Path) -> oh.HarmonyEncoding:
    """Load the encoding of gpt-oss with the vocabulary in `folder`, so that nothing is downloaded."""
    os.environ["TIKTOKEN_ENCODINGS_BASE"] = str(folder)
    return oh.load_harmony_encoding(oh.HarmonyEncodingName.HARMONY_GPT_OSS)


@dataclass
class Case:
    """A row, and the same as messages."""

    row: dict[str, Any] = field(default_factory=dict)
    messages: list[oh.Message] = field(default_factory=list)
    #: Whether the row ends with a turn that is still to be answered.
    is_open: bool = False

    def ids(self, encoding: oh.HarmonyEncoding, *, drops_analysis: bool) -> list[int]:
        """The token ids that `openai_harmony` makes."""
        conversation = oh.Conversation.from_messages(self.messages)
        config = oh.RenderConversationConfig(auto_drop_analysis=drops_analysis)
        if self.is_open:
            return encoding.render_conversation_for_completion(conversation, oh.Role.ASSISTANT, config)
        return encoding.render_conversation_for_training(conversation, config)


class Draw:
    """Random conversations."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def text(self) -> str:
        return "".join(self.random.choice(TEXTS) for _ in range(self.random.randint(1, 2)))

    def value(self, depth: int = 2) -> Any:
        """Any value that JSON can say."""
        kind = self.random.randrange(8 if depth else 6)
        match kind:
            case 0 | 1:
                return self.text()
            case 2:
                return self.random.choice((0, -1, 20, 2**53 + 1, -(2**63), 2**64 - 1))
            case 3:
                return self.random.choice((0.5, -0.0, 1e21, 1e16, 1e15, 123456789.25, 1e-7, 1.5e-5))
            case 4 | 5:
                return self.random.choice((True, False, None))
            case 6:
                return [self.value(depth - 1) for _ in range(self.random.randint(0, 3))]
            case _:
                return {self.random.choice(KEYS): self.value(depth - 1) for _ in range(self.random.randint(0, 3))}

    def schema(self, depth: int = 3) -> Any:
        """A JSON schema, valid or nearly so."""
        if self.chance(0.03):
            return self.random.choice((True, {}, {"description": "anything"}))
        schema: dict[str, Any] = {}
        if depth and self.chance(0.15):
            schema["oneOf"] = [self.schema(depth - 1) for _ in range(self.random.randint(0, 3))]
        else:
            kind: Any = self.random.choice(KINDS[:6] if depth else KINDS[:4])
            if self.chance(0.1):
                kind = self.random.choice((["integer", "string"], ["object", "null"], [], "null", "date"))
            if not self.chance(0.05):
                schema["type"] = kind
        for name, chance in (("title", 0.1), ("description", 0.5)):
            if self.chance(chance):
                schema[name] = self.text()
        if self.chance(0.15):
            schema["examples"] = [self.value(1) for _ in range(self.random.randint(0, 2))]
        if self.chance(0.3):
            schema["enum"] = [self.value(0) for _ in range(self.random.randint(0, 3))]
        if self.chance(0.3):
            schema["default"] = self.value()
        if self.chance(0.2):
            schema["nullable"] = self.chance(0.7)
        if self.chance(0.1):
            schema["minimum"] = 3
        if depth and schema.get("type") == "array" and self.chance(0.8):
            schema["items"] = self.schema(depth - 1)
        if depth and schema.get("type") == "object" and self.chance(0.9):
            keys = self.random.sample(KEYS, self.random.randint(0, 4))
            schema["properties"] = {key: self.schema(depth - 1) for key in keys}
            schema["required"] = [key for key in keys if self.chance(0.5)]
        return schema

    def tools(self) -> tuple[list[dict[str, Any]], list[oh.ToolDescription]]:
        ours, theirs = [], []
        for name in self.random.sample(NAMES, self.random.randint(0, 3)):
            tool: dict[str, Any] = {"name": name, "description": self.text() if self.chance(0.9) else ""}
            if self.chance(0.9):
                tool["parameters"] = self.schema()
                if not isinstance(tool["parameters"], dict):
                    tool["parameters"] = {}
            ours.append({"type": "function", "function": tool} if self.chance(0.7) else tool)
            theirs.append(oh.ToolDescription.new(**tool))
        return ours, theirs

    def case(self) -> Case:
        """A conversation with functions, built-in tools, or calls alone."""
        case = Case()
        declared, functions = self.tools()
        built_in = [name for name in ("browser", "python") if self.chance(0.2)]
        options = {}
        system = oh.SystemContent.new().with_conversation_start_date(DATE)
        if self.chance(0.5):
            options["reasoning_effort"] = self.random.choice(EFFORTS)
            system = system.with_reasoning_effort(oh.ReasoningEffort(options["reasoning_effort"].capitalize()))
        for name in built_in:
            system = system.with_browser_tool() if name == "browser" else system.with_python_tool()
        tools = list(declared)
        if built_in and self.chance(0.5):
            options["builtin_tools"] = built_in
        else:
            tools += [{"type": name} for name in built_in]
        case.row = {"messages": []} | ({"tools": tools} if tools else {})
        if options:
            case.row["chat_template_kwargs"] = options
        case.messages.append(oh.Message.from_role_and_content(oh.Role.SYSTEM, system))
        developer = oh.DeveloperContent.new()
        if self.chance(0.5):
            instructions = self.text() if self.chance(0.9) else ""
            case.row["messages"].append({"role": "system", "content": instructions})
            developer = developer.with_instructions(instructions)
        if functions:
            developer = developer.with_function_tools(functions)
        if functions or developer.instructions is not None:
            case.messages.append(oh.Message.from_role_and_content(oh.Role.DEVELOPER, developer))
        names = [tool.name for tool in functions] or ["undeclared"]
        names += ["python"] * ("python" in built_in) + ["browser.search", "browser.open"] * ("browser" in built_in)
        rounds = self.random.randint(1, 3)
        # Rows without tools are written as ms-swift writes them, which other tests look at.
        has_tools = bool(tools or built_in)
        for index in range(rounds):
            self.round(case, names, is_last=index + 1 == rounds, calls=1 if not has_tools and index == 0 else 0)
        return case

    def round(self, case: Case, names: list[str], *, is_last: bool, calls: int) -> None:
        """What a user asks and the assistant answers, calls of tools between them."""
        text = self.text()
        case.row["messages"].append({"role": "user", "content": text})
        case.messages.append(oh.Message.from_role_and_content(oh.Role.USER, text))
        for _ in range(max(calls, self.random.choice((0, 0, 1, 2)))):
            self.calls(case, names)
        if is_last and self.chance(0.4):
            case.is_open = True
            if self.chance(0.5):
                case.row["messages"].append({"role": "assistant", "content": None})
            return
        text = self.text()
        thinking = self.thinking(case)
        case.row["messages"].append({"role": "assistant", "content": thinking + text})
        case.messages.append(oh.Message.from_role_and_content(oh.Role.ASSISTANT, text).with_channel("final"))

    def thinking(self, case: Case) -> str:
        """What a message begins with, if it begins with thinking."""
        if self.chance(0.5):
            return ""
        text = self.text()
        case.messages.append(oh.Message.from_role_and_content(oh.Role.ASSISTANT, text).with_channel("analysis"))
        return f"<think>\n{text}\n</think>\n\n"

    def calls(self, case: Case, names: list[str]) -> None:
        """A run of calls and their answers."""
        content = self.thinking(case)
        if self.chance(0.3):
            text = self.text()
            content += text
            case.messages.append(oh.Message.from_role_and_content(oh.Role.ASSISTANT, text).with_channel("commentary"))
        called = []
        for name in [self.random.choice(names) for _ in range(self.random.choice((1, 1, 2, 3)))]:
            arguments: dict[str, Any] = {"code": self.text()} if name == "python" else {}
            if name != "python":
                arguments = {key: self.value() for key in self.random.sample(KEYS, self.random.randint(0, 3))}
            called.append((name, arguments))
            is_built_in = name == "python" or name.startswith("browser.")
            text = arguments["code"] if name == "python" else json.dumps(arguments, ensure_ascii=False)
            message = oh.Message.from_role_and_content(oh.Role.ASSISTANT, text)
            message = message.with_channel("analysis" if is_built_in else "commentary")
            message = message.with_recipient(name if is_built_in else f"functions.{name}")
            case.messages.append(message.with_content_type("code" if is_built_in else "<|constrain|>json"))
        answers = self.answers(case, called)
        self.write_calls(case, content, called, answers)

    def answers(self, case: Case, called: list[tuple[str, Any]]) -> list[str]:
        answers = []
        for name, _ in called:
            is_built_in = name == "python" or name.startswith("browser.")
            author = oh.Author.new(oh.Role.TOOL, name if is_built_in else f"functions.{name}")
            answers.append(self.text())
            message = oh.Message.from_author_and_content(author, answers[-1]).with_recipient("assistant")
            case.messages.append(message.with_channel("analysis" if is_built_in else "commentary"))
        return answers

    def write_calls(self, case: Case, content: str, called: list[tuple[str, Any]], answers: list[str]) -> None:
        """Calls as messages of their own, or in OpenAI's form with ids."""
        messages = case.row["messages"]
        if self.chance(0.5):
            if content:
                messages.append({"role": "assistant", "content": content})
            messages += [{"role": "tool_call", "content": {"name": n, "arguments": a}} for n, a in called]
            messages += [{"role": "tool", "content": answer} for answer in answers]
            return
        calls = [
            {
                "id": f"call_{index}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments) if self.chance(0.7) else arguments},
            }
            for index, (name, arguments) in enumerate(called)
        ]
        messages.append(
            {"role": "assistant", "content": content or self.random.choice((None, "")), "tool_calls": calls}
        )
        given = [
            {"role": "tool", "tool_call_id": f"call_{index}", "content": answer} for index, answer in enumerate(answers)
        ]
        self.random.shuffle(given)
        messages += given
