"""What a report is asked to cover, parsed once and checked before anything starts."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from aegan_lib.dataset import Dataset
from aegan_lib.datasets import DATA, find, prepared, reopened, run_name
from aegan_lib.datasets.provider import Provider
from aegan_lib.errors import UserError, named, unknown_name
from aegan_lib.extras import read_versions
from aegan_lib.profiles import LARGEST_SEED, PRECISIONS, PROFILES, Profile
from aegan_lib.provenance import REPOSITORY
from aegan_lib.runs import REPORTS, report_folder, run_folder
from aegan_lib.store import json_digest
from aegan_lib.versions import ALL, GROUPS, LIBRARY, VERSIONS, training_order

LONGEST = 120  # characters of a page's name


def _is_list(value: object, kind: type) -> bool:
    # By their types, since True is a whole number too, and a text a sequence of texts.
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and all(type(part) is kind for part in value)
    )


def _is_settled(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(value.get(name), str) for name in ("name", "place", "digest")
    )


# What `parse` takes: in words and as a test.
TEXT = ("a text", lambda value: isinstance(value, str))
PATH = ("a path", lambda value: isinstance(value, str | Path))
TAKEN: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "dataset": TEXT,
    "profile": TEXT,
    "crop": TEXT,
    "precision": TEXT,
    "versions": ("a list of names", lambda value: _is_list(value, str)),
    "seeds": ("a list of whole numbers", lambda value: bool(value) and _is_list(value, int)),
    "reports": PATH,
    "data": PATH,
    "extra": PATH,
    "images": ("a whole number or None", lambda value: value is None or type(value) is int),
    "settled": ("None, or name, place and digest", lambda v: v is None or _is_settled(v)),
}


class Settled(NamedTuple):
    """Prepared images: where they lie, and what they must be."""

    place: str
    digest: str


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
        name: of the dataset, safe as a part of a file name.
        provider: the images that were found; None where it is settled which images are meant.
        settled: these images, prepared, which nothing that happens to their source changes.
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
    name: str
    provider: Provider | None = field(default=None, repr=False, compare=False)
    settled: Settled | None = None

    @property
    def folder(self) -> Path:
        """Where the runs and pages of this dataset and profile are."""
        return report_folder(self.reports, self.name, self.profile)

    @property
    def fitted(self) -> Profile:
        """The profile on as many images as were found; a few of them may turn out to be damaged."""
        assert self.provider
        return self.profile.fitted(self.provider.counts)

    @property
    def precision(self) -> str:
        """The networks' precision, empty where it is the profile's own."""
        usual = PROFILES[self.profile.name].precision
        return "" if self.profile.precision == usual else self.profile.precision

    @property
    def probe(self) -> Path:
        """The folder of the probe that reads all of them."""
        return self.folder / "probe"

    @property
    def hardened_probe(self) -> Path:
        """The folder of the second one, which knows blurred and grainy faces too."""
        return self.folder / "probe-hardened"

    @property
    def runs(self) -> list[tuple[str, int]]:
        """Version and seed of every run, in the order of training."""
        return [(name, seed) for seed in self.seeds for name in self.versions]

    def run_folder(self, version: str, seed: int) -> Path:
        return run_folder(self.folder, version, seed)

    @property
    def page(self) -> Path:
        """The page's path; only the default, the documents' versions with seed 0, is index.html."""
        return self.named("index", ".html")

    @property
    def results(self) -> Path:
        """The table behind the page: a page of some versions leaves that of the whole alone."""
        return self.named("results", ".csv")

    def named(self, stem: str, suffix: str) -> Path:
        """A file beside the runs whose name tells which of them it is about."""
        # What is left out of the name is the usual: the default versions, and the single seed 0. A
        # group is named as it is asked for, and many seeds in a row by their ends.
        groups = {frozenset(training_order(of_group(group))): group for group in (*GROUPS, ALL)}
        usual = frozenset(training_order(of_group("")))
        group = groups.get(frozenset(self.versions))
        parts = [group] if group else list(self.versions)
        if frozenset(self.versions) == usual:
            parts = []
        first, last = self.seeds[0], self.seeds[-1]
        in_a_row = all(seed == first + i for i, seed in enumerate(self.seeds))
        if in_a_row and len(self.seeds) > 3:
            parts += [f"seeds-{first}-to-{last}"]
        elif self.seeds != (0,):
            parts += [f"seed-{seed}" for seed in self.seeds]
        name = "-".join([stem, *parts])
        if len(name) > LONGEST:  # a file's name has a limit, here as in a browser's downloads
            which = json_digest(parts)[:8]
            name = f"{stem}-{len(self.versions)}-versions-{len(self.seeds)}-seeds-{which}"
        return self.folder / f"{name}{suffix}"

    def require_writable(self) -> None:
        """Find out now whether what is made can be kept.

        Raises:
            UserError: a folder cannot be written.
        """
        _require_writable(self.reports, "REPORTS=…, --reports")
        _require_writable(self.data, "DATA=…, --data")
        if self.folder.exists():  # perhaps somebody else's
            _require_writable(self.folder, "REPORTS=…, --reports")

    def load(self, progress: bool = True) -> Dataset:
        """The images, prepared on first use.

        Raises:
            UserError: they cannot be prepared, or are no longer those that were settled on.
        """
        if self.settled:
            place, digest = Path(self.settled.place), self.settled.digest
            return reopened(place, digest, self.name, self.profile)
        assert self.provider
        return prepared(self.provider, self.profile, self.data, self.images, progress)

    def about(self, dataset: Dataset) -> "Request":
        """The same request about just these prepared images, whatever becomes of their source.

        Their digest is then part of whatever a notebook is given, and so of what makes it fresh.
        """
        return replace(self, settled=Settled(str(dataset.place), dataset.digest))

    def has_changed(self) -> bool:
        """Whether the source of the images is another now than when this request was parsed."""
        assert self.provider
        try:
            now = _find(self.dataset, self.profile, self.data, self.crop, self.images, self.reports)
            return now.made_of != self.provider.made_of
        except (UserError, OSError):  # gone, or not to be read any more
            return True

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
            "precision": self.precision,
            "reports": str(self.reports),
            "data": str(self.data),
        }
        # Given only to those that look at them: whatever changes here executes a notebook again.
        if self.settled:
            asked["settled"] = {"name": self.name, **self.settled._asdict()}
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
        asked = replace(self, settled=None).parameters("extra")
        return {
            option: str(value)
            for option, value in asked.items()
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
    precision: str = "",
    settled: Mapping[str, str] | None = None,
    **other: object,
) -> Request:
    """What was asked for, checked; no versions means the documents', no images the profile's.

    Arguments:
        dataset: one of DATASETS, with a path of yours for PATH.
        profile: a name in PROFILES.
        versions: names in VERSIONS, GROUPS or the file `extra`, or "all"; those that they need come
            along. Without any they are the documents', and those of the file.
        seeds: whole numbers from 0.
        reports, data: the folders for what is made.
        crop: the part of each photograph that is used; empty for the usual one.
        images: training images.
        extra: a Python file with further versions.
        precision: one of PRECISIONS; empty for the profile's own.
        settled: which prepared images are meant, where that is known: nothing is looked for then.
        other: refused; a notebook's request is typed by hand.

    Raises:
        UserError: a name is unknown, a seed negative, the dataset unusable, a path leads nowhere,
            the file of versions fails, or an argument is of another type.
    """
    given = {
        **{"dataset": dataset, "profile": profile, "versions": versions, "seeds": seeds},
        **{"reports": reports, "data": data, "crop": crop, "images": images, "extra": extra},
        **{"precision": precision, "settled": settled},
    }
    if other:
        raise unknown_name("setting of a request", next(iter(other)), TAKEN)
    for what, value in given.items():
        expected, fits = TAKEN[what]
        if not fits(value):
            raise UserError(f"{what} must be {expected}. Received: {value!r:.200}.")
    # Names first: the file of versions before those that ask for one of its own.
    scale = named("profile", profile, PROFILES)
    if precision and precision not in PRECISIONS:
        raise unknown_name("precision", precision, PRECISIONS)
    scale = replace(scale, precision=precision or scale.precision)
    own = absolute_path(extra, "file of versions") if extra else None
    if own:
        read_versions(own)
    for name in versions:
        if name not in (words := (*VERSIONS, *GROUPS, ALL)):
            raise unknown_name("version", name, words)
    for seed in seeds:
        if not 0 <= seed <= LARGEST_SEED:
            raise UserError(
                f"A seed must be 0 or more, and at most {LARGEST_SEED}. Received: {seed}."
            )
    # A path is relative to where the command was given, but notebooks run in their own folder.
    kind, _, path = dataset.partition(":")
    # A link to CelebA's zip stays one, since the lists are looked for beside it.
    absolute = f"{kind}:{absolute_path(path, 'dataset', resolved=False)}" if path else dataset
    kept = absolute_path(data, "folder for data")
    # With what they need, in the order of the experiment, whatever the order asked for: a notebook
    # is given all of them, and has to find the same order.
    wanted = {*training_order([each for name in versions or [""] for each in of_group(name)])}
    chosen = [name for name in VERSIONS if name in wanted]
    reports = absolute_path(reports, "folder for reports")
    name, provider, known = "", None, None
    if settled:
        name, known = settled["name"], Settled(settled["place"], settled["digest"])
    else:
        provider = _find(absolute, scale, kept, crop, images or 0, reports)
        # The provider's name tells the crop; an unusual number of images is added to it.
        name = run_name(provider, scale, images or 0)
    return Request(
        dataset=absolute,
        title=dataset,
        profile=scale,
        versions=tuple(training_order(chosen)),
        seeds=tuple(dict.fromkeys(seeds)),
        reports=reports,
        data=kept,
        crop=crop,
        images=images or 0,
        extra=own,
        name=name,
        provider=provider,
        settled=known,
    )


def of_group(name: str) -> Sequence[str]:
    """The versions that a name stands for: itself, or a group's; "" for the default."""
    if name == ALL:
        return list(VERSIONS)
    if name:
        return GROUPS.get(name, (name,))
    # Whoever gives a file of versions means them too.
    return [*GROUPS["documents"], *(own for own in VERSIONS if own not in LIBRARY)]


