"""Vector arithmetic on codes z, (n, latent_dim) >= 0."""

import numpy as np


def attribute_vector(z: np.ndarray, attribute: np.ndarray) -> np.ndarray:
    """Mean code of the images that have `attribute`, (n,) bool, minus that of the others."""
    attribute = np.asarray(attribute, dtype=bool)
    if attribute.all() or not attribute.any():
        raise ValueError(
            "An attribute vector needs images with the attribute and images without it. "
            f"Received: {attribute.sum()} with, {(~attribute).sum()} without."
        )
    return z[attribute].mean(axis=0) - z[~attribute].mean(axis=0)


def arithmetic(plus: np.ndarray, minus: np.ndarray, source: np.ndarray) -> np.ndarray:
    """mean(plus) - mean(minus) + mean(source): the documents' smiling man.

    Each argument holds the codes of one group, (k, latent_dim); the documents take three
    images a group. The result (latent_dim,) is not clipped: it may hold negative numbers,
    which no encoder can give.
    """
    return plus.mean(axis=0) - minus.mean(axis=0) + source.mean(axis=0)
