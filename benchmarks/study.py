"""What `make study` rests on: how the rules were tuned; and the picture of it in docs/study.md.

    python benchmarks/study.py tune --profile quick --jobs 2
    python benchmarks/study.py choose
    python benchmarks/study.py steps --profile quick --reports reports
    python benchmarks/study.py picture

As `reports/plan.toml` says, `tune` trains the frontier and every value of every rule with the seeds
that are kept for it, and measures each on validation faces. A row is written as each run ends, and
what has one is not trained again. What was chosen stands in the registry of versions. `steps` says
why there are further rounds (`second_round.py`, `third_round.py`): Adam steps further on some
weightings than on others.
"""

import dataclasses
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aegan_lib.errors import UserError  # noqa: E402
from aegan_lib.extras import read_versions  # noqa: E402
from aegan_lib.locks import held  # noqa: E402
from aegan_lib.options import PATH, Seeds, options  # noqa: E402
from aegan_lib.plan import plan  # noqa: E402
from aegan_lib.profiles import PROFILES  # noqa: E402
from aegan_lib.store import replacing  # noqa: E402
from aegan_lib.versions import GROUPS, VERSIONS, Version  # noqa: E402

TABLE = str(ROOT / "benchmarks" / "tuning_{profile}.csv")
STEPS = str(ROOT / "benchmarks" / "steps_{profile}.csv")
STUDY = str(ROOT / "benchmarks" / "study_{profile}.csv")

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


class Commands(click.Group):
    """Says in a line what a user can mend."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, help=__doc__)
def cli() -> None:
    pass


PROFILE = click.option("--profile", default="quick", type=click.Choice(list(PROFILES)))
REPORTS = click.option("--reports", default=ROOT / "reports", type=PATH)
SEEDS = click.option("--seeds", type=Seeds(), help="Some of the plan's, as in '3 4'.")
TRAINING = (
    PROFILE,
    click.option("--jobs", default=2, type=click.IntRange(min=1)),
    click.option("--data", default=ROOT / "data", type=PATH),
)


def measured(
    runs: Sequence[Asked], faces: str, jobs: int, profile: str, reports: Path, data: Path, kept: str
) -> None:
    """Train and measure each run, and keep the table as it grows."""
    from aegan_lib.pipeline.execute import thread_variables, threads_of_a_run
    from aegan_lib.pipeline.request import parse

    os.environ |= thread_variables(threads_of_a_run(PROFILES[profile]))
    with only(kept):
        rows = Rows(runs, Path(kept))
        if missing := rows.missing():
            parse(profile=profile, data=data).load()  # prepared once, for all of them
        with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
            futures = {
                pool.submit(trained, run, faces, profile, reports, data): run for run in missing
            }
            try:
                for future in as_completed(futures):
                    click.echo(f"{same(futures[future])}: {future.result()}")
                    rows.add(futures[future], future.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)  # or all that is queued would be trained first
                raise
        rows.write()


def only(kept: str | Path) -> AbstractContextManager[bool]:
    """Hold a table: of two commands each would write its own rows over the other's."""
    name = Path(kept).name
    return held(ROOT / ".cache" / f"{name}.lock", f"The table {name}")


def required(kept: str | Path, by: str) -> Path:
    """The path of a table that was kept.

    Raises:
        UserError: it is not there; `by` is what writes it.
    """
    if not Path(kept).exists():
        raise UserError(
            f"There is no table {Path(kept).name}. Expected: what `{by}` writes. Run that first."
        )
    return Path(kept)


def first_results(profile: str) -> pd.DataFrame:
    """The first round's table of results."""
    from aegan_lib.evaluation.results import read_table

    return read_table(required(STUDY.format(profile=profile), f"make study PROFILE={profile}"))