def _find(
    dataset: str, profile: Profile, data: Path, crop: str, images: int, reports: Path
) -> Provider:
    # What a report makes is never its input, also where it lies among the pictures.
    return find(dataset, profile, data, crop, images, excluded=(reports, data))


def absolute_path(path: Path | str, what: str, resolved: bool = True) -> Path:
    """The path as somebody wrote it, `~` and all, wherever what it is given to runs.

    Raises:
        UserError: it leads nowhere.
    """
    try:
        if resolved:  # the dataset's own path is looked at by its provider
            str(path).encode()  # pages and notebooks are UTF-8, and name the path
        given = Path(path).expanduser()
        # A notebook runs in its own folder, and who writes a path in it thinks of the checkout.
        in_checkout = REPOSITORY / given
        there = os.path.exists(in_checkout) and not os.path.exists(given)
        absolute = in_checkout if there else given.absolute()
        return absolute.resolve() if resolved else absolute
    # ~somebody who has no home here, links in a circle, a name that no file can have.
    except (RuntimeError, ValueError, OSError) as error:
        raise UserError(
            f"The path of the {what} cannot be resolved: {str(error).rstrip('.')}. Expected: a "
            f"path in UTF-8 that leads somewhere. Received: {ascii(str(path))[:200]}."
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
