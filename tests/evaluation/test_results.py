"""The tidy table on rows worked by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from aegan_lib.evaluation import results
from aegan_lib.evaluation.estimates import Estimate, estimate
from aegan_lib.evaluation.results import COLUMNS, Value, of_run, spread, tidy, tidy_run, wide
from tests.made_up import SMALL, a_run


def rows(version, seed, epoch, *values):
    return tidy(values, "faces", "quick", version, seed, epoch)


TABLE = pd.concat(
    [
        tidy([Value("psnr", 15.0)], "faces", "quick", "mean_face"),
        tidy([Value("psnr", 30.0)], "faces", "quick", "pca_100"),
        rows("v4", 0, 12, Value("psnr", 24.0), Value("best_epoch", 7), Value("auc", 0.9, "Male")),
        rows("v4", 0, 7, Value("psnr", 25.0)),
        rows("v4", 1, 12, Value("psnr", 26.0), Value("best_epoch", 12), Value("auc", 0.7, "Male")),
        rows("v1", 0, 12, Value("psnr", 20.0, "", 19.0, 22.0), Value("best_epoch", 12)),
    ],
    ignore_index=True,
)


def test_a_value_is_a_row():
    table = tidy_run(
        [Value("auc", 0.9, "Male"), Value("psnr", 20.0, "", 19.0, 22.0)], "faces", a_run("v4")
    )
    assert list(table) == COLUMNS
    whose = ["faces", SMALL.name, "v4", 0, 2]
    assert table.iloc[0].tolist()[:8] == [*whose, "auc", "Male", 0.9]
    assert table[["low", "high"]].iloc[0].isna().all()
    assert table.iloc[1].tolist() == [*whose, "psnr", "", 20.0, 19.0, 22.0]
    assert list(tidy([], "faces", "quick", "raw")) == COLUMNS


def test_a_kept_table_is_read_as_it_was(tmp_path):
    cases = ["", "nan", "None", "NA", "5_o_Clock_Shadow"]
    kept = rows(
        "v4",
        3,
        12,
        *(Value("auc", 0.1 + 0.2, case) for case in cases),
        Value("psnr", math.inf),
        Value("way", math.nan, "", 0.1, 0.3),
    )
    kept.to_csv(tmp_path / "metrics.csv", index=False)
    pd.testing.assert_frame_equal(results.read_table(tmp_path / "metrics.csv"), kept)


def test_a_reports_rows_are_yardsticks_first(tmp_path):
    runs = [a_run(name, folder=tmp_path / name) for name in ("v4", "v1")]
    tidy([Value("psnr", 15.0)], "faces", "quick", "raw").to_csv(tmp_path / "yardsticks.csv")
    for run in runs:
        run.folder.mkdir()
        tidy_run([Value("psnr", 20.0)], "faces", run).to_csv(run.folder / "metrics.csv")
    assert results.read_results(tmp_path, runs)["version"].tolist() == ["raw", "v4", "v1"]


def test_of_a_run_its_last_epoch_counts():
    run = a_run("v4")
    assert of_run(TABLE, run, "psnr") == 24
    assert of_run(TABLE, run, "auc", "Male") == 0.9
    assert math.isnan(of_run(TABLE, run, "auc"))
    assert math.isnan(of_run(TABLE, run, "auc", "Young"))
    assert math.isnan(of_run(TABLE, a_run("v5"), "psnr"))
    run.seed = 1
    assert of_run(TABLE, run, "psnr") == 26


def test_the_last_epoch_is_that_of_each_run():
    last = results.last_epoch(TABLE)
    assert last[last["metric"] == "psnr"]["value"].tolist() == [15, 30, 24, 26, 20]


def test_wide_is_the_mean_over_seeds_of_what_has_no_cases():
    table = wide(TABLE, ["psnr", "best_epoch", "auc"])
    assert list(table.index) == ["mean_face", "pca_100", "v4", "v1"]
    assert table["psnr"].tolist() == [15, 30, 25, 20]
    assert table.at["v4", "best_epoch"] == 9.5
    assert table["auc"].isna().all()
    assert results.by_version(TABLE).at["v4", ("auc", "Male")] == pytest.approx(0.8)


def test_spread_is_over_seeds_and_a_single_seeds_interval_its_own():
    found = spread(results.last_epoch(TABLE), ["psnr", ("auc", "Male"), "noise"])
    assert list(found) == ["psnr", ("auc", "Male"), "noise"]
    assert list(found["psnr"]) == ["mean_face", "pca_100", "v4", "v1"]
    assert found["psnr"]["v4"].values == estimate([24.0, 26.0]).values
    assert math.isnan(found["psnr"]["v4"].high)  # two seeds are shown one by one
    assert found["psnr"]["v1"] == Estimate(20.0, 19.0, 22.0, (20.0,))
    assert found["auc", "Male"]["v4"].mean == pytest.approx(0.8)
    assert found["auc", "Male"]["v1"].n == found["noise"]["v4"].n == 0
    # Images say nothing about seeds: with several of them, their own intervals are forgotten.
    five = pd.concat([rows("v1", seed, 1, Value("psnr", 20.0, "", 0, 99)) for seed in range(5)])
    assert spread(five, ["psnr"])["psnr"]["v1"] == Estimate(20, 20, 20, (20.0,) * 5)


def test_a_number_that_is_none_is_no_estimate():
    for broken in ([Value("psnr", math.nan)], [Value("psnr", math.nan, "", 1, 2)]):
        assert spread(rows("v1", 0, 1, *broken), ["psnr"])["psnr"]["v1"].n == 0
    one = pd.concat([rows("v1", i, 1, Value("psnr", v)) for i, v in enumerate((math.nan, 20.0))])
    assert spread(one, ["psnr"])["psnr"]["v1"].mean == 20


def test_the_way_to_pca_is_measured_in_decibels():
    found = results.with_way(TABLE)
    ways = wide(found, ["way"])["way"]
    assert ways.to_dict() == pytest.approx(
        {"mean_face": 0, "pca_100": 1, "v4": 10 / 15, "v1": 5 / 15}
    )
    seeds = found[(found["metric"] == "way") & (found["version"] == "v4")]
    assert seeds["value"].to_numpy() == pytest.approx(np.array([9, 10, 11]) / 15)
