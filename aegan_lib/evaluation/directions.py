"""Directions in the space of codes, chosen in one way wherever they are used.

The direction of an attribute is a mean difference *among faces alike in Male and Smiling*. The
plain difference of the means holds whatever else goes with the attribute in the data: among
photographs more women than men smile, and the plain smile would then make a face more female.
"""

import numpy as np

from aegan_lib import latent
from aegan_lib.dataset import Split

COMPONENTS = 3  # directions of most variance that are looked at
ALIKE = ("Male", "Smiling")  # what compared faces have in common, but for the attribute itself


def alike_but_for(split: Split, name: str) -> np.ndarray:
    """A label a face, (n,) int: the same for faces alike in Male and Smiling, but for `name`."""
    # One bit for each attribute that must be alike: with two of them four strata, with one two.
    labels = np.zeros(len(split.table), int)
    for i, other in enumerate(ALIKE):
        if other != name and other in split.attributes:
            labels += 2**i * split.table[other].to_numpy(int)
    return labels


def attribute_direction(z: np.ndarray, split: Split, name: str) -> np.ndarray:
    """From the mean code without an attribute to that with it, among faces alike; (latent_dim,).

    Arguments:
        z: codes (n, latent_dim) of the images of `split`.
        split: training images, with their attributes.
        name: of the attribute.

    Raises:
        ValueError: no two faces alike differ in it.
    """
    return latent.balanced_vector(z, split.table[name], alike_but_for(split, name))


def attribute_directions(z: np.ndarray, split: Split) -> dict[str, np.ndarray]:
    """Attribute -> its direction, for all that have one."""
    found = {}
    for name in split.attributes:
        try:
            found[name] = attribute_direction(z, split, name)
        except ValueError:
            continue  # no two faces alike differ in it
    return found


def movable(split: Split) -> list[str]:
    """The attributes that have a direction among these faces, whatever their codes are."""
    return list(attribute_directions(np.zeros((len(split.table), 1)), split))


def per_deviation(z: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """A direction as long as the standard deviation of the codes `z` along it."""
    # z @ unit, (n,), is where each code lies along the direction. A direction of length 0 stays 0.
    unit = direction / max(np.linalg.norm(direction), 1e-12)
    return unit * np.std(z @ unit, ddof=1)


def walked(z: np.ndarray, split: Split) -> dict[str, np.ndarray]:
    """The directions that a face is moved along, each one standard deviation of `z` long."""
    # Only the two that every dataset of faces knows, Smiling first as it comes last in ALIKE.
    ways = attribute_directions(z, Split(split.images, split.table.filter(ALIKE)))
    found = {name: per_deviation(z, way) for name, way in reversed(ways.items())}
    # These are as long as one standard deviation already.
    _, components = latent.principal_directions(z, COMPONENTS)
    return found | {f"component {i + 1}": way for i, way in enumerate(components)}
