"""Lists beside the pictures: CelebA's .txt and Kaggle's .csv, and a folder's attributes.csv.

Every reader checks what it reads, and says which file is wrong, where and how.
"""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from aegan_lib.dataset import LANDMARKS
from aegan_lib.datasets.photos.lists import rows_in, wrong_list
from aegan_lib.datasets.photos.matching import composed

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
LONGEST = 60  # signs of an attribute's name, which becomes a column and a label


def read_partition(path: Path) -> pd.Series:
    """Picture -> 0, 1 or 2: training, validation, test."""
    table = _read(path, ("partition",), header=path.suffix.lower() == ".csv", counted=False)
    # All are texts still, so that a wrong one can be shown as it stands in the file.
    wrong = ~table["partition"].isin(("0", "1", "2"))
    if wrong.any():
        raise wrong_list(path, "0, 1 or 2 for every picture", _row(table, wrong))
    return table["partition"].astype(int)


def read_attributes(path: Path) -> pd.DataFrame:
    """Picture -> bool columns under CelebA's names, -1 being False."""
    table = _read(path, None)
    # An unknown name is a sign of another file under this name; a known subset is fine.
    unknown = [name for name in table if name not in CELEBA_ATTRIBUTES]
    if unknown or not len(table.columns):
        raise wrong_list(
            path,
            "a header of CelebA's attributes, such as Male and Smiling",
            f"{', '.join(map(repr, unknown[:5])) or 'none'}",
        )
    return truths(table, path)


def read_landmarks(path: Path) -> pd.DataFrame:
    """Picture -> the five points in pixels of the aligned image, under the columns we use."""
    table = _read(path, CELEBA_LANDMARKS)
    # What is no number becomes NaN, and is found with the infinite ones.
    # Where Excel parts cells by semicolons, it writes a comma into numbers.
    points = table.apply(lambda column: column.str.replace(",", "."))
    numbers = points.apply(pd.to_numeric, errors="coerce").astype(float)  # also without a row
    wrong = ~np.isfinite(numbers).all(axis=1)
    if wrong.any():
        raise wrong_list(path, "ten numbers for every picture", _row(table, wrong))
    # CelebA's order of points is ours, so that new names are all it takes.
    return numbers.set_axis(list(LANDMARK_COLUMNS), axis=1)


def read_own_attributes(path: Path) -> pd.DataFrame:
    """A folder's attributes.csv: picture, relative to the folder -> bool columns."""
    table = _read(path, None)
    taken = ("file", *LANDMARK_COLUMNS)
    # Names become columns beside those of the table itself, and labels on the page.
    bad = [name for name in table if not _is_name(name) or name in taken]
    if bad or not len(table.columns):
        raise wrong_list(
            path,
            "a header: the file's name, then at least one attribute, named by letters, digits, "
            f"spaces and . _ + - (and not {taken[0]!r})",
            f"{', '.join(map(repr, bad[:5])) or 'no attribute'}",
        )
    return truths(table, path)


def _is_name(text: str) -> bool:
    """Whether it is made of letters, with all that belongs to them, digits, blanks and . _ + -."""
    # M are vowels, accents and tones on a letter; two invisible signs join or part letters.
    signs = [s for s in text if unicodedata.category(s)[0] != "M" and s not in "\u200c\u200d"]
    return bool(signs) and len(text) <= LONGEST and all(s.isalnum() or s in "_ .+-" for s in signs)


def truths(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Texts as bool: 1, true; 0, -1, false."""
    # A handful of different texts stand in millions of cells: each is looked up once.
    texts = pd.unique(table.to_numpy().ravel())
    meant = {text: TRUTH.get(text.strip().lower()) for text in texts}
    read = table.apply(lambda column: column.map(meant))
    wrong = read.isna().any(axis=1)
    if wrong.any():
        raise wrong_list(path, "1, 0, -1, true or false in every cell", _row(table, wrong))
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
    separated = path.suffix.lower() == ".csv"
    rows = rows_in(path, separated)
    # From the top: how many rows there should be, then the columns' names, then the rows.
    announced = _announced(rows, path) if counted and not separated and rows else None
    names = list(columns or ())
    if header:
        names = _header(rows, path, separated)
        if columns and names != list(columns):
            raise wrong_list(path, f"the header {', '.join(columns)}", repr(", ".join(names)[:200]))
    # Then the shape: no column twice, no row too short or too long, none missing at the end.
    if len(set(names)) < len(names):
        raise wrong_list(path, "a header that names each column once", repr(", ".join(names)[:200]))
    for row in rows:
        # Excel fills rows with empty cells until the widest one.
        while len(row) > len(names) + 1 and not row[-1].strip():
            row.pop()
        if len(row) != len(names) + 1:
            expected = f"{len(names) + 1} columns in every row"
            raise wrong_list(path, expected, repr(" ".join(row)[:120]))
    if announced is not None and announced != len(rows):
        raise wrong_list(path, f"{announced:,} rows, as its first line says", f"{len(rows):,}")
    # The first word of a row is the picture, and indexes the rest.
    pictures = [row[0].strip() for row in rows]
    table = pd.DataFrame([row[1:] for row in rows], index=pictures, columns=names, dtype=object)
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        raise wrong_list(path, "every picture once", f"{twice[0]!r} more than once")
    return table


def _announced(rows: list[list[str]], path: Path) -> int:
    """The number of rows that the first line says; it is taken off."""
    first = rows.pop(0)
    # Of few digits: Python reads no number of thousands, and other scripts have digits too.
    if len(first) != 1 or not re.fullmatch("[0-9]{1,9}", first[0]):
        said = repr(" ".join(first)[:60])
        raise wrong_list(path, "the number of pictures in its first line", said)
    return int(first[0])


def _header(rows: list[list[str]], path: Path, separated: bool) -> list[str]:
    """The columns' names, without that of the pictures; they are taken off."""
    if not rows:
        raise wrong_list(path, "a header and a row for each picture", "nothing")
    # A .csv's header names the pictures' column too; CelebA's .txt leaves it out.
    names = rows.pop(0)[1 if separated else 0 :]
    names = [composed(name.strip()) for name in names]
    # Empty cells at its end are Excel's, and no columns.
    while names and not names[-1]:
        names.pop()
    return names


def _row(table: pd.DataFrame, wrong: pd.Series) -> str:
    # The first of the wrong rows as an example, and how many there are.
    name = wrong.index[wrong.to_numpy().argmax()]
    return f"{' '.join([name, *table.loc[name]])[:120]!r} ({int(wrong.sum()):,} such rows)"
