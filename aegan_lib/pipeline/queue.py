"""Several notebooks at a time, each after what it needs, with a bar for every run in progress."""

import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter

import pandas as pd
from tqdm import tqdm

from aegan_lib.pipeline.execute import Result, execute, pool
from aegan_lib.pipeline.request import Request
from aegan_lib.pipeline.tasks import Task
from aegan_lib.runs import find_run
from aegan_lib.training import progress_bar, show

POLL = 0.5  # seconds between two looks at the runs in progress


@dataclass
class _Started:
    """A notebook in progress: since when, its bar, and the run's record from before."""

    task: Task
    began: float
    bar: tqdm | None
    record: bytes


def execute_all(request: Request, tasks: Sequence[Task], jobs: int, threads: int) -> list[Result]:
    """Execute what is not fresh, `jobs` at a time, each after what it needs; the failures."""
    stale = [task for task in tasks if not task.is_fresh()]
    if not stale:
        return []
    # Needs that are fresh are done already and hold nobody up.
    order = TopologicalSorter({task: [n for n in task.needs if n in stale] for task in stale})
    order.prepare()
    ready: deque[Task] = deque()
    running: dict[Future[Result], _Started] = {}
    failed = []
    with pool(jobs) as workers:
        while order.is_active():
            # Each task is given out once, its needs done, and waits here for a free worker.
            ready.extend(order.get_ready())
            while ready and len(running) < jobs:
                task = ready.popleft()
                started = _start(request, task, running.values(), jobs)
                running[workers.submit(execute, task, threads)] = started
            # The wait ends with the first that is done, or soon anyway, so that the bars move.
            done, _ = wait(running, timeout=POLL, return_when=FIRST_COMPLETED)
            for started in running.values():
                _follow(request, started)
            for future in done:
                started = running.pop(future)
                result = future.result()
                if started.bar is not None:
                    started.bar.close()
                if result.failure:
                    failed.append(result)
                tqdm.write(_line(request, result, started))
                # Even if it failed: what needs it will say so itself, and all else goes on.
                order.done(started.task)
    return failed


def _start(request: Request, task: Task, others: Iterable[_Started], jobs: int) -> _Started:
    if task.run is None:
        return _Started(task, time.perf_counter(), None, b"")
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
    return _Started(task, time.perf_counter(), bar, _record(request, task))


def _record(request: Request, task: Task) -> bytes:
    """The run's record as it lies there."""
    assert task.run
    # Compared afterwards, it tells whether the run was trained now or loaded.
    record = request.run_folder(*task.run) / "run.json"
    return record.read_bytes() if record.exists() else b""


def _follow(request: Request, started: _Started) -> None:
    """Move a run's bar to what its history has recorded by now; the kernel itself is mute."""
    if started.bar is None or started.task.run is None:
        return
    # The file may not be there yet, or hold no more than its header.
    folder = request.run_folder(*started.task.run)
    try:
        history = pd.read_csv(folder / "history.csv")
    except (OSError, ValueError):
        return
    if len(history) > 1 and not (folder / "run.json").exists():
        # The last line may be half written.
        show(
            started.bar,
            history.iloc[-2].to_dict(),
            request.fitted,
        )


def _line(request: Request, result: Result, started: _Started) -> str:
    """How a notebook ended, for the person who waits."""
    task = result.task
    seconds = time.perf_counter() - started.began
    if result.failure:
        return f"{task.title}: FAILED after {seconds:.0f} s: {result.failure}"
    if task.run is None:
        return f"{task.title}: done in {seconds:.0f} s"
    run = find_run(request.run_folder(*task.run))
    assert run is not None
    last = run.history.iloc[-1]
    trained_now = _record(request, task) != started.record
    training = "loaded"
    if trained_now:
        training = f"{run.provenance['seconds']:.0f} s of training"
    return (
        f"{task.title}: {run.outcome}, {training}, {seconds:.0f} s in all, "
        f"mse {last['mse']:.4f}, bce {last['bce']:.3f}"
    )
