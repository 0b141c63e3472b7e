"""The figures of the landscape: what they draw, and that their captions hold the right numbers."""

import dataclasses

import numpy as np
import pytest

from aegan_lib.evaluation.results import Value, tidy_run
from aegan_lib.figures import landscape
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.versions import VERSIONS
from tests.made_up import a_training, courses

NOTHING = tidy_run([], "faces", a_training())


def v4_run(mse, window=2):
    schedule = SlopeSchedule(scale=0.001, window=window, ceiling=1.0)
    beta = replay(schedule, {"mse": mse})
    version = dataclasses.replace(VERSIONS["v4"], beta=schedule)
    return a_training(version, epoch=[0] * len(mse), mse=mse, beta=beta, weight_bce=beta)


def names(panel):
    return [text.get_text() for text in panel.texts if text.get_text()]


def test_weights_below_and_at_zero_are_told(shown):
    v1 = a_training("v1", weight_mse=[1, 1, 1, -0.5, 0.5, 0.25, 0.25, -2])
    v4 = a_training("v4", weight_bce=[0, 0, 1e-4, 1e-4, 2e-4, 2e-4, 4e-4, 4e-4])
    silent = a_training("v5", beta=1.0, weight_bce=0.0, weight_mse=2.0)
    landscape.effective_weights([v1, v4, silent], courses(v1, v4, silent))
    (only,) = shown
    assert "∂loss/∂mse < 0: v1 25.0%." in only.caption
    assert "not drawn: v4 25.0%, v5 100.0%;" in only.caption
    # v1's last epoch: the middle of 0.5, 0.25, 0.25 and -2; v4's: between 2e-4 and 4e-4.
    assert "v1 0.005 and 0.25; v4 0.0003 and 1; v5 0 and 2." in only.alt
    assert names(only.figure.axes[1]) == ["0 throughout: v5", "v4", "v1"]
    assert [panel.get_yscale() for panel in only.figure.axes] == ["log", "log", "symlog"]


def test_an_axis_without_values_has_no_ticks(shown):
    run = a_training("autoencoder", beta=0, weight_bce=0)
    landscape.effective_weights([run], courses(run))
    beta, bce, mse = shown[0].figure.axes
    assert names(beta) == names(bce) == ["0 throughout: autoencoder"]
    assert [len(panel.get_yticks()) > 0 for panel in (beta, bce, mse)] == [False, False, True]


def test_versions_that_coincide_share_a_name(shown):
    runs = [
        a_training("weighted"),
        a_training("weighted_fast"),
        a_training("gan", beta=1, weight_mse=0),
    ]
    landscape.effective_weights(runs, courses(*runs))
    beta, _, mse = shown[0].figure.axes
    assert names(beta) == ["weighted, weighted_fast", "gan"]
    assert names(mse) == ["gan", "weighted, weighted_fast"]


@pytest.mark.parametrize("end", ["all alike", "evenly apart", "two heaps"])
def test_no_name_covers_another(shown, end):
    places = range(len(VERSIONS))
    heights = {
        "all alike": [0.5 + 1e-6 * i for i in places],
        "evenly apart": [0.1 * 2**i for i in places],
        "two heaps": [1e-4 + 1e-9 * i if i < 5 else 1 + 1e-6 * i for i in places],
    }[end]
    runs = [
        a_training(version, beta=height, weight_bce=height, weight_mse=height)
        for version, height in zip(VERSIONS, heights, strict=True)
    ]
    landscape.effective_weights(runs, courses(*runs))
    boxes = [text.get_window_extent() for panel in shown[0].figure.axes for text in panel.texts]
    assert len(boxes) == 3 * len(VERSIONS)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_gradients_are_weighed_as_they_reach_the_generator(shown):
    weighted = a_training(gradient_cosine=[0.9] * 4 + [-0.2, -0.2, -0.4, -0.4])
    backwards = a_training("v1", weight_mse=-1.0, weight_bce=0.015)
    landscape.gradient_norms([weighted, backwards], courses(weighted, backwards))
    # 0.005 * 0.2 = 0.001 against 0.001; 0.015 * 0.2 = 0.003 against |-1| * 0.001.
    for text in (shown[0].alt, shown[0].caption):
        assert text.endswith("weighted 0.5 and -0.3; v1 0.75 and 0.1.")
    norms = shown[0].figure.axes[3]
    assert [line.get_ydata()[-1] for line in norms.lines[1::2]] == pytest.approx([0.001, 0.003])


