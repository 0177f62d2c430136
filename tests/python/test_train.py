"""Models train on what was encoded, on the labels that we gave: a tiny one, through transformers and through TRL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import swiftcore
from support import row
from train_support import tiny_model, tokenizer_folder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
datasets = pytest.importorskip("datasets")
pytest.importorskip("accelerate")

STEPS = 20
TOLERANCE = 1e-4
ROWS = [
    row("Hi", "Hello!"),
    row("Hi there, who is it?", "It is me, and nobody else."),
    row("So?", "So.", "Well?", "No", system="Be brief."),
    row("1+1?", "2", "2+2?", "4", "And 字?", "A character."),
    row("Say nothing.", "", "Say it again.", "Nothing."),
    row("A", "B", "C", "D"),
]
# What is trained: of each response, of the last alone, of everything.
SCALES = ["default", "last_round", "all"]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tokenizer_folder(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def make(folder: Path) -> Any:
    def template(**arguments: Any) -> swiftcore.Template:
        return swiftcore.get_template(folder, template_type="chatml", mode="train", **arguments)

    return template


def untrained() -> Any:
    """A model that thinks some tokens likelier than others, which a fresh one hardly does: its loss tells labels."""
    model = tiny_model()
    with torch.no_grad():
        model.lm_head.weight *= 50
    model.config.use_cache = False  # for batches without padding
    return model


def expected_loss(template: swiftcore.Template) -> float:
    """The loss of a model that has not learned yet: of each labelled token, given those before it in its own row."""
    model = untrained().eval()
    losses: list[float] = []
    for one in ROWS:
        encoded = template.encode(one)
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([encoded["input_ids"]])).logits[0]
        for at, label in enumerate(encoded["labels"][1:]):
            if label != -100:
                losses.append((logits[at].logsumexp(0) - logits[at, label]).item())
    return sum(losses) / len(losses)


def arguments_of(kind: Any, place: Path, **more: Any) -> Any:
    """All rows in each step, so that the loss of the first is known."""
    settings = {
        "output_dir": str(place),
        "max_steps": STEPS,
        "per_device_train_batch_size": len(ROWS),
        "learning_rate": 1e-2,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": [],
        "use_cpu": True,
        "disable_tqdm": True,
    }
    return kind(**settings, **more)


def losses_of(trainer: Any) -> list[float]:
    trainer.train()
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def check(losses: list[float], expected: float) -> None:
    assert len(losses) == STEPS
    assert losses[0] == pytest.approx(expected, rel=TOLERANCE)
    assert losses[-1] < losses[0] - 1, losses


def test_what_is_trained_differs(make: Any) -> None:
    first, *others = (expected_loss(make(loss_scale=scale)) for scale in SCALES)
    assert all(abs(other - first) > 10 * TOLERANCE * first for other in others)


@pytest.mark.parametrize("scale, padding_free", [("default", False), ("last_round", True)])
def test_trainer(make: Any, tmp_path: Path, scale: str, padding_free: bool) -> None:
    template = make(loss_scale=scale, padding_free=padding_free)
    chats, ids = tmp_path / "chat.jsonl", tmp_path / "ids"
    chats.write_text("".join(json.dumps(one) + "\n" for one in ROWS), encoding="utf-8")
    swiftcore.encode_files(template, chats, ids, format="datasets")
    trainer = transformers.Trainer(
        model=untrained(),
        args=arguments_of(transformers.TrainingArguments, tmp_path / "out"),
        train_dataset=datasets.load_from_disk(ids),
        data_collator=template.data_collator,
    )
    check(losses_of(trainer), expected_loss(template))


@pytest.mark.parametrize(
    "scale, collator", [("last_round", "ours"), ("default", "its own"), ("all", "its own, padding-free")]
)
def test_sft_trainer(make: Any, folder: Path, tmp_path: Path, scale: str, collator: str) -> None:
    trl = pytest.importorskip("trl")
    template = make(loss_scale=scale)
    chats = datasets.Dataset.from_list(ROWS)
    trainer = trl.SFTTrainer(
        model=untrained(),
        args=arguments_of(
            trl.SFTConfig, tmp_path, max_length=None, bf16=False, padding_free=collator.endswith("padding-free")
        ),
        train_dataset=chats.map(template.map_rows, batched=True, remove_columns=chats.column_names),
        processing_class=transformers.AutoTokenizer.from_pretrained(folder),
        data_collator=template.data_collator if collator == "ours" else None,
    )
    check(losses_of(trainer), expected_loss(template))
