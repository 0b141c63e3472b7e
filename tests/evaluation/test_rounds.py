"""How the study was tuned and its second round is judged: benchmarks/study.py."""

import pandas as pd
import pytest

from aegan_lib.plan import plan
from aegan_lib.versions import VERSIONS
from benchmarks.study import asked, judged, measured, same, version_of

ROUND = plan()["study"]["rates"]


def test_a_run_that_two_grids_ask_for_is_one():
    assert same(("vqgan", "beta", 0.8, 100)) == same(("vqgan", "learning_rate", 1e-4, 100))
    assert same(("vqgan", "learning_rate", 2e-4, 100)) != same(("vqgan", "", None, 100))
    assert same(("constraint", "rate", 0.03, 100)) == ("constraint", 100)
    assert len({same(run) for run in asked()}) < len(list(asked()))


def test_a_weight_that_is_not_registered_is_made_of_its_name():
    version = version_of(("weighted-beta=0.0005", "learning_rate", 2e-4, 11))
    assert (version.alpha, version.beta, version.learning_rate) == (1, 0.0005, 2e-4)
    assert version.loss is VERSIONS["weighted"].loss


def test_what_has_a_row_is_not_trained_again(tmp_path):
    kept = tmp_path / "kept.csv"
    row = {"version": "vqgan", "field": "beta", "value": 0.8, "seed": 100, "psnr": 22.0}
    other = row | {"version": "weighted", "field": "", "value": ""}
    pd.DataFrame([other, row]).to_csv(kept, index=False)
    # A run that was trained for it would have more than these columns.
    measured(
        [("vqgan", "learning_rate", 1e-4, 100)], "test", 1, "smoke", tmp_path, tmp_path, str(kept)
    )
    table = pd.read_csv(kept, keep_default_na=False)
    assert table["psnr"].tolist() == [22.0] * 3 and "outcome" not in table
    assert table["field"].tolist() == ["learning_rate", "", "beta"]


def test_a_version_is_held_against_the_fixed_weights_of_its_seed():
    seeds = ROUND["seeds"]
    points = [(24.0, 0.5), (23.0, 0.3), (22.5, 0.25), (22.0, 0.24)]
    rules = {"vqgan": (22.5, 0.25), "uncertainty": (22.5, 0.35), "config": (23.5, 0.3)}
    rows = [
        {"version": name, "seed": seed, "psnr": psnr, "shared_detail": psnr, "real_distance": d}
        for seed in seeds
        for name, (psnr, d) in (dict(zip(ROUND["frontier"], points, strict=True)) | rules).items()
    ]
    made = judged(pd.DataFrame(rows)).loc["psnr"]
    # Between two weights the frontier is a straight line: at 23.5 it is at 0.4.
    assert made["mean"].to_dict() == pytest.approx(
        {"vqgan": 0.0, "uncertainty": -0.1, "config": 0.1}
    )
    assert made.at["config", "p"] == pytest.approx(2 / 2 ** len(seeds), abs=1e-3)
    assert made.at["config", "corrected"] == pytest.approx(3 * 2 / 2 ** len(seeds), abs=1e-3)
    # A seed that is not whole says nothing.
    short = judged(pd.DataFrame(rows[:-1])).loc["psnr"]
    assert f"{seeds[-1]}" not in short.dropna(axis=1)
