"""Photographs into small square images: decoded, turned upright, cut, resized, several at a time.

Pillow decodes and resizes, antialiased. It releases Python's lock for both, so threads share the
work; one for each core is enough.
"""

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import ExifTags, Image, ImageOps

from aegan_lib.datasets.photos.crop import Box
from aegan_lib.datasets.provider import Chunk

FORMATS = ("JPEG", "PNG", "WEBP")
CHUNK = 128  # pictures that one thread does between two movements of the bar
LARGEST = 50_000_000  # pixels that are held in memory for one picture

Opener = Callable[[], bytes | Path]
Cut = Callable[[int, int], Box]  # width, height -> the box in pixels


class UnusableError(ValueError):
    """A picture that cannot be used; the text follows its name in a sentence."""


class Picture(NamedTuple):
    """Where a picture is, under the name that it is reported by."""

    name: str
    open: Opener


def chunks(
    split: str,
    pictures: Mapping[str, Picture],
    known: pd.DataFrame,
    lacks: str,
    cut: Cut,
    size: int,
) -> Iterator[Chunk]:
    """The pictures of a split with their rows of `known`, in their order.

    Arguments:
        split: what they are for.
        pictures: by the names that `known` is indexed by.
        known: attributes and landmarks; a picture without a row is left out.
        lacks: why it is, as a clause.
        cut: which part of each to use.
        size: of the images, in pixels.
    """
    listed = [name for name in pictures if name in known.index]
    without = [picture.name for name, picture in pictures.items() if name not in known.index]
    rows = known.loc[listed].reset_index(drop=True)
    rows.insert(0, "file", [pictures[name].name for name in listed])
    if without:
        nothing = np.empty((0, size, size, 3), np.uint8)
        yield Chunk(split, nothing, rows.iloc[:0], dict.fromkeys(without, lacks))
    for images, kept, left_out in squares([pictures[name] for name in listed], cut, size):
        yield Chunk(split, images, rows.iloc[kept], left_out)


def squares(
    pictures: Iterable[Picture], cut: Cut, size: int
) -> Iterator[tuple[np.ndarray, list[int], dict[str, str]]]:
    """Pictures as (k, size, size, 3) uint8, chunk by chunk, in their order.

    Yields:
        Images, the positions of their pictures among all, and why others were left out.
    """
    listed = list(enumerate(pictures))
    chunks = [listed[begin : begin + CHUNK] for begin in range(0, len(listed), CHUNK)]

    def work(chunk: list[tuple[int, Picture]]) -> tuple[np.ndarray, list[int], dict[str, str]]:
        images, kept, left_out = [], [], {}
        for position, picture in chunk:
            try:
                images.append(square(picture.open(), cut, size))
                kept.append(position)
            except Exception as error:  # whatever a damaged file makes a decoder say
                left_out[picture.name] = _reason(error)
        return np.array(images, np.uint8).reshape(-1, size, size, 3), kept, left_out

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(work, chunks)


def square(file: bytes | Path, cut: Cut, size: int) -> np.ndarray:
    """One picture, cut and resized to (size, size, 3) uint8 RGB.

    Raises:
        Exception: whatever Pillow makes of a file that is damaged or no picture.
    """
    with Image.open(io.BytesIO(file) if isinstance(file, bytes) else file, formats=FORMATS) as it:
        if it.width * it.height > (Image.MAX_IMAGE_PIXELS or LARGEST):
            raise UnusableError(_too_large(it))
        orientation = it.getexif().get(ExifTags.Base.Orientation, 1)
        width, height = it.size[::-1] if orientation in (5, 6, 7, 8) else it.size
        left, top, right, bottom = cut(width, height)
        # A JPEG can be decoded at a half, a quarter or an eighth, where that is still enough.
        fewer = min((right - left) / size, (bottom - top) / size) / 2
        if fewer > 1:
            it.draft(it.mode, (int(it.width / fewer), int(it.height / fewer)))
        if it.width * it.height > LARGEST:
            raise UnusableError(_too_large(it))
        upright = rgb(it if orientation == 1 else ImageOps.exif_transpose(it))
    x, y = upright.width / width, upright.height / height
    small = upright.resize(
        (size, size),
        Image.Resampling.BICUBIC,
        box=(left * x, top * y, min(right * x, upright.width), min(bottom * y, upright.height)),
        reducing_gap=3.0,
    )
    return np.asarray(small)


def whole(file: bytes | Path, longest: int = 400) -> np.ndarray:
    """The whole picture upright, at most `longest` pixels wide and high: (h, w, 3) uint8."""
    with Image.open(io.BytesIO(file) if isinstance(file, bytes) else file, formats=FORMATS) as it:
        it.draft(it.mode, (2 * longest, 2 * longest))
        upright = rgb(ImageOps.exif_transpose(it))
    upright.thumbnail((longest, longest), reducing_gap=3.0)
    return np.asarray(upright)


def first_whole(pictures: Iterable[Picture]) -> np.ndarray | None:
    """The first of these pictures that can be read, whole."""
    for picture in pictures:
        with suppress(Exception):
            return whole(picture.open())
    return None


def rgb(image: Image.Image) -> Image.Image:
    """Any mode as RGB: transparency on white, 16 bits as 8, grey, CMYK and palettes converted."""
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)
        image = Image.fromarray(np.clip(np.rint(values / 257), 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        on_top = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", on_top.size, "white"), on_top)
    return image.convert("RGB")


def _reason(error: Exception) -> str:
    """One clause that follows the file's name."""
    if isinstance(error, UnusableError):
        return str(error)
    if isinstance(error, Image.UnidentifiedImageError):
        return "is no JPEG, PNG or WebP picture"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return "has too many pixels to be decoded safely (a decompression bomb?)"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror})"
    text = re.sub(r"\s+", " ", str(error))[:120]
    return f"is damaged ({text or type(error).__name__})"


def _too_large(image: Image.Image) -> str:
    return (
        f"has {image.width:,} × {image.height:,} pixels, too many to be decoded safely "
        "(a decompression bomb?)"
    )
