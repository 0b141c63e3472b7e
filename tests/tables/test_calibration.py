"""The calibration of the judge as a table, passed and failed."""

import pandas as pd
from bs4 import BeautifulSoup

from aegan_lib.evaluation.calibration import believed, judged, ordered_pairs
from aegan_lib.evaluation.results import REAL_DISTANCE
from aegan_lib.plan import calibration
from aegan_lib.tables.calibration import calibration_table


def distances(swapped=()):
    """Every set of the plan as far from real as its place says, in two draws."""
    pairs = ordered_pairs(calibration()["ordering"])
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    # How many sets are more real: of any pair the first has fewer.
    above = dict.fromkeys(names, 0.0)
    for _ in names:
        for more, less in pairs:
            above[less] = max(above[less], above[more] + 1)
    above |= dict.fromkeys(swapped, -1.0)
    rows = [("patches", draw, name, value, 0.0) for draw in (0, 1) for name, value in above.items()]
    return pd.DataFrame(rows, columns=["judge", "draw", "set", "distance", "seconds"])


def test_a_judge_that_passes():
    table = calibration_table(distances())
    pairs = len(ordered_pairs(calibration()["ordering"]))
    assert f"says of {pairs} pairs" in table.caption
    assert "it is believed here" in table.caption
    assert next(iter(table.data.index)) == "real"
    first = BeautifulSoup(table.data.iloc[0, 0], "html.parser").data
    assert (first["value"], first.get_text()) == ("0.0", "0.000")
    assert "2 draws" in table.caption


def test_a_judge_that_fails_judges_nothing():
    failed = distances(swapped=["blur 2.0"])
    assert not judged(failed).passes
    assert "blur 1.0 before blur 2.0" in calibration_table(failed).caption
    results = pd.DataFrame({"metric": ["psnr", REAL_DISTANCE], "value": [1.0, 2.0]})
    assert list(believed(results, failed)["metric"]) == ["psnr"]
    assert believed(results, distances()).equals(results)
