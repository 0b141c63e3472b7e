"""What `make study` rests on: how the rules were tuned; and the picture of it in docs/study.md.

    python benchmarks/study.py tune --profile quick --jobs 2
    python benchmarks/study.py choose
    python benchmarks/study.py finer --profile quick --jobs 2
    python benchmarks/study.py picture

As `reports/plan.toml` says, `tune` trains the frontier and every value of every rule with the seeds
that are kept for it, and measures each on validation faces. A row is written as each run ends and
finished runs are kept, so it goes on where it stopped. What was chosen stands in the registry of
versions. `finer` was not planned: it asks whether what a rule gains is only the frontier's
straight line between two weights, by training one between them.
"""

import dataclasses
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import click
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TABLE = str(ROOT / "benchmarks" / "tuning_{profile}.csv")
FINER = str(ROOT / "benchmarks" / "finer_{profile}.csv")
STUDY = str(ROOT / "benchmarks" / "study_{profile}.csv")
BETWEEN = 0.0005  # a weight between 0.0003 and 0.001, where the rules' runs lie

Asked = tuple[str, str, float | None, int]  # version, field, value and seed of a run


def asked() -> Iterator[Asked]:
    """Every run of the tuning; no field for the frontier, whose β differs."""
    from aegan_lib.plan import plan
    from aegan_lib.versions import GROUPS

    tuning = plan()["study"]["tuning"]
    for seed in tuning["seeds"]:
        for name in GROUPS[plan()["study"]["frontier"]]:
            yield name, "", None, seed
        for name, grid in tuning["values"].items():
            for value in grid["values"]:
                yield name, grid["field"], value, seed


def trained(asked: Asked, faces: str, profile: str, reports: Path, data: Path) -> dict[str, object]:
    """Train one run, or load it, and measure it on the `faces` of one split."""
    from aegan_lib import metrics
    from aegan_lib.evaluation.judges import realism
    from aegan_lib.pipeline.request import parse
    from aegan_lib.training import train
    from aegan_lib.versions import VERSIONS

    name, field, value, seed = asked
    dataset = parse(profile=profile, reports=reports, data=data).load(progress=False)
    version = VERSIONS[name]
    if field == "beta":
        version = version.reweighed(beta=value)
    elif value is not None and getattr(version.loss, field) != value:
        loss = dataclasses.replace(version.rule, **{field: value})  # type: ignore[type-var]
        version = dataclasses.replace(version, name=f"{name}-{field}={value:g}", loss=loss)
    run = train(version, dataset, seed, reports, progress=False)
    images = getattr(dataset, faces).images
    outputs = run.reconstruct(images)
    return {
        **{"version": name, "field": field, "value": value, "seed": seed, "outcome": run.outcome},
        "psnr": metrics.psnr(images, outputs).mean(),
        "real_distance": realism(dataset)(outputs),
        "shared_detail": metrics.shared_detail(images, outputs).mean(),
        "input_dependence": run.epochs["input_dependence"].iloc[-1],
        "median_weight_mse": run.history["weight_mse"].median(),
        "median_weight_bce": run.history["weight_bce"].median(),
    }


@click.group(help=__doc__)
def cli() -> None:
    pass


def measured(
    runs: Sequence[Asked], faces: str, jobs: int, profile: str, reports: Path, data: Path, kept: str
) -> None:
    """Train and measure each run, and keep the table as it grows."""
    from aegan_lib.pipeline.execute import thread_variables, threads_of_a_run
    from aegan_lib.pipeline.request import parse
    from aegan_lib.profiles import PROFILES

    os.environ |= thread_variables(threads_of_a_run(PROFILES[profile]))
    parse(profile=profile, data=data).load()  # prepared once, for all of them
    rows: dict[Asked, dict[str, object]] = {}
    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        futures = {pool.submit(trained, run, faces, profile, reports, data): run for run in runs}
        for future in as_completed(futures):
            rows[futures[future]] = future.result()
            click.echo(rows[futures[future]])
            table = pd.DataFrame([rows[run] for run in runs if run in rows])
            table.round(6).to_csv(kept, index=False)


