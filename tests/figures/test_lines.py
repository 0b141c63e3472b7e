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
