"""A judge that looks with the eyes of the probe.

References: Bińkowski et al., "Demystifying MMD GANs" (2018), whose "KID" has other eyes.
"""

import numpy as np

from aegan_lib.backend import keras
from aegan_lib.errors import UserError
from aegan_lib.evaluation.judges.reference import Judge, Reference
from aegan_lib.metrics import Images
from aegan_lib.models import apply


def kernel(reference: Reference) -> Judge:
    """The unbiased squared maximum mean discrepancy of what the probe's last layer is given.

    The kernel is (x · y / d + 1)³ of those d numbers. The probe was taught attributes of real
    faces: what it has no use for, this judge does not see.

    Raises:
        UserError: there is no probe, since the faces have no attributes.
    """
    if reference.probe is None:
        raise UserError(
            "The kernel looks with the probe, which is trained where images have attributes. "
            "Expected: a reference with a probe. Received: none."
        )
    features = keras.Sequential(reference.probe.model.layers[:-1])
    theirs = apply(features, reference.faces)
    real = _within(theirs)

    def distance(images: Images) -> float:
        ours = apply(features, images)
        return _within(ours) + real - 2 * float(_products(ours, theirs).mean())

    return distance


def _products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The kernel of each row of (n, d) with each row of (m, d): (n, m)."""
    return (a @ b.T / a.shape[1] + 1).astype(float) ** 3


def _within(features: np.ndarray) -> float:
    """The mean kernel of two different rows: with itself, a row would be a bias."""
    values, count = _products(features, features), len(features)
    return float((values.sum() - np.trace(values)) / (count * (count - 1)))
