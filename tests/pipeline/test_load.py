"""Much of everything: many runs, many epochs, a long history. Memory stays as it is.

Times depend on the machine and on what else it does: `make soak` is told them, and judges them.
"""

import dataclasses
import shutil
import time
from pathlib import Path

import nbformat
import numpy as np
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from aegan_lib.figures import landscape
from aegan_lib.figures import run as figures
from aegan_lib.figures.showing import encoded
from aegan_lib.pipeline import queue, tasks
from aegan_lib.pipeline.build import build
from aegan_lib.pipeline.request import parse
from aegan_lib.runs import Run
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.training import train
from aegan_lib.versions import VERSIONS
from aegan_lib.watching import Watcher
from tests.made_up import a_training, courses

pytestmark = pytest.mark.slow
MANY, ROWS, EPOCHS = 200, 1_000_000, 60
# What stands for a report's notebooks, so that two hundred runs take minutes: runs are copies of a
# finished one, each with its own seed. The queue, the kernels, the page and its notebook are real.
START = """
import json, shutil
from pathlib import Path

from aegan_lib.store import seal

source = Path(SOURCE)
"""
NOTEBOOKS = {
    "dataset": (
        "request: dict = {}  # as asked",
        """
folder = Path(request["reports"], source.name)
for name in ("probe", "probe-hardened"):
    shutil.copytree(source / name, folder / name)
shutil.copy(source / "yardsticks.csv", folder)
""",
    ),
    "verification": (
        'results: str = ""  # where they go',
        'shutil.copy(source / "verification.csv", results)',
    ),
    "version": (
        'version: str = ""  # of the run\nseed: int = 0  # of the run\n'
        "request: dict = {}  # as asked\nprogress: bool = True  # none is shown",
        """
folder = Path(request["reports"], source.name, version, f"seed-{seed}")
shutil.copytree(source / version / "seed-0", folder)
metrics = (folder / "metrics.csv").read_text()
(folder / "metrics.csv").write_text(metrics.replace(f",{version},0,", f",{version},{seed},"))
record = json.loads((folder / "run.json").read_text())
record["settings"]["seed"] = seed
seal(folder / "run.json", record, record.pop("files"))
""",
    ),
}


def stand_ins(folder: Path, source: Path) -> Path:
    """A folder with these notebooks, and that of the report as it is."""
    folder.mkdir()
    shutil.copy(tasks.NOTEBOOKS / "report.ipynb", folder)
    like = nbformat.read(folder / "report.ipynb", as_version=4)
    for name, (declared, does) in NOTEBOOKS.items():
        code = START.replace("SOURCE", repr(str(source))) + does
        cells = [
            new_markdown_cell(f"# A {name}"),
            new_code_cell(declared, metadata={"tags": ["parameters"]}),
            new_code_cell(code),
        ]
        made = new_notebook(cells=cells, metadata=like["metadata"])
        nbformat.write(made, folder / f"{name}.ipynb")
    return folder


def megabytes() -> float:
    return psutil.Process().memory_info().rss / 1e6


@pytest.fixture(scope="module")
def finished(dataset, tmp_path_factory) -> Run:
    return train("v4", dataset, reports=tmp_path_factory.mktemp("once"), progress=False)


def test_a_report_of_many_runs_takes_no_more_memory_than_one_of_few(
    unbroken, tmp_path, monkeypatch, measured
):
    monkeypatch.setattr(tasks, "NOTEBOOKS", stand_ins(tmp_path / "n", unbroken.asked.folder))
    asked = parse("faces", "smoke", ["v4"], range(MANY), tmp_path, unbroken.asked.data)
    keep, memory, times = queue.keep, [], []

    def kept(*given):
        memory.append(megabytes())
        times.append((time.perf_counter(), time.process_time()))
        return keep(*given)

    monkeypatch.setattr(queue, "keep", kept)
    page, failed = build(asked, jobs=2)
    assert failed == []
    assert len(memory) == MANY + 4  # with data, verification, a first look and the report
    assert len(list(page.with_suffix("").iterdir())) == MANY
    assert f"{MANY} of {MANY} runs are complete" in page.read_text()
    # The first ones load what all of them need.
    grown = np.median(memory[-MANY // 4 :]) - np.median(memory[MANY // 4 : MANY // 2])
    assert grown < 10
    what = f"{MANY} runs, two at a time, and a page of all"
    (begun, at_begin), (half, at_half), (end, at_end) = times[2], times[MANY // 2], times[MANY]
    measured(f"{what}: memory from the second quarter to the last", grown, "MB more", 10)
    measured(
        f"{what}: time of the second half to that of the first",
        (end - half) / (half - begun) * (MANY // 2 - 2) / (MANY - MANY // 2),
        "×",
        1.5,
    )
    # Of this process alone, from which other processes take nothing away.
    measured(
        f"{what}: computing of the second half to that of the first",
        (at_end - at_half) / (at_half - at_begin) * (MANY // 2 - 2) / (MANY - MANY // 2),
        "×",
        1.5,
    )


def test_many_epochs_take_no_more_memory_than_few(dataset, tmp_path, monkeypatch, measured):
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
    what = f"{EPOCHS} epochs of one run: memory from the second quarter to the last"
    measured(what, grown, "MB more", 10)
    assert grown < 10


def test_a_history_of_a_million_rows_is_loaded_and_drawn(finished, tmp_path, monkeypatch, measured):
    """Five times as many as can be trained."""
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
    made.history.to_csv(tmp_path / "history.csv", index=False)
    shown = []
    for module in (figures, landscape):
        monkeypatch.setattr(module, "show", lambda figure, **_: shown.append(encoded(figure)))
    # Seconds of computing, of which another process's work takes none away.
    began = time.process_time()
    made.history = dataclasses.replace(finished, folder=tmp_path).history
    loaded = time.process_time() - began
    assert len(made.history) == ROWS
    results, seconds = courses(made), {}
    for draw, what in (
        (figures.loss_curves, made),
        (figures.beta_curve, made),
        (figures.discriminator_loss, made),
        (figures.discriminator_accuracy, made),
        (landscape.derivative_graph, made),
        (landscape.effective_weights, [made]),
        (landscape.gradient_norms, [made]),
    ):
        began = time.process_time()
        draw(what, results)
        seconds[draw.__name__] = time.process_time() - began
    assert len(shown) == len(seconds) == 7
    slowest = max(seconds, key=lambda name: seconds[name])
    what = f"a history of {ROWS:,} rows"
    measured(f"{what}: loaded, and the slowest of its figures drawn ({slowest})",
             loaded + seconds[slowest], "s", 10)  # fmt: skip
    measured(f"{what}: loaded, and seven figures drawn", loaded + sum(seconds.values()), "s", 30)
