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

from aegan_lib.arrays import UnreadableError
from aegan_lib.dataset import SPLITS, About, Dataset, Split
from aegan_lib.datasets.provider import Chunk, Provider
from aegan_lib.errors import UserError, unreadable
from aegan_lib.locks import held
from aegan_lib.profiles import Profile
from aegan_lib.records import MANIFEST, check
from aegan_lib.store import damaged, json_digest, read_record, seal

LARGEST = 2**28  # bytes of a manifest, which may say of thousands of pictures what is wrong
TOLERATED = 0.05  # share of the images that may turn out to be unusable
LISTED = 10  # of them that are named when they are found; the manifest names all


def cached(provider: Provider, profile: Profile, folder: Path, progress: bool = True) -> Dataset:
    """The images of `provider`, prepared in `folder` unless they lie there already.

    Raises:
        UserError: images cannot be read, `folder` cannot be written, or too many are damaged.
    """
    # The name tells a reader what the folder is; whether its content fits, the manifest decides.
    place = folder / f"{provider.name}-{provider.size}px-{sum(provider.counts.values())}"
    with _reading(place):
        made_of, said = provider.made_of, _said(provider.about)
    fits = _fits(place, made_of)
    if not fits or _manifest(place)["about"] != said:
        try:
            with held(folder / ".locks" / place.name, place.name) as waited:
                # Whoever was waited for may have prepared just this.
                if not (fits or (waited and _fits(place, made_of))):
                    _prepare(place, provider, progress)
                _describe(place, said)
        except OSError as error:
            raise UserError(
                f"The data cannot be written to {place} ({error.strerror}). "
                "Choose another place with DATA=…, or --data on the command line."
            ) from error
    return opened(place, provider.name, profile)


def opened(place: Path, name: str, profile: Profile) -> Dataset:
    """What lies prepared in `place`, memory-mapped; what it was prepared from is not looked at."""
    manifest = _manifest(place)
    images = np.load(place / "images.npy", mmap_mode="r")
    table = pd.read_csv(place / "table.csv")
    # What only the preparation could find out is added to what the provider says.
    counts, found, said = manifest["counts"], manifest["found"], manifest["about"]
    about = About(
        title=said["title"],
        what=said["what"],
        crop=said["crop"],
        box=tuple(said["box"]),
        notes=(*said["notes"], *found["notes"]),
        left_out=dict(found["left_out"]),
    )
    # The splits lie one after the other in images (n, h, w, 3); a slice of a memory map is not
    # read yet.
    parts, begin = {}, 0
    for split in SPLITS:
        rows = slice(begin, begin + counts[split])
        parts[split] = Split(images[rows], table[rows].reset_index(drop=True))
        begin = rows.stop
    if "example.png" in manifest["files"]:
        about = replace(about, example=np.asarray(Image.open(place / "example.png")))
    return Dataset(
        name=name,
        digest=_digest(manifest),
        profile=profile.fitted(counts),
        about=about,
        place=place,
        **parts,
    )


def reopened(place: Path, digest: str, name: str, profile: Profile) -> Dataset:
    """What lay prepared in `place` when a report began, if it still lies there.

    Raises:
        UserError: it is gone, damaged, or other images were prepared there since.
    """
    found = "nothing that can be read"
    with contextlib.suppress(UnreadableError):
        manifest = _manifest(place)
        if not _broken(place, manifest):
            found = _digest(manifest)
    if found != digest:
        raise UserError(
            f"The prepared images in {place} are not those that this report began with: other ones "
            f"were prepared there since. Expected: {digest[:12]}. Received: {found[:12]}. "
            "`make report` again is about what lies there then."
        )
    return opened(place, name, profile)


def _said(about: About) -> dict[str, Any]:
    """What a provider tells a reader, as JSON."""
    return {
        "title": about.title,
        "what": about.what,
        "crop": about.crop,
        "box": list(about.box),
        "notes": list(about.notes),
    }


