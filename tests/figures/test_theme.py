"""One colour for each version, however many there are, and one look wherever they are drawn."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

from aegan_lib.figures import theme
from aegan_lib.versions import VERSIONS


@pytest.fixture
def further(monkeypatch):
    """Three versions of one's own beside the library's."""
    for name in ("mine", "another", "third"):
        monkeypatch.setitem(VERSIONS, name, dataclasses.replace(VERSIONS["v1"], name=name))


def test_the_librarys_versions_have_the_palette():
    colours = [theme.colour(name) for name in VERSIONS]
    assert colours[: len(theme.PALETTE)] == list(theme.PALETTE)
    assert len(set(colours)) == len(VERSIONS)


def linear(colours):
    """Light of the three primaries, of sRGB in [0, 1]."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


# What is left of linear light without one kind of cones (Machado, Oliveira and Fernandes, 2009).
CONES = {
    "all": np.eye(3),
    "no L": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no M": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "no S": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}
LEGEND = (theme.REAL, theme.FAKE)


def distances(cones, colours):
    """CIEDE2000 between each two of them, as such eyes see them; 1 is what is just noticed."""
    light = np.clip(
        linear(np.array([to_rgb(c) for c in colours])) @ np.transpose(CONES[cones]), 0, 1
    )
    seen = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    lab = rgb2lab(seen[None])[0]
    found = deltaE_ciede2000(lab[:, None], lab[None])
    return found[np.triu_indices(len(colours), 1)]


@pytest.mark.parametrize(
    ("cones", "least"), [("all", 15), ("no L", 7.5), ("no M", 7.5), ("no S", 9)]
)
def test_no_two_colours_of_a_figure_are_alike_to_any_eyes(cones, least):
    assert distances(cones, [*theme.PALETTE, *LEGEND, theme.OTHER]).min() > least


def test_known_colours_are_as_far_apart_as_they_are():
    assert distances("all", ["#FFFFFF", "#000000"]) == pytest.approx([100])
    red_and_green = ["#B04A00", "#6E6E00"]
    assert distances("all", red_and_green) > 25 > 12 > distances("no M", red_and_green)


def test_every_version_can_be_written_on_white(further):
    colours = np.array([to_rgb(theme.colour(name)) for name in VERSIONS])
    luminance = linear(colours) @ [0.2126, 0.7152, 0.0722]
    assert (1.05 / (luminance + 0.05)).min() >= 4.5  # WCAG's contrast for text


def test_no_version_has_a_colour_of_the_legends(further):
    assert not {theme.colour(name) for name in VERSIONS} & {*LEGEND}


def test_further_versions_have_colours_of_their_own(further):
    colours = [theme.colour(name) for name in VERSIONS]
    assert len(set(map(to_rgb, colours))) == len(VERSIONS)
    assert colours[: len(theme.PALETTE)] == list(theme.PALETTE)
    assert theme.OTHER not in colours


@pytest.mark.parametrize("name", ["raw", "pca_100", "weighted-beta=0.03", "mine"])
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
