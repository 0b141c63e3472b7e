"""What a dataset is: images in three splits, what is known of each, and what a reader is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from aegan_lib.profiles import Profile

SPLITS = ("train", "validation", "test")
# CelebA's five points, in its own order.
LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


@dataclass(frozen=True)
class Split:
    """Images (n, h, w, 3) uint8 and one table row for each."""

    images: np.ndarray
    table: pd.DataFrame

    @property
    def attributes(self) -> pd.DataFrame:
        """The yes-or-no columns, under CelebA's names; (n, attributes) bool."""
        # What a column is, its type says: nothing else has to be declared by a provider.
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
    # Left out of comparisons: two arrays are equal element by element, not as a whole.
    example: np.ndarray | None = field(default=None, compare=False)


UNKNOWN = About()


@dataclass(frozen=True)
class Dataset:
    """Train on `train`, choose on `validation`, report on `test`.

    `name` is safe as a part of a file name, `profile` is fitted to what there is, `about` is what a
    reader is told, and `place` is where the images lie prepared, if they do.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    # Of the prepared images and their table; where it differs, a finished run is not reused.
    digest: str
    profile: Profile
    about: About = UNKNOWN
    place: Path | None = field(default=None, compare=False)

    @property
    def counts(self) -> dict[str, int]:
        return {split: len(getattr(self, split).images) for split in SPLITS}

    def said(self) -> str:
        """How many images of what there are, in a sentence."""
        crop = f", cut to {self.about.crop}" if self.about.crop else ""
        return f"{self.about.what}{crop}: {counted(self.counts)} images."


def counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[split]:,} {split}" for split in SPLITS)
