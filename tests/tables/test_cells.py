"""Numbers as cells of a table, and the best one, on rows worked by hand."""

import math

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from markupsafe import Markup

from aegan_lib.evaluation.estimates import Estimate, estimate
from aegan_lib.evaluation.results import spread, with_way
from aegan_lib.tables import cells, dots, numbers
from tests.made_up import TWO_SEEDS


def text(html):
    return BeautifulSoup(html, "html.parser").get_text()


@pytest.mark.parametrize(
    ("metric", "values", "shown"),
    [
        ("psnr", [24.0, 25.0, 26.0, 27.0, 28.0], "26.00 ± 1.96"),  # 2.7764 · √(2.5 / 5)
        ("psnr", [25.0, 26.0], "25.50"),  # few seeds have no interval
        ("d_accuracy_real", [0.5] * 5, "50.00%"),
        ("way", [0.98, 0.99, 1.0, 1.01, 1.02], "100.0% ± 2.0"),
        ("dead_units", [3, 4, 5, 6, 7], "5 ± 2"),
        ("d_loss_fake", [1e-9, 2e-9, 3e-9, 4e-9, 5e-9], "3.00e-09 ± 2e-09"),
        ("ssim", [0.898, 0.899, 0.9, 0.901, 0.902], "0.900 ± 0.002"),
        ("way", [-0.25], "−25.0%"),
        ("psnr", [], "–"),
    ],
)
def test_a_cell_shows_as_many_decimals_of_both(metric, values, shown):
    assert text(cells.cell(metric, estimate(values))) == shown


def test_a_share_over_seeds_has_two_ends():
    found = estimate([0.99, 1.0, 0.98, 1.0, 1.0], share=True)
    shown = text(cells.cell("input_dependence", found))
    assert shown == "99.4% (98.2–100.0)"  # Student's own went up to 100.5 %


def test_seeds_are_dots_on_one_line():
    few = estimate([25.0, 26.0])
    assert "circle" not in cells.cell("psnr", few)  # no line to compare them on
    soup = BeautifulSoup(cells.cell("psnr", few, span=(20.0, 30.0)), "html.parser")
    assert soup.svg["aria-label"] == "Seeds: 25.00, 26.00"
    first, second = (float(circle["cx"]) for circle in soup.select("circle"))
    # A tenth of the span apart, of a line that is 12 % longer than it.
    assert second - first == pytest.approx(dots.WIDTH * 0.1 / 1.12, abs=0.11)
    assert "svg" not in cells.cell("psnr", estimate([25.0]), span=(20.0, 30.0))
    assert cells.span_of([few, estimate([21.0])]) == (21, 26)
    assert cells.span_of([estimate([])]) is None


def test_dots_have_a_range_behind_them_and_a_line():
    drawn = dots.dots([1.0, 2.0], str, shade=(1.5, math.inf), line=0.0)
    soup = BeautifulSoup(drawn, "html.parser")
    start, width = float(soup.rect["x"]), float(soup.rect["width"])
    assert start + width == pytest.approx(dots.WIDTH)
    one, two = (float(circle["cx"]) for circle in soup.select("circle"))
    assert float(soup.path["d"][1:].split()[0]) < one < start < two
    # By ratio 1 is as far from 2 as 2 from 4.
    places = [
        float(circle["cx"])
        for circle in BeautifulSoup(
            dots.dots([1.0, 2.0, 4.0], str, logarithmic=True), "html.parser"
        ).select("circle")
    ]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.11)
    assert dots.dots([1.0, math.inf], str) == ""


def test_a_cell_keeps_every_digit_for_a_script():
    data = BeautifulSoup(
        cells.cell("psnr", Estimate(25.123456, 24.0, 26.5, (25.0, 25.2))), "html.parser"
    ).data
    assert (data["value"], data["data-low"], data["data-high"]) == ("25.123456", "24.0", "26.5")
    single = cells.cell("psnr", Estimate(25.0, 24.0, 26.5, (25.0,)))
    assert "(24.00–26.50)" in single  # of one seed's images, and not symmetric


def test_ends_below_zero_have_a_minus_and_not_a_hyphen():
    assert text(cells.cell("way", Estimate(-0.1, -0.2, -0.05, (-0.1,)))) == "−10.0% (−20.0–−5.0)"
    assert text(cells.cell("way", Estimate(0.1, -0.2, 0.3, (0.1,)))) == "10.0% (−20.0–30.0)"


def test_an_interval_without_width_is_left_out():
    assert text(cells.cell("psnr", Estimate(25.0, 25.0, 25.0, (25.0,)))) == "25.00"
    assert text(cells.cell("psnr", Estimate(25.0, math.nan, math.nan, (25.0,)))) == "25.00"


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
    assert cells.over_seeds(TWO_SEEDS).startswith("means of 2 seeds, each")
    lost = TWO_SEEDS[(TWO_SEEDS["version"] != "v1") | (TWO_SEEDS["seed"] == 0)]
    assert cells.over_seeds(lost).startswith("means of several seeds, each")
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
