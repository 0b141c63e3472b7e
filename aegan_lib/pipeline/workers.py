"""Processes that end: each with the one that started it, and its kernel with it.

Whoever is killed, in whatever way, takes along what was started for it, within GRACE and a moment.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

import psutil

from aegan_lib.pipeline.kernels import CONNECTION, GOES_ON, MEMORY, new_place, one_line

GRACE = 3  # seconds for training to be saved, from being told to end to being killed
# What a terminal sends to all processes in it: only the first one decides what follows.
TERMINAL = signal.SIGINT, signal.SIGHUP


class Worker:
    """`work(place, *arguments)` in a process of its own, with a new folder for a kernel.

    Arguments:
        work: gives the error in one line, or "". What it raises is such an error too.
    """

    def __init__(self, work: Callable[..., str], *arguments: Any) -> None:
        # The folder is this process's, so that it goes however the other one ends.
        self._folder = new_place()
        self._why = ""
        # Fresh processes: a forked one would inherit this one's threads and event loops.
        context = get_context("spawn")
        self._answer, answer = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_serve, args=(answer, self.place, work, arguments), daemon=True
        )
        # Signals that wait are inherited: until the new process can say what it makes of them. The
        # tracker is an assistant of Python's, which else would be started now and not let them.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, TERMINAL)
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        answer.close()
        self.sentinel = self._process.sentinel  # for multiprocessing.connection.wait

    @property
    def place(self) -> Path:
        return Path(self._folder.name)

    def stop(self, why: str) -> None:
        """Tell it to end; `why` is then how it failed."""
        self._why = why
        self._process.terminate()

    def failure(self) -> str:
        """The error in one line, or "", once it has ended."""
        self._process.join()
        try:
            return self._answer.recv()
        except EOFError:
            return self._why or _death(self._process.exitcode or 0)

    def close(self, patience: float = 0) -> None:
        """Leave nothing of it, neither process nor folder."""
        self._process.join(patience)
        self._process.kill()
        # Usually it has ended its kernel itself.
        end_kernel(self.place)
        self._folder.cleanup()


def end(workers: Sequence[Worker]) -> None:
    """End them all, side by side."""
    for worker in workers:
        worker.stop("")
    until = time.perf_counter() + GRACE + 1
    for worker in workers:
        worker.close(max(0, until - time.perf_counter()))


def end_kernel(place: Path) -> None:
    """Tell a kernel to end, wait a little and kill it, with all that it has started."""
    # Found by the file that only its own command names: so it is whoever's child it is by now.
    file = str(place / CONNECTION)
    found = psutil.process_iter(["cmdline"])
    kernels = [process for process in found if file in (process.info["cmdline"] or ())]
    # Kernels are started in a session of their own, hence with the group of their number.
    for send in signal.SIGTERM, signal.SIGKILL:
        for kernel in kernels:
            with suppress(OSError):
                os.killpg(kernel.pid, send)
        psutil.wait_procs(kernels, timeout=GRACE)


def _serve(
    answer: Connection, place: Path, work: Callable[..., str], arguments: Sequence[Any]
) -> None:
    """What the new process does."""
    for number in TERMINAL:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINAL)
    parent = parent_process()
    assert parent

    def end(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        end_kernel(place)
        if not parent.is_alive():
            shutil.rmtree(place, ignore_errors=True)
        os._exit(128 + number)

    def follow() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    # A process whose parent was killed is told by nobody: this one asks.
    signal.signal(signal.SIGTERM, end)
    Thread(target=follow, daemon=True).start()
    try:
        failure = work(place, *arguments)
    except Exception as error:  # it must not take the others with it
        failure = one_line(f"{type(error).__name__}: {error}")
    answer.send(failure)


def _death(code: int) -> str:
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    if code == -signal.SIGKILL:
        how += f", {MEMORY}"
    return f"its process ended with {how}; {GOES_ON}"
