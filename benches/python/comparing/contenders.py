"""Who is timed: how each loads, and how each takes the rows.

ms-swift and swiftcore go from messages to ids and labels, transformers to ids; tokenizers, fastokens and gigatoken only
tokenize text that was rendered for them beforehand, without labels and without columns.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from typing import Any

from .rows import Rows


class Contender:
    """What is timed."""

    package = "swiftcore"
    note = ""
    threads: int | None = None

    def __init__(self, tokenizer: str, template: str) -> None:
        self.tokenizer, self.template_type = tokenizer, template

    def prepare(self, rows: Rows) -> Any:
        """What the timed pass is given; not timed."""
        return rows

    def run(self, prepared: Any) -> Any:
        raise NotImplementedError

    def check(self, result: Any, prepared: Any) -> None:
        """Raise where a pass did not do the work that it was timed for."""

    def ids(self, result: Any) -> Iterable[Sequence[int]]:
        """Return the ids of each row of a result."""
        return (row["input_ids"] for row in result)


class SwiftcoreBatch(Contender):
    note = "ids, labels, columns; a list of dicts"

    def __init__(self, tokenizer: str, template: str) -> None:
        import swiftcore

        super().__init__(tokenizer, template)
        self.template = swiftcore.get_template(tokenizer, template_type=template, mode="train")

    def run(self, prepared: Any) -> Any:
        return self.template.encode_batch(prepared, num_threads=self.threads)

    def check(self, result: Any, prepared: Any) -> None:
        if len(result) != len(prepared):
            raise RuntimeError(f"{len(prepared)} rows went in, {len(result)} came out")


class SwiftcoreArrow(SwiftcoreBatch):
    note = "ids, labels, columns; an Arrow table"

    def prepare(self, rows: Rows) -> Any:
        import pyarrow

        return pyarrow.table({"messages": [row["messages"] for row in rows]})


class SwiftcoreArrowOne(SwiftcoreArrow):
    note = "the same with one thread"
    threads = 1


class SwiftcoreEncode(SwiftcoreBatch):
    note = "ids, labels; one row a call, one thread"

    def run(self, prepared: Any) -> Any:
        encode = self.template.encode
        return [encode(row) for row in prepared]


class Swift(Contender):
    package = "ms-swift"
    note = "ids, labels; one row a call, one thread"

    def __init__(self, tokenizer: str, template: str) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        from swift import get_template
        from swift.model import get_processor

        super().__init__(tokenizer, template)
        processor = get_processor(tokenizer, model_type="qwen3")
        self.template = get_template(processor, template_type=template)
        self.template.set_mode("train")

    def run(self, prepared: Any) -> Any:
        encode = self.template.encode
        return [encode(row) for row in prepared]


class Transformers(Contender):
    package = "transformers"
    note = "ids; apply_chat_template, one row a call"

    # The same text as the template's, so that the work is the same.
    CHATML = (
        "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. "
        "You are a helpful assistant.<|im_end|>\n{% endif %}"
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    )

    def __init__(self, tokenizer: str, template: str) -> None:
        from transformers import AutoTokenizer

        super().__init__(tokenizer, template)
        self.inner = AutoTokenizer.from_pretrained(tokenizer)
        self.inner.chat_template = self.CHATML

    def run(self, prepared: Any) -> Any:
        apply = self.inner.apply_chat_template
        return [apply(row["messages"], tokenize=True, return_dict=False) for row in prepared]

    def ids(self, result: Any) -> Iterable[Sequence[int]]:
        return result


class Rendered(Contender):
    """A tokenizer that is given rendered text."""

    def __init__(self, tokenizer: str, template: str) -> None:
        super().__init__(tokenizer, template)
        self.file = os.path.join(tokenizer, "tokenizer.json")

    def prepare(self, rows: Rows) -> Any:
        import swiftcore

        template = swiftcore.get_template(self.tokenizer, template_type=self.template_type, mode="train")
        return ["".join(segment.text or "" for segment in template.render(row)) for row in rows]


class Tokenizers(Rendered):
    package = "tokenizers"
    note = "ids of rendered text; encode_batch_fast"

    def __init__(self, tokenizer: str, template: str) -> None:
        from tokenizers import Tokenizer

        super().__init__(tokenizer, template)
        self.inner = Tokenizer.from_file(self.file)

    def run(self, prepared: Any) -> Any:
        return self.inner.encode_batch_fast(prepared, add_special_tokens=False)

    def ids(self, result: Any) -> Iterable[Sequence[int]]:
        return (encoding.ids for encoding in result)


class Fastokens(Rendered):
    package = "fastokens"
    note = "ids of rendered text; encode_batch_flat"

    def __init__(self, tokenizer: str, template: str) -> None:
        from fastokens import Tokenizer

        super().__init__(tokenizer, template)
        self.inner = Tokenizer.from_file(self.file)

    def run(self, prepared: Any) -> Any:
        return self.inner.encode_batch_flat(prepared)

    def ids(self, result: Any) -> Iterable[Sequence[int]]:
        flat, offsets = memoryview(result[0]).cast("i"), memoryview(result[1]).cast("q")
        return (flat[begin:end] for begin, end in itertools.pairwise(offsets))


class Gigatoken(Rendered):
    package = "gigatoken"
    note = "ids of rendered text; encode_batch"

    def __init__(self, tokenizer: str, template: str) -> None:
        from gigatoken import Tokenizer

        super().__init__(tokenizer, template)
        self.inner = Tokenizer(self.file)

    def run(self, prepared: Any) -> Any:
        return self.inner.encode_batch(prepared)

    def ids(self, result: Any) -> Iterable[Sequence[int]]:
        return result.to_list()


CONTENDERS: dict[str, type[Contender]] = {
    "ms-swift encode": Swift,
    "swiftcore encode": SwiftcoreEncode,
    "swiftcore encode_batch": SwiftcoreBatch,
    "swiftcore encode_batch, Arrow": SwiftcoreArrow,
    "swiftcore encode_batch, Arrow, one thread": SwiftcoreArrowOne,
    "transformers": Transformers,
    "tokenizers": Tokenizers,
    "fastokens": Fastokens,
    "gigatoken": Gigatoken,
}
