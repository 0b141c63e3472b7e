"""Who is beaten by whom, on numbers made up for it."""

import pandas as pd

from aegan_lib.evaluation.field import field, paired_seeds
from aegan_lib.evaluation.results import REAL_DISTANCE


def rows(**versions):
    """A seed's PSNR and distance each, of a version or a yardstick."""
    made = [("mean_face", 0, 12.0, 0.9), ("raw", 0, float("nan"), 0.0)]
    for name, seeds in versions.items():
        made += [(name, seed, *numbers) for seed, numbers in enumerate(seeds)]
    return (
        pd.DataFrame(
            [
                (name, seed, 1, metric, "", value)
                for name, seed, psnr, distance in made
                for metric, value in (("psnr", psnr), (REAL_DISTANCE, distance))
            ],
            columns=["version", "seed", "epoch", "metric", "case", "value"],
        )
        .dropna()
        .assign(low=float("nan"), high=float("nan"))
    )


def test_one_beats_another_in_everything_and_in_every_seed():
    results = rows(
        autoencoder=[(23.0, 0.50), (23.2, 0.52)],
        weighted=[(21.0, 0.20), (21.1, 0.22)],
        v1=[(19.0, 0.30), (19.2, 0.31)],  # behind weighted in both, twice
        v5=[(22.9, 0.60), (23.3, 0.61)],  # closer than the autoencoder in one of two seeds
        gan=[(13.0, 0.10), (12.5, 0.12)],  # does not reconstruct
    )
    found = field(results)
    assert found.faithful == ("autoencoder", "weighted", "v1", "v5")
    assert found.left_out == ("gan",)
    assert found.beaten_by["v1"] == ["weighted"]
    assert found.unbeaten == ["autoencoder", "weighted", "v5"]
    assert found.seeds == 2
    assert found.numbers["psnr"]["weighted"].values == (21.0, 21.1)


def test_seeds_are_paired_and_what_one_lacks_is_no_comparison():
    results = rows(autoencoder=[(23.0, 0.50), (23.0, 0.10)], weighted=[(22.0, 0.60), (25.0, 0.05)])
    assert field(results[results["seed"] == 0]).unbeaten == ["autoencoder"]
    assert field(results).unbeaten == ["autoencoder", "weighted"]
    lost = results[~((results["version"] == "weighted") & (results["seed"] == 1))]
    assert field(lost).unbeaten == ["autoencoder"]  # by the one seed that both have
    apart = lost[~((lost["version"] == "autoencoder") & (lost["seed"] == 0))]
    assert field(apart).unbeaten == ["autoencoder", "weighted"]  # none in common
    assert paired_seeds(results, "weighted") == [[22.0, 25.0], [0.60, 0.05]]


def test_without_an_axis_nobody_is_beaten():
    results = rows(autoencoder=[(23.0, 0.50)], weighted=[(21.0, 0.60)])
    assert field(results).unbeaten == ["autoencoder"]
    assert field(results[results["metric"] == "psnr"]).unbeaten == ["autoencoder", "weighted"]
