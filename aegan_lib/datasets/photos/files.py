"""Pictures in a folder or in a zip, by their names; a zip is read in place and never unpacked."""

import os
import threading
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from aegan_lib.datasets.photos.decoding import Picture, UnusableError
from aegan_lib.errors import UserError, unreadable
from aegan_lib.store import json_digest

LARGEST_MEMBER = 64 * 2**20  # bytes of one picture in a zip


@dataclass(frozen=True)
class FolderFiles:
    """The pictures that lie directly in a folder."""

    place: Path
    suffixes: tuple[str, ...] = (".jpg", ".jpeg")

    @cached_property
    def names(self) -> frozenset[str]:
        try:
            with os.scandir(self.place) as entries:
                return frozenset(e.name for e in entries if e.name.lower().endswith(self.suffixes))
        except OSError as error:
            raise unreadable(self.place, error) from error

    def picture(self, name: str) -> Picture:
        return Picture(name, lambda: self.place / name)

    def stamp(self, names: Sequence[str]) -> dict[str, str]:
        """What tells these files from others of the same names, without reading them."""
        return {"folder": str(self.place), "files": stamp(self.place, names)}

    def notes(self) -> list[str]:
        return []


@dataclass(frozen=True)
class ZipFiles:
    """The pictures in a zip, by the last part of their names."""

    place: Path
    # Members may be read by several threads, but are opened and closed by one at a time.
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.place)
        except (OSError, zipfile.BadZipFile) as error:
            raise not_a_zip(self.place) from error

    @cached_property
    def _members(self) -> dict[str, zipfile.ZipInfo]:
        found: dict[str, zipfile.ZipInfo] = {}
        for member in self._archive.infolist():
            path = PurePosixPath(member.filename)
            if path.suffix.lower() not in (".jpg", ".jpeg") or "__MACOSX" in path.parts:
                continue
            if not _stays_inside(member.filename):
                continue
            if path.name in found:
                raise UserError(
                    f"{self.place.name} holds a picture twice. Expected: every name once. "
                    f"Received: {found[path.name].filename!r} and {member.filename!r}."
                )
            found[path.name] = member
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self._members)

    def picture(self, name: str) -> Picture:
        return Picture(name, lambda: self._read(name))

    def _read(self, name: str) -> bytes:
        member = self._members[name]
        if member.file_size > LARGEST_MEMBER:
            raise UnusableError(f"unpacks to {member.file_size:,} bytes (a decompression bomb?)")
        with self._lock, self._archive.open(member) as file:
            return file.read(LARGEST_MEMBER + 1)

    def stamp(self, names: Sequence[str]) -> dict[str, str]:
        return {"zip": str(self.place), "files": stamp(self.place.parent, [self.place.name])}

    def notes(self) -> list[str]:
        outside = [m.filename for m in self._archive.infolist() if not _stays_inside(m.filename)]
        if not outside:
            return []
        return [
            f"{len(outside):,} members of {self.place.name} have names that lead out of it, like "
            f"{outside[0]!r}; they were left alone, and nothing is ever unpacked."
        ]


def stamp(place: Path, names: Sequence[str]) -> str:
    """Digest of the files' names, sizes and times of change; of a missing one its name alone."""

    def look(name: str) -> tuple[str, int, int]:
        try:
            found = (place / name).stat()
        except OSError:
            return name, -1, -1
        return name, found.st_size, found.st_mtime_ns

    return json_digest([look(name) for name in names])


def pictures_below(root: Path, suffixes: tuple[str, ...]) -> list[str]:
    """Pictures in a folder and in all below it, sorted, relative to it, with /.

    Links are followed, each folder is entered once, and what is hidden is left out.

    Raises:
        UserError: a folder cannot be read.
    """
    seen: set[tuple[int, int]] = set()

    def walk(folder: Path) -> Iterator[str]:
        try:
            about = folder.stat()
            if (about.st_dev, about.st_ino) in seen:  # a link that leads back, or to it twice
                return
            seen.add((about.st_dev, about.st_ino))
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise unreadable(folder, error) from error
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            if os.path.isdir(entry.path):  # a link to itself is none, and no error
                yield from walk(Path(entry.path))
            elif entry.name.lower().endswith(suffixes):
                yield Path(entry.path).relative_to(root).as_posix()

    return sorted(walk(root))


def readable(name: str) -> str:
    """A file's name as text; what is no UTF-8 in it becomes an escape."""
    return name.encode("utf-8", "backslashreplace").decode()


def not_a_zip(path: Path) -> UserError:
    """Says what the file is instead: usually the page that tells of a used-up quota."""
    try:
        with path.open("rb") as file:
            begin = file.read(512)
    except OSError as error:
        return unreadable(path, error)
    received = f"{path.stat().st_size:,} bytes of something else, or of a damaged zip"
    if begin.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        received = (
            "a web page: the download was refused, usually because its quota was used up. Download "
            "it again later, or from elsewhere"
        )
    return UserError(f"{path} is not a zip. Expected: a zip of pictures. Received: {received}.")


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name)


Files = FolderFiles | ZipFiles
