"""One training run of `swift sft`, on the CPU, with a tiny model: `python sft_job.py FOLDER ARGUMENT ...`.

The folder has the model, and the plugin that `--external_plugins` names where it is to be loaded. What was logged for
each step is in `logged.json` there, and what became of the rows, where a plugin had swiftcore encode them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(folder: Path, arguments: list[str]) -> None:
    from swift.pipelines.train import SwiftSft

    run = SwiftSft(arguments)
    run.main()
    steps = [step for step in run.train_msg["log_history"] if "loss" in step]
    kept = [{name: step[name] for name in ("loss", "grad_norm", "token_acc") if name in step} for step in steps]
    auto = sys.modules.get("swiftcore.integrations.swift.auto")
    counts = None if auto is None else auto.counts(run.template)
    rows = None if counts is None else {"native": counts.native, "handed": dict(counts.handed)}
    (folder / "logged.json").write_text(json.dumps({"steps": kept, "rows": rows}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
