"""Planned comparisons by paired seeds, on rows worked by hand."""

import pandas as pd
from bs4 import BeautifulSoup

from aegan_lib.evaluation.results import REAL_DISTANCE
from aegan_lib.plan import Comparison
from aegan_lib.tables.comparisons import comparisons_table


def rows(**versions):
    return pd.DataFrame(
        [
            (name, seed, 1, metric, "", value)
            for name, values in versions.items()
            for seed, value in enumerate(values)
            for metric in ("psnr", REAL_DISTANCE)
        ],
        columns=["version", "seed", "epoch", "metric", "case", "value"],
    )


def test_differences_are_paired_by_seed():
    pair = Comparison("weighted", "v1", "what it is for")
    styler = comparisons_table(rows(weighted=[3.0, 2.0, 5.0], v1=[1.0, 2.5, 1.0]), [pair])
    cell = BeautifulSoup(styler.data.at["weighted − v1", "PSNR (dB)"], "html.parser")
    assert float(cell.data["value"]) == (2 - 0.5 + 4) / 3
    assert "2 of 3" in cell.get_text()
    assert len(cell.select("circle")) == 3 and cell.path
    assert styler.data.at["weighted − v1", "shared detail"] == ""
    assert styler.data.at["weighted − v1", "asks"] == "what it is for"


def test_what_has_no_seed_in_common_is_left_out():
    pair = Comparison("weighted", "v1", "")
    lonely = rows(weighted=[3.0, 2.0])
    assert comparisons_table(lonely, [pair]) is None
    other = rows(v1=[1.0]).assign(seed=7)
    assert comparisons_table(pd.concat([lonely, other]), [pair]) is None
