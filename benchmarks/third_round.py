"""The study's third round: whether what the second one found is the weighing, or Adam's step.

    python benchmarks/third_round.py train --profile quick --jobs 2
    python benchmarks/third_round.py tell
    python benchmarks/third_round.py picture

As `reports/plan.toml` says, `train` trains fixed weights from none at all up, some of them again so
that Adam steps on them as on config, and config, all of a seed before the next. A row is written as
each run ends, and what has one is not trained again. `tell` and `picture` read that table.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aegan_lib.errors import UserError  # noqa: E402
from aegan_lib.evaluation import frontier  # noqa: E402
from aegan_lib.evaluation.diagnosis import FORGOTTEN  # noqa: E402
from aegan_lib.options import options  # noqa: E402
from aegan_lib.plan import plan  # noqa: E402
from benchmarks.rounds import Run, as_table, gained, kept_rows, means, weight  # noqa: E402
from benchmarks.study import (  # noqa: E402
    PROFILE,
    REPORTS,
    SEEDS,
    TRAINING,
    Commands,
    measured,
)

KINDS = ("fixed", "added", "matched", "parts", "rules")
# What is held against what: of the plan, and with what was added to it.
OVER = {"fixed": ("fixed",), "matched": ("matched",), "matched and added": ("added", "matched")}
LINES = {
    "fixed": "plain fixed weights",
    "matched and added": "large and growing ones: Adam’s mean step is as on config",
}
SINGLE = ("β 0.0003, large", "β 0.0003, growing", "config")
GROWN = "#b3541e"  # of fixed weights that are large and grow, which are no version either
KEPT = str(ROOT / "benchmarks" / "third_round_{profile}.csv")


@click.group(cls=Commands, help=__doc__)
def cli() -> None:
    pass


@cli.command()
@options(*TRAINING, REPORTS, SEEDS)
def train(profile: str, jobs: int, reports: Path, data: Path, seeds: Sequence[int] | None) -> None:
    """Fixed weights and rules, seed by seed."""
    told = plan()["study"]["third"]
    runs = [
        (name, "learning_rate", rate, seed)
        for seed in seeds or told["seeds"]
        for kind in KINDS
        for name, rate in asked(kind)
    ]
    measured(runs, "test", jobs, profile, reports, data, KEPT.format(profile=profile))


@cli.command()
@options(PROFILE)
def tell(profile: str) -> None:
    """Means of each weighting, how many of its runs collapsed, its gains and the planned tests."""
    told, table = plan()["study"]["third"], rows(profile)
    click.echo(means(table).round(3).to_string())
    click.echo(f"As planned:\n{judged(table).round(3).to_string()}")
    every = {
        f"{one} over {over}, {fidelity}": gain
        for over in OVER
        for fidelity in map(str, frontier.FIDELITY)
        for one, gain in gains(table, over, fidelity).items()
    }
    shown = as_table(every, told["seeds"]).drop(columns=["p", "corrected"])
    click.echo(f"All of them:\n{shown.round(3).to_string()}")


def rows(profile: str) -> pd.DataFrame:
    """What was measured of the planned seeds."""
    return kept_rows(KEPT.format(profile=profile), plan()["study"]["third"]["seeds"])


def asked(kind: str) -> list[Run]:
    """The runs of one of KINDS, each with its rate."""
    told = plan()["study"]["third"]
    return [(name, told["rate"]) for name in told[kind]]


def gains(table: pd.DataFrame, over: str, fidelity: str) -> dict[str, frontier.Gain]:
    """Of all runs over those of OVER; of one of these over the others of them."""
    told = plan()["study"]["third"]
    found = {}
    for one in (run for kind in KINDS for run in asked(kind)):
        others = [run for kind in OVER[over] for run in asked(kind) if run != one]
        by = gained(table, others, dict([one]), fidelity, told["seeds"], ends=True)
        found[one[0]] = frontier.tested(by[one[0]], told["seeds"])
    return found


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Each planned comparison: gains by seed, their mean and interval, and its corrected test.

    No p before all seeds are there.
    """
    told = plan()["study"]["third"]
    found = {}
    for test in told["planned"]:
        one, over, fidelity = test["one"], test["over"], test["in"]
        gain = gains(table, over, fidelity)[one]
        whole = len(gain.values) == len(told["seeds"])
        found[f"{one} over {over}, {fidelity}"] = gain if whole else replace(gain, p=np.nan)
    return as_table(found | frontier.corrected(found, len(told["planned"])), told["seeds"])


