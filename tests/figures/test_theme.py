"""One colour for each version, however many there are, and one look wherever they are drawn."""

import dataclasses
import os
import subprocess
import sys

import pytest
from matplotlib.colors import to_rgb

from aegan_lib.figures import theme
from aegan_lib.versions import VERSIONS


@pytest.fixture
def further(monkeypatch):
    """Three versions of one's own beside the library's."""
    for name in ("mine", "another", "third"):
        monkeypatch.setitem(VERSIONS, name, dataclasses.replace(VERSIONS["v1"], name=name))


def test_the_librarys_versions_have_the_palette():
    assert [theme.colour(name) for name in VERSIONS] == list(theme.PALETTE)


def test_further_versions_have_colours_of_their_own(further):
    colours = [theme.colour(name) for name in VERSIONS]
    assert len(set(map(to_rgb, colours))) == len(theme.PALETTE) + 3
    assert colours[:-3] == list(theme.PALETTE)
    assert theme.OTHER not in colours


@pytest.mark.parametrize("name", ["raw", "pca_100", "weighted-beta=0.02", "mine"])
def test_what_is_not_registered_is_grey(name):
    assert theme.colour(name) == theme.OTHER


DRAW = """
import hashlib
import matplotlib.pyplot as plt
import numpy as np
from aegan_lib.figures.showing import encoded
from aegan_lib.widgets.schedule import BetaPlot

figure, axes = plt.subplots()
axes.set_title("$x$")
pictures = encoded(figure), BetaPlot(10, None).draw(np.ones(10), 1.0)
print(*(hashlib.sha256(picture).hexdigest() for picture in pictures), plt.get_backend())
"""


def test_nobodys_matplotlibrc_changes_a_figure(tmp_path):
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfont.size: 3\nlines.linewidth: 9\n")
    drawn = [
        subprocess.run(
            [sys.executable, "-c", DRAW],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for environment in (
            {"MPLBACKEND": "agg"},
            {"MPLBACKEND": "tkagg", "MATPLOTLIBRC": str(tmp_path)},
        )
    ]
    assert drawn[0] == drawn[1]
    assert drawn[0][-1] == "agg"


def test_a_notebooks_own_backend_stays():
    inline = "module://matplotlib_inline.backend_inline"
    code = "from aegan_lib.figures import theme; import matplotlib; print(matplotlib.get_backend())"
    made = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"MPLBACKEND": inline},
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout == f"{inline}\n"
