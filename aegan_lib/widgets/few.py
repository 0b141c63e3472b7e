"""The first faces of a dataset: enough to play with, there within seconds.

All of the quick profile's faces take most of a minute to draw. A face's picture depends on its row
alone, so the first of each split can be drawn by themselves, and are the same faces.
"""

import time
from pathlib import Path

import pandas as pd

from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets import load
from aegan_lib.datasets.cache import find_prepared, opened
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.drawn.provider import FACES_SEED
from aegan_lib.errors import UserError
from aegan_lib.profiles import Profile

# Directions of attributes are taken from the training faces. On the committed runs of autoencoder,
# weighted and v4, those of 1,000 faces have a cosine of 0.95 or more with those of all 8,000 for
# Smiling and Male, and 0.86 in the median of all attributes. Where codes hardly hold an attribute
# among faces alike, such as Mouth_Slightly_Open among those who all smile, it is below a half.
COUNTS = {"train": 1_000, "validation": 8, "test": 32}


def few_faces(
    name: str, profile: Profile, folder: Path | str, digest: str = ""
) -> tuple[Dataset, str]:
    """The first faces of each split, and a sentence on how they were had.

    They come from the prepared dataset where that is there, and are drawn where it is not.

    Arguments:
        name: of the dataset, as a run's settings have it.
        profile: how large the images are, and how many each split of the dataset has.
        folder: where prepared data is kept.
        digest: of the dataset, as a run's settings have it; empty for whatever is drawn today.

    Raises:
        UserError: the dataset is none that can be drawn, and does not lie prepared either.
    """
    # The folder's name as the cache writes it.
    total = profile.train + profile.validation + profile.test
    place: Path | None = Path(folder) / f"faces-{profile.image_size}px-{total}"
    drawn = name.split("-")[0] == "faces"
    began = time.perf_counter()
    # Photographs cannot be made again here: without their prepared images there is nothing to show.
    if not drawn:
        place = find_prepared(Path(folder), profile.image_size, digest)
        if place is None:
            raise UserError(
                f"The images of {name} do not lie prepared in {folder}; `make report` with the "
                "same DATASET, CROP and IMAGES prepares them."
            )
    # All is prepared: the first of each split, read through the memory map.
    if place and (place / "manifest.json").exists():
        whole = opened(place, name, profile) if not drawn else load("faces", profile, folder)
        splits = {split: _first(getattr(whole, split), count) for split, count in COUNTS.items()}
        how = f"{_counted(splits)}, out of {place.name}."
        # Photographs were looked for by their digest; drawn faces are whatever is drawn today.
        if digest not in ("", whole.digest):
            how += (
                " The runs were trained on others: the faces are drawn differently since. "
                "`make report` trains the runs again."
            )
        return _dataset(name, splits, profile, f"part of {whole.digest}"), how
    # Nothing is prepared, so the same faces are drawn. All rows are sampled, since a split begins
    # where the one before it ends, but only the first rows of each are drawn.
    table = people.sample_factors(total, FACES_SEED)
    splits, begin = {}, 0
    for split, count in COUNTS.items():
        available = getattr(profile, split)
        rows = table[begin : begin + min(count, available)].reset_index(drop=True)
        splits[split] = _drawn(rows, profile.image_size)
        begin += available
    seconds = time.perf_counter() - began
    return _dataset(name, splits, profile, f"drawn with seed {FACES_SEED}"), (
        f"{_counted(splits)}, drawn in {seconds:.0f} s because no prepared data is there."
    )


def _dataset(name: str, splits: dict[str, Split], profile: Profile, digest: str) -> Dataset:
    # The run's profile, fitted to the few images that are here.
    counts = {split: len(part.images) for split, part in splits.items()}
    return Dataset(
        name=name,
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        digest=digest,
        profile=profile.fitted(counts),
    )


def _first(split: Split, count: int) -> Split:
    return Split(split.images[:count], split.attributes[:count])


def _drawn(factors: pd.DataFrame, image_size: int) -> Split:
    table = people.describe(factors)
    return Split(people.render(factors, image_size), table[list(people.ATTRIBUTES)])


def _counted(splits: dict[str, Split]) -> str:
    known, shown = len(splits["train"].images), len(splits["test"].images)
    return f"{known:,} training faces to take directions from and {shown} test faces to choose from"
