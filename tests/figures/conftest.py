"""What a figure's function shows, to be looked into."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest

from aegan_lib.figures import codes, dataset, landscape, run, verification, versions


@pytest.fixture
def shown(monkeypatch):
    """What was shown, each with its figure, alt text and caption; or only with its text."""
    seen = []

    def show(figure, alt, caption):
        seen.append(SimpleNamespace(figure=figure, alt=alt, caption=caption))

    def display(html):
        seen.append(SimpleNamespace(figure=None, text=html.data))

    for module in (codes, dataset, landscape, run, verification, versions):
        monkeypatch.setattr(module, "show", show)
        if hasattr(module, "display"):
            monkeypatch.setattr(module, "display", display)
    monkeypatch.setattr(dataset, "show_pixels", show)
    yield seen
    plt.close("all")
