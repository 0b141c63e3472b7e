"""The comparison with Keras, seen."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from aegan_lib.figures.showing import show
from aegan_lib.figures.theme import BLUE, ORANGE
from aegan_lib.verification.comparison import TOLERANCE

EXACT = 1e-17  # where a difference of exactly 0 is drawn


def weight_differences(differences: pd.DataFrame) -> None:
    """One tick a weight, how far the step and Keras ended apart; rows of `comparison.verify`."""
    # A logarithmic axis has no 0, so that exact agreement is drawn at its left end.
    figure, axes = plt.subplots(figsize=(7, 2.4))
    sns.stripplot(
        differences.assign(ratio=differences["ratio"].clip(lower=EXACT)),
        x="ratio",
        y="limit",
        hue="dtype",
        palette=(BLUE, ORANGE),
        dodge=True,
        jitter=False,
        marker="|",
        s=14,
        linewidth=1.5,
        log_scale=True,
        ax=axes,
    )
    # float64 has to stay left of this line; float32 is shown beside it.
    axes.axvline(TOLERANCE, color="black", linestyle="--", linewidth=1)
    axes.set(xlabel="difference / movement of each weight", ylabel="", xlim=(3e-18, 10))
    sns.move_legend(axes, "upper right", title="")
    # Counted from the numbers, as a reader cannot count ticks. NaN is not within the tolerance.
    promised = differences[differences["dtype"] == "float64"]
    beyond = int((~(promised["ratio"] <= TOLERANCE)).sum())
    said = (
        f"in float64 {beyond} of {len(promised)} weights lie right of the dashed tolerance"
        if beyond
        else "in float64 every weight lies left of the dashed tolerance"
    )
    show(
        figure,
        alt="One tick per weight on a logarithmic axis, for both limits in float64 and float32, "
        f"with a dashed line at the tolerance of 1e-6; {said}.",
        caption=f"{said[0].upper()}{said[1:]}; a tick at 1e-17 stands for a difference of exactly "
        "0, and a weight that never moved has none.",
    )
