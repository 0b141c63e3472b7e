"""The comparison with Keras, seen: a tick a weight."""

import numpy as np
import pandas as pd
import pytest

from aegan_lib.figures import verification
from aegan_lib.verification.comparison import TOLERANCE

ROWS = pd.DataFrame(
    [
        ("autoencoder", "float64", 0.0),
        ("autoencoder", "float64", 3e-9),
        ("autoencoder", "float32", 2e-3),
        ("gan", "float64", 5e-12),
        ("gan", "float32", 4e-4),
    ],
    columns=["limit", "dtype", "ratio"],
)


def test_a_tick_a_weight(shown):
    rows = ROWS.copy()
    verification.weight_differences(rows)
    (only,) = shown
    (panel,) = only.figure.axes
    ticks = np.concatenate([np.asarray(c.get_offsets())[:, 0] for c in panel.collections])
    # A difference of exactly 0 has a place too.
    expected = sorted([verification.EXACT, 3e-9, 2e-3, 5e-12, 4e-4])
    assert np.sort(ticks) == pytest.approx(expected, rel=1e-9, abs=0)
    assert [label.get_text() for label in panel.get_yticklabels()] == ["autoencoder", "gan"]
    legend = [text.get_text() for text in panel.get_legend().get_texts()]
    assert legend == ["float64", "float32"]
    assert [TOLERANCE] * 2 in [list(line.get_xdata()) for line in panel.lines]
    assert panel.get_xscale() == "log"
    pd.testing.assert_frame_equal(rows, ROWS)
    only.figure.draw_without_rendering()


def test_one_limit_alone(shown):
    verification.weight_differences(ROWS[ROWS["limit"] == "gan"])
    labels = shown[0].figure.axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == ["gan"]
