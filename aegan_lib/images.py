"""Between bytes and the networks' range, and many images as one."""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from skimage.util import montage


def to_floats(images: np.ndarray) -> np.ndarray:
    """uint8 in [0, 255] -> float32 in [-1, 1]."""
    # float32 throughout: the networks take nothing wider.
    return images.astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_bytes(y: np.ndarray) -> np.ndarray:
    """Floats in [-1, 1] -> uint8 in [0, 255]; what is not a number becomes 0."""
    # -1 -> 0, 0 -> 127.5, 1 -> 255. Rounded, not cut off: to_bytes(to_floats(images)) is images.
    return np.clip(np.rint(np.nan_to_num(y, nan=-1.0) * 127.5 + 127.5), 0, 255).astype(np.uint8)


def enlarge(images: np.ndarray, to: int = 96) -> np.ndarray:
    """(n, h, w, 3) uint8, resized smoothly by a whole number to about `to` pixels."""
    height, width = images.shape[1:3]
    # A whole number, so that every pixel grows by the same amount.
    scale = max(1, round(to / height))
    size = width * scale, height * scale
    smooth = Image.Resampling.BICUBIC
    # Pillow takes one image at a time: n of (h, w, 3) -> (n, h * scale, w * scale, 3).
    return np.stack([np.asarray(Image.fromarray(i).resize(size, smooth)) for i in images])


def mosaic(rows: Sequence[np.ndarray], gap: int = 4) -> np.ndarray:
    """Rows of images (n, h, w, 3) uint8 as one image, `gap` white pixels between two of them.

    >>> faces = np.zeros((3, 8, 8, 3), np.uint8)
    >>> mosaic([faces, faces[:2]], gap=4).shape
    (20, 32, 3)
    """
    columns = max(len(row) for row in rows)
    # A row that is shorter than others ends in white.
    blank = np.full((columns, *rows[0].shape[1:]), 255, np.uint8)
    # Row after row, as montage expects them: (len(rows) * columns, h, w, 3).
    tiles = np.concatenate([np.concatenate([row, blank[len(row) :]]) for row in rows])
    grid = montage(
        tiles,
        fill=(255, 255, 255),
        grid_shape=(len(rows), columns),
        padding_width=gap,
        channel_axis=-1,
    )
    inside = slice(gap, -gap or None)  # montage leaves the gap around all as well
    return grid[inside, inside]
