"""The built-in dataset: statistics of its factors, and pictures that show what its table says."""

import inspect
from types import ModuleType

import cv2
import numpy as np
import pandas as pd
import pytest

from aegan_lib import datasets, metrics
from aegan_lib.datasets.drawn import detail, people
from aegan_lib.datasets.drawn import provider as drawn


@pytest.fixture(scope="module")
def many():
    return people.sample(20_000, seed=1)


@pytest.fixture(scope="module")
def table():
    return people.sample(400, seed=2)


@pytest.fixture(scope="module")
def images(table):
    return people.render(table, 80)


@pytest.fixture(scope="module")
def small():
    """1,400 faces at 40 pixels, and their table."""
    table = people.sample(1400, seed=5)
    return people.render(table, 40), table


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """The same faces without what may cover eyes and mouth."""
    return people.describe(table.assign(eyeglasses=False, bangs=False, beard=0.0, mustache=0.0))


def at(image: np.ndarray, row: pd.Series, landmark: str, inward: float = 0.0) -> np.ndarray:
    """The colour at a landmark, or a share of the width towards the picture's middle from it."""
    height, width = image.shape[:2]
    x = row[f"{landmark}_x"]
    x += inward * np.sign(0.5 - x)
    return image[int(row[f"{landmark}_y"] * height), int(x * width)].astype(float)


@pytest.mark.parametrize("attribute", ["Male", "Smiling"])
def test_attribute_is_balanced_and_independent_of_what_does_not_define_it(many, attribute):
    other = {"Male": "Smiling", "Smiling": "Male"}[attribute]
    names = [name for name, factor in people.FACTORS.items() if factor.given != attribute]
    names = [name for name in names if name != attribute.lower()] + [other]
    correlation = many[names].astype(float).corrwith(many[attribute].astype(float)).abs()
    assert len(names) > 40
    assert correlation.max() < 0.05, correlation.idxmax()
    assert 0.48 < many[attribute].mean() < 0.52


def test_defining_factors_are_the_listed_ones(many):
    for attribute, ranges in people.RANGES.items():
        assert [n for n, f in people.FACTORS.items() if f.given == attribute] == list(ranges)
        truth = many[attribute].astype(float)
        assert many[list(ranges)].corrwith(truth).abs().min() > 0.25


def test_factors_stay_in_their_ranges(many):
    for name, factor in people.FACTORS.items():
        values = many[name].astype(float)
        assert values.between(factor.low, factor.high).all(), name
        assert values.std() > 0.1 * (factor.high - factor.low), name


def test_attributes_and_landmarks_are_usable(many):
    attributes = many[list(people.ATTRIBUTES)]
    assert all(dtype.kind == "b" for dtype in attributes.dtypes)
    assert attributes.mean().between(0.05, 0.95).all()
    colours = ["Black_Hair", "Brown_Hair", "Blond_Hair", "Gray_Hair"]
    assert attributes[colours].sum(axis=1).max() == 1
    landmarks = many.filter(regex="_[xy]$").drop(columns=["shift_x", "shift_y"])
    assert landmarks.shape[1] == 10
    assert landmarks.to_numpy().min() > 0.2 and landmarks.to_numpy().max() < 0.9
    assert (many["left_eye_x"] < many["right_eye_x"]).all()  # left in the picture


def test_same_seed_same_faces_and_more_faces_only_append():
    first, again = people.sample_factors(50, seed=3), people.sample_factors(80, seed=3)
    pd.testing.assert_frame_equal(first, again.iloc[:50])
    assert not first.equals(people.sample_factors(50, seed=4))
    pictures = people.render(first.iloc[:6], 40)
    assert np.array_equal(pictures, people.render(again.iloc[:6], 40))
    assert not np.array_equal(pictures, people.render(people.sample_factors(6, seed=4), 40))


def test_a_picture_depends_on_its_row_alone(table, images):
    for i in (0, 57, 399):
        assert np.array_equal(people.render(table.iloc[[i]], 80)[0], images[i])
    shuffled = table.iloc[::-1][list(people.FACTORS)[::-1]]
    assert np.array_equal(people.render(shuffled, 80), images[::-1])


def test_sharpness_is_that_of_the_documents_photographs(images):
    blur_factor = np.mean([cv2.Laplacian(image, cv2.CV_64F).var() for image in images])
    assert 450 < blur_factor < 900