class Rows:
    """A table of runs, those that are asked for and those that it has already."""

    def __init__(self, runs: Sequence[Asked], kept: Path) -> None:
        self.kept = kept
        # By what a run is: the same one may be asked for as a point of two grids.
        self.found: dict[tuple[str, int], Mapping[str, object]] = {}
        known = []
        table = pd.read_csv(kept, keep_default_na=False) if kept.exists() else pd.DataFrame()
        for row in table.to_dict("records"):
            name, field, value, seed = (row.pop(column) for column in ASKED)
            run = (name, field, float(value) if field else None, seed)
            known.append(run)
            self.found[same(run)] = row
        self.runs = list(dict.fromkeys([*runs, *known]))

    def missing(self) -> list[Asked]:
        return [*{same(run): run for run in self.runs if same(run) not in self.found}.values()]

    def add(self, run: Asked, row: Mapping[str, object]) -> None:
        self.found[same(run)] = row
        self.write()

    def write(self) -> None:
        there = [run for run in self.runs if same(run) in self.found]
        if not there:
            return
        keys = pd.DataFrame(there, columns=list(ASKED))
        measures = pd.DataFrame([self.found[same(run)] for run in there]).round(6)
        with replacing(self.kept) as partial:
            pd.concat([keys, measures], axis=1).to_csv(partial, index=False)


@cli.command()
@options(*TRAINING, click.option("--reports", default=ROOT / ".cache" / "tuning", type=PATH))
def tune(profile: str, jobs: int, reports: Path, data: Path) -> None:
    """Train and measure what was planned."""
    kept = TABLE.format(profile=profile)
    measured(list(asked()), "validation", jobs, profile, reports, data, kept)


def tuned(profile: str) -> pd.DataFrame:
    """What was tuned, with the gain over the frontier of its seed."""
    from aegan_lib.evaluation.frontier import height

    kept = required(TABLE.format(profile=profile), "python benchmarks/study.py tune")
    table = pd.read_csv(kept, keep_default_na=False)
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
        raise UserError(
            f"No learning rate has been tuned for {', '.join(sorted(missing))}. Expected: a row of "
            f"each in {TABLE.format(profile=profile)}. Run `python benchmarks/study.py tune` first."
        )
    return {name: float(best[name]) for name in planned}


@cli.command()
@options(PROFILE)
def choose(profile: str) -> None:
    """Each value's gain over the frontier of its seed, and the rates of the second round."""
    click.echo(tuned(profile).drop(columns="outcome").to_string(index=False))
    for name, rate in chosen_rates(profile).items():
        click.echo(f"{name}: {rate:g}")


@cli.command()
@options(PROFILE, REPORTS)
def steps(profile: str, reports: Path) -> None:
    """How far Adam steps on each version's gradient, as a multiple of the learning rate.

    Medians of twelve parts of every finished run, the largest, and the mean over all of it. Rows of
    runs that are not there are kept.
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
    if not rows:
        raise UserError(
            f"There is no finished run in {folder}. Expected: some, of which the steps are read. "
            "Give their reports as --reports."
        )
    columns = [*(f"part {part}" for part in range(1, 13)), "largest", "mean"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).round(3)
    table.index = pd.MultiIndex.from_tuples(table.index, names=("version", "seed"))
    kept = Path(STEPS.format(profile=profile))
    with only(kept), replacing(kept) as partial:
        if kept.exists():
            before = pd.read_csv(kept, index_col=["version", "seed"])
            table = table.combine_first(before)[columns]
        table.sort_index().to_csv(partial)
    click.echo(table.groupby("version", sort=False).agg(["min", "max"])["mean"].to_string())


@cli.command()
@options(PROFILE)
def picture(profile: str) -> None:
    """Draw the frontier of the table that was kept."""
    from aegan_lib.figures.showing import encoded
    from aegan_lib.figures.study import frontier_figure

    made = frontier_figure(first_results(profile))
    (ROOT / "docs" / "study.webp").write_bytes(encoded(made))


if __name__ == "__main__":
    cli()
