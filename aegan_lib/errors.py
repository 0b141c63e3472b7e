"""What went wrong in the user's terms; the command line prints it without a traceback."""

from collections.abc import Iterable
from pathlib import Path


class UserError(ValueError):
    """What happened, what was expected, what was received and what to do about it."""


def unknown_name(what: str, received: str, known: Iterable[str]) -> UserError:
    return UserError(
        f"Unknown {what}. Expected one of: {', '.join(known)}. Received: {received!r}."
    )


def unreadable(path: Path, error: OSError) -> UserError:
    return UserError(
        f"{path} cannot be read ({error.strerror}). Expected: files and folders that you may read."
    )
