"""A judge that looks at how much power pictures have from coarse to fine."""

import numpy as np

from aegan_lib.evaluation.judges.reference import Judge, Reference, less_chance, quantiles
from aegan_lib.metrics import Images


def spectrum(reference: Reference) -> Judge:
    """How far the pictures' log power is from that of real ones, in nats.

    For each colour, and each ring of one cycle's width in the plane of frequencies, the mean
    difference between the sorted values of both sets, averaged. Where in the picture something is,
    and whether it is an edge or noise, it does not see.
    """
    real = quantiles(_log_power(reference.faces))

    def distance(images: Images) -> float:
        return float(np.abs(quantiles(_log_power(images)) - real).mean())

    return less_chance(distance, reference.others)


def _log_power(images: Images) -> np.ndarray:
    """Log of the power, in squared grey levels, by ring and colour: (n, rings * 3)."""
    height, width = images.shape[1:3]
    # Without a window the picture's borders would count as edges.
    window = np.outer(np.hanning(height), np.hanning(width))[..., None]
    x = (images - images.mean(axis=(1, 2), keepdims=True)) * window
    power = np.abs(np.fft.fft2(x, axes=(1, 2))) ** 2 / np.sum(window**2)
    down, across = (np.fft.fftfreq(size, 1 / size) for size in (height, width))
    cycles = np.rint(np.hypot(down[:, None], across))
    # Up to half the picture's size, beyond which a ring is no longer whole.
    rings = [cycles == ring for ring in range(1, min(height, width) // 2 + 1)]
    # One is added: below a grey level there is only rounding.
    return np.log(1 + np.concatenate([power[:, ring].mean(axis=1) for ring in rings], axis=1))
