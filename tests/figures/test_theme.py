"""One colour for each version, however many there are."""

import dataclasses

import pytest
from matplotlib.colors import to_rgb

from aegan_lib.figures import theme
from aegan_lib.versions import VERSIONS


@pytest.fixture
def further(monkeypatch):
    """Three versions of one's own beside the library's ten."""
    for name in ("eleventh", "twelfth", "thirteenth"):
        monkeypatch.setitem(VERSIONS, name, dataclasses.replace(VERSIONS["v1"], name=name))


def test_the_librarys_versions_have_the_palette():
    assert [theme.colour(name) for name in VERSIONS] == list(theme.PALETTE)


def test_further_versions_have_colours_of_their_own(further):
    colours = [theme.colour(name) for name in VERSIONS]
    assert len(set(map(to_rgb, colours))) == 13
    assert colours[:10] == list(theme.PALETTE)
    assert theme.OTHER not in colours


@pytest.mark.parametrize("name", ["raw", "pca_100", "weighted-beta=0.02", "eleventh"])
def test_what_is_not_registered_is_grey(name):
    assert theme.colour(name) == theme.OTHER
