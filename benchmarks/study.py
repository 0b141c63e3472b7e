"""What `make study` rests on: how the rules were tuned; and the picture of it in docs/study.md.

    python benchmarks/study.py tune --profile quick --jobs 2
    python benchmarks/study.py choose
    python benchmarks/study.py rates --profile quick --jobs 2
    python benchmarks/study.py steps --profile quick --reports reports
    python benchmarks/study.py finer --profile quick --jobs 2
    python benchmarks/study.py picture

As `reports/plan.toml` says, `tune` trains the frontier and every value of every rule with the seeds
that are kept for it, and measures each on validation faces. A row is written as each run ends, and
what has one is not trained again. What was chosen stands in the registry of versions. `rates` is
the study's second round: rules and fixed weights, each at the learning rate that suits it; `steps`
says why there is one. `finer`
was not planned: it asks whether what a rule gains is only the frontier's straight line between two
weights, by training one between them.
"""

import dataclasses
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aegan_lib.plan import plan  # noqa: E402
from aegan_lib.versions import GROUPS, VERSIONS, Version  # noqa: E402

TABLE = str(ROOT / "benchmarks" / "tuning_{profile}.csv")
FINER = str(ROOT / "benchmarks" / "finer_{profile}.csv")
RATES = str(ROOT / "benchmarks" / "rates_{profile}.csv")
STUDY = str(ROOT / "benchmarks" / "study_{profile}.csv")
BETWEEN = 0.0005  # a weight between 0.0003 and 0.001, where the rules' runs lie

Asked = tuple[str, str, float | None, int]
ASKED = ("version", "field", "value", "seed")


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
    base, _, beta = name.partition("-beta=")
    version = VERSIONS.get(name) or VERSIONS[base].reweighed(beta=float(beta))
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
@click.option("--profile", default="quick")
@click.option("--jobs", default=2)
@click.option("--reports", default=ROOT / ".cache" / "tuning", type=click.Path(path_type=Path))
@click.option("--data", default=ROOT / "data", type=click.Path(path_type=Path))
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
        # What is closer to its input than any fixed weight is held against the closest.
        most = max(likeness for likeness, _ in curve)
        gain = [height(curve, min(x, most)) - distance for x, distance in rows[axes].to_numpy()]
        parts.append(rows.assign(gain=gain))
    return pd.concat(parts)


def chosen_rates(profile: str) -> dict[str, float]:
    """Version -> the learning rate that was best for it; the fixed weights have one for all."""
    rates = plan()["study"]["rates"]
    rows = tuned(profile)
    rows = rows[rows["field"] == "learning_rate"].assign(value=lambda t: t["value"].astype(float))
    best = rows.sort_values("gain", ascending=False).set_index("version")
    if missing := {*rates["tuned"], *rates["planned"]} - {*best.index}:
        raise click.ClickException(
            f"No learning rate has been tuned for {', '.join(sorted(missing))}. Expected: a row of "
            f"each in {TABLE.format(profile=profile)}. Run `python benchmarks/study.py tune` first."
        )
    groups = {tuple(rates["frontier"]): rates["tuned"]} | {(n,): [n] for n in rates["planned"]}
    return {
        name: float(best.loc[best.index.isin(asked), "value"].iloc[0])
        for names, asked in groups.items()
        for name in names
    }


@cli.command()
@click.option("--profile", default="quick")
def choose(profile: str) -> None:
    """Each value's gain over the frontier of its seed, and the rates of the second round."""
    click.echo(tuned(profile).drop(columns="outcome").to_string(index=False))
    for name, rate in chosen_rates(profile).items():
        click.echo(f"{name}: {rate:g}")


