"""The comparison with Keras as tables."""

import pandas as pd
from pandas.io.formats.style import Styler

from aegan_lib.tables.cells import styled

NAMES = {
    "smallest_movement": "smallest movement",
    "largest_difference": "largest difference",
    "largest_ratio": "largest difference / movement",
}


def limits_table(summary: pd.DataFrame) -> Styler:
    """What `comparison.summarize` says of both limits, with `steps`; a row a limit and dtype."""
    (steps,) = summary["steps"].unique()
    table = summary.drop(columns=["mutant", "steps"])
    # Two digits are enough: what counts is how many zeros a difference has.
    text = table.assign(
        **{name: table[name].map("{:.2g}".format) for name in NAMES},
        weights=table["weights"].map(str),
        equal=table["equal"].map({True: "yes", False: "no"}),
    )
    return styled(
        text.rename(columns={**NAMES, "equal": "within 10⁻⁶"}),
        f"Step against Keras after {steps} batches, over all weights of the three networks.",
        index=False,
    )


def moves_table(moves: pd.DataFrame, steps: int) -> Styler:
    """What moved while one side was silenced, a row for each side."""
    return styled(
        moves.map("{:.2g}".format),
        f"Largest movement of any weight in {steps} batches at α = 0, β = 1.",
    )


def mutants_table(worst: pd.DataFrame, steps: int) -> Styler:
    """How far each step that is broken on purpose ends off, by limit and network."""
    # Two levels of column names become one, which a table on the page can show.
    text = worst.map("{:.2g}".format)
    text.columns = [f"{limit}: {network}" for limit, network in worst.columns]
    return styled(
        text,
        f"Largest difference / movement of a step broken on purpose, after {steps} batches.",
    )
