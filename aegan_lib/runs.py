"""A run on disk: what was asked for, how it went, and the networks that came of it.

A run's folder is `<reports>/<dataset>-<profile>/<version>/seed-<n>/`, with `-jax` after the profile
where JAX computed it:

    run.json        settings, provenance, outcome and a digest of every other file
    history.csv     one row a batch
    epochs.csv      metrics on validation faces, before training and after each epoch
    samples.npy     reconstructions of fixed validation faces, before training and after each epoch
    *.weights.h5    encoder, decoder, discriminator after the last epoch; best-*: at the best one

`run.json` is written last, in one move: a folder without it holds an unfinished run.
"""

import dataclasses
import json
import os
import platform
import subprocess
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from aegan_lib import backend
from aegan_lib.errors import UserError
from aegan_lib.images import to_bytes, to_floats
from aegan_lib.models import Models, apply, build_models
from aegan_lib.profiles import Profile
from aegan_lib.store import damaged, file_digest, seal
from aegan_lib.versions import Version, recorded

REPOSITORY = Path(__file__).resolve().parents[1]
REPORTS = REPOSITORY / "reports"


def report_folder(reports: Path | str, dataset: str, profile: str) -> Path:
    """Where all runs on a dataset at a profile's size are kept, those of each backend apart.

    Backends draw other initial weights from a seed, so that runs of two have nothing in common.
    """
    suffix = "" if backend.NAME == "tensorflow" else f"-{backend.NAME}"
    return Path(reports) / f"{dataset}-{profile}{suffix}"


def run_folder(report: Path, version: str, seed: int) -> Path:
    return report / version / f"seed-{seed}"


def profile_models(profile: Profile, seed: int) -> Models:
    """The three networks at a profile's size, as they are before training."""
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
    def diverged(self) -> bool:
        return self.outcome != "complete"

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row a batch, each column a raw value of that batch."""
        return pd.read_csv(self.folder / "history.csv")

    @cached_property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch, on validation faces; row 0 is before any training."""
        return pd.read_csv(self.folder / "epochs.csv")

    @property
    def epoch(self) -> int:
        """How many epochs its weights were trained for."""
        # Row 0, before any training, counts only where there is no other: the run diverged at once.
        trained = self.epochs["mse"][1:] if len(self.epochs) > 1 else self.epochs["mse"]
        return int(trained.idxmin() if self.at == "best" else self.epochs["epoch"].iloc[-1])

    @property
    def best(self) -> "Run":
        """The same run at its best epoch: the trained one with the smallest validation mse."""
        return dataclasses.replace(self, at="best")

    @cached_property
    def samples(self) -> np.ndarray:
        """(epochs + 1, faces, h, w, 3) uint8: the first before any training."""
        return np.load(self.folder / "samples.npy")

    @cached_property
    def models(self) -> Models:
        # Built as they were for training, so that the weights in the files find their layers.
        models = profile_models(self.profile, self.seed)
        for name, model in models.parts().items():
            prefix = "best-" if self.at == "best" else ""
            model.load_weights(self.folder / f"{prefix}{name}.weights.h5")
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
        UserError: a finished run's files are not those that were written.
    """
    # Written last, so without it there is no finished run, whatever else lies there.
    record = folder / "run.json"
    if not record.exists():
        return None
    # A record that cannot be read as one is as damaged as any other file that has changed.
    try:
        content = json.loads(record.read_text())
        broken = damaged(folder, content["files"])
        run = Run(folder, content["settings"], content["provenance"], content["outcome"])
    except (ValueError, KeyError, TypeError, AttributeError):
        broken = ["run.json"]
    if broken:
        raise UserError(
            f"The run in {folder} is damaged: {', '.join(broken)} is not what was written. "
            "Delete that folder, or train everything again with FORCE=1."
        )
    return run


def finish_run(
    folder: Path, settings: dict[str, Any], outcome: str, seconds: float, models: Models
) -> Run:
    """Save the networks, then seal the folder by writing its run.json."""
    for name, model in models.parts().items():
        model.save_weights(folder / f"{name}.weights.h5")
    # Kept for a reader: unlike the settings, it does not decide whether the run is used again.
    origin = {"seconds": round(seconds, 1), **provenance()}
    content = {"settings": settings, "provenance": origin, "outcome": outcome}
    seal(folder / "run.json", content)
    return Run(folder, settings, origin, outcome)


def provenance() -> dict[str, Any]:
    """Where and with what: git commit, digest of the lock file, package versions, machine."""
    packages = ("keras", *backend.chosen.PACKAGES, "numpy", "pandas", "opencv-python-headless")
    # Versions and threads, since both may change how sums are rounded, and so how training goes on.
    return {
        "commit": git_commit(),
        "lock": _lock_digest(),
        "python": platform.python_version(),
        "packages": {name: package_version(name) for name in packages},
        "platform": f"{platform.system()} {platform.machine()}",
        "device": ", ".join(backend.device_names()),
        "threads": backend.threads(),
        "cores": backend.cores(),
    }


def _lock_digest() -> str:
    """SHA-256 of requirements.lock, "unknown" for a library that was installed without it."""
    lock = REPOSITORY / "requirements.lock"
    return file_digest(lock) if lock.exists() else "unknown"


def git_commit() -> str:
    """The commit in work, "+ changes" where files differ from it, "unknown" outside of git."""
    # In a hook, git's own variables name another repository than the one where this file lies.
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(REPOSITORY), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment
        ).stdout.strip()

    # A library that was installed from an archive has no commit, and a machine may have no git.
    try:
        # Unpacked inside another repository it has none either: that one's says nothing of it.
        if Path(git("rev-parse", "--show-toplevel")).resolve() != REPOSITORY:
            return "unknown"
        commit = git("rev-parse", "--short=12", "HEAD")
        # New files count, even for a user who has told git not to show them.
        changes = git("status", "--porcelain", "--untracked-files=normal")
    except (OSError, ValueError, subprocess.CalledProcessError):
        return "unknown"
    return commit + (" + changes" if changes else "")
