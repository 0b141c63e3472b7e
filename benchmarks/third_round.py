"""The study's third round: what the second one found, tested against the whole frontier.

    python benchmarks/third_round.py train --profile quick --jobs 2
    python benchmarks/third_round.py tell

As `reports/plan.toml` says, `train` trains fixed weights from none at all up, and each rule, all of
a seed before the next. A row is written as each run ends, and what has one is not trained again.
`tell` reads that table.
"""

import sys
from pathlib import Path

import click
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aegan_lib.evaluation import frontier  # noqa: E402
from aegan_lib.plan import plan  # noqa: E402
from benchmarks.rounds import Run, as_table, gained, means  # noqa: E402
from benchmarks.study import measured, trains  # noqa: E402

KEPT = str(ROOT / "benchmarks" / "third_round_{profile}.csv")


@click.group(help=__doc__)
def cli() -> None:
    pass


@cli.command()
@trains(ROOT / "reports")
@click.option("--seeds", default="", help="Some of the plan's, as in '20 21'.  [default: all]")
def train(profile: str, jobs: int, reports: Path, data: Path, seeds: str) -> None:
    """Fixed weights and rules, seed by seed."""
    told = plan()["study"]["third"]
    runs = [
        (name, "learning_rate", rate, seed)
        for seed in [int(seed) for seed in seeds.split()] or told["seeds"]
        for name, rate in (*fixed_weights(), *told["rules"].items())
    ]
    measured(runs, "test", jobs, profile, reports, data, KEPT.format(profile=profile))


@cli.command()
@click.option("--profile", default="quick")
def tell(profile: str) -> None:
    """Means of each weighting, how many of its runs collapsed, and the planned tests."""
    table = pd.read_csv(KEPT.format(profile=profile))
    click.echo(means(table).round(3).to_string())
    click.echo(judged(table).round(3).to_string())


def fixed_weights() -> list[Run]:
    """Each with its rate."""
    told = plan()["study"]["third"]["fixed"]
    return [(name, rate) for rate, names in told for name in names]


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Each planned comparison: gains by seed, their mean and interval, and its corrected test."""
    told = plan()["study"]["third"]
    found = {}
    for name, fidelity in told["planned"]:
        rule = {name: told["rules"][name]}
        by = gained(table, fixed_weights(), rule, fidelity, told["seeds"], ends=True)
        found[f"{name}, {fidelity}"] = frontier.tested(by[name], told["seeds"])
    return as_table(found | frontier.corrected(found, len(told["planned"])), told["seeds"])


if __name__ == "__main__":
    cli()
