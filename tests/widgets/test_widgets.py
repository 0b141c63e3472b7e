"""The explorers without a browser: a slider's value goes in, a picture comes out."""

import dataclasses
import io
import json
import re
from inspect import isfunction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ipywidgets import Box, Checkbox, Image, Play, ToggleButtons, Widget
from PIL import Image as Pillow

from aegan_lib import datasets, latent, metrics, widgets
from aegan_lib.arrays import write_arrays
from aegan_lib.dataset import Dataset, Split
from aegan_lib.errors import UserError
from aegan_lib.evaluation import probe
from aegan_lib.evaluation.probe import Probe, find_probe
from aegan_lib.models import build_models, values, weights_of
from aegan_lib.pipeline.example import EXPLORED_SEED
from aegan_lib.profiles import PROFILES, Profile
from aegan_lib.runs import REPORTS, Run, find_run, finish_run
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.store import seal
from aegan_lib.training import run_settings
from aegan_lib.versions import VERSIONS, Version
from aegan_lib.widgets.few import COUNTS, few_faces
from aegan_lib.widgets.loss_table import meaning
from aegan_lib.widgets.material import NO_RUNS, Material, find_material

BATCHES, EPOCHS = 120, 2
EXAMPLE = REPORTS / "example"
SMALL = Profile("small", 20, 4, 4, 1, train=12, validation=8, test=8)


def fake_run(place: Path, version: str, dataset: Dataset, epochs: int = EPOCHS) -> Run:
    """A finished run that nobody trained, of networks loud enough for their pictures to differ."""
    folder, profile = place / version / "seed-0", dataset.profile
    folder.mkdir(parents=True)
    models = build_models(profile.image_size, profile.filters, profile.latent_dim, len(version))
    models.decoder.set_weights([3 * values for values in models.decoder.get_weights()])
    rng = np.random.default_rng(len(version))
    history = pd.DataFrame({"mse": rng.uniform(0.01, 0.1, BATCHES), "bce": 1.0})
    schedule = VERSIONS[version].scaled(profile).beta
    history["beta"] = replay(schedule, history) if callable(schedule) else schedule
    history.to_csv(folder / "history.csv", index=False)
    pd.DataFrame({"epoch": range(epochs + 1), "mse": np.linspace(0.1, 0.01, epochs + 1)}).to_csv(
        folder / "epochs.csv", index=False
    )
    shape = (epochs + 1, 4, profile.image_size, profile.image_size, 3)
    np.save(folder / "samples.npy", rng.integers(0, 256, shape, dtype=np.uint8))
    settings = run_settings(VERSIONS[version], dataset, 0)
    return finish_run(folder, settings, "complete", 1.0, models)


def fake_probe(folder: Path, size: int, names: tuple[str, ...] = ("Male", "Smiling")) -> None:
    folder.mkdir(parents=True)
    write_arrays(folder / probe.WEIGHTS, values(weights_of(probe.classifier(size, len(names)))))
    seal(folder / probe.RECORD, {"attributes": names, "image_size": size})


@pytest.fixture(scope="module")
def material(tmp_path_factory, dataset, tiny) -> Material:
    place = tmp_path_factory.mktemp("runs")
    fake_probe(place / "probe", tiny.image_size)
    runs = tuple(fake_run(place, version, dataset) for version in ("weighted", "v4"))
    return Material(runs, dataset, find_probe(place / "probe", tiny.image_size))


