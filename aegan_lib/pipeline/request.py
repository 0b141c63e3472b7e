"""What a report is asked to cover, parsed once and checked before anything starts."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aegan_lib.dataset import Dataset
from aegan_lib.datasets import DATA, find, prepared, run_name
from aegan_lib.datasets.provider import Provider
from aegan_lib.errors import UserError
from aegan_lib.extras import read_versions
from aegan_lib.profiles import Profile, profile_named
from aegan_lib.runs import REPORTS, report_folder, run_folder
from aegan_lib.versions import VERSIONS, training_order, version_named


@dataclass(frozen=True)
class Request:
    """What was asked for; `parse` makes one.

    Arguments:
        dataset: as it was asked for, with the path made absolute: notebooks run elsewhere.
        title: the dataset as it was asked for, for a reader.
        profile: how large everything is run, before it is fitted to the dataset.
        versions, seeds: of the runs, in the order of training.
        reports, data: the folders for what is made.
        crop, images: the part of each photograph, and the training images; empty and 0 where
            nothing was asked.
        extra: a file with further versions, if there is one.
        provider: the images that were found.
    """

    dataset: str
    title: str
    profile: Profile
    versions: tuple[str, ...]
    seeds: tuple[int, ...]
    reports: Path
    data: Path
    crop: str
    images: int
    extra: Path | None
    provider: Provider = field(repr=False, compare=False)

    @property
    def folder(self) -> Path:
        """Where the runs and pages of this dataset and profile are."""
        # The provider's name tells the crop; an unusual number of images is added to it.
        name = run_name(self.provider, self.profile, self.images)
        return report_folder(self.reports, name, self.profile.name)

    @property
    def probe(self) -> Path:
        """The folder of the probe that reads all of them."""
        return self.folder / "probe"

    @property
    def runs(self) -> list[tuple[str, int]]:
        """Version and seed of every run, in the order of training."""
        return [(name, seed) for seed in self.seeds for name in self.versions]

    def run_folder(self, version: str, seed: int) -> Path:
        return run_folder(self.folder, version, seed)

    @property
    def page(self) -> Path:
        """The page's path; only the whole, every version with seed 0, is index.html."""
        return self._made("index", ".html")

    @property
    def results(self) -> Path:
        """The table behind the page: a page of some versions leaves that of the whole alone."""
        return self._made("results", ".csv")

    def _made(self, stem: str, suffix: str) -> Path:
        # What is left out of the name is the usual: all versions, and the single seed 0. Many seeds
        # in a row are named by their ends, as a file's name has a limit.
        parts = [] if set(self.versions) == set(VERSIONS) else list(self.versions)
        first, last = self.seeds[0], self.seeds[-1]
        if len(self.seeds) > 3 and self.seeds == tuple(range(first, last + 1)):
            parts += [f"seeds-{first}-to-{last}"]
        elif self.seeds != (0,):
            parts += [f"seed-{seed}" for seed in self.seeds]
        return self.folder / ("-".join([stem, *parts]) + suffix)

    def require_writable(self) -> None:
        """Find out now whether what is made can be kept.

        Raises:
            UserError: a folder cannot be written.
        """
        _require_writable(self.reports, "REPORTS=…, --reports")
        _require_writable(self.data, "DATA=…, --data")

    def load(self, progress: bool = True) -> Dataset:
        """The images, prepared on first use."""
        return prepared(self.provider, self.profile, self.data, self.images, progress)

    def parameters(self, *further: str) -> dict[str, Any]:
        """This request as JSON, for a notebook to `parse`.

        Arguments:
            further: extra, versions or seeds, for a notebook to which they make a difference.
        """
        # What every notebook needs to find the same data and runs.
        asked: dict[str, Any] = {
            "dataset": self.dataset,
            "crop": self.crop,
            "images": self.images,
            "profile": self.profile.name,
            "reports": str(self.reports),
            "data": str(self.data),
        }
        # Given only to those that look at them: whatever changes here executes a notebook again.
        others: dict[str, Any] = {
            "extra": str(self.extra or ""),
            "versions": list(self.versions),
            "seeds": list(self.seeds),
        }
        return asked | {name: others[name] for name in further}

    def options(self) -> dict[str, str]:
        """What the command line has to be told to find this dataset and these folders again."""
        # What is as usual need not be said, so that a command to copy stays short.
        usual = {"images": 0, "reports": str(REPORTS), "data": str(DATA)}
        return {
            option: str(value)
            for option, value in self.parameters("extra").items()
            if value and value != usual.get(option)
        }


def parse(
    dataset: str = "faces",
    profile: str = "quick",
    versions: Sequence[str] = (),
    seeds: Sequence[int] = (0,),
    reports: Path | str = REPORTS,
    data: Path | str = DATA,
    crop: str = "",
    images: int | None = None,
    extra: Path | str = "",
) -> Request:
    """What was asked for, checked; no versions means all of them, no images the profile's.

    Arguments:
        dataset: one of DATASETS, with a path of yours for PATH.
        profile: a name in PROFILES.
        versions: names in VERSIONS or in the file `extra`; those they start from come along.
        seeds: whole numbers from 0.
        reports, data: the folders for what is made.
        crop: the part of each photograph that is used; empty for the usual one.
        images: training images.
        extra: a Python file with further versions.

    Raises:
        UserError: a name is unknown, a seed negative, the dataset unusable, or the file of
            versions fails.
    """
    # Names first: the file of versions before those that ask for one of its own.
    scale = profile_named(profile)
    own = _absolute(extra, "file of versions").resolve() if extra else None
    if own:
        read_versions(own)
    for name in versions:
        version_named(name)
    for seed in seeds:
        if seed < 0:
            raise UserError(f"A seed must be 0 or more. Received: {seed}.")
    # A path is relative to where the command was given, but notebooks run in their own folder.
    kind, _, path = dataset.partition(":")
    absolute = f"{kind}:{_absolute(path, 'dataset')}" if path else dataset
    kept = _absolute(data, "folder for data").resolve()
    # In the order of the experiment, whatever the order asked for; then with what they start from.
    chosen = [name for name in VERSIONS if name in versions or not versions]
    return Request(
        dataset=absolute,
        title=dataset,
        profile=scale,
        versions=tuple(training_order(chosen)),
        seeds=tuple(dict.fromkeys(seeds)),
        reports=_absolute(reports, "folder for reports").resolve(),
        data=kept,
        crop=crop,
        images=images or 0,
        extra=own,
        provider=find(absolute, scale, kept, crop, images or 0),
    )


def _absolute(path: Path | str, what: str) -> Path:
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:  # ~somebody who has no home here
        raise UserError(
            f"The path of the {what} cannot be resolved: {error} Expected: a path that exists "
            f"here. Received: {str(path)!r}."
        ) from error


def _require_writable(folder: Path, setting: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Tried out, since permissions do not tell of a disk that is full or read-only. Two
        # processes must not meet in one file.
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
    # Runs side by side would share one GPU's memory, and at this size one run fills all cores.
    if shutil.which("nvidia-smi") or profile.image_size >= 80:
        return 1
    return min(4, cores())


def cores() -> int:
    # Those that this process may use: a container or a scheduler may allow fewer than there are.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
