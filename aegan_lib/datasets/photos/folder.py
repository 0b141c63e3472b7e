"""Any folder of pictures, and what is below it; attributes.csv, if there, says what they show."""

import hashlib
import os
import re
from collections import Counter
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
from aegan_lib.datasets.photos.crop import Box, central_square, folder_crop
from aegan_lib.datasets.photos.files import JPEG_SUFFIXES, readable, stamp
from aegan_lib.datasets.photos.folders import files_below
from aegan_lib.datasets.provider import LEAST, Chunk, Wanted
from aegan_lib.errors import UserError
from aegan_lib.store import code_digest, file_digest

SUFFIXES = (*JPEG_SUFFIXES, ".png", ".webp")
# Pictures too, but of formats that are not read: a reader is told of them.
OTHER = (".avif", ".bmp", ".gif", ".heic", ".heif", ".jp2", ".jxl", ".tif", ".tiff")
ATTRIBUTES = "attributes.csv"
SHUFFLE = 20220401  # seed of the split; a run's own seed leaves the data alone


@dataclass(frozen=True)
class Folder:
    """The pictures of a folder, shuffled once and for all into train, validation and test.

    Arguments:
        place: the folder.
        size: of the images, in pixels.
        wanted: images in each split; if there are fewer, they are shared in this proportion.
        shares: the part of each picture that is used, None for its central square.
        crop_name: of that part, empty for the usual one.
        excluded: folders whose pictures are none of these.
    """

    place: Path
    size: int
    wanted: dict[str, int]
    shares: Box | None
    crop_name: str
    excluded: tuple[Path, ...] = ()

    @cached_property
    def _files(self) -> list[str]:
        return files_below(self.place, self.excluded)

    @cached_property
    def _found(self) -> list[str]:
        found = [name for name in self._files if name.lower().endswith(SUFFIXES)]
        if not found:
            raise UserError(
                f"There are no pictures in {self.place}. Expected: files that end in "
                f"{', '.join(SUFFIXES)}, in it or below it. Received: {self._others or 'none'}."
            )
        return found

    @cached_property
    def _others(self) -> str:
        """Pictures of formats that are not read, such as "3 .gif, 12 .heic"; empty without any."""
        ends = Counter(Path(name).suffix.lower() for name in self._files)
        return ", ".join(f"{ends[end]:,} {end}" for end in OTHER if ends[end])

    @cached_property
    def _listed(self) -> Path:
        """The list of attributes, its name in small or large letters; it may be missing."""
        direct = [name for name in self._files if "/" not in name]
        return self.place / matching.matched([ATTRIBUTES], direct).get(ATTRIBUTES, ATTRIBUTES)

    @cached_property
    def _chosen(self) -> dict[str, list[str]]:
        # Names are sorted, so the same folder is shuffled the same way on every machine.
        shuffled = np.random.default_rng(SHUFFLE).permutation(len(self._found))
        names, begin = {}, 0
        for split, count in shared(len(self._found), self.wanted).items():
            # The splits are consecutive parts of the shuffled pictures, so none is in two of them.
            names[split] = [self._found[i] for i in shuffled[begin : begin + count]]
            begin += count
        return names

    @property
    def counts(self) -> dict[str, int]:
        return {split: len(names) for split, names in self._chosen.items()}

    @cached_property
    def name(self) -> str:
        """What the folder is called, and which folder of that name it is."""
        # Readable, at most 24 letters; six digits of the path's digest part folders of one name.
        slug = re.sub(r"[^a-z0-9]+", "-", self.place.name.lower()).strip("-")[:24].strip("-")
        which = hashlib.sha256(os.fsencode(self.place)).hexdigest()[:6]
        return "-".join(filter(None, ["folder", slug, which, self.crop_name]))

    @cached_property
    def made_of(self) -> dict[str, Any]:
        listed = self._listed
        return {
            "name": self.name,
            "image_size": self.size,
            "counts": self.counts,
            "crop": list(self.shares or ()),
            # What was found decides the shuffle, the stamp says whether files have changed since.
            "pictures": {
                "folder": str(self.place),
                "found": len(self._found),
                "files": stamp(self.place, [n for names in self._chosen.values() for n in names]),
            },
            "attributes": file_digest(listed) if listed.is_file() else None,
            "code": code_digest(
                decoding, opening, metadata, annotations, lists, matching, crop, Folder, shared
            ),
        }

    @cached_property
    def about(self) -> About:
        # Two sentences for a reader: how the pictures were split, and what is known of them.
        known = f"Their attributes are those of its {ATTRIBUTES}."
        if not self._listed.is_file():
            known = (
                f"There is no {ATTRIBUTES}, so nothing is known of what they show, and whatever "
                "needs it is left out."
            )
        notes = [
            f"{len(self._found):,} pictures were found in the folder, and shuffled once into the "
            f"three splits. {known}"
        ]
        if self._others:
            notes.append(f"Passed over, since these formats are not read: {self._others}.")
        # The root of a disk has no name of its own.
        title, box = readable(self.place.name or str(self.place)), self.shares or ()
        text = f"{crop.written(box)} of width and height" if box else "the central square"
        return About(title, f"pictures of the folder “{title}”", text, tuple(box), tuple(notes))

    def chunks(self) -> Iterator[Chunk]:
        known, lacks = self._table(), f"has no row in {ATTRIBUTES}"
        for split, names in self._chosen.items():
            pictures = {name: self._picture(name) for name in names}
            yield from decoding.chunks(split, pictures, known, lacks, self._cut, self.size)

    def _picture(self, name: str) -> decoding.Picture:
        return decoding.Picture(readable(name), lambda: self.place / name)

    def _cut(self, width: int, height: int) -> Box:
        if self.shares is None:
            return central_square(width, height)
        # Shares become pixels of this picture.
        left, top, right, bottom = self.shares
        return left * width, top * height, right * width, bottom * height

    def _table(self) -> pd.DataFrame:
        """Picture -> attributes; no columns where nothing is known."""
        if not self._listed.is_file():
            return pd.DataFrame(index=pd.Index(self._found))
        # Some rows may lack a picture; if none has one, the names are of another kind.
        table = annotations.read_own_attributes(self._listed)
        return matching.rows_of(self._found, table, self._listed)

    def notes(self) -> Sequence[str]:
        return ()

    def example(self) -> np.ndarray | None:
        return decoding.first_whole(self._picture(name) for name in self._chosen["test"][:20])


