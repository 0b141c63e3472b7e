"""A list as rows of text, as spreadsheets and CelebA's authors write them."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from aegan_lib.errors import UserError, unreadable

SEPARATORS = ",;\t"  # of a .csv: Excel writes what the system's language is used to


def rows_in(path: Path, separated: bool) -> list[list[str]]:
    """The words of every line that has any; they are separated, or parted by blanks."""
    text = _text(path)
    known: dict[str, str] = {}  # one string for each value: CelebA's list has millions
    # csv knows quotes and separators; CelebA's own lists are padded with any number of blanks.
    rows = _cells(path, text) if separated else map(str.split, io.StringIO(text))
    return [[known.setdefault(word, word) for word in row] for row in rows if any(map(_said, row))]


def _said(cell: str) -> bool:
    return bool(cell) and not cell.isspace()


def _cells(path: Path, text: str) -> Iterator[list[str]]:
    """The cells of a .csv, whatever separates them."""
    # Excel reads and writes the separator in a line before all others.
    said = re.match(r"sep=([,;|\t])\n", text)
    body = text[said.end() :] if said else text
    # Else it is what parts the first line that has any text in most columns.
    first = next((line for line in body.splitlines() if line.strip(f" {SEPARATORS}")), "")
    likely = max(SEPARATORS, key=re.sub(r'"[^"]*"', "", first).count)
    # Strict, so that a quote which never closes is an error, and no cell with all that follows.
    reader = csv.reader(io.StringIO(body), delimiter=said[1] if said else likely, strict=True)
    begun = 1
    try:
        for row in reader:
            yield row
            begun = reader.line_num + 1
    except csv.Error as error:
        line = begun + bool(said)
        raise wrong_list(
            path,
            "cells that are parted by commas, semicolons or tabs, and quotes in pairs",
            f"from line {line:,} on, {str(error)[:80]!r}, as of a quote that never closes",
        ) from None


def _text(path: Path) -> str:
    """What stands in a list, if it is text and no web page."""
    try:
        # Spreadsheets put a mark of the encoding in front, which utf-8-sig takes off.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError:
        expected = "text in UTF-8 (of Excel's formats: CSV UTF-8)"
        raise wrong_list(path, expected, "something else") from None
    # A download that was refused leaves a page that says so, under the list's name.
    if re.match(r"\s*<(!doctype|html)", text[:200], re.I):
        raise wrong_list(path, "a list", "a web page, which is what a refused download leaves")
    return text


def wrong_list(path: Path, expected: str, received: str) -> UserError:
    """What was expected of a list, and what stands there."""
    return UserError(
        f"The list {path.name} is not as it should be. Expected: {expected}. "
        f"Received: {received}. Mend it or get it again: {path}"
    )
