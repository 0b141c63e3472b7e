"""What `make study` rests on: how the rules were tuned; and the picture of it in docs/study.md.

    python benchmarks/study.py tune --profile quick --jobs 2
    python benchmarks/study.py choose
    python benchmarks/study.py steps --profile quick --reports reports
    python benchmarks/study.py controls --profile quick --jobs 2
    python benchmarks/study.py finer --profile quick --jobs 2
    python benchmarks/study.py picture

As `reports/plan.toml` says, `tune` trains the frontier and every value of every rule with the seeds
that are kept for it, and measures each on validation faces. A row is written as each run ends, and
what has one is not trained again. What was chosen stands in the registry of versions. `steps` says
why there is a second round, in which the learning rate is free (`second_round.py`). `controls` and
`finer` were not planned: they ask whether what a rule gains is only a longer step, by training
fixed weights at larger rates, or only the frontier's straight line between two weights, by training
one between them. `controls` also asks whether rare, huge weights are what ails v4.
"""

import dataclasses
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import reduce
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aegan_lib.extras import read_versions  # noqa: E402
from aegan_lib.plan import plan  # noqa: E402
from aegan_lib.versions import GROUPS, VERSIONS, Version  # noqa: E402

TABLE = str(ROOT / "benchmarks" / "tuning_{profile}.csv")
CONTROLS = str(ROOT / "benchmarks" / "controls_{profile}.csv")
FINER = str(ROOT / "benchmarks" / "finer_{profile}.csv")
STEPS = str(ROOT / "benchmarks" / "steps_{profile}.csv")
STUDY = str(ROOT / "benchmarks" / "study_{profile}.csv")
BETWEEN = 0.0005  # a weight between 0.0003 and 0.001, where the rules' runs lie

Asked = tuple[str, str, float | None, int]
ASKED = ("version", "field", "value", "seed")
V4_VARIANTS = ("v4_low", "v4_median", "v4_median_low")
# Versions that are not the library's, and their files beside this one.
VARIED = dict.fromkeys(V4_VARIANTS, "v4_variants.py") | {
    "weighted_as_config": "length_variants.py",
    "weighted_ramped": "ramp_variants.py",
}
# Numbers of one's own, as they stand in a version's name.
NUMBERS = re.compile(r"-(alpha|beta|learning_rate)=([\d.]+(?:e[-+]\d+)?)")
# Twice the rate, and the one at which Adam steps as far on a fixed weight as it does on config.
CONTROLLED: list[Asked] = [
    *(("weighted_fast", "beta", beta, seed) for beta in (0.0003, 0.001) for seed in (3, 4, 5)),
    *(("weighted-beta=0.0003", "learning_rate", 1.37e-4, seed) for seed in range(3, 11)),
    *((name, "", None, seed) for name in V4_VARIANTS for seed in (3, 4, 5)),
]


def asked() -> Iterator[Asked]:
    """Every run of the tuning; no field for the frontier, whose β differs."""
    tuning = plan()["study"]["tuning"]
    for seed in tuning["seeds"]:
        for name in GROUPS[plan()["study"]["frontier"]]:
            yield name, "", None, seed
        for name, grid in tuning["values"].items():
            for value in grid["values"]:
                yield name, grid["field"], value, seed
        rates = plan()["study"]["rates"]
        for name in (*rates["tuned"], *rates["planned"]):
            for value in rates["values"]:
                yield name, "learning_rate", value, seed


def version_of(asked: Asked) -> Version:
    """The version that is asked for: a registered one wherever it is just that."""
    name, field, value, _ = asked
    # Of the frontier, weights that are not registered too.
    base = name.partition("-")[0]
    if base in VARIED and base not in VERSIONS:
        read_versions(Path(__file__).with_name(VARIED[base]))
    own = {field: float(number) for field, number in NUMBERS.findall(name)}
    version = VERSIONS.get(name) or VERSIONS[base].reweighed(**own)
    if value is None:
        return version
    if field in ("beta", "learning_rate"):
        return version.reweighed(**{field: value})
    if getattr(version.loss, field) == value:
        return version
    loss = dataclasses.replace(version.rule, **{field: value})  # type: ignore[type-var]
    return dataclasses.replace(version, name=f"{name}-{field}={value:g}", loss=loss)


