"""A run on disk: what was asked for, how it went, and the networks that came of it.

A run's folder is `<reports>/<dataset>-<profile>/<version>/seed-<n>/`, with `-jax` after the profile
where JAX computed it and `-bfloat16` where it computed in that:

    run.json        settings, provenance, outcome and a digest of every other file
    history.csv     one row a batch
    epochs.csv      metrics on validation faces, before training and after each epoch
    samples.npy     reconstructions of fixed validation faces, before training and after each epoch
    last.npz        the weights of encoder, decoder and discriminator after the last epoch
    best.npz        the same at the best epoch
    checkpoint.npz  while it is trained: all that it needs to go on; checkpoint.previous.npz: before

`run.json` is written last, in one move: a folder without it holds an unfinished run.
"""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from aegan_lib import backend
from aegan_lib.arrays import UnreadableError, open_regular, read_array, write_arrays
from aegan_lib.errors import UserError
from aegan_lib.images import to_bytes, to_floats
from aegan_lib.models import Models, apply, build_models, read_into, values
from aegan_lib.profiles import PRECISIONS, Profile
from aegan_lib.provenance import REPOSITORY, provenance
from aegan_lib.records import NAME, SEED, check_profile, check_run
from aegan_lib.store import damaged, read_record, replacing, seal
from aegan_lib.versions import Version, recorded

REPORTS = REPOSITORY / "reports"
CHECKPOINTS = ("checkpoint.npz", "checkpoint.previous.npz")  # the newest, and the one before
# The files of a run, and the most bytes that each may have: more than any that can be trained.
FILES = {
    "history.csv": 2**26,
    "epochs.csv": 2**26,
    "samples.npy": 2**31,
    "last.npz": 2**29,
    "best.npz": 2**29,  # left out where a run was made small
}
LINE = 4096  # bytes; no line of a table has as many


class OlderRunError(UserError):
    """A run that older code left, in files that are no longer read: like any of other code."""


def report_folder(reports: Path | str, dataset: str, profile: Profile) -> Path:
    """Where all runs on a dataset at a profile's size are kept.

    Those of each backend and precision apart: backends draw other initial weights from a seed, so
    that runs of two have nothing in common, and a page compares ways of weighing, nothing else.
    """
    suffix = "" if backend.NAME == "tensorflow" else f"-{backend.NAME}"
    suffix += "" if profile.precision == PRECISIONS[0] else f"-{profile.precision.split('_')[-1]}"
    return Path(reports) / f"{_named(dataset)}-{_named(profile.name)}{suffix}"


def run_folder(report: Path, version: str, seed: int) -> Path:
    if not SEED.fits(seed):  # as of names, before training
        raise UserError(f"A run's seed must be {SEED.expected}. Received: {seed!r:.80}.")
    return report / _named(version) / f"seed-{seed}"


def _named(name: str) -> str:
    # Before training: a record with another name would not be read afterwards.
    if not NAME.fits(name):
        raise UserError(
            "A folder of runs is named by dataset, profile and version. Expected: "
            f"{NAME.expected}. Received: {ascii(name)[:80]}. Rename it."
        )
    return name


def profile_models(profile: Profile, seed: int) -> Models:
    """The three networks at a profile's size, as they are before training.

    Raises:
        UserError: they would be larger than any that this library is for.
    """
    # The same limits before training as before loading: what can be trained can be loaded.
    try:
        check_profile(dataclasses.asdict(profile))
    except UnreadableError as error:
        raise UserError(f"There are no networks for these settings: {error}. Change it.") from error
    return build_models(
        profile.image_size, profile.filters, profile.latent_dim, seed, profile.precision
    )


