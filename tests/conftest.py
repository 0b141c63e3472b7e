"""A tiny dataset and profile, so that the real parts run in seconds."""

import cv2
import numpy as np
import pandas as pd
import pytest

from aegan_lib.datasets import Dataset, Split
from aegan_lib.profiles import Profile

TINY = Profile(
    "tiny", image_size=20, filters=4, batch_size=16, epochs=2,
    train=64, validation=16, test=32, learning_rate_scale=10, latent_dim=20,
)  # fmt: skip


def blobs(count: int, size: int, seed: int) -> np.ndarray:
    """Smooth random images (count, size, size, 3) uint8."""
    grids = np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
    return np.stack([cv2.resize(grid, (size, size)) for grid in grids])


def blob_split(count: int, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"Male": rng.random(count) < 0.5, "Smiling": rng.random(count) < 0.5})
    return Split(blobs(count, TINY.image_size, seed), table)


@pytest.fixture(scope="session")
def tiny() -> Profile:
    return TINY


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return Dataset("blobs", blob_split(64, 1), blob_split(16, 2), blob_split(32, 3), "digest")
