"""The study: every weighting with every seed, one seed after the other, and a page of all of it."""

import os
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from math import ceil
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pandas as pd
from nbformat import NotebookNode
from tqdm import tqdm

from aegan_lib.backend import cores
from aegan_lib.dataset import Dataset
from aegan_lib.errors import UserError
from aegan_lib.evaluation.frontier import FIDELITY, swept
from aegan_lib.evaluation.results import COLUMNS, read_table
from aegan_lib.extras import YARDSTICK, read_versions
from aegan_lib.locks import held
from aegan_lib.page.assembling import assemble
from aegan_lib.page.rendering import render
from aegan_lib.pipeline.execute import (
    Result,
    check_parameters,
    default_jobs,
    keep,
    start,
    thread_variables,
    threads_of_a_run,
)
from aegan_lib.pipeline.pages import record
from aegan_lib.pipeline.queue import execute_all
from aegan_lib.pipeline.request import Request, absolute_path
from aegan_lib.pipeline.tasks import NOTEBOOKS, Plan, Task, plan
from aegan_lib.pipeline.workers import end
from aegan_lib.profiles import PROFILES, Profile
from aegan_lib.records import NAME
from aegan_lib.runs import OlderRunError, find_run
from aegan_lib.training import run_settings
from aegan_lib.versions import VERSIONS

NOTEBOOK = NOTEBOOKS / "study.ipynb"
AROUND = 30  # seconds that a run of `quick` takes beside its training
STEPS = 8  # that are timed where no run is finished to go by


def study(request: Request, jobs: int = 0) -> tuple[Path, list[Result]]:
    """Finish all runs, seed by seed, and draw the page anew after each; its path, and what failed.

    What is finished is loaded, so that it goes on where it was stopped. The page's table lies
    beside it.
    """
    request.require_writable()
    jobs = jobs or default_jobs(request.profile)
    page = request.named("study", ".html")
    for task in (*plan(request).runs.values(), _drawing(request, plan(request), page)):
        check_parameters(task.notebook, task.parameters)
    with held(request.folder / ".locks" / "report", f"The report in {request.folder}"):
        dataset = request.load()
        print(dataset.said())
        request = request.about(dataset)
        print(f"{_beforehand(request, dataset, jobs)} The page: {page}")
        # By its notebook, how each ended: one that failed is tried again with the next seed.
        ended: dict[Path, Result] = {}
        for count, seed in enumerate(request.seeds, 1):
            # The seeds so far: what is finished of earlier ones is fresh and not executed again.
            part = replace(request, seeds=request.seeds[:count])
            planned = plan(part)
            runs = [planned.dataset, *planned.runs.values()]
            new = execute_all(part, runs, jobs, threads_of_a_run(part.profile))
            drawing = _drawing(part, planned, page)
            # Seeds that were all there already are drawn together, with the last of them.
            if new or count == len(request.seeds):
                new += execute_all(part, [drawing], 1, cores())
                _render(drawing.executed(), page, f"{request.title}, {request.profile.title}", part)
                tqdm.write(f"seed {seed}, {count} of {len(request.seeds)}: drawn in {page}")
            ended |= {result.task.output: result for result in new}
    return page, [result for result in ended.values() if result.failure]


def redraw(table: Path, reports: Path, extra: str = "") -> Path:
    """The study's page of a table that was kept, without any run; its path, within `reports`.

    Arguments:
        extra: a file with further versions, for those of the table that come from it.

    Raises:
        UserError: it is no such table, or cannot be drawn.
    """
    table, reports = absolute_path(table, "table"), absolute_path(reports, "folder for reports")
    if extra:
        extra = str(absolute_path(extra, "file of versions"))
        read_versions(Path(extra))
    rows = _checked(table)
    about = f"{rows['dataset'].iloc[0]}-{rows['profile'].iloc[0]}"
    with TemporaryDirectory() as folder:
        parameters: dict[str, Any] = {"table": str(table), "extra": extra}
        task = Task("the study", NOTEBOOK, Path(folder) / "study.ipynb", parameters)
        asked, worker = task.asked(), start(task, cores())
        try:
            result = keep(task, worker.place, worker.failure(), asked)
        finally:
            end([worker])
        if result.failure:
            raise UserError(f"The study of {table} cannot be drawn: {result.failure}.")
        return _render(task.executed(), reports / "study" / f"{about}-{table.stem}.html", about)


def _drawing(request: Request, planned: Plan, page: Path) -> Task:
    """The notebook of the seeds so far; it keeps its table beside the page."""
    runs = planned.runs.values()
    return Task(
        "the study",
        NOTEBOOK,
        request.folder / "notebooks" / f"{page.stem}.ipynb",
        parameters={
            "request": request.parameters("extra", "versions", "seeds"),
            "kept": str(page.with_suffix(".csv")),
        },
        inputs=(planned.dataset.output, *(task.output for task in runs)),
        makes=(page.with_suffix(".csv"),),
    )


