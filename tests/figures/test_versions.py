"""All versions side by side."""

import numpy as np
import pytest

from aegan_lib.evaluation.results import REAL_DISTANCE, Value, tidy_run
from aegan_lib.figures import versions
from aegan_lib.figures.theme import colour
from tests import made_up
from tests.made_up import TWO_SEEDS, Squares, a_training, courses, results_of


def test_the_same_faces_through_every_version(shown):
    blind = Squares(lambda z: z * 0)
    blind.version = made_up.VERSIONS["v4"]
    versions.versions_side_by_side([Squares(), blind], made_up.squares_data().test, each=3)
    assert shown[0].alt == "3 test faces and, a row a version, their reconstructions: v1, v4."
    (panel,) = shown[0].figure.axes
    assert [label.get_text() for label in panel.get_yticklabels()] == ["input", "v1", "v4"]
    canvas = panel.images[0].get_array()
    assert np.array_equal(canvas[:96], canvas[100:196])  # squares lose nothing
    assert not canvas[200:, :96].any()


def test_every_discriminator_in_a_panel(shown):
    sure = a_training("v1", d_accuracy_real=[0.0] * 4 + [1.0] * 4)
    runs = [sure, *map(a_training, ("v4", "v5", "gan", "weighted", "autoencoder"))]
    versions.discriminators(runs, courses(*runs))
    (only,) = shown
    assert "v1 100% and 50%, v4 75% and 50%, v5" in only.alt
    panels = [panel for panel in only.figure.axes if panel.axison]
    assert [panel.get_title() for panel in panels] == [run.version.name for run in runs]
    assert [panel.title.get_color() for panel in panels] == [
        colour(run.version.name) for run in runs
    ]
    versions.discriminators([], courses(sure))
    assert len(shown) == 1


def test_a_caption_quotes_the_table(shown):
    run = a_training("v1")
    values = [
        Value("last_epoch_mean", 0.25, "d_accuracy_real"),
        Value("last_epoch_mean", 0.125, "d_accuracy_fake"),
    ]
    versions.discriminators([run], tidy_run(values, "faces", run))
    assert shown[0].alt.endswith("at the end: v1 25% and 12%.")


def test_close_and_sharp(shown):
    versions.sharpness_against_psnr(TWO_SEEDS)
    (only,) = shown
    # Means over seeds; raw faces have no PSNR, and are a line.
    assert only.alt == (
        "mean_face: 15.0 dB, blur factor 100; pca_100: 30.0 dB, blur factor 1500; "
        "weighted: 25.0 dB, blur factor 1900; v1: 22.5 dB, blur factor 2200; "
        "v4: 25.0 dB, blur factor 1700"
    )
    texts = [text.get_text() for text in only.figure.axes[0].texts]
    assert "raw faces 2000" in texts and "raw" not in texts
    assert {"v1", "v4", "weighted", "pca_100", "mean_face"} <= set(texts)


def test_likeness_and_realism(shown):
    rows = results_of(
        raw={"laplacian_variance": [2000.0], REAL_DISTANCE: [0.0]},
        mean_face={"psnr": [15.0], REAL_DISTANCE: [0.9]},
        pca_100={"psnr": [30.0], REAL_DISTANCE: [0.4]},
        autoencoder={"psnr": [27.0, 27.5], REAL_DISTANCE: [0.5, 0.52]},
        weighted={"psnr": [25.0, 25.5], REAL_DISTANCE: [0.2, 0.21]},
        v1={"psnr": [23.0, 23.5], REAL_DISTANCE: [0.3, 0.31]},
        gan={"psnr": [12.0, 12.5], REAL_DISTANCE: [0.6, 0.61]},
    )
    versions.likeness_and_realism(rows)
    (only,) = shown
    assert only.alt == (
        "autoencoder: 27.2 dB, distance 0.51; weighted: 25.2 dB, distance 0.21; "
        "v1: 23.2 dB, distance 0.30"
    )
    assert only.caption.endswith("for want of any likeness: gan.")
    axes = only.figure.axes[0]
    assert {"autoencoder", "weighted", "v1", "pca_100"} == {t.get_text() for t in axes.texts}
    # The line joins those that nobody beats, from the less to the more faithful.
    assert axes.lines[0].get_xdata().tolist() == [25.25, 27.25]
    # Seeds small, the mean large.
    sizes = [len(points.get_offsets()) for points in axes.collections]
    assert sizes == [2, 1, 2, 1, 2, 1, 1]


def test_without_a_judge_there_is_no_figure_of_realism(shown):
    versions.likeness_and_realism(TWO_SEEDS)
    assert shown == []


@pytest.mark.parametrize("name", ["mine", "weighted-beta=0.02"])
def test_a_version_that_is_not_registered_is_a_point_too(shown, name):
    rows = results_of(
        raw={"laplacian_variance": [2000.0]},
        v1={"psnr": [20.0], "laplacian_variance": [1000.0]},
        **{name: {"psnr": [25.0], "laplacian_variance": [1500.0]}},
    )
    versions.sharpness_against_psnr(rows)
    assert f"{name}: 25.0 dB, blur factor 1500" in shown[0].alt
