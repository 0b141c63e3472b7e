"""What every judge compares with: real faces that no network is judged on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from aegan_lib.dataset import Dataset
from aegan_lib.evaluation.probe import Probe
from aegan_lib.metrics import Images

Judge = Callable[[Images], float]
FACES, OTHERS = 2000, 1000  # training faces to compare with, and beside them, at most
QUANTILES = 256  # by which two distributions of numbers are compared


@dataclass(frozen=True)
class Reference:
    """Real faces: those that sets are compared with, and others that say what chance does.

    The probe is only there where faces have attributes; a judge that needs it says so.
    """

    faces: Images
    others: Images
    probe: Probe | None = None


def reference_faces(dataset: Dataset, probe: Probe | None = None) -> Reference:
    """Training faces, drawn once and for all: at most FACES, and OTHERS beside them."""
    images = dataset.train.images
    order = np.random.default_rng(0).permutation(len(images))
    # Of few faces a third is set aside.
    count = min(FACES, 2 * len(images) // 3)
    # In the order of the file, which is then read from front to back.
    faces, others = np.sort(order[:count]), np.sort(order[count : count + OTHERS])
    return Reference(images[faces], images[others], probe)


def less_chance(distance: Judge, others: Images) -> Judge:
    """`distance` less that of as many other real faces, as long as there are enough of them.

    A few faces are never distributed just as many are: without this, a small set would be far from
    real faces for being small.
    """
    chance = cache(lambda count: distance(others[:count]))
    return lambda images: distance(images) - chance(min(len(images), len(others)))


def quantiles(values: np.ndarray) -> np.ndarray:
    """Of each column of (n, d) as many sorted values for any n: (QUANTILES, d)."""
    middles = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return np.sort(values, axis=0)[(middles * len(values)).astype(int)]
