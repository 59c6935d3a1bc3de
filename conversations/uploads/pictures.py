"""Pictures: measured by their header before anything is decoded, turned upright, made small enough, written anew.

Nothing but the pixels survives: no EXIF with its places and names, no profile, no bytes behind the end of the picture.
Only `conversations.uploads.child` loads this.
"""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from conversations.uploads.answers import Read, Unreadable

THUMBNAIL = 512  # pixels, its longer side
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_QUALITY = 90


def read(data: bytes, limits: dict[str, Any]) -> Read:
    """The picture and its thumbnail. `limits`: `pixels` that are decoded, `side` in pixels that is kept.

    Raises Unreadable (`image_broken`, `image_pixels`).
    """
    Image.MAX_IMAGE_PIXELS = None  # looked at here, by our own limit
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        width, height = image.size
        if width * height > limits["pixels"]:
            raise Unreadable("image_pixels", width=width, height=height)
        is_animated = image.format != "MPO" and getattr(image, "is_animated", False)
        kept = _kept(image, limits["side"])
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable("image_broken") from error
    body, media_type = _written(kept, image.format in ("JPEG", "MPO", "WEBP"))
    small = kept.convert("RGBA" if _has_alpha(kept) else "RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    thumbnail = io.BytesIO()
    small.save(thumbnail, "WEBP", quality=80)
    facts = {"media_type": media_type, "width": kept.width, "height": kept.height, "is_animated": is_animated}
    return Read(facts, [body, thumbnail.getvalue()])


def _kept(image: Image.Image, side: int) -> Image.Image:
    """The first frame upright, in a mode that every model server reads, no side longer than `side`."""
    image.seek(0)
    image.draft("RGB", (side, side))  # a JPEG is decoded at an eighth, a quarter or half of its size
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        upright = upright.point(lambda value: value / 256).convert("L")  # 16 bits a pixel
    if upright.mode not in ("L", "RGB", "RGBA"):
        upright = upright.convert("RGBA" if _has_alpha(upright) else "RGB")
    upright.thumbnail((side, side))
    bare = Image.new(upright.mode, upright.size)
    bare.paste(upright)
    return bare


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def _written(image: Image.Image, is_photo: bool) -> tuple[bytes, str]:
    body = io.BytesIO()
    if is_photo and image.mode != "RGBA":
        image.save(body, "JPEG", quality=_QUALITY)
        return body.getvalue(), "image/jpeg"
    image.save(body, "PNG")
    return body.getvalue(), "image/png"
