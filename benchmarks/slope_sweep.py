"""Choose v4_quiet's slope scale for a profile: the largest that stays close to the autoencoder.

    python benchmarks/slope_sweep.py --profile quick --scales "5e-7 1e-6 2e-6 5e-6"

Trains `autoencoder`, and `v4_quiet` at every scale, for three seeds, and writes their PSNR on
*validation* faces. Chosen is the largest scale of 1, 2, 5 × 10ᵏ with which every seed stays
within 4 dB of the autoencoder of the same seed: for stability, not for sharpness.
"""

import dataclasses
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import click
import pandas as pd

LIMIT = 4.0  # dB that v4_quiet may stay behind the autoencoder


def measure(profile: str, version: str, scale: float, seed: int, place: Path) -> dict[str, object]:
    """Train one run and measure it on validation faces; one thread, as in a report."""
    os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    from aegan_lib import PROFILES, load, metrics, train

    scaled = dataclasses.replace(PROFILES[profile], slope_scale=scale)
    faces = load("faces", scaled, place / "data", progress=False)
    run = train(version, faces, seed, place / f"{version}-{scale:g}", progress=False)
    images = faces.validation.images
    outputs = run.reconstruct(images)
    return {
        "profile": profile,
        "version": version,
        "slope_scale": scale if version == "v4_quiet" else float("nan"),
        "seed": seed,
        "validation_psnr": round(float(metrics.psnr(images, outputs).mean()), 2),
        "validation_laplacian_variance": round(float(metrics.laplacian_variance(outputs).mean())),
        "median_beta": float(f"{run.history['beta'].median():.3g}"),
    }


@click.command(help=__doc__)
@click.option("--profile", default="quick")
@click.option("--scales", default="5e-7 1e-6 2e-6 5e-6 1e-5")
@click.option("--seeds", default="0 1 2")
@click.option("--jobs", default=2)
@click.option("--place", default=Path(".cache/slope_sweep"), type=click.Path(path_type=Path))
def main(profile: str, scales: str, seeds: str, jobs: int, place: Path) -> None:
    settings = [("autoencoder", 0.0), *(("v4_quiet", float(scale)) for scale in scales.split())]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = [
            pool.submit(measure, profile, version, scale, int(seed), place)
            for version, scale in settings
            for seed in seeds.split()
        ]
        rows = []
        for future in futures:
            rows.append(future.result())
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    limit = table[table["version"] == "autoencoder"].set_index("seed")["validation_psnr"] - LIMIT
    table["within_limit"] = table["validation_psnr"] >= table["seed"].map(limit)
    path = Path(__file__).with_name(f"slope_sweep_{profile}.csv")
    table.to_csv(path, index=False)
    stable = table[table["version"] == "v4_quiet"].groupby("slope_scale")["within_limit"].all()
    print(path)
    print(f"largest stable scale: {stable[stable].index.max():g}")


if __name__ == "__main__":
    main()
