"""Pictures in a folder or in a zip, by their names; a zip is read in place and never unpacked."""

import contextlib
import os
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from aegan_lib.datasets.photos.decoding import Picture
from aegan_lib.datasets.photos.folders import is_input
from aegan_lib.datasets.photos.opening import UnusableError
from aegan_lib.errors import UserError, unreadable
from aegan_lib.store import json_digest

LARGEST_MEMBER = 64 * 2**20  # bytes of one picture in a zip
JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif")


@dataclass(frozen=True)
class FolderFiles:
    """The pictures that lie directly in a folder."""

    place: Path

    @cached_property
    def names(self) -> frozenset[str]:
        try:
            # CelebA has 200,000 files: names alone are read, none is opened.
            with os.scandir(self.place) as entries:
                names = (entry.name for entry in entries if not entry.name.startswith("."))
                return frozenset(n for n in names if n.lower().endswith(JPEG_SUFFIXES))
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
        # Damaged bytes fail in more ways than zipfile lists, as in versions that it does not know.
        except Exception as error:
            raise not_a_zip(self.place) from error

    @cached_property
    def _members(self) -> dict[str, zipfile.ZipInfo]:
        found: dict[str, zipfile.ZipInfo] = {}
        for member in self._archive.infolist():
            # Anything but a picture is passed over, macOS's shadow copies of pictures too.
            path = PurePosixPath(_name(member))
            if path.suffix.lower() not in JPEG_SUFFIXES or not all(map(is_input, path.parts)):
                continue
            if not _stays_inside(member.filename):
                continue
            # Lists know pictures by the last part of their names, which then must be unique.
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
        # The zip's directory says a size, which is refused here, but which need not be true.
        member = self._members[name]
        if member.file_size > LARGEST_MEMBER:
            raise UnusableError(f"unpacks to {member.file_size:,} bytes (a decompression bomb?)")
        # However much it unpacks to, no more than this is held in memory.
        with self._lock, self._archive.open(member) as file:
            return file.read(LARGEST_MEMBER + 1)

    def stamp(self, names: Sequence[str]) -> dict[str, str]:
        return {"zip": str(self.place), "files": stamp(self.place.parent, [self.place.name])}

    def notes(self) -> list[str]:
        # No danger, since nothing is unpacked, but a reader may miss these pictures.
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
            # Size and time of change are enough, and far quicker than reading every file.
            found = (place / name).stat()
        except OSError:
            return name, -1, -1
        return name, found.st_size, found.st_mtime_ns

    return json_digest([look(name) for name in names])


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name; a Mac writes UTF-8 without saying so, which is read as another code."""
    if not member.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            return member.filename.encode("cp437").decode()
    return member.filename


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
    # Either it is something else, or, most often, the page that a web server sent instead.
    received = f"{path.stat().st_size:,} bytes of something else, or of a damaged zip"
    if begin.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        received = (
            "a web page: the download was refused, usually because its quota was used up. Download "
            "it again later, or from elsewhere"
        )
    return UserError(f"{path} is not a zip. Expected: a zip of pictures. Received: {received}.")


def _stays_inside(name: str) -> bool:
    # Backslashes and colons would lead out of the folder on Windows.
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name)


Files = FolderFiles | ZipFiles
