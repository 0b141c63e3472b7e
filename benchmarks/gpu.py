"""What an accelerator is for: many runs at once.

    python benchmarks/gpu.py plan.csv --out runs.csv --table study.csv --jobs 12 --minutes 8

Trains the rows of a plan (version, seed, latent_dim, beta, learning_rate_scale, slope_scale,
precision, epochs; empty is the profile's or the version's own) side by side, and writes a row of
results as each run ends; finished runs are kept, so it goes on where it stopped. The table is one
that `make study TABLE=study.csv` draws: all that needs no probe. Tried at smoke size on a processor
as well. How fast the step is there: `benchmarks/speed.py --help`.
"""

import dataclasses
import os
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

import click
import pandas as pd

Row = dict[str, object]
os.environ.setdefault("AEGAN_BACKEND", "jax")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # several share the memory


def trained(row: Row, profile_name: str, place: Path) -> tuple[Row, pd.DataFrame]:
    """Train one row of the plan; what was measured of it, and its part of a study's table."""
    import jax

    from aegan_lib import PROFILES, VERSIONS, evaluate, load, metrics, train
    from aegan_lib.evaluation.frontier import study_rows

    # A version's step is compiled for its first seed, and read from here for the others.
    jax.config.update("jax_compilation_cache_dir", str((place / "compiled").resolve()))
    fields = ("latent_dim", "learning_rate_scale", "slope_scale", "precision", "epochs")
    own = {name: row[name] for name in fields if not pd.isna(row.get(name))}
    profile = dataclasses.replace(PROFILES[profile_name], **own)
    # As whole numbers again: a column with empty cells holds floats.
    profile = dataclasses.replace(
        profile, latent_dim=int(profile.latent_dim), epochs=int(profile.epochs)
    )
    data = load("faces", profile, place / "data", progress=False)
    version = VERSIONS[str(row["version"])]
    if not pd.isna(row.get("beta")):
        version = version.reweighed(beta=float(row["beta"]))  # type: ignore[arg-type]
    settings = "-".join(f"{name}={value}" for name, value in own.items()) or "own"
    run = train(version, data, int(row["seed"]), place / settings, progress=False)  # type: ignore[call-overload]
    measured: Row = {"name": version.name, "outcome": run.outcome, "folder": str(run.folder)}
    for split in ("validation", "test"):
        images = getattr(data, split).images
        outputs = run.reconstruct(images)
        sharpness = metrics.laplacian_variance
        measured |= {
            f"{split}_psnr": metrics.psnr(images, outputs).mean(),
            f"{split}_blur_factor": sharpness(outputs).mean(),
            f"{split}_share_of_raw": sharpness(outputs).mean() / sharpness(images).mean(),
        }
    course = run.epochs["laplacian_variance"]
    last = course.iloc[-max(2, len(course) // 3) :]
    whole = row | measured | {
        "input_dependence": run.epochs["input_dependence"].iloc[-1],
        "dead_units": run.epochs["dead_units"].iloc[-1],
        "median_beta": run.history["beta"].median(),
        # Of the last third of epochs: flat is 1.
        "rise_of_blur_factor": last.iloc[-1] / last.iloc[0],
        "seconds": run.provenance["seconds"],
        "device": run.provenance["device"],
    }  # fmt: skip
    return whole, study_rows(evaluate(run, data))


def beside(profile_name: str, place: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a study's table holds besides the runs, the yardsticks, and the judge's calibration."""
    from aegan_lib import PROFILES, load
    from aegan_lib.evaluation.calibration import calibrated
    from aegan_lib.evaluation.frontier import study_rows
    from aegan_lib.evaluation.measuring import yardsticks

    data = load("faces", PROFILES[profile_name], place / "data", progress=False)
    return study_rows(yardsticks(data)), calibrated(data)


@click.command(help=__doc__)
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--profile", default="quick")
@click.option("--jobs", default=8)
@click.option("--minutes", default=8.0, help="No run is begun after these.")
@click.option("--place", default=Path(".cache/gpu"), type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path))
@click.option("--table", type=click.Path(path_type=Path), help="A study's table, written besides.")
def train(
    plan: Path, profile: str, jobs: int, minutes: float, place: Path, out: Path, table: Path | None
) -> None:
    """Train a plan's rows, in their order, several at a time."""
    from aegan_lib import PROFILES, load
    from aegan_lib.evaluation.calibration import believed

    began = time.monotonic()
    load("faces", PROFILES[profile], place / "data", progress=False)  # drawn once, for all
    click.echo(f"faces: {time.monotonic() - began:.0f} s")
    waiting = pd.read_csv(plan).to_dict("records")
    rows, tables = [], []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        # Minutes of a processor, while the card trains.
        besides = pool.submit(beside, profile, place) if table else None
        running: set[Future[tuple[Row, pd.DataFrame]]] = set()
        while waiting or running:
            late = time.monotonic() - began > 60 * minutes
            while waiting and len(running) < jobs and not late:
                running.add(pool.submit(trained, waiting.pop(0), profile, place))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    row, part = future.result()
                except Exception as error:  # the others go on
                    click.echo(f"failed: {type(error).__name__}: {error}"[:600])
                    continue
                rows.append(row)
                # A table has no place for settings of one's own: two of them would be averaged.
                if "/own/" in str(row["folder"]):
                    tables.append(part)
                name, seed, outcome = (row[said] for said in ("name", "seed", "outcome"))
                click.echo(f"{time.monotonic() - began:.0f} s: {name} {seed}, {outcome}")
            if rows:
                pd.DataFrame(rows).to_csv(out, index=False)
            # Where the judge cannot be believed, nothing of it is kept.
            if table and besides and tables and (besides.done() or not running):
                yardsticks, calibration = besides.result()
                believed(pd.concat([yardsticks, *tables]), calibration).to_csv(table, index=False)
            if late and not running:
                click.echo(f"out of time, {len(waiting)} not begun")
                break


if __name__ == "__main__":
    train()
