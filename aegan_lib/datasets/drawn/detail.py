"""Random numbers for all that the other factors of a face leave open.

Each process, such as where the strands of the hair lie, has a generator of its own, so that none
shifts another's numbers. They are drawn in an order that depends on neither the size of the
picture nor the smile: the same detail at any size, and the same person smiling.
"""

from collections.abc import Callable

import numpy as np

from aegan_lib.datasets.drawn.anatomy import Face

# A process's place in this list is part of its seed: new ones are appended.
PROCESSES = (
    "background",
    "clothes",
    "cut",
    "locks",
    "strands",
    "skin",
    "brows",
    "beard",
    "eyes",
    "mouth",
    "glasses",
)


def generator(face: Face, process: str) -> np.random.Generator:
    """The generator of one process of one face."""
    return np.random.default_rng([int(face["detail_seed"]), PROCESSES.index(process)])


Pick = Callable[[float, float], float]


def picker(rng: np.random.Generator) -> Pick:
    """`pick(low, high)`: a uniform number."""
    return lambda low, high: low + (high - low) * float(rng.random())
