"""Several notebooks at a time, each after what it needs, with a bar for every run in progress."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from multiprocessing.connection import wait
from typing import Any

import pandas as pd
from tqdm import tqdm

from aegan_lib.pipeline.execute import Result, keep, start
from aegan_lib.pipeline.kernels import GOES_ON
from aegan_lib.pipeline.request import Request
from aegan_lib.pipeline.tasks import Task
from aegan_lib.pipeline.workers import Worker, end
from aegan_lib.runs import find_run
from aegan_lib.training import progress_bar, show

POLL = 0.5  # seconds between two looks at the runs in progress
# Seconds without a new row after which training hangs: an epoch's validation may take minutes.
STILL = 15 * 60


@dataclass
class _Started:
    """A notebook in progress: since when, its bar, and the run's record from before.

    Of its history: the rows at the last look, whether any was added, and seconds without one.
    """

    task: Task
    asked: list[Any]
    worker: Worker
    began: float
    bar: tqdm | None
    record: bytes
    rows: float = math.inf  # nothing is growth at the first look: rows may lie there from before
    grows: bool = False
    still: float = 0


def execute_all(
    request: Request,
    tasks: Sequence[Task],
    jobs: int,
    threads: int,
    done: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """Execute what is not fresh, `jobs` at a time, each after what it needs; how each ended.

    `done` is called with each of them as it ends, while others go on.
    """
    stale = [task for task in tasks if not task.is_fresh()]
    if not stale:
        return []
    place = {task: number for number, task in enumerate(tasks)}
    # Needs that are fresh are done already and hold nobody up.
    order = TopologicalSorter({task: [n for n in task.needs if n in stale] for task in stale})
    order.prepare()
    ready: list[Task] = []
    running: dict[int, _Started] = {}
    results = []
    try:
        while order.is_active():
            # Each task is given out once, its needs done, and waits here for a free process; runs
            # wait longest, so that whatever is drawn of some comes before the others, and in their
            # order, so that one that had to wait for another does not come after all seeds.
            ready.extend(order.get_ready())
            ready.sort(key=lambda task: (task.run is not None, place[task]))
            while ready and len(running) < jobs:
                started = _start(request, ready.pop(0), threads, running.values(), jobs)
                running[started.worker.sentinel] = started
            # The wait ends with the first that is done, or soon anyway, so that the bars move.
            ended = wait(list(running), POLL)
            for started in running.values():
                _follow(request, started)
            for sentinel in ended:
                started = running[sentinel]  # type: ignore[index]
                worker = started.worker
                result = keep(started.task, worker.place, worker.failure(), started.asked)
                result, line = _told(request, result, started)
                started.worker.close()
                del running[sentinel]  # type: ignore[arg-type]
                if started.bar is not None:
                    started.bar.close()
                results.append(result)
                tqdm.write(line)
                done(result)
                # Even if it failed: what needs it will say so itself, and all else goes on.
                order.done(started.task)
    finally:
        # After an error or an interruption: nothing goes on unseen.
        end([started.worker for started in running.values()])
        for started in running.values():
            if started.bar is not None:
                started.bar.close()
    return results


def _start(
    request: Request, task: Task, threads: int, others: Iterable[_Started], jobs: int
) -> _Started:
    asked = task.asked()
    if task.run is None:
        return _Started(task, asked, start(task, threads), time.perf_counter(), None, b"")
    # The first line that no other bar is on; tqdm keeps positions as negative numbers.
    taken = {abs(other.bar.pos) for other in others if other.bar is not None}
    # In a log file, where nothing can be redrawn, the line of a finished run has to do.
    bar = progress_bar(
        *task.run,
        request.fitted,
        position=min(set(range(jobs)) - taken),
        leave=False,
        disable=None,
    )
    record = _record(request, task)
    return _Started(task, asked, start(task, threads), time.perf_counter(), bar, record)


def _record(request: Request, task: Task) -> bytes:
    """The run's record as it lies there."""
    assert task.run
    # Compared afterwards, it tells whether the run was trained now or loaded.
    record = request.run_folder(*task.run) / "run.json"
    return record.read_bytes() if record.exists() else b""


def _follow(request: Request, started: _Started) -> None:
    """Move a run's bar to what its history has recorded by now; the kernel itself is mute.

    A kernel that hangs is mute as well: it is stopped when its history has stood still for long.
    """
    if started.bar is None or started.task.run is None:
        return
    # The file may not be there yet, or hold no more than its header.
    folder = request.run_folder(*started.task.run)
    try:
        history = pd.read_csv(folder / "history.csv")
    except (OSError, ValueError):
        return
    if (folder / "run.json").exists():
        return
    if len(history) > 1:
        # The last line may be half written.
        show(started.bar, history.iloc[-2].to_dict(), request.fitted)
    # Only what grew can hang: a run that waits for another process's adds no rows. Looks are
    # counted, not hours: a computer that was asleep comes back to a history that stood still.
    grew = len(history) > started.rows
    started.grows |= grew
    started.still = 0 if grew else started.still + POLL
    started.rows = len(history)
    if started.grows and started.still >= STILL:
        minutes = f"{STILL / 60:.0f} minutes"
        started.worker.stop(f"stopped, since it had trained no batch for {minutes}; {GOES_ON}")


def _told(request: Request, result: Result, started: _Started) -> tuple[Result, str]:
    """A result with how long it took, and how it ended, for the person who waits."""
    task = result.task
    result = replace(result, seconds=time.perf_counter() - started.began)
    if result.failure:
        return result, f"{task.title}: FAILED after {result.seconds:.0f} s: {result.failure}"
    if task.run is None:
        return result, f"{task.title}: done in {result.seconds:.0f} s"
    run = find_run(request.run_folder(*task.run))
    assert run is not None
    training = "loaded"
    if _record(request, task) != started.record:
        result = replace(result, training=run.provenance["seconds"])
        training = f"{result.training:.0f} s of training"
    last = run.history.iloc[-1]
    return result, (
        f"{task.title}: {run.outcome}, {training}, {result.seconds:.0f} s in all, "
        f"mse {last['mse']:.4f}, bce {last['bce']:.3f}"
    )
