"""What is written is there whole or not at all, wherever it is interrupted, and says if damaged."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from aegan_lib.arrays import UnreadableError, read_array, read_arrays, write_arrays
from aegan_lib.store import code_digest, damaged, keep, read_record, replacing, seal

ROOT = Path(__file__).resolve().parents[2]
ARRAYS = {"weights/0": np.arange(5000, dtype=np.float32), "rows": np.arange(3.0)}
FORMS = {"weights/0": (("float32",), (5000,)), "rows": (("float64",), (None,))}

# In a process of its own, which ends or fails at the n-th thing that it does to the disk. Writes
# are cut in two, so that a file may be half written. Says how many things there were.
CHILD = """
import builtins, errno, io, os, signal, sys
import numpy as np
from pathlib import Path
from aegan_lib import arrays, store

folder, at, how = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
done = 0

def fault():
    global done
    done += 1
    if how == "kill" and done == at:
        os.kill(os.getpid(), signal.SIGKILL)
    if (how == "once" and done == at) or (how == "ever" and done >= at):
        raise OSError(errno.ENOSPC, "No space left on device")

def faulty(function):
    def wrapped(*arguments, **named):
        fault()
        return function(*arguments, **named)
    return wrapped

class File(io.FileIO):
    def write(self, data):
        data = memoryview(data).cast("B")
        half = len(data) // 2
        super().write(data[:half])
        fault()
        super().write(data[half:])
        return len(data)

def opened(path, mode="r", *rest, **named):
    if "w" not in mode:
        return io.open(path, mode, *rest, **named)
    fault()
    return File(path, "w")

Path.open = lambda self, mode="r", *rest, **named: opened(self, mode, *rest, **named)
os.fsync, os.replace, os.rename = faulty(os.fsync), faulty(os.replace), faulty(os.rename)
Path.replace = lambda self, target: os.replace(self, target)

def in_place(newest, previous, values):  # a control: what must not be done
    arrays.write_arrays(newest, values)

writer = in_place if how == "control" else store.keep
if how == "control":
    how = "kill"
new = {"weights/0": np.full(5000, 7, np.float32), "rows": np.ones(4)}
try:
    writer(folder / "newest.npz", folder / "previous.npz", new)
except OSError as error:
    sys.exit(f"{done} {error}")
print(done)
"""


def child(folder, at, how) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", CHILD, str(folder), str(at), how]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def states(folder) -> list[str]:
    """Of newest and previous: "old", "new", "broken" or "none"."""
    found = []
    for name in ("newest.npz", "previous.npz"):
        path = folder / name
        if not path.exists():
            found.append("none")
            continue
        try:
            rows = read_arrays(path, FORMS.get)["rows"]
            found.append({3: "old", 4: "new", 2: "older"}[len(rows)])
        except UnreadableError:
            found.append("broken")
    return found


def prepared(folder, before) -> None:
    folder.mkdir()
    if before != "nothing":
        keep(folder / "newest.npz", folder / "previous.npz", ARRAYS | {"rows": np.zeros(2)})
        keep(folder / "newest.npz", folder / "previous.npz", ARRAYS)
    if before == "leftover":
        (folder / "newest.npz.partial").write_bytes(b"half of it")


def sweep(tmp_path, before, how) -> list[list[str]]:
    """What was found after a fault at the first, second, … thing done, as long as one is hit."""
    found = []
    for at in range(1, 60):
        folder = tmp_path / str(at)
        prepared(folder, before)
        made = child(folder, at, how)
        if made.returncode == 0:
            assert states(folder)[0] == "new"
            return found
        found.append(states(folder))
        # Whatever was left behind, the next time goes well and leaves only what belongs there.
        if how != "control":
            assert child(folder, 0, "none").returncode == 0
            assert states(folder)[0] == "new"
            assert {path.name for path in folder.iterdir()} <= {"newest.npz", "previous.npz"}
    raise AssertionError("the sweep did not end")


@pytest.mark.parametrize(
    ("before", "how"),
    [
        ("nothing", "kill"),
        ("two", "kill"),
        ("two", "ever"),
        pytest.param("two", "once", marks=pytest.mark.slow),
        pytest.param("nothing", "ever", marks=pytest.mark.slow),
        pytest.param("leftover", "kill", marks=pytest.mark.slow),
        pytest.param("leftover", "ever", marks=pytest.mark.slow),
    ],
)
def test_whatever_happens_one_is_whole(tmp_path, before, how):
    found = sweep(tmp_path, before, how)
    assert len(found) >= 6  # open, writes, fsyncs, moves: that many faults did hit
    for newest, previous in found:
        assert "broken" not in (newest, previous)
        if before != "nothing":
            assert {"old", "new"} & {newest, previous}
    if before == "nothing":
        assert ["none", "none"] in found
    else:
        assert ["none", "old"] in found or how != "kill"  # between its two moves


def test_writing_in_place_is_seen(tmp_path):
    """The control: the sweep notices a writer that is not safe."""
    assert any(newest == "broken" for newest, _ in sweep(tmp_path, "two", "control"))


def test_what_a_killed_seal_left_is_no_part_of_the_next(tmp_path):
    """Prepared images are sealed again where they lie when a reader is told something else."""
    record = tmp_path / "manifest.json"
    (tmp_path / "images.npy").write_bytes(b"images")
    seal(record, {"about": "old"})
    (tmp_path / "manifest.json.partial").write_text("half of it")
    seal(record, {"about": "new"})
    files = read_record(record)["files"]
    assert list(files) == ["images.npy"]
    assert not damaged(tmp_path, files)


def test_what_is_written_goes_through_no_link(tmp_path):
    """A stranger's folder may hold one where a file is about to be written."""
    (tmp_path / "mine").write_text("untouched")
    (tmp_path / "metrics.csv.partial").symlink_to(tmp_path / "mine")
    with replacing(tmp_path / "metrics.csv") as partial:
        partial.write_text("new")
    assert (tmp_path / "mine").read_text() == "untouched"
    assert (tmp_path / "metrics.csv").read_text() == "new"
    assert not (tmp_path / "metrics.csv").is_symlink()


