"""How a figure reaches the page."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from aegan_lib.figures import showing


@pytest.fixture
def displayed(monkeypatch):
    html = []
    monkeypatch.setattr(showing, "display", lambda shown: html.append(shown.data))
    return html


def test_a_figure_is_embedded_captioned_described_and_closed(displayed):
    figure, axes = plt.subplots(figsize=(3, 2))
    axes.plot([0, 1])
    showing.show(figure, alt='a "line"', caption="<b>up</b>")
    assert not plt.get_fignums()
    (found,) = BeautifulSoup(displayed[0], "html.parser").find_all("figure")
    assert found.img["alt"] == 'a "line"'
    assert found.figcaption.text == "<b>up</b>" and not found.find("b")
    address = found.img["src"].removeprefix("data:image/webp;base64,")
    with Image.open(io.BytesIO(base64.b64decode(address))) as image:
        assert image.format == "WEBP"
        assert image.width // 2 == int(found.img["width"]) <= 300
    assert "class" not in found.attrs


def test_pixels_are_shown_as_they_are(displayed):
    showing.show_pixels(np.zeros((10, 700, 3), np.uint8), alt="black", caption="Black.")
    found = BeautifulSoup(displayed[0], "html.parser").figure
    assert found.img["width"] == "700" and found["class"] == ["wide"]


def test_rows_of_images_have_their_labels():
    faces = np.zeros((2, 96, 96, 3), np.uint8)
    figure = showing.labelled_rows({"one": faces, "other": faces[:1] + 9}, {1: "last"})
    (axes,) = figure.axes
    canvas = axes.images[0].get_array()
    assert canvas.shape == (196, 196, 3)
    assert not canvas[:96, :96].any() and (canvas[100:, :96] == 9).all()
    assert (canvas[100:, 100:] == 255).all()  # a row that is shorter ends in white
    assert (canvas[96:100] == 255).all()
    assert axes.get_yticks().tolist() == [48, 148]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "other"]
    assert axes.get_xticks().tolist() == [148]
    plt.close(figure)


def test_lines_lose_nothing_and_faces_a_little():
    figure, axes = plt.subplots(figsize=(2, 2))
    axes.plot([0, 1], color="black")
    with Image.open(io.BytesIO(showing.encoded(figure))) as image:
        assert image.convert("RGB").getcolors(showing.SHADES)
    noise = np.random.default_rng(0).integers(0, 256, (8, 20, 20, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(showing.encoded(showing.labelled_rows({"": noise})))) as image:
        assert not image.convert("RGB").getcolors(showing.SHADES)
