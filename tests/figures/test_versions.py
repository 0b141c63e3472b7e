"""The same faces through every version."""

import numpy as np

from aegan_lib.figures import versions
from tests import made_up
from tests.made_up import Squares


def test_the_same_faces_through_every_version(shown):
    blind = Squares(lambda z: z * 0)
    blind.version = made_up.VERSIONS["v4"]
    versions.versions_side_by_side([Squares(), blind], made_up.squares_data().test, each=3)
    assert shown[0].alt == "3 test faces and, a row a version, their reconstructions: v1, v4."
    (panel,) = shown[0].figure.axes
    assert [label.get_text() for label in panel.get_yticklabels()] == ["input", "v1", "v4"]
    canvas = panel.images[0].get_array()
    assert np.array_equal(canvas[:96], canvas[100:196])  # squares lose nothing
    assert not canvas[200:, :96].any()
