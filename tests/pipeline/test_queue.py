"""Tasks that do nothing, executed in threads: which starts when, and how many at a time.

Then some in processes of their own, which end in other ways than they should.
"""

import dataclasses
import threading
import time
from functools import partial
from multiprocessing import Pipe
from pathlib import Path

import pytest

from aegan_lib.pipeline import queue
from aegan_lib.pipeline.execute import Result
from aegan_lib.pipeline.tasks import NOTEBOOKS, Task
from aegan_lib.pipeline.workers import Worker
from tests.pipeline import works


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

    def execute(self, task: Task, threads: int) -> str:
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
        return "ValueError: no" if task.title in self.failing else ""


class InThread:
    """Stands for a Worker."""

    place = Path("nowhere")

    def __init__(self, execute, task: Task, threads: int) -> None:
        self.sentinel, self._end = Pipe(duplex=False)
        self._thread = threading.Thread(target=self._work, args=(execute, task, threads))
        self._thread.start()

    def _work(self, execute, *given) -> None:
        self._failure = execute(*given)
        self._end.close()

    def failure(self) -> str:
        self._thread.join()
        return self._failure

    def close(self) -> None:
        self.sentinel.close()


@pytest.fixture(autouse=True)
def _kept_nowhere(monkeypatch):
    monkeypatch.setattr(queue, "keep", lambda task, _, failure, __: Result(task, failure))
    monkeypatch.setattr(Task, "is_fresh", lambda task: task.title.startswith("fresh"))


def task(title: str, *needs: Task, run: tuple[str, int] | None = None) -> Task:
    source = NOTEBOOKS / "verification.ipynb"  # never executed
    return Task(title, source, Path("nowhere.ipynb"), {}, needs=needs, run=run)


def work(tasks, jobs, monkeypatch, asked=None, **options) -> tuple[Log, list[Result]]:
    log = Log(**options)
    monkeypatch.setattr(queue, "start", partial(InThread, log.execute))
    told = []
    results = queue.execute_all(asked, tasks, jobs, threads=3, done=told.append)
    assert results == told
    assert sorted(r.task.title for r in results) == sorted(log.started)
    return log, [result for result in results if result.failure]


def test_what_is_drawn_comes_before_runs_that_wait(monkeypatch, asked):
    runs = [task(f"v1 seed {seed}", run=("v1", seed)) for seed in range(5)]
    first = task("a first look", *runs[:2])
    failing = tuple(run.title for run in runs)  # none of them has left a run
    log, _ = work([*runs, first], 1, monkeypatch, asked, failing=failing)
    assert log.started.index(first.title) == 2


def family() -> list[Task]:
    """One that all need, a chain of three, and three that wait for the first alone."""
    first = task("first")
    chain = [first]
    for number in range(3):
        chain.append(task(f"link {number}", first, *chain[-1:]))
    return [*chain[::-1], *(task(f"other {number}", first) for number in range(3))]


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_each_starts_after_what_it_needs_and_no_more_than_jobs_at_a_time(jobs, monkeypatch):
    tasks = family()
    log, failed = work(tasks, jobs, monkeypatch)
    assert failed == []
    assert log.early == []
    assert sorted(log.started) == sorted(one.title for one in tasks)
    place = {title: number for number, title in enumerate(log.started)}
    assert all(place[need.title] < place[one.title] for one in tasks for need in one.needs)
    assert log.most == jobs
    assert log.threads == {3}


def test_what_is_fresh_is_neither_executed_nor_waited_for(monkeypatch):
    fresh = task("fresh")
    elsewhere = task("in no list")
    log, failed = work([task("stale", fresh, elsewhere), fresh], 2, monkeypatch)
    assert (log.started, failed) == (["stale"], [])
    log, failed = work([fresh], 2, monkeypatch)
    assert (log.started, failed) == ([], [])


def test_failures_are_returned_and_stop_nobody(monkeypatch, capsys):
    log, failed = work(family(), 2, monkeypatch, failing=("first", "link 1"))
    assert [result.task.title for result in failed] == ["first", "link 1"]
    assert {result.failure for result in failed} == {"ValueError: no"}
    assert len(log.started) == 7 and log.early == []
    told = capsys.readouterr().out
    assert told.count("FAILED after") == 2 and "link 1: FAILED after 0 s: ValueError: no" in told
    assert told.count("done in") == 5


def test_a_run_that_fails_leaves_no_bar(asked, monkeypatch):
    runs = [task(f"v1 seed {seed}", run=("v1", seed)) for seed in range(3)]
    log, failed = work(runs, 2, monkeypatch, asked, failing=tuple(run.title for run in runs))
    assert {result.task for result in failed} == set(runs)
    assert log.most == 2
    assert not queue.tqdm._instances


@pytest.fixture
def run(asked, tmp_path):
    """What was asked for, elsewhere, and a run of it."""
    asked = dataclasses.replace(asked, reports=tmp_path)
    asked.run_folder("v1", 0).mkdir(parents=True)
    return asked, task("v1 seed 0", run=("v1", 0))


def ended(run, monkeypatch, work, *arguments) -> str:
    """How a run is said to have failed that did this `work`."""
    monkeypatch.setattr(queue, "start", lambda task, threads: Worker(work, *arguments))
    request, it = run
    (result,) = queue.execute_all(request, [it], 1, threads=1)
    return result.failure


def test_a_process_that_dies_or_raises_is_a_failure_in_a_users_words(run, monkeypatch):
    assert ended(run, monkeypatch, works.dies) == (
        "its process ended with signal 9, perhaps for want of memory; "
        "`make report` goes on from there"
    )
    assert ended(run, monkeypatch, works.leaves) == (
        "its process ended with exit code 3; `make report` goes on from there"
    )
    assert ended(run, monkeypatch, works.raises, "no\nand more") == "ValueError: no"


def test_an_error_longer_than_a_pipe_holds_back_nobody(run, monkeypatch):
    assert ended(run, monkeypatch, works.raises, "x" * 2**20).startswith("ValueError: xxx")


def test_training_that_stands_still_is_stopped(run, monkeypatch):
    monkeypatch.setattr(queue, "STILL", 1)
    failure = ended(run, monkeypatch, works.hangs, run[0].run_folder("v1", 0) / "history.csv")
    assert failure == (
        "stopped, since it had trained no batch for 0 minutes; `make report` goes on from there"
    )
    assert not queue.tqdm._instances


def test_what_has_not_begun_or_is_finished_may_stand_still(run, monkeypatch):
    """Rows from before, no rows at all, and a run that is being measured."""
    monkeypatch.setattr(queue, "STILL", 0.5)
    folder = run[0].run_folder("v1", 0)
    assert ended(run, monkeypatch, works.waits, 1.2) == "waited"
    (folder / "history.csv").write_text(works.HEADER + works.ROW * 9)
    assert ended(run, monkeypatch, works.waits, 1.2) == "waited"
    (folder / "run.json").touch()
    monkeypatch.setattr(queue._Started, "grows", True)
    assert ended(run, monkeypatch, works.waits, 1.2) == "waited"
