"""What is asked for is checked and given its folders and names before anything is written."""

import dataclasses
import json
from pathlib import Path

import pytest

from aegan_lib.__main__ import cli
from aegan_lib.errors import UserError
from aegan_lib.pipeline.request import Request, parse
from aegan_lib.pipeline.tasks import NOTEBOOKS
from aegan_lib.profiles import PROFILES
from aegan_lib.runs import REPORTS
from aegan_lib.versions import GROUPS, VERSIONS
from tests.conftest import blobs
from tests.photos import write_folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("photos") / "known", blobs(120, 40, seed=1))


def ask(place: Path, *versions: str, **options: object) -> Request:
    return parse(
        **{"profile": "smoke", "reports": place / "r", "data": place / "d"} | options,
        versions=versions,
    )


def test_nothing_asked_is_the_whole_report_at_quick_size():
    asked = parse()
    assert (asked.dataset, asked.title, asked.profile) == ("faces", "faces", PROFILES["quick"])
    assert asked.versions == GROUPS["documents"]
    assert asked.seeds == (0,)
    assert asked.folder == REPORTS / "faces-quick"
    assert asked.page == asked.folder / "index.html"


def test_versions_come_in_order_with_what_they_start_from(tmp_path):
    asked = ask(tmp_path, "v4", "pretrained", seeds=[3, 0, 3])
    assert asked.versions == ("autoencoder", "pretrained", "v4")
    assert asked.seeds == (3, 0)
    assert asked.runs == [(name, seed) for seed in (3, 0) for name in asked.versions]


def test_folders_follow_from_what_is_asked(tmp_path):
    asked = ask(tmp_path, "v4")
    assert asked.folder == tmp_path / "r" / "faces-smoke"
    assert asked.probe == asked.folder / "probe"
    assert asked.hardened_probe == asked.folder / "probe-hardened"
    assert asked.run_folder("v4", 3) == asked.folder / "v4" / "seed-3"
    # Other images must not replace these runs.
    assert ask(tmp_path, images=64).folder == tmp_path / "r" / "faces-64-images-smoke"
    assert ask(tmp_path, images=PROFILES["smoke"].train).folder == asked.folder
    assert ask(tmp_path, precision="float32").folder == asked.folder
    half = ask(tmp_path, precision="mixed_bfloat16")
    assert half.folder == tmp_path / "r" / "faces-smoke-bfloat16"
    assert half.options()["precision"] == "mixed_bfloat16"
    assert parse(**half.parameters()).profile == half.profile


def test_a_subset_has_names_of_its_own(asked):
    whole = dataclasses.replace(asked, versions=GROUPS["documents"])
    assert asked.page.name == "index-autoencoder-pretrained-v4-seed-0-seed-1.html"
    assert asked.results.name == "results-autoencoder-pretrained-v4-seed-0-seed-1.csv"
    assert whole.page.name == "index-seed-0-seed-1.html"
    assert whole.results.name == "results-seed-0-seed-1.csv"
    first = dataclasses.replace(whole, seeds=(0,))
    assert (first.page.name, first.results.name) == ("index.html", "results.csv")
    many = dataclasses.replace(whole, seeds=tuple(range(40)))
    assert many.page.name == "index-seeds-0-to-39.html"  # file names have an end
    assert asked.page.parent == asked.results.parent == asked.folder


def test_nothing_is_written(tmp_path):
    ask(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_named_when_it_is_to_be(tmp_path):
    ask(tmp_path).require_writable()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["d", "r"]
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"file/r cannot be written.*REPORTS=…, --reports"):
        ask(tmp_path, reports=tmp_path / "file" / "r").require_writable()
    with pytest.raises(UserError, match=r"file/d cannot be written.*DATA=…, --data"):
        ask(tmp_path, data=tmp_path / "file" / "d").require_writable()
    ask(tmp_path).folder.touch()  # somebody's file where the report would be
    with pytest.raises(UserError, match=r"r/faces-smoke cannot be written.*REPORTS=…"):
        ask(tmp_path).require_writable()


def test_relative_paths_are_those_of_where_the_command_was_given(pictures, monkeypatch):
    monkeypatch.chdir(pictures.parent)
    asked = parse("folder:known", "smoke", reports="r", data="d")
    assert asked.dataset == f"folder:{pictures}"
    assert asked.title == "folder:known"
    assert (asked.reports, asked.data) == (pictures.parent / "r", pictures.parent / "d")


