"""Which pairs the plan orders, and by what rule a judge passes."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aegan_lib import metrics
from aegan_lib.evaluation.calibration import Verdict, calibrate, ordered_pairs, verdict
from aegan_lib.evaluation.degradations import DEGRADATIONS
from benchmarks.candidates import CANDIDATES

PLAN = tomllib.loads((Path(__file__).parents[2] / "reports" / "plan.toml").read_text())
CALIBRATION = PLAN["calibration"]


def distances(rows):
    """Set -> its distance in each draw, as the table of one judge."""
    return pd.DataFrame(
        [(name, draw, d) for name, row in rows.items() for draw, d in enumerate(row)],
        columns=["set", "draw", "distance"],
    )


def test_the_plan_can_be_carried_out():
    pairs = ordered_pairs(CALIBRATION["ordering"])
    # By hand. Chains: 10 + 6 + 6 + 10 + 6 + 1 + 1 + 6, of which real and mean are one pair three
    # times. Mild and worst: 5 times 8, less 5 of one family and 2 that chains have.
    assert len(pairs) == 44 + 33
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    made = {f"{name} {s}" for name, all_ in CALIBRATION["degradations"].items() for s in all_}
    assert {name for pair in pairs for name in pair} == made | {"real"}
    assert CALIBRATION["degradations"].keys() == DEGRADATIONS.keys()
    assert CALIBRATION["candidates"] == list(CANDIDATES)


def test_pairs_by_hand():
    ordering = {
        "chains": [["real", "a 1", "a 2"], ["real", "b 1", "a 2"]],
        "mild": ["a 1", "b 1"],
        "worst": ["a 2", "b 9"],
    }
    assert ordered_pairs(ordering) == [
        ("real", "a 1"), ("real", "a 2"), ("a 1", "a 2"), ("real", "b 1"), ("b 1", "a 2"),
        ("a 1", "b 9"),
    ]  # fmt: skip


def test_a_verdict_by_hand():
    pairs = [("real", "mild"), ("mild", "bad"), ("real", "bad")]
    table = distances({"real": [0, 0], "mild": [1, 4], "bad": [2, 3]})
    # In the second draw mild and bad are the wrong way round; their means are equal: no order.
    assert verdict(table, pairs) == Verdict(3, 2 / 3, 2 / 3, (pairs[1],), {pairs[1]: 1})
    table = distances({"real": [0, 0], "mild": [1, 4], "bad": [9, 3]})
    found = verdict(table, pairs)
    assert found == Verdict(3, 1, 2 / 3, (), {pairs[1]: 1})
    assert not found.passes
    table = distances({"real": [0, 0], "mild": [1, 2], "bad": [9, 3]})
    assert verdict(table, pairs) == Verdict(3, 1, 1, (), {})
    assert verdict(table, pairs).passes


@pytest.mark.parametrize(("wrong", "passes"), [(1, True), (2, False)])
def test_one_pair_in_twenty_may_be_wrong_in_a_draw(wrong, passes):
    rows = {"real": [0.0, 0.0]} | {f"bad {i}": [2.0, 2.0] for i in range(20)}
    for i in range(wrong):
        rows[f"bad {i}"][1] = -1.0
    pairs = [("real", f"bad {i}") for i in range(20)]
    assert verdict(distances(rows), pairs).passes == passes


def test_what_is_not_a_number_is_in_no_order():
    table = distances({"real": [0, np.nan], "bad": [1, 1]})
    assert verdict(table, [("real", "bad")]) == Verdict(
        1, 0, 0, (("real", "bad"),), {("real", "bad"): 1}
    )


def test_calibrate_gives_every_judge_the_same_sets(dataset):
    def blurred(images):
        return -float(metrics.laplacian_variance(images).mean())

    plan = {"draws": 2, "faces": 20, "degradations": {"blur": [1.0, 4.0], "mean": [1]}}
    judges = {"one": blurred, "other": lambda images: 2 * blurred(images)}
    table = calibrate(judges, dataset, plan, dataset.train.images)
    assert list(table) == ["judge", "draw", "set", "distance", "seconds"]
    assert len(table) == 2 * 2 * 4
    one, other = (table[table["judge"] == name]["distance"].to_numpy() for name in judges)
    assert np.array_equal(2 * one, other)
    assert not np.array_equal(one[:4], one[4:])  # another draw has other faces
    again = calibrate(judges, dataset, plan, dataset.train.images)
    assert table.drop(columns="seconds").equals(again.drop(columns="seconds"))
    # No more faces than there are, and then each once: a draw of all is the set itself.
    table = calibrate({"one": blurred}, dataset, plan | {"faces": 99}, dataset.train.images)
    real = table[table["set"] == "real"]["distance"]
    assert real.tolist() == [pytest.approx(blurred(dataset.test.images))] * 2
    assert verdict(table, [("real", "blur 1.0"), ("blur 1.0", "blur 4.0")]).passes


def test_what_a_degradation_leaves_as_it_was_is_none(dataset):
    plan = {"draws": 1, "faces": 20, "degradations": {"sharpened": [0.0, 2.0]}}
    table = calibrate({"one": lambda images: 0.0}, dataset, plan, dataset.train.images)
    assert list(table["set"]) == ["real", "sharpened 2.0"]
    # Nor is the same faces in another order: as many different ones as there are.
    plan = {"draws": 1, "faces": 20, "degradations": {"repeated": [20, 10]}}
    table = calibrate({"one": lambda images: 0.0}, dataset, plan, dataset.train.images)
    assert list(table["set"]) == ["real", "repeated 10"]


def test_a_pair_that_asks_of_what_is_none_is_none(dataset):
    plan = {"draws": 1, "faces": 20, "degradations": {"sharpened": [0.0, 2.0]}}
    table = calibrate({"one": lambda images: 0.0}, dataset, plan, dataset.train.images)
    assert verdict(table, [("real", "sharpened 0.0"), ("real", "sharpened 2.0")]).pairs == 1
