"""Runs that are trained again, and what is said of them and those before."""

import shutil

import pytest

from aegan_lib.again import ASIDE, compare_with_before, compared, put_aside
from aegan_lib.runs import find_run, run_folder
from aegan_lib.tables import again_table
from aegan_lib.training import train
from tests import scopes

RUNS = [("weighted", 0), ("weighted", 1)]


@pytest.fixture(scope=scopes.module)
def trained(dataset, tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    return [train("weighted", dataset, seed, place, progress=False) for _, seed in RUNS]


@pytest.fixture
def report(trained, tmp_path):
    """A report's folder with both runs."""
    return shutil.copytree(trained[0].folder.parents[1], tmp_path / "report")


def again(trained, report, order=(0, 1)):
    """What training would leave: here a copy of what was trained, in an order of seeds."""
    for (version, seed), source in zip(RUNS, order, strict=True):
        shutil.copytree(trained[source].folder, run_folder(report, version, seed))
    compare_with_before(report, RUNS)


def said(report):
    runs = [find_run(run_folder(report, *run)) for run in RUNS]
    return compared(report, [run for run in runs if run])


def test_the_same_bytes_are_identical(trained, report):
    put_aside(report, RUNS)
    assert not any(run_folder(report, *run).exists() for run in RUNS)
    again(trained, report)
    assert said(report)["outcome"].tolist() == ["identical", "identical"]
    assert not list((report / ASIDE).rglob("*.*"))
    assert "2 identical" in again_table(said(report)).to_html()


def test_other_runs_are_different(trained, report):
    put_aside(report, RUNS)
    again(trained, report, order=(1, 0))
    assert said(report)["said"].tolist() == ["other settings: seed"] * 2


def test_a_run_before_that_was_damaged(trained, report):
    put_aside(report, RUNS)
    (run_folder(report / ASIDE, *RUNS[0]) / "epochs.csv").write_text("epoch,mse\n0,1\n")
    again(trained, report)
    assert said(report)["outcome"].tolist() == ["not comparable", "identical"]


def test_an_interruption_loses_nothing_to_compare_with(trained, report):
    put_aside(report, RUNS)
    # Killed before it was finished: the same command once more, then a plain one.
    run_folder(report, *RUNS[0]).mkdir()
    put_aside(report, RUNS)
    assert not run_folder(report, *RUNS[0]).exists()
    again(trained, report)
    assert said(report)["outcome"].tolist() == ["identical", "identical"]


def test_nothing_is_said_of_a_run_that_was_trained_once_more(trained, report):
    put_aside(report, RUNS)
    again(trained, report)
    record = run_folder(report, *RUNS[1]) / "run.json"
    record.write_text(record.read_text() + "\n")
    assert said(report)["seed"].tolist() == [0]


def test_nothing_trained_again_nothing_said(report):
    compare_with_before(report, RUNS)
    assert said(report).empty
    assert again_table(said(report)) is None
