"""Which notebooks a report is made of, and what each waits for and reads."""

import dataclasses
import re

from aegan_lib.pipeline import tasks
from aegan_lib.pipeline.execute import check_parameters
from aegan_lib.pipeline.request import parse
from aegan_lib.pipeline.tasks import NOTEBOOKS, Task, plan
from aegan_lib.provenance import REPOSITORY


def test_every_notebook_is_given_the_request(asked):
    planned = plan(asked)
    assert list(planned.runs) == asked.runs
    assert len({task.output for task in planned}) == len(list(planned)) == 2 + 3 * 2 + 1
    for task in planned:
        check_parameters(task.notebook, task.parameters)
        assert task.output.parent == asked.folder / "notebooks"
    assert planned.dataset.parameters == {"request": asked.parameters()}
    for (version, seed), task in planned.runs.items():
        known = {name: task.parameters[name] for name in ("request", "version", "seed")}
        assert known == {"request": asked.parameters(), "version": version, "seed": seed}
    assert parse(**planned.report.parameters["request"]) == asked


def test_each_waits_for_what_it_reads(asked):
    planned = plan(asked)
    probes = [asked.folder / name / "probe.json" for name in ("probe", "probe-hardened")]
    measured = [asked.folder / name for name in ("yardsticks.csv", "calibration.csv")]
    assert list(planned.dataset.makes) == [*measured, *probes]
    assert planned.dataset.needs == planned.verification.needs == ()
    for (version, seed), task in planned.runs.items():
        start = [planned.runs["autoencoder", seed]] if version == "pretrained" else []
        assert list(task.needs) == start
        assert task.run == (version, seed)
        assert asked.run_folder(version, seed) / "run.json" in task.makes
    assert list(planned.report.needs) == planned.parts
    compared = asked.folder / "again.csv"  # how runs that were trained again relate to before
    assert list(planned.report.inputs) == [*(part.output for part in planned.parts), compared]
    assert planned.report.makes == (asked.results,)


def test_another_plan_is_another_library(monkeypatch, tmp_path):
    before = tasks.library_digest()
    monkeypatch.setattr(tasks, "PLAN", REPOSITORY / "pyproject.toml")
    tasks.library_digest.cache_clear()
    assert tasks.library_digest() != before
    monkeypatch.undo()
    tasks.library_digest.cache_clear()
    assert tasks.library_digest() == before


def test_a_file_of_ones_own_is_read_for_its_versions_and_the_page(asked, own_versions):
    names = ("autoencoder", "hinged")
    planned = plan(dataclasses.replace(asked, versions=names, extra=own_versions))
    needed = [planned.runs["hinged", 0], planned.runs["hinged", 1], planned.report]
    assert [task for task in planned if own_versions in task.inputs] == needed
    for task in planned:
        extra = task.parameters.get("request", {}).get("extra")
        assert extra == (str(own_versions) if task in needed else None)


def test_other_parameters_are_another_key(tmp_path):
    source = NOTEBOOKS / "version.ipynb"
    one, again, other = (
        Task("a run", source, tmp_path / "made.ipynb", {"seed": seed}) for seed in (0, 0, 1)
    )
    assert one.key == again.key != other.key
    assert re.fullmatch("[0-9a-f]{64}", one.key)
    assert not one.is_fresh()
    one.output.write_text("{")  # a writer was killed
    assert not one.is_fresh()
