"""All versions in one figure, whose parts a page can choose."""

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from aegan_lib.evaluation.frontier import swept
from aegan_lib.evaluation.results import REAL_DISTANCE
from aegan_lib.figures import comparing, vector
from tests.made_up import TWO_SEEDS, a_run, results_of


@pytest.fixture
def seen(monkeypatch):
    """The HTML that is displayed, parsed."""
    found = []

    def display(html):
        found.append(BeautifulSoup(html.data, "html.parser"))

    monkeypatch.setattr(vector, "display", display)
    return found


ROWS = results_of(
    raw={"laplacian_variance": [2000.0], REAL_DISTANCE: [0.0]},
    mean_face={"psnr": [15.0], REAL_DISTANCE: [0.9]},
    pca_100={"psnr": [28.0], REAL_DISTANCE: [0.4]},
    autoencoder={"psnr": [27.0, 27.5], REAL_DISTANCE: [0.5, 0.52]},
    weighted={"psnr": [25.0, 25.5], REAL_DISTANCE: [0.2, 0.21]},
    v1={"psnr": [23.0, 23.5], REAL_DISTANCE: [0.3, 0.31]},
    gan={"psnr": [12.0, 12.5], REAL_DISTANCE: [0.6, 0.61]},
)


def test_likeness_and_realism(seen):
    comparing.likeness_and_realism(ROWS, beside="<p>beside it</p>")
    (page,) = seen
    assert page.svg["aria-label"] == (
        "autoencoder: 27.2 dB, distance 0.51; weighted: 25.2 dB, distance 0.21; "
        "v1: 23.2 dB, distance 0.30"
    )
    assert page.figcaption.text.endswith("and left out: gan.")
    assert page.p.text == "beside it"
    texts = [text.text for text in page.select("svg text")]
    assert {"autoencoder", "weighted", "v1", "pca_100"} <= set(texts)
    # Seeds, their mean and the name are a version's own, to be chosen with it.
    parts = [part["data-version"] for part in page.select("[data-version]")]
    assert {name: parts.count(name) >= 3 for name in parts} == {
        "autoencoder": True,
        "weighted": True,
        "v1": True,
    }


def test_a_yardstick_far_off_does_not_push_all_others_together(seen):
    far = ROWS.assign(value=ROWS["value"].where(ROWS["version"] != "pca_100", 40.0))
    comparing.likeness_and_realism(far)
    assert "pca_100" not in seen[0].svg.get_text()


def test_what_hardly_differs_lies_side_by_side(seen, monkeypatch):
    drawn = []
    monkeypatch.setattr(comparing, "_apart", lambda axes, *_: drawn.append(axes))
    comparing.likeness_and_realism(
        results_of(
            mean_face={"psnr": [15.0], REAL_DISTANCE: [0.9]},
            autoencoder={"psnr": [22.0], REAL_DISTANCE: [0.3]},
            v5={"psnr": [22.007], REAL_DISTANCE: [0.301]},
        )
    )
    (axes,) = drawn
    for (low, high), least in zip((axes.get_xlim(), axes.get_ylim()), comparing.LEAST, strict=True):
        assert least <= high - low < 2 * least
    assert axes.get_xlim()[0] < 22.0035 < axes.get_xlim()[1]


def test_a_sweep_is_the_line_and_its_points_are_weights(seen):
    sweep = {
        name: {"psnr": [27.0 - i], REAL_DISTANCE: [0.5 - 0.05 * i]}
        for i, name in enumerate(swept())
    }
    comparing.likeness_and_realism(results_of(mean_face={"psnr": [10.0]}, **sweep))
    texts = [text.text for text in seen[0].select("svg text")]
    assert {"β 0", "β 0.005", "β 1"} <= set(texts)
    assert "sweep of the fixed weight" in seen[0].figcaption.text


def test_without_a_judge_there_is_no_figure_of_realism(seen):
    comparing.likeness_and_realism(TWO_SEEDS)
    assert seen == []


def a_course(version, seed, mse):
    run = a_run(version)
    run.seed = seed
    run.epochs = pd.DataFrame(
        {
            "epoch": range(len(mse)),
            "mse": mse,
            "laplacian_variance": 900.0,
            "output_diversity": 0.5,
            "d_accuracy_fake": 1.0,
        }
    )
    return run


def test_learning_curves_follow_every_version_over_all_seeds(seen):
    runs = [a_course("v1", 0, [0.4, 0.2]), a_course("v1", 1, [0.2, 0.1]), a_course("v4", 0, [0.3])]
    comparing.learning_curves(runs, ROWS)
    (page,) = seen
    panels = page.select("svg")
    assert len(panels) == len(comparing.COURSES)
    assert panels[0]["aria-label"].endswith("at the end: v1 0.15; v4 0.3.")
    # Of two seeds a line and a band, of one a line.
    for panel in panels:
        parts = [part["data-version"] for part in panel.select("[data-version]")]
        assert parts == ["v1", "v1", "v4"]
        assert len(panel.select(".epoch-mark")) == 1
        assert float(panel["data-step"]) > 50  # a panel is one epoch wide
        assert panel["data-last"] == "1"
    assert "as a band" in page.figcaption.text


def test_without_runs_there_are_no_curves(seen):
    comparing.learning_curves([], ROWS)
    assert seen == []


def test_a_drawing_needs_nothing_and_disturbs_nothing(seen):
    comparing.learning_curves([a_course("v1", 0, [0.4, 0.2])], ROWS)
    (page,) = seen
    assert not page.select("style, metadata, script")
    named = [element["id"] for element in page.select("[id]")]
    assert len(named) == len(set(named))  # also over several drawings
    used = set(re.findall(r"#([\w-]+)", str(page))) - {"888888"}
    assert set(named) <= used
    vector.show_drawings([], "a <b> & c")
    assert seen[-1].figcaption.text == "a <b> & c"
