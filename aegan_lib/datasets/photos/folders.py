"""What lies in a folder and below it, of which not all is somebody's own picture."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from aegan_lib.errors import unreadable

# Folders, in small letters, that systems and network drives make: smaller copies of pictures that
# lie elsewhere, what was deleted, what was yesterday.
NOT_INPUT = frozenset(
    (
        "@eadir",
        "@tmp",
        "#recycle",
        "#snapshot",
        "~snapshot",
        "@recycle",
        "@recently-snapshot",
        "$recycle.bin",
        "recycler",
        "recycled",
        "system volume information",
        "lost+found",
        "__macosx",
        "network trash folder",
        "temporary items",
        "thevolumesettingsfolder",
    )
)
PREPARED = {"images.npy", "table.csv", "manifest.json"}  # a folder of the cache holds all three


def is_input(name: str) -> bool:
    """Whether a file or folder of this name is somebody's own: not hidden and not a system's."""
    return (not name.startswith(".") or name in (".", "..")) and name.lower() not in NOT_INPUT


def files_below(root: Path, excluded: Sequence[Path] = ()) -> list[str]:
    """Files in a folder and in all below it, sorted, relative to it, with /.

    Links are followed, each folder is entered once, and what is hidden, a system's own or prepared
    data is left out.

    Arguments:
        root: the folder.
        excluded: folders that are no part of it, unless it lies in them itself.

    Raises:
        UserError: a folder cannot be read.
    """
    seen: set[tuple[int, int]] = set()
    root = root.resolve()
    barred = {each.resolve() for each in excluded} - _to(root)

    def walk(folder: Path) -> Iterator[str]:
        try:
            about = folder.stat()
            # A folder is known by its number on its device, whatever path leads to it.
            if (about.st_dev, about.st_ino) in seen:  # a link that leads back, or to it twice
                return
            seen.add((about.st_dev, about.st_ino))
            # A link may lead into an excluded folder from elsewhere.
            if not barred.isdisjoint(_to(folder.resolve())):
                return
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise unreadable(folder, error) from error
        if {entry.name for entry in entries} >= PREPARED:
            return
        for entry in entries:
            if not is_input(entry.name):
                continue
            if os.path.isdir(entry.path):  # a link to itself is none, and no error
                yield from walk(Path(entry.path))
            else:
                yield Path(entry.path).relative_to(root).as_posix()

    return sorted(walk(root))


def _to(place: Path) -> set[Path]:
    """All folders that lead to a place, and the place."""
    return {place, *place.parents}
