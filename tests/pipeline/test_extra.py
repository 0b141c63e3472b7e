"""Versions from a file outside the package, in every table, figure, player and widget."""

import dataclasses
import os
import re
import subprocess
import sys

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from aegan_lib import widgets
from aegan_lib.__main__ import cli
from aegan_lib.figures import theme
from aegan_lib.pipeline import build
from aegan_lib.pipeline.request import parse
from aegan_lib.versions import LIBRARY, VERSIONS
from tests.conftest import registered


def test_an_intent_is_text_on_a_page_whatever_it_says(monkeypatch):
    said = "To <b>win</b>,\n\n# at once & 'quietly'."
    changed = dataclasses.replace(VERSIONS["v1"], intent=said)
    monkeypatch.setitem(VERSIONS, "v1", changed)
    assert build._intent("v1") == "To &lt;b&gt;win&lt;/b&gt;, # at once &amp; 'quietly'."


@pytest.fixture(scope="module")
def own_versions(tmp_path_factory):
    """Registered for all tests of this file, which share one page of them."""
    with registered(tmp_path_factory.mktemp("own")) as path:
        yield path


@pytest.fixture(scope="module")
def extra_page(report_page, asked, own_versions):
    """A page of two versions of one's own beside one of the library, made as by `make report`."""
    options = {
        "--profile": "smoke",
        "--reports": str(asked.reports),
        "--data": str(asked.data),
        "--versions": "hinged late",
        "--extra": str(own_versions),
    }
    words = [word for option in options.items() for word in option]
    made = subprocess.run(
        [sys.executable, "-m", "aegan_lib", "report", *words],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert made.returncode == 0, made.stderr
    assert "hinged seed 0: complete" in made.stdout
    request = parse(profile="smoke", versions=["hinged", "late"], reports=asked.reports,
                    data=asked.data, extra=own_versions)  # fmt: skip
    assert made.stdout.strip().endswith(str(request.page))
    return request


def test_own_versions_are_everywhere(extra_page):
    soup = BeautifulSoup(extra_page.page.read_text(), "html.parser")
    tables = {t.caption.get_text(): t for t in soup.select("table") if t.caption}
    for begin in (
        "The versions: loss", "Every setting of these runs", "Reconstructions of test faces",
        "The discriminator, and what else", "More of the same", "What each version made",
        "Volatility", "Vector arithmetic", "Each edit against", "Share of reconstructed",
        "Provenance",
    ):  # fmt: skip
        (shown,) = [t.get_text() for caption, t in tables.items() if begin in caption]
        assert "hinged" in shown and "late" in shown, begin
    # On every curve, in the choice of versions and among the faces.
    for name in ("hinged", "late"):
        curves = soup.select(f"svg:has(.epoch-mark) [data-version={name}]")
        assert len({id(curve.find_parent("svg")) for curve in curves}) == 4
        assert soup.select_one(f".chooser input[value={name}]")
        assert soup.select_one(f".epochs .rows [data-version={name}] canvas")
    # What the file says is text, also where it looks like HTML.
    assert not soup.select("b:-soup-contains('discriminator')")
    assert "max(bce - α, 0) + mse <b>" in soup.get_text()
    # Whoever wants the run again is told of the file.
    assert f"--extra {extra_page.extra}" in soup.get_text()
    assert {"hinged", "late"} < set(pd.read_csv(extra_page.results)["version"])


def test_own_versions_can_be_explored(extra_page, tmp_path):
    asked = extra_page.parameters("extra")
    material = widgets.find_material(asked, "hinged late", 0, tmp_path)
    assert [run.version.name for run in material.runs] == ["hinged", "late"]
    editor = widgets.face_editor(material, tmp_path)
    assert editor.choice.options == ("hinged", "late")
    assert "hinge" in widgets.loss_explorer().table.value
    assert "<lambda>" not in widgets.loss_explorer().table.value  # but escaped


def test_a_version_of_ones_own_has_a_colour_of_its_own(own_versions):
    assert set(VERSIONS) == {*LIBRARY, "hinged", "late"}
    assert len({theme.colour(name) for name in VERSIONS}) == len(VERSIONS)
    assert theme.colour("raw") == theme.OTHER


def test_the_command_line_lists_them(own_versions):
    from click.testing import CliRunner

    text = CliRunner().invoke(cli, ["list", "--extra", str(own_versions)]).output
    assert re.search(r"versions: your own\n  hinged +Only a discriminator that is sure", text)
