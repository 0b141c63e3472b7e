"""Photographs into small square images: decoded, turned upright, cut, resized, several at a time.

Pillow decodes and resizes, antialiased. It releases Python's lock for both, so threads share the
work; one for each core is enough.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from aegan_lib.datasets.photos import metadata, opening
from aegan_lib.datasets.photos.crop import Box
from aegan_lib.datasets.photos.opening import UnusableError
from aegan_lib.datasets.provider import Chunk

CHUNK = 128  # pictures that one thread does between two movements of the bar
Opener = Callable[[], bytes | Path]
Cut = Callable[[int, int], Box]  # width, height -> the box in pixels


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
    # Only pictures with a row are decoded. The others are told first, in a chunk without images.
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
    # Positions go along, since the rows of the table are picked by them once all is decoded.
    listed = list(enumerate(pictures))
    chunks = [listed[begin : begin + CHUNK] for begin in range(0, len(listed), CHUNK)]

    def work(chunk: list[tuple[int, Picture]]) -> tuple[np.ndarray, list[int], dict[str, str]]:
        images, kept, left_out = [], [], {}
        for position, picture in chunk:
            try:
                images.append(square(picture.open(), cut, size))  # (size, size, 3)
                kept.append(position)
            except Exception as error:  # whatever a damaged file makes a decoder say
                left_out[picture.name] = _reason(error)
        return np.array(images, np.uint8).reshape(-1, size, size, 3), kept, left_out

    # map keeps the order of the chunks, whichever thread finishes first.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(work, chunks)


def square(file: bytes | Path, cut: Cut, size: int) -> np.ndarray:
    """One picture, cut and resized to (size, size, 3) uint8 RGB.

    Raises:
        Exception: whatever Pillow makes of a file that is damaged or no picture.
    """

    def read(it: Image.Image) -> np.ndarray:
        # The crop is meant for the upright picture.
        side, (width, height) = metadata.orientation(it), it.size
        if side in metadata.ON_ITS_SIDE:
            width, height = height, width
        left, top, right, bottom = cut(width, height)
        # A JPEG can be decoded at a half, a quarter or an eighth, where that is still enough.
        fewer = max(1, min((right - left) / size, (bottom - top) / size) / 2)
        upright = opening.upright(it, side, (int(it.width / fewer), int(it.height / fewer)))
        # How much smaller the draft is than the picture that the box was computed for.
        x, y = upright.width / width, upright.height / height
        small = upright.resize(
            (size, size),
            Image.Resampling.BICUBIC,
            box=(left * x, top * y, min(right * x, upright.width), min(bottom * y, upright.height)),
            # Far too large pictures are first averaged down by a whole number, which is faster.
            reducing_gap=3.0,
        )
        return np.asarray(small)

    return opening.opened(file, read)


def whole(file: bytes | Path, longest: int = 400) -> np.ndarray:
    """The whole picture upright, at most `longest` pixels wide and high: (h, w, 3) uint8."""

    def read(it: Image.Image) -> np.ndarray:
        # A draft of twice the size, so that the thumbnail is still averaged down.
        upright = opening.upright(it, metadata.orientation(it), (2 * longest, 2 * longest))
        upright.thumbnail((longest, longest), reducing_gap=3.0)
        return np.asarray(upright)

    return opening.opened(file, read)


def first_whole(pictures: Iterable[Picture]) -> np.ndarray | None:
    """The first of these pictures that can be read, whole."""
    for picture in pictures:
        with suppress(Exception):
            return whole(picture.open())
    return None


def _reason(error: Exception) -> str:
    """One clause that follows the file's name."""
    # Our own words, or what Pillow's classes mean; else the beginning of what the decoder said.
    if isinstance(error, UnusableError):
        return str(error)
    if isinstance(error, Image.UnidentifiedImageError):
        return "is no JPEG, PNG or WebP picture"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror})"
    text = re.sub(r"\s+", " ", str(error))[:120]
    return f"is damaged ({text or type(error).__name__})"
