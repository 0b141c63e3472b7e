"""The answer in a sentence and what came out beside it, on numbers made up for it."""

import pandas as pd

from aegan_lib.claims.answer import answer, findings
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
    assert answer(results(**THREE, gan=(10.0, 0.1, 0.0, 50.0))).data == (
        "**No single weighting is best**: of 3 that reconstruct, 2 are beaten by none in both "
        "likeness and realism, from **autoencoder** (27.0 dB, distance 0.50) to **weighted** "
        "(24.5 dB, distance 0.20); by one seed, and another may turn it round."
    )


def test_what_came_out_beside_it():
    assert findings(results(**THREE, gan=(10.0, 0.1, 0.0, 50.0))).data.split("\n") == [
        "- gan does not give faces back: less than 3 dB above the mean face.",
        "- weighted, the most real, costs 2.5 dB beside autoencoder, the closest: 60% less "
        "distance from real faces, and 40% of the input's detail in place of 30%.",
        "- Of the documents' own rules, v1 is beaten in both by weighted.",
    ]


def test_what_hardly_differs_is_said_with_a_decimal():
    rows = results(autoencoder=(27.0, 0.5, 0.056, 30.0), weighted=(24.5, 0.2, 0.0594, 95.0))
    assert "5.9% of the input's detail in place of 5.6%" in findings(rows).data


def test_outcomes_of_rules_that_are_alike_are_said_once():
    others = dict.fromkeys(("v4_quiet", "v5", "autoencoder_slow"), (26.0, 0.4, 0.3, 40.0))
    rows = results(**THREE, **others, v4=(22.0, 0.55, 0.1, 50.0))
    # In the order of the experiment: the autoencoder, weighted, v1 and the three.
    assert findings(rows).data.endswith(
        "v1 is beaten in both by weighted; v4 is beaten in both by autoencoder, weighted and 4 "
        "more; v5 is beaten by none."
    )
    alike = findings(results(**THREE, v4=(10.0, 0.9, 0.0, 1.0), v5=(10.0, 0.9, 0.0, 1.0))).data
    assert "v4 and v5 do not give faces back" in alike
    assert alike.endswith("v1 is beaten in both by weighted; v4 and v5 fail.")


def test_it_says_how_many_seeds_stand_behind_it():
    assert answer(results(3, **THREE)).data.endswith(
        "; by 3 seeds, too few for more than a suggestion."
    )
    assert answer(results(5, **THREE)).data.endswith("; by 5 seeds.")


def test_one_alone_is_compared_with_nothing():
    text = answer(results(v1=(23.0, 0.3, 0.3, 99.0))).data
    assert text.startswith("Only **v1** (23.0 dB, distance 0.30) reconstructs")
    assert "No run is finished" in answer(results()).data
    assert findings(results()).data == ""


def test_one_may_beat_all():
    text = answer(results(weighted=(24.5, 0.2, 0.4, 95.0), v1=(23.0, 0.3, 0.3, 99.0))).data
    assert text.startswith("Best by **weighted** (24.5 dB, distance 0.20), which alone of 2 that")


def test_without_likeness_or_a_judge_there_is_no_answer():
    failed = results(gan=(10.0, 0.1, 0.0, 50.0))
    assert "No version" in answer(failed).data
    assert findings(failed).data.startswith("- gan does not give faces back")
    blind = results(**THREE)
    blind = blind[blind["metric"] != REAL_DISTANCE]
    assert "its judge cannot be believed on these images" in answer(blind).data
    assert findings(blind).data == ""
