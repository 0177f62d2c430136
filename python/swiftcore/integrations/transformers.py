"""swiftcore inside transformers: a tokenizer that encodes chats, with labels, through its registered template.

>>> from transformers import PreTrainedTokenizerFast
>>> from swiftcore.tokenizer import packaged_tokenizer
>>> file = str(packaged_tokenizer("deepseek"))
>>> tokenizer = PreTrainedTokenizerFast(tokenizer_file=file, eos_token="<｜end▁of▁sentence｜>")
>>> chats = [[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]]
>>> batch = encode_chats(tokenizer, chats, template_type="deepseek_v2_5")
>>> batch[0]["labels"]
[-100, -100, -100, -100, 19923, 3, 1]
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from .._require import require
from ..data.columns import columns_of, rows_of_columns
from ..errors import ArgumentError
from ..template.fitting import fitting_template
from ..template.get import get_template
from ..tokenizer.backend import inner_tokenizer, named_tokens
from ..tokenizer.processor import Loaded, load_processor

if TYPE_CHECKING:
    from ..template.template import Mode, Template

__all__ = ["enable", "encode_chats", "template_of"]

_TESTED = [("4.57", "6")]

Chat = Sequence[Mapping[str, Any]]

# Of the tokenizers that are alive: what they do, and the templates that were made of them. None of it holds them.
_KNOWN: weakref.WeakKeyDictionary[Any, tuple[Loaded, dict[Any, Any]]] = weakref.WeakKeyDictionary()


def template_of(
    tokenizer: Any, template_type: str | None = None, *, mode: Mode | str = "train", **arguments: Any
) -> Template:
    """The template that encodes chats for a transformers tokenizer: for its `data_collator`, `map_rows` and the like.

    Made once for a tokenizer and the same arguments. Where no template is named, it is the one that fits:
    that of the model, by its id or folder, else the registered one that writes what the chat template writes.

    >>> from transformers import PreTrainedTokenizerFast
    >>> from swiftcore.tokenizer import packaged_tokenizer
    >>> tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(packaged_tokenizer("deepseek")), eos_token="</s>")
    >>> tokenizer.chat_template = (
    ...     "{% for one in messages %}<|im_start|>{{ one.role }}\\n{{ one.content }}<|im_end|>\\n{% endfor %}"
    ...     "{% if add_generation_prompt %}<|im_start|>assistant\\n{% endif %}"
    ... )
    >>> template_of(tokenizer).template_meta.template_type
    'chatml'

    Args:
        tokenizer: A fast tokenizer, or a processor with one.
        template_type: The name of a registered template; None for the one that fits.
        mode: `train` for labels, `transformers` for prompts; the others of `get_template`.
        arguments: The other arguments of `get_template`.

    Raises:
        ArgumentError: Which template fits cannot be told, or an argument makes no sense.
        TemplateError: There is no such template.
        TokenizerError: It is a slow tokenizer.
        ImportError: transformers is not installed.
    """
    require("transformers", "swiftcore.integrations.transformers", _TESTED, extra="transformers")
    loaded, made = _known(tokenizer)
    if template_type is None:
        template_type = _fitting(tokenizer, loaded, made)
    make = functools.partial(get_template, loaded.tokenizer, template_type=template_type, mode=mode, **arguments)
    try:
        key = (template_type, mode, frozenset(arguments.items()))
    except TypeError:  # one of the arguments cannot be looked up by
        return make()
    if key not in made:
        made[key] = make()
    template: Template = made[key]
    return template


def encode_chats(
    tokenizer: Any,
    chats: Iterable[Chat | Mapping[str, Any]] | Chat,
    labels: bool = True,
    *,
    tools: Sequence[Mapping[str, Any]] | None = None,
    template_type: str | None = None,
    return_tensors: Literal["pt"] | None = None,
    on_error: Literal["skip", "raise"] = "skip",
    on_untrainable: Literal["keep", "skip", "error"] = "keep",
    num_threads: int | None = None,
    **arguments: Any,
) -> Any:
    """Encodes conversations with a transformers tokenizer, through the registered template that fits it.

    >>> from transformers import PreTrainedTokenizerFast
    >>> from swiftcore.tokenizer import packaged_tokenizer
    >>> tokenizer = PreTrainedTokenizerFast(
    ...     tokenizer_file=str(packaged_tokenizer("deepseek")), eos_token="<｜end▁of▁sentence｜>"
    ... )
    >>> chats = [[{"role": "user", "content": "Hi"}], [{"role": "user", "content": "Who is it?"}]]
    >>> batch = encode_chats(tokenizer, chats, labels=False, template_type="deepseek_v2_5")
    >>> [ids.tolist() for ids in batch["input_ids"]]
    [[0, 128803, 23166, 128804], [0, 128803, 18387, 344, 436, 33, 128804]]

    Args:
        tokenizer: A fast tokenizer, or a processor with one.
        chats: Conversations, each a list of messages, or a row with `messages` and whatever else `Template.encode`
            takes; or a table of rows, such as a `datasets.Dataset`. One conversation alone is a batch of one.
        labels: Whether to train on them: with labels, -100 where a token is not trained, and the last turn closed.
            False for prompts, which an answer is to follow.
        tools: The tools of all conversations; rows may bring their own.
        template_type: The name of a registered template; None for the one that fits, see `template_of`.
        return_tensors: `pt` for padded tensors: a `transformers.BatchEncoding`.
        on_error: A conversation that cannot be encoded is left out with a warning (`skip`), or an error (`raise`).
        on_untrainable: What becomes of a row without a token to train on: `keep` it, `skip` it, or refuse it
            as an `error`.
        num_threads: How many threads; None for `SWIFTCORE_NUM_THREADS`, else one a core.
        arguments: The other arguments of `get_template`, such as `max_length`, `loss_scale` and `enable_thinking`.

    Returns:
        `EncodedBatch`: flat columns of int32, `input_ids` and, with labels, `labels`, without padding. With
        `return_tensors="pt"` what `Template.data_collator` makes of it: `[rows, tokens]`, int64.

    Raises:
        ArgumentError: Which template fits cannot be told, or an argument makes no sense.
        BatchError: Conversations were refused under `on_error="raise"`.
        TokenizerError: It is a slow tokenizer, or has no pad token and tensors are asked for.
        ImportError: transformers is not installed, or torch where tensors are asked for.
    """
    if return_tensors not in (None, "pt"):
        text = f"argument 'return_tensors': is {return_tensors!r}; give 'pt', or None for flat columns"
        raise ArgumentError(text, argument="return_tensors")
    template = template_of(tokenizer, template_type, mode="train" if labels else "transformers", **arguments)
    batch = template.encode_batch(
        _rows(chats, tools), on_error=on_error, on_untrainable=on_untrainable, num_threads=num_threads
    )
    if return_tensors is None:
        return batch
    from transformers import BatchEncoding

    return BatchEncoding(template.data_collator(batch))


def enable(tokenizer: Any, template_type: str | None = None, **arguments: Any) -> Any:
    """Gives a tokenizer the method `encode_chats`: the function of that name, with what is given here as defaults.

    The tokenizer is changed, and returned. It pickles and copies as before, the method along with it.

    >>> from transformers import PreTrainedTokenizerFast
    >>> from swiftcore.tokenizer import packaged_tokenizer
    >>> tokenizer = PreTrainedTokenizerFast(
    ...     tokenizer_file=str(packaged_tokenizer("deepseek")), eos_token="<｜end▁of▁sentence｜>"
    ... )
    >>> tokenizer = enable(tokenizer, "deepseek_v2_5", max_length=64)
    >>> tokenizer.encode_chats([[{"role": "user", "content": "Hi"}]], labels=False)[0]
    {'input_ids': [0, 128803, 23166, 128804]}

    Args:
        tokenizer: A fast tokenizer, or a processor with one.
        template_type: The name of a registered template; None for the one that fits, see `template_of`.
        arguments: Other arguments of `encode_chats` and `get_template`.

    Raises:
        ArgumentError: Which template fits cannot be told, or an argument makes no sense.
        TemplateError: There is no such template.
        TokenizerError: It is a slow tokenizer.
        ImportError: transformers is not installed.
    """
    own = ("tools", "return_tensors", "on_error", "on_untrainable", "num_threads")
    template_of(tokenizer, template_type, **{name: value for name, value in arguments.items() if name not in own})
    tokenizer.encode_chats = functools.partial(encode_chats, tokenizer, template_type=template_type, **arguments)
    return tokenizer


def _known(tokenizer: Any) -> tuple[Loaded, dict[Any, Any]]:
    """The swiftcore tokenizer, and the templates that were made of it while nothing was changed."""
    inner = inner_tokenizer(tokenizer)
    named = tuple(named_tokens(inner).items())
    try:
        known = _KNOWN.get(inner)
    except TypeError:  # it cannot be referred to weakly
        return load_processor(tokenizer), {}
    if known is None or known[0].has_grown() or known[1]["named"] != named:
        known = load_processor(tokenizer), {"named": named}
        _KNOWN[inner] = known
    return known


def _fitting(tokenizer: Any, loaded: Loaded, made: dict[Any, Any]) -> str:
    looks = ("fitting", getattr(tokenizer, "name_or_path", None), str(getattr(tokenizer, "chat_template", None)))
    if looks not in made:
        made[looks] = fitting_template(tokenizer, loaded.tokenizer)
    name: str = made[looks]
    return name


def _rows(chats: Any, tools: Any) -> Any:
    """Conversations as rows."""
    columns = columns_of(chats)
    if columns is not None:
        if tools is None:
            return chats  # read where they are
        chats = rows_of_columns(columns)
    elif isinstance(chats, Mapping):
        chats = [chats]
    elif isinstance(chats, Sequence) and chats and isinstance(chats[0], Mapping) and "role" in chats[0]:
        chats = [{"messages": chats}]
    elif isinstance(chats, str) or not isinstance(chats, Iterable):
        return chats  # for `encode_batch` to refuse
    beside = {} if tools is None else {"tools": list(tools)}
    return [{**beside, **(chat if isinstance(chat, Mapping) else {"messages": chat})} for chat in chats]