@pytest.fixture
def pictures(tmp_path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def editor(material, pictures) -> widgets.FaceEditor:
    return widgets.face_editor(material, pictures)


@pytest.fixture
def builder(material, pictures) -> widgets.FaceBuilder:
    return widgets.face_builder(material, pictures)


def text(line: Widget) -> str:
    return re.sub("<[^>]*>", "", line.value)


# --- a face and its code --------------------------------------------------------------------------


def test_a_slider_moves_the_edited_face_alone(editor):
    before = [one.image.value for one in (editor.input, editor.reconstruction, editor.edited)]
    assert before[1] == before[2] != before[0]
    editor.sliders["Smiling"].value = 1.5
    after = [one.image.value for one in (editor.input, editor.reconstruction, editor.edited)]
    assert after[:2] == before[:2]
    assert after[2] != before[2]


def test_sliders_add_whole_steps_to_the_code(editor, material, dataset):
    run = material.runs[0]
    z, known = run.encode(dataset.test.images), run.encode(dataset.train.images)
    smiling, male = (dataset.train.table[name].to_numpy() for name in ("Smiling", "Male"))
    smile = latent.balanced_vector(known, smiling, male)  # of women and of men, and their mean
    _, directions = latent.principal_directions(known, 8)
    editor.choose(2)
    editor.sliders["Smiling"].value = -1
    editor.sliders["direction 3"].value = 2
    editor.coordinates.toggle.value = True
    editor.sliders["z5"].value = 3
    z[2] += -smile + 2 * directions[2]
    z[2, 5] += 3 * known[:, 5].std()
    # The compiled decoder rounds differently: by one step of 255 at most.
    difference = editor.edited.pixels.astype(int) - run.decode(z[2:3])[0]
    assert np.abs(difference).max() <= 1


def test_reset_restores_the_reconstruction(editor):
    editor.sliders["Male"].value, editor.sliders["direction 1"].value = 2, -3
    pictures = []
    editor.edited.image.observe(lambda change: pictures.append(change["new"]), "value")
    editor.reset.click()
    assert len(pictures) == 1  # not one for each slider
    assert editor.edited.image.value == editor.reconstruction.image.value
    assert not any(slider.value for slider in editor.sliders.values())


def test_an_attribute_that_no_two_faces_alike_differ_in_gets_no_slider(material, dataset, pictures):
    table = dataset.train.table
    table = table.assign(Bangs=False, Mustache=True, Eyeglasses=table["Male"])
    faces = dataclasses.replace(dataset, train=Split(dataset.train.images, table))
    editor = widgets.face_editor(Material(material.runs, faces), pictures)
    assert [name for name in editor.sliders if name.istitle()] == ["Smiling", "Male"]


def test_a_face_is_chosen_by_its_button(editor, dataset):
    editor.strip.buttons[3].click()
    assert np.array_equal(editor.input.pixels, dataset.test.images[3])
    chosen = [one for one in editor.strip.buttons if "aegan-chosen" in one._dom_classes]
    assert chosen == [editor.strip.buttons[3]]
    assert chosen[0].tooltip.startswith("face 4: ") and chosen[0].tooltip.endswith("(chosen)")


def test_another_run_keeps_the_sliders(editor):
    editor.sliders["Smiling"].value = 1
    before = editor.reconstruction.image.value, editor.edited.image.value
    editor.choice.value = "v4"
    assert editor.sliders["Smiling"].value == 1
    assert editor.reconstruction.image.value != before[0]
    assert editor.edited.image.value != before[1]


def test_the_coordinates_are_made_when_asked_for(editor, tiny):
    before = len(editor.sliders)
    editor.coordinates.toggle.value = True
    assert len(editor.sliders) == before + tiny.latent_dim
    made = editor.sliders["z0"]
    editor.coordinates.toggle.value = False
    editor.coordinates.toggle.value = True
    assert editor.sliders["z0"] is made
    picture = editor.edited.image.value
    for name in (f"z{i}" for i in range(tiny.latent_dim)):
        editor.sliders[name].value = 3
    assert editor.edited.image.value != picture


def test_the_probe_reads_the_edited_face(editor, material):
    editor.sliders["Smiling"].value = 2
    male, smiling = material.probe.read(editor.edited.pixels[None])[0]  # in its own order
    assert text(editor.edited.caption) == f"Smiling {smiling:.0%}, Male {male:.0%}"


def test_without_a_probe_nothing_is_read(material, pictures):
    editor = widgets.face_editor(dataclasses.replace(material, probe=None), pictures)
    assert text(editor.edited.caption) == ""


def test_saving_writes_a_file_and_says_where(editor, pictures):
    editor.sliders["Smiling"].value = 1
    for number in (1, 2):  # the second does not replace the first
        editor.save.click()
        path = pictures / f"weighted-face-1-{number}.png"
        assert text(editor.line) == f"Saved as {path}"
        with Pillow.open(path) as saved:
            assert saved.width > 3 * saved.height > 0
            assert saved.text["Description"] == "weighted, seed 0, test face 1: Smiling +1.0"


def test_what_goes_wrong_is_a_sentence(editor, pictures):
    pictures.touch()  # a file where the folder should be
    editor.save.click()
    assert "File exists" in text(editor.line)
    editor.sliders["Smiling"].value = 2
    assert "File exists" not in text(editor.line)


def test_a_run_without_numbers_is_a_sentence(tmp_path, dataset, pictures):
    run = fake_run(tmp_path, "weighted", dataset)
    broken = [np.full_like(values, np.nan) for values in run.models.encoder.get_weights()]
    run.models.encoder.set_weights(broken)
    material = Material((dataclasses.replace(run, outcome="diverged at epoch 1"),), dataset)
    material.runs[0].__dict__["models"] = run.models
    editor = widgets.face_editor(material, pictures)
    assert "no codes to move in: diverged at epoch 1" in text(editor.line)
    assert "no codes" in text(widgets.face_builder(material, pictures).line)


def test_codes_that_do_not_vary_stay_where_they_are(tmp_path, dataset, pictures):
    run = fake_run(tmp_path, "weighted", dataset)
    run.models.encoder.set_weights([0 * values for values in run.models.encoder.get_weights()])
    editor = widgets.face_editor(Material((run,), dataset), pictures)
    before = editor.edited.image.value
    editor.sliders["direction 1"].value = editor.sliders["Smiling"].value = 2
    assert editor.edited.image.value == before
    assert text(editor.line) == ""


# --- A − B + C ------------------------------------------------------------------------------------


def test_the_example_is_the_documents(builder, material, dataset):
    attributes = dataset.test.attributes
    for group, (smiling, male) in {"A": (1, 0), "B": (0, 0), "C": (0, 1)}.items():
        members = builder.groups[group]
        assert len(members) == 3
        assert (attributes["Smiling"][members] == smiling).all()
        assert (attributes["Male"][members] == male).all()
    run = material.runs[0]
    z = run.encode(dataset.test.images)
    expected = run.decode(
        latent.arithmetic(*(z[members] for members in builder.groups.values()))[None]
    )
    assert np.abs(builder.result.pixels.astype(int) - expected[0]).max() <= 1


def test_picks_join_move_and_leave(builder):
    builder.clear.click()
    builder.strip.buttons[4].click()
    builder.group.value = "C"
    builder.strip.buttons[7].click()
    assert builder.groups == {"A": [4], "B": [], "C": [7]}
    assert text(builder.line) == "Pick at least one face for B."
    assert builder.result.image.layout.visibility == "hidden"
    builder.strip.buttons[4].click()  # from A to C
    assert builder.groups == {"A": [], "B": [], "C": [7, 4]}
    assert builder.strip.buttons[4].description == "C"
    builder.strip.buttons[4].click()  # and out
    assert builder.groups["C"] == [7]
    assert builder.strip.buttons[4].description == ""


def test_the_result_follows_picks_and_strength(builder):
    before = builder.result.image.value
    builder.strip.buttons[builder.groups["A"][0]].click()
    assert builder.result.image.value != before
    before = builder.result.image.value
    builder.choice.value = "v4"
    assert builder.result.image.value != before
    builder.strength.value = 0
    assert np.array_equal(builder.result.pixels, builder.pictures["C"].pixels)


def test_a_sum_is_saved_only_when_there_is_one(builder, pictures):
    builder.save.click()
    assert (pictures / "weighted-sum-1.png").exists()
    builder.clear.click()
    builder.save.click()
    assert "each of A, B and C needs a face" in text(builder.line)
    assert len(list(pictures.iterdir())) == 1


@pytest.mark.parametrize("make", [widgets.face_editor, widgets.face_builder])
def test_a_run_without_codes_shows_and_saves_no_other_runs_faces(
    material, pictures, tmp_path, dataset, make
):
    broken = fake_run(tmp_path, "gan", dataset)
    broken.models.encoder.set_weights([v * np.nan for v in broken.models.encoder.get_weights()])
    explorer = make(dataclasses.replace(material, runs=(*material.runs, broken)), pictures)
    if hasattr(explorer, "pick_example"):
        explorer.pick_example()
    drawn = getattr(explorer, "edited", None) or explorer.result
    assert not drawn.hidden
    explorer.choice.value = "gan"
    assert drawn.hidden
    explorer.save.click()
    assert "Nothing to save" in text(explorer.line)
    assert not pictures.exists()
    explorer.choice.value = "v4"
    assert not drawn.hidden


@pytest.mark.parametrize(
    ("weights", "meant"),
    [
        ((1, 0.1), "a better reconstruction and to fool the discriminator"),
        ((-1, 0), "a worse reconstruction"),
        ((0.2, -0.5), "a better reconstruction and to be found out by the discriminator"),
        ((0, 0), "nothing"),
        ((1, np.inf), "nothing defined: it divides by 0"),
    ],
)
def test_what_weights_ask_for_in_words(weights, meant):
    assert meaning(*weights) == meant


# --- losses and schedule --------------------------------------------------------------------------


def test_losses_at_a_point_worked_by_hand():
    table = widgets.loss_values(mse=0.05, bce=5.0, alpha=1.0, beta=0.005)
    assert np.allclose(table.loc["weighted"], [0.05 + 0.025, 1, 0.005])
    assert np.allclose(table.loc["inverse"], [0.05 + 0.5, 1 - 0.025 / 0.0025, 0.1], rtol=1e-5)
    assert np.allclose(table.loc["inverse_detached"], [0.55, 1, 0.1])
    assert np.allclose(table.loc["min_ceiling"], [0.1, 2, 0])
    assert set(table.index) == {
        version.loss.__name__ for version in VERSIONS.values() if isfunction(version.loss)
    }


def test_the_loss_explorer_lists_versions_of_ones_own(monkeypatch):
    def halved(mse, bce, alpha, beta):
        return (alpha * mse + beta * bce) / 2

    mine = Version("mine", halved, alpha=1, beta=1, learning_rate=1e-4)
    monkeypatch.setitem(VERSIONS, "mine", mine)
    table = widgets.loss_values(mse=0.05, bce=5.0, alpha=1.0, beta=0.005)
    assert np.allclose(table.loc["halved"], [0.0375, 0.5, 0.0025])
    assert "halved" in widgets.loss_explorer().table.value


def test_the_loss_explorer_follows_its_sliders():
    explorer = widgets.loss_explorer()
    assert explorer.table.value.count('class="negative"') == 1  # v1 asks for worse reconstruction
    before = explorer.table.value
    explorer.sliders["mse"].value = 1.0
    assert explorer.table.value != before
    assert 'class="negative"' not in explorer.table.value
    explorer.sliders["mse"].value, explorer.sliders["alpha"].value = 0.0001, 0
    assert explorer.table.value.count("nothing defined: it divides by 0") == 2


def test_the_schedule_starts_as_the_run_had_it(material, tiny):
    explorer = widgets.schedule_explorer(material)
    assert explorer.choice.value == "v4"
    assert explorer.schedule == VERSIONS["v4"].scaled(tiny).beta


def test_the_schedule_explorer_counts_batches_at_the_ceiling(material):
    explorer = widgets.schedule_explorer(material)
    before = explorer.picture.value
    explorer.scale.value, explorer.window.value, explorer.ceiling.value = 1e-4, 10, 0.1
    assert explorer.picture.value != before
    mse = material.runs[1].history["mse"].to_numpy()
    slope = np.abs(mse[10:-1] - mse[:-11]) / 10  # of the batches before the 12th and later ones
    capped = int((1e-4 / slope >= 0.1).sum())
    assert 0 < capped < BATCHES
    assert f"{capped} of {BATCHES} batches ({capped / BATCHES:.1%}) at the ceiling" in text(
        explorer.line
    )
    assert replay(SlopeSchedule(1e-4, 10, 0.1), {"mse": mse}).max() == 0.1


def test_the_schedule_runs_over_any_runs_losses(material):
    explorer = widgets.schedule_explorer(material)
    said = text(explorer.line)
    explorer.choice.value = "weighted"
    assert text(explorer.line) != said
    other = widgets.schedule_explorer(Material(material.runs[:1]))
    assert other.schedule == SlopeSchedule()


def test_the_schedule_runs_over_runs_that_were_made_small():
    small = [find_run(EXAMPLE / "runs" / name / f"seed-{EXPLORED_SEED}") for name in ("v4", "gan")]
    assert all(list(run.history) == ["mse"] for run in small)
    explorer = widgets.schedule_explorer(Material(tuple(small)))
    for change in (lambda: None, lambda: setattr(explorer.choice, "value", "gan")):
        before = explorer.picture.value
        change()
        explorer.scale.value = 1e-6 if explorer.scale.value == 1e-5 else 1e-5
        assert explorer.picture.value != before
        assert "at the ceiling. Median β" in text(explorer.line)
        assert "bce" not in text(explorer.line)  # which these do not have


# --- epochs ---------------------------------------------------------------------------------------


def test_the_scrubber_shows_every_run_at_one_epoch(material):
    scrubber = widgets.epoch_scrubber(material)
    before = scrubber.picture.value
    assert scrubber.epoch.value == EPOCHS
    scrubber.epoch.value = 0
    assert scrubber.picture.value != before
    assert text(scrubber.labels) == "inputweightedepoch 0mse 0.1000v4epoch 0mse 0.1000"
    height = height_of(scrubber.picture)
    scrubber.shown[0].value = False
    assert text(scrubber.labels) == "inputv4epoch 0mse 0.1000"
    assert height_of(scrubber.picture) == 2 * (height + 4) / 3 - 4  # a gap of 4 between rows


def test_epoch_0_of_a_run_that_starts_from_another_is_that_ones_end(tmp_path, dataset):
    run = fake_run(tmp_path, "pretrained", dataset)
    scrubber = widgets.epoch_scrubber(Material((run,), dataset))
    scrubber.epoch.value = 1
    assert "finished" not in text(scrubber.labels)
    scrubber.epoch.value = 0
    assert "pretrainedepoch 0: the finished autoencodermse" in text(scrubber.labels)


def height_of(picture: Image) -> int:
    return Pillow.open(io.BytesIO(picture.value)).height


def test_a_run_that_ended_early_stays_at_its_last_epoch(tmp_path, dataset):
    runs = [
        fake_run(tmp_path, "weighted", dataset),
        fake_run(tmp_path, "v5", dataset, 1),
    ]
    scrubber = widgets.epoch_scrubber(Material(tuple(runs), dataset))
    assert "v5epoch 1 (its last)" in text(scrubber.labels)
    scrubber.shown[0].value = False
    before = scrubber.picture.value
    scrubber.epoch.value = 1
    assert scrubber.picture.value == before
    assert "its last" not in text(scrubber.labels)


# --- the question as a slider ---------------------------------------------------------------------


def test_the_weight_is_a_slider_over_the_runs_that_had_it(tmp_path, dataset):
    names = ("weighted-beta=0.02", "weighted", "autoencoder_slow", "v4")
    runs = {name: fake_run(tmp_path, name, dataset) for name in names}
    explorer = widgets.weighing(Material(tuple(runs.values()), dataset))
    assert [label for label, _ in explorer.beta.options] == ["0", "0.005", "0.02"]
    assert explorer.beta.value == 0.005
    outputs = runs["weighted"].reconstruct(dataset.test.images)
    psnr = metrics.psnr(dataset.test.images, outputs).mean()
    assert f"β = 0.005PSNR {psnr:.1f} dBshared detail" in text(explorer.labels)
    before, height = explorer.picture.value, height_of(explorer.picture)
    explorer.beta.value = 0.02
    assert explorer.picture.value != before
    # Whatever is no point of the sweep can stand beside it.
    assert explorer.beside.options == ("nothing", "v4")
    explorer.beside.value = "v4"
    assert "β = 0.02PSNR" in text(explorer.labels) and "v4PSNR" in text(explorer.labels)
    assert height_of(explorer.picture) == 3 * (height + 4) / 2 - 4


def test_without_a_fixed_weight_it_says_how_to_train_some(tmp_path, dataset):
    run = fake_run(tmp_path, "v4", dataset)
    assert "make report VERSIONS" in text(widgets.weighing(Material((run,), dataset)))


# --- all of them ----------------------------------------------------------------------------------


def test_without_runs_each_says_how_to_make_some(pictures):
    nothing = Material()
    for made in (
        widgets.face_editor(nothing, pictures),
        widgets.face_builder(nothing, pictures),
        widgets.weighing(nothing),
        widgets.schedule_explorer(nothing),
        widgets.epoch_scrubber(nothing),
    ):
        assert text(made) == NO_RUNS
    without_faces = Material(runs=("a run",))
    assert "no faces" in text(widgets.face_editor(without_faces, pictures))
    assert "no faces" in text(widgets.epoch_scrubber(without_faces))


def everything(box: Widget) -> list[Widget]:
    inside = box.children if isinstance(box, Box) else ()
    return [box, *(found for child in inside for found in everything(child))]


def test_every_control_has_a_name(editor, builder, material):
    editor.coordinates.toggle.value = editor.more.toggle.value = True
    others = [make(material) for make in (widgets.schedule_explorer, widgets.epoch_scrubber)]
    others.append(widgets.loss_explorer())
    controls = [
        one
        for box in (editor, builder, *others)
        for one in everything(box)
        if one.has_trait("disabled")
    ]
    assert len(controls) > 60
    for one in controls:
        hint = one.tooltips if isinstance(one, ToggleButtons) else one.tooltip
        assert one.description or hint or isinstance(one, Play), one
    # An Image with a tooltip is not drawn at all, see `Picture`.
    pictures = [one for box in (editor, builder, *others) for one in everything(box)]
    assert not any(one.tooltip for one in pictures if isinstance(one, Image))
    assert all(one.description for one in controls if isinstance(one, Checkbox))


def test_ipywidgets_is_imported_here_alone():
    library = Path(widgets.__file__).parents[1]
    importing = {
        path.parent.name
        for path in library.rglob("*.py")
        if re.search(r"^\s*(import|from) ipywidgets", path.read_text(), re.MULTILINE)
    }
    assert importing == {"widgets"}


# --- what there is to play with -------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """An example of two runs and a probe, and one run of one's own, all at smoke size."""
    place, smoke = tmp_path_factory.mktemp("place"), PROFILES["smoke"]
    faces = Dataset("faces", *3 * [Split(np.zeros((0, 20, 20, 3)), pd.DataFrame())], "", smoke)
    for version in ("autoencoder", "v4"):
        fake_run(place / "example" / "runs", version, faces)
    fake_probe(place / "example" / "probe", smoke.image_size)
    fake_run(place / "own" / "faces-smoke", "v4", faces)
    return place


@pytest.fixture
def few(monkeypatch) -> None:
    monkeypatch.setattr("aegan_lib.widgets.few.COUNTS", {"train": 8, "validation": 4, "test": 4})


def find(
    place: Path,
    versions: str = "autoencoder v4 v5",
    seed: int = 0,
    example: str = "",
    **changes: object,
) -> Material:
    request = {"profile": "smoke", "reports": place / "own", "data": place / "data"} | changes
    return find_material(request, versions, seed, example or place / "example")


def test_ones_own_runs_come_first(place, few):
    material = find(place)
    assert [run.folder for run in material.runs] == [
        place / "own" / "faces-smoke" / "v4" / "seed-0"
    ]
    assert "1 finished run, your own: `v4`" in material._repr_markdown_()
    assert isinstance(material.probe, Probe)  # the example's, since there is none of one's own
    assert not (place / "data").exists()  # nothing is prepared, only drawn


@pytest.mark.parametrize("changes", [{"reports": "nowhere"}, {"profile": "quick"}, {"seed": 7}])
def test_the_example_stands_in(place, few, changes):
    material = find(place, **changes)
    assert [run.version.name for run in material.runs] == ["autoencoder", "v4"]
    images = material.dataset.test.images
    assert images.shape == (4, 20, 20, 3)  # the runs' size, whatever was asked
    assert "the example's" in material.notes[0] and "you have none" in material.notes[0]


def test_with_nothing_at_all_the_notes_say_what_to_do(place):
    material = find(place, reports="nowhere", example="nowhere")
    assert material == Material(notes=(NO_RUNS,))
    assert material.benches is None


@pytest.mark.parametrize("versions", ["", "all", "documents, rules"])
def test_a_group_is_its_versions_and_nothing_is_all_of_them(versions, place, few):
    material = find(place, versions=versions, reports="nowhere")
    assert [run.version.name for run in material.runs] == ["autoencoder", "v4"]


@pytest.mark.parametrize("changes", [{"profile": "huge"}, {"dataset": "mnist"}])
def test_an_unknown_name_is_a_note(place, changes):
    material = find(place, **changes)
    assert not material.runs
    assert material.notes[0].startswith("Unknown ")


def test_a_damaged_run_is_left_out_and_named(place, few, dataset, tmp_path):
    faces = dataclasses.replace(dataset, name="faces", profile=PROFILES["smoke"])
    for version in ("autoencoder", "v4"):
        fake_run(tmp_path / "faces-smoke", version, faces)
    (tmp_path / "faces-smoke" / "v4" / "seed-0" / "history.csv").write_text("")
    material = find(place, reports=tmp_path, example="nowhere")
    assert [run.version.name for run in material.runs] == ["autoencoder"]
    assert "is damaged: history.csv" in material.notes[0]
    assert "no probe" in material.notes[-1]


def test_a_run_of_older_code_is_left_out_and_named(place, few, dataset, tmp_path):
    smoke = dataclasses.replace(dataset, profile=PROFILES["smoke"])
    run = fake_run(tmp_path / "faces-smoke", "v4", smoke)
    record = json.loads((run.folder / "run.json").read_text())
    del record["files"]["epochs.csv"]
    (run.folder / "run.json").write_text(json.dumps(record))
    (run.folder / "epochs.csv").unlink()
    material = find(place, reports=tmp_path, example="nowhere")
    assert not material.runs
    assert "older code and lacks epochs.csv" in material.notes[0]


def test_few_faces_are_the_first_of_the_dataset(tmp_path, monkeypatch):
    counts = {"train": 5, "validation": 2, "test": 6}
    monkeypatch.setattr("aegan_lib.widgets.few.COUNTS", counts)
    drawn, said = few_faces("faces", SMALL, tmp_path)
    assert "drawn in" in said
    whole = datasets.load("faces", SMALL, tmp_path, progress=False)
    taken, said = few_faces("faces", SMALL, tmp_path)
    assert "out of faces-20px-28" in said
    assert drawn.profile == taken.profile == SMALL.fitted(counts)
    for split, count in counts.items():
        for one in (drawn, taken):
            part = getattr(one, split)
            assert np.array_equal(part.images, getattr(whole, split).images[:count])
            pd.testing.assert_frame_equal(part.attributes, getattr(whole, split).attributes[:count])


def test_runs_of_faces_that_are_drawn_otherwise_now_are_told(tmp_path):
    whole = datasets.load("faces", SMALL, tmp_path, progress=False)
    _, same = few_faces("faces", SMALL, tmp_path, whole.digest)
    _, other = few_faces("faces", SMALL, tmp_path, "a digest of earlier faces")
    assert "drawn differently since" in other
    assert "drawn differently since" not in same


def test_few_faces_are_enough_for_samples_and_strips():
    from aegan_lib.watching import SAMPLES
    from aegan_lib.widgets.editor import FACES

    assert COUNTS["validation"] >= SAMPLES
    assert COUNTS["test"] >= FACES


def test_a_probe_is_found_but_never_trained(tmp_path):
    assert find_probe(tmp_path, 20) is None
    fake_probe(tmp_path / "probe", 20)
    assert find_probe(tmp_path / "probe", 40) is None  # of faces of another size
    found = find_probe(tmp_path / "probe", 20)
    assert found.read(np.zeros((2, 20, 20, 3), np.uint8)).shape == (2, 2)
    (tmp_path / "probe" / probe.WEIGHTS).write_bytes(b"")
    with pytest.raises(UserError, match="is damaged or of other code"):
        find_probe(tmp_path / "probe", 20)
