"""What went wrong in the user's terms; the command line prints it without a traceback."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


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
