"""Several notebooks at a time, each after what it needs, with a bar for every run in progress."""

import time
from concurrent.futures import Future

from tqdm import tqdm

from aegan_lib.pipeline.execute import Result, Task, execute, pool
from aegan_lib.pipeline.request import Selection
from aegan_lib.runs import find_run, read_history
from aegan_lib.training import progress_bar, show
from aegan_lib.versions import VERSIONS

POLL = 0.5  # seconds between two looks at the runs in progress


def execute_all(
    selection: Selection, tasks: dict[str, Task], jobs: int, threads: int
) -> list[Result]:
    """Execute what is not fresh, several at a time, each after what it needs; the failures."""
    waiting = {key: task for key, task in tasks.items() if not task.is_fresh()}
    running: dict[str, Future[Result]] = {}
    bars: dict[str, tqdm] = {}
    began: dict[str, float] = {}
    failed = []
    if not waiting:
        return []
    with pool(jobs) as workers:
        while waiting or running:
            for key, task in list(waiting.items()):
                if len(running) < jobs and not _needs(key, selection) & (
                    waiting.keys() | running.keys()
                ):
                    running[key] = workers.submit(execute, waiting.pop(key), threads)
                    began[key] = time.perf_counter()
                    if task.notebook.stem == "version":
                        free = set(range(jobs)) - {abs(bar.pos) for bar in bars.values()}
                        bars[key] = _bar(selection, task, min(free))
            time.sleep(POLL)
            for key, bar in bars.items():
                _follow(selection, tasks[key], bar)
            for key in [key for key, future in running.items() if future.done()]:
                result = running.pop(key).result()
                if key in bars:
                    bars.pop(key).close()
                failed += [result] if result.failure else []
                tqdm.write(_line(selection, result, time.perf_counter() - began[key]))
    return failed


def _needs(key: str, selection: Selection) -> set[str]:
    """What must be done before a task starts: the data, and the run that a version starts from."""
    if key in ("dataset", "verification", "report"):
        return set()
    name, seed = key.rsplit("-seed-", 1)
    start = VERSIONS[name].start
    return {"dataset"} | ({f"{start}-seed-{seed}"} if start else set())


def _bar(selection: Selection, task: Task, position: int) -> tqdm:
    version, seed = task.parameters["version"], task.parameters["seed"]
    # In a log file, where nothing can be redrawn, the line of a finished run has to do.
    return progress_bar(
        version, seed, selection.profile, position=position, leave=False, disable=None
    )


def _follow(selection: Selection, task: Task, bar: tqdm) -> None:
    """Move a run's bar to what its history has recorded by now; the kernel itself is mute."""
    folder = selection.run_folder(task.parameters["version"], task.parameters["seed"])
    try:
        history = read_history(folder / "history.csv")
    except (OSError, ValueError):
        return
    if len(history) > 1 and not (folder / "run.json").exists():
        show(bar, history.iloc[-2].to_dict(), selection.profile)


def _line(selection: Selection, result: Result, seconds: float) -> str:
    task = result.task
    if result.failure:
        return f"{task.title}: FAILED after {seconds:.0f} s: {result.failure}"
    if task.notebook.stem != "version":
        return f"{task.title}: done in {seconds:.0f} s"
    run = find_run(selection.run_folder(task.parameters["version"], task.parameters["seed"]))
    assert run is not None
    last = run.history.iloc[-1]
    trained_now = time.time() - (run.folder / "run.json").stat().st_mtime < seconds
    training = f"{run.provenance['seconds']:.0f} s of training" if trained_now else "loaded"
    return (
        f"{task.title}: {run.outcome}, {training}, {seconds:.0f} s in all, "
        f"mse {last['mse']:.4f}, bce {last['bce']:.3f}"
    )
