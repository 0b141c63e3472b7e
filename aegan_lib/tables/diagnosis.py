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
from aegan_lib.evaluation.histories import AT_ONCE, BEFORE, JUMP, LEVEL, spikes, volatility
from aegan_lib.runs import Run
from aegan_lib.tables.cells import styled


def symptoms_table(runs: Sequence[Run]) -> Styler:
    # Healthy runs are counted in the caption and have no row.
    rows: dict[str, list[str]] = {}
    for run in runs:
        if found := symptoms(run):
            said = ", ".join(f"{name} {when}" for name, when in found.items())
            rows.setdefault(run.version.name, []).append(f"seed {run.seed}: {said}")
    ill = sum(map(len, rows.values()))
    table = pd.DataFrame({"symptoms": {name: "; ".join(said) for name, said in rows.items()}})
    return styled(
        table.rename_axis("version"),
        f"{ill} of {len(runs)} runs show a symptom. Discriminator at the ceiling: it calls "
        f"{CEILING:.1%} right of real and of reconstructed validation faces. Constant outputs: "
        f"they differ by less than {CONSTANT:.0%} of what inputs do. Input forgotten: fewer than "
        f"{FORGOTTEN:.0%} of them are nearest to their own input. Dead codes: half of the code's "
        f"numbers or more are always 0. Each lasted for the last {SETTLED} epochs at least.",
    )


def _by_seed(runs: Sequence[Run]) -> str:
    """What each run calls for, and which seeds where they differ."""
    called: dict[str, list[str]] = {}
    for run in runs:
        called.setdefault(advice(run), []).append(str(run.seed))
    if len(called) == 1:
        return next(iter(called))
    return "; ".join(f"seed {', '.join(seeds)}: {what}" for what, seeds in called.items())


def stability_table(runs: Sequence[Run]) -> Styler:
    """The rule of thumb, a row a version; its seeds in their order."""
    rows: dict[str, dict[str, str]] = {}
    for name in dict.fromkeys(run.version.name for run in runs):
        chosen = [run for run in runs if run.version.name == name]
        # The loss that the rule of thumb looks at, over all batches.
        losses = [run.history[watched_loss(run)] for run in chosen]
        found = [spikes(each) for each in losses]
        # How many spikes there are says little without the worst of them.
        highest = max((spike.height for each in found for spike in each), default=0)
        counts = ", ".join(str(len(each)) for each in found)
        rows[name] = {
            "learning rate": f"{chosen[0].version.learning_rate:g}",
            "loss": watched_loss(chosen[0]),
            "volatility": ", ".join(f"{volatility(each):.2f}" for each in losses),
            "spikes": f"{counts}, up to {highest:.1f} ×" if highest else "none",
            "what to do about the rate": _by_seed(chosen),
        }
    return styled(
        pd.DataFrame.from_dict(rows, orient="index", dtype=object).rename_axis("version"),
        "One number a seed, in their order. Volatility: how far the loss of a batch is typically "
        f"off its running median over {LEVEL} batches, on a logarithmic scale. Spike: the mean of "
        f"{AT_ONCE} batches at {JUMP:g} times the median of the {BEFORE} before or more. A loss "
        f"counts as unstable with a volatility above {UNSTABLE:g}, a spike of {VIOLENT:g} times "
        "its level or more, or one that does not come back.",
    )
