"""The registry as a table. A new version is one record there and one row here."""

import dataclasses
import re

import pytest

from aegan_lib import losses, rules
from aegan_lib.profiles import PROFILES
from aegan_lib.schedules import SlopeSchedule, TunedSlopeSchedule
from aegan_lib.versions import GROUPS, VERSIONS, Version, training_order

# name, loss, alpha, beta, learning rate, start, and where loss, alpha, beta and rate stand: in the
# documents, in the author's scripts, nowhere but here, or "-" for what is not used
ROWS = [
    ("autoencoder", losses.weighted, 1, 0, 2e-4, None, "doc doc doc doc"),
    ("gan", losses.weighted, 0, 1, 2e-4, None, "doc doc doc doc"),
    ("weighted", losses.weighted, 1, 0.005, 1e-4, None, "doc doc doc doc"),
    ("weighted_fast", losses.weighted, 1, 0.005, 2e-4, None, "doc doc doc doc"),
    ("pretrained", losses.weighted, 0, 1, 2e-4, "autoencoder", "doc ours ours ours"),
    ("pretrained_mix", losses.weighted, 1, 0.005, 2e-4, "autoencoder", "doc ours ours ours"),
    ("weighted_long", losses.weighted, 1, 0.005, 2e-4, "weighted_fast", "doc doc doc doc"),
    ("v1", losses.inverse, 1, 0.0005, 1e-4, None, "doc scripts doc scripts"),
    ("v1_detached", losses.inverse_detached, 1, 0.0005, 1e-4, None, "ours scripts doc scripts"),
    ("v4", losses.weighted, 1, SlopeSchedule(2e-7, 50, 1.0), 1e-4, None, "doc doc doc scripts"),
    (
        "v4_quiet",
        losses.weighted,
        1,
        TunedSlopeSchedule(2e-7, 50, 1.0),
        1e-4,
        None,
        "doc doc ours scripts",
    ),
    ("v5", losses.min_ceiling, 1, 1, 1e-4, None, "doc - - scripts"),
    ("autoencoder_slow", losses.weighted, 1, 0, 1e-4, None, "doc doc doc scripts"),
    ("gan_slow", losses.weighted, 0, 1, 1e-4, None, "doc doc doc ours"),
    ("weighted-beta=0.0001", losses.weighted, 1, 0.0001, 1e-4, None, "doc doc ours scripts"),
    ("weighted-beta=0.0003", losses.weighted, 1, 0.0003, 1e-4, None, "doc doc ours scripts"),
    ("weighted-beta=0.001", losses.weighted, 1, 0.001, 1e-4, None, "doc doc ours scripts"),
    ("weighted-beta=0.02", losses.weighted, 1, 0.02, 1e-4, None, "doc doc ours scripts"),
    ("weighted-beta=0.2", losses.weighted, 1, 0.2, 1e-4, None, "doc doc ours scripts"),
    ("weighted-beta=1", losses.weighted, 1, 1, 1e-4, None, "doc doc ours scripts"),
    ("vqgan", rules.AdaptiveWeight(1e4, 1e-12), 1, 0.8, 1e-4, None, "theirs ours theirs ours"),
    ("uncertainty", rules.Uncertainty(0.01, 6), 1, 0.1, 1e-4, None, "theirs theirs ours ours"),
    (
        "constraint",
        rules.Constraint(1.25, 0.03, 0.99, 1e4),
        1,
        1,
        1e-4,
        None,
        "theirs ours ours ours",
    ),
    ("pcgrad", rules.GradientSurgery(), 1, 0.005, 1e-4, None, "theirs ours ours ours"),
    ("mgda", rules.MinimumNorm(), 1, 1, 1e-4, None, "theirs theirs theirs ours"),
    ("shares", rules.Shares(0.999, 1e-12), 1, 0.8, 1e-4, None, "theirs ours ours ours"),
    ("config", rules.ConflictFree(), 1, 0.8, 1e-4, None, "theirs ours ours ours"),
]


@pytest.mark.parametrize(("name", "loss", "alpha", "beta", "rate", "start", "stands"), ROWS)
def test_the_registry(name, loss, alpha, beta, rate, start, stands):
    version = VERSIONS[name]
    assert version.name == name
    assert (version.loss, version.alpha, version.beta) == (loss, alpha, beta)
    assert (version.learning_rate, version.start) == (rate, start)
    assert version.intent.endswith(".")
    assert sources(version)[:4] == ["" if s == "-" else s for s in stands.split()]


def sources(version):
    """Where loss, alpha, beta, learning rate and start stand, read off `source` as a reader does.

    It says whose the version is; then come exceptions, "settings: where they stand".
    """
    whose, *exceptions = version.source.split("; ")
    found = dict.fromkeys(("loss", "α", "β", "rate", "start"), whose)
    for exception in exceptions:
        settings, where = exception.split(": ")
        assert where != whose, "no exception"
        for setting in settings.split(", "):
            assert setting in found, setting
            found[setting] = "" if where == "not used" else where
    assert set(found.values()) <= {"doc", "scripts", "theirs", "ours", ""}
    return [*found.values()]


def test_what_is_in_no_document_is_ours():
    whose = {name: version.source.partition(";")[0] for name, version in VERSIONS.items()}
    theirs = ["autoencoder", "gan", "weighted", "pretrained", "v1", "v4", "v5"]
    assert [name for name, said in whose.items() if said == "doc"] == theirs
    assert {whose[name] for name in VERSIONS if name not in theirs} == {"ours"}
    # A run that goes on from another one is in the documents only where they pre-train.
    starts = {name: sources(v)[4] for name, v in VERSIONS.items() if v.start}
    assert starts == {"pretrained": "doc", "pretrained_mix": "doc", "weighted_long": "ours"}


def test_a_version_of_ones_own_stands_in_no_document():
    assert Version("mine", losses.weighted, alpha=1, beta=0, learning_rate=1e-4).source == "ours"


def test_every_version_has_its_row():
    assert list(VERSIONS) == [row[0] for row in ROWS]


def test_every_version_is_in_a_group():
    assert {*VERSIONS} == {name for group in GROUPS.values() for name in group}


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


def test_what_a_class_takes_from_another_is_part_of_a_versions_code():
    assert SlopeSchedule in VERSIONS["v4_quiet"].code()
    assert rules.Rule in VERSIONS["vqgan"].code()


def test_a_version_of_ones_own_says_what_is_its_own():
    mine = VERSIONS["weighted"].reweighed(beta=0.03)
    assert (mine.name, mine.alpha, mine.beta) == ("weighted-beta=0.03", 1, 0.03)
    with pytest.raises(ValueError, match="beta of version"):
        VERSIONS["weighted"].reweighed(beta=-1)


def test_numbers_of_ones_own_are_the_same_whichever_came_first():
    """One folder, and so one description: else two runs would take turns in it."""
    weighted = VERSIONS["weighted"]
    at_once = weighted.reweighed(beta=0.0003, learning_rate=3e-4)
    for other in (
        VERSIONS["weighted-beta=0.0003"].reweighed(learning_rate=3e-4),
        weighted.reweighed(learning_rate=3e-4).reweighed(beta=0.0003),
    ):
        assert other.described() == at_once.described()
    assert at_once.name == "weighted-beta=0.0003-learning_rate=0.0003"
    assert at_once.described()["own"] == {"beta": 0.0003, "learning_rate": 3e-4}
    assert at_once.reweighed() is at_once
