"""The probes on colours that they must learn, labels that nobody could, and damaged files."""

import dataclasses
import json
import random
import shutil

import cv2
import numpy as np
import pandas as pd
import pytest

from aegan_lib import datasets
from aegan_lib.backend import keras
from aegan_lib.dataset import Dataset, Split
from aegan_lib.errors import UserError
from aegan_lib.evaluation import probe, probe_training
from aegan_lib.evaluation.probe import RECORD, WEIGHTS, Probe, find_probe, load_probe
from aegan_lib.profiles import PROFILES, Profile
from tests import scopes

SMALL = Profile(
    "small", image_size=10, filters=4, batch_size=16, epochs=1, train=512, validation=128, test=400
)


def colours(count: int, seed: int, size: int = 10) -> Split:
    """Noise that is Bright or dark, and Red or grey; (count, size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    bright, red = rng.random((2, count)) < [[0.5], [0.2]]
    images = rng.integers(0, 60, (count, size, size, 3), dtype=np.uint8)
    images += np.where(bright, 100, 20).astype(np.uint8)[:, None, None, None]
    images[..., 0] += np.where(red, 70, 0).astype(np.uint8)[:, None, None]
    return Split(images, pd.DataFrame({"Bright": bright, "weight": 0.5, "Red": red}))


def coloured(size: int = 10) -> Dataset:
    splits = [colours(count, seed, size) for seed, count in enumerate((512, 128, 400))]
    return Dataset("colours", *splits, "digest", dataclasses.replace(SMALL, image_size=size))


def shuffled(split: Split, seed: int) -> Split:
    return Split(split.images, split.table.sample(frac=1, random_state=seed, ignore_index=True))


@pytest.fixture(scope=scopes.module)
def data():
    return coloured()


@pytest.fixture(scope=scopes.module)
def trained(data, tmp_path_factory):
    """A folder with a probe in it, and that probe."""
    folder = tmp_path_factory.mktemp("probe")
    return folder, load_probe(data, folder, progress=False)


@pytest.fixture
def folder(trained, tmp_path):
    """A copy of that folder, to be spoiled."""
    return shutil.copytree(trained[0], tmp_path / "probe")


@pytest.fixture
def trainings(monkeypatch):
    """How often a probe is trained from here on, one epoch each: the list grows by one."""
    train, calls = probe.trained_weights, []

    def counted(*arguments):
        calls.append(arguments)
        return train(*arguments)

    monkeypatch.setattr(probe_training, "EPOCHS", (1, 1))
    monkeypatch.setattr(probe, "trained_weights", counted)
    return calls


def test_it_reads_what_can_be_seen(trained, data):
    scores = trained[1].scores(data.test)
    assert list(scores.index) == list(trained[1].attributes) == ["Bright", "Red"]
    assert scores["accuracy"].min() > 0.99
    assert scores["roc_auc"].min() > 0.999
    right = trained[1].says(data.test.images, "Red") == data.test.table["Red"]
    assert scores.loc["Red", "accuracy"] == right.mean()
    assert scores.loc["Red", "majority"] == pytest.approx(0.8, abs=0.06)


def test_it_reads_nothing_where_nothing_can_be_seen(data, tmp_path):
    splits = [shuffled(s, seed) for seed, s in enumerate((data.train, data.validation, data.test))]
    blind = load_probe(Dataset("shuffled", *splits, "digest", SMALL), tmp_path, progress=False)
    scores = blind.scores(splits[2])
    assert scores.loc["Bright", "accuracy"] == pytest.approx(0.5, abs=0.1)
    assert (scores["accuracy"] <= scores["majority"] + 0.1).all()
    assert scores["roc_auc"].to_numpy() == pytest.approx(0.5, abs=0.15)


def test_the_epoch_that_is_best_on_validation_is_kept(data, monkeypatch):
    truth = data.validation.attributes.to_numpy(np.float32)
    kernels = []

    def judged(model, images):
        assert images is data.validation.images
        kernels.append(model.get_weights()[0])
        return (2 * truth - 1) * [1, 5, 2][len(kernels) - 1]  # surest after the second of three

    monkeypatch.setattr(probe_training, "EPOCHS", (3, 3))
    monkeypatch.setattr(probe_training, "apply", judged)
    kept = probe_training.trained_weights(data, 10, hardened=False, progress=False)[0]
    assert [np.array_equal(kept, kernel) for kernel in kernels] == [False, True, False]


def test_scores_by_hand():
    # A stand-in for the classifier: both logits are (grey level - 100) / 10.
    def model(images, training):
        return np.repeat(images[:, 0, 0, :1].astype(np.float32) / 10 - 10, 2, axis=1)

    images = np.zeros((4, 10, 10, 3), np.uint8) + np.uint8([0, 90, 110, 200])[:, None, None, None]
    table = pd.DataFrame({"B": [False] * 4, "A": [False, True, True, True]})
    scores = Probe(("A", "B"), model).scores(Split(images, table))
    # A: the second image is missed, but looks likelier than the only one without. B: no image
    # has it, two are taken for it, and there is no pair to order.
    assert scores.loc["A"].tolist() == [0.75, 0.75, 1]
    assert scores.loc["B", ["accuracy", "majority"]].tolist() == [0.5, 1]
    assert np.isnan(scores.loc["B", "roc_auc"])


def test_read_and_says(trained, data):
    images = data.test.images
    likely = trained[1].read(images)
    assert likely.shape == (400, 2)
    assert likely.dtype == np.float32
    assert 0 <= likely.min() < 0.1 < 0.9 < likely.max() <= 1
    assert np.array_equal(likely > 0.5, trained[1].logits(images) > 0)
    assert likely[300:] == pytest.approx(trained[1].read(images[300:]), abs=1e-5)  # any chunk
    red = trained[1].says(images, "Red")
    assert red.dtype == bool
    assert np.array_equal(red, likely[:, 1] > 0.5)
    with pytest.raises(UserError, match=r"attribute.*Bright, Red.*Received: 'Blue'"):
        trained[1].says(images, "Blue")
    for ask in (trained[1].read, trained[1].logits):
        with pytest.raises(ValueError, match=r"uint8.*Received: float32"):
            ask(images.astype(np.float32))


def test_a_probe_that_fits_is_not_trained_again(trained, data, folder, trainings):
    stamps = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert stamps.keys() == {WEIGHTS, RECORD}
    again = load_probe(data, folder)
    assert not trainings
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == stamps
    assert np.array_equal(again.read(data.test.images), trained[1].read(data.test.images))


def test_other_data_or_another_size_trains_again(data, folder, trainings, capsys):
    def fits(dataset):
        before = len(trainings)
        loaded = load_probe(dataset, folder, progress=False)
        assert loaded.read(dataset.test.images).shape == (400, len(loaded.attributes))
        return len(trainings) == before

    assert fits(data)
    assert capsys.readouterr().out == ""
    other = dataclasses.replace(data, digest="another")
    assert not fits(other)
    assert "trained again" in capsys.readouterr().out
    assert fits(other)
    large = coloured(size=20)
    assert not fits(large)
    assert fits(large)
    bare = [Split(s.images, s.table[["Red"]]) for s in (data.train, data.validation, data.test)]
    assert not fits(Dataset("colours", *bare, "digest", SMALL))


def test_other_code_trains_again(data, folder, trainings, monkeypatch):
    monkeypatch.setattr(probe, "code_digest", lambda *parts: "other code")
    load_probe(data, folder, progress=False)
    assert len(trainings) == 1


@pytest.mark.parametrize(
    ("name", "how"), [(WEIGHTS, "altered"), (WEIGHTS, "missing"), (RECORD, "cut")]
)
def test_a_damaged_probe_is_trained_again(data, folder, trainings, capsys, name, how):
    content = (folder / name).read_bytes()
    spoiled = {"cut": content[:-50], "altered": content[:-50] + b"?" * 50}
    (folder / name).unlink()
    if how in spoiled:
        (folder / name).write_bytes(spoiled[how])
    load_probe(data, folder, progress=False)
    assert len(trainings) == 1
    assert "is damaged" in capsys.readouterr().out
    load_probe(data, folder, progress=False)
    assert len(trainings) == 1


def test_an_interrupted_training_leaves_what_was_there(data, folder, monkeypatch):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(probe, "trained_weights", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_probe(dataclasses.replace(data, digest="another"), folder, progress=False)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_training_is_repeatable_and_leaves_random_state_alone(data, tmp_path, trainings):
    def drawn(seed, name=None):
        keras.utils.set_random_seed(seed)
        if name:
            kept.append(load_probe(data, tmp_path / name, progress=False))
        return random.random(), np.random.random(), float(keras.random.uniform(()))

    kept: list[Probe] = []
    assert drawn(1) == drawn(1, "one")
    assert drawn(2) == drawn(2, "second")
    assert len(trainings) == 2
    for one, second in zip(*(k.model.get_weights() for k in kept), strict=True):
        assert np.array_equal(one, second)


# --- the hardened probe ------------------------------------------------------------------------


def test_a_hardened_probe_is_another_one_of_a_folder_of_its_own(trained, data, tmp_path, capsys):
    plain = shutil.copytree(trained[0], tmp_path / "probe")
    hardened = load_probe(data, tmp_path / "probe-hardened", progress=False, hardened=True)
    assert hardened.hardened and not trained[1].hardened
    assert hardened.scores(data.test)["accuracy"].min() > 0.97
    kernels = [each.model.get_weights()[0] for each in (hardened, trained[1])]
    assert not np.allclose(*kernels, atol=0.01)
    assert [find_probe(folder, 10).hardened for folder in (plain, tmp_path / "probe-hardened")] == [
        False,
        True,
    ]
    assert capsys.readouterr().out == ""


def test_a_probe_of_the_other_kind_is_trained_again(data, folder, trainings, capsys):
    for times, hardened in enumerate((False, True, True, False)):
        again = load_probe(data, folder, progress=False, hardened=hardened)
        assert again.hardened == find_probe(folder, 10).hardened == hardened
        assert len(trainings) == [0, 1, 1, 2][times]
    assert "trained again" in capsys.readouterr().out


def test_a_probe_of_before_is_not_hardened(folder):
    record = json.loads((folder / RECORD).read_text())
    del record["hardened"]
    (folder / RECORD).write_text(json.dumps(record))
    assert not find_probe(folder, 10).hardened


def test_a_hardened_training_is_repeatable_and_learns_from_worse_images(data, monkeypatch):
    monkeypatch.setattr(probe_training, "EPOCHS", (1, 1))
    first, again = (
        probe_training.trained_weights(data, 10, hardened=True, progress=False) for _ in range(2)
    )
    assert all(map(np.array_equal, first, again))
    monkeypatch.setattr(probe_training, "worsened", lambda images, rng: images)
    flawless = probe_training.trained_weights(data, 10, hardened=True, progress=False)
    assert not np.array_equal(first[0], flawless[0])


def test_worsened_images():
    images = np.full((4000, 8, 8, 3), 128, np.uint8)
    images[:, :, 4:] = 0  # an edge that a blur softens
    worse = probe_training.worsened(images, np.random.default_rng(0))
    assert worse.dtype == np.uint8 and worse.shape == images.shape
    assert (images[:, :, :4] == 128).all()  # the images themselves are left alone
    changed = (worse != images).any(axis=(1, 2, 3))
    # Columns of a blurred image stay flat from top to bottom, and those of a grainy one do not.
    grainy = np.ptp(worse, axis=1).any(axis=(1, 2))
    assert grainy.mean() == pytest.approx(1 / 4, abs=0.03)
    # A blur of less than a fifth of the most, which is 0.3 pixels here, leaves bytes as they are.
    assert 1 / 4 < changed.mean() < 1 / 2 + 0.03
    # Noise is of 0 to 16 grey levels, and all degrees are as likely.
    strengths = worse[grainy][:, :, 1:3].std(axis=(1, 2, 3))
    assert strengths.mean() == pytest.approx(8, abs=1)
    assert 14 < strengths.max() < 22
    again = probe_training.worsened(images, np.random.default_rng(0))
    assert np.array_equal(worse, again)


def test_a_blur_is_as_wide_in_a_larger_picture(monkeypatch):
    asked = []
    monkeypatch.setattr(
        probe_training.cv2, "GaussianBlur", lambda image, _, pixels: asked.append(pixels) or image
    )
    for width in (40, 80):
        images = np.zeros((1000, width, width, 3), np.uint8)
        probe_training.worsened(images, np.random.default_rng(0))
    small, large = np.split(np.array(asked), 2)
    assert large == pytest.approx(2 * small)
    assert 0 < small.min() < 0.02 and 1.48 < small.max() <= 1.5


def test_data_without_attributes(data, tmp_path):
    bare = [Split(s.images, s.table[["weight"]]) for s in (data.train, data.validation, data.test)]
    assert load_probe(Dataset("bare", *bare, "digest", SMALL), tmp_path, progress=False) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_on_the_built_in_faces(tmp_path):
    faces = datasets.load("faces", PROFILES["smoke"], tmp_path / "data", progress=False)
    plain = load_probe(faces, tmp_path / "probe", progress=False)
    hardened = load_probe(faces, tmp_path / "probe-hardened", progress=False, hardened=True)
    shown = ["Male", "Smiling", "Eyeglasses"]
    for each in (plain, hardened):
        assert each.scores(faces.test).loc[shown, "accuracy"].min() > 0.95
    # What it was hardened against: the strongest blur, which hides a sex from the plain one.
    soft = np.stack([cv2.GaussianBlur(face, (0, 0), 0.75) for face in faces.test.images])
    found = [each.scores(Split(soft, faces.test.table))["accuracy"] for each in (plain, hardened)]
    assert found[1]["Male"] > found[0]["Male"] + 0.03
    assert found[1].mean() > found[0].mean()
