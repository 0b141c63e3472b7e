"""The built-in faces as a source: they are drawn, so there are as many as one wants."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from aegan_lib.dataset import SPLITS, About
from aegan_lib.datasets.drawn import (
    anatomy,
    background,
    beard,
    canvas,
    clothes,
    detail,
    drawing,
    eyes,
    factors,
    glasses,
    hair,
    head,
    mouth,
    people,
    shapes,
)
from aegan_lib.datasets.provider import Chunk, Wanted
from aegan_lib.errors import UserError
from aegan_lib.store import code_digest

FACES_SEED = 20220401  # of the built-in faces; a run's own seed leaves the data alone
CHUNK = 500  # images rendered between two movements of the bar

# All that a picture depends on: a change in any of them makes other pictures.
MODULES = (
    *(anatomy, background, beard, canvas, clothes, detail, drawing, eyes, factors, glasses, hair),
    *(head, mouth, people, shapes),
)

ABOUT = About(
    title="drawn faces",
    what="faces drawn from known factors",
    notes=(
        "Every face is drawn from known factors. Because the factors are known, a statement "
        "about a smile can be scored instead of judged by eye. Male and Smiling are "
        "independent of each other and of every factor that does not define them: skin, age, "
        "hair colour, background, clothes, light, glasses. What these faces cannot stand for is "
        "said in data/README.md.",
    ),
)


@dataclass(frozen=True)
class DrawnFaces:
    """Faces drawn from known factors; train, validation and test are disjoint rows of one table."""

    size: int
    counts: dict[str, int]
    name: str = "faces"
    about: About = ABOUT

    @cached_property
    def made_of(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "image_size": self.size,
            "counts": self.counts,
            "seed": FACES_SEED,
            "code": code_digest(*MODULES),
        }

    def chunks(self) -> Iterator[Chunk]:
        # All faces are one table, and a split is a range of its rows.
        table = people.sample(sum(self.counts.values()), FACES_SEED)
        # What is drawn or not is a factor, 0 or 1; only what has CelebA's names is an attribute.
        drawn = table.columns.difference(people.ATTRIBUTES)
        table = table.astype({name: int for name in drawn if table[name].dtype == bool})
        begin = 0
        for split in SPLITS:
            end = begin + self.counts[split]
            # (k, size, size, 3) at a time, so that memory holds few images and the bar moves.
            for first in range(begin, end, CHUNK):
                rows = table[first : min(first + CHUNK, end)]
                yield Chunk(split, people.render(rows, self.size), rows)
            begin = end

    def notes(self) -> Sequence[str]:
        return ()

    def example(self) -> np.ndarray | None:
        return None


def find(wanted: Wanted) -> DrawnFaces:
    """The drawn faces at the profile's size.

    Raises:
        UserError: a path or a crop was given.
    """
    # Better refused than ignored: someone who gives a crop expects it to be used.
    for setting, value in (("path", wanted.path), ("crop", wanted.crop)):
        if value:
            raise UserError(
                f"The drawn faces have no {setting}: they are drawn as they are needed. Expected: "
                f"DATASET=faces, and no CROP. Received: {setting} {value!r}."
            )
    profile = wanted.profile
    counts = {split: getattr(profile, split) for split in SPLITS}
    return DrawnFaces(profile.image_size, counts)
