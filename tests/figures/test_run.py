"""Figures of one run: what is drawn, and what their captions quote of the table."""

from types import SimpleNamespace

import numpy as np
import pytest

from aegan_lib.evaluation.results import Value, tidy_run
from aegan_lib.figures import run as figures
from tests import made_up
from tests.made_up import a_training, courses


def test_input_and_output(shown):
    figures.input_output(made_up.Squares(), made_up.squares_data().test, each=3)
    assert "3 test faces above their reconstructions by v1" in shown[0].alt
    canvas = shown[0].figure.axes[0].images[0].get_array()
    assert canvas.shape == (2 * 96 + 4, 3 * 96 + 2 * 4, 3)
    assert np.array_equal(canvas[:96], canvas[100:])  # squares lose nothing


def test_losses_unscaled_scaled_and_zoomed_out(shown):
    run = a_training(
        mse=[0.9] * 4 + [0.02, 0.04, 0.02, 0.04], bce=[9.0] * 4 + [1, 2, 3, 4], weight_bce=0.5
    )
    figures.loss_curves(run, courses(run))
    (only,) = shown
    assert "8 batches; medians over the last epoch: mse 0.030, bce 2.5." in only.alt
    unscaled, scaled, _ = only.figure.axes
    assert unscaled.lines[2].get_ydata() == pytest.approx(run.history["bce"])
    assert scaled.lines[2].get_ydata() == pytest.approx(run.history["bce"] / 2)
    assert [panel.get_yscale() for panel in only.figure.axes] == ["linear", "linear", "log"]
    titles = [panel.get_title() for panel in only.figure.axes]
    assert titles[1:] == ["adversary scaled by its weight", "zoomed out: whole range, log scale"]
    assert "the documents’ zoomed-out graph is linear" in only.caption
    assert "comparison" not in only.caption + only.alt


def test_without_any_weight_the_adversary_is_drawn_as_in_the_documents(shown):
    silent = a_training("autoencoder", bce=[2.0] * 7 + [4.0], weight_bce=0.0)
    # One batch in which it had a weight is enough to show that.
    once = a_training("v5", bce=2.0, weight_bce=[0.0] * 7 + [1.0])
    figures.loss_curves(silent, courses(silent))
    figures.loss_curves(once, courses(once))
    # A weight that is no number is not 0 either.
    undefined = a_training("v1", weight_bce=np.nan)
    figures.loss_curves(undefined, courses(undefined))
    assert "throughout" not in shown[2].caption
    panel = shown[0].figure.axes[1]
    assert panel.get_title() == "bce × 0.005, for comparison only"
    assert panel.lines[2].get_ydata() == pytest.approx([0.01] * 7 + [0.02])
    for text in (shown[0].caption, shown[0].alt):
        assert "weight is 0 throughout" in text and "no part in training" in text
    panel = shown[1].figure.axes[1]
    assert panel.get_title() == "adversary scaled by its weight"
    assert panel.lines[2].get_ydata() == pytest.approx([0] * 7 + [2])
    assert "throughout" not in shown[1].caption + shown[1].alt


def test_the_highest_losses_are_left_out_but_in_the_last_panel(shown):
    run = a_training(epoch=0, mse=[1.0] * 999 + [1e6], bce=0.5)
    figures.loss_curves(run, courses(run))
    tops = [panel.get_ylim()[1] for panel in shown[0].figure.axes]
    assert tops[0] == tops[1] == pytest.approx(1.05)
    assert tops[2] > 1e6


def test_weights_that_move(shown):
    run = a_training("v1", weight_bce=[1] * 4 + [0.2, 0.2, 0.4, 0.4], weight_mse=[1] * 6 + [-2] * 2)
    figures.beta_curve(run, courses(run))
    (only,) = shown
    assert "over 8 batches, median 0.3 in the last epoch" in only.alt
    assert "median 0.3 in the last epoch; that of mse was negative in 25.0% of" in only.caption
    assert only.figure.axes[0].lines[2].get_ydata()[-1] == 2  # its size


def test_weights_that_stand_still_are_a_sentence(shown):
    run = a_training(beta=0.02, weight_bce=0.02)
    figures.beta_curve(run, courses(run))
    assert shown[0].text == "<p>β is 0.02 throughout, and so is the weight.</p>"


def test_the_discriminator(shown):
    run = a_training(
        d_accuracy_real=[0.0] * 4 + [0.5, 0.5, 1, 1], d_loss_fake=[9.0] * 4 + [0.5, 0.5, 0.5, 1.5]
    )
    figures.discriminator_accuracy(run, courses(run))
    figures.discriminator_loss(run, courses(run))
    accuracy, loss = shown
    for text in (accuracy.alt, accuracy.caption):
        assert text.endswith("real 0.750, reconstruction 0.500.")
    for text in (loss.alt, loss.caption):
        assert text.endswith("real 0.300, reconstruction 0.750.")
    legend = [text.get_text() for text in loss.figure.legends[0].get_texts()]
    assert legend == ["real", "reconstruction"]


def test_captions_quote_the_table(shown):
    run = a_training("v1", weight_bce=[1, 2] * 4)
    values = [Value("last_epoch_median", 0.125, column) for column in ("mse", "weight_bce")]
    values += [
        Value("last_epoch_median", 7.5, "bce"),
        Value("share_of_batches", 0.375, "weight_mse < 0"),
    ]
    for kind in ("real", "fake"):
        values += [
            Value("last_epoch_mean", 0.875, f"d_{what}_{kind}") for what in ("loss", "accuracy")
        ]
    results = tidy_run(values, "faces", run)
    figures.loss_curves(run, results)
    figures.beta_curve(run, results)
    figures.discriminator_loss(run, results)
    figures.discriminator_accuracy(run, results)
    assert "mse 0.125, bce 7.5." in shown[0].alt
    assert "median 0.12 in the last epoch; that of mse was negative in 37.5%" in shown[1].caption
    for each in shown[2:]:
        assert each.caption.endswith("real 0.875, reconstruction 0.875.")


def test_maps_of_both_signals(shown):
    gradient = np.zeros((2, 20, 20, 3))
    gradient[:, 3, 4] = 1e-3
    signal = SimpleNamespace(
        mse_gradient=-gradient, bce_gradient=5 * gradient, weight_mse=1.0, weight_bce=0.005
    )
    faces = np.zeros((2, 20, 20, 3))
    figures.signal_maps(signal, faces, faces)
    assert "follows 1 × the first + 0.005 × the second" in shown[0].caption
    canvas = shown[0].figure.axes[0].images[0].get_array()
    asked = [canvas[top : top + 100] for top in (2 * 104, 3 * 104)]
    assert np.array_equal(*asked)  # each on its own scale, whatever the sign
    assert asked[0].std() > 0
