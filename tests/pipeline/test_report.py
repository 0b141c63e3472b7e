"""Every notebook through the runner that `make report` uses, at smoke size."""

import ast
import dataclasses
import json
import os
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from aegan_lib.__main__ import cli
from aegan_lib.backend import cores
from aegan_lib.claims import CLAIMS
from aegan_lib.errors import UserError
from aegan_lib.evaluation.results import COLUMNS, read_table, wide, with_way
from aegan_lib.page.markup import outside_addresses
from aegan_lib.pipeline.build import CHANGED, _assemble, _breakdown, _first_look, build
from aegan_lib.pipeline.execute import Result, check_parameters
from aegan_lib.pipeline.request import Request
from aegan_lib.pipeline.tasks import NOTEBOOKS, Task, plan
from aegan_lib.profiles import PROFILES
from aegan_lib.tables.numbers import DOCUMENTS, number
from aegan_lib.versions import VERSIONS
from tests.pipeline import first_screen
from tests.pipeline.executing import execute


@pytest.fixture
def page(report_page):
    return report_page


def test_the_page(page, asked):
    html = page.read_text()
    assert page == asked.page
    assert outside_addresses(html) == []
    # What a version starts from is trained with it, and every version says what it is for.
    for name in ("autoencoder", "pretrained", "v4"):
        assert f'data-version="{name}"' in html
        assert VERSIONS[name].intent in html
    sections = re.findall(r'<h2 id="([^"]+)"', html)
    assert sections == [
        "How-to-read-this", "The-versions", "Why-they-come-out-so", "The-documents'-statements",
        "The-latent-space", "What-differs-from-the-documents", "More-numbers", "Provenance",
    ]  # fmt: skip


def test_a_first_look_shows_what_is_finished_and_names_what_is_to_come(
    page, asked, tmp_path, monkeypatch
):
    assert "first look" not in page.read_text()  # the whole has taken its place
    place = dataclasses.replace(asked, reports=tmp_path)
    settled = asked.about(asked.load(progress=False))
    whole = plan(settled)
    assert _first_look(settled, whole) is None  # there is a page
    look = _first_look(place, plan(place))
    assert look.request.runs == [("autoencoder", 0), ("pretrained", 0)]
    few = dataclasses.replace(place, seeds=(0,))
    assert _first_look(few, plan(few)) is None  # not worth it
    # What `make report` has put there was made of the same notebooks.
    monkeypatch.setattr(Path, "exists", lambda path: path != page)
    monkeypatch.setattr(Task, "is_fresh", lambda task: False)
    look = _first_look(settled, whole)
    monkeypatch.undo()
    made = look.planned.report
    assert made.is_fresh() and made.output.stem == "index-autoencoder-pretrained"
    soup = BeautifulSoup(
        _assemble(look.request, look.planned, tmp_path / "page.html", look.note).read_text(),
        "html.parser",
    )
    assert "a first look at 2 of 6 runs" in soup.select_one(".note").get_text()
    assert "Still to come: v4 seed 0, autoencoder seed 1" in soup.select_one(".note").get_text()
    assert soup.select("[data-version=pretrained]") and not soup.select("[data-version=v4]")
    assert (tmp_path / "page" / "pretrained-seed-0.html").exists()


def test_where_the_time_went():
    def ended(title, seconds, training=0.0, run=None):
        return Result(Task(title, Path("a"), Path("b"), {}, run=run), "", seconds, training)

    results = [ended("the dataset", 20), ended("v1", 50, 30, ("v1", 0)), ended("the report", 9)]
    assert _breakdown(results, 3, 2, 61) == (
        "Done in 61 s. Some of it side by side: 3 s for the data, 20 s for the dataset, 9 s for "
        "the report, 30 s of training and 20 s around it in 1 run, 2 s for the pages."
    )


@pytest.fixture
def soup(page):
    return BeautifulSoup(page.read_text(), "html.parser")


