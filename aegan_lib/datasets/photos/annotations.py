"""Lists beside the pictures: CelebA's .txt and Kaggle's .csv, and a folder's attributes.csv.

Every reader checks what it reads, and says which file is wrong, where and how.
"""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from aegan_lib.dataset import LANDMARKS
from aegan_lib.errors import UserError

CELEBA_ATTRIBUTES = (
    "5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bald", "Bangs",
    "Big_Lips", "Big_Nose", "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair", "Bushy_Eyebrows",
    "Chubby", "Double_Chin", "Eyeglasses", "Goatee", "Gray_Hair", "Heavy_Makeup",
    "High_Cheekbones", "Male", "Mouth_Slightly_Open", "Mustache", "Narrow_Eyes", "No_Beard",
    "Oval_Face", "Pale_Skin", "Pointy_Nose", "Receding_Hairline", "Rosy_Cheeks", "Sideburns",
    "Smiling", "Straight_Hair", "Wavy_Hair", "Wearing_Earrings", "Wearing_Hat",
    "Wearing_Lipstick", "Wearing_Necklace", "Wearing_Necktie", "Young",
)  # fmt: skip
# CelebA's names of the five points, in the order of LANDMARKS; each is followed by _x and _y.
CELEBA_POINTS = ("lefteye", "righteye", "nose", "leftmouth", "rightmouth")
CELEBA_LANDMARKS = tuple(f"{point}_{axis}" for point in CELEBA_POINTS for axis in "xy")
LANDMARK_COLUMNS = tuple(f"{name}_{axis}" for name in LANDMARKS for axis in "xy")
TRUTH = {"1": True, "0": False, "-1": False, "true": True, "false": False}
NAME = re.compile(r"[\w .+-]{1,60}")  # of an attribute: it becomes a column and a label


def read_partition(path: Path) -> pd.Series:
    """Picture -> 0, 1 or 2: training, validation, test."""
    table = _read(path, ("partition",), header=path.suffix == ".csv", counted=False)
    wrong = ~table["partition"].isin(("0", "1", "2"))
    if wrong.any():
        raise _wrong(path, "0, 1 or 2 for every picture", _row(table, wrong))
    return table["partition"].astype(int)


def read_attributes(path: Path) -> pd.DataFrame:
    """Picture -> bool columns under CelebA's names, -1 being False."""
    table = _read(path, None)
    unknown = [name for name in table if name not in CELEBA_ATTRIBUTES]
    if unknown or not len(table.columns):
        raise _wrong(
            path,
            "a header of CelebA's attributes, such as Male and Smiling",
            f"{', '.join(map(repr, unknown[:5])) or 'none'}",
        )
    return truths(table, path)


def read_landmarks(path: Path) -> pd.DataFrame:
    """Picture -> the five points in pixels of the aligned image, under the columns we use."""
    table = _read(path, CELEBA_LANDMARKS)
    numbers = table.apply(pd.to_numeric, errors="coerce")
    wrong = ~np.isfinite(numbers).all(axis=1)
    if wrong.any():
        raise _wrong(path, "ten numbers for every picture", _row(table, wrong))
    return numbers.astype(float).set_axis(list(LANDMARK_COLUMNS), axis=1)


def read_own_attributes(path: Path) -> pd.DataFrame:
    """A folder's attributes.csv: picture, relative to the folder -> bool columns."""
    table = _read(path, None)
    taken = ("file", *LANDMARK_COLUMNS)
    bad = [name for name in table if not NAME.fullmatch(name) or name in taken]
    if bad or not len(table.columns):
        raise _wrong(
            path,
            "a header: the file's name, then at least one attribute, named by letters, digits, "
            f"spaces and . _ + - (and not {taken[0]!r})",
            f"{', '.join(map(repr, bad[:5])) or 'no attribute'}",
        )
    return truths(table, path)


def truths(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Texts as bool: 1, true; 0, -1, false."""
    texts = pd.unique(table.to_numpy().ravel())
    meant = {text: TRUTH.get(text.strip().lower()) for text in texts}
    read = table.apply(lambda column: column.map(meant))
    wrong = read.isna().any(axis=1)
    if wrong.any():
        raise _wrong(path, "1, 0, -1, true or false in every cell", _row(table, wrong))
    return read.astype(bool)


def _read(
    path: Path, columns: Sequence[str] | None, header: bool = True, counted: bool = True
) -> pd.DataFrame:
    """A list as texts, indexed by picture.

    Arguments:
        path: a .csv with a header, or CelebA's .txt, parted by blanks, whose header, unlike a
            .csv's, does not name the first column.
        columns: those that are expected, where they are known.
        header: whether it has one.
        counted: whether a .txt starts with the number of its rows.
    """
    separated = path.suffix == ".csv"
    rows = _rows(_text(path), separated)
    # From the top: how many rows there should be, then the columns' names, then the rows.
    announced = _announced(rows, path) if counted and not separated and rows else None
    names = list(columns or ())
    if header:
        names = _header(rows, path, separated)
        if columns and names != list(columns):
            raise _wrong(path, f"the header {', '.join(columns)}", repr(", ".join(names)[:200]))
    if len(set(names)) < len(names):
        raise _wrong(path, "a header that names each column once", repr(", ".join(names)[:200]))
    for row in rows:
        if len(row) != len(names) + 1:
            raise _wrong(path, f"{len(names) + 1} columns in every row", repr(" ".join(row)[:120]))
    if announced is not None and announced != len(rows):
        raise _wrong(path, f"{announced:,} rows, as its first line says", f"{len(rows):,}")
    pictures = [row[0].strip() for row in rows]
    table = pd.DataFrame([row[1:] for row in rows], index=pictures, columns=names, dtype=object)
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        raise _wrong(path, "every picture once", f"{twice[0]!r} more than once")
    return table


def _text(path: Path) -> str:
    """What stands in a list, if it is text and no web page."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError:
        raise _wrong(path, "text in UTF-8", "something else") from None
    if re.match(r"\s*<(!doctype|html)", text[:200], re.I):
        raise _wrong(path, "a list", "a web page, which is what a refused download leaves")
    return text


def _rows(text: str, separated: bool) -> list[list[str]]:
    """The words of every line that has any."""
    lines = io.StringIO(text)
    known: dict[str, str] = {}  # one string for each value: CelebA's list has millions
    rows = csv.reader(lines) if separated else map(str.split, lines)
    return [[known.setdefault(word, word) for word in row] for row in rows if row]


def _announced(rows: list[list[str]], path: Path) -> int:
    """The number of rows that the first line says; it is taken off."""
    first = rows.pop(0)
    if len(first) != 1 or not first[0].isdigit():
        said = repr(" ".join(first)[:60])
        raise _wrong(path, "the number of pictures in its first line", said)
    return int(first[0])


def _header(rows: list[list[str]], path: Path, separated: bool) -> list[str]:
    """The columns' names, without that of the pictures; they are taken off."""
    if not rows:
        raise _wrong(path, "a header and a row for each picture", "nothing")
    names = rows.pop(0)[1 if separated else 0 :]
    return [name.strip() for name in names]


def _row(table: pd.DataFrame, wrong: pd.Series) -> str:
    name = wrong.index[wrong.to_numpy().argmax()]
    return f"{' '.join([name, *table.loc[name]])[:120]!r} ({int(wrong.sum()):,} such rows)"


def _wrong(path: Path, expected: str, received: str) -> UserError:
    return UserError(
        f"The list {path.name} is not as it should be. Expected: {expected}. "
        f"Received: {received}. Mend it or get it again: {path}"
    )
