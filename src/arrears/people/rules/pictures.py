"""The photo of a badge: what is taken as one, and what is kept of it."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageOps

from arrears.kernel.errors import BadInput

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_PIXELS: Final = 50_000_000  # before it is unpacked: a small file can hold a huge picture
LEAST_SIDE: Final = 160  # pixels; less shows nobody's face
KEPT_SIDE: Final = 800  # pixels of the longer side
FORMATS: Final = ("JPEG", "PNG", "WEBP")


def badge_photo(content: bytes) -> bytes:
    """The picture drawn anew as a JPEG: its pixels alone, without place, time or camera.

    Raises
    ------
    BadInput
        If it is no JPEG, PNG or WebP, damaged, larger than 4 MiB, or too small to see a face.
    """
    if not 0 < len(content) <= MOST_BYTES:
        raise BadInput(
            "the photo is too large" if content else "the photo is empty",
            expected=f"1 to {MOST_BYTES} bytes",
            found=str(len(content)),
            key="photo",
        )
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _require_size(*picture.size)
            return _drawn(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(
            "this is no photo",
            expected="a picture as JPEG, PNG or WebP",
            found="something else, or a damaged file",
            remedy="save it as JPEG and try again",
            key="photo",
        ) from error


def _require_size(width: int, height: int) -> None:
    if min(width, height) < LEAST_SIDE or width * height > MOST_PIXELS:
        raise BadInput(
            "the photo has the wrong size",
            expected=f"{LEAST_SIDE} pixels a side at least, {MOST_PIXELS:,} in all at most",
            found=f"{width} x {height}",
            key="photo",
        )


def _drawn(picture: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
    # A new picture: whatever else the file carried stays behind.
    clean = Image.new("RGB", upright.size, "white")
    clean.paste(upright, mask=upright)
    written = io.BytesIO()
    clean.save(written, "JPEG", quality=85)
    return written.getvalue()
