"""Versions from a file of one's own: registered like the library's, and refused with the line."""

import dataclasses
import os

import pytest

from aegan_lib import losses
from aegan_lib.errors import UserError
from aegan_lib.extras import read_versions, register
from aegan_lib.profiles import PROFILES
from aegan_lib.runs import find_run
from aegan_lib.training import run_settings, train
from aegan_lib.versions import VERSIONS, Version, recorded, training_order
from tests.own_versions import OWN

LOSS = "def loss(mse, bce, alpha, beta):\n    return HELPED * mse\n"
HEAD = "from aegan_lib import Version, losses\n"


def written(folder, text, name="mine.py"):
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_of_versions_is_registered_beside_the_librarys(own_versions):
    assert list(VERSIONS)[-2:] == ["hinged", "late"]
    hinged, late = VERSIONS["hinged"], VERSIONS["late"]
    assert float(hinged.loss(mse=0.5, bce=0.2, alpha=1, beta=10)) == 1.5
    # Any schedule scales itself, and one that does not is left as it is.
    assert late.scaled(PROFILES["quick"]).beta.beta == 5e-9
    assert hinged.scaled(PROFILES["quick"]).beta == 10
    assert training_order(["hinged"]) == ["autoencoder", "hinged"]


def test_a_run_of_ones_own_version_is_a_run_like_any_other(own_versions, dataset, tmp_path):
    run = train("late", dataset, reports=tmp_path, progress=False)
    again = find_run(run.folder)
    assert again.version == VERSIONS["late"].scaled(dataset.profile)
    assert run.history["beta"].tolist() == [0] * 4 + [again.version.beta.beta] * 4
    assert again.settings["version"]["beta"] == {"extra_own.Late": {"start": 4, "beta": 2e-7}}
    assert train("late", dataset, reports=tmp_path, progress=False).provenance == run.provenance
    # Without its file nobody knows what it was.
    del VERSIONS["late"]
    with pytest.raises(UserError, match=r"'extra_own.Late' of a finished run is not known.*EXTRA"):
        recorded(run.settings["version"])