def _describe(place: Path, said: Mapping[str, Any]) -> None:
    """Put what a reader is told into the manifest anew, where it is worded otherwise by now."""
    manifest = _manifest(place)
    if manifest["about"] != said:
        # Whatever somebody else put there does not become a part of it.
        seal(place / "manifest.json", manifest | {"about": said}, [*manifest["files"]])


def _digest(manifest: Mapping[str, Any]) -> str:
    """What tells the data apart: the images and their table, not the picture of the crop."""
    return json_digest({name: manifest["files"][name] for name in ("images.npy", "table.csv")})


def _manifest(place: Path) -> dict[str, Any]:
    """What a folder of the cache says of itself.

    Raises:
        UnreadableError: it says nothing, or not what a manifest says.
    """
    content = read_record(place / "manifest.json", LARGEST)
    check(content, MANIFEST, "manifest.json")
    return content


def _broken(place: Path, manifest: Mapping[str, Any]) -> list[str]:
    """The names of files that are not what was written."""
    if broken := damaged(place, manifest["files"]):
        return broken
    # The files are whole, but nothing vouches for the manifest itself.
    count = len(np.load(place / "images.npy", mmap_mode="r"))
    return [] if count == sum(manifest["counts"].values()) else ["manifest.json"]


def find_prepared(folder: Path, size: int, digest: str) -> Path | None:
    """Where images of this size and digest lie prepared, or None; prepares nothing."""
    # Any folder may lie here, half written or of another kind: what cannot be read is passed over.
    for place in (found.parent for found in sorted(folder.glob(f"*-{size}px-*/manifest.json"))):
        with contextlib.suppress(UnreadableError):
            content = _manifest(place)
            if _digest(content) == digest and not _broken(place, content):
                return place
    return None


def _fits(place: Path, made_of: Mapping[str, Any]) -> bool:
    """Whether what lies there is whole and made from just this."""
    if not place.exists():
        return False
    try:
        manifest = _manifest(place)
        # Made of something else: a changed setting or code, which is no damage.
        if manifest["made_of"] != made_of:
            print(f"{place.name} was made with other settings or code: it is made again.")
            return False
        # Made of the same, but are the files still the ones that were written?
        if broken := _broken(place, manifest):
            raise UnreadableError(f"{', '.join(broken)} is not what was written")
    except UnreadableError as error:
        print(f"{place.name} is damaged ({error}): it is made again.")
        return False
    return True


def _prepare(place: Path, provider: Provider, progress: bool) -> None:
    # Clean up first: what killed preparations left takes room that may be missing.
    place.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(place)
    _require_room(place, provider)
    # All is written in the workshop; whatever fails in here leaves `place` as it was.
    with _workshop(place) as made:
        counts, left_out = _write_images(made, provider, progress)
        with _reading(place):
            example, notes = provider.example(), list(provider.notes())
        if example is not None:
            Image.fromarray(example).save(made / "example.png")
        # The manifest comes last and seals the files: with it, the folder is whole.
        found = {"notes": notes, "left_out": left_out}
        content = {
            "made_of": provider.made_of,
            "counts": counts,
            "found": found,
            "about": _said(provider.about),
        }
        seal(made / "manifest.json", content)
        _report(notes, left_out)
        # Only now does the old content go.
        if place.exists():
            shutil.rmtree(place)
        made.rename(place)


