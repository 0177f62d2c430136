"""`Template`: a dialogue template bound to a tokenizer and the options of a call: what was asked for, and its mode.

All work on rows is done by a native encoder, which is immutable; `encode.py` has the calls. Changing the mode makes
another encoder, and a call that has begun goes on with the one it began with.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from .. import _native
from .._warn import warn
from ..decode.decoder import ResponseDecoder
from ..errors import ArgumentError
from ..plugins import needed_by
from ..tokenizer import Tokenizer, load_processor
from ..tokenizer.stops import Stops, Word
from .agents import AgentTemplate, get_agent_template, own
from .arguments import check_arguments
from .collate import CollateMixin
from .content import check_policy, warn_of_markers
from .encode import EncodeMixin
from .hooks import HookMixin, overridden
from .loss_scale import carried, native_scales, own_scales
from .map_rows import MapMixin
from .post_encode import PostEncodeMixin
from .settings import settle, settle_enable_thinking
from .tools import ToolsMixin

if TYPE_CHECKING:
    from ..decode.criteria import StopWordsCriteria
    from .meta import TemplateMeta

__all__ = ["Mode", "Template"]

Mode = Literal["transformers", "vllm", "lmdeploy", "sglang", "train", "rlhf", "kto"]
TaskType = Literal["causal_lm", "seq_cls", "embedding", "reranker", "generative_reranker", "prm"]

_INFERENCE = ("transformers", "vllm", "lmdeploy", "sglang")
_TRAINING = ("train", "rlhf", "kto")


class Template(EncodeMixin, HookMixin, CollateMixin, MapMixin, PostEncodeMixin, ToolsMixin):
    """A dialogue template with a tokenizer: turns rows into ids and labels. Make one with `get_template`.

    Safe to share between threads and to use after a fork; pickles without caches, in a few kilobytes. A subclass, as
    the `template_cls` of a `TemplateMeta`, overrides its hooks: docs/custom-model.md.

    >>> import swiftcore
    >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
    >>> row = {"messages": [{"role": "user", "content": "Hi"}]}
    >>> template.encode(row)
    {'input_ids': [0, 128803, 23166, 128804]}

    Attributes:
        template_meta: The template's facts, its dates written out.
        tokenizer: The swiftcore tokenizer in use.
        processor: What the template was made with.
        mode: `train` gives labels, `rlhf` and `kto` give pairs of conversations; the others give prompts.
        task_type: What the model is trained for.
        max_length: The most tokens a row may have; None for no limit.
        padding_free: Whether `data_collator` lays rows one behind the other instead of padding them.
    """

    # Whether rows may have any shape. ms-swift's own templates take rows with `messages` alone.
    _reads_shapes = True

    def __init__(
        self,
        processor: Any,
        template_meta: TemplateMeta,
        default_system: str | None = None,
        max_length: int | None = None,
        *,
        mode: str | None = None,
        truncation_strategy: Literal["raise", "left", "right", "split", "delete"] = "raise",
        use_chat_template: bool = True,
        padding_side: Literal["left", "right"] = "right",
        padding_free: bool = False,
        loss_scale: str = "default",
        is_binary_loss_scale: bool | None = None,
        response_prefix: str | None = None,
        enable_thinking: bool | None = None,
        preserve_thinking: bool | None = None,
        add_non_thinking_prefix: bool = True,
        reasoning_effort: str | int | None = None,
        thinking_mode: str | None = None,
        thinking_budget: int | None = None,
        seed_use_thinking: bool | None = None,
        seed_use_budget_interval: bool | None = None,
        task_type: TaskType | str | None = None,
        num_labels: int | None = None,
        problem_type: str | None = None,
        agent_template: str | AgentTemplate | Callable[[], Any] | None = None,
        content_policy: Literal["parity", "literal", "literal_prompt", "error"] = "parity",
        current_date: str | datetime.date | None = None,
        engine: Literal["auto", "reference", "fast"] = "auto",
    ) -> None:
        if padding_side not in ("left", "right"):
            raise ArgumentError(
                f"argument 'padding_side': {padding_side!r} is no side; give 'left' or 'right'",
                argument="padding_side",
            )
        check_arguments({"default_system": default_system, "max_length": max_length})
        today = _date(current_date)
        given = {
            "reasoning_effort": reasoning_effort,
            "thinking_mode": thinking_mode,
            "thinking_budget": thinking_budget,
            "seed_use_thinking": seed_use_thinking,
            "seed_use_budget_interval": seed_use_budget_interval,
        }
        rules, settings = settle(template_meta.rules, given, template_meta.template_type)
        enable_thinking = settle_enable_thinking(rules, enable_thinking)
        # All that makes the same template again elsewhere; the date too, so that workers agree with their parent.
        self._arguments: dict[str, Any] = {
            "truncation_strategy": truncation_strategy,
            "use_chat_template": use_chat_template,
            "padding_side": padding_side,
            "padding_free": padding_free,
            "loss_scale": loss_scale,
            "is_binary_loss_scale": is_binary_loss_scale,
            "response_prefix": response_prefix,
            "enable_thinking": enable_thinking,
            "preserve_thinking": preserve_thinking,
            "add_non_thinking_prefix": add_non_thinking_prefix,
            **settings,
            "task_type": task_type or ("causal_lm" if num_labels is None else "seq_cls"),
            "num_labels": num_labels,
            "problem_type": problem_type,
            "content_policy": content_policy,
            # A format of the user's own goes along, as a process that unpickles this may not know its name.
            "agent_template": own(agent_template or template_meta.default_agent_template),
            "current_date": today.isoformat(),
            "engine": engine,
        }
        check_arguments(self._arguments)
        # The scales as they are now: whoever registers others later changes later templates.
        self._loss_scales = own_scales(loss_scale)
        self._source_meta = template_meta
        self._default_system = default_system
        meta = template_meta if use_chat_template else template_meta.to_generate_template_meta()
        if rules != meta.rules:
            meta = dataclasses.replace(meta, template_cls=meta.__dict__["template_cls"], rules=rules)
        undated = meta
        meta = meta.resolve(today)
        self._is_dated = meta is not undated
        if default_system is not None:
            meta = dataclasses.replace(meta, default_system=default_system)
        self.template_meta = meta
        agent = agent_template or template_meta.default_agent_template
        self._agent = None if agent is None else get_agent_template(agent, meta)
        self.processor = processor
        self.padding_side = padding_side
        self.padding_free = padding_free
        self._mode = _check_mode(mode)
        self._loaded = load_processor(processor, engine=engine)
        self._max_length = self._loaded.tokenizer.model_max_length if max_length is None else max_length
        self._is_hooked = bool(overridden(type(self), Template))
        check_policy(content_policy, type(self) if self._is_hooked else None)
        self._init_placeholder_tokens()
        self._compile()
        warn_of_markers(content_policy, meta.template_type, self._encoder.plain_markers)
        self.init_env_args()

    def _compile(self) -> None:
        # The agent format goes with the options: it may be one of the user's own.
        meta = self.template_meta
        more = {"rules": meta.rules, "is_multimodal": self._source_meta.is_multimodal, "agent_template": None}
        if self._source_meta.media is not None:
            more["placeholder_tokens"] = list(self._source_meta.media.placeholder_tokens)
        spec = _native.TemplateSpec(**(meta.spec() | more))
        self._encoder = _native.Encoder(self._loaded.tokenizer._native, spec, self._options(self._mode))
        if not self._reads_shapes:
            self._encoder = self._encoder.without_shapes()

    def _options(self, mode: str) -> _native.Options:
        arguments = self._arguments
        return _native.Options(
            mode=mode,
            max_length=self._max_length,
            truncation_strategy=arguments["truncation_strategy"],
            use_chat_template=arguments["use_chat_template"],
            loss_scale=arguments["loss_scale"],
            is_binary_loss_scale=arguments["is_binary_loss_scale"],
            response_prefix=arguments["response_prefix"],
            enable_thinking=arguments["enable_thinking"],
            preserve_thinking=arguments["preserve_thinking"],
            add_non_thinking_prefix=arguments["add_non_thinking_prefix"],
            task_type=arguments["task_type"],
            num_labels=_num_labels(arguments, mode),
            content_policy=arguments["content_policy"],
            problem_type=arguments["problem_type"],
            agent=self._agent,
            loss_scales=native_scales(self._loss_scales),
            token_column=self._token_column(mode),
        )

    def _token_column(self, mode: str) -> str | None:
        """Return the name of the column that ms-swift adds for the model, except for inference engines."""
        # A template with hooks adds its own, and ms-swift itself does in its drop-in.
        if self._is_hooked or not self._reads_shapes or mode in ("vllm", "lmdeploy", "sglang"):
            return None
        return None if self._source_meta.media is None else self._source_meta.media.token_column

    def _current(self) -> _native.Encoder:
        """The encoder; compiled anew where tokens were added to the tokenizer since."""
        if self._loaded.has_grown():
            self._loaded = load_processor(self.processor, engine=self._arguments["engine"])
            self._compile()
        return self._encoder

    def _side_encoder(self) -> _native.Encoder:
        """The encoder for one side of a row."""
        return self._current()

    def __getattr__(self, name: str) -> Any:
        # The options are read under the names that they were given by.
        arguments = self.__dict__.get("_arguments", {})
        if name in arguments:
            return arguments[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_arguments", {}) and name not in ("padding_side", "padding_free"):
            text = f"{name} is settled when a template is made; make another one with get_template({name}=...)"
            raise AttributeError(text)
        object.__setattr__(self, name, value)

    @property
    def max_length(self) -> int | None:
        """The most tokens that a row may have; None for no limit. An assignment takes effect at the next call.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> template.max_length = 2
        >>> template.encode({"messages": [{"role": "user", "content": "Hi"}]})
        Traceback (most recent call last):
            ...
        swiftcore.errors.MaxLengthError: encodes to 4 tokens, more than max_length=2

        Raises:
            ArgumentError: The value is not a number of at least 1, or None.
        """
        return self._max_length

    @max_length.setter
    def max_length(self, value: int | None) -> None:
        check_arguments({"max_length": value})
        self._max_length = value
        self._encoder = self._current().with_options(self._options(self._mode))

    @property
    def tokenizer(self) -> Tokenizer:
        """The swiftcore tokenizer in use."""
        return self._loaded.tokenizer

    @property
    def mode(self) -> str:
        """The mode: `train` gives labels, `rlhf` and `kto` pairs; the others, such as `vllm`, give prompts."""
        return self._mode

    @property
    def task_type(self) -> str:
        """What the model is trained for: `causal_lm`, `seq_cls`, `embedding`, `reranker` and the like."""
        task_type: str = self._arguments["task_type"]
        return task_type

    @property
    def is_training(self) -> bool:
        """Whether the mode is one to train in: `train`, `rlhf` or `kto`."""
        return self._mode not in _INFERENCE

    @property
    def gives_labels(self) -> bool:
        """Whether tokens have labels: in training, for the tasks `causal_lm` and `prm`."""
        return self.is_training and self.task_type in ("causal_lm", "prm")

    @property
    def truncation_strategy(self) -> str:
        """What becomes of a row of more than `max_length` tokens."""
        strategy: str = self._arguments["truncation_strategy"]
        return strategy

    @property
    def model_info(self) -> Any:
        """What the processor says of its model, where it says anything: ms-swift's processors do."""
        return getattr(self.processor, "model_info", None)

    @property
    def config(self) -> Any:
        """The configuration of the processor's model, where it has one."""
        return getattr(self.model_info, "config", None)

    def set_mode(self, mode: str) -> None:
        """Changes the mode. A call that has begun in another thread ends in the mode it began with.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> template.set_mode("train")
        >>> template.is_training
        True

        Raises:
            ArgumentError: There is no such mode.
        """
        mode = _check_mode(mode)
        self._encoder = self._current().with_options(self._options(mode))
        self._mode = mode

    def stop_words(self, stop: Stops = None) -> list[Word]:
        """Return what ends a response: `stop` of a request, the template's stop words, its suffix, and eos.

        The suffix is `suffix[-1]`, trimmed where it is text. Each word is a text or a list of ids, and comes once.

        >>> import swiftcore
        >>> swiftcore.get_template("deepseek", template_type="qwen3").stop_words(["###"])
        ['###', '<|endoftext|>', '<|im_end|>', '<｜end▁of▁sentence｜>']

        Raises:
            ArgumentError: A stop is neither a text nor a list of ids, or is empty.
        """
        return self._responses().stop_words(stop)

    def eos_token_ids(self) -> list[int]:
        """Return the ids that end a response alone, for `GenerationConfig.eos_token_id`: eos first.

        These are the stop words of one token.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> template.eos_token_ids()
        [1]
        """
        return self._responses().eos_token_ids()

    def decode_stream(
        self,
        skip_special_tokens: bool = False,
        stop: Stops = None,
        include_stop: bool | None = None,
        eager: bool = False,
        *,
        stop_after: str | Iterable[int] | None = None,
    ) -> _native.DecodeStream:
        """Return a stream that decodes one response. It returns text once no later id can change it or make it a stop.

        The texts add up to what the tokenizer decodes from all ids, up to the stop. `stream.step(id)` takes one id or
        several, `stream.finish()` returns the text that was held back, `stream.finished` and `stream.stop` tell
        whether and by what the response ended.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> stream = template.decode_stream(stop=["\\n\\n"])
        >>> stream.step(template.tokenizer.encode("One.\\n")), stream.step(template.tokenizer.encode("\\nTwo."))
        ('One.', '\\n\\n')
        >>> stream.stop.text_offset, stream.finished
        (4, True)

        Args:
            skip_special_tokens: Leave special tokens out of the text. They still end it.
            stop: Texts or lists of ids that end the text, in addition to the template's stop words (see `stop_words`).
            include_stop: Whether the stop stays in the text. None for what ms-swift does: eos and the template's
                suffix are left out, any other stop stays.
            eager: Whether characters of byte tokens (`<0xE4>`) are given out at once. The tokenizer's decoder
                judges a run of them as one; what was given out then differs where a later byte proves invalid.
            stop_after: A text or ids, such as `"</think>"`, after which alone `stop` and the template's stop words
                count. The suffix and eos end the text anywhere.

        Raises:
            ArgumentError: A stop is neither a text nor a list of ids, or is empty.
            TokenizerError: The vocabulary cannot be read.
        """
        responses = self._responses()
        return responses.stream(skip_special_tokens, stop, include_stop, eager, stop_after=stop_after)

    def decode_batch(
        self,
        n: int,
        skip_special_tokens: bool = False,
        stop: Stops = None,
        include_stop: bool | None = None,
        eager: bool = False,
        *,
        stop_after: str | Iterable[int] | None = None,
    ) -> _native.DecodeBatch:
        """Return a decoder for `n` responses that are generated together.

        `batch.step(ids)` takes a column of n ids (a list, a NumPy array, a torch tensor of int32 or int64), or of
        rows of several ids, and returns n texts and a mask of the finished responses. It releases the GIL. Finished
        responses are skipped. `batch.stops` and `batch.errors` hold one entry per response; an id out of range ends
        only its own response. `batch.reset(row)` starts another response in that place.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> batch = template.decode_batch(2)
        >>> texts, finished = batch.step([19923, 1])
        >>> texts, finished.tolist()
        (['Hello', ''], [False, True])

        Args:
            n: The number of responses.
            skip_special_tokens: As in `decode_stream`, like all others.
            stop: Texts or lists of ids that end a response.
            include_stop: Whether the stop stays in the text.
            eager: Whether characters of byte tokens are given out at once.
            stop_after: A text or ids after which alone stops count.

        Raises:
            ArgumentError: `n` is negative, or a stop is neither a text nor a list of ids, or is empty.
            TokenizerError: The vocabulary cannot be read.
        """
        responses = self._responses()
        return responses.batch(n, skip_special_tokens, stop, include_stop, eager, stop_after=stop_after)

    def stopping_criteria(self, stop: Stops = None) -> StopWordsCriteria:
        """Return the template's stops for `model.generate(stopping_criteria=[...])`. Requires torch.

        Raises:
            ArgumentError: A stop is neither a text nor a list of ids, or is empty.
        """
        return self._responses().stopping_criteria(stop)

    def skip_stop_tokens(self, generate_ids: list[int], is_finished: bool = True) -> list[int]:
        """Return `generate_ids` without a final eos, and then without a final suffix, as ms-swift does.

        The suffix is `suffix[-1]`: its ids, or the last token of its trimmed text. While a response goes on
        (`is_finished=False`), a beginning of the suffix at the end is removed too.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> template.skip_stop_tokens([19923, 1])
        [19923]
        """
        return self._responses().skip_stop_tokens(generate_ids, is_finished)

    def decode_generate_ids(
        self,
        generate_ids: list[int],
        *,
        is_finished: bool = True,
        first_token: bool = True,
        template_inputs: Any = None,
        **kwargs: Any,
    ) -> str:
        """Return the text of a response, without stop tokens, after the prefix that the prompt ended with.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5", response_prefix="Oh! ")
        >>> template.decode_generate_ids([19923, 1])
        'Oh! Hello'

        Args:
            generate_ids: The ids that were generated.
            is_finished: Whether the response has ended.
            first_token: Whether these ids begin the response, so that the prefix goes before them.
            template_inputs: The row that was encoded, whose `chat_template_kwargs` may set the prefix.
            **kwargs: `skip_special_tokens`; other arguments of a transformers tokenizer are taken where they change
                nothing.

        Raises:
            ArgumentError: An argument would change the text in a way that is not supported.
            RowError: The row asks for thinking in a way that the template does not know.
        """
        return self._responses().decode_generate_ids(
            generate_ids, is_finished=is_finished, first_token=first_token, template_inputs=template_inputs, **kwargs
        )

    def safe_decode(self, input_ids: Any, **kwargs: Any) -> str:
        """Return the text of ids, with each run of -100 or of media placeholders written as `[-100 * 17]`.

        >>> import swiftcore
        >>> template = swiftcore.get_template("deepseek", template_type="deepseek_v2_5")
        >>> template.safe_decode([-100, -100, 19923, 2058])
        '[-100 * 2]Hello world'

        Raises:
            ArgumentError: An argument would change the text in a way that is not supported.
        """
        return self._responses().safe_decode(input_ids, **kwargs)

    def _responses(self) -> ResponseDecoder:
        """Return what decodes responses, made again if the tokenizer or `template_meta` changed."""
        self._current()
        decoder: ResponseDecoder | None = self.__dict__.get("_response_decoder")
        if (
            decoder is None
            or decoder.tokenizer is not self.tokenizer
            or decoder.template_meta is not self.template_meta
        ):
            decoder = ResponseDecoder(self.tokenizer, self.template_meta, self._response_prefix_of)
            self.__dict__["_response_decoder"] = decoder
        return decoder

    def _response_prefix_of(self, row: dict[str, Any]) -> str:
        return self._current().response_prefix(row)

    def __reduce__(self) -> tuple[Any, ...]:
        now = {"mode": self._mode, "padding_side": self.padding_side, "padding_free": self.padding_free}
        arguments = {**self._arguments, **now}
        if not self._is_dated:  # so that what is pickled is the same on another day
            arguments["current_date"] = None
        state = (
            needed_by(type(self), self._source_meta.template_cls),  # read before the classes are looked up
            type(self),
            self.tokenizer,
            self._source_meta,
            self._default_system,
            self.max_length,
            arguments,
            self._loss_scales,
        )
        return _restore, state

    def __repr__(self) -> str:
        name = self.template_meta.template_type
        return f"{type(self).__name__}({name!r}, mode={self._mode!r}, tokenizer={self.tokenizer!r})"


