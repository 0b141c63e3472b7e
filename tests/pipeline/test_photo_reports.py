"""The whole report on photographs, at smoke size.

A report takes a minute or two, most of it in notebooks that are the same for every dataset. So two
are made here, one with everything that is known (CelebA's zip) and one with nothing (a folder of
pictures alone, under a hostile name). The other layouts, which are proved elsewhere to give the
same images, are trained and measured; their reports are made with `pytest -m slow`.
"""

import json

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from playwright.sync_api import expect

from aegan_lib import datasets
from aegan_lib.__main__ import cli
from aegan_lib.claims import CLAIMS
from aegan_lib.errors import UserError
from aegan_lib.evaluation import measuring
from aegan_lib.evaluation.results import read_table
from aegan_lib.page.markup import outside_addresses
from aegan_lib.pipeline.build import build
from aegan_lib.pipeline.request import Request, parse
from aegan_lib.pipeline.tasks import NOTEBOOKS, Task
from aegan_lib.profiles import PROFILES
from aegan_lib.training import train
from aegan_lib.widgets import find_material
from tests.photos import celeba_faces, splits_of, write_celeba, write_folder
from tests.pipeline.executing import execute

SMOKE = PROFILES["smoke"]
COUNTS = {"train": 240, "validation": 64, "test": 96}  # fewer than the profile asks for
HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)<\N{FULLWIDTH SOLIDUS}script> {x} 'é"
VERSIONS_SHOWN = ["v1", "autoencoder_slow"]  # whose smiles are compared, if anyone can tell
KINDS = ("torchvision", "kaggle", "zip", "folder", "folder with attributes")


@pytest.fixture(scope="module")
def made():
    return celeba_faces(sum(COUNTS.values()))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("photo reports")


@pytest.fixture(scope="module")
def texts(made, place):
    """Kind -> what a user types."""
    table, images = made
    for layout in ("torchvision", "kaggle", "zip"):
        write_celeba(place / layout, table, images, splits_of(COUNTS), layout)
    write_folder(place / HOSTILE, images)
    write_folder(place / "known", images, table)
    places = dict(zip(KINDS, ("torchvision", "kaggle", "zip", HOSTILE, "known"), strict=True))
    sources = dict.fromkeys(KINDS[:3], "celeba") | dict.fromkeys(KINDS[3:], "folder")
    return {kind: f"{sources[kind]}:{place / name}" for kind, name in places.items()}


def report(texts, place, kind, versions, verified):
    """The page's path, its HTML and the results behind it."""
    asked = verified(parse(texts[kind], "smoke", versions, [0], place / kind, place / "data"))
    path, failed = build(asked)
    assert not failed, failed
    html = path.read_text()
    assert outside_addresses(html) == []
    return asked, html, read_table(asked.results)


@pytest.fixture(scope="module")
def celeba(texts, place, verified):
    return report(texts, place, "zip", VERSIONS_SHOWN, verified)


@pytest.fixture(scope="module")
def folder(texts, place, verified):
    return report(texts, place, "folder", VERSIONS_SHOWN, verified)


def verdicts(html: str) -> dict[str, str]:
    soup = BeautifulSoup(html, "html.parser")
    rows = {claim.name: soup.find(id=claim.row) for claim in CLAIMS}
    return {name: row.select_one(".verdict").get_text() for name, row in rows.items()}


def of_its_own(asked: Request, part: str) -> str:
    """The page of a part, in the folder beside the report's."""
    return (asked.page.with_suffix("") / f"{part}.html").read_text()


def test_a_report_on_celeba(celeba):
    asked, html, results = celeba
    assert asked.folder.name == "celeba-of-400-smoke"
    measured = set(zip(results["metric"], results["case"], strict=True))
    cases = {("probe_accuracy", "Smiling"), ("auc", "Male"), ("smiling_men", "averages of 3")}
    assert cases | {("eye_sharpness", "")} <= measured
    assert not any(metric.startswith("edit_ssim") for metric, _ in measured)  # no true answers
    assert "No edit is compared with a true answer" in html
    assert "The MD5 of img_align_celeba.zip is" in html
    assert "non-commercial research" in html
    data = of_its_own(asked, "data")
    assert "One whole picture with a frame around the part that is used" in data
    for page in (html, data):
        pictures = BeautifulSoup(page, "html.parser").select("img")
        assert pictures and all(len(picture["alt"]) > 4 for picture in pictures)
    soup = BeautifulSoup(html, "html.parser")
    cells = [[cell.get_text() for cell in row.find_all("td")] for row in soup.find_all("tr")]
    assert ["training images", "50,000", "doc", "240"] in cells
    assert any(row[:1] == ["crop"] for row in cells)
    assert "drawn from known factors: " not in html
    assert verdicts(html)["v1_smiles"] != "not measured"
    assert "reproduced" not in set(verdicts(html).values())


def test_a_hostile_name_stays_text_in_a_browser(folder, browser):
    asked, _, _ = folder
    page, said = browser.new_page(), []
    page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
    page.goto(asked.page.as_uri())
    expect(page).to_have_title(f"AE-GAN: {asked.title}, smoke")
    expect(page.get_by_text(HOSTILE).first).to_be_attached()
    assert page.locator("main script, main img[src=x]").count() == 0
    assert said == []
    page.close()


