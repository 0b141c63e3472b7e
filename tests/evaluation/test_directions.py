"""Directions in codes whose first numbers are the attributes themselves."""

import numpy as np
import pandas as pd
import pytest

from aegan_lib import latent
from aegan_lib.dataset import Split
from aegan_lib.evaluation import directions

# Two of three women smile, one of three men.
TABLE = pd.DataFrame(
    {
        "Male": [False, False, False, True, True, True],
        "Smiling": [True, True, False, True, False, False],
        "Hat": [True, False, True, True, True, False],
    }
)
FACES = Split(np.zeros((6, 2, 2, 3), np.uint8), TABLE)
Z = TABLE.to_numpy(float)


def only(*names):
    return Split(FACES.images, TABLE[[*names]])


def test_faces_alike_have_one_label():
    assert directions.alike_but_for(FACES, "Smiling").tolist() == [0, 0, 0, 1, 1, 1]
    assert directions.alike_but_for(FACES, "Male").tolist() == [2, 2, 0, 2, 0, 0]
    assert directions.alike_but_for(FACES, "Hat").tolist() == [2, 2, 0, 3, 1, 1]
    assert directions.alike_but_for(only("Smiling", "Hat"), "Hat").tolist() == [2, 2, 0, 2, 0, 0]
    assert directions.alike_but_for(only("Hat"), "Hat").tolist() == [0] * 6


def test_a_smile_changes_nobodys_sex():
    z = Z[:, :2]
    smile = directions.attribute_direction(z, FACES, "Smiling")
    assert smile == pytest.approx([0, 1])
    # The plain difference does: two in three of those who smile are women, one in three of others.
    assert latent.attribute_vector(z, TABLE["Smiling"]) == pytest.approx([-1 / 3, 1])
    # Without Male there is nothing to hold fixed.
    assert directions.attribute_direction(z, only("Smiling"), "Smiling") == pytest.approx(
        [-1 / 3, 1]
    )


def test_an_attribute_that_follows_from_others_has_no_direction():
    adult = Split(FACES.images, TABLE.assign(Adult=TABLE["Male"], Face=True))
    with pytest.raises(ValueError, match="strata"):
        directions.attribute_direction(Z, adult, "Adult")
    found = directions.attribute_directions(Z, adult)
    assert list(found) == ["Male", "Smiling", "Hat"]
    assert found["Male"][:2] == pytest.approx([1, 0])


def test_a_direction_is_as_long_as_the_deviation_along_it():
    z = np.array([[0.0, 1], [3, 5], [6, 9]])  # on a line, 5 apart
    assert directions.per_deviation(z, np.array([0.3, 0.4])) == pytest.approx([3, 4])
    assert directions.per_deviation(z, np.array([-40.0, 30])) == pytest.approx([0, 0])
    assert directions.per_deviation(z, np.zeros(2)).tolist() == [0, 0]


def test_what_is_walked():
    ways = directions.walked(Z, FACES)
    components = [f"component {i}" for i in (1, 2, 3)]
    assert list(ways) == ["Smiling", "Male", *components]  # of a hat, nothing is said
    for name in ("Smiling", "Male"):
        direction = directions.attribute_direction(Z, FACES, name)
        assert ways[name] == pytest.approx(directions.per_deviation(Z, direction))
    lengths = [np.linalg.norm(ways[name]) for name in components]
    assert lengths == sorted(lengths, reverse=True)
    assert list(directions.walked(Z, only("Smiling"))) == ["Smiling", *components]
    assert list(directions.walked(Z, only("Hat"))) == components
