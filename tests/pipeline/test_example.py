"""Runs made small enough to be committed are runs like any other."""

import re
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from aegan_lib import metrics
from aegan_lib.__main__ import cli
from aegan_lib.errors import UserError
from aegan_lib.evaluation.probe import find_probe, load_probe
from aegan_lib.evaluation.results import read_table
from aegan_lib.pipeline import example as example_module
from aegan_lib.pipeline.example import (
    EXPLORED,
    EXPLORED_SEED,
    LEVELS,
    SEEDS,
    _rounded,
    write_small,
)
from aegan_lib.pipeline.request import parse
from aegan_lib.pipeline.tasks import NOTEBOOKS
from aegan_lib.runs import REPORTS, find_run
from aegan_lib.training import train
from aegan_lib.versions import GROUPS
from tests.pipeline import first_screen


@pytest.fixture(scope="module")
def small(dataset, tmp_path_factory):
    place = tmp_path_factory.mktemp("example")
    run = train("v4", dataset, reports=place / "reports", progress=False)
    load_probe(dataset, place / "probe", progress=False)
    (place / "small" / "runs" / "old").mkdir(parents=True)
    (place / "small" / "page.html").touch()
    write_small([run], place / "probe", place / "small")
    return run, place / "small"


def test_a_small_run_reconstructs_as_the_whole_one(small, dataset):
    run, place = small
    again = find_run(place / "runs" / "v4" / "seed-0")
    images = dataset.test.images
    assert again.settings == run.settings
    assert "rounded" in again.provenance["made_small"]
    lost = metrics.psnr(run.reconstruct(images), again.reconstruct(images))
    assert lost.mean() > 30
    np.testing.assert_allclose(again.history["mse"], run.history["mse"], rtol=1e-5)
    assert np.array_equal(again.samples, run.samples[:, :2])
    assert (again.version, again.profile) == (run.version, run.profile)


def test_a_small_probe_reads_as_the_whole_one(small, dataset):
    run, place = small
    whole = find_probe(run.folder.parents[3] / "probe", dataset.profile.image_size)
    again = find_probe(place / "probe", dataset.profile.image_size)
    images = dataset.test.images
    assert again.attributes == whole.attributes
    np.testing.assert_allclose(again.read(images), whole.read(images), atol=0.05)


def test_what_was_there_is_replaced_and_nothing_else_touched(small):
    _, place = small
    assert {path.name for path in place.iterdir()} == {"runs", "probe", "page.html"}
    assert [path.name for path in (place / "runs").iterdir()] == ["v4"]


def test_rounding():
    weights = np.random.default_rng(0).normal(size=(50, 50)).astype(np.float32)
    rounded = _rounded(weights)
    assert rounded.dtype == np.float16
    assert np.abs(rounded - weights).max() <= weights.std() / LEVELS / 2
    assert len(np.unique(rounded)) < 20 * LEVELS < len(np.unique(weights))
    assert np.array_equal(_rounded(np.zeros((2, 2), np.float32)), np.zeros((2, 2)))


def test_an_example_of_an_unfinished_report_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(example_module, "find_run", lambda folder: folder)  # those to explore
    folders = ["--reports", str(tmp_path / "reports"), "--data", str(tmp_path / "data")]
    result = CliRunner().invoke(cli, ["example", *folders])
    assert isinstance(result.exception, UserError)
    assert "needs a finished report" in str(result.exception)
    # Every run but that one, and the report itself.
    assert f"autoencoder seed {SEEDS[0]} and {len(SEEDS) * len(GROUPS['documents'])} more" in str(
        result.exception
    )


def test_runs_to_explore_are_asked_for_first(tmp_path, monkeypatch):
    monkeypatch.setattr(example_module, "require_browser", lambda: None)
    request = SimpleNamespace(run_folder=lambda name, seed: tmp_path / name / f"seed-{seed}")
    with pytest.raises(
        UserError, match=rf"Missing: autoencoder, gan, .*make report SEEDS={EXPLORED_SEED}"
    ):
        example_module.write_example(request, tmp_path / "example")
    assert list(tmp_path.iterdir()) == []


def test_make_example_trains_what_it_takes():
    lines = (REPORTS.parent / "Makefile").read_text().split("\nexample:")[1].split("\n\n")[0]
    assert f'VERSIONS= SEEDS="{" ".join(map(str, SEEDS))}"' in lines
    (words,) = re.findall(rf'VERSIONS="([^"]+)" SEEDS={EXPLORED_SEED}', lines)
    assert set(parse(versions=words.split()).versions) == set(EXPLORED)


def test_the_committed_example_is_whole_and_small():
    example = REPORTS / "example"
    runs = [find_run(example / "runs" / name / f"seed-{EXPLORED_SEED}") for name in EXPLORED]
    assert all(runs)
    assert [run.version.name for run in runs] == list(EXPLORED)
    assert {run.profile.name for run in runs} == {"quick"}
    assert "Smiling" in find_probe(example / "probe", runs[0].profile.image_size).attributes
    page = (example / "index.html").read_text()
    for name in GROUPS["documents"]:
        assert f">{name}<" in page or f">{name} seed {SEEDS[-1]}<" in page
    # Nothing leads to a page that is not there.
    links = BeautifulSoup(page, "html.parser").select("a:not([href^='#'])")
    assert [link["href"] for link in links] == ["index/data.html", "index/verification.html"]
    assert all((example / link["href"]).is_file() for link in links)
    assert sum(path.stat().st_size for path in example.rglob("*.*")) < 14 * 2**20


def test_the_committed_first_screen_says_what_its_results_say():
    results = read_table(REPORTS.parent / "benchmarks" / "seeds_quick.csv")
    said = first_screen.said_on((REPORTS / "example" / "index.html").read_text())
    first_screen.check(said, results)
    # And a number that is another is found.
    number = re.search(r"\d+\.\d(?= dB)", said)[0]
    with pytest.raises(AssertionError):
        first_screen.check(said.replace(number, f"{float(number) + 0.4:.1f}"), results)
    with pytest.raises(AssertionError):
        first_screen.check(said, results[results["seed"] != SEEDS[-1]])


def test_what_is_committed_is_what_the_notebook_explores():
    (cell,) = [
        cell
        for cell in nbformat.read(NOTEBOOKS / "explore.ipynb", as_version=4).cells
        if "parameters" in cell.metadata.get("tags", [])
    ]
    (words,) = re.findall(r'versions: str = "([^"]+)"', cell.source)
    assert set(parse(versions=words.split()).versions) >= set(EXPLORED)
