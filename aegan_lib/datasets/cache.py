"""A dataset's images and table, prepared once and memory-mapped from then on.

`<data>/<name>-<size>px-<images>/` holds `images.npy` (n, h, w, 3) uint8, `table.csv` with one
row an image, and `manifest.json`, which says what they were made of; photographs also leave
`example.png`, one of them whole. The folder is prepared under another name and moved into place,
so that it is either whole or not there, and what a killed preparation left behind is removed.
"""

import contextlib
import fcntl
import glob
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib import format as npy
from PIL import Image
from tqdm import tqdm

from aegan_lib.dataset import SPLITS, UNKNOWN, About, Dataset, Split
from aegan_lib.datasets.provider import Provider
from aegan_lib.errors import UserError, unreadable
from aegan_lib.store import file_digest, json_digest

TOLERATED = 0.05  # share of the images that may turn out to be unusable
LISTED = 10  # of them that are named when they are found; the manifest names all


def cached(source: Provider, folder: Path, progress: bool = True) -> Dataset:
    """The images of `source`, prepared in `folder` unless they lie there already.

    Raises:
        UserError: `folder` cannot be written, or too many images are damaged.
    """
    place = folder / f"{source.name}-{source.size}px-{sum(source.counts.values())}"
    try:
        made_of = source.made_of
    except OSError as error:
        raise unreadable(Path(error.filename or place), error) from error
    if not _fits(place, made_of):
        try:
            _prepare(place, source, progress)
        except OSError as error:
            raise UserError(
                f"The data cannot be written to {place} ({error.strerror}). "
                "Choose another place with DATA=…, or --data on the command line."
            ) from error
    return opened(place, source.name, source.about)


def opened(place: Path, name: str, about: About = UNKNOWN) -> Dataset:
    """What lies prepared in `place`, memory-mapped."""
    manifest = json.loads((place / "manifest.json").read_text())
    images = np.load(place / "images.npy", mmap_mode="r")
    table = pd.read_csv(place / "table.csv")
    counts = manifest.get("counts", manifest["source"].get("counts"))
    found = manifest.get("found", {"notes": [], "left_out": {}})
    about = replace(about, notes=(*about.notes, *found["notes"]), left_out=dict(found["left_out"]))
    parts, begin = {}, 0
    for split in SPLITS:
        rows = slice(begin, begin + counts[split])
        parts[split] = Split(images[rows], table[rows].reset_index(drop=True))
        begin = rows.stop
    if (place / "example.png").exists():
        about = replace(about, example=np.asarray(Image.open(place / "example.png")))
    return Dataset(name, digest=json_digest(manifest["files"]), about=about, **parts)


def find_prepared(folder: Path, size: int, digest: str) -> Path | None:
    """Where images of this size and digest lie prepared, or None; prepares nothing."""
    for manifest in sorted(folder.glob(f"*-{size}px-*/manifest.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            files = json.loads(manifest.read_text())["files"]
            if json_digest(files) == digest and _whole(manifest.parent, files):
                return manifest.parent
    return None


def _fits(place: Path, made_of: Mapping[str, Any]) -> bool:
    """Whether what lies there is whole and made from just this."""
    if not place.exists():
        return False
    try:
        manifest = json.loads((place / "manifest.json").read_text())
        if manifest["source"] != made_of:
            print(f"{place.name} was made with other settings or code: it is made again.")
            return False
        if not _whole(place, manifest["files"]):
            raise ValueError("its files are not what was written")
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{place.name} is damaged ({error}): it is made again.")
        return False
    return True


def _whole(place: Path, files: Mapping[str, str]) -> bool:
    return all(file_digest(place / file) == digest for file, digest in files.items())


def _prepare(place: Path, source: Provider, progress: bool) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(place)
    _require_room(place, source)
    with _workshop(place) as made:
        counts, tables = dict.fromkeys(SPLITS, 0), []
        left_out: dict[str, str] = {}
        with (
            (made / "images.npy").open("wb") as file,
            tqdm(
                total=sum(source.counts.values()), desc=f"preparing {source.about.title}",
                unit="image", disable=not progress,
            ) as bar,
        ):  # fmt: skip
            side = (source.size, source.size, 3)
            start = _write_header(file, (sum(source.counts.values()), *side))
            for chunk in source.chunks():
                file.write(np.ascontiguousarray(chunk.images).data)
                tables.append(chunk.table)
                counts[chunk.split] += len(chunk.images)
                left_out |= chunk.left_out
                bar.update(len(chunk.images) + len(chunk.left_out))
                _require_mostly_usable(left_out, source)
            file.seek(0)
            if _write_header(file, (sum(counts.values()), *side)) != start:
                raise RuntimeError("the header of images.npy changed its length")
        pd.concat(tables, ignore_index=True).to_csv(made / "table.csv", index=False)
        files = {name: file_digest(made / name) for name in ("images.npy", "table.csv")}
        example = source.example()
        if example is not None:
            Image.fromarray(example).save(made / "example.png")
        notes = list(source.notes())
        found = {"notes": notes, "left_out": left_out}
        content = {"source": source.made_of, "files": files, "counts": counts, "found": found}
        (made / "manifest.json").write_text(json.dumps(content, indent=2) + "\n")
        _report(notes, left_out)
        if place.exists():
            shutil.rmtree(place)
        made.rename(place)


def _report(notes: Sequence[str], left_out: Mapping[str, str]) -> None:
    """What a reader is told too, on the line."""
    for note in notes:
        print(note)
    for name, reason in list(left_out.items())[:LISTED]:
        print(f"Left out: {name!r} {reason}.")
    if len(left_out) > LISTED:
        print(f"Left out, {len(left_out):,} in all; manifest.json lists every one.")


def _write_header(file: io.BufferedIOBase, shape: tuple[int, ...]) -> int:
    """Where the data begins: NumPy leaves room, so that fewer images fit the same header."""
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, header)
    return file.tell()


def _require_mostly_usable(left_out: Mapping[str, str], source: Provider) -> None:
    """Refuse to go on once more of the images are damaged than chance would damage."""
    total = sum(source.counts.values())
    if len(left_out) <= TOLERATED * total:
        return
    examples = "; ".join(f"{name!r} {reason}" for name, reason in list(left_out.items())[:3])
    raise UserError(
        f"Too many images of {source.about.title} cannot be used. Expected: at most "
        f"{TOLERATED:.0%} of {total:,}. Received: {len(left_out):,} so far, such as {examples}. "
        "Mend or remove them. Nothing was changed."
    )


@contextlib.contextmanager
def _workshop(place: Path) -> Iterator[Path]:
    """A folder to work in beside `place`, locked for as long as this process lives."""
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}-") as partial:
        made = Path(partial) / "made"
        made.mkdir()
        with (Path(partial) / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield made


def _remove_abandoned(place: Path) -> None:
    """Remove what preparations of `place` left that were killed: nobody holds their locks."""
    for partial in place.parent.glob(f".{glob.escape(place.name)}-*"):
        with contextlib.suppress(OSError), (partial / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(partial, ignore_errors=True)


def _require_room(place: Path, source: Provider) -> None:
    needed = sum(source.counts.values()) * source.size**2 * 3 * 1.05
    free = shutil.disk_usage(place.parent).free
    if free < needed:
        raise UserError(
            f"There is too little room for the prepared images in {place.parent}. Expected: "
            f"{needed / 1e6:,.0f} MB. Received: {free / 1e6:,.0f} MB free. Make room, or choose "
            "another place with DATA=…, or --data on the command line."
        )
