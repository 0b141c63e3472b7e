"""v4's schedule, on rows worked by hand and against the document's own pandas expression."""

import numpy as np
import pandas as pd
import pytest

from aegan_lib.errors import UserError
from aegan_lib.schedules import SlopeSchedule, numbers, replay

SHORT = SlopeSchedule(scale=0.1, window=2, ceiling=1.0)


@pytest.mark.parametrize(
    ("mse", "beta"),
    [
        ([], 0.0),
        ([5.0, 3.0], 0.0),  # not more than the window
        ([5.0, 4.0, 3.0], 0.1),  # slope -1
        ([3.0, 4.0, 5.0], 0.1),  # slope +1: whichever way it moves
        ([9.0, 3.0, 9.0, 2.5], 0.4),  # slope -0.25, the first row is outside the window
        ([3.0, 7.0, 3.0], 1.0),  # slope 0 gives the ceiling
        ([3.0, 3.0, 3.05], 1.0),  # 0.1 / 0.025 = 4, above the ceiling
        ([np.nan, 1.0, 2.0], 0.0),  # undefined
    ],
)
def test_beta_by_hand(mse, beta):
    assert SHORT({"mse": mse}) == pytest.approx(beta)


def test_equals_the_documents_expression():
    mse = np.random.default_rng(0).normal(0.05, 0.01, 200).cumsum()
    mse[120:180] = mse[120]  # a plateau: slope 0
    ours = replay(SlopeSchedule(), {"mse": mse})
    theirs = []
    for recorded in range(len(mse)):
        losses = pd.Series(mse[:recorded])
        if recorded > 50:
            slope = losses.diff(periods=50) / losses.index.to_series().diff(periods=50)
            theirs.append((-0.0000002 / slope).abs().clip(upper=1).fillna(0).iloc[-1])
        else:
            theirs.append(0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    assert (ours == 1).any()
    assert (ours[:51] == 0).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": 0},
        {"window": 0},
        {"ceiling": -1},
        {"scale": float("inf")},
        {"ceiling": float("nan")},
        {"scale": 1e39},  # infinite in float32
        {"window": 50.0},
        {"window": True},
        {"scale": "2e-7"},
        {"ceiling": np.int64(1)},  # what a record could not hold
    ],
)
def test_bad_settings_are_named(wrong):
    with pytest.raises(ValueError, match="Received: scale="):
        SlopeSchedule(**wrong)


@pytest.mark.parametrize("least", [{"window": 1}, {"ceiling": 0.0}, {"ceiling": 0.5}])
def test_the_least_that_is_allowed(least):
    assert numbers(SlopeSchedule(**least)) == {"scale": 2e-7, "window": 50, "ceiling": 1.0} | least


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ({}, "one column or more"),
        ({"mse": 0.1}, "one column or more"),
        ({"mse": [0.1, 0.2], "bce": [0.1]}, "each with one number a batch.*'mse': .2,., 'bce': .1"),
        ({"mse": ["a"]}, "numbers alone"),
        ({"mse": [None, [1]]}, "numbers alone"),
        ({"mse": [10**400]}, "numbers alone"),
        ({"bce": [0.1]}, "a column that the history lacks. Expected: 'mse'. Received: bce"),
    ],
)
def test_what_is_no_history_is_named(history, message):
    with pytest.raises(UserError, match=message):
        replay(SHORT, history)


def test_losses_of_a_training_that_diverged_are_replayed_without_a_warning():
    assert replay(SHORT, {"mse": [1e308, -1e308, np.inf, np.inf, np.nan]}).tolist() == [0.0] * 5


def test_a_plain_function_has_no_numbers():
    assert numbers(lambda history: 0.5) == {}