def test_every_claim_has_a_verdict_and_leads_to_where_it_is_seen(soup):
    assert len(soup.select(".verdict")) == len(CLAIMS)
    verdicts = {}
    for claim in CLAIMS:
        row = soup.find(id=claim.row)
        verdicts[claim.name] = row.select_one(".verdict").get_text()
        assert not claim.anchor or soup.find(id=claim.anchor), claim.name
        if claim.anchor and claim.kind != "identity" and verdicts[claim.name] != "not measured":
            assert row.a["href"] == f"#{claim.anchor}"
    for name in ("limit_autoencoder", "limit_gan", "v4_schedule", "silent_adversary", "sizes"):
        assert verdicts[name] == "holds"
    assert verdicts["v5_alike"] == "not measured"  # nobody asked for v5
    assert verdicts["gan_fails_why"] == "measured elsewhere"
    assert "suggestive" in soup.select_one(".statements").get_text()
    assert "reproduced" not in verdicts.values()


def test_every_number_of_the_first_screen_is_that_of_the_results(page, asked):
    results, said = read_table(asked.results), first_screen.said_on(page.read_text())
    first_screen.check(said, results)
    # And a number that is another is found.
    number = re.search(r"(\d+\.\d) dB", said)[1]
    with pytest.raises(AssertionError):
        first_screen.check(said.replace(number, f"{float(number) + 0.3:.1f}"), results)
    with pytest.raises(AssertionError):
        first_screen.check(said, results[results["seed"] != 1])


def test_statements_unfold_to_their_numbers(soup, asked):
    """What a row shows is recomputed from the table of results that lies beside the page."""
    results = read_table(asked.results)
    last = results[
        results["epoch"] == results.groupby(["version", "seed"])["epoch"].transform("max")
    ]

    def mean(version, metric, case=""):
        rows = last[(last["version"] == version) & (last["metric"] == metric)]
        return rows[rows["case"] == case].set_index("seed")["value"]

    psnr = {name: mean(name, "psnr") for name in ("autoencoder", "pretrained", "v4", "mean_face")}
    asked_for = {
        "pretrained_disconnects": [("input dependence, pretrained", "input_dependence", ".1%")],
        "pretrained_same": [("output diversity, pretrained", "output_diversity", ".2f")],
    }
    for name, measures in asked_for.items():
        row = soup.find(id=f"statement-{name}").get_text()
        for label, metric, form in measures:
            assert f"{label}: {mean('pretrained', metric).mean():{form}}" in row
    # The way to PCA is none of the metrics: it is computed from three of them.
    yardstick = last[last["version"].str.startswith("pca_")]
    pca = yardstick[yardstick["metric"] == "psnr"]["value"].item()
    floor = psnr["mean_face"].item()
    way = ((psnr["autoencoder"] - floor) / (pca - floor)).mean()
    row = soup.find(id="statement-limit_autoencoder").get_text()
    assert f"{min(max(way, 0), 1):.0%}" in row


def test_the_page_says_what_was_decided_before_its_runs(soup, asked):
    text = soup.get_text()
    counted = re.search(r"of the (\d+) runs here (\d+) were begun after it|has no commit", text)
    assert counted, "nothing is said of the plan"
    if counted.group(1):
        assert counted.group(1) == counted.group(2) == str(len(asked.runs))


def test_links_within_the_page_lead_somewhere(page):
    soup = BeautifulSoup(page.read_text(), "html.parser")
    targets = {tag["id"] for tag in soup.select("[id]")}
    assert {a["href"][1:] for a in soup.select('a[href^="#"]')} <= targets


def test_a_subset_leaves_the_page_and_the_results_of_the_whole_alone(page, asked):
    name = "autoencoder-pretrained-v4-seed-0-seed-1"
    assert (page.name, asked.results.name) == (f"index-{name}.html", f"results-{name}.csv")
    assert asked.results.exists()
    for of_the_whole in ("index.html", "index", "results.csv"):
        assert not (page.parent / of_the_whole).exists()