def same(asked: Asked) -> tuple[str, int]:
    """What two runs have in common that are one."""
    return version_of(asked).name, asked[-1]


def trained(asked: Asked, faces: str, profile: str, reports: Path, data: Path) -> dict[str, object]:
    """Train one run, or load it, and measure it on the `faces` of one split."""
    from aegan_lib import metrics
    from aegan_lib.evaluation.judges import realism
    from aegan_lib.pipeline.request import parse
    from aegan_lib.training import train

    dataset = parse(profile=profile, reports=reports, data=data).load(progress=False)
    run = train(version_of(asked), dataset, asked[-1], reports, progress=False)
    images = getattr(dataset, faces).images
    outputs = run.reconstruct(images)
    return {
        "outcome": run.outcome,
        "psnr": metrics.psnr(images, outputs).mean(),
        "real_distance": realism(dataset)(outputs),
        "shared_detail": metrics.shared_detail(images, outputs).mean(),
        "noise": metrics.noise(outputs).mean(),
        "input_dependence": run.epochs["input_dependence"].iloc[-1],
        "median_weight_mse": run.history["weight_mse"].median(),
        "median_weight_bce": run.history["weight_bce"].median(),
    }


@click.group(help=__doc__)
def cli() -> None:
    pass


def trains(reports: Path) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of a command that trains, by default into `reports`."""
    options = (
        click.option("--profile", default="quick"),
        click.option("--jobs", default=2),
        click.option("--reports", default=reports, type=click.Path(path_type=Path)),
        click.option("--data", default=ROOT / "data", type=click.Path(path_type=Path)),
    )
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


def measured(
    runs: Sequence[Asked], faces: str, jobs: int, profile: str, reports: Path, data: Path, kept: str
) -> None:
    """Train and measure each run, and keep the table as it grows."""
    from aegan_lib.pipeline.execute import thread_variables, threads_of_a_run
    from aegan_lib.pipeline.request import parse
    from aegan_lib.profiles import PROFILES

    os.environ |= thread_variables(threads_of_a_run(PROFILES[profile]))
    parse(profile=profile, data=data).load()  # prepared once, for all of them
    # By what a run is: the same one may be asked for as a point of two grids.
    found: dict[tuple[str, int], dict[str, object]] = {}
    table = pd.read_csv(kept, keep_default_na=False) if Path(kept).exists() else pd.DataFrame()
    for row in table.to_dict("records"):
        name, field, value, seed = (row.pop(column) for column in ASKED)
        known = (name, field, float(value) if field else None, seed)
        runs = [*runs, known]
        found[same(known)] = row
    runs = list(dict.fromkeys(runs))
    new = {same(run): run for run in runs if same(run) not in found}

    def keep() -> None:
        rows = [dict(zip(ASKED, r, strict=True)) | found[same(r)] for r in runs if same(r) in found]
        pd.DataFrame(rows).round(6).to_csv(kept, index=False)

    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        futures = {
            pool.submit(trained, run, faces, profile, reports, data): key
            for key, run in new.items()
        }
        for future in as_completed(futures):
            found[futures[future]] = future.result()
            click.echo(f"{futures[future]}: {future.result()}")
            keep()
    keep()


@cli.command()
@trains(ROOT / ".cache" / "tuning")
def tune(profile: str, jobs: int, reports: Path, data: Path) -> None:
    """Train and measure what was planned."""
    kept = TABLE.format(profile=profile)
    measured(list(asked()), "validation", jobs, profile, reports, data, kept)


def tuned(profile: str) -> pd.DataFrame:
    """What was tuned, with the gain over the frontier of its seed."""
    from aegan_lib.evaluation.frontier import height

    table = pd.read_csv(TABLE.format(profile=profile), keep_default_na=False)
    swept = table["field"] == ""
    axes = ["psnr", "real_distance"]
    order = list(GROUPS[plan()["study"]["frontier"]])
    parts = []
    for seed, rows in table[~swept].groupby("seed", sort=False):
        points = table[swept & (table["seed"] == seed)].set_index("version").loc[order, axes]
        curve = points.to_numpy().tolist()
        # Of rates, what is closer to its input than any fixed weight is held against the closest.
        most = np.where(rows["field"] == "learning_rate", max(x for x, _ in curve), np.inf)
        likeness = np.minimum(rows["psnr"], most)
        reached = np.array([height(curve, x) for x in likeness])
        parts.append(rows.assign(gain=reached - rows["real_distance"]))
    return pd.concat(parts)


def chosen_rates(profile: str) -> dict[str, float]:
    """Rule -> the learning rate that was best for it."""
    rows = tuned(profile)
    rows = rows[rows["field"] == "learning_rate"].assign(value=lambda t: t["value"].astype(float))
    best = rows.sort_values("gain", ascending=False).groupby("version")["value"].first()
    planned = plan()["study"]["rates"]["planned"]
    if missing := {*planned} - {*best.index}:
        raise click.ClickException(
            f"No learning rate has been tuned for {', '.join(sorted(missing))}. Expected: a row of "
            f"each in {TABLE.format(profile=profile)}. Run `python benchmarks/study.py tune` first."
        )
    return {name: float(best[name]) for name in planned}


@cli.command()
@click.option("--profile", default="quick")
def choose(profile: str) -> None:
    """Each value's gain over the frontier of its seed, and the rates of the second round."""
    click.echo(tuned(profile).drop(columns="outcome").to_string(index=False))
    for name, rate in chosen_rates(profile).items():
        click.echo(f"{name}: {rate:g}")


