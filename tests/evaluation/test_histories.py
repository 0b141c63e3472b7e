"""What a history comes to; its other measures stand with the claims that they were made for."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from aegan_lib.evaluation.histories import ADAM_KEEPS, course, step_length
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.versions import VERSIONS
from tests.made_up import a_training, numbers


def test_medians_and_means_are_of_the_last_epoch():
    run = a_training(
        bce=[9, 9, 9, 9, 1, 2, 3, 10], weight_bce=[0, 0, 0, 0, 0.005, 0.005, 0.015, 0.005]
    )
    found = numbers(course(run))
    assert found["last_epoch_median", "bce"] == 2.5
    assert found["last_epoch_mean", "bce"] == 4
    assert found["last_epoch_median", "d_accuracy_real"] == 0.75
    # 0.005 * 0.2 = 0.001 against 1 * 0.001 in three batches, 0.003 against it in one.
    assert found["last_epoch_median", "adversarial_share"] == 0.5
    assert found["last_epoch_mean", "adversarial_share"] == pytest.approx((3 * 0.5 + 0.75) / 4)
    assert found["share_of_batches", "weight_bce = 0"] == 0.5
    assert found["share_of_batches", "weight_mse < 0"] == 0
    assert 0 < found["step_length"] < 2
    assert not any(key[1] in ("epoch", "batch") for key in found if len(key) == 2)


def weighed(mse=1.0, bce=0.0, cosine=0.0, norms=(1.0, 1.0)):
    """A history of as many batches as `norms`, which are those of d mse/dy."""
    columns = {"weight_mse": mse, "weight_bce": bce, "gradient_cosine": cosine}
    return pd.DataFrame({"gradient_norm_mse": norms, "gradient_norm_bce": 2.0, **columns})


def lengths(*norms):
    return step_length(weighed(norms=norms)).to_numpy()


def test_adam_steps_as_far_as_the_rate_says_unless_the_gradient_changes():
    assert lengths(*[3.0] * 50) == pytest.approx([1.0] * 50)
    # By hand, with Adam's own recursion and its correction.
    norms, second, expected = [1.0, 2.0, 4.0, 8.0], 0.0, []
    for batch, norm in enumerate(norms, start=1):
        second = ADAM_KEEPS * second + (1 - ADAM_KEEPS) * norm**2
        expected.append(norm / math.sqrt(second / (1 - ADAM_KEEPS**batch)))
    assert lengths(*norms) == pytest.approx(expected)
    # After one that was huge, all others are short.
    assert lengths(*[1.0] * 100, 1000.0, *[1.0] * 100)[101:].max() < 0.02
    # Nothing is divided by nothing.
    assert lengths(0.0, 0.0, 1.0)[:2].tolist() == [0, 0]


def test_steps_are_of_the_gradient_that_is_weighed():
    # 3 and 4 at a right angle, or at none that is known, are 5 in every batch.
    assert step_length(weighed(3, 2, [0, math.nan])).to_list() == pytest.approx([1, 1])
    # Then they cancel one another.
    opposed = weighed([1, 2], [0, 1], cosine=-1.0)
    assert step_length(opposed).to_list() == pytest.approx([1, 0])


def test_what_v1_drives_towards():
    twice = dataclasses.replace(VERSIONS["v1"], alpha=2)
    run = a_training(twice, beta=0.0005, weight_mse=[1, 1, 1, -0.5, 0.5, 0, 0.25, -2])
    found = numbers(course(run))
    assert found["last_epoch_median", "driven_mse"] == pytest.approx(0.01)  # √(0.0005 · 0.8) / 2
    assert found["share_of_batches", "weight_mse < 0"] == 0.25
    # Without a weight of mse, there is nowhere to drive.
    assert math.isnan(numbers(course(a_training("gan")))["last_epoch_median", "driven_mse"])


def test_a_slope_schedule_has_its_own_numbers():
    schedule = SlopeSchedule(scale=0.001, window=2, ceiling=1.0)
    version = dataclasses.replace(VERSIONS["v4"], beta=schedule)
    mse = np.array([8.0, 7, 6, 5, 6, 7, 10, 1])
    found = numbers(course(a_training(version, mse=mse, beta=replay(schedule, {"mse": mse}))))
    # Slopes seen over two batches: none for the first three, then -1, -1, 0, 1, 2 (per batch).
    # Beta is 0.001 / |slope|, and the ceiling of 1 where the slope is 0.
    assert found["share_of_batches", "slope > 0"] == 0.4
    assert found["beta_median", "slope > 0"] == 0.00075
    assert found["beta_median", "slope < 0"] == 0.001
    assert found["beta_largest"] == 1
    others = numbers(course(a_training()))
    assert not {"beta_largest", ("share_of_batches", "slope > 0")} & others.keys()


def test_a_loss_that_only_falls_has_no_beta_where_it_rises():
    schedule = SlopeSchedule(scale=0.001, window=2, ceiling=1.0)
    version = dataclasses.replace(VERSIONS["v4"], beta=schedule)
    mse = np.linspace(8, 1, 8)
    found = numbers(course(a_training(version, mse=mse, beta=replay(schedule, {"mse": mse}))))
    assert found["share_of_batches", "slope > 0"] == 0
    assert math.isnan(found["beta_median", "slope > 0"])
    assert found["beta_median", "slope < 0"] == pytest.approx(0.001)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, [np.nan] * 7 + [1.0]])
def test_histories_at_their_worst(value):
    """Columns that are zero or undefined are measured without a warning: those are errors."""
    columns = ["mse", "bce", "beta", "weight_mse", "weight_bce", "gradient_norm_mse"]
    course(a_training("v1", **dict.fromkeys(columns, value)))
