"""Which judge of realism can be believed: `python benchmarks/judges.py --profile quick`.

Calibrates every candidate by the ordering in `reports/plan.toml` on drawn faces, or with
`--variants` what was tried on the way to them. Writes `benchmarks/judges_<profile>.csv` with every
distance, `…_failed.csv` with the pairs that a judge has in the wrong order in any draw, and
`…_grain.csv`, which the plan does not ask for: what noise over a blur does to a distance.
"""

import dataclasses
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from aegan_lib import PROFILES, load, load_probe
from aegan_lib.dataset import SPLITS, Dataset
from aegan_lib.evaluation.calibration import calibrate, ordered_pairs, verdict
from aegan_lib.evaluation.degradations import TrainingFaces, degrade
from aegan_lib.evaluation.judges import Judge, Reference, reference_faces
from aegan_lib.evaluation.judges.patches import patches, principal_axes

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from benchmarks.candidates import CANDIDATES  # noqa: E402
from benchmarks.candidates.classifier import classifier  # noqa: E402

DIRECTIONS = 128  # of the variants whose directions are random


def mixtures(patches: np.ndarray) -> np.ndarray:
    """Random directions (d, DIRECTIONS) among the principal axes, each scaled to vary by 1."""
    axes = principal_axes(patches)
    return axes @ _random(len(axes))


def coloured(patches: np.ndarray) -> np.ndarray:
    """Random directions of patches in which each colour is scaled to vary by 1, as in 2017."""
    scales = patches.reshape(-1, 3).std(axis=0)
    return _random(patches.shape[1]) / np.resize(scales, patches.shape[1])[:, None]


def _random(count: int) -> np.ndarray:
    directions = np.random.default_rng(0).standard_normal((count, DIRECTIONS))
    return directions / np.linalg.norm(directions, axis=0)


# What was tried and is not used; the candidates' own names are the plan's.
VARIANTS: dict[str, Callable[[Reference], Judge]] = {
    "patches: random colours": partial(patches, directions=coloured, joint=False),
    "patches: random mixtures": partial(patches, directions=mixtures),
    "classifier: no repeats": partial(classifier, repeats=0),
}
GRAINS = {"blur": [1.0, 2.0], "pca": [25]}, [4, 8]  # beneath, and noise on top


def grain(judges: dict[str, Judge], faces: Dataset, count: int, train: np.ndarray) -> pd.DataFrame:
    """What each judge says of degraded faces with noise on top: judge, set, noise, distance."""
    (beneath, noises), known = GRAINS, TrainingFaces(train)
    sets = degrade(np.asarray(faces.test.images[:count]), beneath, known)
    rows = []
    for name, images in sets.items():
        noisy = degrade(images, {"noise": noises}, known)
        for noise, made in zip([0, *noises], noisy.values(), strict=True):
            rows += [(judge, name, noise, distance(made)) for judge, distance in judges.items()]
    return pd.DataFrame(rows, columns=["judge", "set", "noise", "distance"])


@click.command(help=__doc__)
@click.option("--profile", default="quick")
@click.option("--counts", default="", help="Other numbers of faces: train, validation, test.")
@click.option("--only", multiple=True, help="A judge's name; without it, all of them.")
@click.option("--variants", is_flag=True, help="What was tried on the way, instead.")
@click.option("--data", default=ROOT / "data", type=click.Path(path_type=Path))
@click.option("--place", default=Path(".cache/judges"), type=click.Path(path_type=Path))
def main(
    profile: str,
    counts: str,
    only: tuple[str, ...],
    variants: bool,
    data: Path,
    place: Path,
) -> None:
    plan = tomllib.loads((ROOT / "reports" / "plan.toml").read_text())["calibration"]
    pairs = ordered_pairs(plan["ordering"])
    asked = PROFILES[profile]
    if counts:
        numbers = dict(zip(SPLITS, map(int, counts.split()), strict=True))
        asked = dataclasses.replace(asked, **dict[str, Any](numbers))
    faces = load("faces", asked, data, progress=False)
    known = VARIANTS if variants else CANDIDATES
    builders = {name: build for name, build in known.items() if not only or name in only}
    # Only one of them sees with a probe, which takes a while to train.
    folder = place / f"probe-{asked.image_size}px-{asked.train}"
    probe = load_probe(faces, folder, progress=False) if "kernel" in builders else None
    reference = reference_faces(faces, probe)
    judges = {name: build(reference) for name, build in builders.items()}

    distances = calibrate(judges, faces, plan, reference.faces)
    print(distances.pivot_table(
        index="set", columns="judge", values="distance", sort=False
    ).to_string(float_format="%.3g"))  # fmt: skip
    rows, failed = [], []
    for judge, table in distances.groupby("judge", sort=False):
        found = verdict(table, pairs)
        rows.append({
            "judge": judge,
            "in order, mean": f"{found.in_mean:.1%}",
            "in order, worst draw": f"{found.in_worst_draw:.1%}",
            "passes": "yes" if found.passes else "no",
            # The median: the first set also pays for what chance does.
            "s a set": f"{table['seconds'].median():.2f}",
            "wrong in the mean": "; ".join(" < ".join(pair) for pair in found.wrong) or "none",
        })  # fmt: skip
        failed += [
            (judge, *pair, pair in found.wrong, draws)
            for pair, draws in found.wrong_somewhere.items()
        ]
    grains = grain(judges, faces, plan["faces"], reference.faces)

    # Of this many faces a tenth digit says nothing, and the file is for reading.
    name = f"judges_{profile}_variants" if variants else f"judges_{profile}"
    columns = ["judge", "more_real", "less_real", "wrong_in_mean", "wrong_in_draws"]
    for part, table in {
        "": distances.drop(columns="seconds"),
        "_failed": pd.DataFrame(failed, columns=columns),
        "_grain": grains,
    }.items():
        path = Path(__file__).with_name(f"{name}{part}.csv")
        table.to_csv(path, index=False, float_format="%.4g")
    print(grains.pivot_table(
        index=["set", "noise"], columns="judge", values="distance", sort=False
    ).to_string(float_format="%.3g"))  # fmt: skip
    print(f"{len(pairs)} pairs, {plan['draws']} draws of {plan['faces']} faces, {faces.said()}")
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
