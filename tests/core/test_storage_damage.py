"""A checkpoint whose bytes were damaged is refused or gives the very same numbers, never others."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegan_lib.arrays import UnreadableError, read_arrays, write_arrays

PAGE = 512  # bytes that a disk loses or mixes up at once, at the least
RNG = np.random.default_rng(0)

# As in a checkpoint: arrays of one form beside each other, a number, one that is empty, large ones.
ARRAYS = {
    "about": np.frombuffer(b'{"seconds": 3.5, "history": ["mse", "bce"]}', np.uint8),
    "best/0": RNG.normal(size=(11, 12)).astype(np.float32),
    "epochs/mse": np.zeros(0),
    "history/bce": RNG.normal(size=9),
    "history/mse": RNG.normal(size=9),
    "samples": RNG.integers(0, 256, (2, 1, 8, 8, 3), np.uint8),
    "variable/iteration": np.array(7),
    "variable/velocity": RNG.normal(size=(11, 12)).astype(np.float32),
}


def form(name: str):
    """As lenient as a checkpoint's forms: what is counted in rows has any length and any name."""
    kind = name.partition("/")[0]
    if kind in ("history", "epochs"):
        return ("float64",), (None,)
    array = ARRAYS.get(name)
    if array is None:
        return None
    return (array.dtype.name,), (None,) if name == "about" else array.shape


def content(place: Path, arrays=ARRAYS) -> bytes:
    write_arrays(place / "whole.npz", arrays)
    return (place / "whole.npz").read_bytes()


def outcome(place: Path, damaged: bytes) -> str:
    """What reading gives: it is refused, the same, or the text says what is wrong with it."""
    path = place / "damaged.npz"
    path.write_bytes(damaged)
    try:
        arrays = read_arrays(path, form)
    except UnreadableError:
        return "refused"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if arrays.keys() != ARRAYS.keys():
        return f"read {sorted(arrays)}"
    # By their bytes: a flipped sign of zero is another number, too.
    wrong = [
        name
        for name, array in ARRAYS.items()
        if (arrays[name].dtype, arrays[name].shape) != (array.dtype, array.shape)
        or arrays[name].tobytes() != array.tobytes()
    ]
    return f"wrong numbers in {', '.join(wrong)}" if wrong else "same"


def flipped(whole: bytes, at: int, bits: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ bits]) + whole[at + 1 :]


def overwritten(whole: bytes, at: int, new: bytes) -> bytes:
    return (whole[:at] + new + whole[at + len(new) :])[: len(whole)]


def framework(whole: bytes) -> list[int]:
    """The places of all bytes that are no numbers: of the archive and of the arrays' headers."""
    numbers: set[int] = set()
    for array in ARRAYS.values():
        if array.nbytes:
            begin = whole.index(array.tobytes())
            numbers |= {*range(begin, begin + array.nbytes)}
    return [at for at in range(len(whole)) if at not in numbers]


def damages(whole: bytes) -> Iterator[bytes]:
    """Every bit of the archive's framework flipped, a bit of every number's byte, every length,
    every page lost, and every page in another one's place.
    """
    frame = {*framework(whole)}
    for at in range(len(whole)):
        for bit in range(8) if at in frame else (at % 8,):
            yield flipped(whole, at, 1 << bit)
    for length in range(len(whole)):
        yield whole[:length]
    pages = range(0, len(whole), PAGE)
    for at in pages:
        yield overwritten(whole, at, bytes(PAGE))
        for other in pages:
            if other != at:
                yield overwritten(whole, at, whole[other : other + PAGE])


def sweep(place: Path) -> tuple[int, list[str]]:
    """How many damages were read, and what went wrong."""
    whole = content(place)
    found = [outcome(place, damaged) for damaged in damages(whole) if damaged != whole]
    return len(found), [said for said in found if said not in ("refused", "same")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


@pytest.fixture(scope="module")
def whole(place: Path) -> bytes:
    return content(place)


def test_what_is_whole_is_read(place, whole):
    assert outcome(place, whole) == "same"


@settings(max_examples=300, derandomize=True, deadline=None)
@given(data=st.data())
def test_flipped_bits_give_no_wrong_numbers(place, whole, data):
    frame = framework(whole)
    # As often in the framework as in the numbers, of which there are many more.
    anywhere = st.one_of(st.sampled_from(frame), st.integers(0, len(whole) - 1))
    flips = st.lists(st.tuples(anywhere, st.integers(1, 255)), min_size=1, max_size=4)
    damaged = whole
    for at, bits in data.draw(flips):
        damaged = flipped(damaged, at, bits)
    assert outcome(place, damaged) in ("refused", "same")


@settings(max_examples=100, derandomize=True, deadline=None)
@given(data=st.data())
def test_what_was_cut_off_is_refused(place, whole, data):
    length = data.draw(st.integers(0, len(whole) - 1))
    assert outcome(place, whole[:length]) == "refused"


@settings(max_examples=100, derandomize=True, deadline=None)
@given(data=st.data())
def test_overwritten_bytes_give_no_wrong_numbers(place, whole, data):
    """Zeros, or bytes from elsewhere in the file, of a sector's, a page's or any other length."""
    length = data.draw(st.sampled_from([1, 8, 100, PAGE]))
    at, source = (data.draw(st.integers(0, len(whole) - 1)) for _ in range(2))
    new = data.draw(st.sampled_from([bytes(length), whole[source : source + length]]))
    assert outcome(place, overwritten(whole, at, new)) in ("refused", "same")


def test_a_directory_that_swallows_its_entries_is_refused(place, whole):
    """One wrong byte: the first entry's comment is said to be as long as all the others."""
    first = whole.index(b"PK\1\2")
    end = whole.index(b"PK\5\6")
    entry = 46 + len("about.npy")
    rest = end - first - entry
    damaged = overwritten(whole, first + 32, rest.to_bytes(2, "little"))
    with zipfile.ZipFile(io.BytesIO(damaged)) as archive:
        assert archive.namelist() == ["about.npy"]
    assert outcome(place, damaged) == "refused"


def test_without_checksums_wrong_numbers_would_be_seen(place, whole, monkeypatch):
    """The control: the comparison notices numbers that nothing guards."""
    monkeypatch.setattr("zipfile.ZipExtFile._update_crc", lambda self, data: None)
    at = whole.index(ARRAYS["best/0"].tobytes())
    assert outcome(place, flipped(whole, at, 1)) == "wrong numbers in best/0"


@pytest.mark.parametrize("start", range(4))
def test_a_header_that_lies_about_its_length_is_refused(place, whole, start):
    """A shape that takes another array's bytes for its own."""
    header = whole.index(b"(11, 12)")
    lie = [b"(12, 11)", b"(11, 24)", b"(132,  )", b"(11, 1L)"][start]
    assert outcome(place, overwritten(whole, header, lie)) == "refused"


@pytest.mark.slow
def test_no_damage_at_all_gives_wrong_numbers(tmp_path):
    hit, wrong = sweep(tmp_path)
    assert hit > 20_000
    assert not wrong, wrong[:5]