@cli.command()
@click.option("--profile", default="quick")
@click.option("--reports", default=ROOT / "reports", type=click.Path(path_type=Path))
def steps(profile: str, reports: Path) -> None:
    """How far Adam steps on each version's gradient, as a multiple of the learning rate.

    Medians of twelve parts of every finished run, the largest, and the mean over all of it.
    """
    from aegan_lib.evaluation.histories import step_length
    from aegan_lib.pipeline.request import parse
    from aegan_lib.runs import find_run

    for file in {*VARIED.values()}:
        read_versions(Path(__file__).with_name(file))
    rows = {}
    folder = parse(profile=profile, reports=reports).folder
    for record in sorted(folder.glob("*/seed-*/run.json")):
        run = find_run(record.parent)
        assert run, record
        step = step_length(run.history)
        parts = [float(np.median(part)) for part in np.array_split(step, 12)]
        rows[run.version.name, run.seed] = [*parts, float(step.max()), float(step.mean())]
    columns = [*(f"part {part}" for part in range(1, 13)), "largest", "mean"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).round(3)
    table.index = pd.MultiIndex.from_tuples(table.index, names=("version", "seed"))
    table.to_csv(STEPS.format(profile=profile))
    click.echo(table.groupby("version", sort=False).agg(["min", "max"])["mean"].to_string())


@cli.command()
@trains(ROOT / "reports")
def controls(profile: str, jobs: int, reports: Path, data: Path) -> None:
    """Fixed weights at larger rates, and v4 without huge weights, against the first frontier."""
    from aegan_lib.evaluation.frontier import FIDELITY, height, sweep
    from aegan_lib.evaluation.results import read_table

    kept = CONTROLS.format(profile=profile)
    measured(CONTROLLED, "test", jobs, profile, reports, data, kept)
    table = pd.read_csv(kept, keep_default_na=False)
    results = read_table(Path(STUDY.format(profile=profile)))
    for fidelity in FIDELITY:
        curves = sweep(results, fidelity)
        rows = table[["seed", str(fidelity), "real_distance"]].itertuples(index=False)
        gain = [height(curves[seed], x) - y for seed, x, y in rows]
        seeds = table.assign(gain=gain).groupby(["version", "field", "value"])["gain"]
        for asked, values in seeds:
            told = ", ".join(f"{v:+.3f}" for v in values)
            click.echo(f"{' '.join(map(str, asked))}, {fidelity}: {told}; {values.mean():+.3f}")


@cli.command()
@trains(ROOT / "reports")
@click.option("--seeds", default="", help="Some of the plan's, as in '3 4'.  [default: all]")
def finer(profile: str, jobs: int, reports: Path, data: Path, seeds: str) -> None:
    """What the planned rules gain over a frontier with one weight more, beside what they gained."""
    from aegan_lib.evaluation.frontier import FIDELITY, gains, height, sweep
    from aegan_lib.evaluation.results import REAL_DISTANCE, by_seed, last_epoch, read_table

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
