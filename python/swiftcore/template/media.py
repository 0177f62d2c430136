"""Media of a row as hooks get them: images opened, grounding boxes in the model's own scale, tags where none stand.

Pillow is imported where an image is to be opened, and nowhere else.
"""

from __future__ import annotations

import base64
import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .inputs import refuse_row

if TYPE_CHECKING:
    from .inputs import StdTemplateInputs

__all__ = ["add_default_tags", "measure_images", "normalize_bbox", "open_image", "open_images"]

# A text longer than this is an image in base64, and no path.
_LONGEST_PATH = 2000
# How long to wait for an image from the net, in seconds.
_TIMEOUT = 20.0


def open_images(images: list[Any]) -> list[Any]:
    """Each image as a `PIL.Image.Image` in RGB.

    Raises:
        RowError: One cannot be opened, or Pillow is not installed.
    """
    opened = []
    for index, image in enumerate(images):
        try:
            opened.append(open_image(image))
        except ImportError as error:
            detail = "need Pillow to be opened; install it, or set `load_images = False` on the template's class"
            raise refuse_row("unsupported", detail, field="images") from error
        except (OSError, ValueError, TypeError) as error:
            detail = f"{_shown(image)} cannot be opened: {error}"
            raise refuse_row("wrong_value", detail, field=f"images[{index}]") from error
    return opened


def open_image(image: Any) -> Any:
    """A path, an address, bytes, base64 or `{"bytes": ..., "path": ...}` as an image in RGB; an image as it is.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no image.
    """
    from PIL import Image

    if isinstance(image, dict):
        image = image.get("bytes") or image.get("path")
    if isinstance(image, str | os.PathLike):
        image = _bytes_of(os.fspath(image).strip())
    if isinstance(image, bytes | bytearray):
        image = Image.open(io.BytesIO(image))
    if not isinstance(image, Image.Image):
        raise TypeError("give a path, an address, bytes, base64 or a PIL image")
    return image if image.mode == "RGB" else image.convert("RGB")


def _bytes_of(text: str) -> bytes:
    if text.startswith(("http://", "https://")):
        from urllib.request import urlopen

        timeout = float(os.environ.get("SWIFT_TIMEOUT", _TIMEOUT))
        with urlopen(text, timeout=timeout if timeout > 0 else None) as answer:
            content: bytes = answer.read()
            return content
    if (found := re.match(r"data:[^,]*;base64,", text)) is not None:
        return base64.b64decode(text[found.end() :])
    path = _path_of(text)
    return base64.b64decode(text, validate=True) if path is None else path.read_bytes()


def _path_of(text: str) -> Path | None:
    """The file that `text` names, under `ROOT_IMAGE_DIR` where that is set; None where it is base64."""
    if len(text) > _LONGEST_PATH:
        return None
    places = [Path(text).expanduser(), Path(os.environ.get("ROOT_IMAGE_DIR", "")).expanduser() / text]
    known = next((place for place in places if place.exists()), None)
    if known is None and re.fullmatch(r"[A-Za-z0-9+/\s]{64,}={0,2}", text):
        return None
    return known or places[0]


def _shown(image: Any) -> str:
    text = image if isinstance(image, str) else f"a {type(image).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def measure_images(inputs: StdTemplateInputs) -> None:
    """Puts the widths and heights of the images, in pixels, into the objects."""
    inputs.objects["width"] = [image.width for image in inputs.images]
    inputs.objects["height"] = [image.height for image in inputs.images]


def normalize_bbox(inputs: StdTemplateInputs, scale: str) -> None:
    """Boxes in pixels, or from 0 to 1 (`bbox_type`), as the model reads them: 0 to 1000, or in pixels for `none`."""
    objects = inputs.objects
    boxes = objects.get("bbox") or []
    kind = objects.pop("bbox_type", None) or "real"
    which = list(objects.pop("image_id", None) or [])
    which += [0] * (len(boxes) - len(which))
    for index, (box, image) in enumerate(zip(boxes, which, strict=False)):
        try:
            size = (objects["width"][image], objects["height"][image])
        except (IndexError, KeyError, TypeError) as error:
            detail = f"{image!r} is no image of the row, which has {len(inputs.images)}"
            raise refuse_row("wrong_value", detail, field="objects.image_id") from error
        given = (1, 1) if kind == "norm1" else size
        wanted = (1000, 1000) if scale == "norm1000" else size
        boxes[index] = [round(value / given[at % 2] * wanted[at % 2]) for at, value in enumerate(box)]


def add_default_tags(inputs: StdTemplateInputs) -> None:
    """Puts a tag before the first message for each medium that no text names."""
    texts = [inputs.system] if isinstance(inputs.system, str) else []
    for message in inputs.messages:
        content = message.get("content")
        if isinstance(content, str):
            texts.append(content)
        elif content and message.get("role") == "user":
            return
    first = inputs.messages[0] if inputs.messages else {}
    for name in ("image", "audio", "video"):
        tag = f"<{name}>"
        missing = len(getattr(inputs, f"{name}s")) - sum(text.count(tag) for text in texts)
        if missing > 0 and isinstance(first.get("content"), str):
            first["content"] = tag * missing + first["content"]
