"""Faults put into the works of `storing`, and what they leave: counted, for tests and `make soak`.

System calls are made to kill or to fail by strace, whose numbers go through all of a work's calls.
Power is cut on a disk in a file, of which the kernel forgets all that was not synced.
"""

import fcntl
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from aegan_lib.arrays import UnreadableError
from tests.core.storing import FAILED, FILES, HARMLESS, RECORD, WORKS, Work, mutant

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Count:
    """How many faults hit, and after which of them not all was as it should be."""

    hit: int = 0
    broken: list[str] = field(default_factory=list)

    def __add__(self, other: "Count") -> "Count":
        return Count(self.hit + other.hit, self.broken + other.broken)


@dataclass(frozen=True)
class Start:
    """A folder from which a work starts."""

    work: str
    name: str
    folder: Path  # never changed, only copied
    allowed: tuple[str, ...]  # what may be found after a fault


def starts(place: Path, works: Iterable[str] = WORKS) -> list[Start]:
    """Every start of these works, prepared in `place`."""
    made = []
    for work in works:
        for name, allowed in WORKS[work].starts.items():
            folder = place / f"{work}, {name}"
            (folder / "run").mkdir(parents=True)
            WORKS[work].prepare(folder / "run", name)
            made.append(Start(work, name, folder, allowed))
    return made


def after(start: Start, folder: Path, failed: bool) -> str:
    """What is wrong in `folder` after a fault; "" if it is as it should be.

    Goes on from there, as the next process would. `failed`: the work did not say that it was done.
    """
    work: Work = WORKS[start.work]
    state = work.found(folder)
    if state not in (start.allowed if failed else ("new",)):
        return f"{state} was found"
    work.act(folder)
    if work.found(folder) != "new":
        return f"{work.found(folder)} was found after going on"
    left = {path.name for path in folder.iterdir()} - {*work.names}
    return f"{', '.join(left)} was left" if left else ""


def quick_folder() -> Path | None:
    """Where files cost least: no fault here needs a real disk. None is where files usually go."""
    memory = Path("/dev/shm")
    roomy = (
        memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    )
    return memory if roomy else None


# ── Faults in system calls ─────────────────────────────────────────────────────────────────────

# By the kind that is counted, all names that it has on some processor.
CALLS = {call: call for call in HARMLESS} | {
    "rename": "?rename,?renameat,?renameat2",
    "unlink": "?unlink,?unlinkat",
}
CHANGING = ("openat", "write", "fsync", "rename", "unlink")  # what a kill can come between
KILL, ENOSPC, EIO = "signal=KILL", "error=ENOSPC", "error=EIO"
LOST = "retval=1"  # a disk that says that it wrote a byte, and did not
HITS = 200  # the number that strace is told; more than any work has calls of a kind


@dataclass(frozen=True)
class Job:
    """A process that does a start's work and is hit at its n-th `call`, or at none."""

    start: Start
    call: str = ""
    at: int = 0
    mutant: str = ""

    def described(self, fault: str) -> str:
        wrong = f" ({self.mutant})" if self.mutant else ""
        return f"{self.start.work} from {self.start.name}{wrong}: {fault} at {self.call} {self.at}"


@dataclass(frozen=True)
class Done:
    """What came of a job."""

    job: Job
    folder: Path  # as it was left
    status: int  # negative: by which signal the process was killed
    calls: list[tuple[str, list[str]]]  # each with the names of its files; "" is the folder
    hit: bool


