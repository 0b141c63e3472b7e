"""CelebA from the disk: torchvision's layout, Kaggle's, the original one, or the zip itself."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aegan_lib.dataset import SPLITS, About
from aegan_lib.datasets.photos import (
    annotations,
    crop,
    decoding,
    lists,
    matching,
    metadata,
    opening,
)
from aegan_lib.datasets.photos.crop import CELEBA_SIZE, Box, celeba_crop
from aegan_lib.datasets.photos.files import Files, FolderFiles, ZipFiles
from aegan_lib.datasets.provider import Chunk, Wanted
from aegan_lib.errors import UserError
from aegan_lib.store import code_digest, file_digest

PICTURES = 202_599  # in the whole of CelebA
ARCHIVE = "img_align_celeba.zip"
# The one that torchvision checks, too.
ARCHIVE_MD5 = "00d2c5bc6d35e252742224ab0c1e8fcb"
LISTS = {
    "attributes": "list_attr_celeba",
    "partition": "list_eval_partition",
    "landmarks": "list_landmarks_align_celeba",
}
BELOW = ("", "celeba", "CelebA")  # where, from the folder that is given, CelebA may begin
IMAGES = ("img_align_celeba/img_align_celeba", "img_align_celeba", "Img/img_align_celeba", "")
LISTED_IN = (".", "Anno", "Eval", "..", "../..", "../Anno", "../Eval")  # from the pictures' base


@dataclass(frozen=True)
class CelebA:
    """CelebA's aligned photographs in their official split, the first of each in its order.

    Arguments:
        files: where the pictures are.
        lists: the annotation files, by the keys of LISTS; landmarks may be missing.
        size: of the images, in pixels.
        wanted: images in each split.
        box: the part of each picture that is used, in pixels.
        crop_name: of that part, empty for the usual one.
    """

    files: Files
    lists: dict[str, Path]
    size: int
    wanted: dict[str, int]
    box: Box
    crop_name: str

    @cached_property
    def _present(self) -> pd.Series:
        """Picture that is there and listed -> its split, 0 to 2, in the list's order.

        Raises:
            UserError: pictures and list have no name in common.
        """
        partition = annotations.read_partition(self.lists["partition"])
        found = matching.matched(partition.index, self.files.names)
        if not found:
            raise matching.no_meeting(self.lists["partition"], self.files.names, partition.index)
        return partition[list(found)].set_axis(list(found.values()))

    @cached_property
    def _chosen(self) -> dict[str, list[str]]:
        return {
            split: list(self._present.index[self._present == number][: self.wanted[split]])
            for number, split in enumerate(SPLITS)
        }

    @property
    def counts(self) -> dict[str, int]:
        return {split: len(names) for split, names in self._chosen.items()}

    @cached_property
    def name(self) -> str:
        """A part of CelebA must not be taken for the whole, nor replace runs on it."""
        # The number tells parts of different sizes apart.
        part = "" if len(self._present) == PICTURES else f"-of-{len(self._present)}"
        return "-".join(filter(None, [f"celeba{part}", self.crop_name]))

    @cached_property
    def made_of(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "image_size": self.size,
            "counts": self.counts,
            "crop": list(self.box),
            # Not the pictures themselves, which take long to read, but what betrays a change.
            "pictures": self.files.stamp([n for names in self._chosen.values() for n in names]),
            "lists": {key: file_digest(path) for key, path in self.lists.items()},
            "code": code_digest(
                decoding, opening, metadata, annotations, lists, matching, crop, CelebA
            ),
        }

    @cached_property
    def about(self) -> About:
        # The whole of CelebA and a part of it are told apart in every sentence: results differ.
        there, width, height = len(self._present), *CELEBA_SIZE
        part = "all of CelebA" if there == PICTURES else f"a part of CelebA's {PICTURES:,} pictures"
        landmarks = "with" if "landmarks" in self.lists else "without"
        notes = [
            f"{there:,} aligned photographs were found, {part}, {landmarks} landmarks. The split "
            "is the official one, and the first pictures of each part are used. CelebA may be used "
            "for non-commercial research only."
        ]
        if unlisted := sorted(self.files.names - set(self._present.index)):
            notes.append(
                f"{len(unlisted):,} more pictures, such as {unlisted[0]!r}, are not in "
                f"{self.lists['partition'].name}, and were passed over."
            )
        # The crop in shares of the picture's width and height, and in words.
        left, top, right, bottom = self.box
        shares = (left / width, top / height, right / width, bottom / height)
        text = f"{crop.written(self.box)} of {width} × {height} pixels"
        what = "CelebA's aligned photographs" if there == PICTURES else "a part of CelebA"
        return About("CelebA", what, text, shares, tuple(notes))

    def chunks(self) -> Iterator[Chunk]:
        # Pictures and their rows meet in `decoding`; one without a row is left out, and says so.
        known, lacks = self._table(), "has no row in a list of attributes or landmarks"
        for split, names in self._chosen.items():
            pictures = {name: self.files.picture(name) for name in names}
            yield from decoding.chunks(split, pictures, known, lacks, self._cut, self.size)

    def _cut(self, width: int, height: int) -> Box:
        # The box is in pixels of aligned pictures: on any other it would cut something else.
        if (width, height) != CELEBA_SIZE:
            raise decoding.UnusableError(
                f"is {width} × {height} pixels, unlike an aligned picture of CelebA, which is "
                f"{CELEBA_SIZE[0]} × {CELEBA_SIZE[1]}"
            )
        return self.box

    def _table(self) -> pd.DataFrame:
        """Picture -> attributes, and landmarks as shares of the crop's width and height."""
        # The lists may differ in how they write a name: its picture is what they have in common.
        listed = self.lists["attributes"]
        table = matching.rows_of(self._present.index, annotations.read_attributes(listed), listed)
        if "landmarks" not in self.lists:
            return table
        # Ten columns x, y, x, y, ...: each begins at the crop's corner and is a share of its side.
        listed = self.lists["landmarks"]
        points = matching.rows_of(self._present.index, annotations.read_landmarks(listed), listed)
        left, top, right, bottom = self.box
        begin, length = np.array([left, top] * 5), np.array([right - left, bottom - top] * 5)
        # Inner: a picture needs a row in both lists.
        return table.join((points - begin) / length, how="inner")

    def notes(self) -> Sequence[str]:
        place = self.files.place
        # Only the original archive has a checksum to compare with.
        if not isinstance(self.files, ZipFiles) or place.name != ARCHIVE:
            return self.files.notes()
        # Reading all of it takes a while, so this is asked for while preparing, not before.
        with place.open("rb") as file:
            md5 = hashlib.file_digest(file, "md5").hexdigest()
        verdict = "the official one" if md5 == ARCHIVE_MD5 else f"not the official {ARCHIVE_MD5}"
        return [f"The MD5 of {ARCHIVE} is {md5}, {verdict}.", *self.files.notes()]

    def example(self) -> np.ndarray | None:
        return decoding.first_whole(self.files.picture(n) for n in self._chosen["test"][:20])