@cli.command()
@click.option("--profile", default="quick")
@click.option("--jobs", default=2)
@click.option("--reports", default=ROOT / ".cache" / "tuning", type=click.Path(path_type=Path))
@click.option("--data", default=ROOT / "data", type=click.Path(path_type=Path))
def tune(profile: str, jobs: int, reports: Path, data: Path) -> None:
    """Train and measure what was planned."""
    kept = TABLE.format(profile=profile)
    measured(list(asked()), "validation", jobs, profile, reports, data, kept)


@cli.command()
@click.option("--profile", default="quick")
def choose(profile: str) -> None:
    """Each value's gain over the frontier of its seed."""
    from aegan_lib.evaluation.frontier import height
    from aegan_lib.versions import GROUPS

    table = pd.read_csv(TABLE.format(profile=profile), keep_default_na=False)
    swept = table["field"] == ""
    order = list(GROUPS["frontier"])
    for seed, rows in table[~swept].groupby("seed"):
        axes = ["psnr", "real_distance"]
        points = table[swept & (table["seed"] == seed)].set_index("version").loc[order, axes]
        curve = points.to_numpy().tolist()
        gain = [height(curve, likeness) - distance for likeness, distance in rows[axes].to_numpy()]
        click.echo(points.to_string())
        click.echo(rows.assign(gain=gain).drop(columns="outcome").to_string(index=False))


@cli.command()
@click.option("--profile", default="quick")
@click.option("--jobs", default=2)
@click.option("--reports", default=ROOT / "reports", type=click.Path(path_type=Path))
@click.option("--data", default=ROOT / "data", type=click.Path(path_type=Path))
@click.option("--seeds", default="", help="Some of the plan's, as in '3 4'.  [default: all]")
def finer(profile: str, jobs: int, reports: Path, data: Path, seeds: str) -> None:
    """What the planned rules gain over a frontier with one weight more, beside what they gained."""
    from aegan_lib.evaluation.frontier import FIDELITY, gains, height, sweep
    from aegan_lib.evaluation.results import REAL_DISTANCE, by_seed, last_epoch, read_table
    from aegan_lib.plan import plan

    study = plan()["study"]
    kept = FINER.format(profile=profile)
    chosen = [int(seed) for seed in seeds.split()] or study["seeds"]
    runs = [("weighted", "beta", BETWEEN, seed) for seed in chosen]
    measured(runs, "test", jobs, profile, reports, data, kept)
    more = pd.read_csv(kept).set_index("seed")
    results = read_table(Path(STUDY.format(profile=profile)))
    last = last_epoch(results)
    distance = by_seed(last, REAL_DISTANCE)
    for fidelity in FIDELITY:
        likeness, curves = by_seed(last, fidelity), sweep(results, fidelity)
        for seed, point in more[[fidelity, "real_distance"]].iterrows():
            # In the order of the weights: after 0, 0.0001 and 0.0003.
            curves[seed].insert(3, tuple(point))
        for name, gain in gains(results, fidelity).items():
            if name in study["planned"]:
                now = pd.Series(
                    {s: height(curves[s], likeness.at[s, name]) - distance.at[s, name]
                     for s in chosen}
                )  # fmt: skip
                table = pd.DataFrame({"before": pd.Series(gain.seeds)[chosen], "with it": now}).T
                table["mean"] = table.mean(axis=1)
                click.echo(f"{name}, {fidelity}\n{table.round(3).to_string()}")


@cli.command()
@click.option("--profile", default="quick")
def picture(profile: str) -> None:
    """Draw the frontier of the table that was kept."""
    from aegan_lib.evaluation.results import read_table
    from aegan_lib.figures.showing import encoded
    from aegan_lib.figures.study import frontier_figure

    results = read_table(Path(STUDY.format(profile=profile)))
    (ROOT / "docs" / "study.webp").write_bytes(encoded(frontier_figure(results)))


if __name__ == "__main__":
    cli()
