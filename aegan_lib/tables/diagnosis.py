"""What is wrong with each run, and what to change, as tables."""

from collections.abc import Sequence

import pandas as pd
from pandas.io.formats.style import Styler

from aegan_lib.evaluation.diagnosis import (
    CEILING,
    CONSTANT,
    FORGOTTEN,
    SETTLED,
    UNSTABLE,
    VIOLENT,
    advice,
    symptoms,
    watched_loss,
)
from aegan_lib.evaluation.histories import spikes, volatility
from aegan_lib.runs import Run
from aegan_lib.tables.cells import styled


def symptoms_table(runs: Sequence[Run]) -> Styler:
    # Healthy runs are counted in the caption and have no row.
    rows = []
    for run in runs:
        found = symptoms(run)
        if found:
            said = ", ".join(f"{name} {when}" for name, when in found.items())
            rows.append((run.version.name, run.seed, said))
    table = pd.DataFrame(rows, columns=["version", "seed", "symptoms"])
    return styled(
        table,
        f"{len(rows)} of {len(runs)} runs show a symptom. Discriminator at the ceiling: it calls "
        f"{CEILING:.1%} right of real and of reconstructed validation faces. Constant outputs: "
        f"they differ by less than {CONSTANT:.0%} of what inputs do. Input forgotten: fewer than "
        f"{FORGOTTEN:.0%} of them are nearest to their own input. Dead codes: half of the code's "
        f"numbers or more are always 0. Each lasted for the last {SETTLED} epochs at least.",
        index=False,
    )


def stability_table(runs: Sequence[Run]) -> Styler:
    """The rule of thumb, run by run."""
    rows = []
    for run in runs:
        # The loss that the rule of thumb looks at, over all batches.
        losses = run.history[watched_loss(run)]
        found = spikes(losses)
        # How many spikes there are says little without the worst of them.
        highest = max((spike.height for spike in found), default=0)
        rows.append(
            {
                "version": run.version.name,
                "seed": run.seed,
                "learning rate": f"{run.version.learning_rate:g}",
                "loss": watched_loss(run),
                "volatility": f"{volatility(losses):.2f}",
                "spikes": f"{len(found)}, up to {highest:.1f} ×" if found else "none",
                "what to do about the rate": advice(run),
            }
        )
    return styled(
        pd.DataFrame(rows),
        "Volatility: how far the loss of a batch is typically off its running median over 51 "
        "batches, on a logarithmic scale. Spike: the mean of 10 batches at twice the median of "
        f"the 200 before or more. A loss counts as unstable with a volatility above {UNSTABLE:g}, "
        f"a spike of {VIOLENT:g} times its level or more, or one that does not come back.",
        index=False,
    )
