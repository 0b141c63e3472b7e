"""Whoever is killed, in whatever way, leaves no process: fakes first, then a real report."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from aegan_lib.pipeline.request import parse
from aegan_lib.pipeline.workers import Worker
from tests.pipeline import works

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 5  # seconds until nothing is alive


def family(main: subprocess.Popen) -> list[psutil.Process]:
    """The process with all that it started, and what these started."""
    process = psutil.Process(main.pid)
    return [process, *process.children(recursive=True)]


def named(processes: list[psutil.Process], word: str) -> list[psutil.Process]:
    found = []
    for process in processes:
        with suppress(psutil.Error):  # one that ends just now
            if word in " ".join(process.cmdline()):
                found.append(process)
    return found


def alive(process: psutil.Process) -> bool:
    # Zombies are dead, and stay until somebody asks how they ended.
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def seconds_until_gone(processes: list[psutil.Process]) -> float:
    began = time.perf_counter()
    while left := [process for process in processes if alive(process)]:
        waited = time.perf_counter() - began
        assert waited < LIMIT, left
        time.sleep(0.02)
    return time.perf_counter() - began


def start(*command: str, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


@pytest.mark.parametrize("killed", ["main", "all"])
def test_nothing_outlives_the_one_that_started_it(killed, tmp_path):
    saved = tmp_path / "saved"
    with start("-m", "tests.pipeline.works", str(saved), "") as main:
        places = [Path(place) for place in main.stdout.readline().split()]
        processes = family(main)
        # Python's tracker, and two workers, whose kernels have a child each.
        assert len(places) == 2 and len(processes) == 1 + 1 + 2 + 2 + 2
        if killed == "main":
            main.kill()
        else:  # as a machine that is shut down ends what runs in a session
            os.killpg(main.pid, signal.SIGTERM)
        seconds_until_gone(processes)
        assert saved.exists()
        assert not any(place.exists() for place in places)


def test_a_kernel_does_not_outlive_its_process():
    worker = Worker(works.has_a_kernel, "")
    while not (worker.place / "started").exists():
        time.sleep(0.05)
    (process,) = named(psutil.Process().children(), "spawn_main")
    processes = [process, *process.children(recursive=True)]
    assert len(processes) == 3
    process.kill()
    assert "signal 9" in worker.failure()
    worker.close()
    assert not any(map(alive, processes))
    assert not worker.place.exists()


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A report of one run, wherever it has got to."""
    place = tmp_path_factory.mktemp("killed")
    return parse("faces", "smoke", ["autoencoder"], [0], place / "reports", place / "data")


def report(asked, *more: str) -> subprocess.Popen:
    folders = ["--reports", str(asked.reports), "--data", str(asked.data)]
    options = ["--profile", "smoke", "--versions", " ".join(asked.versions), *folders]
    return start("-m", "aegan_lib", "report", *options, *more)


def wait_for_training(main: subprocess.Popen, folder: Path) -> list[psutil.Process]:
    """All processes of a report, as soon as a run has trained some batches."""
    history = folder / "history.csv"
    before = history.stat().st_mtime_ns if history.exists() else None
    while main.poll() is None:
        begun = history.exists() and history.stat().st_mtime_ns != before
        if begun and history.read_text().count("\n") > 3:
            return family(main)
        time.sleep(0.02)
    raise AssertionError(f"The report ended before it trained: {main.communicate()}")


ENDS = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 129}


@pytest.mark.slow
@pytest.mark.parametrize("number", ENDS, ids=[number.name for number in ENDS])
def test_a_report_that_is_killed_leaves_no_process_and_can_go_on(asked, number, count):
    folder = asked.run_folder("autoencoder", 0)
    with report(asked) as main:
        processes = wait_for_training(main, folder)
        assert len(named(processes, "ipykernel_launcher")) >= 1
        # Ctrl-C goes to all processes in a terminal, `kill` to one.
        in_terminal = number in (signal.SIGINT, signal.SIGHUP)
        (os.killpg if in_terminal else os.kill)(main.pid, number)
        print(f"{number.name}: all gone after {seconds_until_gone(processes):.1f} s")
        _, err = main.communicate()
    assert main.returncode == ENDS[number]
    if number != signal.SIGKILL:
        *_, last = err.splitlines()
        assert last == "Interrupted. Finished runs are kept; the same command goes on from there."
        assert "Traceback" not in err
    assert not (folder / "run.json").exists()
    count(f"{number.name} to a report in training: nothing of it is alive after {LIMIT} s")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "told"), [("spawn_main", "process ended with signal 9"), ("ipykernel", "kernel ended")]
)
def test_a_report_goes_on_without_what_was_killed(asked, what, told, count):
    folder = asked.run_folder("autoencoder", 0)
    with report(asked, "--force") as main:
        processes = wait_for_training(main, folder)
        # Verification may be at work as well.
        kernels, history = named(processes, "ipykernel"), str(folder / "history.csv")
        (run,) = (one for one in kernels if history in [file.path for file in one.open_files()])
        worker = run.parent()
        killed = run if what == "ipykernel" else worker
        killed.kill()
        print(f"{what}: all gone after {seconds_until_gone([run, worker]):.1f} s")
        out, err = main.communicate()
    assert main.returncode == 1
    assert f"its {told}, perhaps for want of memory; `make report` goes on from there" in out
    assert err.splitlines()[-1] == (
        "Error: The page is complete but for what failed: autoencoder seed 0."
    )
    assert told in asked.page.read_text()
    with report(asked) as main:
        _, err = main.communicate()
    assert main.returncode == 0, err
    assert (folder / "run.json").exists()
    assert told not in asked.page.read_text()
    killed = "the process that waits for a kernel" if what == "spawn_main" else "a run's kernel"
    count(f"SIGKILL to {killed}: the rest of the report goes on")
