"""Between bytes and the networks' range."""

import numpy as np


def to_floats(images: np.ndarray) -> np.ndarray:
    """uint8 in [0, 255] -> float32 in [-1, 1]."""
    return images.astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_bytes(y: np.ndarray) -> np.ndarray:
    """Floats in [-1, 1] -> uint8 in [0, 255]; what is not a number becomes 0."""
    return np.clip(np.rint(np.nan_to_num(y, nan=-1.0) * 127.5 + 127.5), 0, 255).astype(np.uint8)
