"""The comparison with Keras, on rows worked by hand."""

import pandas as pd

from aegan_lib.tables import verification
from aegan_lib.verification import comparison

ROWS = pd.DataFrame(
    [
        ("gan", "float64", "none", "encoder", 0.25, 2e-9, 8e-9),
        ("gan", "float64", "none", "decoder", 0.125, 0.0, 0.0),
        ("gan", "float32", "none", "encoder", 0.25, 5e-4, 2e-3),
        ("gan", "float32", "none", "decoder", 0.5, 5e-4, 1e-3),
    ],
    columns=["limit", "dtype", "mutant", "network", "movement", "difference", "ratio"],
)


def test_both_limits_in_a_row_each():
    styler = verification.limits_table(comparison.summarize(ROWS).assign(steps=50))
    table = styler.data
    assert list(table) == [
        "limit",
        "dtype",
        "weights",
        "smallest movement",
        "largest difference",
        "largest difference / movement",
        "within 10⁻⁶",
    ]
    assert table.to_numpy().tolist() == [
        ["gan", "float64", "2", "0.12", "2e-09", "8e-09", "yes"],
        ["gan", "float32", "2", "0.25", "0.0005", "0.002", "no"],
    ]
    assert "after 50 batches" in styler.caption


def test_a_weight_that_never_moved_is_not_within():
    still = ROWS.assign(movement=0.0, ratio=float("inf"))
    table = verification.limits_table(comparison.summarize(still).assign(steps=3)).data
    assert table["largest difference / movement"].tolist() == ["inf", "inf"]
    assert table["within 10⁻⁶"].tolist() == ["no", "no"]


def test_who_moved():
    moves = pd.DataFrame({"encoder": [0.0012], "discriminator": [0.0]}, ["frozen discriminator"])
    styler = verification.moves_table(moves, 3)
    assert styler.data.loc["frozen discriminator"].tolist() == ["0.0012", "0"]
    assert "in 3 batches" in styler.caption


def test_mutants_by_limit_and_network():
    broken = ROWS.assign(mutant=["a", "a", "b", "b"])
    worst = broken.pivot_table("ratio", "mutant", ["limit", "network"], "max", sort=False)
    styler = verification.mutants_table(worst, 3)
    assert styler.data.to_dict("index") == {
        "a": {"gan: encoder": "8e-09", "gan: decoder": "0"},
        "b": {"gan: encoder": "0.002", "gan: decoder": "0.001"},
    }
    assert "after 3 batches" in styler.caption
    assert worst.columns.nlevels == 2  # the notebook goes on with what it gave
