"""What an accelerator is for: rates of the step beside PyTorch's, and many runs at once.

    python benchmarks/gpu.py rates --out rates.csv
    python benchmarks/gpu.py train plan.csv --out runs --jobs 12 --minutes 8

`rates` measures images a second of the training step in one run, interleaved, and the chip's
matrix products beside it. `train` trains the rows of a plan (version, seed, latent_dim, beta,
learning_rate_scale, slope_scale; empty is the profile's or the version's own) side by side, and
writes a row of results as each run ends; finished runs are kept, so it goes on where it stopped.
Tried at smoke size on a processor as well.
"""

import dataclasses
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np
import pandas as pd

Row = dict[str, object]
Timed = Callable[[], int]  # does some work, waits for its end, and says how many images it were
os.environ.setdefault("AEGAN_BACKEND", "jax")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # several share the memory


@click.group(help=__doc__)
def cli() -> None: ...


# ── Rates ──────────────────────────────────────────────────────────────────────────────────────


def operations(profile_name: str) -> float:
    """Floating-point operations of one training step per image, convolutions and products only."""
    from aegan_lib.profiles import PROFILES
    from aegan_lib.runs import profile_models

    forward: dict[str, list[float]] = {}
    for name, model in profile_models(PROFILES[profile_name], 0).parts().items():
        forward[name] = []
        for layer in model.layers:
            if not layer.weights:
                continue
            kernel = layer.weights[0].shape
            # A kernel is applied at every place of its output; a transposed one of its input.
            transposed = "Transpose" in type(layer).__name__
            places = layer.input.shape if transposed else layer.output.shape
            forward[name].append(2.0 * np.prod(kernel) * np.prod(places[1:-1]))
    generator = forward["encoder"] + forward["decoder"]
    judge = forward["discriminator"]
    # Forward, gradients of weights and of inputs; the first layer's input needs none.
    trained = 3 * sum(generator) - generator[0] + 3 * sum(judge) - judge[0]
    return trained + 2 * sum(judge)  # judging for the generator: forward, gradients of inputs


def ours(profile_name: str, precision: str, batches: int, images: np.ndarray) -> Timed:
    import jax

    from aegan_lib import PROFILES, VERSIONS, backend
    from aegan_lib.backend import ops
    from aegan_lib.runs import profile_models
    from aegan_lib.step import make_step

    bfloat16 = precision == "bfloat16"
    profile = dataclasses.replace(
        PROFILES[profile_name], precision="mixed_bfloat16" if bfloat16 else "float32"
    )
    models = profile_models(profile, 0)
    steps = make_step(models, VERSIONS["weighted"].loss, 1e-4, seed=0, many=True)
    on_device = ops.convert_to_tensor(images)
    rng = np.random.default_rng(0)
    weights = [np.full(batches, weight, np.float32) for weight in (1, 0.005)]
    index = np.arange(batches)

    def run() -> int:
        chosen = rng.integers(0, len(images), (batches, profile.batch_size))
        # Part of what a step is compiled for: rows of other precisions do not touch it.
        with jax.default_matmul_precision("tensorfloat32" if precision == "tf32" else "highest"):
            measured = steps(on_device, chosen, *weights, index)
        assert np.isfinite(np.asarray(measured["mse"])).all()
        return chosen.size

    assert backend.NAME == "jax"
    return run


def pytorch(profile_name: str, how: str, batches: int, images: np.ndarray) -> Timed:
    import torch
    from torch_step import make_step

    from aegan_lib import PROFILES

    device = "cuda" if torch.cuda.is_available() else "cpu"
    profile = PROFILES[profile_name]
    step = make_step(profile, device, "bfloat16" in how, "compiled" in how, "graph" in how)
    on_device = torch.from_numpy(images).to(device)
    rng = torch.Generator().manual_seed(0)

    def run() -> int:
        # PyTorch's convolutions take TF32 unless they are told not to.
        torch.backends.cudnn.allow_tf32 = "tf32" in how
        chosen = torch.randint(len(images), (batches, profile.batch_size), generator=rng).to(device)
        recorded = torch.stack([step(on_device[places]) for places in chosen])
        assert bool(torch.isfinite(recorded.cpu()).all())
        return chosen.numel()

    return run


def matrix_product(precision: str, size: int) -> Timed:
    """Gives 1,000 operations for an image, so that the rate is in kFLOP/s."""
    import jax
    import jax.numpy as jnp

    kind = jnp.bfloat16 if precision == "bfloat16" else jnp.float32
    a, b = (jax.random.normal(jax.random.key(i), (size, size), kind) for i in range(2))
    how = {"float32": "highest", "tf32": "tensorfloat32", "bfloat16": "default"}[precision]
    product = jax.jit(lambda a, b: jnp.matmul(a, b, precision=how))

    def run() -> int:
        for _ in range(10):
            c = product(a, b)
        c.block_until_ready()
        return 10 * 2 * size**3 // 1000

    return run


