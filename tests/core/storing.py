"""Everything that the library keeps on disk, as small pieces of work that faults can be put into.

As a program it does such pieces one after another, each in a process of its own, and says how each
ended. It loads NumPy and the storage code alone, so that hundreds of processes take seconds.
"""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np

from aegan_lib import store
from aegan_lib.arrays import UnreadableError, read_arrays

NEWEST, PREVIOUS = "checkpoint.npz", "checkpoint.previous.npz"
HISTORY, RECORD, PAGE = "history.csv", "run.json", "page.html"
FAILED = 3  # the exit status of a process whose work failed as it should


@dataclass(frozen=True)
class Work:
    """A piece of work in a folder: how it is prepared, done, and what is there afterwards."""

    # From what it starts, by name, and what may be found after a fault: "none", "old" or "new".
    starts: dict[str, tuple[str, ...]]
    prepare: Callable[[Path, str], None]
    act: Callable[[Path], None]
    found: Callable[[Path], str]
    names: tuple[str, ...]  # of all files that may be there once it is done


# ── A checkpoint ───────────────────────────────────────────────────────────────────────────────


def moment(rows: int) -> dict[str, np.ndarray]:
    """What a checkpoint holds after so many rows."""
    return {"weights": np.full(4000, rows, np.float32), "history/mse": np.arange(rows) / 7}


def form(name: str):
    return {"weights": (("float32",), (4000,)), "history/mse": (("float64",), (None,))}.get(name)


def held(path: Path) -> int:
    """After how many rows a checkpoint was kept; 0 where there is none, -1 if it is damaged."""
    if not path.exists():
        return 0
    try:
        arrays = read_arrays(path, form)
    except UnreadableError:
        return -1
    rows = len(arrays.get("history/mse", ()))
    same = arrays.keys() == moment(rows).keys() and all(
        np.array_equal(arrays[name], array) for name, array in moment(rows).items()
    )
    return rows if same else -1


def keep(folder: Path, rows: int = 6) -> None:
    store.keep(folder / NEWEST, folder / PREVIOUS, moment(rows))


def prepare_checkpoint(folder: Path, start: str) -> None:
    if start != "nothing":
        keep(folder, 2)
        keep(folder, 4)
    if start == "leftover":
        (folder / f"{NEWEST}.partial").write_bytes(b"half of it")


def found_checkpoint(folder: Path) -> str:
    newest, previous = held(folder / NEWEST), held(folder / PREVIOUS)
    if -1 in (newest, previous):
        return "broken"
    # What a training would go on from. The one before the old one must not be all that is left.
    return {0: "none", 2: "lost", 4: "old", 6: "new"}[newest or previous]


# ── A finished run's record ────────────────────────────────────────────────────────────────────

FILES = {"history.csv": b"mse\n1\n", "last.npz": bytes(9000), "samples.npy": bytes(range(256))}


def prepare_run(folder: Path, start: str) -> None:
    keep(folder)
    if start == "leftover":
        (folder / f"{RECORD}.partial").write_text('{"outcome": "comp')


def finish(folder: Path) -> None:
    """As a run is finished: its files, then its record, and only then without a checkpoint."""
    if (folder / RECORD).exists():  # it is loaded then
        return
    for name, content in FILES.items():
        (folder / name).write_bytes(content)  # and not synced: it is the seal that sees to it
    about = {"outcome": "complete", "settings": {str(i): "a" * 100 for i in range(200)}}
    store.seal(folder / RECORD, about, FILES)
    (folder / NEWEST).unlink(missing_ok=True)


def found_run(folder: Path) -> str:
    if not (folder / RECORD).exists():
        return "none" if held(folder / NEWEST) == 6 else "broken"
    try:
        record = store.read_record(folder / RECORD)
    except UnreadableError:
        return "broken"
    whole = record["files"].keys() == FILES.keys() and not store.damaged(folder, record["files"])
    return "new" if whole else "broken"


# ── Prepared images, whose record is sealed again in its place to say something else ───────────

MANIFEST = "manifest.json"


def prepare_images(folder: Path, start: str) -> None:
    (folder / "images.npy").write_bytes(bytes(9000))
    store.seal(folder / MANIFEST, {"about": "old"})
    if start == "leftover":
        (folder / f"{MANIFEST}.partial").write_text('{"about": "n')


def seal_again(folder: Path) -> None:
    store.seal(folder / MANIFEST, {"about": "new"})


def found_images(folder: Path) -> str:
    try:
        record = store.read_record(folder / MANIFEST)
    except UnreadableError:
        return "broken"
    whole = record["files"].keys() == {"images.npy"} and not store.damaged(folder, record["files"])
    return record["about"] if whole else "broken"


# ── Any file that is replaced ──────────────────────────────────────────────────────────────────

OLD, NEW = "old\n" * 9000, "new.\n" * 9000


def prepare_page(folder: Path, start: str) -> None:
    if start == "no folder":
        folder.rmdir()
    if start in ("old", "leftover"):
        (folder / PAGE).write_text(OLD)
    if start == "leftover":
        (folder / f"{PAGE}.partial").write_text("half of it")


def replace(folder: Path) -> None:
    with store.replacing(folder / PAGE) as partial:
        partial.write_text(NEW)