def test_equal_arrays_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        write_arrays(tmp_path / name, dict(reversed(ARRAYS.items())) if name == "b" else ARRAYS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_one_flipped_bit_is_noticed(tmp_path, share):
    path = tmp_path / "a.npz"
    write_arrays(path, ARRAYS)
    damaged = bytearray(path.read_bytes())
    damaged[int(share * len(damaged))] ^= 4
    path.write_bytes(damaged)
    with pytest.raises(UnreadableError):
        read_arrays(path, FORMS.get)


@pytest.mark.parametrize("length", [0, 1, 100, 10_000, -1])
def test_a_file_that_was_cut_off_is_noticed(tmp_path, length):
    path = tmp_path / "a.npz"
    write_arrays(path, ARRAYS)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(UnreadableError):
        read_arrays(path, FORMS.get)


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.npy", bytes(10**7))


def liar(path):
    """A header that claims eight tebibytes."""
    with zipfile.ZipFile(path, "w") as archive, archive.open("rows.npy", "w") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f8", "fortran_order": False, "shape": (2**40,)}
        )


HOSTILE = {
    "a bomb": bomb,
    "a liar": liar,
    "another array": lambda path: np.savez(path, other=np.zeros(3)),
    "objects": lambda path: np.savez(path, rows=np.array([{}], object)),
    "another type": lambda path: np.savez(path, rows=np.zeros(3, np.int64)),
    "another shape": lambda path: np.savez(path, rows=np.zeros((3, 3))),
    "a pickle": lambda path: path.write_bytes(b"cos\nsystem\n(S'true'\ntR."),
    "a link": lambda path: path.symlink_to("/etc/hostname"),
    "a pipe": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_not_plain_arrays_is_refused(tmp_path, what):
    HOSTILE[what](tmp_path / "a.npz")
    with pytest.raises(UnreadableError):
        read_arrays(tmp_path / "a.npz", FORMS.get)


def test_a_single_array(tmp_path):
    np.save(tmp_path / "a.npy", ARRAYS["rows"])
    assert np.array_equal(read_array(tmp_path / "a.npy", FORMS["rows"]), ARRAYS["rows"])
    with pytest.raises(UnreadableError, match="float64"):
        read_array(tmp_path / "a.npy", FORMS["weights/0"])


def test_a_disk_that_does_not_keep_what_it_is_given(tmp_path, monkeypatch):
    from aegan_lib import store

    keep(tmp_path / "new", tmp_path / "old", ARRAYS)
    before = (tmp_path / "new").read_bytes()

    def forgetful(path, given):
        write_arrays(path, given)
        with path.open("r+b") as file:
            file.seek(2000)
            file.write(bytes(100))

    monkeypatch.setattr(store, "write_arrays", forgetful)
    with pytest.raises(OSError, match="not what was written"):
        keep(tmp_path / "new", tmp_path / "old", ARRAYS)
    assert (tmp_path / "new").read_bytes() == before


def _worded(name, width=3):
    """A docstring, which does not count."""
    text = f"{name!r:>{width}} and {name['a']}{'b' * width}end"  # nor does a comment
    return [text, None, 1.5, b"c", ..., lambda *rest, **more: (rest, more)]


def test_code_has_one_digest_in_every_version_of_python():
    """What Python 3.11 writes of a tree is not what 3.12 writes, and runs are known by it."""
    expected = "42868140dc63a454b9c9c97a9590743eb019a2159bc327fd320aa644a0d36fde"
    assert code_digest(_worded) == expected
