"""What was asked of the study's first round afterwards, against its frontier; none of it planned.

    python benchmarks/controls.py longer --profile quick --jobs 2
    python benchmarks/controls.py finer --profile quick --jobs 2

`longer` asks whether what a rule gains is only a longer step, by training fixed weights at larger
rates; and whether rare, huge weights are what ails v4. `finer` asks whether it is only the
frontier's straight line between two weights, by training one between them. A row is written as each
run ends, and what has one is not trained again.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aegan_lib.evaluation import frontier  # noqa: E402
from aegan_lib.options import options  # noqa: E402
from aegan_lib.plan import plan  # noqa: E402
from aegan_lib.versions import VERSIONS  # noqa: E402
from benchmarks.rounds import Run, as_rows, as_table, first_round, gained, weight  # noqa: E402
from benchmarks.study import (  # noqa: E402
    REPORTS,
    SEEDS,
    TRAINING,
    V4_VARIANTS,
    Asked,
    Commands,
    measured,
)

LONGER = str(ROOT / "benchmarks" / "controls_{profile}.csv")
FINER = str(ROOT / "benchmarks" / "finer_{profile}.csv")
BETWEEN = (0.0002, 0.0005)  # on either side of 0.0003, where the runs of rules that gain lie
SWEPT: list[Run] = [(name, VERSIONS[name].learning_rate) for name in frontier.swept()]
# Twice the rate, and the one at which Adam steps as far on a fixed weight as it does on config.
CONTROLLED: list[Asked] = [
    *(("weighted_fast", "beta", beta, seed) for beta in (0.0003, 0.001) for seed in (3, 4, 5)),
    *(("weighted-beta=0.0003", "learning_rate", 1.37e-4, seed) for seed in range(3, 11)),
    *((name, "", None, seed) for name in V4_VARIANTS for seed in (3, 4, 5)),
]


@click.group(cls=Commands, help=__doc__)
def cli() -> None:
    pass


@cli.command()
@options(*TRAINING, REPORTS)
def longer(profile: str, jobs: int, reports: Path, data: Path) -> None:
    """Fixed weights at larger rates, and v4 without huge weights."""
    kept, before = LONGER.format(profile=profile), first_round(profile)
    measured(CONTROLLED, "test", jobs, profile, reports, data, kept)
    more = as_rows(kept)
    table = pd.concat([before, more])
    _tell(table, dict(zip(more["version"], more["value"], strict=True)), {"": SWEPT})


@cli.command()
@options(*TRAINING, REPORTS, SEEDS)
def finer(profile: str, jobs: int, reports: Path, data: Path, seeds: Sequence[int] | None) -> None:
    """What rules gain over a frontier with two weights more; each fixed weight over the others."""
    study = plan()["study"]
    kept, before = FINER.format(profile=profile), first_round(profile)
    runs = [("weighted", "beta", beta, s) for s in seeds or study["seeds"] for beta in BETWEEN]
    measured(runs, "test", jobs, profile, reports, data, kept)
    more = as_rows(kept)
    # Both frontiers are of the same seeds: those of which all weights between are there.
    counts = more["seed"].value_counts()
    table = pd.concat([before, more])
    table = table[table["seed"].isin(counts.index[counts == len(BETWEEN)])]
    finest = [*SWEPT, *dict.fromkeys(zip(more["version"], more["value"], strict=True))]
    rules = {name: VERSIONS[name].learning_rate for name in (*study["planned"], "config")}
    _tell(table, rules, {", before": SWEPT, ", with both": finest})
    click.echo("What each fixed weight gains over the others:")
    _tell_fixed(table, SWEPT)
    _tell_fixed(table, finest)


def _tell(table: pd.DataFrame, ones: Mapping[str, float], lines: Mapping[str, list[Run]]) -> None:
    """Gains of `ones` over each of `lines`, by both readings of likeness."""
    seeds = plan()["study"]["seeds"]
    found = {
        f"{one}, {fidelity}{said}": frontier.tested(gains, seeds)
        for fidelity in map(str, frontier.FIDELITY)
        for said, fixed in lines.items()
        for one, gains in gained(table, fixed, ones, fidelity, seeds).items()
    }
    _show(found)


def _tell_fixed(table: pd.DataFrame, fixed: Sequence[Run]) -> None:
    """Gains in PSNR of each of `fixed` over the others; beyond them all, over the closest."""
    seeds = plan()["study"]["seeds"]
    psnr = str(frontier.FIDELITY[0])
    found = {}
    for one in sorted(fixed, key=weight):
        others = [run for run in fixed if run != one]
        by = gained(table, others, dict([one]), psnr, seeds, ends=True)[one[0]]
        found[f"{one[0]}, over {len(others)} others"] = frontier.tested(by, seeds)
    _show(found)


def _show(found: Mapping[str, frontier.Gain]) -> None:
    table = as_table(found, plan()["study"]["seeds"]).drop(columns=["p", "corrected"])
    click.echo(table.round(3).to_string())


if __name__ == "__main__":
    cli()