def test_all_of_the_file_decides_whether_a_run_is_loaded(own_versions, dataset, tmp_path):
    path = written(tmp_path, f"HELPED = 2\n{LOSS}{HEAD}mine = Version('mine', loss, 1, 0, 1e-4)\n")
    (mine,) = read_versions(path)
    before = run_settings(mine, dataset, 0)
    assert before == run_settings(mine, dataset, 0)
    written(tmp_path, path.read_text().replace("HELPED = 2", "HELPED = 3"))
    (changed,) = read_versions(path)
    assert run_settings(changed, dataset, 0) != before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", r"There is no version in .*mine.py. Expected: at least one"),
        (f"{HEAD}base = losses\nx = 1 / 0\n", r"mine.py, line 3: ZeroDivisionError"),
        ("x = (\n", r"mine.py, line 1: SyntaxError"),
        ("import nowhere_at_all\n", r"mine.py, line 1: ModuleNotFoundError"),
        (f"{HEAD}v = Version('mine', losses.weighted, 1, -2, 1e-4)\n",
         r"mine.py, line 2: beta of version 'mine' must be a finite number.*Received: -2"),
        (f"{HEAD}v = Version('v1', losses.weighted, 1, 0, 1e-4)\n", r"'v1' is the library's own"),
        (f"{HEAD}v = Version('My own', losses.weighted, 1, 0, 1e-4)\n", r"Received: 'My own'"),
        (f"{HEAD}v = Version('../x', losses.weighted, 1, 0, 1e-4)\n", r"Received: '../x'"),
        (f"{HEAD}v = Version('mine', losses.weighted, 1, 0, 1e-4, start='v9')\n",
         r"needs an unknown one.*Received: 'v9'"),
        (f"{HEAD}v = Version('mine', lambda mse: mse, 1, 0, 1e-4)\n",
         r"called as loss\(mse, bce, alpha, beta\)"),
        ("raise SystemExit\n", r"mine.py, line 1: SystemExit: . Expected: a file that Python"),
        (f"{HEAD}v = Version('mine', losses, 1, 0, 1e-4)\n", r"loss of version 'mine' must be"),
        (f"{HEAD}v = Version('mine', losses.weighted, 1, '0', 1e-4)\n", r"or a schedule.*'0'"),
        (f"{HEAD}v = Version('mine', losses.weighted, True, 0, 1e-4)\n", r"alpha .*: True"),
        (f"{HEAD}v = Version(7, losses.weighted, 1, 0, 1e-4)\n", r"name .*must be a text.*: 7"),
        (f"{HEAD}v = Version('mine', losses.weighted, 1, lambda history: None, 1e-4)\n",
         r"schedule of version 'mine' fails after 0 batches.*TypeError"),
        (f"{HEAD}v = Version('mine', losses.weighted, 1, lambda history: history.mse, 1e-4)\n",
         r"schedule of version 'mine' fails after 0 batches.*AttributeError"),
        (f"{HEAD}v = Version('mine', losses.weighted, 1, lambda history: float('nan'), 1e-4)\n",
         r"schedule of version 'mine' fails after 0 batches.*0 or more.*Received: .* nan"),
        (f"{HEAD}v = Version('mine', losses.weighted, 1, lambda history: -1, 1e-4)\n",
         r"schedule of version 'mine' fails after 0 batches.*0 or more.*Received: .* -1.0"),
        (f"{HEAD}exec('def f(mse, bce, alpha, beta): return mse')\n"
         "v = Version('mine', f, 1, 0, 1e-4)\nw = Version('mine', f, 1, 1, 1e-4)\n",
         r"Two versions in .*mine.py have one name.*Received: 'mine' more than once"),
        (f"{HEAD}scope = {{}}\nexec('def f(mse, bce, alpha, beta): return mse', scope)\n"
         "v = Version('mine', scope['f'], 1, 0, 1e-4)\n", r"cannot be read.*known by it"),
        (f"{HEAD}first = Version('first', losses.weighted, 1, 0, 1e-4)\n"
         "second = Version('Second', losses.weighted, 1, 0, 1e-4)\n", r"Received: 'Second'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path, text, message):
    before = dict(VERSIONS)
    with pytest.raises(UserError, match=message) as caught:
        read_versions(written(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert before == VERSIONS


def test_a_file_that_is_not_there_or_no_python_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"nowhere.py cannot be read \(No such file"):
        read_versions(tmp_path / "nowhere.py")
    with pytest.raises(UserError, match=r"a path that ends in .py. Received: .*mine.txt"):
        read_versions(written(tmp_path, OWN, "mine.txt"))


def test_a_path_that_leads_to_no_plain_file_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")  # it would be waited for
    (tmp_path / "folder.py").mkdir()
    for name in ("pipe.py", "folder.py"):
        with pytest.raises(UserError, match=rf"a plain file. Received: .*{name}, which is none"):
            read_versions(tmp_path / name)
    (tmp_path / "circle.py").symlink_to(tmp_path / "circle.py")
    for name in ("circle.py", "x\0.py"):
        with pytest.raises(UserError, match=r"cannot be (resolved|read)"):
            read_versions(tmp_path / name)


def test_a_version_that_is_only_a_librarys_again_adds_nothing(tmp_path):
    text = "from aegan_lib import VERSIONS\nbase = VERSIONS['weighted']\n"
    with pytest.raises(UserError, match="There is no version in"):
        read_versions(written(tmp_path, text))


@pytest.mark.parametrize(
    ("loss", "received"),
    [
        (lambda mse, bce, alpha, beta: undefined, "NameError: name 'undefined'"),  # noqa: F821
        (lambda mse, bce, alpha, beta: [mse, bce], "a value of shape (2,)"),
        (lambda mse, bce, alpha, beta: mse if mse < bce else bce, "as a Python `bool`"),
    ],
)
def test_a_loss_that_cannot_be_trained_is_refused_before_training(
    loss, received, dataset, tmp_path
):
    version = Version("mine", loss, 1, 0, 1e-4)
    with pytest.raises(UserError, match="gives a scalar") as caught:
        train(version, dataset, reports=tmp_path, progress=False)
    assert received in str(caught.value) and "\n" not in str(caught.value)
    assert not any(tmp_path.iterdir())


def test_registering_again_replaces_ones_own():
    first = Version("mine", losses.weighted, 1, 0.1, 1e-4)
    second = dataclasses.replace(first, beta=0.2)
    register(first)
    register(second)
    assert VERSIONS["mine"].beta == 0.2


def test_a_circle_of_starts_is_refused():
    register(Version("first", losses.weighted, 1, 0, 1e-4))
    register(Version("second", losses.weighted, 1, 0, 1e-4, start="first"))
    for start in ("first", "second"):
        with pytest.raises(UserError, match=f"'first' would need itself.*{start}"):
            register(Version("first", losses.weighted, 1, 0, 1e-4, start=start))
        with pytest.raises(UserError, match=f"'first' would need itself.*{start}"):
            register(Version("first", losses.weighted, 1, 0, 1e-4, reference=start))
