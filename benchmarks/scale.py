"""What the study costs at the documents' size, and how that grows: docs/scale.md.

    python benchmarks/scale.py

Operations are counted from the networks, hours come of the rates that speed.json (two processor
cores) and gpu_rates.csv (one accelerator) hold, storage from what a run keeps. Nothing is trained.
"""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import click
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.written import put_between  # noqa: E402

BENCHMARKS = ROOT / "benchmarks"
BEGIN, END = "<!-- scale: written by benchmarks/scale.py -->", "<!-- scale: end -->"
ROW = 207  # bytes of a history's row, in a run of weighted at quick; the rules have a few more
SAMPLES = 8  # faces after every epoch
SEEDS = 8  # of the plan's study
MANY = 128  # accelerators, for the last table
Row = dict[str, object]


def rates() -> dict[str, float]:
    """Machine and precision -> images a second of the training step of `full`."""
    ours = pd.read_csv(BENCHMARKS / "gpu_rates.csv").query("profile == 'full' and what == 'ours'")
    card = {
        f"one H200, {p}": r for p, r in zip(ours.precision, ours.images_per_second, strict=True)
    }
    rows = json.loads((BENCHMARKS / "speed.json").read_text())["rows"]
    cores = {
        f"two processor cores, {row['precision']}": row["images_per_second"]
        for row in rows
        if row["shape"] == "full" and row["what"] == "ours, TensorFlow"
    }
    return cores | card


def weights(profile: Any) -> int:
    """Numbers in all networks of a run."""
    from aegan_lib.runs import profile_models

    return sum(model.count_params() for model in profile_models(profile, 0).parts().values())


def kept(profile: Any) -> float:
    """Bytes of a finished run: two sets of weights, the history, faces after every epoch."""
    history = ROW * profile.epochs * profile.batches_per_epoch
    samples = SAMPLES * (profile.epochs + 1) * profile.image_size**2 * 3
    return 2 * 4 * weights(profile) + history + samples


def hours(profile: Any, rate: float) -> float:
    """Of one run, at so many images a second."""
    return profile.train * profile.epochs / rate / 3600


def written(table: list[Row]) -> str:
    names = [*table[0]]
    lines = [" | ".join(names), "|".join(["---"] + ["---:"] * (len(names) - 1))]
    lines += [" | ".join(str(row[name]) for name in names) for row in table]
    return "\n".join(f"| {line} |" if "---" not in line else f"|{line}|" for line in lines)


def said(number: float) -> str:
    """At most three digits, and thousands told apart."""
    return f"{float(f'{number:.2g}' if number < 1 else f'{number:.3g}'):,g}"


def tables() -> str:
    from aegan_lib import PROFILES, VERSIONS
    from benchmarks.speed import operations

    full, versions = PROFILES["full"], len(VERSIONS)
    runs = versions * SEEDS
    images = full.train * full.epochs
    per_image = operations(full)
    parts = [
        f"A run of `full`: {full.train:,} images, {full.epochs} epochs, "
        f"{per_image / 1e6:,.0f} million operations an image, {images * per_image:.2g} in "
        f"all; {weights(full) / 1e6:.1f} million weights, {kept(full) / 2**20:,.0f} MiB kept. The "
        f"study: all {versions} versions with the plan's {SEEDS} seeds, {runs} runs, "
        f"{runs * kept(full) / 2**30:,.0f} GiB.",
        written(
            [
                {
                    "measured rate": what,
                    "images a second": said(rate),
                    "a run (hours)": said(hours(full, rate)),
                    "the study (days of one machine)": said(runs * hours(full, rate) / 24),
                    f"of {MANY} machines (hours)": said(-(-runs // MANY) * hours(full, rate)),
                }
                for what, rate in rates().items()
            ]
        ),
        "### With seeds and versions",
        "Every run stands alone, or waits for one other: machines share them without loss until "
        "there are as many as runs. Device hours on one H200 in float32, at `full`:",
        written(
            [
                {"versions": number}
                | {
                    f"{seeds} seed{'s' * (seeds > 1)}": said(
                        number * seeds * hours(full, rates()["one H200, float32"])
                    )
                    for seeds in (1, 3, SEEDS, 20)
                }
                for number in (1, 14, versions, 100)
            ]
        ),
        "### With the size of an image",
        "The same filters, batches, epochs and images as `full`; a code of the same share of a "
        "picture's numbers. The hours take for granted that operations go as fast as at 80 pixels.",
        written([sized(full, size, per_image) for size in (20, 40, 80, 160, 320)]),
    ]
    return "\n\n".join(parts)


def sized(full: Any, size: int, per_image: float) -> Row:
    """How much a run of `full` would take with images of `size` pixels."""
    from benchmarks.speed import operations

    latent = round(full.latent_dim * size**2 / full.image_size**2)
    profile = dataclasses.replace(full, image_size=size, latent_dim=latent)
    growth = operations(profile) / per_image
    rate = rates()["one H200, float32"] / growth
    return {
        "pixels": size,
        "operations an image (millions)": said(operations(profile) / 1e6),
        "over 80 pixels'": said(growth),
        "weights (millions)": said(weights(profile) / 1e6),
        "kept (MiB)": said(kept(profile) / 2**20),
        "a run on one H200, float32 (hours)": said(hours(profile, rate)),
    }


@click.command(help=__doc__)
def main() -> None:
    put_between(ROOT / "docs" / "scale.md", BEGIN, END, tables())


if __name__ == "__main__":
    main()
