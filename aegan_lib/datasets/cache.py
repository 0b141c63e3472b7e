"""A dataset's images and table, prepared once and memory-mapped from then on.

`data/<name>-<size>px-<images>/` holds `images.npy` (n, h, w, 3) uint8, `table.csv` with one
row an image, and `manifest.json`, which says what they were made of. The folder is prepared
under another name and moved into place, so that it is either whole or not there.
"""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.format import open_memmap
from tqdm import tqdm

from aegan_lib.datasets import anatomy, canvas, drawing, faces, factors, hair
from aegan_lib.errors import UserError, unknown_name
from aegan_lib.fingerprint import code_digest, file_digest, json_digest
from aegan_lib.profiles import Profile

DATA = Path(__file__).resolve().parents[2] / "data"
DATASETS = ("faces",)
FACES_SEED = 20220401  # of the built-in faces; a run's own seed leaves the data alone
CHUNK = 500  # images rendered between two movements of the bar


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
        """Everything else that is known: what the image was drawn from, landmarks."""
        return self.table.select_dtypes(exclude=bool)


@dataclass(frozen=True)
class Dataset:
    """Train on `train`, choose on `validation`, report on `test`."""

    name: str
    train: Split
    validation: Split
    test: Split
    digest: str


def load(name: str, profile: Profile, folder: Path | str = DATA, progress: bool = True) -> Dataset:
    """The dataset `name` at the profile's size, prepared on first use.

    Raises:
        UserError: no dataset has that name, or `folder` cannot be written.
    """
    if name not in DATASETS:
        raise unknown_name("dataset", name, DATASETS)
    counts = {
        "train": profile.train,
        "validation": profile.validation,
        "test": profile.test,
    }
    source: dict[str, Any] = {
        "name": name,
        "image_size": profile.image_size,
        "counts": counts,
        "seed": FACES_SEED,
        "code": code_digest(anatomy, canvas, drawing, factors, faces, hair),
    }
    total = sum(counts.values())
    place = Path(folder) / f"{name}-{profile.image_size}px-{total}"
    manifest = _check(place, source)
    if manifest is None:
        try:
            _prepare(place, source, profile.image_size, progress)
        except OSError as error:
            raise UserError(
                f"The data cannot be written to {place} ({error.strerror}). "
                "Choose another place with DATA=…, or --data on the command line."
            ) from error
        manifest = json.loads((place / "manifest.json").read_text())
    images = np.load(place / "images.npy", mmap_mode="r")
    table = pd.read_csv(place / "table.csv")
    ends = np.cumsum(list(counts.values()))
    parts = {
        split: Split(images[end - count : end], table[end - count : end].reset_index(drop=True))
        for (split, count), end in zip(counts.items(), ends, strict=True)
    }
    return Dataset(name, digest=json_digest(manifest["files"]), **parts)


def _check(place: Path, source: dict[str, Any]) -> dict[str, Any] | None:
    """The manifest, if what lies there is whole and made from `source`; else None."""
    if not place.exists():
        return None
    try:
        manifest = json.loads((place / "manifest.json").read_text())
        if manifest["source"] != source:
            print(f"{place.name} was made with other settings or code: it is made again.")
            return None
        for file, digest in manifest["files"].items():
            if file_digest(place / file) != digest:
                raise ValueError(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{place.name} is damaged ({error}): it is made again.")
        return None
    return manifest


def _prepare(place: Path, source: dict[str, Any], size: int, progress: bool) -> None:
    total = sum(source["counts"].values())
    table = faces.sample(total, source["seed"])
    # What is drawn or not is a factor, 0 or 1; only what has CelebA's names is an attribute.
    factors = table.columns.difference(faces.ATTRIBUTES)
    table = table.astype({name: int for name in factors if table[name].dtype == bool})
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}-") as partial:
        made = Path(partial) / "made"
        made.mkdir()
        images = open_memmap(made / "images.npy", "w+", np.uint8, (total, size, size, 3))
        with tqdm(total=total, desc="rendering faces", unit="face", disable=not progress) as bar:
            for begin in range(0, total, CHUNK):
                rows = table[begin : begin + CHUNK]
                images[begin : begin + CHUNK] = faces.render(rows, size)
                bar.update(len(rows))
        images.flush()
        table.to_csv(made / "table.csv", index=False)
        files = {name: file_digest(made / name) for name in ("images.npy", "table.csv")}
        manifest = json.dumps({"source": source, "files": files}, indent=2)
        (made / "manifest.json").write_text(manifest + "\n")
        if place.exists():
            shutil.rmtree(place)
        made.rename(place)
