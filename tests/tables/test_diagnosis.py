"""Symptoms and advice as tables."""

import numpy as np

from aegan_lib.tables.diagnosis import stability_table, symptoms_table
from tests.made_up import a_patient


def test_who_suffers_from_what():
    run = a_patient("diverged at epoch 1, batch 3: a loss is not finite", dead_units=60)
    styler = symptoms_table([run, a_patient()])
    assert "1 of 2 runs" in styler.caption
    assert styler.data["symptoms"].to_dict() == {
        "made_up": "seed 0: diverged at epoch 1, batch 3: a loss is not finite, dead codes since "
        "epoch 1"
    }
    both = symptoms_table([run, run]).data
    assert both.at["made_up", "symptoms"].count("seed 0: ") == 2
    sound = symptoms_table([a_patient()])
    assert sound.data.empty and "0 of 1 runs" in sound.caption


def test_the_rule_of_thumb_version_by_version():
    steps = np.arange(1000)
    spike = a_patient(losses=np.where((steps > 500) & (steps < 530), 10.0, 1.0), alpha=0)
    calm = stability_table([a_patient()]).data.loc["made_up"]
    assert calm["volatility"] == "0.10"
    assert calm["loss"] == "mse"
    assert calm["learning rate"] == "0.0002"
    assert calm["spikes"] == "none"
    assert calm["what to do about the rate"] == "stable: keep it"
    # Its seeds in their order, and whatever any of them calls for.
    calm = a_patient(alpha=0)
    calm.seed = 1
    both = stability_table([spike, calm]).data.loc["made_up"]
    assert both["loss"] == "bce"
    assert both["spikes"] == "1, 0, up to 10.0 ×"
    assert len(both["volatility"].split(", ")) == 2
    said = both["what to do about the rate"]
    assert said.startswith("seed 0: ") and said.endswith("; seed 1: stable: keep it")
