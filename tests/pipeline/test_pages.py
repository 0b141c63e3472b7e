"""Pages that say what they were made of, and whether that is still so."""

import shutil

import pytest
from click.testing import CliRunner

from aegan_lib.__main__ import cli
from aegan_lib.page.sealing import made_of
from aegan_lib.pipeline import pages
from aegan_lib.pipeline.pages import verify_pages
from aegan_lib.store import file_digest


@pytest.fixture
def copied(report_page, asked, tmp_path):
    """The page with its runs beside it, elsewhere."""
    for version, seed in asked.runs:
        folder = tmp_path / version / f"seed-{seed}"
        folder.mkdir(parents=True)
        shutil.copy(asked.run_folder(version, seed) / "run.json", folder)
    shutil.copytree(report_page.with_suffix(""), tmp_path / "pages")
    return shutil.copy(report_page, tmp_path / "page.html")


def one(page):
    (finding,) = verify_pages(page)
    return finding


def test_a_page_knows_its_runs(report_page, asked):
    record = made_of(report_page)
    assert {(version, seed) for version, seed, _ in record["runs"]} == set(asked.runs)
    for version, seed, digest in record["runs"]:
        assert file_digest(asked.run_folder(version, seed) / "run.json") == digest


def test_pages_of_a_finished_report_are_whole(asked, report_page):
    own = report_page.with_suffix("")
    # Other tests make pages of their own in the report's folder.
    found = [
        f for f in verify_pages(asked.folder) if own in f.path.parents or f.path == report_page
    ]
    assert len(found) == 1 + 2 + len(asked.runs)
    assert {(finding.state, finding.said) for finding in found} == {("whole", "")}
    result = CliRunner().invoke(cli, ["verify", str(report_page), str(own)])
    assert result.exit_code == 0, result.output
    assert result.output.count("whole ") == len(found)


def test_a_changed_number_is_noticed(copied):
    text = copied.read_text()
    copied.write_text(text.replace("seed 0", "seed 5", 1))
    assert one(copied).state == "damaged"
    result = CliRunner().invoke(cli, ["verify", str(copied)])
    assert result.exit_code == 1
    assert "it is not what was written" in result.output


def test_other_runs_than_those_shown(copied):
    record = copied.parent / "v4" / "seed-1" / "run.json"
    record.write_text(record.read_text() + "\n")
    (copied.parent / "v4" / "seed-0" / "run.json").unlink()
    found = one(copied)
    assert found.state == "drifted"
    assert found.said == "beside it lie other runs than it shows: v4 seed 0, v4 seed 1"
    assert one(copied.parent / "pages" / "v4-seed-1.html").said == found.said


def test_code_that_changed_since(copied, monkeypatch):
    monkeypatch.setattr(pages, "library_digest", lambda: "another")
    assert one(copied).said == "the library's code changed since"
    assert one(copied).state == "drifted"


def test_a_page_alone_is_whole(report_page, tmp_path):
    found = one(shutil.copy(report_page, tmp_path / "sent.html"))
    assert (found.state, found.said) == ("whole", "its runs are not beside it")


@pytest.mark.parametrize(
    "record",
    [
        "{}",
        "[]",
        "{",
        '{"page": 3}',
        '{"page": "a", "runs": [["../../..", 0, "b"]], "library": ""}',
    ],
)
def test_a_record_that_is_none(record, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(f'<meta name="made-of" content="{record.replace(chr(34), "&quot;")}">')
    assert one(page).state == "damaged"


def test_a_link_that_is_asked_for_is_followed(report_page, tmp_path):
    link = tmp_path / "latest.html"
    link.symlink_to(report_page)
    assert one(link).state == "whole"
    assert list(verify_pages(tmp_path)) == []  # one of a folder's is not


def test_pages_of_others_are_left_out(tmp_path):
    (tmp_path / "index.html").write_text("<p>Mine.</p>")
    assert list(verify_pages(tmp_path)) == []
    assert one(tmp_path / "index.html").said == "it has no record of what it was made of"
