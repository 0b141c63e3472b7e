"""`make study`: seed by seed, gone on with, and drawn again from its table alone."""

import dataclasses

import pytest
from bs4 import BeautifulSoup

from aegan_lib.errors import UserError
from aegan_lib.evaluation.results import COLUMNS, read_table
from aegan_lib.page.markup import outside_addresses
from aegan_lib.pipeline.request import parse
from aegan_lib.pipeline.study import _beforehand, redraw, study
from aegan_lib.versions import GROUPS, VERSIONS
from tests.evaluation.test_frontier import measured


def test_what_is_finished_is_only_drawn(report_page, asked, capsys):
    page, failed = study(asked)
    assert not failed
    said = capsys.readouterr().out
    assert "6 of 6 runs are there: nothing is trained." in said
    # The page after every seed, under one name.
    assert said.index("seed 0, 1 of 2: drawn in") < said.index("seed 1, 2 of 2: drawn in")
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


def test_it_says_beforehand_how_long_it_takes(tmp_path, asked):
    new = dataclasses.replace(asked, reports=tmp_path)
    said = _beforehand(new, 2)
    assert said.startswith("0 of 6 runs are there; the other 6, 2 at a time, take about 0.")
    assert "hours here" in said


def test_a_table_that_was_kept_is_drawn_without_any_run(tmp_path):
    table = tmp_path / "kept.csv"
    results = measured(3, vqgan=[(22, 0.15)] * 3, gan=[(13, 1.0)] * 3)
    more = results[results["metric"] == "psnr"].assign(metric="laplacian_variance")
    rows = [results, more, more.assign(metric="shared_detail", value=lambda t: t["value"] / 100)]
    whole = [part.assign(dataset="faces", profile="smoke")[COLUMNS] for part in rows]
    whole[0].to_csv(table, index=False)
    for part in whole[1:]:
        part.to_csv(table, index=False, header=False, mode="a")
    soup = BeautifulSoup(redraw(table, tmp_path / "study.html").read_text(), "html.parser")
    assert not soup.select(".failed, .error")
    assert "Does any rule beat a fixed weight?" in soup.h1.get_text()
    (figure,) = soup.select("figure img")
    assert "vqgan: 22.0 dB, distance 0.15" in figure["alt"]
    assert "gan (13.0 dB, distance 1.00)" in soup.select_one("figcaption").get_text()
    gains = soup.find(id="Gains").find_next("table")
    assert "+0.060" in gains.get_text()
    assert "Drawn from kept.csv" in soup.get_text()


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), ("a,b\n1,2\n", "no table of a study"), ("", "cannot be read")],
)
def test_no_table_is_told_and_draws_nothing(content, said, tmp_path):
    table = tmp_path / "table.csv"
    if content is not None:
        table.write_text(content)
    with pytest.raises(UserError, match=said):
        redraw(table, tmp_path / "study.html")
    assert not (tmp_path / "study.html").exists()


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
    study_of = dataclasses.replace(asked("all", seeds=(3, 4)), kind="study")
    assert study_of.page.name == "study-all-seed-3-seed-4.html"
    with pytest.raises(UserError, match="frontiers"):
        asked("frontiers")
