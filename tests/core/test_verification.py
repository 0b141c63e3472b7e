"""alpha=1, beta=0 is an autoencoder and alpha=0, beta=1 a GAN, and broken steps are neither."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from aegan_lib import backend, step
from aegan_lib.backend import keras
from aegan_lib.verification import comparison
from aegan_lib.verification.comparison import LIMITS, TOLERANCE, VERSIONS
from aegan_lib.verification.mutants import MUTANTS

EVERYTHING = {"encoder", "decoder", "discriminator"}
FEW = 3  # steps: enough for a broken one to show


def networks_off(table):
    return set(table.network[table.ratio > TOLERANCE])


@pytest.fixture(scope="module", params=LIMITS)
def limit(request):
    return request.param


def test_limits_are_the_documents():
    weights = {name: (VERSIONS[name].alpha, VERSIONS[name].beta) for name in LIMITS}
    assert weights == {"autoencoder": (1, 0), "gan": (0, 1)}


def test_oracles_share_nothing_with_the_step(limit, monkeypatch):
    """Graphs are traced at an oracle's first batch, so this holds for all that come after."""

    def forbidden(*arguments, **named):
        raise AssertionError("The oracle called what it is to verify.")

    for name in ("make_step", "generator_signal", "binary_cross_entropy", "mean_squared_error"):
        monkeypatch.setattr(step, name, forbidden)
    for name in ("value_and_gradients", "variable_gradients", "pullback", "compile_step"):
        monkeypatch.setattr(backend, name, forbidden)
    comparison._oracle.cache_clear()
    comparison.trained_by_keras(limit, "float64", FEW, 0)
    with pytest.raises(AssertionError, match="what it is to verify"):
        comparison.trained_by_step(limit, "float64", 1, 0)


def test_step_equals_keras_weight_by_weight(limit):
    table = comparison.verify(limit, "float64")
    assert set(table.network) == EVERYTHING
    assert len(table) == 24
    assert (table.movement > 1e-4).all()  # the discriminator's too: the oracle does train it
    assert (table.ratio <= TOLERANCE).all()
    assert comparison.summarize(table).equal.all()


def test_float32_is_reported():
    """Only that: Adam blows roundings up where a gradient is nearly 0, to percents at times."""
    table = comparison.verify("autoencoder", "float32", FEW, eager=True)
    assert np.isfinite(table.ratio).all()
    weights = comparison.trained_by_keras("autoencoder", "float32", FEW, 0)
    assert {values.dtype for values in weights.values()} == {np.dtype("float32")}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_broken_step_is_found(limit, mutant):
    table = comparison.verify(limit, steps=FEW, mutant=mutant)
    # An autoencoder does not listen to its discriminator, whatever is wrong with that one.
    deaf = limit == "autoencoder" and mutant in ("real and fake swapped", "frozen discriminator")
    assert networks_off(table) == ({"discriminator"} if deaf else EVERYTHING)
    assert table.ratio.max() > 0.01  # far out, not a rounding
    assert not comparison.summarize(table).equal.any()


def test_uncompiled_step_is_sound(limit):
    """So that it is not this which the mutants, all of them uncompiled, are found by."""
    assert networks_off(comparison.verify(limit, steps=FEW, eager=True)) == set()


def test_discriminator_updates_move_only_the_discriminator():
    """With a loss of 0 they are all that happens."""
    silent = dataclasses.replace(VERSIONS["weighted"], alpha=0, beta=0)
    models = comparison.tiny_models()
    before = comparison.weights_of(models)
    comparison.run_step(models, silent, comparison.random_images(FEW), eager=True)
    moved = comparison.movement(comparison.weights_of(models), before)
    assert moved["encoder"] == 0
    assert moved["decoder"] == 0
    assert moved["discriminator"] > 1e-4


def test_generator_updates_move_only_the_autoencoder():
    before = comparison.weights_of(comparison.tiny_models())
    after = comparison.trained_by_step("gan", "float64", FEW, 0, "frozen discriminator")
    moved = comparison.movement(after, before)
    assert moved["discriminator"] == 0
    assert moved["encoder"] > 1e-4
    assert moved["decoder"] > 1e-4


def test_both_sides_start_alike():
    first, second = (comparison.weights_of(comparison.tiny_models()) for _ in range(2))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[key], second[key]) for key in first)
    images = comparison.random_images(2)
    assert images.shape == (2, 16, 20, 20, 3)
    assert np.array_equal(images, comparison.random_images(5)[:2])
    assert not np.array_equal(images, images.astype("float32"))  # a cast would be noticed


def test_compare_by_hand():
    key = ("encoder", "kernel")
    initial, oracle = {key: np.array([0.0, 1.0])}, {key: np.array([0.5, -1.0])}
    row = comparison.compare({key: np.array([0.5, -1.25])}, oracle, initial).iloc[0]
    assert (row["network"], row["weight"], row["shape"]) == ("encoder", "kernel", (2,))
    assert (row["movement"], row["difference"], row["ratio"]) == (2.0, 0.25, 0.125)
    # Two trainings that both did nothing agree, and prove nothing.
    assert comparison.compare(initial, initial, initial).ratio[0] == np.inf


@pytest.mark.parametrize(
    ("ratio", "equal"),
    [(0.0, True), (1e-6, True), (1.1e-6, False), (np.inf, False), (np.nan, False)],
)
def test_one_weight_too_far_off_fails_the_limit(ratio, equal):
    table = pd.DataFrame({"limit": "gan", "dtype": "float64", "ratio": [0.0, ratio]})
    table = table.assign(mutant="none", movement=1.0, difference=0.0)
    assert comparison.summarize(table).equal.tolist() == [equal]


def test_float_type_is_restored(monkeypatch):
    monkeypatch.setattr(comparison, "random_images", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        comparison.trained_by_step("gan", "float64", 1, 0)
    assert keras.config.floatx() == "float32"