def strace_is_missing() -> str:
    """Why no faults can be put into system calls; "" if they can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    tried = subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True)
    return "" if tried.returncode == 0 else "no process may be traced here"


def run(place: Path, jobs: Sequence[Job], fault: str = "", ever: bool = False) -> list[Done]:
    """Do all jobs, whose faults are of one kind of call, under one strace."""
    place.mkdir(parents=True)
    place = place.resolve()  # strace compares paths as the kernel knows them
    for number, job in enumerate(jobs):
        shutil.copytree(job.start.folder, place / str(number))
    call = jobs[0].call
    folder = place / "now" / "run"
    names = {name for job in jobs for name in WORKS[job.start.work].names}
    paths = [place / "lead", place / "lead.gone", folder]
    paths += [folder / f"{name}{end}" for name in sorted(names) for end in ("", ".partial")]
    command = ["strace", "-ff", "-qq", "-y", "-s", "0", "-o", str(place / "trace")]
    command += [part for path in paths for part in ("-P", str(path))]
    # Nothing but a path makes strace look away: its faster filter would put no faults in.
    traced = CALLS[call] if call else ",".join(CALLS.values())
    command += ["-e", f"trace={traced}", "-e", "signal=none"]
    if fault:
        command += ["-e", f"inject={CALLS[call]}:{fault}:when={HITS}{'+' if ever else ''}"]
    command += [sys.executable, "-m", "tests.core.storing", str(place)]
    asked = [
        (job.start.work, job.mutant, job.call, HITS - job.at if job.call else 0) for job in jobs
    ]
    said = subprocess.run(
        command,
        input=json.dumps(asked),
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # a process with threads is not forked
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    done = []
    for number, (job, line) in enumerate(zip(jobs, said.stdout.splitlines(), strict=True)):
        process, status = map(int, line.split())
        trace = (place / f"trace.{process}").read_text()
        hit = status < 0 or "(INJECTED)" in trace
        left = place / str(number) / "run"
        done.append(Done(job, left, status, list(_calls(trace, str(folder))), hit))
    return done


def _calls(trace: str, folder: str) -> Iterator[tuple[str, list[str]]]:
    """The calls in a trace, each with the names of its files in `folder`."""
    for line in trace.splitlines():
        name = line.partition("(")[0]
        call = next((call for call in CALLS if name.startswith(call)), "")
        # Without what it returned, where an open file has its name a second time.
        asked = line.rpartition(" = ")[0]
        files = re.findall(rf'["<]{re.escape(folder)}/?([^">]*)[">]', asked)
        if call and files:
            yield call, files


def sweep(
    place: Path,
    begun: Sequence[Start],
    calls: Iterable[str],
    fault: str,
    ever: bool = False,
    wrong: str = "",
) -> list[Done]:
    """Every start's work with a fault at its first, second, … call of each kind, up to the last."""
    clean = run(place / "clean", [Job(start, mutant=wrong) for start in begun])
    assert all(done.status == 0 for done in clean)
    found: list[Done] = []
    for call in calls:
        jobs = [
            Job(done.job.start, call, at, wrong)
            for done in clean
            for at in range(1, 1 + Counter(call for call, _ in done.calls)[call])
        ]
        assert all(job.at < HITS for job in jobs)
        if jobs:
            found += run(place / call, jobs, fault, ever)
    return found


def counted(found: Sequence[Done], fault: str) -> Count:
    """How many of these were hit, and what was not as it should be: looked at, and gone on with."""
    count = Count()
    for done in found:
        count.hit += done.hit
        problem = ""
        if not done.hit:
            problem = "it did not hit"
        elif done.status not in (0, FAILED) and fault != KILL:
            problem = f"it ended with {done.status}"
        # Whoever is not killed clears up, unless it is this that fails.
        elif fault != KILL and done.job.call != "unlink" and _new_partials(done):
            problem = "something half written was left"
        else:
            problem = after(done.job.start, done.folder, failed=done.status != 0)
        if problem:
            count.broken.append(f"{done.job.described(fault)}: {problem}")
    return count


def _new_partials(done: Done) -> set[str]:
    before, left = done.job.start.folder / "run", done.folder
    names = [{path.name for path in folder.glob("*.partial")} for folder in (before, left)]
    return names[1] - names[0]


def kills(place: Path, calls: Iterable[str] = CHANGING, wrong: str = "") -> Count:
    begun = starts(place / "starts")
    return counted(sweep(place, begun, calls, KILL, wrong=wrong), KILL)


def errors(place: Path, fault: str, ever: bool, calls: Iterable[str] = CALLS) -> Count:
    """A call that fails, and if `ever` all of its kind after it."""
    return counted(sweep(place, starts(place / "starts"), calls, fault, ever), fault)


def lost_writes(place: Path, wrong: str = "") -> Count:
    """A disk that loses a byte of a checkpoint without a word."""
    begun = starts(place / "starts", ["a checkpoint"])
    return counted(sweep(place, begun, ["write"], LOST, wrong=wrong), LOST)


def kills_in_a_row(
    place: Path, calls: Sequence[str] = CHANGING, second: Sequence[str] = CHANGING
) -> Count:
    """A kill, a kill of the process that goes on from there, and then one that nothing hits."""
    first = sweep(place / "first", starts(place / "starts"), calls, KILL)
    # Most kills leave the same as another one did.
    left: dict[str, Start] = {}
    for done in first:
        start = done.job.start
        files = sorted(done.folder.iterdir()) if done.folder.exists() else []
        content = [(path.name, path.read_bytes()) for path in files]
        # What may be found now: what was allowed, but nothing older than what is there.
        allowed = ("new",) if WORKS[start.work].found(done.folder) == "new" else start.allowed
        again = Start(start.work, done.job.described("kill"), done.folder.parent, allowed)
        left.setdefault(repr((start.work, allowed, content)), again)
    return counted(sweep(place / "second", list(left.values()), second, KILL), KILL)


# ── The order of system calls ──────────────────────────────────────────────────────────────────


