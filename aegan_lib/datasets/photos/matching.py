"""Which picture a list means: by its very name, or by one that differs in nothing that matters."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from aegan_lib.errors import UserError


def composed(text: str) -> str:
    r"""Text with each letter and its accents as one sign, however it was written.

    >>> len("e\u0301"), len(composed("e\u0301"))
    (2, 1)
    """
    return unicodedata.normalize("NFC", text)


def matched(names: Iterable[str], there: Iterable[str]) -> dict[str, str]:
    r"""Name -> the one of `there` that it means; names without one are left out.

    A name means its like. What is left over on both sides meets without regard to composed letters
    (a Mac decomposes them), to large and small ones, and to Windows' way of writing a path, if just
    one on either side can be meant.

    >>> matched(["1.jpg", "a\\2.jpg", "3.jpg"], ["1.jpg", "1.JPG", "a/2.JPG"])
    {'1.jpg': '1.jpg', 'a\\2.jpg': 'a/2.JPG'}
    """
    listed, present = list(names), set(there)
    alike = {name for name in listed if name in present}
    wanted, offered = _by_key(set(listed) - alike), _by_key(present - alike)
    found = {
        name: offered[key][0]
        for key, (name, *others) in wanted.items()
        if not others and len(offered.get(key, ())) == 1
    }
    # In the order of the names.
    both = found | {name: name for name in alike}
    return {name: both[name] for name in listed if name in both}


def rows_of(names: Iterable[str], table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The rows of a list that mean these pictures, indexed by them.

    Raises:
        UserError: no row means any of them.
    """
    wanted = list(names)
    found = matched(wanted, table.index)
    if not found and wanted:
        raise no_meeting(path, wanted, table.index)
    return table.loc[list(found.values())].set_axis(list(found), axis=0)


def no_meeting(path: Path, pictures: Iterable[str], listed: Iterable[str]) -> UserError:
    """Pictures and a list that know nothing of each other, with an example of each."""
    there, names = sorted(pictures), list(listed)
    return UserError(
        f"No picture is listed in {path}. Expected in its first column: the names of the "
        f"{len(there):,} pictures, such as {there[0]!r}. Received: {len(names):,} names"
        f"{f', such as {names[0]!r}' if names else ''}. Rename either of them."
    )


def _by_key(names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        key = composed(composed(name).casefold()).replace("\\", "/").removeprefix("./")
        groups[key].append(name)
    return groups
