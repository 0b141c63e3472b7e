"""The parts of benchmarks/guesses.py: the cross-entropy's forms by hand, noise for codes."""

import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from aegan_lib import backend, losses, step
from aegan_lib.backend import ops
from aegan_lib.images import to_floats
from aegan_lib.runs import profile_models
from aegan_lib.training import _batches
from aegan_lib.versions import VERSIONS
from benchmarks import guesses
from benchmarks.guesses import FORMS, on_logits, on_misread_probabilities, on_probabilities

LN2 = math.log(2)


@pytest.mark.parametrize(
    ("form", "logit", "loss", "slope"),
    [
        # log(1 + e^-l) and sigmoid(l) - 1.
        (on_logits, 0, LN2, -0.5),
        (on_logits, -5, 5.0067153, -0.9933071),
        (on_logits, -30, 30, -1),
        # The same down to -log(1e7 - 1) = -16.118, then -log(1e-7) = 16.118 and nothing.
        (on_probabilities, 0, LN2, -0.5),
        (on_probabilities, -5, 5.0067153, -0.9933071),
        (on_probabilities, -16, 16, -1),
        (on_probabilities, -17, 16.1180957, 0),
        (on_probabilities, -30, 16.1180957, 0),
        # p = 1/2: log(1 + e^-p), and (sigmoid(p) - 1) p (1 - p) = -0.3775407 / 4.
        (on_misread_probabilities, 0, 0.4740770, -0.0943852),
        # p = 0.0066929: sigmoid(p) - 1 = -0.4983268, p (1 - p) = 0.0066481.
        (on_misread_probabilities, -5, 0.6898063, -0.0033129),
        # p = 2.0611537e-9: half of it.
        (on_misread_probabilities, -20, LN2, -1.0305768e-9),
    ],
)
def test_what_a_form_asks_the_generator_for_is_worked_out_by_hand(form, logit, loss, slope):
    assert guesses.gradient(form, logit) == pytest.approx((loss, slope), rel=2e-5, abs=0)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_probabilities_that_are_not_clipped_give_the_loss_on_logits(label):
    logits = ops.convert_to_tensor([[-9.0], [-1.0], [0.0], [2.0], [9.0]])
    labels = ops.full((5, 1), label)

    def both(form):
        value, (slope,) = backend.value_and_gradients(lambda logits: form(labels, logits), logits)
        return [float(value), *ops.convert_to_numpy(slope)[:, 0]]

    assert both(on_probabilities) == pytest.approx(both(on_logits), rel=2e-3)


def test_a_fake_that_is_taken_for_a_logit_costs_the_discriminator_ln_2_at_best():
    fake = ops.zeros((1, 1))
    values = [
        float(on_misread_probabilities(fake, ops.full((1, 1), logit))) for logit in (-30.0, 30.0)
    ]
    assert values == pytest.approx([LN2, math.log(1 + math.e)])


def first_batch(dataset, seed, version="weighted"):
    """What the library's step says of the first batch, uncompiled."""
    networks = profile_models(dataset.profile, seed)
    scaled = VERSIONS[version].scaled(dataset.profile)
    take = step.make_step(networks, scaled.rule, scaled.learning_rate, seed, eager=True)
    _, _, chosen = next(_batches(dataset, seed))
    numbers = (ops.convert_to_tensor(w, "float32") for w in (scaled.alpha, scaled.beta))
    x = ops.convert_to_tensor(to_floats(dataset.train.images[chosen]))
    measures = take(x, *numbers, ops.convert_to_tensor(0))
    return {name: float(ops.convert_to_numpy(value)) for name, value in measures.items()}


def test_the_step_takes_another_form_and_the_librarys_own_is_back_afterwards(dataset):
    usual = first_batch(dataset, 0)
    seen = {}
    for name, form in FORMS.items():
        with guesses.adversary(form):
            seen[name] = first_batch(dataset, 0)
    assert step.binary_cross_entropy is losses.binary_cross_entropy
    assert seen["on_logits"] == pytest.approx(usual, rel=1e-4)
    # Nothing is clipped before training, and a misread loss is at most ln 2, at least log(1 + 1/e).
    assert seen["on_probabilities"] == pytest.approx(usual, rel=1e-3)
    misread = seen["on_misread_probabilities"]
    assert 0.3132 < misread["bce"] < LN2
    assert misread["d_loss_fake"] > LN2 > misread["d_loss_real"]
    assert misread["gradient_norm_bce"] < 0.25 * usual["gradient_norm_bce"]
    assert misread["mse"] == pytest.approx(usual["mse"])


