"""Writes docs/supported-models.md, the page of supported models: `python scripts/run_model_info.py`."""

import sys
from pathlib import Path

from swiftcore.cli import main

main(["docs", "-o", str(Path(__file__).parents[1] / "docs" / "supported-models.md"), *sys.argv[1:]])
