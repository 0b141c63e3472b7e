"""What is measured of a run as a whole, on one whose outputs are known."""

import copy
import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from aegan_lib import metrics
from aegan_lib.errors import UserError
from aegan_lib.evaluation import measuring
from aegan_lib.evaluation.judges import realism
from aegan_lib.evaluation.results import COLUMNS, REAL_DISTANCE, read_table, wide
from aegan_lib.versions import VERSIONS
from tests import made_up, scopes
from tests.made_up import Reader, Squares


def epochs(*accuracies):
    """Of a run that was trained for these epochs; before them, it was always right."""
    columns = {"d_accuracy_real": [1, *accuracies], "d_accuracy_fake": 0.5, "d_loss_real": 0.7}
    return pd.DataFrame({"epoch": range(len(accuracies) + 1), "d_loss_fake": 2.0, **columns})


class Finished(Squares):
    """A run of two epochs, the first of which was better; every image is called real."""

    version = VERSIONS["weighted"]
    models = SimpleNamespace(
        encoder=SimpleNamespace(count_params=lambda: 1),
        decoder=SimpleNamespace(count_params=lambda: 2),
        discriminator=SimpleNamespace(count_params=lambda: 4),
    )

    def __init__(self, folder, code=None):
        super().__init__()
        self.folder, self.code = folder, code
        self.settings, self.provenance = {}, {"seconds": 3.5}
        self.history = made_up.a_training().history
        self.epochs = epochs(0.6, 0.8)

    @property
    def best(self):
        other = copy.copy(self)
        other.epoch = 1
        return other

    def encode(self, images):
        return super().encode(images) if self.code is None else np.full((len(images), 9), self.code)

    def decode(self, z):
        return super().decode(np.nan_to_num(z))

    def logits(self, images):
        return np.zeros((len(images), 1), np.float32)


@pytest.fixture(scope=scopes.module)
def data():
    return made_up.squares_data()


@pytest.fixture(scope=scopes.module)
def table(data, tmp_path_factory):
    return measuring.measure(
        Finished(tmp_path_factory.mktemp("report") / "weighted" / "seed-0"),
        data,
        Reader(),
        Reader(),
    )


def at(table, metric, case=""):
    rows = table[(table["metric"] == metric) & (table["case"] == case)]
    (value,) = rows["value"]
    return value


def test_every_row_says_whose_it_is(table):
    assert list(table) == COLUMNS
    whose = table[["dataset", "profile", "version", "seed"]].drop_duplicates()
    assert whose.to_numpy().tolist() == [["squares", "small", "weighted", 0]]
    assert set(table["epoch"]) == {2}
    assert not table.duplicated(["metric", "case"]).any()


def test_what_a_perfect_autoencoder_scores(table):
    assert at(table, "ssim") == at(table, "input_dependence") == 1
    assert at(table, "mse") == at(table, "smile_changed") == 0
    assert at(table, "attributes_changed") == 0  # and squares have no factors
    assert at(table, "shared_detail") == pytest.approx(1)
    assert at(table, "invented_form") == pytest.approx(0, abs=1e-9)
    # log 2 is a discriminator that knows nothing, and the loss of beta of it.
    assert at(table, "bce") == pytest.approx(np.log(2))
    assert at(table, "g_loss") == pytest.approx(0.005 * np.log(2))
    assert at(table, "d_accuracy_fake") == 1
    assert at(table, "best_epoch") == 1
    assert at(table, "trainable_parameters") == 3
    assert at(table, "non_trainable_parameters") == 4
    assert at(table, "latent_dim") == 100
    assert at(table, "seconds") == 3.5


def test_histories_ways_and_arithmetic_are_measured_at_the_last_epoch(table):
    for metric, case in (
        ("last_epoch_median", "mse"),
        ("halfway_pairs", ""),
        ("direction_variance", "Male"),
        ("smiling_men", "single"),
        ("smiling_men_hardened", "single"),
        ("auc", "Male"),
    ):
        assert table.loc[(table["metric"] == metric) & (table["case"] == case), "epoch"].eq(2).all()
        assert np.isfinite(at(table, metric, case))
    assert at(table, "smiling_men", "single") == 1


@pytest.mark.parametrize(
    ("accuracies", "mean"),
    [
        ([0, 0, 0.2, 0.3, 1], 0.5),  # the last three
        ([0.2, 0.3, 1], 0.5),
        ([0.2, 0.4], 0.3),  # all that there are, without the untrained one
        ([0.2], 0.2),
    ],
)
def test_a_discriminator_is_averaged_over_its_last_epochs(accuracies, mean):
    run = made_up.a_run(epochs=epochs(*accuracies))
    found = made_up.numbers(measuring.settled(run))
    assert found == {
        ("d_accuracy_real", "last 3 epochs"): pytest.approx(mean),
        ("d_accuracy_fake", "last 3 epochs"): 0.5,
        ("d_loss_real", "last 3 epochs"): pytest.approx(0.7),
        ("d_loss_fake", "last 3 epochs"): 2,
    }


def test_a_discriminator_without_an_epoch_has_no_average():
    assert measuring.settled(made_up.a_run(epochs=epochs())) == []


