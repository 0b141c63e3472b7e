"""What befalls a whole report, in real processes: it says so, and the next command mends it.

`make soak` counts these tests: each tells it which fault it is, how often that hit, and how much
work it cost. They share one report and go on from wherever the one before has left it.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from aegan_lib.pipeline.kernels import LONGEST
from tests.pipeline.test_ending import alive, family, named
from tests.pipeline.whole import VERSIONS, Whole, contents, seen

pytestmark = pytest.mark.slow


@pytest.fixture
def whole(unbroken) -> Whole:
    """The report, finished or where the test before left it; its first run is not to be touched."""
    return replace(unbroken, untouched=seen(unbroken.folder(VERSIONS[0])))


def kernel_of(main: subprocess.Popen, folder: Path, rows: int) -> psutil.Process:
    """The kernel that trains the run in `folder`, once its history has so many rows."""
    history = folder / "history.csv"
    while main.poll() is None:
        if history.exists() and history.read_bytes().count(b"\n") > rows:
            for kernel in named(family(main), "ipykernel"):
                with suppress(psutil.Error):  # another one, which ends just now
                    if str(history) in [file.path for file in kernel.open_files()]:
                        return kernel
        time.sleep(0.01)
    raise AssertionError(f"The report ended before it trained: {main.communicate()}")


def rows(folder: Path) -> int:
    return (folder / "history.csv").read_bytes().count(b"\n") - 1


@contextmanager
def no_memory(process: psutil.Process) -> Iterator[None]:
    """A process that gets no more memory: the system kills it when it asks for some."""
    listed = Path("/proc/self/cgroup").read_text().splitlines()
    own = [line.split(":", 2)[2] for line in listed if line.split(":")[1] == "memory"]
    group = Path("/sys/fs/cgroup/memory") / (own or [""])[0].lstrip("/") / f"aegan-{process.pid}"
    try:
        if not own:
            raise FileNotFoundError("no control group of memory")
        group.mkdir()
    except OSError:  # no permission, or another generation of control groups
        process.rlimit(psutil.RLIMIT_AS, (2**20, 2**20))
        yield
        return
    try:
        (group / "memory.limit_in_bytes").write_text(str(2**20))
        # What it has is counted elsewhere; what it asks for from now on is counted here.
        (group / "cgroup.procs").write_text(str(process.pid))
        yield
        killed = (group / "memory.oom_control").read_text().split()
        assert killed[killed.index("oom_kill") + 1] == "1"
    finally:
        with suppress(psutil.NoSuchProcess):
            process.kill()
        process.wait(10)
        group.rmdir()


@contextmanager
def mounted(*options: str, on: Path) -> Iterator[None]:
    on.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(["mount", *options, str(on)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"Nothing can be mounted here: {made.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(on)], check=True)


def test_a_folder_that_cannot_be_written_is_refused_before_training(whole, count):
    whole.forget("v4")
    reports = whole.asked.reports
    with mounted("--bind", str(reports), on=reports):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(reports)], check=True)
        said = whole.run(expected=1)
    (line,) = said.splitlines()
    assert line == (
        f"Error: The folder {reports} cannot be written (Read-only file system). "
        "Make it writable or choose another one (REPORTS=…, --reports)."
    )
    assert not whole.folder("v4").exists()
    assert seen(whole.folder(VERSIONS[0])) == whole.untouched
    whole.clean()
    count("a folder for reports that is read-only: refused before anything is trained")


def test_a_disk_that_is_full_ends_a_run_and_a_page_in_sentences(whole, count):
    whole.forget("v4")
    page = whole.asked.page
    page.unlink()
    full = "-t", "tmpfs", "-o", "size=64k", "none"
    # First a disk that takes the first epoch's history and no checkpoint; then pages do not fit.
    with mounted(*full, on=whole.folder("v4").parent), mounted(*full, on=page.with_suffix("")):
        said = whole.run(expected=1)
        lost = rows(whole.folder("v4"))
        whole.clean()
    lines = {line.split(":")[0]: line for line in said.splitlines()}
    assert "No space left on device" in lines["v4 seed 0"]
    assert lines["v4 seed 0"].endswith("make room, and `make report` goes on from there")
    assert "Cannot write the page." in said and "(No space left on device)" in lines["Error"]
    assert 0 < lost <= 20 + 1
    whole.mended()
    count("a disk that is full when a checkpoint is written", lost=f"{lost} batches")
    count("a disk that is full when the page is written")


def test_a_kernel_without_memory_and_one_that_hangs_fail_alone(whole, count):
    whole.forget("v4", "v4_quiet")
    lost = {}
    with whole.start("--jobs", "2", impatient=True) as main:
        starved = kernel_of(main, whole.folder("v4"), rows=25)
        with no_memory(starved):
            lost["v4"] = rows(whole.folder("v4"))
            # The next one, in which training has been seen to go on.
            hanging = kernel_of(main, whole.folder("v4_quiet"), rows=25)
            hanging.suspend()
            lost["v4_quiet"] = rows(whole.folder("v4_quiet"))
            out = whole.ended(main, expected=1)
    assert not alive(hanging)
    lines = {line.split(":")[0]: line for line in out.splitlines()}
    goes_on = "`make report` goes on from there"
    # A limit of addresses, where there are no control groups, is an error that Python may see.
    died = f"its kernel ended, perhaps for want of memory; {goes_on}"
    assert died in lines["v4 seed 0"] or "MemoryError" in lines["v4 seed 0"]
    assert "stopped, since it had trained no batch" in lines["v4_quiet seed 0"]
    assert goes_on in lines["v4_quiet seed 0"]
    assert "the report: done" in out
    assert lines["Error"].endswith("what failed: v4 seed 0, v4_quiet seed 0.")
    whole.mended()
    for version, what in {
        "v4": "a kernel gets no more memory, and the system kills it",
        "v4_quiet": "a kernel hangs (SIGSTOP), which is noticed",
    }.items():
        batches = lost[version] - whole.trained(version).provenance["resumed"][0]["after"]
        assert batches < 20 + 1
        count(what, lost=f"{batches} batches")


def test_reports_in_one_folder_wait_for_each_other(whole, count):
    whole.forget("v4", "v4_quiet")
    with whole.start() as first:
        kernel_of(first, whole.folder("v4"), rows=5)
        second = whole.start()
        overlapping = whole.start(versions=("v4", "v4_quiet"))
        forcing = whole.start("--force", versions=("v4",))
        said = [whole.ended(main) for main in (first, second, overlapping, forcing)]
    assert "waiting for it" not in said[0]
    for later in said[1:]:
        assert "is in the hands of process" in later
    assert sum("v4_quiet seed 0: complete" in one and "s of training" in one for one in said) == 1
    whole.mended()
    count("two commands for the same report at once")
    count("a command for an overlapping report at the same time")
    count("a command that trains again what another one is training")


def test_the_clock_rights_and_places_may_be_strange(whole, tmp_path, count):
    if not shutil.which("faketime"):
        pytest.skip("No faketime is installed, which sets a clock back for one command.")
    whole.forget("v4")
    with whole.start() as main:
        kernel_of(main, whole.folder("v4"), rows=25)
        main.kill()
    while whole.processes():
        time.sleep(0.1)
    # What a killed command could not remove: its system does, some day.
    for left in whole.temporary.iterdir():
        shutil.rmtree(left)
    long = tmp_path / ("t" * (119 - len(os.fsencode(tmp_path))))
    long.mkdir()
    assert len(os.fsencode(long)) == 120
    strange = replace(
        whole,
        before=("faketime", "-f", "-400d"),
        temporary=long,
        mask=0o077,
    )
    with strange.start() as main:
        kernel = kernel_of(main, whole.folder("v4"), rows=50)
        # Not where it was asked to be, since there a socket's path would be too long.
        place = Path(kernel.cmdline()[-2]).parent
        assert place.exists() and len(os.fsencode(place)) < LONGEST + 20
        said = strange.ended(main)
    assert not place.exists()
    assert "v4 seed 0: complete" in said
    assert contents(whole.folder("v4")) == whole.unbroken["v4"]
    assert whole.trained("v4").provenance["resumed"]
    strange.clean()
    whole.mended()
    count(
        "a killed report that goes on with its clock set back 400 days, umask 077, a TMPDIR of "
        "120 bytes, in a folder with blanks, braces and a quote",
        lost="an epoch",
    )


NOT_A_NUMBER = '''
from dataclasses import dataclass

from aegan_lib import Version, losses


@dataclass(frozen=True)
class Growing:
    """Beyond what float32 can hold at the sixth batch."""

    base: float

    def __call__(self, history):
        return self.base ** len(history["mse"])


growing = Version(
    "growing", losses.weighted, alpha=1, beta=Growing(1e8), learning_rate=1e-4,
    intent="It should come to no number.",
)
'''


def test_a_loss_that_is_no_number_is_an_outcome_like_any_other(whole, tmp_path, count):
    own = tmp_path / "own.py"
    own.write_text(NOT_A_NUMBER)
    said = whole.run("--extra", str(own), versions=("growing",))
    assert "growing seed 0: diverged at epoch 1, batch 6: a loss is not finite" in said
    asked = replace(whole.asked, versions=("growing",))
    assert "diverged at epoch 1, batch 6" in asked.page.read_text()
    # Neither executed nor trained again: it is finished.
    pages = asked.page.stat().st_mtime_ns
    said = whole.run("--extra", str(own), versions=("growing",))
    assert "growing" not in said.replace(str(asked.page), "")
    assert asked.page.stat().st_mtime_ns > pages
    assert seen(whole.folder(VERSIONS[0])) == whole.untouched
    whole.clean()
    count("a loss that is no number")
