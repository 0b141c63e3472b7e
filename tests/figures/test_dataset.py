"""The section on the data: what is said of it, and that a user's words stay text."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from aegan_lib.dataset import About, Split
from aegan_lib.figures import dataset as figures
from tests import made_up
from tests.made_up import without


@pytest.fixture(scope="module")
def data():
    return made_up.squares_data()


def test_a_sheet_of_the_first_images(data, shown):
    figures.dataset_sheet(data.test, rows=2, columns=3)
    assert shown[0].alt == "6 images in 2 rows."
    assert shown[0].figure.shape == (2 * 84 + 2, 3 * 84 + 2 * 2, 3)
    few = Split(data.test.images[:4], data.test.table[:4])
    figures.dataset_sheet(few, rows=5, columns=3)
    assert shown[1].alt == "4 images in 2 rows."


def test_groups_and_how_far_they_go_together(data, shown):
    figures.attribute_groups(data.test, each=2)
    assert "Male and Smiling correlate by +0.00" in shown[0].caption
    assert shown[0].alt == "Rows of faces: smiling women, neutral women, neutral men, smiling men."
    figures.attribute_groups(without(data.test, "Male"))
    assert "There are no such groups" in shown[1].text
    women = without(data.test, keep=lambda table: ~table["Male"])
    with np.errstate(invalid="ignore"):
        figures.attribute_groups(women)
    assert "correlate" not in shown[2].caption


def test_how_often_an_attribute_holds(shown):
    table = pd.DataFrame({"Hat": [True, False, False, False], "Young": [True] * 4, "weight": 0.5})
    figures.attribute_shares(Split(np.zeros((4, 2, 2, 3), np.uint8), table))
    soup = BeautifulSoup(shown[0].text, "html.parser")
    assert soup.caption.text == "How often each attribute holds."
    # The commonest first, and beside each bar its share in text, exact for a script.
    assert [row.th.text for row in soup.tbody.find_all("tr")] == ["Young", "Hat"]
    assert [(data["value"], data.text) for data in soup.find_all("data")] == [
        ("1.0", "100%"),
        ("0.25", "25%"),
    ]
    bars = soup.select('td [aria-hidden="true"] span')
    assert [bar["style"].split("; ")[1] for bar in bars] == ["width: 100.0%", "width: 25.0%"]
    figures.attribute_shares(Split(np.zeros((4, 2, 2, 3), np.uint8), table[["weight"]]))
    assert "no attributes" in shown[1].text


def test_an_attribute_of_any_script_is_text(shown):
    """No font of a figure has the letters of every language, and a name is a user's own."""
    names = ["笑顔", "हंसी", "ยิ้ม", "<b>&bold"]
    table = pd.DataFrame({name: [True, False] for name in names})
    figures.attribute_shares(Split(np.zeros((2, 2, 2, 3), np.uint8), table))
    soup = BeautifulSoup(shown[0].text, "html.parser")
    assert [row.th.text for row in soup.tbody.find_all("tr")] == names
    assert not soup.find("b")
    # The page's own colours of text, in light and dark.
    assert not re.search(r"[^-]color:", shown[0].text)


def test_what_the_images_are(data, shown):
    left_out = {f"<i>{i}.jpg": "is <b>broken" for i in range(figures.LISTED + 2)}
    about = About(what="photographs of <me>", crop="the middle", notes=("Old.",), left_out=left_out)
    figures.describe(dataclasses.replace(data, about=about))
    said, listed = (each.text for each in shown)
    assert said == (
        "<p>Photographs of &lt;me&gt;: 128 to train on, 16 for validation and 160 to test on. "
        "Of each picture this part is used: the middle.</p><p>Old.</p>"
    )
    assert "Left out, 22 in all" in listed
    assert listed.count("is &lt;b&gt;broken") == figures.LISTED and "<b>" not in listed
    assert "and 2 more, which manifest.json beside the images lists" in listed
    figures.describe(data)
    assert len(shown) == 3  # nothing is left out


def test_the_part_that_is_used(data, shown):
    figures.crop(data)
    assert shown == []
    whole = np.zeros((200, 100, 3), np.uint8)
    box = About(crop="a box", box=(0.1, 0.25, 0.9, 0.65), example=whole)
    figures.crop(dataclasses.replace(data, about=box))
    assert "from 10% to 90% of its width and 25% to 65% of its height" in shown[0].alt
    assert "(a box), resized to 12 × 12 pixels" in shown[0].caption
    central = About(crop="the central square", example=whole)
    figures.crop(dataclasses.replace(data, about=central))
    assert "from 0% to 100% of its width and 25% to 75% of its height" in shown[1].alt
