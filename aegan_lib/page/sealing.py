"""What a page was made of, kept in the page itself, with a digest of all the rest of it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from aegan_lib.arrays import UnreadableError, open_regular

UNKNOWN = "0" * 64  # where the page's own digest will stand
LARGEST = 2**29  # bytes of a page; one of a hundred runs has a few dozen million
HEAD = 2**20  # bytes, within which the record stands


def unsealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it stands in a page whose digest is not known yet."""
    return {"page": UNKNOWN, **record}


def sealed(page: str) -> str:
    """`page` with its own digest in its record."""
    return page.replace(UNKNOWN, _digest(page.encode()), 1)


def has_record(path: Path) -> bool:
    """Whether a file claims to be a page with a record."""
    try:
        with open_regular(path) as file:
            return _record(file.read(HEAD)) is not None
    except (OSError, UnreadableError):
        return False


def made_of(path: Path) -> dict[str, Any]:
    """The record in a page, if the page still is what was written.

    Raises:
        UnreadableError: it has no record, or is not what was written.
    """
    with open_regular(path) as file:
        content = file.read(LARGEST + 1)
    found = _record(content)
    if len(content) > LARGEST or found is None:
        raise UnreadableError("it has no record of what it was made of")
    try:
        record = json.loads(found)
        digest = str(record["page"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableError(f"its record cannot be read ({error})") from error
    if _digest(content.replace(digest.encode(), UNKNOWN.encode(), 1)) != digest:
        raise UnreadableError("it is not what was written")
    return record


def _record(page: bytes) -> str | None:
    head = BeautifulSoup(page[:HEAD].partition(b"</head>")[0], "html.parser")
    found = head.find("meta", attrs={"name": "made-of"})
    return str(found.get("content")) if found else None


def _digest(page: bytes) -> str:
    return hashlib.sha256(page).hexdigest()
