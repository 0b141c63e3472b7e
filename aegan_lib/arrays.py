"""Arrays on disk, in a form in which nothing can hide: one .npz of plain arrays, not compressed.

No code, no links, nothing that unpacks to more than the file holds; every member has a checksum,
and equal arrays give equal bytes. Headers are looked at before anything is read.
"""

import os
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from io import BufferedReader
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

# What an array may be: its possible types, and its shape, in which None is any length.
Form = tuple[tuple[str, ...], tuple[int | None, ...]]


class UnreadableError(ValueError):
    """Why a file is not what it should be; its text goes into a sentence for a user."""


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    with path.open("wb") as file:
        # Without their order in a dictionary, which may differ.
        np.savez(file, allow_pickle=False, **{name: arrays[name] for name in sorted(arrays)})


def read_arrays(path: Path, form: Callable[[str], Form | None]) -> dict[str, np.ndarray]:
    """The arrays in `path`, each of the form that `form` gives for its name.

    Raises:
        UnreadableError: the file is damaged, is no plain file, or holds what `form` does not know.
    """
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            # One wrong length in the directory can swallow the entries after it.
            if len(members) != _said_to_hold(file):
                raise UnreadableError("another number of arrays than it says")
            names = [member.filename.removesuffix(".npy") for member in members]
            if len(set(names)) != len(names):
                raise UnreadableError("two arrays of one name")
            return {
                name: _member(archive, member, form(name))
                for name, member in zip(names, members, strict=True)
            }
    except UnreadableError:
        raise
    # Bytes that anybody made up fail in ways that neither NumPy nor zipfile lists.
    except Exception as error:
        raise UnreadableError(f"{type(error).__name__}: {error}") from error


def read_array(path: Path, form: Form) -> np.ndarray:
    """The array in a .npy file.

    Raises:
        UnreadableError: as `read_arrays`.
    """
    try:
        with open_regular(path) as file:
            return _array(file, os.fstat(file.fileno()).st_size, form, path.name)
    except UnreadableError:
        raise
    except Exception as error:  # as above
        raise UnreadableError(f"{type(error).__name__}: {error}") from error


def open_regular(path: Path) -> BufferedReader:
    """Open a plain file to read: no link, and no pipe or device, which might never end."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnreadableError("not a plain file")
    return os.fdopen(handle, "rb")


def _said_to_hold(file: IO[bytes]) -> int:
    """How many members an archive has by its own last words, after which there is nothing."""
    file.seek(-22, os.SEEK_END)
    signature, count = struct.unpack("<4s6xH10x", file.read())
    return count if signature == b"PK\5\6" else -1


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, form: Form | None) -> np.ndarray:
    if form is None:
        raise UnreadableError(f"an array {member.filename!r} that is not known")
    # Stored as it is, an array takes no more memory than the file takes on disk.
    if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
        raise UnreadableError(f"{member.filename} is compressed")
    with archive.open(member) as file:
        return _array(file, member.file_size, form, member.filename)


def _array(file: IO[bytes], size: int, form: Form, name: str) -> np.ndarray:
    types, expected = form
    version = npy.read_magic(file)
    if version != (1, 0):
        raise UnreadableError(f"{name} has a header of another version")
    shape, fortran, dtype = npy.read_array_header_1_0(file)
    fits = len(shape) == len(expected) and all(
        wanted in (None, length) for length, wanted in zip(shape, expected, strict=True)
    )
    if dtype.name not in types or dtype.hasobject or fortran or not fits:
        raise UnreadableError(
            f"{name} is {dtype.name} {shape}, where {' or '.join(types)} {expected} is expected"
        )
    count = int(np.prod(shape, dtype=object))  # exact, however large it claims to be
    if file.tell() + count * dtype.itemsize != size:
        raise UnreadableError(f"{name} has another size than it says")
    # To the end, where the archive compares checksums.
    data = file.read()
    return np.frombuffer(bytearray(data), dtype).reshape(shape)


def text_array(text: str) -> np.ndarray:
    """A text among arrays."""
    return np.frombuffer(text.encode(), np.uint8)
