"""Symptoms and advice on made-up runs."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from aegan_lib.evaluation import diagnosis
from aegan_lib.schedules import SlopeSchedule
from tests.made_up import NOISE, SOUND, a_patient


def test_a_sound_run_has_no_symptoms():
    assert diagnosis.symptoms(a_patient()) == {}


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        (
            "discriminator at the ceiling",
            {"d_accuracy_real": [0, 1, 0.9, 0.9, 1, 1, 1], "d_accuracy_fake": 1.0},
        ),
        ("constant outputs", {"output_diversity": [0, 0, 0, 1, 0.01, 0.01, 0.01]}),
        ("input forgotten", {"input_dependence": [0, 0, 0, 1, 0.01, 0.01, 0.01]}),
        ("dead codes", {"dead_units": [0, 60, 60, 3, 50, 50, 50]}),
    ],
)
def test_a_symptom_counts_from_where_it_stayed(name, columns):
    assert diagnosis.symptoms(a_patient(**columns)) == {name: "since epoch 4"}
    passing = {key: [*np.broadcast_to(v, 7)[:-1], SOUND[key]] for key, v in columns.items()}
    assert diagnosis.symptoms(a_patient(**passing)) == {}


def test_dead_codes_are_half_of_the_profiles():
    run = a_patient(dead_units=10)
    assert diagnosis.symptoms(run) == {}
    run.profile = dataclasses.replace(run.profile, latent_dim=20)
    assert diagnosis.symptoms(run) == {"dead codes": "since epoch 1"}


def test_a_diverged_run_says_so_even_without_an_epoch():
    run = a_patient("diverged at epoch 1, batch 3: a loss is not finite")
    run.epochs = run.epochs[:1]
    assert diagnosis.symptoms(run) == {"diverged": "at epoch 1, batch 3: a loss is not finite"}
    assert diagnosis.advice(run) == "unstable, diverged: reduce it, first to 0.0001"


def test_advice():
    assert diagnosis.advice(a_patient()) == "stable: keep it"
    violent = a_patient(losses=np.exp(0.5 * NOISE))
    assert diagnosis.advice(violent) == (
        "unstable, up and down violently: reduce it, first to 0.0001"
    )
    steps = np.arange(1000)
    spike = a_patient(losses=np.where((steps > 500) & (steps < 530), 10.0, 1.0))
    assert "jumps to 10 times its level: reduce it" in diagnosis.advice(spike)
    lost = a_patient(losses=np.where(steps > 500, 10.0, 1.0), beta=SlopeSchedule())
    assert "does not come back after batch 50" in diagnosis.advice(lost)
    assert "lower the ceiling of β; if that is not enough, reduce it" in diagnosis.advice(lost)


def test_the_loss_that_is_trained_is_watched():
    assert diagnosis.watched_loss(a_patient()) == "mse"
    assert diagnosis.watched_loss(a_patient(alpha=0)) == "bce"
    steady = pd.Series(np.ones(1000))
    run = a_patient(losses=np.exp(0.5 * NOISE), alpha=0)
    run.history["bce"] = steady
    assert diagnosis.advice(run) == "stable: keep it"
