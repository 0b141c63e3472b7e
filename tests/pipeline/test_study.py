"""`make study`: seed by seed, gone on with, and drawn again from its table alone."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from aegan_lib.__main__ import cli
from aegan_lib.errors import UserError
from aegan_lib.evaluation.results import COLUMNS, read_table
from aegan_lib.page.markup import outside_addresses
from aegan_lib.pipeline import study as queue_of_study
from aegan_lib.pipeline.execute import Result
from aegan_lib.pipeline.request import parse
from aegan_lib.pipeline.study import _beforehand, redraw, study
from aegan_lib.plan import plan
from aegan_lib.versions import GROUPS, VERSIONS
from tests.evaluation.test_frontier import measured


def test_what_is_finished_is_only_drawn(report_page, asked, capsys):
    before = asked.results.read_bytes()
    page, failed = study(asked)
    assert not failed
    said = capsys.readouterr().out
    assert "6 of 6 runs are there: nothing is trained." in said
    assert "1 of 2: drawn in" not in said and "seed 1, 2 of 2: drawn in" in said
    assert page.name == "study-autoencoder-pretrained-v4-seed-0-seed-1.html"
    html = page.read_text()
    assert outside_addresses(html) == []
    text = BeautifulSoup(html, "html.parser").get_text()
    assert "There is no frontier here" in text
    assert "6 of 6 runs are complete." in text
    table = read_table(page.with_suffix(".csv"))
    assert list(table) == COLUMNS
    assert table.groupby("version")["seed"].nunique()["v4"] == 2
    # The report beside it is left alone.
    assert report_page.exists() and report_page != page
    assert asked.results.read_bytes() == before


def test_the_page_and_its_table_grow_seed_by_seed(report_page, asked, monkeypatch):
    """What fails is tried again with the next seed, and told if it failed at last."""
    place = dataclasses.replace(asked, versions=("autoencoder", "v4"))
    page, drawn, fails = place.named("study", ".html"), [], {"v4 seed 0": 1, "v4 seed 1": 9}
    run = queue_of_study.execute_all

    def execute_all(request, tasks, jobs, threads):
        if tasks[0].run is None and len(tasks) == 1:
            made = run(request, tasks, jobs, threads)
            drawn.append(read_table(page.with_suffix(".csv"))["seed"].max())
            return made
        results = []
        for task in tasks:
            if task.title in fails:
                fails[task.title] -= 1
                results.append(Result(task, "no luck" if fails[task.title] >= 0 else ""))
        return results

    monkeypatch.setattr(queue_of_study, "execute_all", execute_all)
    made, failed = study(place)
    assert (made, [result.task.title for result in failed]) == (page, ["v4 seed 1"])
    assert drawn == [0, 1]


def test_it_says_beforehand_how_long_it_takes(tmp_path, asked):
    new = dataclasses.replace(asked, reports=tmp_path)
    said = _beforehand(new, asked.load(progress=False), 2)
    assert said.startswith("0 of 6 runs are there; the other 6, 2 at a time, take about 0.")
    assert "hours here" in said


def test_a_table_that_was_kept_is_drawn_without_any_run(tmp_path, monkeypatch):
    table = tmp_path / "kept.csv"
    rows().to_csv(table, index=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    page = redraw(Path("~/kept.csv"), Path("~"))  # make does not say whose home that is
    assert page == tmp_path / "study" / "faces-smoke-kept.html"
    soup = BeautifulSoup(page.read_text(), "html.parser")
    assert not soup.select(".failed, .error")
    assert "Does any rule beat a fixed weight?" in soup.h1.get_text()
    (figure,) = soup.select("figure img")
    assert "vqgan: 22.0 dB, distance 0.15" in figure["alt"]
    assert "gan (13.0 dB, distance 1.00)" in soup.select_one("figcaption").get_text()
    gains = soup.find(id="Gains").find_next("table")
    assert "+0.060" in gains.get_text()
    assert "Drawn from kept.csv" in soup.get_text()


def rows():
    """A table as a study keeps it: of three seeds, with what the figure needs."""
    results = measured(3, vqgan=[(22, 0.15)] * 3, gan=[(13, 1.0)] * 3)
    more = results[results["metric"] == "psnr"].assign(metric="laplacian_variance")
    detail = more.assign(metric="shared_detail", value=lambda t: t["value"] / 100)
    whole = pd.concat([results, more, detail])
    return whole.assign(dataset="faces", profile="smoke")[COLUMNS]


TABLES = {
    "not there": (None, "cannot be read"),
    "empty": ("", "cannot be read"),
    "another table": ("a,b\n1,2\n", "Expected: the columns dataset, profile.*Received: a, b"),
    "no rows": (lambda t: t[:0], "all of one dataset"),
    "two profiles": (lambda t: pd.concat([t, t.assign(profile="quick")]), "all of one dataset"),
    "an unknown profile": (lambda t: t.assign(profile="huge"), "Received: huge"),
    "a dataset that is a path": (lambda t: t.assign(dataset="/tmp/x"), "Received: /tmp/x"),
    "a dataset without a name": (lambda t: t.assign(dataset=""), "a name without slashes"),
    "no yardsticks": (lambda t: t[t["version"] != "mean_face"], "none of mean_face"),
    "a fixed weight less": (lambda t: t[t["version"] != "weighted"], "none of weighted"),
    "a version of one's own": (
        lambda t: t.replace({"version": {"vqgan": "mine"}}), "EXTRA=file.py.*Received: mine"
    ),
    "no detail": (lambda t: t[t["metric"] != "shared_detail"], "Received: none of shared_detail"),
}  # fmt: skip


@pytest.mark.parametrize("content", TABLES)
def test_what_is_no_table_is_told_and_draws_nothing(content, tmp_path):
    table = tmp_path / "table.csv"
    made, said = TABLES[content]
    if callable(made):
        made(rows()).to_csv(table, index=False)
    elif made is not None:
        table.write_text(made)
    with pytest.raises(UserError, match=said):
        redraw(table, tmp_path / "reports")
    assert not (tmp_path / "reports").exists()


def test_a_study_asks_for_the_plans_seeds_and_all_versions(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(
        queue_of_study, "study", lambda request, jobs: asked.append(request) or ("", [])
    )
    folders = ["--reports", str(tmp_path), "--data", str(tmp_path), "--profile", "smoke"]
    assert CliRunner().invoke(cli, ["study", *folders]).exit_code == 0
    (request,) = asked
    assert request.seeds == tuple(plan()["study"]["seeds"])
    assert {*request.versions} == {*VERSIONS}


def test_groups_are_asked_for_by_a_word(tmp_path):
    def asked(*names, seeds=(0,)):
        return parse("faces", "smoke", names, seeds, tmp_path / "reports", tmp_path / "data")

    assert asked().versions == asked("documents").versions
    assert {*asked().versions} == {*GROUPS["documents"]}
    assert asked("documents").page.name == "index.html"
    assert {*asked("all").versions} == {*VERSIONS}
    assert asked("all").page.name == "index-all.html"
    assert asked("frontier").page.name == "index-frontier.html"
    # What a rule needs comes along, and the name stays that of the group.
    assert {*asked("rules").versions} == {*GROUPS["rules"], "autoencoder_slow"}
    assert asked("rules").page.name == "index-rules.html"
    assert {*asked("frontier", "v1").versions} == {*GROUPS["frontier"], "v1"}
    assert asked("all", seeds=(3, 4)).named("study", ".html").stem == "study-all-seed-3-seed-4"
    with pytest.raises(UserError, match="frontiers"):
        asked("frontiers")