def test_home_is_expanded(home, own_versions):
    write_folder(home / "known", blobs(120, 40, seed=1))
    asked = parse("folder:~/known", "smoke", reports="~/r", data="~/d", extra="~/own.py")
    assert asked.dataset == f"folder:{home / 'known'}"
    assert (asked.reports, asked.data, asked.extra) == (home / "r", home / "d", own_versions)


def test_versions_of_ones_own_are_registered(tmp_path, own_versions):
    for name in ("hinged", "late"):
        del VERSIONS[name]
    asked = ask(tmp_path, "late", "hinged", extra=own_versions)
    assert asked.versions == ("autoencoder", "hinged", "late")
    assert asked.page.name == "index-autoencoder-hinged-late.html"
    whole = ask(tmp_path, extra=own_versions)
    assert {*whole.versions} == {*GROUPS["documents"], "hinged", "late"}
    assert whole.page.name == "index.html"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "huge"}, "Unknown profile"),
        ({"versions": ["v9"]}, "Unknown version"),
        ({"dataset": "mnist"}, "Unknown dataset"),
        ({"seeds": [0, -1]}, "A seed must be 0 or more.*Received: -1"),
        ({"images": -1}, "must be 1 or more"),
        ({"extra": "versions.txt"}, "ends in .py"),
        ({"extra": "nowhere.py"}, "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(UserError, match=message):
        parse(**options)


def test_a_notebook_parses_the_same_again(tmp_path, pictures, own_versions):
    photos = {"dataset": f"folder:{pictures}", "crop": "square", "images": 200}
    asked = ask(tmp_path, "late", seeds=[1, 2], extra=own_versions, **photos)
    given = json.loads(json.dumps(asked.parameters("extra", "versions", "seeds")))
    assert parse(**given) == asked
    assert set(given) - set(asked.parameters()) == {"extra", "versions", "seeds"}
    assert parse(**asked.parameters()).folder == asked.folder


def test_it_finds_the_same_order_and_so_the_same_names(tmp_path):
    # What a version needs may come before or after others that were asked for.
    asked = parse("faces", "smoke", ["weighted", "pretrained"], [0], tmp_path, tmp_path)
    again = parse(**asked.parameters("versions", "seeds"))
    assert again.versions == asked.versions
    assert again.results == asked.results


def test_options_are_those_of_the_command_line(tmp_path, pictures, own_versions):
    photos = {"dataset": f"folder:{pictures}", "crop": "square", "images": 200}
    asked = ask(tmp_path, "late", extra=own_versions, **photos)
    words = [word for name, value in asked.options().items() for word in (f"--{name}", value)]
    given = cli.commands["report"].make_context("report", words).params
    del given["force"], given["gathered"], given["jobs"], given["versions"]
    assert parse(**given, versions=["late"]) == asked
    assert set(asked.options()) == {*photos, "profile", "reports", "data", "extra"}
    assert parse().options() == {"dataset": "faces", "profile": "quick"}  # the rest is as usual


@pytest.mark.parametrize("seed", [-1, 2**32, 10**20])
def test_a_seed_out_of_range_is_refused(seed, tmp_path):
    with pytest.raises(UserError, match=f"A seed must be 0 or more.*Received: {seed}"):
        parse(profile="smoke", seeds=[seed], reports=tmp_path, data=tmp_path)


def test_a_pages_name_has_an_end(tmp_path):
    seeds = [1_000_000_000 + 7 * i * i for i in range(15)]
    asked = parse(profile="smoke", seeds=seeds, reports=tmp_path, data=tmp_path)
    other = parse(profile="smoke", seeds=[1, *seeds], reports=tmp_path, data=tmp_path)
    assert asked.page.name.startswith(f"index-{len(GROUPS['documents'])}-versions-15-seeds-")
    assert len(asked.page.name) < 100 and asked.page.stem[5:] == asked.results.stem[7:]
    assert asked.page != other.page


def test_a_relative_path_may_be_meant_from_the_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    asked = parse(profile="smoke", reports="reports/example", data=tmp_path)
    assert asked.reports == NOTEBOOKS.parent / "reports" / "example"
