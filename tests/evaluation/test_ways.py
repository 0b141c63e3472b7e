"""Ways through the space of codes: between faces, and along directions that are known."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from aegan_lib import metrics
from aegan_lib.dataset import Split
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.drawn.factors import FACTORS
from aegan_lib.evaluation import ways
from aegan_lib.evaluation.ways import PAIRS, face_pairs, faces_between
from tests import made_up
from tests.made_up import numbers


@pytest.fixture(scope="module")
def test_faces():
    return made_up.drawn_data().test


def plain(count):
    """Faces of which nothing is known."""
    return Split(np.zeros((count, 4, 4, 3), np.uint8), pd.DataFrame(index=range(count)))


def test_pairs_are_of_faces_with_a_face_halfway(test_faces):
    pairs = face_pairs(test_faces)
    alike = ["male", "hair_colour", "eyeglasses", "Smiling"]
    ends = [test_faces.table.iloc[rows][alike].to_numpy() for rows in pairs.T]
    assert len(np.unique(pairs)) == 2 * len(pairs) > 0
    assert np.array_equal(*ends)


def test_where_nothing_is_known_any_two_are_a_pair():
    assert face_pairs(plain(5)).tolist() == [[0, 1], [2, 3]]
    assert face_pairs(plain(2 * PAIRS + 7)).shape == (PAIRS, 2)
    assert face_pairs(plain(1)).shape == (0, 2)


def test_between_two_faces_lie_both(test_faces):
    pairs = face_pairs(test_faces)
    between = faces_between(test_faces, pairs, np.array([0.0, 1.0]))
    assert np.array_equal(between, test_faces.images[pairs.ravel()])


def test_detail_is_the_nearer_faces(test_faces):
    # One face twice, with the detail of two.
    table = test_faces.table.iloc[[0, 0]].assign(detail_seed=[3, 8])
    ends = people.render(table, 20)
    steps = np.array([0.25, 0.5, 0.75])
    between = faces_between(Split(ends, table), np.array([[0, 1]]), steps)
    assert np.array_equal(between, ends[[0, 0, 1]])


@pytest.mark.parametrize(
    ("ends", "length"),
    [
        ([[2.0, 0], [0, 2]], 2**0.5),  # 2 from the origin, over the line's √2
        ([[1.0, 0], [3, 0]], 1),
        ([[0.0, 0], [0, 0]], 0),
    ],
)
def test_how_far_out_an_arc_lies(ends, length):
    found = numbers(ways.halfway(None, plain(2), np.array(ends)))  # nobody is asked to decode
    assert found == {"halfway_pairs": 1, "arc_length": pytest.approx(length)}


def test_without_a_pair_nothing_is_halfway(test_faces):
    lonely = Split(test_faces.images[:1], test_faces.table[:1])
    assert ways.halfway(made_up.Pixels(), lonely, np.zeros((1, 1200))) == []


def test_a_code_of_true_factors_goes_straight(test_faces):
    # All with the same detail, which has no halfway.
    alike = dataclasses.replace(test_faces, table=test_faces.table.assign(detail_seed=0))
    z = alike.table[list(FACTORS)].to_numpy(float)
    found = numbers(ways.halfway(made_up.Draughtsman(), alike, z))
    assert found["halfway_psnr", "line"] == found["halfway_psnr", "drawn face"] == np.inf
    assert found["line_closer"] == 1
    assert found["halfway_psnr", "arc"] < np.inf
    assert found["halfway_psnr", "cross-fade"] < 40
    assert found["arc_length"] > 1


def test_a_code_of_pixels_fades(test_faces):
    run = made_up.Pixels()
    found = numbers(ways.halfway(run, test_faces, run.encode(test_faces.images)))
    pairs = face_pairs(test_faces)
    halfway = faces_between(test_faces, pairs, np.array([0.5]))
    mixed = np.rint(test_faces.images[pairs].mean(axis=1)).astype(np.uint8)
    quality = metrics.psnr(mixed, halfway).mean()
    assert found["halfway_psnr", "line"] == pytest.approx(quality, abs=0.1)  # halves are rounded
    assert found["halfway_psnr", "cross-fade"] == pytest.approx(quality, abs=0.1)
    assert found["halfway_psnr", "drawn face"] == np.inf
    assert found["halfway_pairs"] == len(pairs)
    assert 0 <= found["line_closer"] <= 1


def test_where_line_and_arc_are_one_the_line_is_not_closer(test_faces):
    blind = dataclasses.replace(test_faces, images=np.zeros_like(test_faces.images))
    run = made_up.Pixels()
    assert numbers(ways.halfway(run, blind, run.encode(blind.images)))["line_closer"] == 0


# The corners of a box: Male, Smiling, and a third number that lies between 0.4 and 0.6.
HAS = np.indices((2, 2, 2)).reshape(3, -1).T.astype(bool)
BOX = HAS * [1, 0.8, 0.2] + [0, 0, 0.4]
CORNERS = Split(
    np.zeros((8, 1, 1, 3), np.uint8), pd.DataFrame(HAS[:, :2], columns=["Male", "Smiling"])
)
COLOURS = SimpleNamespace(  # a pixel whose channels are the code
    decode=lambda z: np.rint(np.clip(z, 0, 1) * 200).astype(np.uint8).reshape(-1, 1, 1, 3)
)


def test_along_directions():
    found = numbers(ways.along_directions(COLOURS, BOX, CORNERS))
    variances = {
        "Male": 1,
        "Smiling": 0.64,
        "component 1": 1,
        "component 2": 0.64,
        "component 3": 0.04,
    }
    for name, variance in variances.items():
        assert found["direction_variance", name] == pytest.approx(variance / 1.68)
    # Two standard deviations, of 1/2 · √(8/7), either way of 0.5: from black to as bright as can
    # be, in one of three channels.
    assert found["direction_change", "Male"] == found["direction_change", "component 1"] == 200 / 3
    assert found["direction_change", "component 3"] == pytest.approx((143 - 57) / 3)
    # One of three numbers is below 0 or above its training maximum at the ends.
    outside = [value for (metric, _), value in found.items() if metric == "direction_outside"]
    assert outside == [pytest.approx(1 / 3)] * 5


def test_without_attributes_components_are_left():
    bare = Split(CORNERS.images, CORNERS.table[[]])
    cases = {value.case for value in ways.along_directions(COLOURS, BOX, bare)}
    assert cases == {"component 1", "component 2", "component 3"}


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide")  # in scikit-learn's PCA
def test_codes_that_are_all_one_go_nowhere():
    found = numbers(ways.along_directions(COLOURS, np.full((8, 3), 0.5), CORNERS))
    assert set(found.values()) == {0}