def test_few_components_do_not_hold_the_detail(small):
    images, _ = small
    few = metrics.pca_reconstruction(images[:1000], images[1000:], 25)
    kept = metrics.laplacian_variance(few).mean()
    # Of photographs about a sixth; of faces without any detail more than a third was kept.
    assert 0.12 < kept / metrics.laplacian_variance(images[1000:]).mean() < 0.35


def test_processes_draw_what_this_one_draws(table):
    rows = table.iloc[: people.PARALLEL]
    shared = people.render(rows, 20)
    parts = [people.render(rows[k : k + 50], 20) for k in range(0, len(rows), 50)]
    assert np.array_equal(shared, np.concatenate(parts))


def test_another_detail_seed_is_another_picture_of_the_same_attributes(table):
    some = table.iloc[:12]
    other = people.describe(some.assign(detail_seed=some["detail_seed"] + 1))
    names = [*people.ATTRIBUTES, *some.filter(regex="^(left|right|nose|mouth)_.*[xy]$")]
    pd.testing.assert_frame_equal(other[names], some[names])
    before, after = people.render(some, 40).astype(int), people.render(other, 40).astype(int)
    assert np.abs(after - before).mean(axis=(1, 2, 3)).min() > 3  # grey levels


def test_no_process_shifts_the_numbers_of_another(table):
    face = table.iloc[0].to_dict()
    first = {name: detail.generator(face, name).random() for name in detail.PROCESSES}
    assert len(set(first.values())) == len(detail.PROCESSES)
    again = {name: detail.generator(face, name).random() for name in detail.PROCESSES[::-1]}
    assert first == again


def test_small_pictures_are_large_ones_reduced(table):
    some = table.iloc[:24]
    large, small = people.render(some, 80), people.render(some, 40)
    reduced = large.reshape(24, 40, 2, 40, 2, 3).mean(axis=(2, 4))
    # OpenCV's smooth edges make what is thinner than a pixel, such as a frame, a little wider.
    quality = metrics.psnr(np.rint(reduced).astype(np.uint8), small)
    assert quality.mean() > 30 and quality.min() > 26
    assert metrics.psnr(large[:-1], large[1:]).max() < 20  # as far apart as two faces


def test_landmarks_follow_the_turn_of_the_head(table):
    base = plain(table.iloc[:20]).assign(tilt=0.0, pitch=0.0)
    left, right = (people.describe(base.assign(yaw=yaw)) for yaw in (-15.0, 15.0))
    for side, middle in ((left, -1), (right, 1)):
        eyes = (side["left_eye_x"] + side["right_eye_x"]) / 2
        # The nose stands out and moves on; neighbours in the frontal face, they part.
        assert (middle * (side["nose_x"] - eyes) > 0.008).all()
    raised = people.describe(base.assign(yaw=0.0, pitch=6.0))
    lowered = people.describe(base.assign(yaw=0.0, pitch=-6.0))
    height = raised["nose_y"] - raised["left_eye_y"], lowered["nose_y"] - lowered["left_eye_y"]
    assert (height[0] < height[1] - 0.008).all()


def test_with_smile_changes_only_the_smile(table):
    smiling, neutral = people.with_smile(table, True), people.with_smile(table, False)
    assert smiling["Smiling"].all() and not neutral["Smiling"].any()
    names = [name for name in people.FACTORS if name not in people.SMILING_RANGES]
    pd.testing.assert_frame_equal(smiling[names], table[names])
    already = table["Smiling"]
    pd.testing.assert_frame_equal(smiling[already], table[already])
    back = people.with_smile(smiling, False)
    pd.testing.assert_frame_equal(back, neutral)
    assert "Smiling" not in people.with_smile(table[list(people.FACTORS)], True)


def test_a_smile_leaves_hair_background_and_forehead_alone(table):
    sixteen = table.iloc[:16]
    before = people.render(people.with_smile(sixteen, False), 80).astype(int)
    after = people.render(people.with_smile(sixteen, True), 80).astype(int)
    change = np.abs(after - before).max(axis=(0, 3))  # (80, 80)
    assert change[:16].max() == 0  # crown and forehead
    assert change[:, :6].max() == 0 and change[:, -6:].max() == 0  # both borders
    assert change[50:70, 24:56].max() > 60  # the mouth


