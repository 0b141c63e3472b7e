"""Judges of realism on drawn faces, on what is worse, and on values worked by hand."""

import dataclasses
import random

import numpy as np
import pytest

from aegan_lib.backend import keras
from aegan_lib.datasets.drawn import people
from aegan_lib.errors import UserError
from aegan_lib.evaluation.degradations import TrainingFaces, degrade
from aegan_lib.evaluation.judges import Reference, reference_faces
from aegan_lib.evaluation.judges.patches import patches, principal_axes
from aegan_lib.evaluation.judges.reference import QUANTILES, less_chance, quantiles
from aegan_lib.evaluation.probe import Probe
from aegan_lib.evaluation.probe_training import classifier as network
from benchmarks.candidates import CANDIDATES
from benchmarks.candidates.classifier import classifier
from benchmarks.candidates.kernel import _within, kernel
from benchmarks.candidates.spectrum import spectrum
from tests import scopes
from tests.conftest import blobs

WORSE = {"blur": [1.0, 3.0], "noise": [8, 32], "mean": [1]}


@pytest.fixture(scope=scopes.module)
def faces():
    """Drawn faces of 20 pixels, and a probe that has learned nothing yet: it sees all the same."""
    images = people.render(people.sample(270, 1), 20)
    reader = Probe(("Male",), network(20, 1))
    return Reference(images[:130], images[130:200], reader), images[200:]


@pytest.fixture(scope=scopes.module)
def judges(faces):
    return {name: build(faces[0]) for name, build in CANDIDATES.items()}


@pytest.fixture(scope=scopes.module)
def sets(faces):
    return degrade(faces[1], WORSE, TrainingFaces(faces[0].faces))


@pytest.mark.parametrize("name", CANDIDATES)
def test_real_faces_are_at_0_and_worse_ones_are_not(judges, sets, name):
    found = {key: judges[name](images) for key, images in sets.items()}
    worst = max(found.values())
    assert abs(found["real"]) < 0.1 * worst
    assert min(found[key] for key in ("blur 3.0", "noise 32", "mean 1")) > found["real"]
    # Of so few faces the classifier has four batches, and does not see the milder ones.
    if name != "classifier":
        assert found["real"] < found["blur 1.0"] < found["blur 3.0"]
        assert found["real"] < found["noise 8"] < found["noise 32"]


@pytest.mark.parametrize("name", CANDIDATES)
def test_the_same_set_gets_the_same_distance(faces, judges, sets, name):
    images = sets["noise 8"]
    before = images.copy()
    distance = judges[name](images)
    judges[name](sets["mean 1"])
    assert judges[name](images) == distance
    assert CANDIDATES[name](faces[0])(images) == pytest.approx(distance, abs=1e-6)
    assert np.array_equal(images, before)


@pytest.mark.parametrize("name", ["patches", "kernel", "spectrum"])
def test_the_order_of_a_set_does_not_matter(judges, sets, name):
    images = sets["blur 1.0"]
    assert judges[name](images[::-1]) == pytest.approx(judges[name](images), abs=1e-5)


@pytest.mark.parametrize("build", [patches, spectrum])
def test_a_set_is_at_0_from_itself(faces, build):
    images = faces[1]
    # Less what chance does, which is 0 here too.
    assert build(Reference(images, images))(images) == 0


def test_few_different_faces_are_not_many(judges, faces):
    images = faces[1]
    few, fewer = images[np.resize(np.arange(14), 70)], images[np.resize(np.arange(4), 70)]
    for name in ("patches", "spectrum"):
        assert judges[name](images) < judges[name](few) < judges[name](fewer)


@pytest.mark.parametrize("name", ["patches", "classifier", "spectrum"])
def test_photographs_of_any_shape_will_do(name):
    images = np.concatenate([blobs(120, 24, 0), blobs(60, 24, 1)])[:, :, :18]
    judge = CANDIDATES[name](Reference(images[:80], images[80:120]))
    assert judge(images[120:]) < judge(
        degrade(images[120:], {"noise": [16]}, TrainingFaces(images))["noise 16"]
    )


# --- patches --------------------------------------------------------------------------------------


def test_patches_are_symmetric_along_given_directions(faces, sets):
    def identity(values):
        return np.eye(values.shape[1])

    real, noisy = faces[1], sets["noise 8"]
    there = patches(Reference(real, real), identity)(noisy)
    back = patches(Reference(noisy, noisy), identity)(real)
    assert there == pytest.approx(back, rel=1e-4)
    assert there > 0


