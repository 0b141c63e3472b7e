"""Tasks that do nothing, executed in threads: which starts when, and how many at a time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aegan_lib.pipeline import queue
from aegan_lib.pipeline.execute import Result
from aegan_lib.pipeline.tasks import Task


class Log:
    """What was started in which order, what is done, and how many were at work at once."""

    def __init__(self, failing: tuple[str, ...] = ()) -> None:
        self.failing = failing
        self.started: list[str] = []
        self.done: set[str] = set()
        self.early: list[str] = []  # started before something that they need was done
        self.working = self.most = 0
        self.threads: set[int] = set()
        self._lock = threading.Lock()

    def execute(self, task: Task, threads: int) -> Result:
        with self._lock:
            known = {*self.started, task.title}
            self.early += [n.title for n in task.needs if n.title in known - self.done]
            self.started.append(task.title)
            self.threads.add(threads)
            self.working += 1
            self.most = max(self.most, self.working)
        time.sleep(0.02)
        with self._lock:
            self.working -= 1
            self.done.add(task.title)
        return Result(task, "ValueError: no" if task.title in self.failing else "")


@pytest.fixture
def pools(monkeypatch):
    """The sizes of the pools that were asked for; these have room for more, and only tell."""
    asked = []
    monkeypatch.setattr(queue, "pool", lambda jobs: asked.append(jobs) or ThreadPoolExecutor(16))
    monkeypatch.setattr(Task, "is_fresh", lambda task: task.title.startswith("fresh"))
    return asked


def task(title: str, *needs: Task, run: tuple[str, int] | None = None) -> Task:
    return Task(title, Path("source.ipynb"), Path("nowhere.ipynb"), {}, needs=needs, run=run)


def work(tasks, jobs, monkeypatch, asked=None, **options) -> tuple[Log, list[Result]]:
    log = Log(**options)
    monkeypatch.setattr(queue, "execute", log.execute)
    return log, queue.execute_all(asked, tasks, jobs, threads=3)


def family() -> list[Task]:
    """One that all need, a chain of three, and three that wait for the first alone."""
    first = task("first")
    chain = [first]
    for number in range(3):
        chain.append(task(f"link {number}", first, *chain[-1:]))
    return [*chain[::-1], *(task(f"other {number}", first) for number in range(3))]


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_each_starts_after_what_it_needs_and_no_more_than_jobs_at_a_time(pools, jobs, monkeypatch):
    tasks = family()
    log, failed = work(tasks, jobs, monkeypatch)
    assert failed == []
    assert log.early == []
    assert sorted(log.started) == sorted(one.title for one in tasks)
    place = {title: number for number, title in enumerate(log.started)}
    assert all(place[need.title] < place[one.title] for one in tasks for need in one.needs)
    assert log.most == jobs
    assert (pools, log.threads) == ([jobs], {3})


def test_what_is_fresh_is_neither_executed_nor_waited_for(pools, monkeypatch):
    fresh = task("fresh")
    elsewhere = task("in no list")
    log, failed = work([task("stale", fresh, elsewhere), fresh], 2, monkeypatch)
    assert (log.started, failed) == (["stale"], [])
    log, failed = work([fresh], 2, monkeypatch)
    assert (log.started, failed) == ([], [])
    assert pools == [2]  # none was started for nothing


def test_failures_are_returned_and_stop_nobody(pools, monkeypatch, capsys):
    log, failed = work(family(), 2, monkeypatch, failing=("first", "link 1"))
    assert [result.task.title for result in failed] == ["first", "link 1"]
    assert {result.failure for result in failed} == {"ValueError: no"}
    assert len(log.started) == 7 and log.early == []
    told = capsys.readouterr().out
    assert told.count("FAILED after") == 2 and "link 1: FAILED after 0 s: ValueError: no" in told
    assert told.count("done in") == 5


def test_a_run_that_fails_leaves_no_bar(pools, asked, monkeypatch):
    runs = [task(f"v1 seed {seed}", run=("v1", seed)) for seed in range(3)]
    log, failed = work(runs, 2, monkeypatch, asked, failing=tuple(run.title for run in runs))
    assert {result.task for result in failed} == set(runs)
    assert log.most == 2
    assert not queue.tqdm._instances
