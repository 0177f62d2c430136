"""Choose the task that a model is loaded for: language modelling, classification, embedding, ranking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._near import did_you_mean
from ..errors import ArgumentError
from .meta import ModelMeta

__all__ = ["CLASSIFIERS", "Task", "check_task", "choose_task"]

_TASKS = ("causal_lm", "seq_cls", "embedding", "reranker", "generative_reranker", "prm")
# Tasks whose models have one output per label.
CLASSIFIERS = ("seq_cls", "reranker")
_PROBLEMS = ("regression", "single_label_classification", "multi_label_classification")


class Task(NamedTuple):
    """A task, with the number of labels and the kind of classifier."""

    task_type: str | None = None
    num_labels: int | None = None
    problem_type: str | None = None


def choose_task(asked: Task, meta: ModelMeta, config: Mapping[str, Any]) -> Task:
    """Return the given task, else the registered one, else the one that the weights were made for.

    >>> meta = ModelMeta("mine", [], template="chatml")
    >>> choose_task(Task(num_labels=1), meta, {})
    Task(task_type='seq_cls', num_labels=1, problem_type='regression')
    >>> trained = {"architectures": ["LlamaForSequenceClassification"], "id2label": {"0": "no", "1": "yes"}}
    >>> choose_task(Task(), meta, trained)
    Task(task_type='seq_cls', num_labels=2, problem_type='single_label_classification')

    Raises:
        ArgumentError: It is a classifier, and the number of labels is not known.
    """
    task, labels = asked.task_type, asked.num_labels
    if task is None:
        if meta.is_reward and labels is None:
            labels = 1
        task = meta.task_type or ("causal_lm" if labels is None else "seq_cls")
        if meta.task_type is None and labels is None and _is_classifier(config):
            task = "seq_cls"
    if task == "reranker":
        return Task(task, 1 if labels is None else labels, asked.problem_type)
    if task != "seq_cls":
        return Task(task, None, None)
    if labels is None:
        labels = _labels_of(config)
    if labels is None:
        text = "argument 'num_labels': missing; task_type='seq_cls' needs it. Pass 1 for regression"
        raise ArgumentError(text, argument="num_labels")
    usual = "regression" if labels == 1 else "single_label_classification"
    return Task(task, labels, asked.problem_type or config.get("problem_type") or usual)


def _is_classifier(config: Mapping[str, Any]) -> bool:
    named = config.get("architectures")
    return isinstance(named, list) and bool(named) and str(named[0]).endswith("ForSequenceClassification")


def _labels_of(config: Mapping[str, Any]) -> int | None:
    """Return the number of labels of a saved classifier. transformers does not save the default, two."""
    if not _is_classifier(config):
        return None
    named = config.get("id2label")
    if isinstance(named, Mapping) and named:
        return len(named)
    labels = config.get("num_labels")
    return labels if isinstance(labels, int) else 2


def check_task(asked: Task) -> None:
    """Check the arguments of a task.

    Raises:
        ArgumentError: One is invalid.
    """
    _check_name("task_type", asked.task_type, _TASKS)
    _check_name("problem_type", asked.problem_type, _PROBLEMS)
    labels = asked.num_labels
    if labels is not None and (not isinstance(labels, int) or isinstance(labels, bool) or labels < 1):
        text = f"argument 'num_labels': expected a positive int or None, got {labels!r}"
        raise ArgumentError(text, argument="num_labels")


def _check_name(argument: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is None or value in known:
        return
    hint = did_you_mean(value, known, n=1) or f"expected one of {', '.join(known)}"
    raise ArgumentError(f"argument '{argument}': unknown value {value!r}; {hint}", argument=argument)
