"""Real faces made worse on purpose, to find out which judge of realism can be believed.

Every degradation has one signature: `(images, strength, train, rng) -> images`, the images
(n, h, w, 3) uint8. What a strength means stands in each docstring; widths are in pixels of a
picture 40 pixels wide, so that a picture of any size loses the same.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import cv2
import numpy as np
from scipy.special import ive

from aegan_lib.metrics import Images, mean_face, principal_components, through_components

WIDTH = 40  # pixels across a picture in which widths are given


class TrainingFaces:
    """The training faces (n, h, w, 3) uint8 whose mean and components degradations use.

    Components are found once for all draws that ask for as many: to find them takes longer than
    everything else in a calibration.
    """

    def __init__(self, images: Images) -> None:
        self.images = images
        self.components = cache(lambda count: principal_components(images, count))


Degradation = Callable[[Images, float, TrainingFaces, np.random.Generator], Images]


def blur(images: Images, strength: float, train: TrainingFaces, rng: np.random.Generator) -> Images:
    """A Gaussian whose standard deviation is `strength` pixels."""
    return _to_bytes(_smoothed(images, strength))


def noise(
    images: Images, strength: float, train: TrainingFaces, rng: np.random.Generator
) -> Images:
    """Gaussian noise, of its own in every value, of standard deviation `strength` grey levels."""
    return _to_bytes(images + strength * rng.standard_normal(images.shape))


def sharpened(
    images: Images, strength: float, train: TrainingFaces, rng: np.random.Generator
) -> Images:
    """x + strength · (x - x blurred by 1 pixel): an unsharp mask."""
    return _to_bytes(images + strength * (images - _smoothed(images, 1.0)))


def pca(images: Images, strength: float, train: TrainingFaces, rng: np.random.Generator) -> Images:
    """Through the first `strength` principal components of training faces."""
    return through_components(train.components(int(strength)), images)


def jpeg(images: Images, strength: float, train: TrainingFaces, rng: np.random.Generator) -> Images:
    """Through a JPEG file of quality `strength`, whose colours are half as fine, as is usual."""
    setting = [cv2.IMWRITE_JPEG_QUALITY, int(strength)]
    # OpenCV has blue first, and JPEG keeps less of blue.
    files = [cv2.imencode(".jpg", image[..., ::-1], setting)[1] for image in images]
    return np.stack([np.asarray(cv2.imdecode(f, cv2.IMREAD_COLOR))[..., ::-1] for f in files])


def shuffled(
    images: Images, strength: float, train: TrainingFaces, rng: np.random.Generator
) -> Images:
    """Cut into `strength` by `strength` tiles, put together in an order of each picture's own."""
    count, (n, height, width, _) = int(strength), images.shape
    if height % count or width % count:
        raise ValueError(
            f"Tiles must be of one size, so {count} must divide height and width. "
            f"Received: {height} x {width} pixels."
        )
    # (n, rows, h, columns, w, 3) -> (n, tiles, h, w, 3), and back.
    grid = (n, count, height // count, count, width // count, 3)
    tiles = images.reshape(grid).swapaxes(2, 3).reshape(n, count**2, *grid[2:5:2], 3)
    order = rng.permuted(np.tile(np.arange(count**2), (n, 1)), axis=1)
    mixed = tiles[np.arange(n)[:, None], order]
    return mixed.reshape(n, count, count, *grid[2:5:2], 3).swapaxes(2, 3).reshape(images.shape)


def scrambled(
    images: Images, strength: float, train: TrainingFaces, rng: np.random.Generator
) -> Images:
    """Each picture's own spectrum with random phases, `strength` times them: 1 is all random.

    The three colours are turned by the same phases, so that colours stay the picture's.
    """
    # The phases of real noise, so that the picture stays real.
    phases = np.angle(np.fft.fft2(rng.standard_normal(images.shape[:3])))
    phases[:, 0, 0] = 0  # the mean is not turned
    turned = np.fft.fft2(images, axes=(1, 2)) * np.exp(1j * strength * phases)[..., None]
    return _to_bytes(np.fft.ifft2(turned, axes=(1, 2)).real)


def repeated(
    images: Images, strength: float, train: TrainingFaces, rng: np.random.Generator
) -> Images:
    """As many pictures, of only `strength` different faces among them."""
    chosen = rng.choice(len(images), min(int(strength), len(images)), replace=False)
    return images[np.resize(chosen, len(images))]


def mean(images: Images, strength: float, train: TrainingFaces, rng: np.random.Generator) -> Images:
    """Moved towards the mean training face by the share `strength`: 1 is the mean face alone."""
    goal = mean_face(train.images, images)
    return _to_bytes(images + strength * (goal.astype(np.float32) - images))


DEGRADATIONS: Mapping[str, Degradation] = {
    function.__name__: function
    for function in (blur, noise, sharpened, pca, jpeg, shuffled, scrambled, repeated, mean)
}


def degrade(
    images: Images, strengths: Mapping[str, Any], train: TrainingFaces, seed: int = 0
) -> dict[str, Images]:
    """The real images and all that becomes of them, by names such as "real" and "blur 0.5".

    Arguments:
        images: (n, h, w, 3) uint8.
        strengths: degradation -> its strengths, as in the plan.
        train: for those that ask for a mean face or components.
        seed: of noise, orders and choices.
    """
    sets = {"real": images}
    for index, (family, values) in enumerate(strengths.items()):
        for value in values:
            # The same randomness at each strength: of two noises one is the other, amplified.
            rng = np.random.default_rng([seed, index])
            sets[f"{family} {value}"] = DEGRADATIONS[family](images, value, train, rng)
    return sets


def _smoothed(images: Images, pixels: float) -> np.ndarray:
    variance = (pixels * images.shape[2] / WIDTH) ** 2
    # The discrete Gaussian, whose variance is just this however small it is: a quarter of a pixel's
    # Gaussian, looked at in whole pixels, would be no blur at all. (Lindeberg, 1990.)
    reach = int(np.ceil(4 * np.sqrt(variance))) + 1
    weights = ive(np.arange(-reach, reach + 1), variance)
    # Floats, so that what a blur takes away keeps its sign and its fractions.
    x = images.astype(np.float32)
    return np.stack([cv2.sepFilter2D(i, cv2.CV_32F, weights, weights) for i in x])


def _to_bytes(values: np.ndarray) -> Images:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
