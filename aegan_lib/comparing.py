"""Is a run what its record says, is it of today's code, and are two runs the same?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from aegan_lib import backend
from aegan_lib.errors import UserError
from aegan_lib.runs import FILES, Run, find_run
from aegan_lib.store import file_digest
from aegan_lib.training import code_of

TOLERANCE = 0.05  # of the validation mse after every epoch
# Of a run's settings, its code aside.
ASKED = ("version", "profile", "dataset", "seed", "start", "reference")
# What of a run's provenance decides how it is rounded.
CONDITIONS = ("commit", "lock", "packages", "processor", "device", "backend", "threads")


@dataclass(frozen=True)
class Finding:
    """What is known of one run's folder, or of one page."""

    path: Path
    state: Literal["whole", "drifted", "damaged", "unfinished"]
    said: str = ""
    run: Run | None = None  # where it can be used


@dataclass(frozen=True)
class Comparison:
    """How two runs relate; `said` is where they first differ."""

    outcome: Literal["identical", "within tolerance", "different"]
    said: str = ""


def verify_runs(path: Path) -> Iterator[Finding]:
    """Every run in `path`, a run's folder or one that holds several, held against its record."""
    # A folder with a history and no record is a run that is not finished.
    folders = sorted({file.parent for file in path.rglob("history.csv")})
    for folder in folders:
        try:
            run = find_run(folder)
        except UserError as error:
            yield Finding(folder, "damaged", str(error))
            continue
        if run is None:
            yield Finding(folder, "unfinished")
            continue
        trained_by = run.settings.get("backend", backend.NAME)  # older records do not say
        if trained_by != backend.NAME:
            said = f"trained by {trained_by}, whose code --backend {trained_by} looks at"
            yield Finding(folder, "whole", said, run)
            continue
        changed = _changed(run)
        yield Finding(folder, "drifted" if changed else "whole", changed, run)


def conditions(runs: list[Run]) -> dict[str, int]:
    """Of each condition that runs were not all trained under alike: how many there are."""
    kinds = {name: len({repr(run.provenance.get(name)) for run in runs}) for name in CONDITIONS} | {
        "data": len({repr(run.settings["dataset"]) for run in runs})
    }
    return {name: count for name, count in kinds.items() if count > 1}


def _changed(run: Run) -> str:
    """What of the code is not today's; empty if all of it is."""
    try:
        today = code_of(run.version)
    except UserError as error:
        return str(error)
    parts = {"code": "the training's code", "version_code": "the version's own code"}
    changed = [what for name, what in parts.items() if run.settings.get(name) != today[name]]
    return f"{' and '.join(changed)} changed since" if changed else ""


def compare(a: Run, b: Run) -> Comparison:
    """Whether two runs are the same to the byte, and if not, how far they went apart.

    Of other settings, another seed say, they are different however near their numbers are.
    """
    apart = [
        name
        for name in FILES
        if (a.folder / name).exists() != (b.folder / name).exists()
        or ((a.folder / name).exists() and not _same(a.folder / name, b.folder / name))
    ]
    if not apart:
        return Comparison("identical")
    other = [name for name in ASKED if a.settings.get(name) != b.settings.get(name)]
    if other:
        return Comparison("different", f"other settings: {', '.join(other)}")
    code = [
        name for name in ("code", "version_code") if a.settings.get(name) != b.settings.get(name)
    ]
    where = f"{'trained by other code; ' if code else ''}{_first_difference(a.history, b.history)}"
    where += f"; other bytes in {', '.join(apart)}"
    if len(a.epochs) != len(b.epochs) or len(a.history) != len(b.history):
        return Comparison("different", f"not of one length; {where}")
    # NaN beside NaN is no difference, and beside a number it is one.
    mse = a.epochs["mse"].to_numpy(float), b.epochs["mse"].to_numpy(float)
    near = np.isclose(*mse, rtol=TOLERANCE, atol=0, equal_nan=True)
    if near.all():
        return Comparison("within tolerance", where)
    epoch = int(np.argmin(near))
    return Comparison(
        "different", f"validation mse {mse[0][epoch]:.4g} and {mse[1][epoch]:.4g} after epoch "
        f"{epoch}; {where}",
    )  # fmt: skip


def _same(a: Path, b: Path) -> bool:
    return file_digest(a) == file_digest(b)


def _first_difference(a: pd.DataFrame, b: pd.DataFrame) -> str:
    rows = min(len(a), len(b))
    shared = [name for name in a.columns if name in b.columns]
    one, other = (table[shared][:rows].to_numpy(float) for table in (a, b))
    differs = ~((one == other) | (np.isnan(one) & np.isnan(other)))
    if not differs.any():
        return "the same history as far as both go"
    row, column = np.argwhere(differs)[0]
    # Runs that were made small kept the losses alone.
    where = f"batch {row + 1} of all"
    if {"epoch", "batch"} <= {*a}:
        # Numbers of a stranger's, who may have written NaN.
        where = f"epoch {a['epoch'][row] + 1:g}, batch {a['batch'][row] + 1:g}"
    return (
        f"first apart at {where}: {shared[column]} {one[row, column]:.9g} "
        f"and {other[row, column]:.9g}"
    )
