"""The first faces of a dataset: enough to play with, there within seconds.

All of the quick profile's faces take most of a minute to draw. A face's picture depends on its row
alone, so the first of each split can be drawn by themselves, and are the same faces.
"""

import time
from pathlib import Path

import pandas as pd

from aegan_lib import datasets
from aegan_lib.datasets import Dataset, Split, faces
from aegan_lib.datasets.cache import FACES_SEED
from aegan_lib.profiles import Profile

# Attribute vectors are means over the training faces. Those of 1,000 point where those of all
# 8,000 do: on v4 at quick size the cosine between the two is 0.97 or more for each one tried.
COUNTS = {"train": 1_000, "validation": 8, "test": 32}


def few_faces(name: str, profile: Profile, folder: Path | str) -> tuple[Dataset, str]:
    """The first faces of each split, and a sentence on how they were had.

    They come from the prepared dataset where that is there, and are drawn where it is not.

    Raises:
        UserError: the dataset is none that can be drawn, and cannot be loaded either.
    """
    total = profile.train + profile.validation + profile.test
    place = Path(folder) / f"{name}-{profile.image_size}px-{total}"
    began = time.perf_counter()
    if name != "faces" or (place / "manifest.json").exists():
        whole = datasets.load(name, profile, folder)
        splits = {split: _first(getattr(whole, split), count) for split, count in COUNTS.items()}
        return Dataset(name, digest=f"part of {whole.digest}", **splits), (
            f"{_counted(splits)}, out of {place.name}."
        )
    table, splits, begin = faces.sample_factors(total, FACES_SEED), {}, 0
    for split, count in COUNTS.items():
        available = getattr(profile, split)
        rows = table[begin : begin + min(count, available)].reset_index(drop=True)
        splits[split] = _drawn(rows, profile.image_size)
        begin += available
    seconds = time.perf_counter() - began
    return Dataset(name, digest=f"drawn with seed {FACES_SEED}", **splits), (
        f"{_counted(splits)}, drawn in {seconds:.0f} s because no prepared data is there."
    )


def _first(split: Split, count: int) -> Split:
    return Split(split.images[:count], split.attributes[:count])


def _drawn(factors: pd.DataFrame, image_size: int) -> Split:
    table = faces.describe(factors)
    return Split(faces.render(factors, image_size), table[list(faces.ATTRIBUTES)])


def _counted(splits: dict[str, Split]) -> str:
    known, shown = len(splits["train"].images), len(splits["test"].images)
    return f"{known:,} training faces to take directions from and {shown} test faces to choose from"