def test_patches_weigh_what_is_lost_as_what_is_added():
    # Normal values against a constant, either way: E|z| = sqrt(2 / pi), and the joint spread is
    # sqrt(1 / 2) of the one that varies.
    rng = np.random.default_rng(0)
    noise = np.clip(np.rint(rng.normal(128, 25, (200, 20, 20, 3))), 0, 255).astype(np.uint8)
    grey = np.full_like(noise, 128)
    expected = pytest.approx(2 / np.sqrt(np.pi), rel=0.03)
    assert patches(Reference(noise, noise))(grey) == expected
    assert patches(Reference(grey, grey))(noise) == expected


def test_grain_does_not_undo_a_blur(judges, sets, faces):
    # It makes the distance smaller, which is a weakness that its docstring owns up to.
    grained = degrade(sets["blur 3.0"], {"noise": [2, 4]}, TrainingFaces(faces[0].faces))
    for images in grained.values():
        assert judges["patches"](images) > 0.5 * judges["patches"](sets["blur 3.0"])


def test_principal_axes_make_values_vary_by_one():
    rng = np.random.default_rng(0)
    mixed = rng.normal(0, [30, 10, 0.01], (5000, 3)) @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    spread = np.sort((mixed @ principal_axes(mixed)).std(axis=0))
    # One grey level is added to each variance, so what hardly varies stays small.
    assert spread == pytest.approx([0.01, 1, 1], abs=0.01)


# --- the others -----------------------------------------------------------------------------------


def test_the_classifier_gives_at_most_ln_2(faces, judges):
    black = np.zeros_like(faces[1])
    chance = judges["classifier"](faces[1])
    assert 0.3 < judges["classifier"](black) < np.log(2) + abs(chance) + 0.1
    # More looks at what was seen make a shorter code of what is plain to see.
    assert classifier(faces[0], repeats=0)(black) < judges["classifier"](black)


def test_the_classifier_leaves_random_state_alone(faces):
    def drawn(build):
        keras.utils.set_random_seed(1)
        build()
        return random.random(), np.random.random(), float(keras.random.uniform(()))

    assert drawn(lambda: None) == drawn(lambda: classifier(faces[0])(faces[1][:32]))


def test_the_kernel_is_symmetric_and_needs_a_probe(faces, sets):
    reference, noisy = faces[0], sets["noise 8"]
    other = dataclasses.replace(reference, faces=noisy)
    assert kernel(reference)(noisy) == pytest.approx(kernel(other)(reference.faces), rel=1e-6)
    with pytest.raises(UserError, match=r"Expected: a reference with a probe. Received: none"):
        kernel(dataclasses.replace(reference, probe=None))


def test_the_kernel_by_hand():
    # Rows (1, 1), (2, 0), (0, 2): products / 2 + 1 are 2, 2 and 1, cubed 8, 8 and 1.
    assert _within(np.array([[1.0, 1], [2, 0], [0, 2]])) == pytest.approx((8 + 8 + 1) / 3)


def test_the_spectrum_does_not_see_where_anything_is(judges, sets):
    for images in sets.values():
        flipped = judges["spectrum"](images[:, ::-1])
        assert flipped == pytest.approx(judges["spectrum"](images), abs=1e-9)


# --- what they share ------------------------------------------------------------------------------


def test_reference_faces_are_training_faces_and_no_face_is_in_both(dataset):
    found = reference_faces(dataset)
    assert (len(found.faces), len(found.others)) == (42, 22)  # of 64
    train = {image.tobytes() for image in dataset.train.images}
    faces, others = ({image.tobytes() for image in part} for part in (found.faces, found.others))
    assert faces | others == train
    assert not faces & others
    assert np.array_equal(found.faces, reference_faces(dataset).faces)
    assert found.probe is None


def test_quantiles_by_hand():
    values = np.stack([np.arange(2 * QUANTILES), -np.arange(2 * QUANTILES)], axis=1)
    found = quantiles(np.random.default_rng(0).permutation(values))
    assert found[:3].tolist() == [[1, -510], [3, -508], [5, -506]]
    assert np.array_equal(quantiles(np.array([[7.0]])), np.full((QUANTILES, 1), 7.0))


def test_less_chance_by_hand():
    asked = []

    def distance(images):
        asked.append(len(images))
        return images.mean() + 1 / len(images)

    judge = less_chance(distance, np.zeros((4, 1)))
    assert judge(np.ones((2, 1))) == 1
    assert judge(np.ones((2, 1))) == 1
    assert judge(np.ones((8, 1))) == 1 + 1 / 8 - 1 / 4  # no more than four others
    assert asked == [2, 2, 2, 8, 4]