def test_the_last_iterate_stays_beside_the_average(table):
    assert at(table, "d_accuracy_real", "last 3 epochs") == pytest.approx(0.7)
    assert at(table, "d_accuracy_real") == 0  # on test faces, by logits of 0
    assert not ((table["case"] == "last 3 epochs") & (table["epoch"] == 1)).any()


def test_the_rows_are_kept(data, tmp_path, monkeypatch):
    run = Finished(tmp_path / "weighted" / "seed-0")
    monkeypatch.setattr(measuring, "find_run", lambda folder: run)
    table = measuring.evaluate(run, data)
    assert [file.name for file in run.folder.iterdir()] == ["metrics.csv"]
    pd.testing.assert_frame_equal(read_table(run.folder / "metrics.csv"), table)
    # Without a probe nobody can say who smiles.
    read = ["smiling_men", "smile_changed", "auc", "attributes_changed", "smile_change"]
    assert not table["metric"].isin(read).any()


@pytest.mark.parametrize("now", ["another", "none"])
def test_the_rows_of_a_run_that_is_gone_are_not_kept(data, tmp_path, monkeypatch, now):
    run = Finished(tmp_path / "weighted" / "seed-0")
    other = Finished(run.folder)
    other.provenance = {"seconds": 4.0}
    monkeypatch.setattr(measuring, "find_run", lambda _: other if now == "another" else None)
    with pytest.raises(UserError, match="trained again while it was measured"):
        measuring.evaluate(run, data)
    assert not (run.folder / "metrics.csv").exists()


def test_a_discriminator_that_says_no_number_is_not_wrong_about_everything(data, tmp_path):
    run = Finished(tmp_path)
    run.logits = lambda images: np.full((len(images), 1), np.nan, np.float32)
    table = measuring.measure(run, data)
    assert math.isnan(at(table, "d_accuracy_real"))
    assert math.isnan(at(table, "d_loss_fake"))


@pytest.mark.filterwarnings("ignore:Mean of empty slice")  # black images have no wavelets
@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("code", [np.nan, np.inf])
def test_codes_that_are_no_numbers_are_not_walked(data, tmp_path, code):
    table = measuring.measure(Finished(tmp_path, code), data, Reader())
    measured = set(table["metric"])
    assert not measured & {
        "halfway_pairs",
        "direction_variance",
        "smiling_men",
        "auc",
        "probe_accuracy",
    }
    assert {"psnr", "last_epoch_median", "best_epoch", "smile_changed"} <= measured


def test_yardsticks(data):
    table = measuring.yardsticks(data, Reader(), Reader(["Male", "Smiling"]))
    assert list(table) == COLUMNS
    assert list(dict.fromkeys(table["version"])) == ["raw", "mean_face", "pca_100"]
    assert set(table["profile"]) == {"small"}
    assert set(table["epoch"]) == {0}
    found = table[table["case"] == ""].set_index(["version", "metric"])["value"]
    blur = metrics.laplacian_variance(data.test.images).mean()
    assert found["raw", "laplacian_variance"] == pytest.approx(blur)
    assert ("raw", "psnr") not in found
    # Images are nine squares in all, which as many components hold, and three do not.
    assert found["pca_100", "psnr"] > 45 > 15 > found["mean_face", "psnr"]
    short = dataclasses.replace(data, profile=dataclasses.replace(data.profile, latent_dim=3))
    psnr = wide(measuring.yardsticks(short), ["psnr"])["psnr"]
    assert psnr["pca_3"] < 30
    assert found["mean_face", "output_diversity"] == 0
    assert found["pca_100", "shared_detail"] > 0.9 > 0.5 > found["mean_face", "shared_detail"]
    assert found["pca_100", "invented_form"] < 0.05 < found["mean_face", "invented_form"]
    raw = table[table["metric"] == "probe_accuracy"]
    assert set(raw["version"]) == {"raw"} and raw["value"].eq(1).all()
    second = table[table["metric"] == "probe_accuracy_hardened"]
    assert second["case"].tolist() == ["Male", "Smiling"] and set(second["version"]) == {"raw"}
    assert not measuring.yardsticks(data)["metric"].isin(["probe_accuracy", "majority"]).any()


def test_eyes_are_sharp_where_they_are_known():
    faces = made_up.drawn_data()
    images, split = faces.test.images, faces.test
    judge = realism(faces)
    assert measuring.appearance(images, split, judge)["eye_sharpness"] > 0
    blind = made_up.without(split, "left_eye_x")
    assert "eye_sharpness" not in measuring.appearance(images, blind, judge)
    # Of raw faces only how they look: they hold all of their own detail.
    assert measuring.fidelity(images, split)["eye_detail"] == pytest.approx(1)
    assert measuring.fidelity(np.full_like(images, 9), split)["eye_detail"] == 0
    assert "eye_detail" not in measuring.fidelity(images, blind)
    known = measuring.yardsticks(faces)
    assert set(known["version"][known["metric"] == "eye_detail"]) == {"mean_face", "pca_100"}
    # How far from real: one face for all is the farthest.
    distances = known[known["metric"] == REAL_DISTANCE].set_index("version")["value"]
    assert distances.idxmax() == "mean_face" and len(distances) == 3