def shared(available: int, wanted: dict[str, int]) -> dict[str, int]:
    """Images for each split: those wanted, or what there is in the same proportion.

    >>> shared(100, {"train": 640, "validation": 128, "test": 256})
    {'train': 63, 'validation': 12, 'test': 25}
    """
    # Enough for all, or the same proportions of what there is. Validation and test get the least
    # that is looked at, and no more than was wanted; training gets the rest.
    total = sum(wanted.values())
    if available >= total:
        return dict(wanted)
    counts = {
        split: min(max(LEAST, round(available * wanted[split] / total)), wanted[split])
        for split in ("validation", "test")
    }
    return {"train": max(0, available - sum(counts.values())), **counts}


def find_folder(wanted: Wanted) -> Folder:
    """The folder at the given path.

    Raises:
        UserError: there is none, or it holds no picture.
    """
    # The crop is checked before the folder: it needs no picture.
    shares, crop_name = folder_crop(wanted.crop)
    place = Path(wanted.path).expanduser()
    if not wanted.path or not place.is_dir():
        received = "no path" if not wanted.path else "a file" if place.exists() else "nothing there"
        raise UserError(
            f"DATASET=folder:PATH needs a folder of pictures. Received: {received}"
            f"{f' ({wanted.path})' if wanted.path else ''}."
        )
    counts = {split: getattr(wanted.profile, split) for split in SPLITS}
    # What this library made of pictures is no input, wherever it was told to put it.
    excluded = (wanted.data, *wanted.excluded)
    return Folder(place.resolve(), wanted.profile.image_size, counts, shares, crop_name, excluded)
