"""The registry as a table. A new version is one record there and one row here."""

import dataclasses
import re

import pytest

from aegan_lib import losses
from aegan_lib.profiles import PROFILES
from aegan_lib.schedules import SlopeSchedule, TunedSlopeSchedule
from aegan_lib.versions import VERSIONS, Version, training_order

# name, loss, alpha, beta, learning rate, start
ROWS = [
    ("autoencoder", losses.weighted, 1, 0, 2e-4, None),
    ("gan", losses.weighted, 0, 1, 2e-4, None),
    ("weighted", losses.weighted, 1, 0.005, 1e-4, None),
    ("weighted_fast", losses.weighted, 1, 0.005, 2e-4, None),
    ("pretrained", losses.weighted, 0, 1, 2e-4, "autoencoder"),
    ("pretrained_mix", losses.weighted, 1, 0.005, 2e-4, "autoencoder"),
    ("weighted_long", losses.weighted, 1, 0.005, 2e-4, "weighted_fast"),
    ("v1", losses.inverse, 1, 0.0005, 1e-4, None),
    ("v1_detached", losses.inverse_detached, 1, 0.0005, 1e-4, None),
    ("v4", losses.weighted, 1, SlopeSchedule(2e-7, 50, 1.0), 1e-4, None),
    ("v4_quiet", losses.weighted, 1, TunedSlopeSchedule(2e-7, 50, 1.0), 1e-4, None),
    ("v5", losses.min_ceiling, 1, 1, 1e-4, None),
    ("autoencoder_slow", losses.weighted, 1, 0, 1e-4, None),
    ("gan_slow", losses.weighted, 0, 1, 1e-4, None),
]


@pytest.mark.parametrize(("name", "loss", "alpha", "beta", "rate", "start"), ROWS)
def test_the_registry(name, loss, alpha, beta, rate, start):
    version = VERSIONS[name]
    assert version.name == name
    assert (version.loss, version.alpha, version.beta) == (loss, alpha, beta)
    assert (version.learning_rate, version.start) == (rate, start)
    assert version.intent.endswith(".")


def test_every_version_has_its_row():
    assert list(VERSIONS) == [row[0] for row in ROWS]


def test_a_profile_scales_rates_and_slope_and_nothing_else():
    profile = dataclasses.replace(PROFILES["full"], learning_rate_scale=3, slope_scale=5e-6)
    quiet = VERSIONS["v4_quiet"].scaled(profile)
    assert quiet.learning_rate == pytest.approx(3e-4)
    assert quiet.beta == TunedSlopeSchedule(5e-6, 50, 1.0)
    assert VERSIONS["v4"].scaled(profile).beta == SlopeSchedule(2e-7, 50, 1.0)  # the document's
    assert VERSIONS["v1"].scaled(profile).beta == 0.0005
    assert VERSIONS["v4"].scaled(PROFILES["full"]) == VERSIONS["v4"]


@pytest.mark.parametrize("value", [-0.5, float("inf"), float("nan"), 1e39])  # inf in float32
@pytest.mark.parametrize("field", ["alpha", "beta", "learning_rate"])
def test_weights_that_are_negative_or_not_finite_are_refused(field, value):
    numbers = {"alpha": 1.0, "beta": 0.0, "learning_rate": 1e-4, field: value}
    message = (
        rf"{field} of version 'mine' must be a finite number.*Received: {re.escape(str(value))}"
    )
    with pytest.raises(ValueError, match=message):
        Version("mine", losses.weighted, intent="Broken.", **numbers)


def test_a_version_comes_after_the_one_it_starts_from():
    assert training_order(["pretrained"]) == ["autoencoder", "pretrained"]
    assert training_order(["pretrained", "autoencoder"]) == ["autoencoder", "pretrained"]
    assert training_order(["v5", "v1"]) == ["v5", "v1"]
    assert sorted(training_order(list(VERSIONS))) == sorted(VERSIONS)


def test_a_version_of_ones_own_says_what_is_its_own():
    mine = VERSIONS["weighted"].reweighed(beta=0.02)
    assert (mine.name, mine.alpha, mine.beta) == ("weighted-beta=0.02", 1, 0.02)
    with pytest.raises(ValueError, match="beta of version"):
        VERSIONS["weighted"].reweighed(beta=-1)