def find_celeba(wanted: Wanted) -> CelebA:
    """CelebA below the given path, or in the data folder.

    Raises:
        UserError: it is not there, or what is there is something else.
    """
    # Pictures first, then the lists around them.
    root = Path(wanted.path).expanduser() if wanted.path else wanted.data / "celeba"
    box, crop_name = celeba_crop(wanted.crop)
    pictures, base = _pictures(root)
    found = pictures.names  # a zip that is none is named before a list that is missing
    lists = {}
    for key, name in LISTS.items():
        # CelebA is passed on in many layouts: the first place where a list lies wins.
        tried = [base / place / f"{name}{end}" for place in LISTED_IN for end in (".txt", ".csv")]
        there = [path.resolve() for path in tried if path.is_file()]
        if there:
            lists[key] = there[0]
        elif key != "landmarks":
            # Landmarks may be missing: only what is measured at the eyes takes them.
            raise UserError(
                f"{len(found):,} pictures are there, but a list is missing. Expected: {name}.txt "
                f"(or Kaggle's {name}.csv) in {base}. Received: none. It comes with the pictures."
            )
    counts = {split: getattr(wanted.profile, split) for split in SPLITS}
    return CelebA(pictures, lists, wanted.profile.image_size, counts, box, crop_name)


def _pictures(root: Path) -> tuple[Files, Path]:
    """The pictures at `root`, and the folder that their lists are looked for from."""
    # A file can only be the zip itself.
    if root.is_file():
        return ZipFiles(root.resolve()), root.parent
    if not root.is_dir():
        raise UserError(
            f"CelebA is not at {root}. Expected: a folder with img_align_celeba and the lists, "
            f"or {ARCHIVE} with the lists beside it. Received: nothing there. Put it there, or "
            "give its place as DATASET=celeba:PATH. data/README.md says where it comes from."
        )
    for base in (root / below for below in BELOW):
        # Unpacked pictures come before a zip that was left beside them.
        for inner in IMAGES:
            pictures = FolderFiles((base / inner).resolve())
            if pictures.place.is_dir() and pictures.names:
                return pictures, base
        for archive in (base / ARCHIVE, base / "Img" / ARCHIVE):
            if archive.is_file():
                return ZipFiles(archive.resolve()), base
    raise UserError(
        f"There are no CelebA pictures in {root}. Expected: img_align_celeba/000001.jpg and so on, "
        f"img_align_celeba/img_align_celeba/…, or {ARCHIVE}. Received: none of these."
    )
