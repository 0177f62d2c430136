"""The hooks of a template: what a subclass of `Template` may override, under ms-swift's names and signatures.

A row of such a template is `StdTemplateInputs` first; `_preprocess_inputs` may change it, `_encode` makes ids of it.
The base of `_encode` renders and encodes natively, as every template does, and has `replace_tag` say what stands for
a medium in between. Rows go one by one, under the GIL; how they go is in `row_by_row`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from .._native import Segment
from ..errors import RowError, TemplateError
from . import media
from .assemble import assemble
from .inputs import StdTemplateInputs, refuse_row

if TYPE_CHECKING:
    from ..tokenizer import Tokenizer
    from .meta import TemplateMeta

__all__ = ["Context", "HookMixin", "MediaType", "overridden"]

# Text, or token ids; a negative id stands for a medium, until somebody puts ids in its place.
Context = str | list[int]
MediaType = Literal["image", "video", "audio"]

# Those that change what a row encodes to.
_METHODS = ("_preprocess_inputs", "replace_tag", "replace_ref", "replace_bbox", "replace_cot_process", "_encode")
_ATTRIBUTES = ("image_placeholder", "video_placeholder", "audio_placeholder", "placeholder_tokens", "init_env_args")

_TAGS = re.compile("(<image>|<video>|<audio>|<bbox>|<ref-object>|<cot-process>)")

_MEDIA = ("images", "videos", "audios", "objects")

# Ids end here, so that the last of them are free to stand for what is none.
_LAST_ID = 2**31 - 1


class HookMixin:
    """The part of `Template` that is there to be overridden.

    Attributes:
        image_placeholder: What stands for an image; `replace_tag` gives it.
        video_placeholder: What stands for a video.
        audio_placeholder: What stands for an audio.
        placeholder_tokens: Tokens that stand for media, or their ids: truncation never drops them.
        load_images: Whether images are opened before `_encode`.
        norm_bbox: The scale of grounding boxes: `norm1000`, or `none` for pixels.
    """

    image_placeholder: list[Any] = ["<image>"]
    video_placeholder: list[Any] = ["<video>"]
    audio_placeholder: list[Any] = ["<audio>"]
    cot_process_placeholder: list[Any] = ["ки"]
    placeholder_tokens: list[Any] = []
    load_images = True
    norm_bbox = "norm1000"
    if TYPE_CHECKING:  # what `Template` has
        template_meta: TemplateMeta
        _source_meta: TemplateMeta
        tokenizer = property(lambda self: cast(Tokenizer, None))
        mode = property(lambda self: "")
        task_type = property(lambda self: "")

        def _side_encoder(self) -> Any: ...

    @property
    def _sees_media(self) -> bool:
        """Whether a hook could do something with an image."""
        return set(overridden(type(self), HookMixin)) != {"_tokenize"}

    def init_env_args(self) -> None:
        """Called once, at the end of construction: the place to read environment variables."""

    def _init_placeholder_tokens(self) -> None:
        """Writes `placeholder_tokens` as ids, with those that the tokenizer itself names."""
        tokens = list(type(self).placeholder_tokens)
        tokens += () if self._source_meta.media is None else self._source_meta.media.placeholder_tokens
        tokens += [self.tokenizer.special_tokens.get(f"{name}_token") for name in ("image", "video", "audio")]
        ids: list[int] = []
        for token in tokens:
            token_id = self.tokenizer.convert_tokens_to_ids(token) if isinstance(token, str) else token
            if token_id is None and token is not None and token in type(self).placeholder_tokens:
                name = self.template_meta.template_type
                text = f"template '{name}', template_cls: placeholder token {token!r} is not in the tokenizer"
                raise TemplateError(text, template_type=name, field="template_cls")
            if token_id is not None and token_id not in ids:
                ids.append(token_id)
        self.placeholder_tokens = ids

    def _preprocess_inputs(self, inputs: StdTemplateInputs) -> None:
        """Hook: changes a row in place before it is encoded.

        The base opens the images, unless `load_images` is False, and puts a tag into the first message for each
        medium that no text names.

        Raises:
            RowError: An image cannot be opened.
        """
        wanted = self.load_images or inputs.objects or self.mode in ("vllm", "lmdeploy")
        if inputs.images and wanted and self._sees_media:
            inputs.images = media.open_images(list(inputs.images))
        if inputs.objects and inputs.images:
            media.measure_images(inputs)
        if inputs.is_multimodal:
            media.add_default_tags(inputs)

    def _tokenize(self, context: str, **kwargs: Any) -> list[int]:
        """Hook: the ids of a text. The base asks the tokenizer, and adds no special tokens.

        Raises:
            TokenizerError: The tokenizer refuses the text.
        """
        ids: list[int] = self.tokenizer.encode(context, **kwargs)
        return ids

    def replace_tag(self, media_type: MediaType, index: int, inputs: StdTemplateInputs) -> list[Context]:
        """Hook: what stands in place of a medium's tag, as texts and lists of ids.

        `inputs.images[index]` is the medium. Negative ids are allowed: they stand for what `_encode` puts there.
        The base gives `image_placeholder` and its like.
        """
        if media_type == "image" and self.mode == "lmdeploy":
            return [[-100]]
        placeholder: list[Context] = getattr(self, f"{media_type}_placeholder")
        return placeholder

    def replace_ref(self, ref: str, index: int, inputs: StdTemplateInputs) -> list[Context]:
        """Hook: what stands in place of `<ref-object>`; the base gives the name of the object."""
        return [ref]

    def replace_bbox(self, bbox: list[int], index: int, inputs: StdTemplateInputs) -> list[Context]:
        """Hook: what stands in place of `<bbox>`; the base gives its points as `[(x,y),(x,y)]`."""
        points = ",".join(f"({x},{y})" for x, y in zip(bbox[::2], bbox[1::2], strict=False))
        return [f"[{points}]"]

    def replace_cot_process(self, inputs: StdTemplateInputs) -> list[Context]:
        """Hook: what stands in place of `<cot-process>` under `task_type="prm"`."""
        return [self.cot_process_placeholder]

    def _encode(self, inputs: StdTemplateInputs) -> dict[str, Any]:
        """Hook: a row as a dict with `input_ids`, `labels` and `loss_scale`, before it is cut to `max_length`.

        `labels` is None outside training, `loss_scale` where the settings give no weights. Other keys go along
        into the encoded row, for `_data_collator`.

        Raises:
            RowError: The row cannot be encoded.
        """
        encoder = self._side_encoder()
        if type(self)._tokenize is not HookMixin._tokenize:
            return assemble(self, self._contexts(inputs, encoder))
        segments, stand_ins = self._segments(inputs, encoder)
        encoded = encoder.encode_segments(segments)
        result = {name: encoded.get(name) for name in ("input_ids", "labels", "loss_scale")}
        if stand_ins:
            for name in ("input_ids", "labels"):
                values = result[name]
                result[name] = None if values is None else [stand_ins.get(value, value) for value in values]
        return result

    @staticmethod
    def _extend_tokens(
        input_ids: list[int],
        labels: list[int] | None,
        loss_scale: list[float] | None,
        replace_idx_list: Sequence[int],
        get_new_tokens: Callable[[int], Sequence[int]],
        mm_mask: list[bool] | None = None,
    ) -> Any:
        """Puts several ids in place of one, at each of the positions given, and keeps labels and weights beside them.

        >>> ids, labels, _ = HookMixin._extend_tokens([5, 7, 6], [-100, -100, 6], None, [1], lambda i: [7] * 3)
        >>> ids, labels
        ([5, 7, 7, 7, 6], [-100, -100, -100, -100, 6])

        Args:
            input_ids: The ids.
            labels: A label an id, or None. What is put in is not trained.
            loss_scale: A weight an id, or None. What is put in has the weight of what it replaces.
            replace_idx_list: Positions in `input_ids`, ascending.
            get_new_tokens: The ids for the position with the index given; an `IndexError` leaves it as it is.
            mm_mask: Whether an id belongs to a medium, or None; True for what is put in.

        Returns:
            `input_ids`, `labels` and `loss_scale` as new lists; `mm_mask` too, where it was given.
        """
        added = 0
        for index, place in enumerate(replace_idx_list):
            try:
                new = list(get_new_tokens(index))
            except IndexError:
                continue  # there are more tags than media
            at = slice(place + added, place + added + 1)
            input_ids = _replaced(input_ids, at, new)
            if labels:
                labels = _replaced(labels, at, [-100] * len(new))
            if loss_scale:
                loss_scale = _replaced(loss_scale, at, loss_scale[at] * len(new))
            if mm_mask:
                mm_mask = _replaced(mm_mask, at, [True] * len(new))
            added += len(new) - 1
        return (input_ids, labels, loss_scale) if mm_mask is None else (input_ids, labels, loss_scale, mm_mask)

    def _segments(self, inputs: StdTemplateInputs, encoder: Any) -> tuple[list[Segment], dict[int, int]]:
        """The rendered row with what its media are replaced with, and which id stands for which negative one."""
        if not inputs.is_multimodal and self.task_type != "prm":
            return _rendered(inputs, encoder), {}
        stand_ins: dict[int, int] = {}
        return [_segment(one, weight, stand_ins) for one, weight in self._contexts(inputs, encoder)], stand_ins

    def _contexts(self, inputs: StdTemplateInputs, encoder: Any) -> list[tuple[Any, float]]:
        """The rendered row with what its media are replaced with: texts and lists of ids, each with its weight."""
        contexts: list[tuple[Any, float]] = []
        for segment in _rendered(inputs, encoder):
            if segment.text is None:
                contexts.append((segment.ids, segment.weight))
            else:
                contexts += [(part, segment.weight) for part in _TAGS.split(segment.text) if part]
        return _joined(self._with_media(contexts, inputs))

    def _with_media(self, contexts: list[tuple[Any, float]], inputs: StdTemplateInputs) -> list[tuple[Any, float]]:
        """`contexts` with the pieces that the hooks give in place of tags; media are never trained."""
        inputs.image_idx = 0
        replaced: list[tuple[Any, float]] = []
        for context, weight in contexts:
            if context == "<image>" and inputs.image_idx < len(inputs.images):
                pieces = _pieces(self.replace_tag("image", inputs.image_idx, inputs), "replace_tag")
                inputs.image_idx += 1
                replaced += [(piece, 0.0) for piece in pieces]
            else:
                replaced.append((context, weight))
        if inputs.images and inputs.objects:
            media.normalize_bbox(inputs, self.norm_bbox)
        inputs.video_idx = inputs.audio_idx = 0
        contexts, replaced = replaced, []
        for context, weight in contexts:
            pieces, trains = self._in_place_of(context, inputs)
            replaced += [(piece, weight if trains else 0.0) for piece in pieces]
        return replaced

    def _in_place_of(self, context: Any, inputs: StdTemplateInputs) -> tuple[list[Any], bool]:
        """What stands in place of a context, and whether its weight is its own."""
        if context == "<video>" and inputs.video_idx < len(inputs.videos):
            pieces = self.replace_tag("video", inputs.video_idx, inputs)
            inputs.video_idx += 1
            return _pieces(pieces, "replace_tag"), False
        if context == "<audio>" and inputs.audio_idx < len(inputs.audios):
            pieces = self.replace_tag("audio", inputs.audio_idx, inputs)
            inputs.audio_idx += 1
            return _pieces(pieces, "replace_tag"), False
        index = inputs.ref_idx
        if context == "<ref-object>" and index < len(refs := inputs.objects.get("ref") or []):
            inputs.ref_idx += 1
            return _pieces(self.replace_ref(refs[index], index, inputs), "replace_ref"), True
        index = inputs.bbox_idx
        if context == "<bbox>" and index < len(boxes := inputs.objects.get("bbox") or []):
            inputs.bbox_idx += 1
            return _pieces(self.replace_bbox(boxes[index], index, inputs), "replace_bbox"), True
        if context == "<cot-process>" and self.task_type == "prm":
            # The peer's own piece is a list with one text in it, which is a text.
            pieces = [piece for one in self.replace_cot_process(inputs) for piece in _flat(one)]
            return _pieces(pieces, "replace_cot_process"), True
        return [context], True


def overridden(cls: type[Any], base: type[Any]) -> tuple[str, ...]:
    """What of a subclass makes its rows go one by one, by name."""
    names = (*_METHODS, "_tokenize", *_ATTRIBUTES)
    return tuple(name for name in names if getattr(cls, name) is not getattr(base, name))


def _replaced(values: list[Any], at: slice, new: list[Any]) -> list[Any]:
    return [*values[: at.start], *new, *values[at.stop :]]


def _flat(piece: Any) -> list[Any]:
    texts = isinstance(piece, list) and all(isinstance(one, str) for one in piece)
    return list(piece) if texts else [piece]


def _pieces(pieces: Any, hook: str) -> list[Any]:
    wanted = "a list of texts and lists of token ids"
    if not isinstance(pieces, list | tuple):
        raise refuse_row("hook", f"{hook} gave {pieces!r}; return {wanted}")
    for piece in pieces:
        whole = isinstance(piece, list | tuple) and all(isinstance(one, int) for one in piece)
        if not isinstance(piece, str) and not whole:
            raise refuse_row("hook", f"{hook} gave a list with {piece!r}; return {wanted}")
    return list(pieces)


def _joined(contexts: list[tuple[Any, float]]) -> list[tuple[Any, float]]:
    """Neighbouring texts of equal weight as one, as they are tokenized."""
    joined: list[tuple[Any, float]] = []
    for context, weight in contexts:
        last, last_weight = joined[-1] if joined else (None, 0.0)
        if isinstance(context, str) and isinstance(last, str) and weight == last_weight:
            joined[-1] = (last + context, weight)
        elif context != "":
            joined.append((context, weight))
    return joined


def _rendered(inputs: StdTemplateInputs, encoder: Any) -> list[Segment]:
    try:
        # Media are in the texts, as tags, and for the hooks to see to.
        row = {name: value for name, value in inputs.to_dict().items() if name not in _MEDIA}
        segments: list[Segment] = encoder.render(row)
    except RowError as error:
        raise _placed(error, inputs) from None
    return segments


def _segment(context: Any, weight: float, stand_ins: dict[int, int]) -> Segment:
    if isinstance(context, str):
        return Segment(text=context, weight=weight)
    if min(context, default=0) >= 0:
        return Segment(ids=list(context), weight=weight)
    known = {value: stand_in for stand_in, value in stand_ins.items()}
    ids = []
    for value in context:
        if value < 0:
            stand_in = known.setdefault(value, _LAST_ID - len(known))
            stand_ins[stand_in] = value
            value = stand_in
        ids.append(value)
    return Segment(ids=ids, weight=weight)


def _placed(error: RowError, inputs: StdTemplateInputs) -> RowError:
    """`error` with the message of the row, which may have been another in `inputs`."""
    if error.message is None:
        return error
    place = inputs._place_of(error.message)
    return refuse_row(error.kind, error.detail, message=place, field=error.field)