def test_the_slope_is_what_the_schedule_saw(shown):
    # Slopes seen over two batches: none for the first three, then -1, -1, 0, 1, 2 (per batch).
    run = v4_run(np.array([8.0, 7, 6, 5, 6, 7, 10, 1]))
    landscape.derivative_graph(run, courses(run))
    (only,) = shown
    # Beta is 0.001 / |slope|, and the ceiling of 1 where the slope is 0.
    for text in (only.alt, only.caption):
        assert (
            "In v4 the slope is positive in 40.0% of batches, median β 0.00075 there and 0.001 "
            "where it is negative, largest β 1." in text
        )
    assert (
        "β = |−0.001 / slope|, at most 1, with the slope over the 2 batches before" in only.caption
    )


def test_a_panel_is_shaded_where_the_slope_is_positive(shown, monkeypatch):
    # Slopes: none for the first three batches, then -1, -1, 0, 1, 2, 2, -1.
    landscape.derivative_graph(v4_run(np.array([8.0, 7, 6, 5, 6, 7, 10, 11, 8, 1])), NOTHING)
    (mesh,) = shown[0].figure.axes[1].collections
    assert mesh.get_array().ravel().tolist() == [0] * 6 + [1, 1] + [0]
    left, right = mesh.get_datalim(shown[0].figure.axes[1].transData).intervalx
    assert (left, right) == (0, 9)
    # In three cells of three batches each: the share of each that is shaded.
    monkeypatch.setattr(landscape, "STRETCHES", 3)
    landscape.derivative_graph(v4_run(np.array([8.0, 7, 6, 5, 6, 7, 10, 11, 8, 1])), NOTHING)
    (mesh,) = shown[1].figure.axes[1].collections
    assert mesh.get_array().ravel().tolist() == pytest.approx([0, 0, 2 / 3])


def test_a_run_of_one_batch_has_a_graph(shown):
    landscape.derivative_graph(v4_run(np.array([8.0])), NOTHING)
    assert not shown[0].figure.axes[1].collections


def test_the_parabola_turns_half_way(shown):
    run = v4_run(np.linspace(3, 1, 101))
    landscape.derivative_graph(run, courses(run))
    curve = shown[0].figure.axes[0].lines[0].get_ydata()
    assert len(curve) == 101 and curve.argmin() == 50 and curve[50] == 1
    assert curve == pytest.approx(curve[::-1])
    # The slope seen by batch i is that at i - 2: there is none before 3, it is 0 at 52, and so
    # it is positive, where its panel is shaded, from 53 on.
    slope = shown[0].figure.axes[2].lines[0].get_ydata()
    assert np.isnan(slope[:3]).all() and (slope[3:52] < 0).all() and slope[52] == 0
    assert (slope[53:] > 0).all()
    assert "In v4 the slope is positive in 0.0% of batches, median β " in shown[0].caption
    assert "nan" not in shown[0].caption


def test_a_version_without_a_slope_has_no_such_graph(shown):
    landscape.derivative_graph(a_training(), NOTHING)
    assert shown == []