@dataclass(frozen=True)
class Run:
    """A finished run. Images go in and come out as (n, h, w, 3) uint8."""

    folder: Path
    settings: dict[str, Any]
    provenance: dict[str, Any]
    outcome: str  # "complete", or "diverged at epoch e, batch b: …"
    at: Literal["last", "best"] = "last"  # which of its two sets of weights it works with

    @cached_property
    def version(self) -> Version:
        """What was trained, with the numbers that were used."""
        return recorded(self.settings["version"])

    @cached_property
    def profile(self) -> Profile:
        """How large it was trained, fitted to its data; its scales are in the version already."""
        return Profile(**self.settings["profile"])

    @property
    def seed(self) -> int:
        return self.settings["seed"]

    @property
    def began(self) -> datetime | None:
        """When its training began; None for one that was interrupted, or that does not say."""
        ended = self.provenance.get("ended")
        if ended is None or "resumed" in self.provenance:
            return None
        return datetime.fromisoformat(ended) - timedelta(seconds=self.provenance["seconds"])

    @property
    def diverged(self) -> bool:
        return self.outcome != "complete"

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row a batch, each column a raw value of that batch."""
        return self._table("history.csv", ("mse",))

    @property
    def state(self) -> dict[str, float]:
        """What the version's rule remembers after the last batch, by name; few rules do."""
        columns = self.history.filter(regex="^state_")
        return {name.removeprefix("state_"): float(columns[name].iloc[-1]) for name in columns}

    @cached_property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch, on validation faces; row 0 is before any training."""
        table = self._table("epochs.csv", ("epoch", "mse"))
        if not np.array_equal(table["epoch"], np.arange(len(table))):
            raise _damaged(self.folder, "epochs.csv does not count epochs from 0")
        if _trained_mse(table).isna().all():  # then none is the best
            raise _damaged(self.folder, "epochs.csv has no mse after any epoch")
        return table

    def _table(self, name: str, needed: Sequence[str]) -> pd.DataFrame:
        try:
            return _read_numbers(self.folder / name, needed)
        except (OSError, ValueError) as error:
            # What the reader of tables says may end with its line.
            raise _damaged(self.folder, f"{name}: {' '.join(str(error).split())}") from error

    @property
    def epoch(self) -> int:
        """How many epochs its weights were trained for."""
        best = _trained_mse(self.epochs).idxmin()
        return int(best if self.at == "best" else self.epochs["epoch"].iloc[-1])

    @property
    def best(self) -> "Run":
        """The same run at its best epoch: the trained one with the smallest validation mse."""
        return dataclasses.replace(self, at="best")

    @cached_property
    def samples(self) -> np.ndarray:
        """(epochs + 1, faces, h, w, 3) uint8: the first before any training."""
        size = self.profile.image_size
        path = self.folder / "samples.npy"
        try:
            samples = read_array(path, (("uint8",), (None, None, size, size, 3)))
        except UnreadableError as error:
            raise _damaged(self.folder, f"{path.name}: {error}") from error
        if not samples.size:
            raise _damaged(self.folder, f"{path.name} holds no picture")
        return samples

    @cached_property
    def models(self) -> Models:
        # Built as they were for training, so that the weights in the files find their layers.
        models = profile_models(self.profile, self.seed)
        path = self.folder / f"{self.at}.npz"
        try:
            read_into(models.weights(), path)
        except UnreadableError as error:
            raise _damaged(self.folder, f"{path.name}: {error}") from error
        return models

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Codes z, (n, latent_dim) float32 >= 0."""
        # Bytes outside, floats in [-1, 1] inside: (n, h, w, 3) -> (n, latent_dim).
        return apply(self.models.encoder, to_floats(images))

    def decode(self, z: np.ndarray) -> np.ndarray:
        return to_bytes(apply(self.models.decoder, z))

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        return self.decode(self.encode(images))

    def logits(self, images: np.ndarray) -> np.ndarray:
        """The discriminator's verdicts (n, 1); positive means "real"."""
        return apply(self.models.discriminator, to_floats(images))


def find_run(folder: Path) -> Run | None:
    """The finished run in `folder`, or None where there is none.

    Raises:
        UserError: a finished run's files are not those that were written; an OlderRunError if it
            is of older code.
    """
    # Written last, so without it there is no finished run, whatever else lies there. A link that
    # leads nowhere is something that lies there.
    record = folder / "run.json"
    if not os.path.lexists(record):
        return None
    # All of the folder may be a stranger's: nothing is looked for by what the record says.
    try:
        content = read_record(record)
        check_run(content)
    except UnreadableError as error:
        raise _damaged(folder, f"run.json: {error}") from error
    files = content["files"]
    if strange := files.keys() - FILES:
        raise _damaged(folder, f"run.json names {ascii(min(strange))[:80]}, which is no run's file")
    if lacking := [name for name in FILES if name not in files and name != "best.npz"]:
        raise OlderRunError(
            f"The run in {folder} was trained by older code and lacks {' and '.join(lacking)}. "
            "Expected: all files of a run. Delete that folder, or train everything again with "
            "FORCE=1."
        )
    if broken := damaged(folder, files, FILES):
        raise _damaged(folder, f"{', '.join(broken)} is not what was written")
    return Run(folder, content["settings"], content["provenance"], content["outcome"])


def _trained_mse(epochs: pd.DataFrame) -> pd.Series:
    # Row 0, before any training, counts only where there is no other: the run diverged at once.
    return epochs["mse"][1:] if len(epochs) > 1 else epochs["mse"]


def _read_numbers(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """A table of numbers, with these columns and whatever others."""
    with open_regular(path) as file:
        # A table of millions of columns would take far more memory than its file.
        while line := file.readline(LINE):
            if len(line) == LINE:
                raise UnreadableError(f"a line has {LINE:,} bytes or more")
        file.seek(0)
        table = pd.read_csv(file)
    # Where rows have more cells than the header, pandas takes the first ones for names of rows.
    if not isinstance(table.index, pd.RangeIndex):
        raise UnreadableError("a row has more cells than the header")
    if missing := [name for name in needed if name not in table]:
        raise UnreadableError(f"it lacks the column {missing[0]}")
    if not all(kind.kind in "iuf" for kind in table.dtypes):  # truths are none
        raise UnreadableError("it holds something else than numbers")
    return table


def _damaged(folder: Path, what: str) -> UserError:
    return UserError(
        f"The run in {folder} is damaged: {what}. "
        "Delete that folder, or train everything again with FORCE=1."
    )


def finish_run(
    folder: Path,
    settings: dict[str, Any],
    outcome: str,
    seconds: float,
    models: Models,
    resumed: Sequence[Mapping[str, Any]] = (),
) -> Run:
    """Save the networks, then seal the folder by writing its run.json."""
    with replacing(folder / "last.npz") as partial:
        write_arrays(partial, values(models.weights()))
    # Kept for a reader: unlike the settings, it does not decide whether the run is used again.
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    origin = {"seconds": round(seconds, 1), "ended": ended, **provenance()}
    if resumed:
        origin["resumed"] = list(resumed)
    content = {"settings": settings, "provenance": origin, "outcome": outcome}
    # Nothing else: a file that some program put there meanwhile is no part of the run.
    seal(folder / "run.json", content, FILES)
    for name in CHECKPOINTS:  # only now: up to here the run would have gone on from it
        (folder / name).unlink(missing_ok=True)
    return Run(folder, settings, origin, outcome)
