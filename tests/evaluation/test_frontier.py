"""The frontier of fixed weights, and what is held against it, on numbers made up for it."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegan_lib.evaluation.frontier import (
    Gain,
    among_fixed,
    corrected,
    gains,
    height,
    study_rows,
    study_versions,
    sweep,
    swept,
)
from aegan_lib.evaluation.results import REAL_DISTANCE
from tests.evaluation.test_field import rows

# Likeness and distance of the fixed weights: the fourth comes nearest to real faces, and the next
# one is worse than it in both.
CURVE = [(24, 0.5), (23.5, 0.4), (23, 0.3), (22, 0.2), (21, 0.25), (20, 0.4), (18, 0.6), (16, 0.8)]


def measured(seeds=1, **others):
    """Results of a sweep in every seed, moved a little from one to the next, and of others."""
    fixed = {
        name: [(x, y + seed / 100) for seed in range(seeds)]
        for name, (x, y) in zip(swept(), CURVE, strict=True)
    }
    return rows(**fixed, **others)


@pytest.mark.parametrize(
    ("likeness", "expected"),
    [
        (24, 0.5),
        (23.5, 0.4),  # halfway between two weights
        (22.25, 0.225),
        (22, 0.2),
        (21.5, 0.2),  # not 0.225: the third weight is better in both
        (16, 0.2),
        (24.1, math.nan),
        (12, 0.2),  # worse than all of them in likeness: the nearest counts
        (math.nan, math.nan),
    ],
)
def test_the_frontier_by_hand(likeness, expected):
    assert height(CURVE, likeness) == pytest.approx(expected, nan_ok=True)


points = st.lists(
    st.tuples(st.floats(10, 30), st.floats(0, 2)), min_size=2, max_size=9
)  # in any order


@given(curve=points, likeness=st.floats(10, 30), closer=st.floats(0, 5))
def test_it_never_falls_towards_more_likeness(curve, likeness, closer):
    here, there = height(curve, likeness), height(curve, likeness + closer)
    if not math.isnan(here + there):
        assert here <= there + 1e-9
    assert math.isnan(here) or here >= min(y for _, y in curve) - 1e-9


@given(curve=points)
def test_no_fixed_weight_beats_the_frontier(curve):
    for likeness, distance in curve:
        assert height(curve, likeness) <= distance


def test_a_gain_is_how_far_below_its_own_seeds_frontier_a_run_lies():
    results = measured(2, vqgan=[(22, 0.15), (23.5, 0.35)], v1=[(21.5, 0.3), (30, 0.1)])
    found = gains(results)
    assert found["vqgan"].seeds == pytest.approx({0: 0.05, 1: 0.06})
    assert found["vqgan"].mean == pytest.approx(0.055)
    # The second is closer to its input than any fixed weight: there is nothing to hold it against.
    assert found["v1"].seeds == pytest.approx({0: -0.1, 1: math.nan}, nan_ok=True)
    assert found["v1"].values == pytest.approx([-0.1])
    assert {*found} == {"vqgan", "v1"} == {*study_versions(results)}


def test_a_seed_whose_sweep_has_gaps_is_no_frontier():
    results = measured(2, vqgan=[(22, 0.15), (22, 0.15)])
    gap = (results["version"] == swept()[3]) & (results["seed"] == 1)
    assert [*sweep(results[~gap])] == [0]
    assert gains(results[~gap])["vqgan"].seeds == pytest.approx({0: 0.05})
    assert gains(results[results["version"] != "weighted"]) == {}


def test_a_run_that_collapsed_stays_in():
    found = gains(measured(3, vqgan=[(22, 0.15), (17, 1.5), (12, 1.5)]))["vqgan"]
    assert found.seeds == pytest.approx({0: 0.05, 1: 0.21 - 1.5, 2: 0.22 - 1.5})


@pytest.mark.parametrize(
    ("each", "by_holm"),
    [((0.01, 0.02, 0.04), (0.04, 0.06, 0.08)), ((0.011, 0.01), (0.04, 0.04)), ((0.4,), (1.0,))],
)
def test_the_correction_is_holms(each, by_holm):
    given = {f"rule {place}": Gain({}, p=p) for place, p in enumerate(each)}
    made = corrected(given, 4)
    assert [made[name].corrected for name in given] == pytest.approx([*by_holm])


def test_planned_ones_are_tested_exactly_and_corrected_together():
    n = 11  # of which the plan has 3 to 10
    sure = [(22, 0.15)] * n  # nearer in every seed
    mixed = [(22, 0.2 + seed / 100 + 0.01 * (-1) ** seed) for seed in range(n)]
    alone = [(30, 0.1)] * 3 + [(22, 0.15)] + [(30, 0.1)] * 7  # one planned seed has a gain
    found = gains(
        measured(n, vqgan=sure, uncertainty=mixed, constraint=sure, pcgrad=sure, v1_detached=alone)
    )
    assert found["vqgan"].p == pytest.approx(2 / 2**8)
    # Four are planned: the least p counts four times, and no later one less than it. One that has
    # none takes nothing away.
    assert found["vqgan"].corrected == pytest.approx(8 / 2**8)
    assert found["constraint"].corrected == pytest.approx(8 / 2**8)
    assert math.isnan(found["v1_detached"].p) and math.isnan(found["v1_detached"].corrected)
    assert found["uncertainty"].corrected == pytest.approx(found["uncertainty"].p) == 1
    assert math.isnan(found["pcgrad"].corrected)  # was not planned
    assert found["vqgan"].low < found["vqgan"].mean < found["vqgan"].high


def test_four_planned_ones_need_eight_seeds():
    def least(n):
        sure = [(22, 0.15)] * n
        every = dict.fromkeys(("vqgan", "uncertainty", "constraint", "v1_detached"), sure)
        return max(gain.corrected for gain in gains(measured(n, **every)).values())

    # The plan's seeds begin with 3.
    assert least(3 + 7) > 0.05 >= least(3 + 8)


def test_seeds_of_tuning_are_tested_nowhere():
    assert math.isnan(gains(measured(3, vqgan=[(22, 0.15)] * 3))["vqgan"].p)


def test_few_seeds_have_no_interval():
    found = gains(measured(4, vqgan=[(22, 0.15)] * 4))["vqgan"]
    assert math.isnan(found.low) and math.isnan(found.high)
    assert math.isnan(gains(measured(1, vqgan=[(22, 0.15)]))["vqgan"].p)


def test_what_a_study_keeps():
    results = measured(vqgan=[(22, 0.15)])
    assert {*study_rows(results)["metric"]} == {"psnr", REAL_DISTANCE}
    earlier = results.assign(epoch=0, value=9.0)
    other = results.assign(metric="ssim")
    many = pd.concat([results, earlier, other])
    pd.testing.assert_frame_equal(
        study_rows(many).sort_values(["version", "metric"], ignore_index=True),
        study_rows(results).sort_values(["version", "metric"], ignore_index=True),
    )
    assert np.array_equal([*sweep(study_rows(many)).values()], [CURVE])


def test_a_fixed_weight_in_a_gap_gains_what_the_straight_line_gives_away():
    line = [(24.0 - i, 0.8 - i / 10) for i in range(len(swept()))]
    bent = [*line[:2], (22.0, 0.5), *line[3:]]
    found = among_fixed({3: line, 4: bent})
    assert found[swept()[2]] == pytest.approx((0.0 + 0.1) / 2)
    assert found[swept()[4]] == pytest.approx(0.0)
    # Closer to its input than all others: held against the closest of them.
    assert found[swept()[0]] == pytest.approx(-0.1)
