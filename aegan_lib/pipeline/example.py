"""A finished report made small enough to be committed: its page, and runs to explore.

A small run is loaded like any other. What it lost is said in its run.json: weights are rounded,
histories keep the mse alone, samples a few faces, and the best epoch's weights are left out.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aegan_lib.arrays import write_arrays
from aegan_lib.errors import UserError
from aegan_lib.evaluation.probe import RECORD, WEIGHTS
from aegan_lib.figures.showing import encoded
from aegan_lib.figures.versions import versions_figure
from aegan_lib.page.browser import require_browser, write_screenshot
from aegan_lib.pipeline.build import write_alone
from aegan_lib.pipeline.request import Request
from aegan_lib.plan import plan
from aegan_lib.runs import Run, find_run
from aegan_lib.store import seal
from aegan_lib.versions import GROUPS, training_order

LEVELS = 6  # to which one standard deviation of a weight matrix is rounded
FACES = 2  # of the samples after every epoch
SEEDS: tuple[int, ...] = tuple(plan()["seeds"]["judged"][:3])  # of the page
EXPLORED_SEED = SEEDS[-1]  # of the runs
EXPLORED = training_order(
    [
        *("autoencoder", "gan", "v1", "v4", "v5"),
        *GROUPS["frontier"],
        *plan()["study"]["tuning"]["values"],
    ]
)
"""Whose runs are kept for notebooks/explore.ipynb: the documents' versions, the fixed weights that
its slider goes along, and the rules that were tuned to be held against them."""


def write_example(request: Request, target: Path) -> Path:
    """The page of a finished report, small copies of its runs and its probe, and pictures of it.

    Raises:
        UserError: the report or a run to explore is not finished, or there is no browser to take
            the picture with.
    """
    # Asked first: all else would have been written in vain.
    require_browser()
    explored = {name: find_run(request.run_folder(name, EXPLORED_SEED)) for name in EXPLORED}
    if missing := [name for name, run in explored.items() if run is None]:
        raise UserError(
            f"An example needs finished runs to explore, of seed {EXPLORED_SEED}. Missing: "
            f"{', '.join(missing)}. Train them with `make report SEEDS={EXPLORED_SEED} "
            f'VERSIONS="{" ".join(EXPLORED)}"`.'
        )
    write_alone(request, target / "index.html")
    write_screenshot(target / "index.html", target / "page.webp")
    runs = [find_run(request.run_folder(name, SEEDS[0])) for name in request.versions]
    finished = [run for run in runs if run]
    test = request.load().test
    (target / "versions.webp").write_bytes(encoded(versions_figure(finished, test)))
    return write_small([run for run in explored.values() if run], request.probe, target)


def write_small(runs: Sequence[Run], probe: Path, target: Path) -> Path:
    """Small copies of `runs` and of the probe's folder in `target`, whose page is left alone.

    Everything is written beside it first and moved into place, whole.
    """
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for run in runs:
        _shrink_run(run, partial / "runs" / run.version.name / f"seed-{run.seed}")
    _shrink_probe(probe, partial / "probe")
    # Each folder is exchanged as a whole, so that old runs do not stay among the new ones.
    for name in ("runs", "probe"):
        shutil.rmtree(target / name, ignore_errors=True)
        target.mkdir(parents=True, exist_ok=True)
        (partial / name).replace(target / name)
    partial.rmdir()
    return target


def _shrink_run(run: Run, folder: Path) -> None:
    # The files of any other run, so that `find_run` needs to know nothing of small ones.
    folder.mkdir(parents=True)
    round_weights(run.folder / "last.npz", folder / "last.npz")
    # Six digits give the schedule's slopes back; a recorded beta belongs to the whole history.
    run.history[["mse"]].to_csv(folder / "history.csv", index=False, float_format="%.6g")
    run.epochs.to_csv(folder / "epochs.csv", index=False, float_format="%.4g")
    np.save(folder / "samples.npy", run.samples[:, :FACES])
    # Said in the record: settings stay what the run was trained with, so they do not say it.
    lost = {"made_small": "weights rounded, history of mse alone, two sample faces"}
    content = {
        "settings": run.settings,
        "provenance": run.provenance | lost,
        "outcome": run.outcome,
    }
    seal(folder / "run.json", content)


def _shrink_probe(probe: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    round_weights(probe / WEIGHTS, folder / WEIGHTS)
    # The old digests are replaced by those of the rounded files.
    seal(folder / RECORD, json.loads((probe / RECORD).read_text()))


def round_weights(source: Path, target: Path) -> None:
    """Copy a file of weights with every matrix in half precision, in steps of a power of two.

    A step is at most 1 / LEVELS of the matrix's standard deviation. Few values are left, which
    is what compresses; vectors, such as biases, are small and stay as they are.
    """
    weights = np.load(source)
    write_arrays(
        target, {n: _rounded(weights[n]) if weights[n].ndim > 1 else weights[n] for n in weights}
    )


def _rounded(weights: np.ndarray) -> np.ndarray:
    # A matrix of one value, or of none that is finite, has no scale to be rounded by.
    spread = float(weights.std())
    if not np.isfinite(spread) or spread == 0:
        return weights
    # Half precision holds whole numbers up to 2048 times a power of two exactly: all that is lost
    # is lost by rounding to the step.
    step = 2.0 ** np.floor(np.log2(spread / LEVELS))
    return (np.rint(weights / step) * step).astype(np.float16)