def test_a_report_on_a_folder_of_pictures_alone(folder):
    asked, html, results = folder
    assert asked.folder.name.startswith("folder-img-src-x-onerror-")
    soup = BeautifulSoup(html, "html.parser")
    assert soup.title.get_text() == f"AE-GAN: folder:{asked.title.partition(':')[2]}, smoke"
    assert not [s for s in soup.find_all("script") if "alert(1)" in s.get_text()]
    assert "&lt;script&gt;alert(1)" in html
    prefixes = ("probe", "auc", "smiling_men", "edit_", "majority")
    assert not any(metric.startswith(prefixes) for metric in results["metric"])
    assert "eye_sharpness" not in set(results["metric"])
    assert verdicts(html)["v1_smiles"] == "not measured"
    data, own = of_its_own(asked, "data"), of_its_own(asked, "v1-seed-0")
    for sentence, page in {
        "There is no attributes.csv, so nothing is known of what they show": html,
        "There are no such groups": data,
        "These images have no attributes": data,
        "There is no probe": data,
        "No arithmetic is shown": own,
        "No arithmetic is scored": html,
        "No edit is compared with a true answer": html,
        "No attribute is read": html,
        "No code is ordered by an attribute": own,
        "The plane of smiles needs faces with and without": html,
        "No smile is added": own,
    }.items():
        assert sentence in page, sentence
    for page in (data, own):
        assert "<script>alert" not in page and "<img src=x" not in page


@pytest.mark.parametrize("which", ["celeba", "folder"])
def test_what_is_finished_is_explored(which, request, place, tmp_path):
    asked = request.getfixturevalue(which)[0]
    material = find_material(asked.parameters(), "v1", 0, tmp_path)
    assert [run.version.name for run in material.runs] == ["v1"]
    images = material.dataset
    assert images is not None
    assert images.counts == {"train": len(images.train.images), "validation": 8, "test": 32}
    assert images.profile == material.runs[0].profile.fitted(images.counts)
    assert (material.probe is None) == (which == "folder")
    # Where the images are not prepared, nothing is prepared here.
    elsewhere = find_material(asked.parameters() | {"data": tmp_path}, "v1", 0, "x")
    assert elsewhere.dataset is None
    assert "do not lie prepared" in elsewhere.notes[-1]
    assert list(tmp_path.iterdir()) == []
    parameters = {"request": asked.parameters(), "versions": "v1"}
    task = Task("explore", NOTEBOOKS / "explore.ipynb", tmp_path / "explore.ipynb", parameters)
    assert execute(task, threads=1).failure == ""
    outputs = json.dumps(nbformat.read(task.output, as_version=4).cells)
    assert outputs.count("application/vnd.jupyter.widget-view+json") == 6


@pytest.mark.parametrize("kind", ["torchvision", "kaggle", "folder with attributes"])
def test_the_other_kinds_train_and_are_measured(texts, kind, tmp_path):
    faces = datasets.load(texts[kind], SMOKE, tmp_path / "data", progress=False)
    scale = faces.profile
    assert scale == SMOKE.fitted(faces.counts)
    run = train("weighted", faces, reports=tmp_path, progress=False)
    assert run.outcome == "complete"
    assert len(run.history) == scale.epochs * (faces.counts["train"] // scale.batch_size)
    measured = measuring.evaluate(run, faces).set_index("metric")["value"]
    assert np.isfinite(measured["psnr"]).all()
    assert run.settings["dataset"] == {"name": faces.name, "digest": faces.digest}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["torchvision", "kaggle", "folder with attributes"])
def test_reports_on_the_other_kinds(texts, place, kind, verified):
    _, html, results = report(texts, place, kind, VERSIONS_SHOWN, verified)
    assert verdicts(html)["v1_smiles"] != "not measured"
    assert "Smiling" in set(results["case"][results["metric"] == "probe_accuracy"])


def test_run_takes_the_same_options(texts, tmp_path):
    options = ["--dataset", texts["kaggle"], "--profile", "smoke", "--crop", "square", "--images",
               "64", "--reports", str(tmp_path / "r"), "--data", str(tmp_path / "d")]  # fmt: skip
    result = CliRunner().invoke(cli, ["run", "weighted", *options])
    assert result.exit_code == 0, result.output
    assert "celeba-of-400-square-64-images-smoke" in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dataset", "folder:/nowhere"], "needs a folder of pictures. Received: nothing there"),
        (["--dataset", "folder:"], "Received: no path"),
        (["--dataset", "celeba:/nowhere"], "CelebA is not at /nowhere"),
        (["--dataset", "celeba"], "CelebA is not at"),
        (["--dataset", "faces:/x"], "The drawn faces have no path"),
        (["--crop", "full"], "The drawn faces have no crop"),
        (["--dataset", "folder:~nobody-of-that-name/x"], "path of the dataset cannot be resolved"),
        (["--dataset", "folder:/" + "a" * 5000], "The dataset cannot be looked for"),
        (["--dataset", "celeba:/caf\udce9"], "The dataset cannot be looked for"),
        (["--images", "3"], "Too few images in drawn faces"),
    ],
)
def test_bad_input_is_one_clear_line_before_anything_else(options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["report", "--profile", "smoke", *options])
    assert isinstance(result.exception, UserError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_a_crop_out_of_range_is_named(texts, tmp_path):
    options = ["--dataset", texts["kaggle"], "--crop", "0,0,999,999", "--data", str(tmp_path)]
    result = CliRunner().invoke(cli, ["report", *options, "--reports", str(tmp_path / "reports")])
    assert isinstance(result.exception, UserError)
    assert "The crop is no part of the picture" in str(result.exception)


@pytest.mark.parametrize("images", ["0", "-1", "many"])
def test_bad_numbers_of_images_are_refused(images):
    result = CliRunner().invoke(cli, ["report", "--images", images])
    assert result.exit_code == 2
    assert "Invalid value for '--images'" in result.output
