"""Can a code hold the faces? Code lengths against what they leave of sharpness.

    python benchmarks/code_lengths.py --profile quick --lengths "8 16 25 50 100"

Trains `autoencoder` and `weighted` with codes of every length and measures them on *validation*
faces beside a PCA with as many components. A code that holds all that varies in a face need not
blur, and leaves an adversary nothing to invent. Finished runs are kept, so it goes on where it was
stopped.
"""

import dataclasses
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import click
import pandas as pd

Row = dict[str, object]


def yardsticks(dataset: str, profile: str, lengths: list[int], place: Path) -> list[Row]:
    """Raw validation images, and PCA with each number of components: without any training."""
    from aegan_lib import PROFILES, load, metrics

    data = load(dataset, PROFILES[profile], place / "data", progress=False)
    train, images = data.train.images, data.validation.images
    raw = metrics.laplacian_variance(images).mean()
    rows: list[Row] = [{"version": "raw", "blur_factor": raw}]
    for length in lengths:
        outputs = metrics.pca_reconstruction(train, images, length)
        rows.append({
            "version": "pca",
            "latent_dim": length,
            "psnr": metrics.psnr(images, outputs).mean(),
            "blur_factor": metrics.laplacian_variance(outputs).mean(),
        })  # fmt: skip
    return rows


def measure(dataset: str, profile: str, version: str, length: int, seed: int, place: Path) -> Row:
    """Train one run and measure it; one thread, as in a report."""
    os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    from aegan_lib import PROFILES, load, metrics, train

    profiled = dataclasses.replace(PROFILES[profile], latent_dim=length)
    data = load(dataset, profiled, place / "data", progress=False)
    run = train(version, data, seed, place / f"code-{length}", progress=False)
    images = data.validation.images
    outputs = run.reconstruct(images)
    # Blur factors epoch by epoch: flat over the last third, or still rising?
    course = run.epochs["laplacian_variance"]
    return {
        "version": version,
        "latent_dim": length,
        "seed": seed,
        "psnr": metrics.psnr(images, outputs).mean(),
        "blur_factor": metrics.laplacian_variance(outputs).mean(),
        "blur_factor_at_two_thirds": course.iloc[round((len(course) - 1) * 2 / 3)],
        "dead_units": run.epochs["dead_units"].iloc[-1],
    }


@click.command(help=__doc__)
@click.option("--dataset", default="faces")
@click.option("--profile", default="quick")
@click.option("--lengths", default="8 16 25 50 100")
@click.option("--versions", default="autoencoder weighted")
@click.option("--seeds", default="0")
@click.option("--jobs", default=2)
@click.option("--place", default=Path(".cache/code_lengths"), type=click.Path(path_type=Path))
@click.option("--out", default=None, type=click.Path(path_type=Path), help="The table's file.")
def main(
    dataset: str, profile: str, lengths: str, versions: str, seeds: str, jobs: int,
    place: Path, out: Path | None,
) -> None:  # fmt: skip
    codes = [int(length) for length in lengths.split()]
    rows = yardsticks(dataset, profile, codes, place)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = [
            pool.submit(measure, dataset, profile, version, code, int(seed), place)
            for code in codes
            for version in versions.split()
            for seed in seeds.split()
        ]
        for future in as_completed(futures):
            rows.append(future.result())
            click.echo(rows[-1])
    table = pd.DataFrame(rows).sort_values(["latent_dim", "version", "seed"], na_position="first")
    table.insert(5, "share_of_raw", table["blur_factor"] / rows[0]["blur_factor"])
    path = out or Path(__file__).with_name(f"code_lengths_{profile}.csv")
    table.round(3).to_csv(path, index=False)
    click.echo(table.round(3).to_string(index=False))
    click.echo(path)


if __name__ == "__main__":
    main()
