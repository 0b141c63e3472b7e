"""The page's players in a browser that is offline: by keyboard, on a phone, without scripts."""

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from aegan_lib.dataset import Dataset, Split
from aegan_lib.latent import balanced_vector
from aegan_lib.losses import weighted
from aegan_lib.page.assembling import assemble
from aegan_lib.page.rendering import render
from aegan_lib.players import edits, forms, pictures
from aegan_lib.profiles import Profile

SIZE, EPOCHS = 20, 4


class FakeRun(SimpleNamespace):
    """Codes are 4 × 4 pixels, and what is decoded from them is those pixels, enlarged."""

    def encode(self, images: np.ndarray) -> np.ndarray:
        small = [cv2.resize(image, (4, 4), interpolation=cv2.INTER_AREA) for image in images]
        return np.stack(small).reshape(len(images), -1).astype("float32")

    def decode(self, z: np.ndarray) -> np.ndarray:
        small = np.clip(z, 0, 255).astype(np.uint8).reshape(-1, 4, 4, 3)
        return np.stack([self.tint + cv2.resize(image, (SIZE, SIZE)) // 2 for image in small])


def fake_run(
    version: str, epochs: int = EPOCHS, tint: int = 0, start: str | None = None
) -> FakeRun:
    """Its sample of face f after epoch e is grey, of brightness 40 e + 5 f + tint / 4."""
    grey = np.add.outer(40 * np.arange(epochs + 1), 5 * np.arange(4)) + tint // 4
    samples = np.full((epochs + 1, 4, SIZE, SIZE, 3), grey[..., None, None, None], np.uint8)
    named = SimpleNamespace(name=version, start=start, loss=weighted, alpha=1, beta=0.5)
    measured = {"mse": 0.25, "output_diversity": 0.5, "d_accuracy_fake": 1.0}
    watched = pd.DataFrame([{**measured, "mse": 0.1 * epoch} for epoch in range(epochs + 1)])
    return FakeRun(version=named, samples=samples, tint=tint, seed=3, epochs=watched)


def split(count: int, seed: int) -> Split:
    """Men are red at the left, who smiles is blue below; the rest is left to chance."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({name: rng.random(count) < 0.5 for name in ("Male", "Smiling")})
    images = rng.integers(60, 120, (count, SIZE, SIZE, 3), dtype=np.uint8)
    images += rng.integers(0, 60, (count, 1, 1, 3), dtype=np.uint8)
    images[table["Male"], :, :10, 0] += 60
    images[table["Smiling"], 10:, :, 2] += 60
    return Split(images, table)


class Reader:
    """A probe that is as sure of a smile as a picture is bright, and of a man as it is dark."""

    attributes = ("Male", "Smiling")

    def read(self, images: np.ndarray) -> np.ndarray:
        bright = images.mean(axis=(1, 2, 3)) / 255
        return np.column_stack([1 - bright, bright])


PROFILE = Profile("fake", SIZE, 4, 4, EPOCHS, train=60, validation=8, test=40)
DATA = Dataset("fakes", split(60, 1), split(8, 2), split(40, 3), "digest", PROFILE)
RUNS = [fake_run("autoencoder"), fake_run("<i>&amp;", 2, tint=30), fake_run("weighted", tint=90)]


def shown(call: Callable[[], None]) -> str:
    """The HTML that `call` displays."""
    displayed: list = []
    with pytest.MonkeyPatch.context() as patch:
        for module in (edits, forms):
            patch.setattr(module, "display", displayed.append)
        call()
    return "".join(html.data for html in displayed)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with all three players."""
    cells = [new_markdown_cell("# Faces\n\nTo play with.")]
    for call in (
        lambda: edits.smile_plane(RUNS, DATA, Reader()),
        lambda: edits.sum_builder(RUNS[0], DATA),
        lambda: pictures.epoch_player(RUNS, DATA),
    ):
        output = new_output("display_data", data={"text/html": shown(call)})
        cells.append(new_code_cell("play()", outputs=[output]))
    report = assemble(new_notebook(cells=cells), {})
    return render(report, tmp_path_factory.mktemp("page") / "index.html", "Faces")


@pytest.fixture
def page(browser: Browser, path: Path) -> Iterator[Page]:
    """The page, open in an offline browser, where it fetches nothing and complains of nothing."""
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 800})
    requests, complaints = [], []
    context.on("request", lambda request: requests.append(request.url))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda message: complaints.append(message.text))
    page = context.new_page()
    page.goto(path.as_uri())
    expect(page.locator(".plane output")).to_have_text("smile 0, male 0")
    yield page
    assert [u for u in requests if not u.startswith(("data:", "blob:"))] == [path.as_uri()]
    assert complaints == []
    context.close()


