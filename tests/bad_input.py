"""Bad input of every kind, and what has to come of it.

A kind is one thing that a user gives and one way in which it can be wrong, such as a seed below 0
or a list that names a picture twice. It stands in the registry of its module under a name of its
own, with made-up examples that differ in nothing but their values, however many are tried.
`tests/test_bad_input.py` counts the registries. Not counted are the cases that other tests give by
hand, of which most are of the same kinds.

Whatever comes of an example comes soon, and is either of use or told in a user's words: what was
expected, what was received, what to do. No file that was there is lost or changed, and none is left
behind.
"""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from hypothesis import strategies as st

from aegan_lib.errors import UserError
from aegan_lib.store import file_digest

SECONDS = 20  # far more than any example takes, also on a busy machine
EXPECTED = re.compile(r"[Ee]xpected|must be|needs|holds numbers alone|is called as|Make it|damaged")
RECEIVED = re.compile(
    r"[Rr]eceived|cannot be (read|written)|is damaged| is .*, where |There is no|library's own"
    r"|\.py(, line \d+)?: \w+: "  # what Python said of somebody's file
)
# What has broken somebody's shell, page, terminal, format string or file name.
HARM = (
    "<script>alert(1)</script>", "../../x", "a/b", "it's", '"', "two\nlines", "\x1b[2J", "{0}%s",
    "‮", "&amp;", "$(touch harm)", "`touch harm`", "-rf", "a\\b", "naïve ☃", "x" * 3000, "; x",
)  # fmt: skip
odd = st.sampled_from(HARM)
text = odd | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
words = text.filter(str.strip)  # of which something is left without blanks
unending = st.sampled_from([float("nan"), float("inf"), -float("inf")])
below_0 = st.floats(max_value=-1e-9, allow_infinity=False)
beyond_float32 = st.floats(3.5e38, 1e308) | st.integers(4 * 10**38, 10**400)
no_text = st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.integers())
no_number = st.none() | st.booleans() | text | st.lists(st.floats()) | st.just({})


@dataclass(frozen=True)
class Kind:
    """One way of being wrong.

    Arguments:
        examples: what is given.
        told: a pattern of what is said of it; empty where it may be used as well.
    """

    examples: st.SearchStrategy[Any]
    told: str = ""


@dataclass
class Outcome:
    """What came of an example: what was made of it, or what was said."""

    made: list[Any] = field(default_factory=list)
    error: UserError | click.ClickException | None = None


@contextmanager
def watched(*folders: Path) -> Iterator[Outcome]:
    """Whatever happens in here ends soon, in words or well, and leaves all files as they were."""

    def late(*_: object) -> None:
        raise TimeoutError

    before = [files_in(folder) for folder in folders]
    handler = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    outcome = Outcome()
    try:
        yield outcome
    except (UserError, click.ClickException) as error:
        outcome.error = error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert [files_in(folder) for folder in folders] == before


def judge(kind: Kind, outcome: Outcome) -> None:
    """Find nothing wrong with what was said; where nothing was said, that may be so."""
    error = outcome.error
    if error is None:
        assert not kind.told, outcome.made
        return
    said = error.format_message() if isinstance(error, click.ClickException) else str(error)
    assert re.search(kind.told, said, re.S), said
    # Click has its own words for what was expected and received, and ends with 2.
    if isinstance(error, click.ClickException):
        assert error.exit_code == 2
    else:
        assert EXPECTED.search(said), said
        assert RECEIVED.search(said), said


def files_in(folder: Path) -> dict[str, str]:
    """Every plain file below a folder, and a digest of what is in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): file_digest(path) for path in files}


def cut(content: bytes) -> st.SearchStrategy[bytes]:
    """The content without its end."""
    return st.integers(0, len(content) - 1).map(lambda end: content[:end])


def flipped(content: bytes) -> st.SearchStrategy[bytes]:
    """The content with some bits turned round."""

    def flip(bits: list[int]) -> bytes:
        changed = bytearray(content)
        for bit in bits:
            changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)

    return st.lists(st.integers(0, 8 * len(content) - 1), min_size=1, max_size=8).map(flip)


def blanked(content: bytes) -> st.SearchStrategy[bytes]:
    """The content with zeros in the place of some of it, as a disk leaves a page."""

    def blank(ends: tuple[int, int]) -> bytes:
        begin, end = sorted(ends)
        return content[:begin] + bytes(end - begin) + content[end:]

    return st.tuples(*[st.integers(0, len(content))] * 2).map(blank)