@cli.command()
@click.option("--profile", default="quick")
@click.option("--jobs", default=2)
@click.option("--reports", default=ROOT / "reports", type=click.Path(path_type=Path))
@click.option("--data", default=ROOT / "data", type=click.Path(path_type=Path))
@click.option("--seeds", default="", help="Some of the plan's, as in '11 12'.  [default: all]")
def rates(profile: str, jobs: int, reports: Path, data: Path, seeds: str) -> None:
    """The second round: everything at the rate that suits it, seed by seed, and what it gains."""
    told = plan()["study"]["rates"]
    chosen = chosen_rates(profile)
    asked_for = [int(seed) for seed in seeds.split()] or told["seeds"]
    runs = [(name, "learning_rate", rate, s) for s in asked_for for name, rate in chosen.items()]
    kept = RATES.format(profile=profile)
    measured(runs, "test", jobs, profile, reports, data, kept)
    click.echo(judged(pd.read_csv(kept)).to_string())


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Of the second round, by either reading of likeness: gains by seed, interval and test."""
    from aegan_lib.evaluation.frontier import FIDELITY, corrected, height, tested

    told = plan()["study"]["rates"]
    rows = {}
    for fidelity in map(str, FIDELITY):
        by = table.pivot(index="seed", columns="version", values=[fidelity, "real_distance"])
        by = by.dropna()  # whole seeds alone
        gains = {}
        for name in told["planned"]:
            seeds = {}
            for seed, row in by.iterrows():
                curve = [(row[fidelity, w], row["real_distance", w]) for w in told["frontier"]]
                seeds[seed] = height(curve, row[fidelity, name]) - row["real_distance", name]
            gains[name] = tested(seeds, told["seeds"])
        for name, gain in corrected(gains, len(told["planned"])).items():
            rows[fidelity, name] = {
                **{str(seed): value for seed, value in gain.seeds.items()},
                **{"mean": gain.mean, "low": gain.low, "high": gain.high},
                **{"p": gain.p, "corrected": gain.corrected},
            }
    return pd.DataFrame.from_dict(rows, orient="index").round(3)


@cli.command()
@click.option("--profile", default="quick")
@click.option("--reports", default=ROOT / "reports", type=click.Path(path_type=Path))
def steps(profile: str, reports: Path) -> None:
    """How far Adam steps on each version's gradient, as a multiple of the learning rate.

    Medians of twelve parts of every finished run, and the mean over all of it.
    """
    from aegan_lib.evaluation.histories import step_length
    from aegan_lib.pipeline.request import parse
    from aegan_lib.runs import find_run

    rows = {}
    folder = parse(profile=profile, reports=reports).folder
    for record in sorted(folder.glob("*/seed-*/run.json")):
        run = find_run(record.parent)
        assert run, record
        step = step_length(run.history)
        parts = [float(np.median(part)) for part in np.array_split(step, 12)]
        rows[f"{record.parts[-3]} {record.parts[-2]}"] = [*parts, float(step.mean())]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[*range(1, 13), "mean"])
    click.echo(table.round(2).to_string())


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
    """Draw the frontier of the table that was kept, and what the second round makes of it."""
    from aegan_lib.evaluation.results import read_table
    from aegan_lib.figures.showing import encoded
    from aegan_lib.figures.study import frontier_figure

    results = read_table(Path(STUDY.format(profile=profile)))
    (ROOT / "docs" / "study.webp").write_bytes(encoded(frontier_figure(results)))
    if Path(RATES.format(profile=profile)).exists():
        table = pd.read_csv(RATES.format(profile=profile))
        (ROOT / "docs" / "rates.webp").write_bytes(encoded(rates_figure(table, results)))


def rates_figure(table: pd.DataFrame, results: pd.DataFrame) -> Figure:
    """Both rounds: hollow at the one rate of the first, filled at rates of their own."""
    import matplotlib.pyplot as plt

    from aegan_lib.evaluation.frontier import FIDELITY
    from aegan_lib.evaluation.results import REAL_DISTANCE, by_seed, last_epoch
    from aegan_lib.figures.lines import move_apart
    from aegan_lib.figures.study import CURVE, LIKENESS
    from aegan_lib.figures.theme import colour

    told = plan()["study"]["rates"]
    last = last_epoch(results)
    figure, panels = plt.subplots(1, 2, figsize=(11.4, 5.0), layout="constrained", sharey=True)
    for panel, fidelity in zip(panels, map(str, FIDELITY), strict=True):
        axes = [fidelity, "real_distance"]
        seeds = table.set_index("version")[axes]
        now = seeds.groupby("version").mean()
        first = pd.concat([by_seed(last, key).mean() for key in (fidelity, REAL_DISTANCE)], axis=1)
        first.columns = axes
        texts = []
        for points, style, fill in ((first, "--", "white"), (now, "-", CURVE)):
            there = points.loc[[name for name in told["frontier"] if name in points.index]]
            panel.plot(*there.to_numpy().T, style, color=CURVE, marker="o", markerfacecolor=fill)
            for name, (x, y) in zip(there.index, there.to_numpy(), strict=True):
                beta = name.rpartition("=")[2]
                texts.append(panel.text(x, y, f"β {beta}", color=CURVE, fontsize=8.5))
        for name in told["planned"]:
            panel.annotate("", now.loc[name], first.loc[name],
                           arrowprops={"arrowstyle": "->", "color": colour(name)})  # fmt: skip
            panel.scatter(*seeds.loc[name].to_numpy().T, s=12, color=colour(name), alpha=0.5)
            panel.scatter(*first.loc[name], s=60, color="white", edgecolors=colour(name), zorder=3)
            panel.scatter(*now.loc[name], s=70, color=colour(name), edgecolors="white", zorder=4)
            texts.append(panel.text(*now.loc[name], name, color=colour(name), fontsize=9))
        panel.set_xlabel(LIKENESS[fidelity])
        if fidelity == "shared_detail":
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        panel.margins(x=0.1, y=0.1)
        marks = pd.concat([now, first.loc[told["planned"]]]).to_numpy()
        move_apart(panel, texts, [*map(tuple, marks)])
    panels[0].set_ylabel("distance from real faces, down is more real")
    return figure


if __name__ == "__main__":
    cli()
