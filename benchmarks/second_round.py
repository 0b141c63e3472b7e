"""The study's second round, in which the learning rate is free, and its picture in docs/study.md.

    python benchmarks/second_round.py train --profile quick --jobs 2
    python benchmarks/second_round.py tell
    python benchmarks/second_round.py picture

As `reports/plan.toml` says, `train` trains the fixed weights at both rates and each rule at the one
that was tuned for it, all of a seed before the next, and what was added to it since. A row is
written as each run ends, and what has one is not trained again. `tell` and `picture` read that
table.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aegan_lib.evaluation import frontier  # noqa: E402
from aegan_lib.evaluation.diagnosis import FORGOTTEN  # noqa: E402
from aegan_lib.evaluation.results import REAL_DISTANCE, by_seed, last_epoch  # noqa: E402
from aegan_lib.options import options  # noqa: E402
from aegan_lib.plan import plan  # noqa: E402
from benchmarks.rounds import (  # noqa: E402
    AXES,
    Run,
    as_table,
    by_rate,
    gained,
    kept_rows,
    means,
    weight,
)
from benchmarks.study import (  # noqa: E402
    PROFILE,
    REPORTS,
    SEEDS,
    TRAINING,
    Commands,
    chosen_rates,
    first_results,
    measured,
    version_of,
)

KEPT = str(ROOT / "benchmarks" / "rates_{profile}.csv")
FIRST = "one rate for all"  # the first round


@click.group(cls=Commands, help=__doc__)
def cli() -> None:
    pass


@cli.command()
@options(*TRAINING, REPORTS, SEEDS)
def train(profile: str, jobs: int, reports: Path, data: Path, seeds: Sequence[int] | None) -> None:
    """Rules at rates of their own, fixed weights at two; seed by seed."""
    told = plan()["study"]["rates"]
    fixed = fixed_weights(told["seen"]["fixed"])
    rules = (*chosen_rates(profile).items(), *told["seen"]["rules"].items())
    runs = [
        (name, "learning_rate", rate, seed)
        for seed in seeds or told["seeds"]
        for name, rate in (*fixed, *rules)
    ]
    measured(runs, "test", jobs, profile, reports, data, KEPT.format(profile=profile))


@cli.command()
@options(PROFILE)
def tell(profile: str) -> None:
    """Means of each weighting, how many of its runs collapsed, and each rule's gains."""
    table = judged_rows(profile)
    click.echo(means(table).round(3).to_string())
    chosen = chosen_rates(profile)
    click.echo(f"As planned:\n{judged(table, chosen).to_string()}")
    seen = plan()["study"]["rates"]["seen"]
    for count, (name, rate) in enumerate(seen["fixed"], 1):
        more = seen["fixed"][:count]
        click.echo(f"With {name} at {rate:g} too; then {', '.join(seen['rules'])} at another rate:")
        for rules in chosen, seen["rules"]:
            click.echo(judged(table, rules, more).to_string())


def judged_rows(profile: str) -> pd.DataFrame:
    """What was measured of the planned seeds; a seed that was seen before them is not judged."""
    return kept_rows(KEPT.format(profile=profile), plan()["study"]["rates"]["seeds"])


def gains(
    table: pd.DataFrame,
    chosen: Mapping[str, float],
    fidelity: str,
    more: Sequence[Run] = (),
) -> dict[str, frontier.Gain]:
    """Rule -> its gain over the fixed weights of its seed, at the better of their rates.

    Arguments:
        chosen: each rule's learning rate.
        more: fixed weights beside those that were planned, each with its rate. Nothing is planned
            of a frontier with them, and no test corrected.
    """
    told = plan()["study"]["rates"]
    by = gained(table, fixed_weights(more), chosen, fidelity, told["seeds"])
    found = {name: frontier.tested(seeds, told["seeds"]) for name, seeds in by.items()}
    return found if more else found | frontier.corrected(found, len(told["planned"]))


def fixed_weights(more: Sequence[Run]) -> list[Run]:
    """The planned frontier and `more`."""
    told = plan()["study"]["rates"]
    return [(n, rate) for rate in told["frontier_rates"] for n in told["frontier"]] + [*more]


def judged(
    table: pd.DataFrame, chosen: Mapping[str, float], more: Sequence[tuple[str, float]] = ()
) -> pd.DataFrame:
    """By either reading of likeness, each rule's gains by seed, their interval and test."""
    seeds = plan()["study"]["rates"]["seeds"]
    found = {
        (fidelity, name): gain
        for fidelity in map(str, frontier.FIDELITY)
        for name, gain in gains(table, chosen, fidelity, more).items()
    }
    return as_table(found, seeds).round(3)


@cli.command()
@options(PROFILE)
def picture(profile: str) -> None:
    """Draw both rounds beside each other."""
    from aegan_lib.figures.showing import encoded

    made = figure(judged_rows(profile), chosen_rates(profile), first_results(profile))
    (ROOT / "docs" / "second_round.webp").write_bytes(encoded(made))


