"""Symptoms and advice as tables."""

import numpy as np

from aegan_lib.tables.diagnosis import stability_table, symptoms_table
from tests.made_up import a_patient


def test_who_suffers_from_what():
    run = a_patient("diverged at epoch 1, batch 3: a loss is not finite", dead_units=60)
    styler = symptoms_table([run, a_patient()])
    assert "1 of 2 runs" in styler.caption
    assert styler.data.to_numpy().tolist() == [
        [
            "made_up",
            0,
            "diverged at epoch 1, batch 3: a loss is not finite, dead codes since epoch 1",
        ]
    ]
    sound = symptoms_table([a_patient()])
    assert sound.data.empty and "0 of 1 runs" in sound.caption


def test_the_rule_of_thumb_run_by_run():
    steps = np.arange(1000)
    spike = a_patient(losses=np.where((steps > 500) & (steps < 530), 10.0, 1.0), alpha=0)
    table = stability_table([a_patient(), spike]).data
    assert table["volatility"][0] == "0.10"
    assert table["loss"].tolist() == ["mse", "bce"]
    assert table["learning rate"].tolist() == ["0.0002"] * 2
    assert table["spikes"].tolist() == ["none", "1, up to 10.0 ×"]
    assert table["what to do about the rate"][0] == "stable: keep it"