def test_every_run_has_a_page_of_its_own_which_leads_back(page, asked):
    report = BeautifulSoup(page.read_text(), "html.parser")
    shown = {a["href"] for a in report.select("a:not([href^='#'])")}
    own = {f"{page.stem}/{version}-seed-{seed}.html" for version, seed in asked.runs}
    own |= {f"{page.stem}/{part}.html" for part in ("data", "verification")}
    made = (page.parent / page.stem).iterdir()
    assert own == shown == {f"{page.stem}/{path.name}" for path in made}
    for place in (page.parent / page.stem).iterdir():
        html = place.read_text()
        assert outside_addresses(html) == []
        back, *_ = BeautifulSoup(html, "html.parser").select("a:not([href^='#'])")
        assert back.get_text() == "Back to the report"
        assert back["href"] == f"../{page.name}"


def test_one_tidy_table_is_behind_every_number(page, asked):
    results = read_table(asked.results)
    assert list(results.columns) == COLUMNS
    assert not results.duplicated(["version", "seed", "epoch", "metric", "case"]).any()
    assert set(results["version"]) == {
        "raw", "mean_face", "pca_100", "autoencoder", "pretrained", "v4"
    }  # fmt: skip
    assert set(DOCUMENTS.index) <= set(results["metric"])
    way = wide(with_way(results), ["way"])["way"]
    assert (way["mean_face"], way["pca_100"]) == (0, 1)


def test_nothing_changed_nothing_executed(page, asked):
    notebooks = [task.output for task in plan(asked)]
    assert len(notebooks) == 2 + 3 * 2 + 1
    before = [notebook.stat().st_mtime_ns for notebook in notebooks]
    assert build(asked) == (page, [])
    assert [notebook.stat().st_mtime_ns for notebook in notebooks] == before


def test_a_run_alone_leaves_a_report_s_numbers_of_it(page, asked):
    metrics = asked.run_folder("v4", 0) / "metrics.csv"
    before = metrics.stat().st_mtime_ns
    folders = ["--reports", str(asked.reports), "--data", str(asked.data)]
    result = CliRunner().invoke(cli, ["run", "v4", "--profile", "smoke", *folders])
    assert result.exit_code == 0, result.output
    assert "real_distance" in result.output
    assert metrics.stat().st_mtime_ns == before


def test_a_table_that_somebody_deleted_comes_back(page, asked):
    kept = asked.results.read_bytes()
    asked.results.unlink()
    assert build(asked) == (page, [])
    assert asked.results.read_bytes() == kept


def test_the_page_says_so_where_the_source_changed_meanwhile(page, asked, monkeypatch, capsys):
    monkeypatch.setattr(Request, "has_changed", lambda _: True)
    build(asked)
    assert CHANGED in BeautifulSoup(page.read_text(), "html.parser").select_one("main").get_text()
    assert CHANGED in capsys.readouterr().out
    monkeypatch.undo()
    build(asked)
    assert CHANGED not in page.read_text()


def test_a_failed_run_is_shown_and_does_not_stop_the_others(failed_report):
    (failed,) = failed_report.failures
    assert failed.task.title == "v5 seed 0"
    assert "cannot be written" in failed.failure
    assert "1 of 2 runs are complete" in failed_report.page.read_text()


def test_what_is_stale_is_drawn_again_without_training(failed_report, asked):
    assert failed_report.redrawn.metadata.aegan.key == failed_report.key
    record = asked.run_folder("v4", 0) / "run.json"
    assert record.read_text() == failed_report.record


def test_explore_runs_on_finished_runs(page, asked, tmp_path):
    parameters = {"request": asked.parameters(), "versions": "autoencoder v4", "seed": 0}
    task = Task("explore", NOTEBOOKS / "explore.ipynb", tmp_path / "explore.ipynb", parameters)
    assert execute(task, threads=1).failure == ""
    outputs = json.dumps(nbformat.read(task.output, as_version=4).cells)
    assert outputs.count("application/vnd.jupyter.widget-view+json") == 6


