"""The main job: check everything, train every version, execute the notebooks, assemble the page."""

import dataclasses
import shutil
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat

from aegan_lib.claims.judging import VERIFICATION
from aegan_lib.datasets import load
from aegan_lib.errors import UserError
from aegan_lib.page.assembling import assemble
from aegan_lib.page.rendering import render
from aegan_lib.pipeline.execute import NOTEBOOKS, Result, Task, check_parameters
from aegan_lib.pipeline.queue import execute_all
from aegan_lib.pipeline.request import Selection, cores, default_jobs
from aegan_lib.runs import find_run
from aegan_lib.versions import VERSIONS


def build(selection: Selection, force: bool = False, jobs: int = 0) -> tuple[Path, list[Result]]:
    """Everything up to the page; the page's path and the notebooks that failed."""
    jobs = jobs or default_jobs(selection.profile)
    tasks = _tasks(selection)
    report = _report_task(selection, tasks)
    for task in [*tasks.values(), report]:
        check_parameters(task.notebook, task.parameters)
    # Here, where its bar and its messages are seen, and before two notebooks could race for it.
    dataset = load(
        selection.dataset, selection.profile, selection.data, selection.crop, selection.images
    )
    print(dataset.said())
    for folder in (selection.run_folder(*run) for run in selection.runs):
        if force:
            shutil.rmtree(folder, ignore_errors=True)
        find_run(folder)  # a damaged run is named now, not after an hour of training
    selection.folder.mkdir(parents=True, exist_ok=True)
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


def write_alone(selection: Selection, target: Path) -> Path:
    """The page of a finished report once more, without links to pages beside it.

    Raises:
        UserError: the report is not finished.
    """
    tasks = _tasks(selection)
    report = _report_task(selection, tasks)
    if missing := [task.title for task in [*tasks.values(), report] if not task.is_fresh()]:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise UserError(
            "The page needs a finished report of the same code. Received none, or an older one, "
            f"of: {', '.join(missing[:3])}{more}. `make report` with the same settings makes it; "
            "`make example` makes both."
        )
    return _render(selection, report, tasks, {}, target)


def _assemble(selection: Selection, report: Task, tasks: dict[str, Task]) -> Path:
    """Every run's own page, then the report's, which links to them."""
    own = {}
    for key, task in tasks.items():
        if task.notebook.stem == "version" and not (made := _executed(task)).metadata.aegan.failure:
            own[key] = _own_page(selection, task, made)
    return _render(selection, report, tasks, own, selection.page)


def _render(
    selection: Selection, report: Task, tasks: dict[str, Task], own: dict[str, Path], target: Path
) -> Path:
    sections = []
    for name in selection.versions:
        section = _executed(tasks[f"{name}-seed-{selection.seeds[0]}"])
        heading = f"# {name}\n\n{VERSIONS[name].intent}"
        links = [
            f"[seed {seed}]({quote(place.name)})"
            for seed in selection.seeds
            if (place := own.get(f"{name}-seed-{seed}"))
        ]
        if links:
            heading += f" All its figures, on pages of their own: {', '.join(links)}."
        sections.append(_headed(section, heading + _failure(section)))
    parts: dict[str, Any] = {
        "verification": _executed(tasks["verification"]),
        "versions": sections,
        "dataset": _executed(tasks["dataset"]),
    }
    title = f"AE-GAN: {selection.title}, {selection.profile.name}"
    return render(assemble(_executed(report), parts), target, title)


def _executed(task: Task) -> nbformat.NotebookNode:
    return nbformat.read(task.output, as_version=4)


def _own_page(selection: Selection, task: Task, notebook: nbformat.NotebookNode) -> Path:
    """The page of one run beside the report's, with all its figures."""
    version, seed = task.parameters["version"], task.parameters["seed"]
    whole = selection.folder / "index.html"  # it covers this run as well
    back = whole if whole.exists() and seed == 0 else selection.page
    heading = (
        f"# {version}, seed {seed}\n\n{VERSIONS[version].intent} "
        f"[Back to the report]({quote(back.name)}#{version})."
    )
    title = f"{version}, seed {seed}: {selection.title}, {selection.profile.name}"
    place = selection.folder / f"{version}-seed-{seed}.html"
    return render(assemble(_headed(notebook, heading)), place, title)


def _headed(notebook: nbformat.NotebookNode, heading: str) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_markdown_cell(heading), *notebook.cells]
    return nbformat.NotebookNode({**notebook, "cells": cells})


def _failure(notebook: nbformat.NotebookNode) -> str:
    failure = notebook.metadata["aegan"]["failure"]
    said = f"<strong>This run failed:</strong> <code>{escape(failure)}</code>"
    return f'\n\n<p class="failed">{said}</p>' if failure else ""
