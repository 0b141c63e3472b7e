"""What a provider of images has to say so that a dataset can be prepared from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd

from aegan_lib.dataset import About, counted
from aegan_lib.errors import UserError
from aegan_lib.profiles import Profile

LEAST = 8  # validation or test images: as many as are looked at after every epoch


@dataclass(frozen=True)
class Wanted:
    """What was asked of a provider: the profile's images, from `path`, cut by `crop`.

    Arguments:
        profile: its size and its number of images in each split.
        path: what followed the colon; empty for the usual place.
        crop: a name or four numbers; empty for the usual crop.
        data: the folder that prepared data is kept in.
        excluded: folders that are never input, wherever they lie.
    """

    profile: Profile
    path: str
    crop: str
    data: Path
    excluded: tuple[Path, ...] = ()


class Chunk(NamedTuple):
    """Some images of one split, (k, h, w, 3) uint8, and their rows."""

    split: str
    images: np.ndarray
    table: pd.DataFrame
    left_out: Mapping[str, str] = {}  # file -> why it could not be used


class Provider(Protocol):
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
    # One batch to learn from, and of the others what is looked at after every epoch.
    least = {"train": profile.batch_size, "validation": LEAST, "test": LEAST}
    if any(counts[split] < number for split, number in least.items()):
        raise UserError(
            f"Too few images in {what}. Expected: at least {counted(least)} images, one batch "
            f"of the profile {profile.name} and {LEAST} to look at. Received: "
            f"{sum(counts.values()):,} in all, {counted(counts)}. Add images, or choose a profile "
            "with a smaller batch."
        )
