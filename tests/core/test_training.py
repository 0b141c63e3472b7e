"""The loop and the run it leaves on disk, on a tiny dataset."""

import dataclasses
import json

import numpy as np
import pytest

from aegan_lib import backend, losses, metrics
from aegan_lib.backend import ops
from aegan_lib.errors import UserError
from aegan_lib.images import to_bytes, to_floats
from aegan_lib.models import build_models
from aegan_lib.rules import Slopes
from aegan_lib.runs import OlderRunError, find_run, run_folder
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.step import make_step
from aegan_lib.training import run_settings, train
from aegan_lib.versions import VERSIONS, Version
from tests import scopes
from tests.conftest import blobs

PARTS = ("encoder", "decoder", "discriminator")
COLUMNS = (
    "epoch", "batch", "beta", "mse", "bce", "g_loss", "d_loss_real", "d_loss_fake",
    "d_accuracy_real", "d_accuracy_fake", "weight_mse", "weight_bce", "gradient_norm_mse",
    "gradient_norm_bce", "gradient_cosine",
)  # fmt: skip
V4 = dataclasses.replace(VERSIONS["v4"], name="v4_short", beta=SlopeSchedule(2e-7, window=3))


def scaled(dataset, **changes):
    """The same data at another profile."""
    return dataclasses.replace(dataset, profile=dataclasses.replace(dataset.profile, **changes))


@pytest.fixture(scope=scopes.module)
def reports(tmp_path_factory):
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope=scopes.module)
def run(dataset, tiny, reports):
    return train(V4, dataset, reports=reports, progress=False)


def test_history(run, tiny):
    assert tuple(run.history.columns) == COLUMNS
    assert len(run.history) == tiny.epochs * tiny.batches_per_epoch
    assert np.isfinite(run.history.to_numpy()).all()
    assert not run.diverged


def test_replaying_the_schedule_gives_the_recorded_beta(run, tiny):
    schedule = V4.scaled(tiny).beta
    beta = replay(schedule, {"mse": run.history["mse"]})
    assert np.array_equal(beta, run.history["beta"])
    assert (beta[:4] == 0).all()
    assert (beta[4:] > 0).all()


def test_floats_in_the_history_round_trip(run, tmp_path):
    run.history.to_csv(tmp_path / "again.csv", index=False)
    assert (tmp_path / "again.csv").read_text() == (run.folder / "history.csv").read_text()


def test_logged_values_are_those_of_the_batch(dataset, tiny):
    """Every column of one eager step, recomputed from the networks before it."""
    version = VERSIONS["weighted"]
    x = to_floats(dataset.train.images[:16])
    models = build_models(20, 4, 20, seed=3, dropout=0.0)
    logits = np.asarray(models.discriminator(x))
    y = np.asarray(models.reconstruct(x))
    step = make_step(models, version.rule, 1e-3, seed=3, eager=True)
    row = {name: float(value) for name, value in step(x, 1.0, 0.5, 0).items()}

    assert row["mse"] == pytest.approx(np.mean((x - y) ** 2), rel=1e-5)
    assert row["d_loss_real"] == pytest.approx(np.mean(np.log1p(np.exp(-logits[:8]))), rel=1e-5)
    assert row["d_accuracy_real"] == np.mean(logits[:8] > 0)
    # After the step only the discriminator's update lies between these logits and the bce.
    judged = np.asarray(models.discriminator(y))
    assert row["bce"] == pytest.approx(np.mean(np.log1p(np.exp(-judged))), rel=1e-4)
    assert row["g_loss"] == pytest.approx(row["mse"] + 0.5 * row["bce"], rel=1e-5)
    assert (row["weight_mse"], row["weight_bce"]) == (1.0, 0.5)
    assert row["gradient_norm_mse"] == pytest.approx(2 * np.linalg.norm(x - y) / x.size, rel=1e-4)

    # The gradient of bce: it falls as fast as it is long, a step to either side along it.
    def bce(images):
        return np.mean(np.log1p(np.exp(-np.asarray(models.discriminator(images), np.float64))))

    real = np.ones((16, 1), "float32")
    _, (gradient,) = backend.value_and_gradients(
        lambda y: losses.binary_cross_entropy(real, models.discriminator(y)),
        ops.convert_to_tensor(y),
    )
    gradient = np.asarray(gradient)
    length = np.linalg.norm(gradient)
    step_along = 0.001 * gradient / length
    assert (bce(y + step_along) - bce(y - step_along)) / 0.002 == pytest.approx(length, rel=0.05)
    assert row["gradient_norm_bce"] == pytest.approx(length, rel=1e-3)
    cosine = np.sum(gradient * (y - x)) / length / np.linalg.norm(y - x)
    assert row["gradient_cosine"] == pytest.approx(cosine, abs=1e-4)