def _write_images(
    made: Path, provider: Provider, progress: bool
) -> tuple[dict[str, int], dict[str, str]]:
    """Write images.npy and table.csv, chunk by chunk: how many of each split, what is left out."""
    total, side = sum(provider.counts.values()), (provider.size, provider.size, 3)
    counts, tables = dict.fromkeys(SPLITS, 0), []
    left_out: dict[str, str] = {}
    bar = tqdm(
        total=total,
        desc=f"preparing {provider.about.title}",
        unit="image",
        disable=not progress,
    )
    # Images go to the file as they come, so that memory holds one chunk of them. Damaged ones
    # are left out, so their number is known at the end only: the first header is a guess.
    with (made / "images.npy").open("wb") as file, bar:
        start = _write_header(file, (total, *side))
        for chunk in _chunks(provider, made):
            file.write(np.ascontiguousarray(chunk.images).data)  # (k, h, w, 3) uint8
            tables.append(chunk.table)
            counts[chunk.split] += len(chunk.images)
            left_out |= chunk.left_out
            bar.update(len(chunk.images) + len(chunk.left_out))
            _require_mostly_usable(left_out, provider)
        # Now that it is known how many images can be used, the header is written once more.
        file.seek(0)
        if _write_header(file, (sum(counts.values()), *side)) != start:
            raise RuntimeError("the header of images.npy changed its length")
    pd.concat(tables, ignore_index=True).to_csv(made / "table.csv", index=False)
    return counts, left_out


def _chunks(provider: Provider, place: Path) -> Iterator[Chunk]:
    with _reading(place):
        yield from provider.chunks()


@contextlib.contextmanager
def _reading(place: Path) -> Iterator[None]:
    """A disk error in here is one of reading images, and is told as such."""
    try:
        yield
    except OSError as error:
        raise unreadable(Path(error.filename or place), error) from error


def _report(notes: Sequence[str], left_out: Mapping[str, str]) -> None:
    """What a reader is told too, on the line."""
    for note in notes:
        print(note)
    for name, reason in list(left_out.items())[:LISTED]:
        print(f"Left out: {name!r} {reason}.")
    # A long list scrolls away what matters, and is kept in the manifest anyway.
    if len(left_out) > LISTED:
        print(f"Left out, {len(left_out):,} in all; manifest.json lists every one.")


def _write_header(file: io.BufferedIOBase, shape: tuple[int, ...]) -> int:
    """Where the data begins: NumPy leaves room, so that fewer images fit the same header."""
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, header)
    return file.tell()


def _require_mostly_usable(left_out: Mapping[str, str], provider: Provider) -> None:
    """Refuse to go on once more of the images are damaged than chance would damage."""
    total = sum(provider.counts.values())
    if len(left_out) <= TOLERATED * total:
        return
    # Three examples tell a reader what kind of damage it is.
    examples = "; ".join(f"{name!r} {reason}" for name, reason in list(left_out.items())[:3])
    raise UserError(
        f"Too many images of {provider.about.title} cannot be used. Expected: at most "
        f"{TOLERATED:.0%} of {total:,}. Received: {len(left_out):,} so far, such as {examples}. "
        "Mend or remove them. Nothing was changed."
    )


@contextlib.contextmanager
def _workshop(place: Path) -> Iterator[Path]:
    """A folder to work in beside `place`, locked for as long as this process lives."""
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}-") as partial:
        made = Path(partial) / "made"
        made.mkdir()
        # The system releases the lock even if the process is killed: a lock means work goes on.
        with (Path(partial) / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield made


def _remove_abandoned(place: Path) -> None:
    """Remove what preparations of `place` left that were killed: nobody holds their locks."""
    for partial in place.parent.glob(f".{glob.escape(place.name)}-*"):
        # Whoever still works holds the lock: asking without waiting fails, and the folder stays.
        with contextlib.suppress(OSError), (partial / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(partial, ignore_errors=True)


def _require_room(place: Path, provider: Provider) -> None:
    # Three bytes a pixel, and a twentieth more for the table and the rest.
    needed = sum(provider.counts.values()) * provider.size**2 * 3 * 1.05
    free = shutil.disk_usage(place.parent).free
    if free < needed:
        raise UserError(
            f"There is too little room for the prepared images in {place.parent}. Expected: "
            f"{needed / 1e6:,.0f} MB. Received: {free / 1e6:,.0f} MB free. Make room, or choose "
            "another place with DATA=…, or --data on the command line."
        )
