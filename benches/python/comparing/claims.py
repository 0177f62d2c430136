"""What is measured against what: the ratios that swiftcore is held to."""

from __future__ import annotations

from dataclasses import dataclass

from .phases import Measured, ratio

SWIFT = "ms-swift encode"
ENCODE, DICTS = "swiftcore encode", "swiftcore encode_batch"
ARROW, ONE = "swiftcore encode_batch, Arrow", "swiftcore encode_batch, Arrow, one thread"


@dataclass(frozen=True)
class Claim:
    """A ratio in rows a second."""

    what: str
    to: str
    ours: str
    phase: str
    theirs: str
    at_least: float
    aim: float

    def value(self, results: dict[str, Measured]) -> float | None:
        """The ratio as measured; None where one of the two was not."""
        if self.ours not in results or self.theirs not in results:
            return None
        return ratio(results[self.ours], results[self.theirs], self.phase)


ENCODING = [
    Claim("`encode(row)` in a loop, one thread, warm", "ms-swift `encode`", ENCODE, "warm", SWIFT, 40, 60),
    Claim("the same, first pass", "the same, first pass", ENCODE, "first", SWIFT, 25, 40),
    Claim("`encode_batch(list of dicts)`, warm", "ms-swift `encode`", DICTS, "warm", SWIFT, 120, 200),
    Claim(
        "`encode_batch(Arrow table)`, warmed on other rows",
        "fastokens `encode_batch_flat` on the rendered text, likewise",
        *(ARROW, "other", "fastokens", 1.0, 1.5),
    ),
    Claim("the same, first pass", "the same, first pass", ARROW, "first", "fastokens", 1.0, 1.5),
    Claim(
        "the same, warm on the same rows", "gigatoken `encode_batch`, likewise", ARROW, "warm", "gigatoken", 0.9, 1.2
    ),
    Claim("Arrow batch, two threads, warm", "one thread", ARROW, "warm", ONE, 1.7, 1.9),
]

# Other tokenizers, each with a template of its models: folder, template, at least, aim.
KINDS = [("gptoss", "gpt_oss", 25, 60), ("deepseek_v4", "deepseek_v4", 25, 60)]
KINDS += [("gemma3", "gemma3_text", 8, 20), ("llama2", "llama", 8, 20)]


def kind_claims(folder: str, at_least: float, aim: float) -> list[Claim]:
    """What is held of the tokenizer in `folder`."""
    to = "tokenizers `encode_batch_fast` on the rendered text"
    named = {"first": "first pass", "other": "warmed on other rows", "warm": "warm on the same rows"}
    return [
        Claim(f"Arrow batch, `{folder}` tokenizer, {name}", to, ARROW, phase, "tokenizers", at_least, aim)
        for phase, name in named.items()
    ]