def test_dropout_is_a_function_of_seed_and_step():
    x = to_floats(blobs(8, 20, seed=5))

    # Each time that the discriminator judges, in both of its updates and for the generator.
    def judged(seed, index):
        step = make_step(
            build_models(20, 4, 20, seed=0), Slopes(losses.weighted), 0.0, seed, eager=True
        )
        row = step(x, 1.0, 0.0, index)
        return [float(row[name]) for name in ("d_loss_real", "d_loss_fake", "bce")]

    first = judged(1, 7)
    assert judged(1, 7) == first
    for values in zip(first, judged(2, 7), judged(1, 8), strict=True):
        assert len(set(values)) == 3


def test_no_two_seeds_or_steps_share_a_dropout_mask_however_large():
    # Beyond 2**24, float32 no longer tells neighbours apart.
    x = to_floats(blobs(8, 20, seed=5))

    def d_loss(seed, index):
        step = make_step(
            build_models(20, 4, 20, seed=0), Slopes(losses.weighted), 0.0, seed, eager=True
        )
        return float(step(x, 1.0, 0.0, index)["d_loss_real"])

    assert d_loss(2**24, 0) != d_loss(2**24 + 1, 0)
    assert d_loss(0, 2**25) != d_loss(0, 2**25 + 1)


def test_a_logit_of_zero_is_called_fake():
    models = build_models(20, 4, 20, seed=0)
    for weights in models.discriminator.layers[-1].weights:
        weights.assign(0 * weights)
    row = make_step(models, Slopes(losses.weighted), 0.0, seed=0, eager=True)(
        to_floats(blobs(8, 20, seed=5)), 1.0, 0.0, 0
    )
    assert (float(row["d_accuracy_real"]), float(row["d_accuracy_fake"])) == (0, 1)


@pytest.mark.parametrize(("asked", "calls"), [({}, 1), ({"eager": True}, 2)])
def test_a_step_is_compiled_unless_asked(asked, calls):
    called = []

    def loss(mse, bce, alpha, beta):
        called.append(1)
        return losses.weighted(mse, bce, alpha, beta)

    step = make_step(build_models(20, 4, 20, seed=0), Slopes(loss), 1e-3, 0, **asked)
    x, index = ops.convert_to_tensor(to_floats(blobs(8, 20, seed=5))), ops.convert_to_tensor(0)
    for _ in range(2):
        step(x, ops.convert_to_tensor(1.0), ops.convert_to_tensor(0.5), index)
    assert len(called) == calls


def test_compiled_and_eager_steps_agree(dataset, tiny, tmp_path):
    short = scaled(dataset, epochs=1)
    compiled, eager = (
        train(VERSIONS["v1"], short, reports=tmp_path / str(flag), eager=flag,
              progress=False)
        for flag in (False, True)
    )  # fmt: skip
    np.testing.assert_allclose(
        compiled.history["mse"], eager.history["mse"], rtol=1e-3
    )  # rounding, amplified by Adam


def test_samples_hold_every_epoch(run, tiny, dataset):
    assert run.samples.shape == (tiny.epochs + 1, 8, 20, 20, 3)
    last = run.reconstruct(dataset.validation.images[:8])
    assert np.abs(last.astype(int) - run.samples[-1]).max() <= 1


def test_epochs_are_measured_on_validation_faces(run, tiny, dataset):
    images = dataset.validation.images
    assert list(run.epochs["epoch"]) == list(range(tiny.epochs + 1))
    mse = metrics.mean_squared_errors(images, run.reconstruct(images)).mean()
    assert run.epochs["mse"].iloc[-1] == pytest.approx(mse, rel=1e-4)
    scores = metrics.discriminator_scores(run.logits(images), run.logits(run.reconstruct(images)))
    assert run.epochs["d_loss_fake"].iloc[-1] == pytest.approx(scores["d_loss_fake"], rel=1e-3)


def test_the_best_epoch_is_the_one_with_the_smallest_validation_mse(dataset, tiny, tmp_path):
    """At an absurd learning rate a later epoch is worse, so that best and last differ."""
    wild = dataclasses.replace(VERSIONS["autoencoder"], name="wild", learning_rate=1e-2)
    longer = scaled(dataset, epochs=6)
    run = train(wild, longer, reports=tmp_path, progress=False)
    errors = run.epochs["mse"]
    assert run.epoch == 6
    assert run.best.epoch == 1 + np.argmin(errors[1:]) != run.epoch
    images = dataset.validation.images
    mse = metrics.mean_squared_errors(images, run.best.reconstruct(images)).mean()
    assert mse == pytest.approx(errors[run.best.epoch], rel=1e-4)