def picture(canvas: Locator) -> np.ndarray:
    """What a canvas holds, (h, w, 3) uint8."""
    address = canvas.evaluate("canvas => canvas.toDataURL()")
    content = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def difference(canvas: Locator, image: np.ndarray) -> float:
    """Between a canvas and the image (h, w, 3) uint8 that it should hold: mean, in grey levels."""
    pixels = image.repeat(forms.TILE // SIZE, 0).repeat(forms.TILE // SIZE, 1)
    return np.abs(picture(canvas).astype(float) - pixels).mean()


CLOSE = 0.01  # grey levels: pixels are kept, and enlarged, as they are


# ---------------------------------------------------------------------------- the three players


def test_the_keyboard_moves_a_face_along_smile_and_male(page: Page) -> None:
    player = page.locator(".plane")
    canvas = player.get_by_role("img", name="autoencoder, neutral woman: smile 0, male 0")
    smile = player.get_by_role("slider", name="smile", exact=True)
    before = picture(canvas)
    smile.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    canvas = player.get_by_role("img", name="autoencoder, neutral woman: smile +0.75, male 0")
    assert np.abs(picture(canvas) - before.astype(float)).max() > 10
    assert smile.get_attribute("aria-valuetext") == "+0.75"
    page.keyboard.press("Tab")
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    expect(player.get_by_role("status")).to_have_text("smile +0.75, male −0.5")


def test_the_plane_shows_the_frame_that_its_controls_say(page: Page) -> None:
    player, run = page.locator(".plane"), RUNS[2]
    player.get_by_label("version").select_option("weighted")
    player.get_by_label("face").select_option("neutral man")
    for name, key, presses in (("smile", "End", 1), ("male", "ArrowLeft", 4)):
        player.get_by_role("slider", name=name, exact=True).focus()
        for _ in range(presses):
            page.keyboard.press(key)
    canvas = player.get_by_role("img", name="weighted, neutral man: smile +1.5, male −1")
    z = run.encode(DATA.test.images[[edits._people(DATA.test)["neutral man"]]])
    codes, table = run.encode(DATA.train.images), DATA.train.table
    male, smiling = table["Male"].to_numpy(), table["Smiling"].to_numpy()
    # Each among faces that are alike in the other.
    moved = 1.5 * balanced_vector(codes, smiling, male) - balanced_vector(codes, male, smiling)
    assert difference(canvas, run.decode(z + moved)[0]) < CLOSE
    bright = round(100 * run.decode(z + moved)[0].mean() / 255)
    said = f"read by the probe: smiles {bright} %, male {100 - bright} %"
    expect(player.locator(".numbers")).to_have_text(said)
    assert difference(canvas, run.decode(z)[0]) > 4


def test_the_true_answer_stands_beside_an_edit_where_it_can_be_drawn(monkeypatch) -> None:
    plain = BeautifulSoup(shown(lambda: edits.smile_plane(RUNS, DATA)), "html.parser")
    assert not plain.select("[data-label$='drawn smiling'], [data-read]")
    answers = Split(DATA.test.images[:2] // 2, DATA.test.table[:2])
    monkeypatch.setattr(edits, "true_smiles", lambda split, rows: answers)
    drawn = BeautifulSoup(shown(lambda: edits.smile_plane(RUNS, DATA)), "html.parser")
    (answer,) = drawn.select("canvas[data-label='{face}, drawn smiling']")
    # After all frames of two versions and two people; one of each.
    frames = 2 * 2 * len(edits.STEPS) ** 2
    assert (answer["data-frames"], answer["data-axes"]) == (f"[{frames}]", '{"face": 1}')
    assert "drawn with a smile" in drawn.figcaption.text


def test_other_versions_stand_in_and_are_text() -> None:
    plane = BeautifulSoup(shown(lambda: edits.smile_plane(RUNS[1:], DATA)), "html.parser")
    assert [option.get_text() for option in plane.select("[name=version] option")] == [
        "weighted",
        "<i>&amp;",
    ]


def test_chosen_faces_are_summed(page: Page) -> None:
    player, faces = page.locator(".sum"), edits._people(DATA.test)
    z = dict(zip(faces, RUNS[0].encode(DATA.test.images[[*faces.values()]]), strict=True))
    names = ["smiling woman", "neutral woman", "neutral man"]

    def check() -> None:
        canvas = player.get_by_role("img", name="{} − {} + {}".format(*names))
        result = RUNS[0].decode((z[names[0]] - z[names[1]] + z[names[2]])[None])[0]
        assert difference(canvas, result) < CLOSE
        operand = player.get_by_role("group", name="A").locator("> canvas")
        assert difference(operand, DATA.test.images[faces[names[0]]]) < CLOSE

    check()
    names[0] = "another neutral man"
    player.get_by_role("group", name="A").get_by_role("radio", name=names[0]).click()
    check()
    names[1] = "another neutral woman"
    player.get_by_role("group", name="B").get_by_role("radio", name="neutral woman").first.focus()
    page.keyboard.press("ArrowRight")
    check()


def test_an_epoch_is_chosen_for_all_versions(page: Page) -> None:
    player = page.locator(".epochs")
    epoch = player.get_by_role("slider", name="epoch")
    whole = player.get_by_role("img", name="weighted, epoch 4")
    assert picture(whole).shape == (forms.TILE, 4 * forms.TILE, 3)
    diverged = picture(player.get_by_role("img", name="<i>&amp;, epoch 4"))
    epoch.press("ArrowLeft")
    frame = picture(player.get_by_role("img", name="weighted, epoch 3"))
    brightness = [float(frame[:, i * forms.TILE + 40].mean()) for i in range(4)]
    np.testing.assert_array_equal(brightness, 120 + 22 + 5 * np.arange(4))
    still = picture(player.get_by_role("img", name="<i>&amp;, epoch 3"))
    np.testing.assert_array_equal(still, diverged)
    names = player.locator(".rows p:first-child").all_inner_texts()
    assert names == [
        "input",
        "autoencoder α 1, β 0.5",
        "<i>&amp; α 1, β 0.5 (ends at epoch 2)",
        "weighted α 1, β 0.5",
    ]
    # The numbers of that epoch; of a run that ended before, those of its end.
    said = player.locator(".numbers").all_inner_texts()
    assert said[2] == "mse 0.3, diversity 50%, called fake 100%"
    assert said[1].startswith("mse 0.2,")
    epoch.press("Home")
    expect(player.get_by_role("status")).to_have_text("epoch 0")
    assert picture(player.get_by_role("img", name="autoencoder, epoch 0")).mean() < 15


def test_one_face_of_all_versions_is_shown_large(page: Page) -> None:
    player = page.locator(".epochs")
    whole = player.get_by_role("img", name="weighted, epoch 4")
    small = whole.bounding_box()
    player.get_by_label("faces").select_option("3")
    frame = picture(whole)
    assert frame.shape == (forms.TILE, forms.TILE, 3)
    assert frame.mean() == 160 + 22 + 5 * 2  # the third face
    large = whole.bounding_box()
    assert small and large and large["height"] > 1.4 * small["height"]


def test_output_is_wiped_from_the_input(page: Page) -> None:
    player = page.locator(".epochs")
    view = player.get_by_role("img", name="weighted, epoch 4")
    inputs = picture(player.get_by_role("img", name="input"))
    outputs = picture(view)
    wipe = player.get_by_role("slider", name="output over input")
    wipe.press("Home")
    assert np.array_equal(picture(view), inputs)
    wipe.press("End")
    for _ in range(10):
        wipe.press("ArrowLeft")
    half = picture(view)
    for left in range(0, half.shape[1], forms.TILE):  # every face by itself
        middle = left + forms.TILE // 2
        np.testing.assert_array_equal(half[:, left : middle - 2], outputs[:, left : middle - 2])
        right = slice(middle + 2, left + forms.TILE)
        np.testing.assert_array_equal(half[:, right], inputs[:, right])
    assert wipe.get_attribute("aria-valuetext") == "50 %"


def test_epoch_0_is_what_it_is() -> None:
    """Before training, or another run's end: in the caption and in what stands without scripts."""

    def told(runs: list[FakeRun]) -> list[str]:
        soup = BeautifulSoup(shown(lambda: pictures.epoch_player(runs, DATA)), "html.parser")
        text = " ".join(soup.get_text(" ").split())
        assert text.count("Epoch 0") == 2
        return [part.split(" A row")[0] for part in text.split("Epoch 0: ")[1:]]

    begun = [fake_run(name, start="autoencoder") for name in ("pretrained", "pretrained_mix")]
    longer = fake_run("weighted_long", start="weighted_fast")
    for one in told(RUNS[:1]):
        assert one.startswith("before training.")
    for one in told(begun[:1]):
        assert one.startswith("the finished autoencoder.") and "before training" not in one
    for one in told([RUNS[0], *begun, longer]):
        assert one.startswith(
            "before training; pretrained and pretrained_mix: the finished autoencoder; "
            "weighted_long: the finished weighted_fast."
        )


# ---------------------------------------------------------------------------- everywhere


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = [c.bounding_box() for c in page.locator(".player :is(canvas, select, input)").all()]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 360 for box in boxes)


def test_every_control_has_a_label_and_shows_its_focus(page: Page) -> None:
    controls = page.locator(".player :is(select, input)")
    assert controls.evaluate_all("all => all.map(c => c.labels.length)") == [1] * controls.count()
    outline = "c => getComputedStyle(c.type === 'radio' ? c.nextElementSibling : c).outline"
    page.locator(".plane select").first.focus()
    outlines = {}
    for _ in range(12):  # stops of the Tab key, of which some are elsewhere on the page
        if name := page.evaluate("document.activeElement.name"):
            outlines[name] = page.locator(":focus").evaluate(outline)
        page.keyboard.press("Tab")
    assert list(outlines) == [
        "version",
        "face",
        "smile",
        "male",
        "a",
        "b",
        "c",
        "epoch",
        "wipe",
        "faces",
    ]
    page.evaluate("document.activeElement.blur()")
    for name, with_focus in outlines.items():
        control = page.locator(f"[name={name}]:is(:checked, select, [max])").first
        assert control.evaluate(outline) != with_focus


def test_print_shows_the_grids(page: Page) -> None:
    page.emulate_media(media="print")
    assert all(image.is_visible() for image in page.locator(".sheets img").all())
    assert not any(form.is_visible() for form in page.locator(".player form").all())


def test_without_scripts_the_grids_stand_and_no_control_is_dead(
    browser: Browser, path: Path
) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    images = page.locator(".player img").all()
    assert len(images) == 2 * 2 + (1 + 6) + len(RUNS)
    for image in images:
        box = image.bounding_box()
        assert image.is_visible() and box and min(box["width"], box["height"]) > 30
        assert "faces" in (image.get_attribute("alt") or "")
    assert page.locator(".plane .sheets").get_by_text("weighted, neutral man").is_visible()
    for control in page.locator("input, select, output, canvas, .player button").all():
        assert not control.is_visible()
    context.close()


def test_a_sheet_that_cannot_be_read_leaves_the_grids(browser: Browser, path: Path) -> None:
    broken = path.with_name("broken.html")
    broken.write_text(
        path.read_text().replace("data:image/webp;base64,", "data:image/webp;base64,A")
    )
    page = browser.new_page()
    page.goto(broken.as_uri())
    expect(page.locator(".player form:visible")).to_have_count(0)
    assert page.locator(".sheets").first.is_visible()
    page.close()


@pytest.mark.parametrize(
    "call",
    [
        lambda dataset: edits.smile_plane(RUNS, dataset),
        lambda dataset: edits.sum_builder(RUNS[0], dataset),
    ],
)
@pytest.mark.parametrize("kept", [[], ["Male"]])
def test_without_attributes_a_sentence_says_so(call: Callable, kept: list[str]) -> None:
    plain = [Split(s.images, s.table[kept]) for s in (DATA.train, DATA.validation, DATA.test)]
    text = shown(lambda: call(Dataset("<photos>", *plain, "digest", PROFILE)))
    assert text.startswith("<p>") and "Male and Smiling" in text and "&lt;photos&gt;" in text
    assert "<figure" not in text


def test_without_a_run_there_is_no_player(monkeypatch):
    for module in (edits, forms):
        monkeypatch.setattr(module, "display", lambda _: pytest.fail("something was displayed"))
    edits.smile_plane([], None)
    pictures.epoch_player([], None)
