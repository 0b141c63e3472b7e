"""Between bytes and the networks' range."""

from collections.abc import Sequence

import numpy as np
from PIL import Image


def to_floats(images: np.ndarray) -> np.ndarray:
    """uint8 in [0, 255] -> float32 in [-1, 1]."""
    return images.astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_bytes(y: np.ndarray) -> np.ndarray:
    """Floats in [-1, 1] -> uint8 in [0, 255]; what is not a number becomes 0."""
    return np.clip(np.rint(np.nan_to_num(y, nan=-1.0) * 127.5 + 127.5), 0, 255).astype(np.uint8)


def enlarge(images: np.ndarray, to: int = 96) -> np.ndarray:
    """(n, h, w, 3) uint8, resized smoothly to about `to` pixels."""
    height, width = images.shape[1:3]
    scale = max(1, round(to / height))
    resized = [
        Image.fromarray(i).resize((width * scale, height * scale), Image.Resampling.BICUBIC)
        for i in images
    ]
    return np.stack([np.asarray(image) for image in resized])


def mosaic(rows: Sequence[np.ndarray], gap: int = 4) -> np.ndarray:
    """Rows of images, each (n, h, w, 3) uint8, as one image on white; short rows end early."""
    height, width = rows[0].shape[1:3]
    columns = max(len(row) for row in rows)
    canvas = np.full(
        ((height + gap) * len(rows) - gap, (width + gap) * columns - gap, 3), 255, np.uint8
    )
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            top, left = i * (height + gap), j * (width + gap)
            canvas[top : top + height, left : left + width] = image
    return canvas