def test_every_notebook_is_committed_without_outputs_and_defines_nothing():
    for path in NOTEBOOKS.glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        assert cells[0].cell_type == "markdown", path
        assert not any(cell.outputs or cell.execution_count for cell in code), path
        defined = re.findall(r"^(?:def|class) (\w+)", "\n".join(c.source for c in code), re.M)
        assert defined == (["geometric"] if path.stem == "own" else []), path  # a reader's own loss
        parameters = [cell for cell in code if "parameters" in cell.metadata.get("tags", [])]
        assert len(parameters) == 1, path
        lines = parameters[0].source.splitlines()
        for statement in ast.parse(parameters[0].source).body:
            assert isinstance(statement, ast.AnnAssign), path
            assert "  # " in lines[statement.end_lineno - 1], path


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"versoin": "v1"}, r"Unknown parameter of version.ipynb.*version: str.*'versoin'"),
        ({"seed": "0"}, r"seed of version.ipynb must be of type int. Received: '0', a str"),
        ({"seed": 1e-4}, "must be of type int"),
        ({"progress": 1}, "must be of type bool"),
        ({"seed": True}, "must be of type int"),
        ({"request": "faces"}, r"request of version.ipynb must be of type dict"),
    ],
)
def test_unknown_and_mistyped_parameters_are_refused(parameters, message):
    with pytest.raises(UserError, match=message):
        check_parameters(NOTEBOOKS / "version.ipynb", parameters)
    known = {"version": "v1", "seed": 3, "request": {"profile": "smoke"}}
    check_parameters(NOTEBOOKS / "version.ipynb", known)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["report", "--profile", "huge"],
            "Unknown profile. Expected one of: smoke, quick, small, full",
        ),
        (["report", "--versions", "v1 v9"], "Unknown version. Expected one of: autoencoder, gan"),
        (
            ["report", "--dataset", "mnist"],
            "Unknown dataset. Expected one of: faces, celeba, celeba:PATH, folder:PATH",
        ),
        (["report", "--reports", "/proc/nowhere"], "cannot be written"),
        (["report", "--data", "/proc/nowhere"], "cannot be written"),
        (["run", "weighted", "--profile", "smoke", "--alpha", "-1"], "alpha of version"),
        (["run", "weighted", "--profile", "smoke", "--beta", "inf"], "must be a finite number"),
        (["run", "weighted", "--profile", "smoke", "--alpha", "nan"], "must be a finite number"),
        (["run", "v9"], "Unknown version"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, arguments)
    assert isinstance(result.exception, UserError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)


@pytest.mark.parametrize("seeds", ["x", "-1", "0.5", str(2**32), f"0 1{'0' * 20}"])
def test_bad_seeds_are_refused(seeds):
    result = CliRunner().invoke(cli, ["report", "--seeds", seeds])
    assert result.exit_code == 2
    assert "expected whole numbers from 0 to 4294967295" in result.output


def test_a_seed_is_one_that_generators_take():
    result = CliRunner().invoke(cli, ["run", "v1", "--seed", "1" + "0" * 20])
    assert result.exit_code == 2
    assert "not in the range 0<=x<=4294967295" in result.output


def test_a_run_alone_has_as_many_threads_as_in_a_report(monkeypatch, tmp_path):
    """What it would have trained with, asked where it would begin."""
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    told = []

    def stop(**_):
        told.append(os.environ["TF_NUM_INTRAOP_THREADS"])
        raise UserError("stopped")

    monkeypatch.setattr("aegan_lib.pipeline.request.parse", stop)
    for options in (["smoke"], ["quick"], ["full"], ["smoke", "--threads", "5"]):
        CliRunner().invoke(cli, ["run", "v1", "--profile", *options])
    assert told == ["1", "1", str(cores()), "5"]


def test_help_names_every_option():
    text = CliRunner().invoke(cli, ["report", "--help"]).output
    for word in ("--profile", "smoke", "quick", "full", "--versions", "--seeds", "--force"):
        assert word in text


def test_list_names_everything():
    text = CliRunner().invoke(cli, ["list"]).output
    for name in [*VERSIONS, *PROFILES]:
        assert f"  {name} " in text


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("d_accuracy_real", 0.9965, "99.65%"),
        ("trainable_parameters", 3222587.0, "3,222,587"),
        ("d_loss_fake", 1.308e-9, "1.31e-09"),
        ("laplacian_variance", 112.923, "112.9"),
        ("psnr", float("nan"), "–"),
    ],
)
def test_numbers_as_tables_show_them(metric, value, text):
    assert number(metric, value) == text