def test_noise_takes_the_place_of_the_encoder_and_all_else_is_the_same(dataset, tmp_path):
    seen = guesses.trained_gan(dataset, 3, tmp_path / "noise", guesses.fed_with_noise)
    profile = dataset.profile
    assert len(seen["history"]) == profile.epochs * profile.batches_per_epoch
    assert len(seen["epochs"]) == len(seen["samples"]) == profile.epochs + 1
    # The first judgement of real images is that of `gan`, whose generator has had no say yet.
    gan, first = first_batch(dataset, 3, "gan"), seen["history"].iloc[0]
    assert first["d_loss_real"] == pytest.approx(gan["d_loss_real"], rel=1e-5)
    assert first["d_loss_fake"] != pytest.approx(gan["d_loss_fake"], rel=1e-5)
    # A finished one is read.
    again = guesses.trained_gan(dataset, 3, tmp_path / "noise", guesses.fed_with_noise)
    pd.testing.assert_frame_equal(again["history"], seen["history"])
    row = guesses.measured(dataset, **seen)
    assert row["adversary_share"] == 1 and row["silent"] == 0 and np.isnan(row["psnr"])
    late = seen["epochs"]["output_diversity"].iloc[1:]  # both of its two epochs
    assert row["diversity_late"] == pytest.approx(late.mean())


def test_noise_is_half_of_a_normal_and_new_every_time(dataset):
    networks = profile_models(dataset.profile, 0)
    x = ops.zeros((500, 20, 20, 3))
    fed = guesses.fed_with_noise(networks, 0, 0)
    first, second = (ops.convert_to_numpy(fed.encoder(x)) for _ in range(2))
    assert first.shape == (500, dataset.profile.latent_dim)
    assert first.min() == 0 and np.mean(first == 0) == pytest.approx(0.5, abs=0.02)
    assert np.square(first).mean() == pytest.approx(0.5, abs=0.03)
    assert not np.array_equal(first, second)
    # What is watched has noise of its own, and what is trained is the decoder alone.
    watched = guesses.fed_with_noise(networks, 0, 1)
    assert not np.array_equal(ops.convert_to_numpy(watched.encoder(x)), first)
    assert len(fed.autoencoder_variables) == len(networks.decoder.trainable_variables)


def test_an_untrained_encoder_has_no_part_in_the_generators_update(dataset):
    networks = profile_models(dataset.profile, 0)
    fed = guesses.fed_with_untrained_codes(networks, 0, 0)
    assert fed.autoencoder_variables == networks.decoder.trainable_variables
    assert ops.shape(fed.reconstruct(ops.zeros((2, 20, 20, 3)))) == (2, 20, 20, 3)


def test_a_row_is_written_as_each_run_ends_and_finished_ones_are_kept(monkeypatch, tmp_path):
    asked = []

    def trained(name, dataset, seed, place):
        asked.append((name, seed))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return {"psnr": 20.0 + seed}

    monkeypatch.setattr(guesses, "trained", trained)
    monkeypatch.setattr("aegan_lib.load", lambda *_, **__: None)
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.setenv(name, "1")
    path = tmp_path / "out.csv"
    command = ["train", "--runs", "gan autoencoder_slow", "--seeds", "0 1", "--out", str(path)]
    assert CliRunner().invoke(guesses.main, command).exit_code != 0
    assert pd.read_csv(path)["run"].tolist() == ["gan", "autoencoder_slow"]
    assert CliRunner().invoke(guesses.main, command).exit_code == 0
    assert pd.read_csv(path)["psnr"].tolist() == [20, 20, 21, 21]
    assert asked[2:] == [("gan", 1), ("gan", 1), ("autoencoder_slow", 1)]


def test_a_table_has_a_row_a_run_and_all_of_its_seeds_in_each_cell():
    columns = {"PSNR (dB)": ("psnr", 1, ".1f"), "silent (%)": ("silent", 100, ".0f")}
    runs = pd.DataFrame(
        [("gan", 1, 12.34, 0.5), ("gan", 0, 11, 0)], columns=["run", "seed", "psnr", "silent"]
    )
    assert guesses.markdown(runs, columns).splitlines() == [
        "| run | seeds | PSNR (dB) | silent (%) |",
        "|---|---:|---:|---:|",
        "| `gan` | 2 | 11.0 / 12.3 | 0 / 50 |",
    ]


@pytest.mark.skipif(backend.NAME != "tensorflow", reason="Keras computes with one backend only")
@pytest.mark.parametrize("eager", [True, False], ids=["eager", "graph"])
@pytest.mark.parametrize("from_logits", [True, False])
def test_keras_looks_behind_its_own_sigmoid_and_warns_where_logits_were_promised(
    eager, from_logits
):
    row = guesses.behind("keras", guesses.HEADS[0], from_logits, eager)
    assert (row["loss"], row["gradient"], row["loss_compiled"]) == (20, -1, 20)
    assert row["behind"] and row["behind_compiled"] and row["warned"] == from_logits


@pytest.mark.skipif(backend.NAME != "tensorflow", reason="Keras computes with one backend only")
def test_keras_cannot_look_behind_a_sigmoid_that_it_did_not_make():
    row = guesses.behind("keras", guesses.HEADS[-1], from_logits=False, eager=True)
    assert row["loss"] == pytest.approx(16.1180957) and row["gradient"] == 0
    assert not row["behind"] and not row["behind_compiled"]
    # Of a probability alone, no loss of an image is smaller than what clipping leaves.
    least = guesses.least_losses("keras")
    assert least == pytest.approx([2**-23, 1.5 * 2**-23], rel=1e-6)
