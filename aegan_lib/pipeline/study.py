"""The study: every weighting with every seed, one seed after the other, and a page of all of it."""

import os
import time
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

from tqdm import tqdm

from aegan_lib.backend import cores
from aegan_lib.errors import UserError
from aegan_lib.evaluation.results import COLUMNS, read_table
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
from aegan_lib.pipeline.request import Request
from aegan_lib.pipeline.tasks import NOTEBOOKS, Task, plan
from aegan_lib.pipeline.workers import end
from aegan_lib.profiles import Profile
from aegan_lib.runs import OlderRunError, find_run

AROUND = 30  # seconds that a run of `quick` takes beside its training
STEPS = 8  # that are timed where no run is finished to go by


def study(request: Request, jobs: int = 0) -> tuple[Path, list[Result]]:
    """Finish all runs, seed by seed, and draw the page anew after each; its path, and what failed.

    What is finished is loaded, so that it goes on where it was stopped.
    """
    request = replace(request, kind="study")
    request.require_writable()
    jobs = jobs or default_jobs(request.profile)
    for task in plan(request):
        check_parameters(task.notebook, task.parameters)
    with held(request.folder / ".locks" / "report", f"The report in {request.folder}"):
        dataset = request.load()
        print(dataset.said())
        request = request.about(dataset)
        print(_beforehand(request, jobs))
        results = []
        for count, seed in enumerate(request.seeds, 1):
            # The seeds so far: what is finished of earlier ones is fresh and not executed again.
            part = replace(request, seeds=request.seeds[:count])
            planned = plan(part)
            runs = [planned.dataset, *planned.runs.values()]
            results += execute_all(part, runs, jobs, threads_of_a_run(part.profile))
            results += execute_all(part, [planned.report], 1, cores())
            title = f"AE-GAN study: {request.title}, {request.profile.title}"
            render(assemble(planned.report.executed()), request.page, title, record(part))
            tqdm.write(f"seed {seed}, {count} of {len(request.seeds)}: drawn in {request.page}")
    return request.page, [result for result in results if result.failure]


def redraw(table: Path, target: Path) -> Path:
    """The study's page of a table that was kept, without any run.

    Raises:
        UserError: it is no such table, or cannot be drawn.
    """
    try:
        columns = list(read_table(table))
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(f"The table {table} cannot be read: {said}.") from error
    if columns != COLUMNS:
        raise UserError(
            f"{table} is no table of a study. Expected the columns {', '.join(COLUMNS)}. "
            f"Received: {', '.join(map(str, columns))[:200]}."
        )
    with TemporaryDirectory() as folder:
        output = Path(folder) / "study.ipynb"
        parameters: dict[str, Any] = {"table": str(table.resolve())}
        task = Task("the study", NOTEBOOKS / "study.ipynb", output, parameters)
        worker = start(task, cores())
        try:
            result = keep(task, worker.place, worker.failure())
        finally:
            end([worker])
        if result.failure:
            raise UserError(f"The study of {table} cannot be drawn: {result.failure}.")
        title = f"AE-GAN study: {table.stem}"
        return render(assemble(task.executed()), target, title)


def _beforehand(request: Request, jobs: int) -> str:
    """What is finished, and how long the rest will take here, in a sentence."""
    done = []
    for run in request.runs:
        with suppress(OlderRunError):  # trained anew
            done.append(find_run(request.run_folder(*run)))
    finished = [run.provenance["seconds"] for run in done if run]
    waiting = len(request.runs) - len(finished)
    said = f"{len(finished)} of {len(request.runs)} runs are there"
    if not waiting:
        return f"{said}: nothing is trained."
    each = median(finished) if finished else _seconds_of_a_run(request.profile)
    hours = ceil(waiting / jobs) * (each + AROUND) / 3600
    at_a_time = f"{jobs} at a time, " if jobs > 1 else ""
    return (
        f"{said}; the other {waiting}, {at_a_time}take about {hours:.1f} hours here, at "
        f"{each:.0f} s of training each. Stop at any time: the same command goes on from there. "
        f"The page is drawn after every seed: {request.page}"
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
    from aegan_lib.versions import VERSIONS

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
