"""What a report is asked to cover, checked before anything starts."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aegan_lib.datasets import find, report_name
from aegan_lib.errors import UserError, unknown_name
from aegan_lib.profiles import PROFILES, Profile
from aegan_lib.runs import run_folder
from aegan_lib.versions import VERSIONS, training_order


@dataclass(frozen=True)
class Selection:
    """What was asked for.

    Arguments:
        dataset: as it was asked for, with the path made absolute: notebooks run elsewhere.
        profile: fitted to the dataset once that is prepared.
        versions, seeds: of the runs, in the order of training.
        reports, data: the folders for what is made.
        crop, images: the part of each photograph, and the training images; empty and 0 where
            nothing was asked.
        name: the dataset's, safe as a part of a file name.
        title: the dataset as it was asked for, for a reader.
    """

    dataset: str
    profile: Profile
    versions: tuple[str, ...]
    seeds: tuple[int, ...]
    reports: Path
    data: Path
    crop: str
    images: int
    name: str
    title: str

    @property
    def folder(self) -> Path:
        return self.reports / f"{self.name}-{self.profile.name}"

    @property
    def runs(self) -> list[tuple[str, int]]:
        """Version and seed of every run, in the order of training."""
        return [(name, seed) for seed in self.seeds for name in self.versions]

    @property
    def page(self) -> Path:
        """The page's path; only the whole, every version with seed 0, is index.html."""
        parts = [] if set(self.versions) == set(VERSIONS) else list(self.versions)
        first, last = self.seeds[0], self.seeds[-1]
        if len(self.seeds) > 3 and self.seeds == tuple(range(first, last + 1)):
            parts += [f"seeds-{first}-to-{last}"]
        elif self.seeds != (0,):
            parts += [f"seed-{seed}" for seed in self.seeds]
        return self.folder / ("-".join(["index", *parts]) + ".html")

    def run_folder(self, version: str, seed: int) -> Path:
        return run_folder(self.reports, self.name, self.profile.name, version, seed)

    def common(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "crop": self.crop,
            "images": self.images,
            "profile": self.profile.name,
            "reports": str(self.reports),
            "data": str(self.data),
        }


def select(
    dataset: str,
    profile: str,
    versions: Sequence[str],
    seeds: Sequence[int],
    reports: Path,
    data: Path,
    crop: str = "",
    images: int | None = None,
) -> Selection:
    """What was asked for, checked; no versions means all of them, no images the profile's.

    Raises:
        UserError: a name is unknown, a seed negative, the dataset unusable, or a folder cannot be
            written.
    """
    if profile not in PROFILES:
        raise unknown_name("profile", profile, PROFILES)
    for name in versions:
        if name not in VERSIONS:
            raise unknown_name("version", name, VERSIONS)
    for seed in seeds:
        if seed < 0:
            raise UserError(f"A seed must be 0 or more. Received: {seed}.")
    for folder, setting in ((reports, "REPORTS=…, --reports"), (data, "DATA=…, --data")):
        _require_writable(folder, setting)
    chosen = [name for name in VERSIONS if name in versions or not versions]
    kind, _, path = dataset.partition(":")
    absolute = f"{kind}:{_absolute(path)}" if path else dataset
    images = images or 0
    source = find(absolute, PROFILES[profile], data.resolve(), crop, images)
    return Selection(
        dataset=absolute,
        profile=PROFILES[profile],
        versions=tuple(training_order(chosen)),
        seeds=tuple(dict.fromkeys(seeds)),
        reports=reports.resolve(),
        data=data.resolve(),
        crop=crop,
        images=images,
        name=report_name(source, PROFILES[profile], images),
        title=dataset,
    )


def _absolute(path: str) -> Path:
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:  # ~somebody who has no home here
        raise UserError(
            f"The dataset's path cannot be resolved: {error} Expected: a path that exists here. "
            f"Received: {path!r}."
        ) from error


def _require_writable(folder: Path, setting: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be written ({error.strerror}). "
            f"Make it writable or choose another one ({setting})."
        ) from error


def default_jobs(profile: Profile) -> int:
    """How many runs at a time: one a core, but one in all on a GPU or at the documents' size."""
    if shutil.which("nvidia-smi") or profile.image_size >= 80:
        return 1
    return min(4, cores())


def cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
