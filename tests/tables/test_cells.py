"""Numbers as cells of a table, and the best one, on rows worked by hand."""

import math

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from markupsafe import Markup

from aegan_lib.evaluation.estimates import Estimate, estimate
from aegan_lib.evaluation.results import spread, with_way
from aegan_lib.tables import cells, numbers
from tests.made_up import TWO_SEEDS


def text(html):
    return BeautifulSoup(html, "html.parser").get_text()


@pytest.mark.parametrize(
    ("metric", "values", "shown"),
    [
        ("psnr", [25.0, 26.0], "25.50 ± 6.35"),  # t = 12.706 with one degree of freedom
        ("d_accuracy_real", [0.5, 0.5], "50.00%"),
        ("input_dependence", [0.98, 1.0], "99.0% ± 12.7"),
        ("dead_units", [3, 4], "4 ± 6"),
        ("d_loss_fake", [1e-9, 3e-9], "2.00e-09 ± 1.3e-08"),
        ("ssim", [0.8993, 0.9007], "0.900 ± 0.009"),
        ("way", [-0.25], "−25.0%"),
        ("psnr", [], "–"),
    ],
)
def test_a_cell_shows_as_many_decimals_of_both(metric, values, shown):
    assert text(cells.cell(metric, estimate(values))) == shown


def test_a_cell_keeps_every_digit_for_a_script():
    data = BeautifulSoup(cells.cell("psnr", Estimate(25.123456, 24.0, 26.5, 3)), "html.parser").data
    assert (data["value"], data["data-low"], data["data-high"]) == ("25.123456", "24.0", "26.5")
    single = cells.cell("psnr", Estimate(25.0, 24.0, 26.5, 1))
    assert "(24.00–26.50)" in single  # of one seed's images, and not symmetric


def test_ends_below_zero_have_a_minus_and_not_a_hyphen():
    assert text(cells.cell("way", Estimate(-0.1, -0.2, -0.05, 1))) == "−10.0% (−20.0–−5.0)"
    assert text(cells.cell("way", Estimate(0.1, -0.2, 0.3, 1))) == "10.0% (−20.0–30.0)"


def test_an_interval_without_width_is_left_out():
    assert text(cells.cell("psnr", Estimate(25.0, 25.0, 25.0, 1))) == "25.00"
    assert text(cells.cell("psnr", Estimate(25.0, math.nan, math.nan, 1))) == "25.00"


def test_the_best_is_the_largest_or_the_nearest_to_raw():
    found = spread(with_way(TWO_SEEDS), ["psnr", "laplacian_variance", "way"])
    assert cells.best_values("psnr", found["psnr"]) == {"weighted", "v4"}  # PCA does not compete
    sharp = found["laplacian_variance"]
    assert cells.best_values("laplacian_variance", sharp) == {"weighted"}  # v4's mean is 1,700
    assert found["way"]["weighted"].mean == pytest.approx(10 / 15)
    assert cells.best_values("g_loss", found["psnr"]) == set()  # has no better or worse


def test_without_raw_faces_nothing_is_nearest_to_them():
    found = spread(TWO_SEEDS[TWO_SEEDS["version"] != "raw"], ["laplacian_variance"])
    assert cells.best_values("laplacian_variance", found["laplacian_variance"]) == set()


def test_columns_that_nobody_has_are_left_out():
    found = spread(TWO_SEEDS, ["psnr", "noise"])
    assert list(cells.known(found)) == ["psnr"]
    assert list(cells.metrics_table(TWO_SEEDS, ["psnr", "noise"], "").data) == [
        "PSNR (dB)",
        "seeds",
    ]


def test_what_a_caption_says_of_seeds():
    assert cells.seed_counts(TWO_SEEDS).to_dict() == {"v1": 2, "v4": 2, "weighted": 2}
    assert cells.over_seeds(TWO_SEEDS).startswith("means of 2 seeds ±")
    lost = TWO_SEEDS[(TWO_SEEDS["version"] != "v1") | (TWO_SEEDS["seed"] == 0)]
    assert cells.over_seeds(lost).startswith("means of several seeds ±")
    assert cells.over_seeds(TWO_SEEDS[TWO_SEEDS["seed"] == 0]) == "one seed"
    assert cells.over_seeds(TWO_SEEDS[:0]) == "no finished run"


def test_whatever_comes_from_outside_stays_text():
    hostile = "<script>alert(1)</script>"
    table = pd.DataFrame({hostile: [hostile, 1]}, index=[hostile, "other"])
    html = cells.styled(table, hostile).to_html()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") >= 4
    assert text(html).count(hostile) == 4


def test_only_what_is_marked_is_html():
    marked, plain = Markup("<b>1</b>"), "<b>1</b> & 'more'"
    html = cells.styled(pd.DataFrame({"a": [marked, plain]}, dtype=object), "").to_html()
    assert ">&lt;b&gt;1&lt;/b&gt; &amp; 'more'<" in html and "><b>1</b><" in html


def test_marks_are_in_columns_of_objects(monkeypatch):
    # Elsewhere, pandas with pyarrow would turn them into texts of its own.
    given = []
    for place in (cells, numbers):
        monkeypatch.setattr(place, "styled", lambda table, *_, **__: given.append(table))
    cells.metrics_table(TWO_SEEDS, ["psnr"], "")
    numbers.documents_table(TWO_SEEDS)
    assert len(given) == 2
    for table in given:
        for column in range(table.shape[1]):
            marked = [isinstance(value, Markup) for value in table.iloc[:, column]]
            assert table.dtypes.iloc[column] == "object" or not any(marked)