def test_a_finished_run_is_loaded_and_a_changed_one_trained(run, dataset, tiny, reports):
    again = train(V4, dataset, reports=reports, progress=False)
    assert again.provenance == run.provenance
    for changed in (
        {"seed": 1},
        {"dataset": scaled(dataset, epochs=3)},
        {"version": dataclasses.replace(V4, alpha=2)},
        {"version": dataclasses.replace(V4, beta=SlopeSchedule(2e-7, window=4))},
        {"dataset": dataclasses.replace(dataset, digest="other")},
    ):
        asked = {"version": V4, "dataset": dataset, "seed": 0} | changed
        assert run_settings(**asked) != run.settings
    assert run_settings(V4, dataset, 0) == run.settings


def test_a_slope_scale_concerns_only_what_is_tuned(dataset, tiny):
    steeper = scaled(dataset, slope_scale=1e-3)
    for name, concerned in (("v1", False), ("v4", False), ("v4_quiet", True)):
        before, after = (run_settings(VERSIONS[name], data, 0) for data in (dataset, steeper))
        assert (before != after) == concerned


def test_an_unfinished_run_starts_again(run, dataset, tiny, tmp_path):
    folder = run_folder(tmp_path / "blobs-tiny", "v4_short", 0)
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text("epoch,batch\n0,")
    assert find_run(folder) is None
    finished = train(V4, dataset, reports=tmp_path, progress=False)
    assert finished.history.equals(run.history)


@pytest.mark.parametrize("file", ["history.csv", "last.npz", "run.json"])
def test_a_damaged_run_is_named(dataset, tiny, tmp_path, file):
    short = scaled(dataset, epochs=1)
    damaged = train(VERSIONS["v5"], short, reports=tmp_path, progress=False).folder
    (damaged / file).write_text("{")
    with pytest.raises(UserError, match=rf"damaged: {file}.*FORCE=1"):
        train(VERSIONS["v5"], short, reports=tmp_path, progress=False)


def test_a_run_of_older_code_is_trained_anew(dataset, tiny, tmp_path):
    """Its weights may lie in files that are no longer read: that is no damage."""
    short = scaled(dataset, epochs=1)
    run = train("autoencoder", short, reports=tmp_path, progress=False)
    record = run.folder / "run.json"
    content = json.loads(record.read_text())
    del content["files"]["last.npz"]
    record.write_text(json.dumps(content))
    with pytest.raises(OlderRunError, match=r"older code and lacks last\.npz"):
        find_run(run.folder)
    again = train("autoencoder", short, reports=tmp_path, progress=False)
    assert (again.folder / "last.npz").exists()
    assert find_run(again.folder).settings == run.settings


def test_pretrained_starts_where_the_autoencoder_ended(dataset, tiny, tmp_path):
    short = scaled(dataset, epochs=1)
    run = train(VERSIONS["pretrained"], short, reports=tmp_path, progress=False)
    folder = run_folder(run.folder.parents[1], "autoencoder", 0)
    assert np.array_equal(find_run(folder).samples[-1], run.samples[0])
    assert not np.array_equal(run.samples[0], run.samples[-1])


def test_a_diverged_run_is_kept_and_says_so(dataset, tiny, tmp_path):
    def explode(mse, bce, alpha, beta):
        return mse / (mse - mse)

    version = Version("explosive", explode, 1, 0, 1e-3, intent="Diverge.")
    run = train(version, dataset, reports=tmp_path, progress=False)
    assert run.outcome.startswith("diverged at epoch 1, batch 1")
    assert run.diverged
    assert len(run.history) == 1
    assert len(run.samples) == 1
    assert run.epoch == run.best.epoch == 0


@pytest.mark.parametrize("batch_size", [65, 66, 15])
def test_impossible_batches_fail_before_training(dataset, tiny, tmp_path, batch_size):
    data = scaled(dataset, batch_size=batch_size)
    with pytest.raises(UserError, match=rf"batch_size={batch_size} with 64 training images"):
        train(V4, data, reports=tmp_path, progress=False)
    assert not any(tmp_path.iterdir())


def test_an_unwritable_folder_fails_before_training(dataset, tiny, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match=r"cannot be written.*REPORTS"):
        train(V4, dataset, reports=tmp_path / "file", progress=False)


def test_provenance(run):
    assert run.provenance["packages"]["keras"]
    assert run.provenance["seconds"] >= 0
    content = json.loads((run.folder / "run.json").read_text())
    assert set(content["files"]) == {
        "history.csv",
        "epochs.csv",
        "samples.npy",
        "last.npz",
        "best.npz",
    }


def test_bytes_and_floats_are_inverse():
    grey = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_bytes(to_floats(grey)), grey)
    assert to_bytes(np.array([-1.5, np.nan, 1.5])).tolist() == [0, 0, 255]


def test_reconstructing_is_decoding_the_code(run, dataset):
    images = dataset.test.images
    assert np.array_equal(run.decode(run.encode(images)), run.reconstruct(images))
    assert run.logits(images).shape == (32, 1)
    assert metrics.psnr(images, run.reconstruct(images)).shape == (32,)
    assert ops.shape(run.encode(images)) == (32, 20)