def figure(table: pd.DataFrame, chosen: Mapping[str, float], first: pd.DataFrame) -> Figure:
    """Where both rounds' runs lie, and what the rules gained in each.

    Arguments:
        table: the second round's rows.
        chosen: each rule's learning rate in it.
        first: results of the first round.
    """
    import matplotlib.pyplot as plt

    seen = plan()["study"]["rates"]["seen"]
    made, (places, bars) = plt.subplots(
        1, 2, figsize=(11.4, 5.6), layout="constrained", width_ratios=(3, 2)
    )
    _places(places, table, chosen, first)
    before = frontier.gains(first)
    now = gains(table, chosen, "psnr", seen["fixed"])
    other = gains(table, seen["rules"], "psnr", seen["fixed"])
    rows = []
    for name, rate in chosen.items():
        rows += [(name, FIRST, before[name]), (name, _times(rate), now[name])]
        if name in other:
            rows.append((name, _times(seen["rules"][name]), other[name]))
    _gains(bars, rows)
    return made


def _times(rate: float) -> str:
    """As a multiple of the first round's rate, which is that of the frontier's versions."""
    return f"{rate / version_of(('weighted', '', None, 0)).learning_rate:g} × that rate"


def _places(
    axes: Axes, table: pd.DataFrame, chosen: Mapping[str, float], first: pd.DataFrame
) -> None:
    """PSNR against the distance: fixed weights as lines, rules as arrows from round to round."""
    from aegan_lib.figures.lines import move_apart
    from aegan_lib.figures.study import CURVE, LIKENESS
    from aegan_lib.figures.theme import colour

    last = last_epoch(first)
    before = pd.concat([by_seed(last, key).mean() for key in ("psnr", REAL_DISTANCE)], axis=1)
    before.columns = pd.Index(AXES)
    well = table[table["input_dependence"] >= FORGOTTEN].set_index(["version", "value"])[AXES]
    now = well.groupby(level=[0, 1]).mean()
    texts: list[Text] = []
    marked: list[tuple[float, float]] = []

    def mean(at: pd.Series, said: str, color: str) -> None:
        x, y = at
        texts.append(axes.text(x, y, said, color=color, fontsize=8.5))
        marked.append((x, y))

    def dots(points: pd.DataFrame, **style: Any) -> None:
        axes.scatter(points["psnr"], points["real_distance"], **style)

    swept = by_rate(fixed_weights(plan()["study"]["rates"]["seen"]["fixed"]))
    low = min(swept)
    names = [name for name in swept[low] if name in before.index]
    for line, style, fill, said in (
        (before.loc[names], "--", "white", "the first round's rate"),
        (now.loc[[(name, low) for name in swept[low]]], "-", CURVE, _times(low)),
    ):
        axes.plot(*line.to_numpy().T, style, color=CURVE, marker="o", markerfacecolor=fill,
                  label=f"fixed weights, {said}")  # fmt: skip
        marked += [*map(tuple, line.to_numpy())]
    for name in swept[low]:
        mean(now.loc[(name, low)], f"β {weight((name, low)):g}", CURVE)
    # Of other rates each run alone: where many collapse, a mean of the rest says little.
    for rate, marker in zip(sorted(swept.keys() - {low}), "+x", strict=True):
        runs = well[[key in {(n, rate) for n in swept[rate]} for key in well.index]]
        dots(runs, marker=marker, color=CURVE, alpha=0.7,
             label=f"single runs, {_times(rate)}; not shown if collapsed")  # fmt: skip
    for name, rate in chosen.items():
        ours = colour(name)
        axes.annotate("", now.loc[(name, rate)], before.loc[name],
                      arrowprops={"arrowstyle": "->", "color": ours})  # fmt: skip
        dots(well.loc[[(name, rate)]], s=12, color=ours, alpha=0.5)
        dots(before.loc[[name]], s=60, color="white", edgecolors=ours, zorder=3)
        dots(now.loc[[(name, rate)]], s=70, color=ours, edgecolors="white", zorder=4)
        mean(now.loc[(name, rate)], name, ours)
        marked.append(tuple(before.loc[name]))
    axes.set_xlabel(LIKENESS["psnr"])
    axes.set_ylabel("distance from real faces, down is more real")
    axes.legend(frameon=False, fontsize=8.5, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    axes.margins(x=0.08, y=0.1)
    move_apart(axes, texts, marked)


def _gains(axes: Axes, rows: list[tuple[str, str, frontier.Gain]]) -> None:
    """A row for each rule and rate: seeds, mean and interval; hollow for the first round's rate."""
    from aegan_lib.figures.lines import RULE
    from aegan_lib.figures.theme import colour

    axes.axvline(0, **RULE)
    names = list(dict.fromkeys(name for name, *_ in rows))
    heights = [-row - 0.5 * names.index(name) for row, (name, *_) in enumerate(rows)]
    for y, (name, said, gain) in zip(heights, rows, strict=True):
        ours = colour(name)
        fill, edge = ("white", ours) if said == FIRST else (ours, "white")
        axes.scatter(gain.values, [y] * len(gain.values), s=14, color=ours, alpha=0.5)
        axes.plot([gain.low, gain.high], [y, y], color=ours, linewidth=2)
        axes.scatter(gain.mean, y, s=70, color=fill, edgecolors=edge, zorder=3)
    axes.set_yticks(heights, [f"{name},\n{said}" for name, said, _ in rows])
    # Beyond a tenth the axis is logarithmic: a collapse loses more than any weighting gains.
    axes.set_xscale("symlog", linthresh=0.1)
    axes.set_xticks(ticks := (-0.5, -0.1, -0.05, 0, 0.05, 0.1), [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("gain over fixed weights, right is more real")
    axes.margins(y=0.1)


if __name__ == "__main__":
    cli()
