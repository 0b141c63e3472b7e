"""A page is about one state of the data: the one that was found when its report began."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from aegan_lib.errors import UserError
from aegan_lib.pipeline.build import CHANGED, build
from aegan_lib.pipeline.request import parse
from aegan_lib.pipeline.tasks import plan
from aegan_lib.runs import find_run
from tests.conftest import blobs
from tests.photos import write_folder


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    write_folder(folder, blobs(60, 40, seed=7))
    return folder


def asked(photos, **changes):
    """A report of one version, whose folders lie among the pictures, as with `folder:.`."""
    places = {"reports": photos / "reports", "data": photos / "data"}
    return parse(f"folder:{photos}", "smoke", ["v1"], **places | changes)


def test_replaced_pictures_make_another_page(photos, monkeypatch, verified):
    monkeypatch.chdir(photos)
    # Absolute: a name that is also in the checkout, as "data", would mean that one.
    places = {"reports": photos / "reports", "data": photos / "data"}
    request = verified(parse("folder:.", "smoke", ["v1"], **places))
    page, failed = build(request)
    assert not failed
    first = find_run(request.run_folder("v1", 0))
    yardsticks = (request.folder / "yardsticks.csv").read_text()
    assert "60 pictures were found" in page.read_text()
    assert CHANGED not in page.read_text()

    # All are replaced and some added; what the report itself has made is no picture.
    for picture in photos.glob("*.*"):
        if picture.is_file():
            picture.unlink()
    write_folder(photos, blobs(80, 40, seed=8))
    again = parse("folder:.", "smoke", ["v1"], **places)
    page, failed = build(again)
    assert not failed
    soup = BeautifulSoup(page.read_text(), "html.parser")
    assert "80 pictures were found" in soup.get_text()
    second = find_run(again.run_folder("v1", 0))
    assert second.settings["dataset"]["digest"] == again.load().digest
    assert second.settings["dataset"] != first.settings["dataset"]
    assert (again.folder / "yardsticks.csv").read_text() != yardsticks
    assert set(pd.read_csv(again.results)["version"]) >= {"raw", "v1"}
    # Every notebook was given the same images, by their digest.
    given = [
        task.executed().metadata.papermill.parameters["request"]["settled"]["digest"]
        for task in plan(again.about(again.load()))
        if task.title != "verification"
    ]
    assert given == [second.settings["dataset"]["digest"]] * 3
    assert build(again) == (page, [])


def test_what_happens_to_the_source_reaches_no_notebook(photos):
    request = asked(photos)
    dataset = request.load(progress=False)
    settled = request.about(dataset)
    assert not request.has_changed()
    Image.fromarray(blobs(1, 40, seed=9)[0]).save(photos / "late.png")
    assert request.has_changed()
    # As a notebook parses it: nothing is looked for, and nothing else is found.
    parameters = json.loads(json.dumps(settled.parameters("extra", "versions", "seeds")))
    shutil.rmtree(photos / "reports", ignore_errors=True)
    inside = parse(**parameters)
    seen = inside.load()
    assert (seen.digest, seen.name, seen.counts) == (dataset.digest, dataset.name, dataset.counts)
    assert seen.about == dataset.about
    assert np.array_equal(seen.train.images, dataset.train.images)
    assert (inside.folder, inside.page, inside.versions) == (
        request.folder,
        request.page,
        ("v1",),
    )


def test_other_images_in_the_same_place_are_refused(photos):
    request = asked(photos)
    settled = request.about(request.load(progress=False))
    write_folder(photos, blobs(60, 40, seed=10))
    asked(photos).load(progress=False)
    with pytest.raises(UserError, match="not those that this report began with"):
        settled.load()


def test_the_digest_is_part_of_what_makes_a_notebook_fresh(photos):
    request = asked(photos)
    before = [task.key for task in plan(request.about(request.load(progress=False)))]
    write_folder(photos, blobs(60, 40, seed=11))
    request = asked(photos)
    after = [task.key for task in plan(request.about(request.load(progress=False)))]
    changed = [one != other for one, other in zip(before, after, strict=True)]
    assert changed == [True, False, True, True]  # the verification is not about images