def found_page(folder: Path) -> str:
    if not (folder / PAGE).exists():
        return "none"
    return {OLD: "old", NEW: "new"}.get((folder / PAGE).read_text(), "broken")


# ── A history that is written anew when a training goes on ─────────────────────────────────────

TRAINED = 3000  # rows in the checkpoint: enough for several writes


def table(rows: int) -> str:
    return "mse\n" + "".join(f"{value}\n" for value in moment(rows)["history/mse"].tolist())


def prepare_history(folder: Path, start: str) -> None:
    keep(folder, TRAINED)
    # Ahead of its checkpoint, and its last row was not finished.
    (folder / HISTORY).write_text(table(TRAINED + 9)[:-4])
    if start == "leftover":
        (folder / f"{HISTORY}.partial").write_text(table(5))


def rewrite(folder: Path) -> None:
    """As training does it, which cannot be loaded here without TensorFlow."""
    rows = read_arrays(folder / NEWEST, form)["history/mse"].tolist()
    with store.replacing(folder / HISTORY) as partial, partial.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["mse"])
        for value in rows:
            writer.writerow([value])


def found_history(folder: Path) -> str:
    if held(folder / NEWEST) != TRAINED or not (folder / HISTORY).exists():
        return "broken"
    text = (folder / HISTORY).read_text()
    return {table(TRAINED): "new", table(TRAINED + 9)[:-4]: "old"}.get(text, "broken")


NOTHING, SOMETHING = ("none", "new"), ("old", "new")
WORKS = {
    "a checkpoint": Work(
        {"nothing": NOTHING, "two": SOMETHING, "leftover": SOMETHING},
        prepare_checkpoint,
        keep,
        found_checkpoint,
        (NEWEST, PREVIOUS),
    ),
    "a finished run": Work(
        {"checkpoint": NOTHING, "leftover": NOTHING},
        prepare_run,
        finish,
        found_run,
        (RECORD, *FILES, NEWEST),
    ),
    "a manifest": Work(
        {"old": SOMETHING, "leftover": SOMETHING},
        prepare_images,
        seal_again,
        found_images,
        (MANIFEST, "images.npy"),
    ),
    "a file": Work(
        {"no folder": NOTHING, "nothing": NOTHING, "old": SOMETHING, "leftover": SOMETHING},
        prepare_page,
        replace,
        found_page,
        (PAGE,),
    ),
    "a history": Work(
        {"ahead": SOMETHING, "leftover": SOMETHING},
        prepare_history,
        rewrite,
        found_history,
        (HISTORY, NEWEST),
    ),
}


# ── Controls: what must not be done, and has to be noticed ─────────────────────────────────────


def only(wanted: Callable[[Path], bool]) -> Callable[[Path], None]:
    """`store.sync` for some paths alone."""
    sync = store.sync
    return lambda path: sync(path) if wanted(path) else None


@contextmanager
def in_place(path: Path) -> Iterator[Path]:
    path.parent.mkdir(exist_ok=True)
    yield path


MUTANTS = {
    "no file synced": lambda: mock.patch.object(store, "sync", only(Path.is_dir)),
    "no folder synced": lambda: mock.patch.object(store, "sync", only(Path.is_file)),
    "not read back": lambda: mock.patch.object(store, "read_arrays", return_value={}),
    "in place": lambda: mock.patch.object(store, "replacing", in_place),
    # A record that outlives what it vouches for.
    "the record alone synced": lambda: mock.patch.object(
        store, "sync", only(lambda path: path.name not in FILES)
    ),
}


def mutant(name: str):
    """While it lasts, the library does not do one of the things that it should."""
    return MUTANTS[name]() if name else nullcontext()


# ── Many pieces of work, each in a process of its own ──────────────────────────────────────────

# Of each kind a system call that does no harm, on a file that is open, or on its path.
HARMLESS = {
    "openat": lambda path, file: os.open(path, os.O_RDONLY),
    "read": lambda path, file: os.read(file, 0),
    "write": lambda path, file: os.write(file, b""),
    "fsync": lambda path, file: os.fsync(file),
    "close": lambda path, file: os.close(os.dup(file)),
    "rename": lambda path, file: os.rename(path, path),
    "unlink": lambda path, file: os.unlink(f"{path}.gone"),
}


def main(place: Path) -> None:
    """Do the jobs that are asked for, and say of each its process and how that ended."""
    lead = str(place / "lead")
    file = os.open(lead, os.O_RDWR | os.O_CREAT)
    for number, (work, wrong, call, before) in enumerate(json.loads(sys.stdin.read())):
        # Always at the same path, so that strace can be told beforehand what to look at.
        (place / str(number)).rename(place / "now")
        process = os.fork()
        if not process:
            status = 1
            try:
                # The fault is to hit a certain call of the work, but strace is told one number for
                # all processes: so each makes as many calls first as take it there.
                for _ in range(before):
                    with suppress(FileNotFoundError):
                        HARMLESS[call](lead, file)
                with mutant(wrong):
                    WORKS[work].act(place / "now" / "run")
                status = 0
            except (OSError, UnreadableError):
                status = FAILED
            except Exception as error:
                print(f"{work}: {error!r}", file=sys.stderr, flush=True)
            finally:
                os._exit(status)  # whatever happens, only the first process goes on
        print(process, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
        (place / "now").rename(place / str(number))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
