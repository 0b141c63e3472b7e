"""Every degradation does what it says, on pictures that can be worked out."""

import numpy as np
import pytest

from aegan_lib import metrics
from aegan_lib.evaluation import degradations
from aegan_lib.evaluation.degradations import DEGRADATIONS, TrainingFaces, degrade
from tests.conftest import blobs

RANDOM = {"noise", "shuffled", "scrambled", "repeated"}
STRENGTHS = {"blur": 1.0, "noise": 8, "sharpened": 1.0, "pca": 5, "jpeg": 50, "shuffled": 2,
             "scrambled": 1, "repeated": 10, "mean": 1}  # fmt: skip
TRAIN = blobs(50, 40, 1)
FACES = blobs(40, 40, 2)


def made(family, strength, images=FACES, train=TRAIN, seed=0):
    return DEGRADATIONS[family](images, strength, TrainingFaces(train), np.random.default_rng(seed))


def grey(level, size=40, count=20):
    return np.full((count, size, size, 3), level, np.uint8)


def test_there_is_a_strength_for_each():
    assert STRENGTHS.keys() == DEGRADATIONS.keys()


@pytest.mark.parametrize("family", DEGRADATIONS)
def test_all_take_and_give_the_same(family):
    before = FACES.copy()
    after = made(family, STRENGTHS[family])
    assert np.array_equal(FACES, before)
    assert after.shape == FACES.shape
    assert after.dtype == np.uint8
    assert not np.array_equal(after, FACES)
    assert np.array_equal(after, made(family, STRENGTHS[family]))
    other = made(family, STRENGTHS[family], seed=1)
    assert np.array_equal(after, other) == (family not in RANDOM)


@pytest.mark.parametrize(
    ("size", "strength", "variance"),
    [(40, 2.0, 4), (80, 2.0, 16), (40, 0.5, 0.25), (20, 0.5, 1 / 16)],
)
def test_a_blur_is_as_wide_as_it_says(size, strength, variance):
    # A white line becomes the Gaussian itself; in twice the picture it is twice as wide.
    line = grey(0, size, 1)
    line[:, :, size // 2] = 255
    profile = made("blur", strength, line)[0, 0, :, 0] / 255
    places = np.arange(size) - size // 2
    assert profile.sum() == pytest.approx(1, abs=0.02)
    assert (profile * places**2).sum() == pytest.approx(variance, rel=0.13)  # of whole grey levels


def test_noise_is_as_strong_as_it_says():
    few, more = (made("noise", strength, grey(128)).astype(float) - 128 for strength in (4, 8))
    assert few.std() == pytest.approx(4, rel=0.02)
    assert few.mean() == pytest.approx(0, abs=0.05)
    assert np.abs(more - 2 * few).max() <= 1.5  # the same noise, but for rounding


def test_sharpened_adds_what_a_blur_takes_away():
    calm = FACES // 2 + 64  # far enough from black and white
    blurred, sharp = made("blur", 1.0, calm), made("sharpened", 2.0, calm)
    # x + 2 (x - blurred), and the blur is rounded.
    assert np.abs(sharp.astype(int) - (3 * calm.astype(int) - 2 * blurred.astype(int))).max() <= 2
    assert np.array_equal(made("sharpened", 2.0, grey(70)), grey(70))


def test_pca_keeps_what_its_components_hold():
    # Training faces differ in one way alone, so one component holds them all.
    way = np.linspace(0, 1, 20)[:, None, None, None] * FACES[:1]
    train = np.rint(way).astype(np.uint8)
    assert metrics.psnr(train, made("pca", 1, train, train)).min() > 45
    assert np.array_equal(made("pca", 5), metrics.pca_reconstruction(TRAIN, FACES, 5))


def test_jpeg_loses_more_at_a_lower_quality_and_keeps_colours():
    lost = [metrics.mean_squared_errors(FACES, made("jpeg", q)).mean() for q in (90, 50, 20)]
    assert 0 < lost[0] < lost[1] < lost[2]
    red = grey(0)
    red[..., 0] = 200
    assert np.abs(made("jpeg", 90, red).astype(int) - red).max() <= 3


def test_shuffled_moves_tiles_and_changes_none():
    def tiles(images):
        parts = [
            images[:, y : y + 10, x : x + 10] for y in range(0, 40, 10) for x in range(0, 40, 10)
        ]
        return [sorted(part[i].tobytes() for part in parts) for i in range(len(images))]

    after = made("shuffled", 4)
    assert tiles(after) == tiles(FACES)
    stayed = (after == FACES).all(axis=(1, 2, 3))
    assert stayed.mean() < 0.1
    with pytest.raises(ValueError, match=r"3 must divide.*40 x 40"):
        made("shuffled", 3)


def test_scrambled_keeps_each_spectrum_and_mean():
    calm = FACES // 4 + 96  # so that nothing is cut off at black and white

    def amplitudes(images):
        return np.abs(np.fft.fft2(images.astype(float), axes=(1, 2)))

    after = made("scrambled", 1, calm)
    assert np.abs(calm.mean(axis=(1, 2)) - after.mean(axis=(1, 2))).max() < 0.5
    # Rounding to grey levels is noise of 0.29 in each of 40 x 40 values: 12 in an amplitude.
    assert np.abs(amplitudes(after) - amplitudes(calm)).max() < 60
    assert np.corrcoef(after[0].ravel(), calm[0].ravel())[0, 1] < 0.9
    assert np.array_equal(made("scrambled", 0, calm), calm)


def test_repeated_has_so_many_faces():
    after = made("repeated", 10)
    faces = {image.tobytes() for image in after}
    assert len(faces) == 10
    assert faces <= {image.tobytes() for image in FACES}
    assert len({image.tobytes() for image in made("repeated", 100)}) == len(FACES)


def test_mean_goes_all_the_way_or_half():
    goal = metrics.mean_face(TRAIN, FACES)
    assert np.array_equal(made("mean", 1), goal)
    half = (FACES.astype(float) + goal) / 2
    assert np.abs(made("mean", 0.5) - half).max() <= 0.5


def test_sets_are_named_as_in_the_plan():
    sets = degrade(FACES, {"blur": [0.5, 1.0], "repeated": [10]}, TrainingFaces(TRAIN), seed=3)
    assert list(sets) == ["real", "blur 0.5", "blur 1.0", "repeated 10"]
    assert sets["real"] is FACES
    assert np.array_equal(sets["blur 1.0"], made("blur", 1.0))
    again = degrade(FACES, {"blur": [0.5], "repeated": [10]}, TrainingFaces(TRAIN), seed=3)
    assert np.array_equal(again["repeated 10"], sets["repeated 10"])
    other = degrade(FACES, {"blur": [0.5], "repeated": [10]}, TrainingFaces(TRAIN), seed=4)
    assert not np.array_equal(other["repeated 10"], sets["repeated 10"])


def test_components_are_found_once_for_all_draws(monkeypatch):
    found = []

    def counted(train, count):
        found.append(count)
        return metrics.principal_components(train, count)

    monkeypatch.setattr(degradations, "principal_components", counted)
    known = TrainingFaces(TRAIN)
    first, second = (degrade(FACES, {"pca": [2, 5]}, known, seed) for seed in (0, 1))
    assert found == [2, 5]
    assert np.array_equal(first["pca 5"], second["pca 5"])
