"""Lines on histories worked by hand."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from aegan_lib.figures import lines
from aegan_lib.figures.theme import colour


@pytest.fixture
def panel():
    figure, axes = plt.subplots(layout="constrained")
    yield axes
    plt.close(figure)


def test_the_bold_line_is_a_running_median(panel):
    values = pd.Series([1.0] * 60 + [100.0] + [3.0] * 60)
    bold = lines.line(panel, values, "black")
    thin, drawn = panel.lines
    assert thin.get_ydata() == pytest.approx(values)
    assert drawn.get_ydata() == pytest.approx(bold)
    assert set(bold) == {1, 2, 3}  # a single jump does not show; halfway, one half is 1 and one 3
    assert bold[60] == 1 and bold[len(bold) - 1] == 3
    assert thin.get_linewidth() < drawn.get_linewidth()


def test_what_a_logarithm_cannot_show_is_left_out(panel):
    bold = lines.line(panel, pd.Series([0.0, 1.0, -1.0, np.nan, 4.0]), "black", log=True)
    assert panel.get_yscale() == "log"
    assert bold.tolist() == [1, 1, 1, 2.5]
    assert np.isnan(panel.lines[0].get_ydata()[[0, 2, 3]]).all()


def test_without_values_there_is_no_logarithm(panel):
    assert lines.line(panel, pd.Series([0.0, -1.0]), "black", log=True).empty
    assert panel.get_yscale() == "linear"


def picture(axes) -> np.ndarray:
    """What is drawn, (h, w) from 0 to 255, at the sharpness of a page."""
    figure = axes.figure
    figure.set_dpi(192)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].mean(axis=2)


@pytest.mark.parametrize("log", [False, True])
def test_a_long_line_is_drawn_in_few_points_and_looks_the_same(log, monkeypatch):
    rng = np.random.default_rng(0)
    values = pd.Series(rng.lognormal(size=200_000) * np.linspace(1, 5, 200_000))
    values[50_000] = 1000  # a single batch that must not be lost
    values[120_000:130_000] = np.nan
    pictures = []
    for longest in (lines.STRETCHES, len(values)):
        monkeypatch.setattr(lines, "STRETCHES", longest)
        figure, axes = plt.subplots(figsize=(9, 3))
        bold = lines.line(axes, values, "black", log)
        assert len(bold) > 180_000
        pictures.append(picture(axes))
        plt.close(figure)
    few, all_of_them = pictures
    assert few.min() < 50 and np.abs(few - all_of_them).mean() < 1
    assert (np.abs(few - all_of_them) > 100).mean() < 0.001


def test_of_a_long_line_gaps_ends_and_extremes_are_kept():
    values = pd.Series(np.sin(np.arange(100_003.0)))
    values[70_000] = -9
    values[30_000] = np.inf
    values[40_000:41_000] = np.nan
    seen = lines.visible(values)
    assert len(seen) <= 4 * lines.STRETCHES
    assert (seen.index[0], seen.index[-1]) == (0, 100_002)
    assert seen[np.isfinite(seen)].min() == -9
    assert seen[np.isfinite(seen)].max() == values[np.isfinite(values)].max()
    assert seen.loc[40_050:40_950].isna().all() and len(seen.loc[40_050:40_950])
    assert seen.equals(values[seen.index])
    assert lines.visible(values[:20_000]).equals(values[:20_000])


def test_a_legend_stands_above_in_one_row(panel):
    for label in ("one", "other", "third"):
        panel.plot([0, 1], label=label)
    lines.legend_above(panel.figure, panel, markerscale=4)
    (legend,) = panel.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["one", "other", "third"]
    panel.figure.draw_without_rendering()
    assert legend.get_window_extent().y0 >= panel.get_window_extent().y1
    assert len({round(text.get_window_extent().y0) for text in legend.get_texts()}) == 1


def test_lines_have_their_versions_colours(panel):
    columns = {name: pd.Series([float(i)] * 3) for i, name in enumerate(["v1", "v4"], 1)}
    lines.named_lines(panel, columns, log=True)
    drawn = {line.get_color() for line in panel.lines if len(line.get_ydata()) == 3}
    assert drawn == {colour("v1"), colour("v4")}
