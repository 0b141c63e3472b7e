"""What went wrong in the user's terms; the command line prints it without a traceback."""

import errno
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
# What a disk says that takes no more: it is full, beyond a limit, read-only or broken.
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


class UserError(ValueError):
    """What happened, what was expected, what was received and what to do about it."""


def unknown_name(what: str, received: str, known: Iterable[str]) -> UserError:
    return UserError(
        f"Unknown {what}. Expected one of: {', '.join(known)}. Received: {received!r:.200}."
    )


def unreadable(path: Path, error: OSError) -> UserError:
    return UserError(
        f"{path} cannot be read ({error.strerror}). Expected: files and folders that you may read."
    )


def named(what: str, name: str, known: Mapping[str, T]) -> T:
    """The one of `known` that has this name.

    Raises:
        UserError: none has.
    """
    if name not in known:
        raise unknown_name(what, name, known)
    return known[name]
