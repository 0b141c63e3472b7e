"""Much of everything: many runs, many epochs, a long history. Memory stays as it is.

Times depend on the machine and on what else it does: they are told to `make soak` and not judged.
"""

import dataclasses
import time

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from aegan_lib.figures import landscape
from aegan_lib.figures import run as figures
from aegan_lib.pipeline import queue
from aegan_lib.pipeline.request import parse
from aegan_lib.pipeline.tasks import Task
from aegan_lib.runs import Run
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.training import train
from aegan_lib.versions import VERSIONS
from aegan_lib.watching import Watcher
from tests.made_up import a_training, courses

pytestmark = pytest.mark.slow
MANY, ROWS, EPOCHS = 200, 1_000_000, 60
# What a run's notebook leaves, as quickly as a file is copied: the history first, the record last.
COPY = """
import shutil, time
from pathlib import Path

Path(target).mkdir(parents=True)
for name in ["history.csv", "epochs.csv", "samples.npy", "last.npz", "best.npz", "run.json"]:
    shutil.copy(Path(source, name), target)
"""


def megabytes() -> float:
    return psutil.Process().memory_info().rss / 1e6


@pytest.fixture(scope="module")
def finished(dataset, tmp_path_factory) -> Run:
    return train("v4", dataset, reports=tmp_path_factory.mktemp("once"), progress=False)


def test_many_runs_take_no_more_memory_than_few(finished, tmp_path, monkeypatch, count):
    asked = parse("faces", "smoke", ["v4"], range(MANY), tmp_path / "reports", tmp_path / "data")
    notebook = tmp_path / "copy.ipynb"
    parameters = new_code_cell(
        'source: str = ""  # of the copy\ntarget: str = ""  # where it goes',
        metadata={"tags": ["parameters"]},
    )
    nbformat.write(new_notebook(cells=[parameters, new_code_cell(COPY)]), notebook)
    tasks = [
        Task(
            f"v4 seed {seed}",
            notebook,
            tmp_path / "made" / f"{seed}.ipynb",
            {"source": str(finished.folder), "target": str(asked.run_folder("v4", seed))},
            run=("v4", seed),
        )
        for seed in asked.seeds
    ]
    keep, memory, times = queue.keep, [], [time.perf_counter()]

    def kept(*given):
        memory.append(megabytes())
        times.append(time.perf_counter())
        return keep(*given)

    monkeypatch.setattr(queue, "keep", kept)
    assert queue.execute_all(asked, tasks, jobs=2, threads=1) == []
    assert len(memory) == MANY
    assert all(task.is_fresh() for task in tasks)
    assert psutil.Process().children() == [] or not any(
        "ipykernel" in " ".join(child.cmdline()) for child in psutil.Process().children()
    )
    # The first ones load what all of them need.
    grown = np.median(memory[-MANY // 4 :]) - np.median(memory[MANY // 4 : MANY // 2])
    halves = times[MANY // 2] - times[0], times[-1] - times[MANY // 2]
    count(
        f"{MANY} runs through the queue, two at a time: {grown:+.1f} MB from the second quarter to "
        f"the last, {halves[0]:.0f} s for the first half and {halves[1]:.0f} s for the second",
        hit=MANY,
    )
    assert grown < 10


def test_many_epochs_take_no_more_memory_than_few(dataset, tmp_path, monkeypatch, count):
    memory, look = [], Watcher.look

    def looked(self):
        look(self)
        memory.append(megabytes())

    monkeypatch.setattr(Watcher, "look", looked)
    profile = dataclasses.replace(dataset.profile, epochs=EPOCHS)
    long = dataclasses.replace(dataset, profile=profile)
    run = train("v4", long, reports=tmp_path, progress=False)
    assert run.outcome == "complete"
    assert len(memory) == EPOCHS + 1
    # What belongs to every epoch is 8 small pictures and a row: nothing, in this measure.
    grown = np.median(memory[-EPOCHS // 4 :]) - np.median(memory[EPOCHS // 4 : EPOCHS // 2])
    count(f"{EPOCHS} epochs of one run: {grown:+.1f} MB from the second quarter to the last")
    assert grown < 10


def test_a_history_of_a_million_rows_is_loaded_and_drawn(finished, tmp_path, count, monkeypatch):
    rng = np.random.default_rng(0)
    schedule = SlopeSchedule(scale=1e-6, window=50, ceiling=1.0)
    mse = 0.02 + 0.1 * np.exp(-np.arange(ROWS) / 1e5) + 0.001 * rng.standard_normal(ROWS)
    beta = replay(schedule, {"mse": mse})
    made = a_training(
        dataclasses.replace(VERSIONS["v4"], beta=schedule),
        epoch=np.repeat(np.arange(100), ROWS // 100),
        mse=mse,
        bce=0.7 + 0.1 * rng.standard_normal(ROWS),
        beta=beta,
        weight_bce=beta,
    )
    (tmp_path / "run").mkdir()
    made.history.to_csv(tmp_path / "run" / "history.csv", index=False)
    shown = []
    for module in (figures, landscape):
        monkeypatch.setattr(module, "show", lambda figure, **_: shown.append(figure))
    long = dataclasses.replace(finished, folder=tmp_path / "run")
    began = time.perf_counter()
    made.history = long.history
    results = courses(made)
    loaded = time.perf_counter() - began
    for draw in (
        figures.loss_curves,
        figures.beta_curve,
        figures.discriminator_loss,
        figures.discriminator_accuracy,
        landscape.derivative_graph,
    ):
        draw(made, results)
    landscape.effective_weights([made], results)
    landscape.gradient_norms([made], results)
    for figure in shown:
        figure.canvas.draw()
        plt.close(figure)
    drawn = time.perf_counter() - began - loaded
    assert len(made.history) == ROWS
    assert len(shown) == 7
    count(
        f"a history of {ROWS:,} rows: {loaded:.1f} s to load and measure, {drawn:.1f} s for "
        f"{len(shown)} figures"
    )