def in_order(calls: Sequence[tuple[str, list[str]]]) -> list[str]:
    """What is wrong with the order in which a work went about its files."""
    wrong = []
    unsynced: set[str] = set()  # files with content that the disk may not have
    unread: set[str] = set()  # files that were not read since they were written
    moved: set[str] = set()  # names that the disk may not have
    for call, files in calls:
        if call == "write":
            unsynced |= {*files}
            unread |= {*files}
        elif call == "read":
            unread -= {*files}
        elif call == "fsync":
            unsynced -= {*files}
            if files == [""]:
                moved.clear()
        elif call == "rename":
            source, target = files
            if source in unsynced:
                wrong.append(f"{target} got its name before its content was synced")
            if source.startswith("checkpoint") and source in unread:
                wrong.append(f"{target} got its name before it was read back")
            if target == RECORD and unsynced & FILES.keys():
                wrong.append(f"{target} vouches for what was not synced")
            moved.add(target)
    return wrong + [f"the folder was not synced after {name} got its name" for name in moved]


def orders(place: Path, wrong: str = "") -> dict[str, list[str]]:
    """By work and start, what is wrong with the order of its calls."""
    begun = starts(place / "starts")
    found = run(place / "clean", [Job(start, mutant=wrong) for start in begun])
    assert all(done.status == 0 and Counter(c for c, _ in done.calls)["write"] for done in found)
    return {f"{d.job.start.work} from {d.job.start.name}": in_order(d.calls) for d in found}


# ── Power cuts ─────────────────────────────────────────────────────────────────────────────────

SHUTDOWN, WITHOUT_LOG = 0x8004587D, 2  # ext4's own request: at once, and nothing more is written


def disk_is_missing() -> str:
    """Why no power can be cut; "" if it can."""
    if os.geteuid() != 0:
        return "only root may mount a disk"
    if missing := [name for name in ("mkfs.ext4", "mount", "umount") if not shutil.which(name)]:
        return f"{missing[0]} is not installed"
    # A container may refuse to mount anything, even to root.
    with tempfile.TemporaryDirectory() as name:
        try:
            disk = Disk(Path(name) / "disk")
            with disk.mounted():
                disk.cut()
        except (OSError, subprocess.CalledProcessError):
            return "no disk in a file can be mounted here"
    return ""


class Disk:
    """An ext4 disk in a file, which can be cut off from its power."""

    def __init__(self, place: Path) -> None:
        place.mkdir(parents=True)
        self.image, self.folder = place / "image", place / "mounted"
        self.folder.mkdir()
        self.made()

    def made(self) -> None:
        """Empty, as new."""
        with self.image.open("wb") as file:
            file.truncate(8 * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True, capture_output=True)

    @contextmanager
    def mounted(self) -> Iterator[Path]:
        # Nothing is written by the passing of time: only what is asked for.
        command = ["mount", "-o", "loop,commit=600", self.image, self.folder]
        subprocess.run(command, check=True, capture_output=True)
        try:
            yield self.folder
        finally:
            subprocess.run(["umount", self.folder], check=True)

    def cut(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", WITHOUT_LOG))
        finally:
            os.close(handle)


@contextmanager
def cut_before(disk: Disk, at: int) -> Iterator[list[str]]:
    """Cut the power before the n-th sync, move or removal, or when all is done; what was done."""
    done: list[str] = []

    def cutting(function):
        def wrapped(*arguments, **named):
            done.append(function.__name__)
            if len(done) == at:
                disk.cut()
            return function(*arguments, **named)

        return wrapped

    with (
        mock.patch("os.fsync", cutting(os.fsync)),
        mock.patch("os.replace", cutting(os.replace)),
        mock.patch("os.unlink", cutting(os.unlink)),
    ):
        yield done
    if len(done) < at:
        disk.cut()


def power_cuts(place: Path, begun: Sequence[Start], wrong: str = "") -> Count:
    """The power cut at each boundary of each start's work, the last one being its end."""
    count, disk = Count(), Disk(place)
    for start in begun:
        at, over = 0, False
        while not over:
            at += 1
            disk.made()
            with disk.mounted() as mounted:
                shutil.copytree(start.folder, mounted, dirs_exist_ok=True)
                subprocess.run(["sync", "-f", mounted], check=True)
                with suppress(OSError), mutant(wrong), cut_before(disk, at) as done:
                    WORKS[start.work].act(mounted / "run")
                over = len(done) < at
            count.hit += 1
            with disk.mounted() as mounted:
                try:
                    # After its end, what was written is there to stay.
                    problem = after(start, mounted / "run", failed=not over)
                except (OSError, UnreadableError) as error:
                    problem = repr(error)
            if problem:
                where = "the end" if over else f"boundary {at} ({done[-1]})"
                count.broken.append(f"{start.work} from {start.name}: {where}: {problem}")
    return count