def _restore(
    needed: None,
    cls: type[Template],
    tokenizer: Tokenizer,
    meta: TemplateMeta,
    default_system: str | None,
    max_length: int | None,
    arguments: dict[str, Any],
    loss_scales: Mapping[str, Any],
) -> Template:
    with carried(loss_scales):
        template = cls(tokenizer, meta, default_system, max_length, **arguments)
    if max_length is None and template.max_length is not None:
        template.max_length = None
    return template


def _check_mode(mode: str | None) -> str:
    if mode is None:
        return "transformers"
    if mode == "pt":
        warn("the mode 'pt' is deprecated, it is 'transformers' now", DeprecationWarning)
        return "transformers"
    if mode not in _TRAINING and mode not in _INFERENCE:
        known = ", ".join((*_TRAINING, *_INFERENCE))
        raise ArgumentError(f"argument 'mode': {mode!r} is no mode; give one of {known}", argument="mode")
    return mode


def _num_labels(arguments: dict[str, Any], mode: str) -> int | None:
    """How many labels there are. A reward model, which pairs train, tells one number."""
    num_labels: int | None = arguments["num_labels"]
    unknown = num_labels is None and arguments["problem_type"] is None
    return 1 if unknown and mode == "rlhf" else num_labels


def _date(date: str | datetime.date | None) -> datetime.date:
    if date is None:
        return datetime.date.today()
    if isinstance(date, datetime.datetime):
        return date.date()
    if isinstance(date, datetime.date):
        return date
    try:
        return datetime.date.fromisoformat(date)
    except (TypeError, ValueError):
        text = f"argument 'current_date': {date!r} is no date; give 'YYYY-MM-DD' or a datetime.date"
        raise ArgumentError(text, argument="current_date") from None