def test_where_v1_is_driven(shown):
    # √(0.0005 * 0.8) = 0.02, and at alpha = 2 half of it.
    v1 = a_training(
        "v1", beta=0.0005, mse=[0.2] * 4 + [0.01, 0.03, 0.03, 0.05], weight_mse=[1] * 7 + [-1]
    )
    twice = dataclasses.replace(VERSIONS["v1_detached"], alpha=2)
    twin = a_training(twice, beta=0.0005, mse=0.015)
    results = courses(v1, twin)
    landscape.v1_drive([a_training(), v1, twin], results)
    (only,) = shown
    assert "v1 0.03 and 0.02; v1_detached 0.015 and 0.01." in only.caption
    assert "with ∂loss/∂mse < 0: v1 12.5%." in only.caption
    assert [panel.get_title() for panel in only.figure.axes] == ["v1", "v1_detached"]
    landscape.v1_drive([v1], results)
    assert len(shown[1].figure.axes) == 1


def test_without_v1_no_drive(shown):
    landscape.v1_drive([a_training(), a_training("v5")], NOTHING)
    assert shown == []


def test_histories_at_their_worst(shown):
    """Columns that are zero, constant or undefined draw without a warning: those are errors."""
    columns = [column for column in a_training().history.columns if column != "epoch"]
    worst = [
        a_training(version, **dict.fromkeys(columns, value))
        for version, value in zip(
            ("v1", "v1_detached", "gan", "v5", "autoencoder"),
            (0.0, np.nan, np.inf, -0.0, [np.nan] * 7 + [1.0]),
            strict=True,
        )
    ]
    short = a_training("v1_detached", **dict.fromkeys(columns, np.nan))
    short.history = short.history[:1]
    for runs in (worst, [short]):
        results = courses(*runs)
        landscape.effective_weights(runs, results)
        landscape.gradient_norms(runs, results)
        landscape.v1_drive(runs, results)
    for each in shown:
        each.figure.draw_without_rendering()


@pytest.mark.parametrize("mse", [[0.0] * 8, [np.nan] * 8, [2, 1, 2, 1, 2, 1, 2, np.inf], [1.0]])
def test_losses_without_a_slope(shown, mse):
    run = v4_run(np.array(mse, dtype=float))
    landscape.derivative_graph(run, courses(run))
    shown[0].figure.draw_without_rendering()


def test_all_versions_at_once(shown):
    runs = [a_training(version) for version in VERSIONS]
    runs.append(a_training(VERSIONS["weighted"].reweighed(beta=0.03)))
    results = courses(*runs)
    landscape.effective_weights(runs, results)
    landscape.gradient_norms(runs, results)
    assert len(shown[1].figure.axes) == 3 * len(runs)
    assert all(each.figure.get_figwidth() <= 13 for each in shown)


def test_without_a_run_nothing_is_drawn(shown):
    landscape.effective_weights([], NOTHING)
    landscape.gradient_norms([], NOTHING)
    landscape.v1_drive([], NOTHING)
    assert shown == []


def test_captions_quote_the_table(shown):
    run = a_training("v1")
    columns = {
        "weight_bce": 0.25,
        "weight_mse": -3,
        "adversarial_share": 0.125,
        "mse": 0.5,
        "gradient_cosine": -0.75,
        "driven_mse": 0.0625,
    }
    values = [Value("last_epoch_median", value, column) for column, value in columns.items()]
    values += [
        Value("share_of_batches", 0.375, "weight_mse < 0"),
        Value("share_of_batches", 0, "weight_bce = 0"),
    ]
    results = tidy_run(values, "faces", run)
    landscape.effective_weights([run], results)
    landscape.gradient_norms([run], results)
    landscape.v1_drive([run], results)
    weights, norms, drive = shown
    assert "v1 0.25 and -3." in weights.alt
    assert "not drawn: none; with ∂loss/∂mse < 0: v1 37.5%." in weights.caption
    assert norms.caption.endswith("v1 0.125 and -0.75.")
    assert "v1 0.5 and 0.0625." in drive.caption and "< 0: v1 37.5%." in drive.caption