@cli.command()
@click.option("--profiles", default="quick full")
@click.option("--batches", default="200 20", help="Steps in one measurement, for each profile.")
@click.option("--rounds", default=5)
@click.option("--size", default=8192, help="Of the matrices that are multiplied.")
@click.option("--out", required=True, type=click.Path(path_type=Path))
def rates(profiles: str, batches: str, rounds: int, size: int, out: Path) -> None:
    """Images a second, all rows interleaved in one run; medians."""
    rows: list[Row] = []

    def measure(profile: str, made: dict[str, Timed]) -> None:
        seconds: dict[str, list[float]] = {name: [] for name in made}
        work = {}
        for _ in range(rounds):
            for name, run in made.items():
                began = time.perf_counter()
                work[name] = run()
                seconds[name].append(time.perf_counter() - began)
        for name, times in seconds.items():
            rows.append({
                "profile": profile, "what": name,
                "per_second": work[name] / statistics.median(times),
                "slowest_over_fastest": max(times) / min(times),
                "operations_per_image": 1000 if profile == "matrix" else operations(profile),
            })  # fmt: skip
            click.echo(rows[-1])
        pd.DataFrame(rows).to_csv(out, index=False)

    def prepared(name: str, make: Callable[[], Timed]) -> dict[str, Timed]:
        began = time.perf_counter()
        try:
            run = make()
            run()  # compiles
        except Exception as error:  # one that does not run there is left out and named
            click.echo(f"{name}: {type(error).__name__}: {error}"[:400])
            return {}
        click.echo(f"{name}: ready in {time.perf_counter() - began:.0f} s")
        return {name: run}

    products: dict[str, Timed] = {}
    for kind in ("float32", "tf32", "bfloat16"):
        products |= prepared(kind, partial(matrix_product, kind, size))
    measure("matrix", products)
    for profile, steps in zip(profiles.split(), map(int, batches.split()), strict=True):
        from aegan_lib import PROFILES

        pixels = PROFILES[profile].image_size
        images = np.random.default_rng(0).integers(0, 256, (4096, pixels, pixels, 3), np.uint8)
        made: dict[str, Timed] = {}
        for precision in ("float32", "tf32", "bfloat16"):
            made |= prepared(
                f"ours, {precision}",
                partial(ours, profile, precision, steps, images),
            )
        if find_spec("torch"):
            ways = [
                f"{how} {precision}"
                for how in ("eager", "compiled", "graph")
                for precision in ("float32", "tf32", "bfloat16")
            ]
            for how in ways:
                made |= prepared(
                    f"PyTorch, {how}",
                    partial(pytorch, profile, how, steps, images),
                )
        measure(profile, made)


# ── Runs ───────────────────────────────────────────────────────────────────────────────────────


def trained(row: Row, profile_name: str, place: Path) -> Row:
    """Train one row of the plan and measure it on validation and test images."""
    from aegan_lib import PROFILES, VERSIONS, load, metrics, train

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
    settings = "-".join(f"{name}={value:g}" for name, value in own.items()) or "own"
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
    return row | measured | {
        "input_dependence": run.epochs["input_dependence"].iloc[-1],
        "dead_units": run.epochs["dead_units"].iloc[-1],
        "median_beta": run.history["beta"].median(),
        # Of the last third of epochs: flat is 1.
        "rise_of_blur_factor": last.iloc[-1] / last.iloc[0],
        "seconds": run.provenance["seconds"],
        "device": run.provenance["device"],
    }  # fmt: skip


@cli.command()
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--profile", default="quick")
@click.option("--jobs", default=8)
@click.option("--minutes", default=8.0, help="No run is begun after these.")
@click.option("--place", default=Path(".cache/gpu"), type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path))
def train(plan: Path, profile: str, jobs: int, minutes: float, place: Path, out: Path) -> None:
    """Train a plan's rows, in their order, several at a time."""
    from aegan_lib import PROFILES, load

    began = time.monotonic()
    load("faces", PROFILES[profile], place / "data", progress=False)  # drawn once, for all of them
    click.echo(f"faces: {time.monotonic() - began:.0f} s")
    waiting = pd.read_csv(plan).to_dict("records")
    rows = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running: set[Future[Row]] = set()
        while waiting or running:
            late = time.monotonic() - began > 60 * minutes
            while waiting and len(running) < jobs and not late:
                running.add(pool.submit(trained, waiting.pop(0), profile, place))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    rows.append(future.result())
                except Exception as error:  # the others go on
                    click.echo(f"failed: {type(error).__name__}: {error}"[:600])
                    continue
                click.echo(f"{time.monotonic() - began:.0f} s: {rows[-1]}")
                pd.DataFrame(rows).to_csv(out, index=False)
            if late and not running:
                click.echo(f"out of time, {len(waiting)} not begun")
                break


if __name__ == "__main__":
    cli()