@cli.command()
@options(PROFILE)
def picture(profile: str) -> None:
    """Draw every run, by both readings of likeness."""
    from aegan_lib.figures.showing import encoded

    made = figure(rows(profile))
    (ROOT / "docs" / "third_round.webp").write_bytes(encoded(made))


def figure(table: pd.DataFrame) -> Figure:
    """Likeness against realism: either kind of fixed weights joined, the others as clouds.

    A small dot is a run, a large one the mean over seeds; of seeds that are whole, and without what
    collapsed.
    """
    import matplotlib.pyplot as plt

    runs = [run for kind in KINDS for run in asked(kind)]
    table = table[pd.MultiIndex.from_frame(table[["version", "value"]]).isin(runs)]
    whole = table.groupby("seed")["version"].transform("size") == len(runs)
    if not whole.any():
        raise UserError(
            f"No seed is whole. Expected: a row for each of {len(runs)} runs. `train` goes on."
        )
    table = table[whole & (table["input_dependence"] >= FORGOTTEN)]
    made, panels = plt.subplots(1, 2, figsize=(11.4, 5.4), layout="constrained", sharey=True)
    for axes, fidelity in zip(panels, map(str, frontier.FIDELITY), strict=True):
        _panel(axes, table, fidelity)
    panels[0].set_ylabel("distance from real faces, down is more real")
    panels[0].legend(frameon=False, fontsize=8.5, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    panels[1].xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    return made


def _panel(axes: Axes, table: pd.DataFrame, fidelity: str) -> None:
    from aegan_lib.figures.lines import move_apart
    from aegan_lib.figures.study import CURVE, LIKENESS
    from aegan_lib.figures.theme import colour

    runs = table.set_index(["version", "value"])[[fidelity, "real_distance"]]
    mean = runs.groupby(level=[0, 1]).mean()
    texts: list[Text] = []
    marked: list[tuple[float, float]] = []

    def point(run: Run, said: str, color: str) -> None:
        x, y = mean.loc[run]
        texts.append(axes.text(x, y, said, color=color, fontsize=8.5))
        marked.append((x, y))

    def dots(points: pd.DataFrame, **style: Any) -> None:
        axes.scatter(points[fidelity], points["real_distance"], **style)

    for over, style, ours in (("fixed", "-", CURVE), ("matched and added", "--", GROWN)):
        # Without those of which all runs collapsed.
        line = [run for kind in OVER[over] for run in asked(kind) if run in mean.index]
        axes.plot(*mean.loc[line].to_numpy().T, style, color=ours, marker="o", label=LINES[over],
                  zorder=3)  # fmt: skip
        dots(runs.loc[line], s=10, color=ours, alpha=0.3, linewidths=0)
        for run in line:
            point(run, f"β {weight(run):g}", ours)
    for run, said in zip(asked("parts") + asked("rules"), SINGLE, strict=True):
        if run not in mean.index:
            continue
        ours = colour(run[0])
        dots(runs.loc[[run]], s=14, color=ours, alpha=0.6, linewidths=0)
        dots(mean.loc[[run]], s=80, color=ours, edgecolors="white", zorder=4)
        point(run, said, ours)
    axes.set_xlabel(LIKENESS[fidelity])
    axes.margins(x=0.08, y=0.08)
    move_apart(axes, texts, marked)


if __name__ == "__main__":
    cli()
