"""What players are made of."""

import numpy as np
import pytest

from aegan_lib.players.forms import sheet


@pytest.mark.parametrize(("size", "shown"), [(20, 60), (40, 80), (80, 80), (160, 160)])
def test_a_frame_is_a_whole_number_of_times_as_wide(size, shown):
    made = sheet(np.zeros((2, size, size, 3), np.uint8), 2, "two")
    assert made.width == 2 * shown
