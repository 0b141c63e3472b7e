"""`load` and what stands behind its names: faces, celeba, celeba:PATH, folder:PATH."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from aegan_lib.arrays import UnreadableError
from aegan_lib.dataset import Dataset
from aegan_lib.datasets import drawn, photos
from aegan_lib.datasets.cache import cached
from aegan_lib.datasets.names import DATASETS
from aegan_lib.datasets.provider import Provider, Wanted, require_enough
from aegan_lib.errors import UserError, named, unknown_name
from aegan_lib.profiles import PROFILES, Profile
from aegan_lib.records import check_profile

# Beside the library in the repository, wherever one starts it from.
DATA = Path(__file__).resolve().parents[2] / "data"
PROVIDERS: dict[str, Callable[[Wanted], Provider]] = {
    "faces": drawn.find,
    "celeba": photos.find_celeba,
    "folder": photos.find_folder,
}


def load(
    text: str = "faces",
    profile: Profile | str = "quick",
    data: Path | str = DATA,
    crop: str = "",
    images: int = 0,
    progress: bool = True,
) -> Dataset:
    """The dataset at the profile's size, prepared on first use.

    Arguments:
        text: one of DATASETS, with a path of yours for PATH.
        profile: how large the images are, and how many; or the name of one in PROFILES.
        data: the folder that prepared data is kept in, and CelebA looked for.
        crop: the part of each photograph that is used; empty for the usual one.
        images: training images, where they should be others than the profile's number.
        progress: show a bar.

    Returns:
        A dataset with its profile, fitted to the images that there are.

    Raises:
        UserError: there is no such dataset, it is unusable, or `data` cannot be written.
    """
    profile = named("profile", profile, PROFILES) if isinstance(profile, str) else profile
    provider = find(text, profile, data, crop, images)
    return prepared(provider, profile, data, images, progress)


def find(
    text: str,
    profile: Profile,
    data: Path | str = DATA,
    crop: str = "",
    images: int = 0,
    excluded: tuple[Path, ...] = (),
) -> Provider:
    """The images that `load` would take, looked for and counted, but not read.

    Nothing is taken from the folders `excluded`, in which a report keeps pictures of its own.

    Raises:
        UserError: there is no such dataset, it is unusable, or it is more than can be trained on.
    """
    # What stands before the colon picks the provider, what stands behind it is the provider's own.
    kind, _, path = text.partition(":")
    if kind not in PROVIDERS:
        raise unknown_name("dataset", text, DATASETS)
    if images < 0:
        raise UserError(
            f"The number of training images must be 1 or more. Received: images={images}."
        )
    # The provider looks for as many images as are asked for; the profile stays what it is called.
    asked = dataclasses.replace(profile, train=images) if images else profile
    try:
        path.encode()  # pages and notebooks are UTF-8, and name the path
        provider = PROVIDERS[kind](Wanted(asked, path, crop.strip(), Path(data), excluded))
    except (OSError, RuntimeError, UnicodeEncodeError) as error:
        # A path can fail in many ways, all of them a mistake in what was asked for.
        raise UserError(
            f"The dataset cannot be looked for: {error}. Expected: a path that exists here, in "
            f"UTF-8 and not too long. Received: {ascii(path)[:200]}."
        ) from error
    require_enough(provider.counts, profile, provider.about.title)
    # As before training, but before images are prepared, which takes a while.
    try:
        check_profile(dataclasses.asdict(profile.fitted(provider.counts)))
    except UnreadableError as error:
        raise UserError(
            f"On so many images nothing can be trained: {error}. Ask for fewer images with "
            "IMAGES=…, or --images on the command line, or choose another profile."
        ) from error
    return provider


def prepared(
    provider: Provider,
    profile: Profile,
    data: Path | str,
    images: int = 0,
    progress: bool = True,
) -> Dataset:
    """The dataset of what `find` found when it was asked for just this."""
    # Damaged images were left out meanwhile, so it is checked again whether enough are left.
    dataset = cached(provider, profile, Path(data), progress)
    require_enough(dataset.counts, profile, dataset.about.title)
    return dataclasses.replace(dataset, name=run_name(provider, profile, images))


def run_name(provider: Provider, profile: Profile, images: int = 0) -> str:
    """What folders of runs are named by: another number of images must not replace their runs."""
    other = images and images != profile.train
    return f"{provider.name}-{images}-images" if other else provider.name