def test_a_smile_widens_and_lifts_the_mouth(table):
    smiling, neutral = people.with_smile(table, True), people.with_smile(table, False)
    for side in ("left", "right"):
        assert (smiling[f"mouth_{side}_y"] < neutral[f"mouth_{side}_y"] - 0.02).all()
    wide = (smiling["mouth_right_x"] - smiling["mouth_left_x"]) * 40
    assert wide.between(12.5, 18).all()  # pixels at 40 px
    assert (wide > (neutral["mouth_right_x"] - neutral["mouth_left_x"]) * 40 + 1).all()


def test_landmarks_are_where_the_picture_has_them(table):
    clear = people.with_smile(plain(table.iloc[:60]), False)
    pictures, lips, skin = people.render(clear, 160), [], []
    for image, (_, row) in zip(pictures, clear.iterrows(), strict=True):
        for eye in ("left_eye", "right_eye"):
            assert at(image, row, eye).mean() < 95  # pupil
            assert at(image, row, eye, -0.04).mean() > at(image, row, eye).mean() + 20
        for corner in ("mouth_left", "mouth_right"):
            assert at(image, row, corner).mean() < at(image, row, "nose").mean() - 5
            lips.append(at(image, row, corner, 0.03))
            skin.append(at(image, row, corner, -0.05))
    assert np.mean(skin) > np.mean(lips) + 15  # the mouth ends there


def test_pale_and_dark_skin_black_and_blond_hair_look_it(table):
    base = plain(table.iloc[:20]).assign(light=0.0)
    pale, dark = (
        people.render(base.assign(skin_tone=tone), 40)[:, 16:24, 17:23].mean()
        for tone in (0.0, 1.0)
    )  # the nose
    assert pale > dark + 80
    black, blond = (
        people.render(base.assign(hair_colour=k), 40)[:, 1:5, 16:24].mean() for k in (0, 2)
    )  # the crown
    assert blond > black + 80


def test_male_and_smiling_are_recognizable_at_40_pixels(small):
    images, table = small
    pictures = images.reshape(1400, -1).astype(np.float32) / 255
    truth = np.where(table[["Male", "Smiling"]], 1.0, -1.0)
    centred = pictures - pictures[:1000].mean(axis=0)
    gram = centred[:1000] @ centred[:1000].T
    weights = np.linalg.solve(gram + 30 * np.eye(1000), truth[:1000])  # ridge regression
    guess = centred[1000:] @ (centred[:1000].T @ weights)
    assert (np.mean(np.sign(guess) == truth[1000:], axis=0) > 0.94).all()  # 0.99 from 4,500 faces


def test_a_cache_is_told_apart_by_every_module_that_draws(tiny, tmp_path, monkeypatch):
    digested = []
    monkeypatch.setattr(drawn, "code_digest", lambda *parts: digested.extend(parts) or "digest")
    datasets.load("faces", tiny, tmp_path, progress=False)
    assert set(digested) == modules_behind(people)


def modules_behind(module: ModuleType) -> set[ModuleType]:
    """A module of the datasets and all that it takes from others, theirs included."""
    behind = {module}
    for value in vars(module).values():
        used = inspect.getmodule(value)
        if used and used.__package__ == module.__package__ and used not in behind:
            behind |= modules_behind(used)
    return behind


def test_sizes_and_views(table):
    wide = people.render(table.iloc[:40], (218, 178), people.CELEBA_VIEW)
    assert wide.shape == (40, 218, 178, 3) and wide.dtype == np.uint8
    seen = people.describe(table.iloc[:40], people.CELEBA_VIEW)
    eyes = 178 * (seen["right_eye_x"] - seen["left_eye_x"]).mean(), 218 * seen["left_eye_y"].mean()
    assert eyes == (pytest.approx(39, abs=1.5), pytest.approx(111, abs=2))  # as in CelebA
    target = np.zeros((3, 20, 20, 3), np.uint8)
    people.render_into(target, table.iloc[:3])
    assert np.array_equal(target, people.render(table.iloc[:3], 20))
    assert people.render(table.iloc[:0], 20).shape == (0, 20, 20, 3)


def test_errors_say_what_was_expected_and_received(table):
    with pytest.raises(ValueError, match=r"Missing: smile\. Received: .*skin_tone"):
        people.render(table.drop(columns="smile"), 40)
    for size in (0, 4, 40.5, "40", (40,), (40, 0), True):
        with pytest.raises(ValueError, match=r"Expected: .*Received: image_size="):
            people.render(table.iloc[:1], size)
    with pytest.raises(ValueError, match=r"Expected: uint8 of shape \(2, .*Received: float64"):
        people.render_into(np.zeros((2, 8, 8, 3)), table.iloc[:2])
