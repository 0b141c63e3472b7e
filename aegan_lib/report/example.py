"""Finished runs made small enough to be committed, so that a fresh clone has some to explore.

A small run is loaded like any other. What it lost is said in its run.json: weights are rounded,
histories keep the mse alone, samples a few faces, and the best epoch's weights are left out.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from aegan_lib.fingerprint import file_digest
from aegan_lib.report.probe import MANIFEST, WEIGHTS
from aegan_lib.runs import Run

LEVELS = 8  # to which one standard deviation of a weight matrix is rounded
COMPRESSED = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
FACES = 2  # of the samples after every epoch


def write_example(runs: Sequence[Run], probe: Path, target: Path) -> Path:
    """Small copies of `runs` and of the probe's folder in `target`, which holds nothing else.

    Everything is written beside it first and moved into place, whole.
    """
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for run in runs:
        _shrink_run(run, partial / "runs" / run.version / f"seed-{run.seed}")
    _shrink_probe(probe, partial / "probe")
    for name in ("runs", "probe"):
        shutil.rmtree(target / name, ignore_errors=True)
        target.mkdir(parents=True, exist_ok=True)
        (partial / name).replace(target / name)
    partial.rmdir()
    return target


def _shrink_run(run: Run, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in run.models.parts():
        round_weights(run.folder / f"{name}.weights.h5", folder / f"{name}.weights.h5")
    # Six digits give the schedule's slopes back; a recorded beta belongs to the whole history.
    run.history[["mse"]].to_csv(folder / "history.csv", index=False, float_format="%.6g")
    run.epochs.to_csv(folder / "epochs.csv", index=False, float_format="%.4g")
    np.save(folder / "samples.npy", run.samples[:, :FACES])
    _seal(
        folder / "run.json",
        {
            "settings": run.settings,
            "provenance": run.provenance
            | {"made_small": "weights rounded, history of mse alone, two sample faces"},
            "outcome": run.outcome,
            "files": {file.name: file_digest(file) for file in sorted(folder.iterdir())},
        },
    )


def _shrink_probe(probe: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    round_weights(probe / WEIGHTS, folder / WEIGHTS)
    content = json.loads((probe / MANIFEST).read_text())
    _seal(folder / MANIFEST, content | {"weights": file_digest(folder / WEIGHTS)})


def round_weights(source: Path, target: Path) -> None:
    """Copy a Keras weights file with every matrix in half precision, in steps of a power of two.

    A step is at most 1 / LEVELS of the matrix's standard deviation. Few values are left, which
    is what compresses; vectors, such as biases, are small and stay as they are.
    """
    with h5py.File(source) as old, h5py.File(target, "w", libver="latest") as new:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if not isinstance(item, h5py.Dataset):
                made: Any = new.require_group(name)
            elif item.ndim > 1 and item.dtype == np.float32:
                made = new.create_dataset(name, data=_rounded(item[()]), **COMPRESSED)
            else:
                made = new.create_dataset(name, data=item[()])
            made.attrs.update(item.attrs)

        new.attrs.update(old.attrs)
        old.visititems(copy)


def _rounded(weights: np.ndarray) -> np.ndarray:
    spread = float(weights.std())
    if not np.isfinite(spread) or spread == 0:
        return weights
    step = 2.0 ** np.floor(np.log2(spread / LEVELS))
    return (np.rint(weights / step) * step).astype(np.float16)


def _seal(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")
