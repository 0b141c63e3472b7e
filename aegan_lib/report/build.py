"""The main job: check everything, train every version, execute the notebooks, assemble the page."""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from tqdm import tqdm

from aegan_lib.datasets import DATASETS
from aegan_lib.errors import UserError, unknown_name
from aegan_lib.profiles import PROFILES, Profile
from aegan_lib.report import page
from aegan_lib.report.execute import NOTEBOOKS, Result, Task, check_parameters, execute, pool
from aegan_lib.runs import find_run, read_history, run_folder
from aegan_lib.training import progress_bar, show
from aegan_lib.versions import VERSIONS, training_order

POLL = 0.5  # seconds between two looks at the runs in progress


@dataclass(frozen=True)
class Selection:
    """What was asked for."""

    dataset: str
    profile: Profile
    versions: tuple[str, ...]
    seeds: tuple[int, ...]
    reports: Path
    data: Path

    @property
    def folder(self) -> Path:
        return self.reports / f"{self.dataset}-{self.profile.name}"

    @property
    def page(self) -> Path:
        """The page's path; only the whole, every version with seed 0, is index.html."""
        parts = [] if set(self.versions) == set(VERSIONS) else list(self.versions)
        parts += [] if self.seeds == (0,) else [f"seed-{seed}" for seed in self.seeds]
        return self.folder / ("-".join(["index", *parts]) + ".html")

    def common(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "profile": self.profile.name,
            "reports": str(self.reports),
            "data": str(self.data),
        }


def select(
    dataset: str,
    profile: str,
    versions: Sequence[str],
    seeds: Sequence[int],
    reports: Path,
    data: Path,
) -> Selection:
    """What was asked for, checked; no versions means all of them.

    Raises:
        UserError: a name is unknown, a seed negative, or a folder cannot be written.
    """
    if dataset not in DATASETS:
        raise unknown_name("dataset", dataset, DATASETS)
    if profile not in PROFILES:
        raise unknown_name("profile", profile, PROFILES)
    for name in versions:
        if name not in VERSIONS:
            raise unknown_name("version", name, VERSIONS)
    for seed in seeds:
        if seed < 0:
            raise UserError(f"A seed must be 0 or more. Received: {seed}.")
    for folder, setting in ((reports, "REPORTS=…, --reports"), (data, "DATA=…, --data")):
        _require_writable(folder, setting)
    chosen = [name for name in VERSIONS if name in versions or not versions]
    return Selection(
        dataset,
        PROFILES[profile],
        tuple(training_order(chosen)),
        tuple(dict.fromkeys(seeds)),
        reports.resolve(),
        data.resolve(),
    )


def _require_writable(folder: Path, setting: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be written ({error.strerror}). "
            f"Make it writable or choose another one ({setting})."
        ) from error


def build(selection: Selection, force: bool = False, jobs: int = 0) -> tuple[Path, list[Result]]:
    """Everything up to the page; the page's path and the notebooks that failed."""
    selection.folder.mkdir(parents=True, exist_ok=True)
    jobs = jobs or default_jobs(selection.profile)
    threads = max(1, _cores() // jobs)
    runs = [(name, seed) for seed in selection.seeds for name in selection.versions]
    folders = {key: _run_folder(selection, *key) for key in runs}
    for folder in folders.values():
        if force:
            shutil.rmtree(folder, ignore_errors=True)
        find_run(folder)  # a damaged run is named now, not after an hour of training
    tasks = {
        "dataset": _task(
            selection, "dataset", "the dataset", selection.common(), ["yardsticks.csv"]
        ),
        "verification": _task(selection, "verification", "verification", {}, []),
    }
    for name, seed in runs:
        parameters = {**selection.common(), "version": name, "seed": seed, "progress": False}
        tasks[f"{name}-seed-{seed}"] = _task(
            selection, "version", f"{name} seed {seed}", parameters,
            [f"{name}/seed-{seed}/run.json", f"{name}/seed-{seed}/metrics.csv"],
            f"{name}-seed-{seed}",
        )  # fmt: skip
    for task in tasks.values():
        check_parameters(task.notebook, task.parameters)

    failed = _execute_all(selection, tasks, jobs, threads)
    listed = {
        "versions": " ".join(selection.versions),
        "seeds": " ".join(map(str, selection.seeds)),
    }
    inputs = [str(f / name) for f in folders.values() for name in ("run.json", "metrics.csv")]
    report = _task(
        selection, "report", "the report", selection.common() | listed,
        ["yardsticks.csv", *inputs], selection.page.stem,
    )  # fmt: skip
    check_parameters(report.notebook, report.parameters)
    failed += _execute_all(selection, {"report": report}, 1, _cores())
    return _assemble(selection, report, tasks, runs), failed


def _task(
    selection: Selection,
    notebook: str,
    title: str,
    parameters: dict[str, Any],
    inputs: list[str],
    output: str = "",
) -> Task:
    place = selection.folder / "notebooks" / f"{output or notebook}.ipynb"
    files = tuple(selection.folder / name for name in inputs)
    return Task(title, NOTEBOOKS / f"{notebook}.ipynb", place, parameters, files)


def _run_folder(selection: Selection, name: str, seed: int) -> Path:
    return run_folder(selection.reports, selection.dataset, selection.profile.name, name, seed)


def _execute_all(
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
    folder = _run_folder(selection, task.parameters["version"], task.parameters["seed"])
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
    run = find_run(_run_folder(selection, task.parameters["version"], task.parameters["seed"]))
    assert run is not None
    last = run.history.iloc[-1]
    return (
        f"{task.title}: {run.outcome}, {run.provenance['seconds']:.0f} s of training, "
        f"{seconds:.0f} s in all, mse {last['mse']:.4f}, bce {last['bce']:.3f}"
    )


def _assemble(
    selection: Selection, report: Task, tasks: dict[str, Task], runs: list[tuple[str, int]]
) -> Path:
    def executed(task: Task) -> nbformat.NotebookNode:
        return nbformat.read(task.output, as_version=4)

    shown = [f"{name}-seed-{seed}" for name, seed in runs if seed == selection.seeds[0]]
    sections = []
    for key in shown:
        section = executed(tasks[key])
        name = tasks[key].parameters["version"]
        heading = f"# {name}\n\n{VERSIONS[name].intent}"
        if failure := section.metadata["aegan"]["failure"]:
            heading += f"\n\n**This run failed:** `{failure}`"
        section.cells.insert(0, nbformat.v4.new_markdown_cell(heading))
        sections.append(section)
    parts: dict[str, Any] = {
        "verification": executed(tasks["verification"]),
        "versions": sections,
        "dataset": executed(tasks["dataset"]),
    }
    title = f"AE-GAN: {selection.dataset}, {selection.profile.name}"
    return page.render(page.assemble(executed(report), parts), selection.page, title)


def default_jobs(profile: Profile) -> int:
    """How many runs at a time: one a core, but one in all on a GPU or at the documents' size."""
    if shutil.which("nvidia-smi") or profile.image_size >= 80:
        return 1
    return min(4, _cores())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
