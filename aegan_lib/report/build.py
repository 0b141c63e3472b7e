"""The main job: check everything, train every version, execute the notebooks, assemble the page."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import nbformat

from aegan_lib.datasets import load
from aegan_lib.report import page
from aegan_lib.report.claims.judging import VERIFICATION
from aegan_lib.report.execute import NOTEBOOKS, Result, Task, check_parameters
from aegan_lib.report.queue import execute_all
from aegan_lib.report.selection import Selection, cores, default_jobs
from aegan_lib.runs import find_run
from aegan_lib.versions import VERSIONS


def build(selection: Selection, force: bool = False, jobs: int = 0) -> tuple[Path, list[Result]]:
    """Everything up to the page; the page's path and the notebooks that failed."""
    jobs = jobs or default_jobs(selection.profile)
    tasks = _tasks(selection)
    report = _report_task(selection, tasks)
    for task in [*tasks.values(), report]:
        check_parameters(task.notebook, task.parameters)
    for folder in (selection.run_folder(*run) for run in selection.runs):
        if force:
            shutil.rmtree(folder, ignore_errors=True)
        find_run(folder)  # a damaged run is named now, not after an hour of training
    selection.folder.mkdir(parents=True, exist_ok=True)
    # Here, where its bar and its messages are seen, and before two notebooks could race for it.
    dataset = load(
        selection.dataset, selection.profile, selection.data, selection.crop, selection.images
    )
    print(dataset.said())
    selection = dataclasses.replace(selection, profile=selection.profile.fitted(dataset.counts))

    failed = execute_all(selection, tasks, jobs, max(1, cores() // jobs))
    failed += execute_all(selection, {"report": report}, 1, cores())
    return _assemble(selection, report, tasks), failed


def _tasks(selection: Selection) -> dict[str, Task]:
    """The notebooks that the report's own draws together."""
    tasks = {
        "dataset": _task(
            selection,
            "dataset",
            "the dataset",
            selection.common(),
            ["yardsticks.csv", "probe/probe.json"],
        ),
        "verification": _task(
            selection,
            "verification",
            "verification",
            {"results": str(selection.folder / VERIFICATION)},
            [VERIFICATION],
        ),
    }
    for name, seed in selection.runs:
        parameters = {**selection.common(), "version": name, "seed": seed, "progress": False}
        files = [f"{name}/seed-{seed}/{file}" for file in ("run.json", "metrics.csv")]
        key = f"{name}-seed-{seed}"
        tasks[key] = _task(selection, "version", f"{name} seed {seed}", parameters, files, key)
    return tasks


def _report_task(selection: Selection, tasks: dict[str, Task]) -> Task:
    parameters = {
        **selection.common(),
        "versions": " ".join(selection.versions),
        "seeds": " ".join(map(str, selection.seeds)),
    }
    executed = [str(task.output) for task in tasks.values()]
    return _task(selection, "report", "the report", parameters, executed, selection.page.stem)


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


def _assemble(selection: Selection, report: Task, tasks: dict[str, Task]) -> Path:
    def executed(task: Task) -> nbformat.NotebookNode:
        return nbformat.read(task.output, as_version=4)

    shown = [f"{name}-seed-{selection.seeds[0]}" for name in selection.versions]
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
    title = f"AE-GAN: {selection.title}, {selection.profile.name}"
    return page.render(page.assemble(executed(report), parts), selection.page, title)
