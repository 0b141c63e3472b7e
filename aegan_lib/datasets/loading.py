"""`load` and what stands behind its names: faces, celeba, celeba:PATH, folder:PATH."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from aegan_lib.dataset import Dataset
from aegan_lib.datasets.cache import cached
from aegan_lib.datasets.drawn import provider as drawn
from aegan_lib.datasets.photos import celeba, folder
from aegan_lib.datasets.provider import Provider, Wanted, require_enough
from aegan_lib.errors import UserError, unknown_name
from aegan_lib.profiles import Profile

DATA = Path(__file__).resolve().parents[2] / "data"
SOURCES: dict[str, Callable[[Wanted], Provider]] = {
    "faces": drawn.find,
    "celeba": celeba.find,
    "folder": folder.find,
}
DATASETS = {  # what may be asked for -> what it is
    "faces": "faces drawn from known factors: nothing to download",
    "celeba": "CelebA as it lies in data/celeba, unpacked or as img_align_celeba.zip",
    "celeba:PATH": "CelebA elsewhere: its folder, or the zip with the lists beside it",
    "folder:PATH": "any folder of JPEG, PNG and WebP pictures, with or without attributes.csv",
}


def load(
    text: str,
    profile: Profile,
    data: Path | str = DATA,
    crop: str = "",
    images: int = 0,
    progress: bool = True,
) -> Dataset:
    """The dataset at the profile's size, prepared on first use.

    Arguments:
        text: one of DATASETS, with a path of yours for PATH.
        profile: how large the images are, and how many.
        data: the folder that prepared data is kept in, and CelebA looked for.
        crop: the part of each photograph that is used; empty for the usual one.
        images: training images, where they should be others than the profile's number.
        progress: show a bar.

    Raises:
        UserError: there is no such dataset, it is unusable, or `data` cannot be written.
    """
    source = find(text, profile, data, crop, images)
    dataset = cached(source, Path(data), progress)
    require_enough(dataset.counts, profile, dataset.about.title)
    return dataclasses.replace(dataset, name=report_name(source, profile, images))


def find(
    text: str, profile: Profile, data: Path | str = DATA, crop: str = "", images: int = 0
) -> Provider:
    """The images that `load` would take, looked for and counted, but not read.

    Raises:
        UserError: there is no such dataset, or it is unusable.
    """
    kind, _, path = text.partition(":")
    if kind not in SOURCES:
        raise unknown_name("dataset", text, DATASETS)
    if images < 0:
        raise UserError(
            f"The number of training images must be 1 or more. Received: images={images}."
        )
    asked = dataclasses.replace(profile, train=images) if images else profile
    try:
        path.encode()  # pages and notebooks are UTF-8, and name the path
        source = SOURCES[kind](Wanted(asked, path, crop.strip(), Path(data)))
    except (OSError, RuntimeError, UnicodeEncodeError) as error:
        raise UserError(
            f"The dataset cannot be looked for: {error}. Expected: a path that exists here, in "
            f"UTF-8 and not too long. Received: {ascii(path)[:200]}."
        ) from error
    require_enough(source.counts, profile, source.about.title)
    return source


def report_name(source: Provider, profile: Profile, images: int = 0) -> str:
    """What folders of runs are named by: another number of images must not replace their runs."""
    other = images and images != profile.train
    return f"{source.name}-{images}-images" if other else source.name
