"""The answer in a paragraph, on numbers made up for it."""

import pandas as pd

from aegan_lib.claims.answer import answer
from aegan_lib.evaluation.results import REAL_DISTANCE


def results(seeds=1, **versions):
    """PSNR, distance, shared detail and blur factor of each version, the same for every seed."""
    known = {"mean_face": (15.0, 0.9, 0.0, 2.0), "raw": (float("nan"), 0.0, 1.0, 100.0)}
    rows = [
        (name, seed, 1, metric, "", value)
        for name, numbers in (known | versions).items()
        for seed in range(seeds if name not in known else 1)
        for metric, value in zip(
            ("psnr", REAL_DISTANCE, "shared_detail", "laplacian_variance"), numbers, strict=True
        )
    ]
    columns = ["version", "seed", "epoch", "metric", "case", "value"]
    table = pd.DataFrame(rows, columns=columns).dropna()
    return table.assign(low=float("nan"), high=float("nan"))


THREE = {
    "autoencoder": (27.0, 0.5, 0.3, 30.0), "weighted": (24.5, 0.2, 0.4, 95.0),
    "v1": (23.0, 0.3, 0.3, 99.0),
}  # fmt: skip


def test_no_single_winner():
    text = answer(results(**THREE, gan=(10.0, 0.1, 0.0, 50.0))).data
    assert "No single weighting is best. Of 3 versions that reconstruct, 2 are" in text
    assert (
        "**autoencoder** (27.0 dB, distance 0.50, holding 30.0% of its input's detail at 0.30 "
        "times its blur factor); **weighted** (24.5 dB, distance 0.20, holding 40.0% of its "
        "input's detail at 0.95 times its blur factor)"
    ) in text
    assert "Beaten in both, in every seed: v1 by weighted." in text
    assert "less than 3 dB above the mean face: gan." in text


def test_of_many_that_beat_one_two_are_named():
    others = dict.fromkeys(("v4_quiet", "v5", "autoencoder_slow"), (26.0, 0.4, 0.3, 40.0))
    text = answer(results(**THREE, **others, v4=(22.0, 0.55, 0.1, 50.0))).data
    # In the order of the experiment: the autoencoder, weighted, v1 and the three.
    assert "v4 by autoencoder, weighted and 4 more." in text


def test_it_says_how_many_seeds_stand_behind_it():
    assert (
        "One seed stands behind each number, which makes it a suggestion"
        in answer(results(**THREE)).data
    )
    assert "3 seeds stand behind each number, too few" in answer(results(3, **THREE)).data
    assert "5 seeds stand behind each number." in answer(results(5, **THREE)).data


def test_one_may_beat_all():
    text = answer(results(weighted=(24.5, 0.2, 0.4, 95.0), v1=(23.0, 0.3, 0.3, 99.0))).data
    assert "One version is beaten by none in both likeness and realism: **weighted**" in text


def test_without_likeness_or_a_judge_there_is_no_answer():
    assert "No version" in answer(results(gan=(10.0, 0.1, 0.0, 50.0))).data
    blind = results(**THREE)
    text = answer(blind[blind["metric"] != REAL_DISTANCE]).data
    assert "its judge cannot be believed on these images" in text
