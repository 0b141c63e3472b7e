"""Symptoms and advice on made-up runs."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from aegan_lib.evaluation import diagnosis
from aegan_lib.tables.diagnosis import stability_table, symptoms_table

SOUND = {
    "d_accuracy_real": 0.8, "d_accuracy_fake": 0.9, "output_diversity": 1.0,
    "input_dependence": 1.0, "dead_units": 3,
}  # fmt: skip
NOISE = np.random.default_rng(0).normal(size=1000)


def made_up(outcome="complete", losses=None, beta=0.005, alpha=1, **columns):
    epochs = pd.DataFrame({"epoch": range(7)} | SOUND | columns)
    values = np.exp(0.1 * NOISE) if losses is None else losses
    return SimpleNamespace(
        version="made_up", seed=0, outcome=outcome, diverged=outcome != "complete", epochs=epochs,
        history=pd.DataFrame({"mse": values, "bce": values}),
        settings={
            "profile": {"latent_dim": 100},
            "version": {"learning_rate": 2e-4, "alpha": alpha, "beta": beta},
        },
    )  # fmt: skip


def test_a_sound_run_has_no_symptoms():
    assert diagnosis.symptoms(made_up()) == {}


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("discriminator at the ceiling",
         {"d_accuracy_real": [0, 1, 0.9, 0.9, 1, 1, 1], "d_accuracy_fake": 1.0}),
        ("constant outputs", {"output_diversity": [0, 0, 0, 1, 0.01, 0.01, 0.01]}),
        ("input forgotten", {"input_dependence": [0, 0, 0, 1, 0.01, 0.01, 0.01]}),
        ("dead codes", {"dead_units": [0, 60, 60, 3, 50, 50, 50]}),
    ],
)  # fmt: skip
def test_a_symptom_counts_from_where_it_stayed(name, columns):
    assert diagnosis.symptoms(made_up(**columns)) == {name: "since epoch 4"}
    passing = {key: [*np.broadcast_to(v, 7)[:-1], SOUND[key]] for key, v in columns.items()}
    assert diagnosis.symptoms(made_up(**passing)) == {}


def test_a_diverged_run_says_so_even_without_an_epoch():
    run = made_up("diverged at epoch 1, batch 3: a loss is not finite")
    run.epochs = run.epochs[:1]
    assert diagnosis.symptoms(run) == {"diverged": "at epoch 1, batch 3: a loss is not finite"}
    html = symptoms_table([run, made_up()]).to_html()
    assert "1 of 2 runs" in html
    assert "diverged at epoch 1" in html


def test_advice():
    assert diagnosis.advice(made_up()) == "stable: keep it"
    violent = made_up(losses=np.exp(0.5 * NOISE))
    assert diagnosis.advice(violent) == (
        "unstable, up and down violently: reduce it, first to 0.0001"
    )
    steps = np.arange(1000)
    spike = made_up(losses=np.where((steps > 500) & (steps < 530), 10.0, 1.0))
    assert "jumps to 10 times its level: reduce it" in diagnosis.advice(spike)
    lost = made_up(losses=np.where(steps > 500, 10.0, 1.0), beta={"SlopeSchedule": {}})
    assert "does not come back after batch 50" in diagnosis.advice(lost)
    assert "lower the ceiling of β; if that is not enough, reduce it" in diagnosis.advice(lost)


def test_the_loss_that_is_trained_is_watched():
    assert diagnosis.watched_loss(made_up()) == "mse"
    assert diagnosis.watched_loss(made_up(alpha=0)) == "bce"
    assert "0.10" in stability_table([made_up()]).to_html()