def _render(executed: NotebookNode, page: Path, about: str, request: Request | None = None) -> Path:
    made_of: Mapping[str, Any] = record(request) if request else {}
    return render(assemble(executed), page, f"AE-GAN study: {about}", made_of)


def _checked(path: Path) -> pd.DataFrame:
    """The rows of a table that a study has kept.

    Raises:
        UserError: it is none, or something in it cannot be drawn.
    """
    try:
        table = read_table(path)
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(f"The table {path} cannot be read: {said}.") from error
    expected, received = "", ""
    if list(table) != COLUMNS:
        expected = f"the columns {', '.join(COLUMNS)}"
        received = ", ".join(map(str, table))
    elif len(table[["dataset", "profile"]].drop_duplicates()) != 1:
        expected = "rows, all of one dataset and one profile"
        received = "; ".join(map(str, {*zip(table["dataset"], table["profile"], strict=True)}))
    elif not NAME.fits(dataset := table["dataset"].iloc[0]):  # a part of the page's file name
        expected, received = f"a dataset with {NAME.expected}", str(dataset)
    elif (profile := table["profile"].iloc[0]) not in PROFILES:
        expected, received = f"a profile among {', '.join(PROFILES)}", profile
    elif missing := {"mean_face", *swept()} - {*table["version"]}:
        expected = "rows of the mean face and of all fixed weights"
        received = f"none of {', '.join(sorted(missing))}"
    elif strange := [name for name in table["version"].unique() if not _is_known(name)]:
        expected = "versions that are registered; EXTRA=file.py registers your own"
        received = ", ".join(strange)
    elif lacking := {*map(str, FIDELITY)} - {*table["metric"]}:
        expected = "the metrics that likeness is read by"
        received = f"none of {', '.join(sorted(lacking))}"
    if expected:
        raise UserError(
            f"{path} is no table that a study could be drawn of. Expected: {expected}. "
            f"Received: {received[:300] or 'none'}."
        )
    return table


def _is_known(version: str) -> bool:
    return version in VERSIONS or bool(YARDSTICK.fullmatch(version))


def _beforehand(request: Request, dataset: Dataset, jobs: int) -> str:
    """What is finished, and how long the rest will take here, in two sentences."""
    finished = []
    for name, seed in request.runs:
        with suppress(OlderRunError):  # trained anew
            run = find_run(request.run_folder(name, seed))
            # One of other code or other images is trained anew as well.
            if run and run.settings == run_settings(VERSIONS[name], dataset, seed):
                finished.append(run.provenance["seconds"])
    waiting = len(request.runs) - len(finished)
    said = f"{len(finished)} of {len(request.runs)} runs are there"
    if not waiting:
        return f"{said}: nothing is trained."
    each = median(finished) if finished else _seconds_of_a_run(dataset.profile)
    hours = ceil(waiting / jobs) * (each + AROUND) / 3600
    at_a_time = f"{jobs} at a time, " if jobs > 1 else ""
    return (
        f"{said}; the other {waiting}, {at_a_time}take about {hours:.1f} hours here, at "
        f"{each:.0f} s of training each. Stop at any time: the same command goes on from there, "
        "and the page is drawn after every seed."
    )


def _seconds_of_a_run(profile: Profile) -> float:
    # In a process of its own: threads are set before a backend computes for the first time.
    with (
        patch.dict(os.environ, thread_variables(threads_of_a_run(profile))),
        ProcessPoolExecutor(1, get_context("spawn")) as pool,
    ):
        step = pool.submit(_seconds_of_a_step, profile).result()
    return step * profile.batches_per_epoch * profile.epochs


def _seconds_of_a_step(profile: Profile) -> float:
    import numpy as np

    from aegan_lib.backend import ops
    from aegan_lib.runs import profile_models
    from aegan_lib.step import make_step

    size, version = profile.image_size, VERSIONS["weighted"]
    take = make_step(profile_models(profile, 0), version.rule, 0.0, seed=0)
    x = np.random.default_rng(0).uniform(-1, 1, (profile.batch_size, size, size, 3))
    arguments = [ops.convert_to_tensor(v, "float32") for v in (x, version.alpha, version.beta)]
    took = []
    for index in range(STEPS + 1):  # the first one compiles
        began = time.perf_counter()
        float(take(*arguments, ops.convert_to_tensor(index))["mse"])
        took.append(time.perf_counter() - began)
    return median(took[1:])
