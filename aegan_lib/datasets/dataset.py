"""What a dataset is, and what a source of images has to say so that one can be prepared from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd

from aegan_lib.errors import UserError
from aegan_lib.profiles import Profile

SPLITS = ("train", "validation", "test")
LEAST = 8  # validation or test images: as many as are looked at after every epoch


@dataclass(frozen=True)
class Split:
    """Images (n, h, w, 3) uint8 and one table row for each."""

    images: np.ndarray
    table: pd.DataFrame

    @property
    def attributes(self) -> pd.DataFrame:
        """The yes-or-no columns, under CelebA's names; (n, attributes) bool."""
        return self.table.select_dtypes(bool)

    @property
    def factors(self) -> pd.DataFrame:
        """Everything else that is known: what the image was drawn from, landmarks, its file."""
        return self.table.select_dtypes(exclude=bool)


@dataclass(frozen=True)
class About:
    """What the images are, for a reader. Any of it may hold a user's own text: escape it.

    Arguments:
        title: a name, such as "CelebA".
        what: in a few words, such as "CelebA's photographs".
        crop: the part of each picture that is used; empty where nothing is cut.
        box: the same as shares of the picture's width and height: left, top, right, bottom.
        notes: sentences about where they come from.
        left_out: file -> why it could not be used.
        example: a whole picture, (h, w, 3) uint8, to show the crop on.
    """

    title: str = ""
    what: str = ""
    crop: str = ""
    box: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    example: np.ndarray | None = field(default=None, compare=False)


UNKNOWN = About()


@dataclass(frozen=True)
class Dataset:
    """Train on `train`, choose on `validation`, report on `test`.

    `name` is safe as a part of a file name; `about` is what a reader is told.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    digest: str
    about: About = UNKNOWN

    @property
    def counts(self) -> dict[str, int]:
        return {split: len(getattr(self, split).images) for split in SPLITS}

    def said(self) -> str:
        """How many images of what there are, in a sentence."""
        crop = f", cut to {self.about.crop}" if self.about.crop else ""
        return f"{self.about.what}{crop}: {_counted(self.counts)} images."


@dataclass(frozen=True)
class Wanted:
    """What was asked of a source: the profile's images, from `path`, cut by `crop`.

    Arguments:
        profile: its size and its number of images in each split.
        path: what followed the colon; empty for the source's usual place.
        crop: a name or four numbers; empty for the source's usual crop.
        data: the folder that prepared data is kept in.
    """

    profile: Profile
    path: str
    crop: str
    data: Path


class Chunk(NamedTuple):
    """Some images of one split, (k, h, w, 3) uint8, and their rows."""

    split: str
    images: np.ndarray
    table: pd.DataFrame
    left_out: Mapping[str, str] = {}  # file -> why it could not be used


class Source(Protocol):
    """Images that were looked for and counted, but not yet read.

    Arguments:
        name: safe as a part of a file name, and different for what must not be mixed up.
        size: of the images, in pixels.
        counts: the images in each split, at most: some may turn out to be damaged.
        made_of: all that decides what comes out, as JSON; the cache is reused only while it is
            the same.
        about: what a reader is told.
    """

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def counts(self) -> Mapping[str, int]: ...
    @property
    def made_of(self) -> dict[str, Any]: ...
    @property
    def about(self) -> About: ...

    def chunks(self) -> Iterator[Chunk]:
        """All images, split by split, in the order of `SPLITS`."""
        ...

    def notes(self) -> Sequence[str]:
        """Sentences for the reader that only a longer look can give, such as a checksum."""
        ...

    def example(self) -> np.ndarray | None:
        """A whole picture to show the crop on."""
        ...


def require_enough(counts: Mapping[str, int], profile: Profile, what: str) -> None:
    """Refuse splits that no training could do anything with.

    Raises:
        UserError: less than one batch, or too few images to look at.
    """
    least = {"train": profile.batch_size, "validation": LEAST, "test": LEAST}
    if any(counts[split] < number for split, number in least.items()):
        raise UserError(
            f"Too few images in {what}. Expected: at least {_counted(least)} images, one batch "
            f"of the profile {profile.name} and {LEAST} to look at. Received: "
            f"{sum(counts.values()):,} in all, {_counted(counts)}. Add images, or choose a profile "
            "with a smaller batch."
        )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[split]:,} {split}" for split in SPLITS)
