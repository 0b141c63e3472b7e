"""A judge that looks at small patches, from the finest detail to the whole face.

References: Karras et al., "Progressive Growing of GANs" (2017), section 5, whose statistic this is
but for the directions and for the joint spread.
"""

from collections.abc import Callable

import cv2
import numpy as np

from aegan_lib.evaluation.judges.reference import Judge, Reference, less_chance, quantiles
from aegan_lib.metrics import Images

SIDE, PLACES = 7, 24  # of a patch, in pixels; and how many places of a picture have one


def principal_axes(values: np.ndarray) -> np.ndarray:
    """Directions (d, d) in which real patches (n, d) vary independently, each scaled to vary by 1.

    A direction that varies by less than a grey level is scaled as if it did by one.
    """
    variances, axes = np.linalg.eigh(np.cov(values.T))
    return axes / np.sqrt(np.maximum(variances, 0) + 1)


def patches(
    reference: Reference,
    directions: Callable[[np.ndarray], np.ndarray] = principal_axes,
    joint: bool = True,
) -> Judge:
    """The sliced Wasserstein distance of patches, averaged over the levels of a Laplacian pyramid.

    At each level, patches of 7 x 7 pixels and three colours are seen along fixed directions, those
    of the smallest level, below 7 pixels, as the whole face. Along each, the distance is the mean
    difference between the sorted values of both sets, divided by their joint spread: of normal
    values it is 1.13 where nothing varies any more, and at most that for noise, however strong. So
    what is lost and what is added weigh alike, in faint detail as in strong shades.

    It does not see how values of several directions belong together: grain over a blurred face
    fills directions that the blur has emptied, and passes in part for detail. Along random
    mixtures of the axes it would do so even more, since losses and gains even out in a mixture.
    """
    rng = np.random.default_rng(0)
    # What to look at on each level: places in the picture, the mean patch, directions (d, p).
    looks = []
    for level in _pyramid(reference.faces):
        room = np.maximum(np.array(level.shape[1:3]) - SIDE, 0)
        places = rng.integers(0, room + 1, (PLACES, 2)) if room.all() else np.zeros((1, 2), int)
        values = _cut(level, places)
        looks.append((places, values.mean(axis=0), directions(values)))

    def seen(images: Images) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each level the sorted values (QUANTILES, p), and their variances (p,)."""
        found = []
        for level, (places, centre, along) in zip(_pyramid(images), looks, strict=True):
            values = (_cut(level, places) - centre) @ along.astype(np.float32)
            found.append((quantiles(values), values.var(axis=0)))
        return found

    real = seen(reference.faces)

    def distance(images: Images) -> float:
        levels = []
        for (ours, variance), (theirs, usual) in zip(seen(images), real, strict=True):
            # Where neither set varies at all, equal values are no distance and not 0 / 0.
            spread = np.maximum(np.sqrt((variance + usual) / 2), 1e-3) if joint else 1
            levels.append(np.mean(np.abs(ours - theirs).mean(axis=0) / spread))
        return float(np.mean(levels))

    return less_chance(distance, reference.others)


def _pyramid(images: Images) -> list[np.ndarray]:
    """What each halving takes away, from the finest, and what is left below SIDE pixels."""
    levels, x = [], images.astype(np.float32)
    while min(x.shape[1:3]) >= SIDE:
        smaller = np.stack([cv2.pyrDown(image) for image in x])
        levels.append(x - np.stack([cv2.pyrUp(i, dstsize=x.shape[2:0:-1]) for i in smaller]))
        x = smaller
    return [*levels, x]


def _cut(level: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Patches at `places` (k, 2) of (n, h, w, 3), as rows: (k * n, values)."""
    parts = [level[:, y : y + SIDE, x : x + SIDE].reshape(len(level), -1) for y, x in places]
    return np.concatenate(parts)
