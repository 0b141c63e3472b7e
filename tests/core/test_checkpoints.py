"""An interrupted run goes on and ends with the same bytes as one that was not."""

import dataclasses
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from aegan_lib import checkpoints, store, training
from aegan_lib.checkpoints import Training
from aegan_lib.ending import ending
from aegan_lib.errors import UserError
from aegan_lib.runs import CHECKPOINTS, find_run
from aegan_lib.schedules import SlopeSchedule
from aegan_lib.training import train
from aegan_lib.versions import VERSIONS

ROOT = Path(__file__).resolve().parents[2]
FILES = ("history.csv", "epochs.csv", "samples.npy", "last.npz", "best.npz")
V4 = dataclasses.replace(VERSIONS["v4"], name="v4_short", beta=SlopeSchedule(2e-4, 3, 1.0))


def growing(history):
    """Beyond what float32 can hold at the sixth batch."""
    return 10.0 ** (8 * len(history["mse"]))


def misspelt(history):
    return 0.001 * len(history["loss"])


DIVERGING = dataclasses.replace(VERSIONS["weighted"], name="diverging", beta=growing)


class KilledError(BaseException):
    """Ends the process's training wherever it is raised."""


@pytest.fixture(scope="module")
def longer(dataset):
    """Three epochs of four batches."""
    return dataclasses.replace(dataset, profile=dataclasses.replace(dataset.profile, epochs=3))


@pytest.fixture(scope="module")
def unbroken(longer, tmp_path_factory):
    """A version's run that nothing interrupted, trained once."""
    made = {}

    def run(version):
        if version.name not in made:
            reports = tmp_path_factory.mktemp("unbroken")
            made[version.name] = train(version, longer, reports=reports, progress=False)
        return made[version.name]

    return run


def contents(run):
    return {name: (run.folder / name).read_bytes() for name in FILES}


def interrupt(monkeypatch, version, dataset, reports, batches, place=training, what="show"):
    """Train until the `batches`-th call of a function that is called once a batch."""
    calls = []

    def killing(*arguments):
        calls.append(1)
        if len(calls) == batches:
            raise KilledError
        return original(*arguments)

    original = getattr(place, what)
    with monkeypatch.context() as patch:
        patch.setattr(place, what, killing)
        with pytest.raises(KilledError):
            train(version, dataset, reports=reports, progress=False)


@pytest.mark.parametrize("batches", [1, 4, 5, 7, 12])
def test_an_interrupted_run_ends_with_the_same_bytes(
    monkeypatch, unbroken, longer, tmp_path, batches
):
    interrupt(monkeypatch, V4, longer, tmp_path, batches)
    run = train(V4, longer, reports=tmp_path, progress=False)
    assert contents(run) == contents(unbroken(V4))
    kept = (batches - 1) // 4 * 4  # the end of the last whole epoch
    assert run.provenance.get("resumed", []) == ([{"after": kept}] if kept else [])
    assert {path.name for path in run.folder.iterdir()} == {*FILES, "run.json"}


def test_three_interruptions_in_a_row(monkeypatch, unbroken, longer, tmp_path):
    for batches in (6, 5, 3):
        interrupt(monkeypatch, V4, longer, tmp_path, batches)
    run = train(V4, longer, reports=tmp_path, progress=False)
    assert contents(run) == contents(unbroken(V4))
    # Those times that got as far as another checkpoint, and the last.
    assert [entry["after"] for entry in run.provenance["resumed"]] == [4, 8]


@pytest.mark.parametrize(
    "version", [*map(VERSIONS.get, ("v1", "pretrained", "shares", "constraint")), DIVERGING]
)
def test_whatever_the_version(monkeypatch, unbroken, longer, tmp_path, version):
    reference = unbroken(version)
    rows = len(reference.history)
    # What it needs is there already: it is the version itself that is interrupted.
    needed = shutil.ignore_patterns(version.name)
    shutil.copytree(reference.folder.parents[1], tmp_path / "blobs-tiny", ignore=needed)
    interrupt(monkeypatch, version, longer, tmp_path, min(9, rows))
    run = train(version, longer, reports=tmp_path, progress=False)
    assert run.provenance["resumed"] == [{"after": 8 if rows > 9 else 4}]
    assert contents(run) == contents(reference)
    assert run.outcome == reference.outcome


def test_the_diverging_run_does_diverge(unbroken):
    run = unbroken(DIVERGING)
    assert run.diverged
    assert len(run.history) == 6


@pytest.mark.parametrize(
    ("place", "what", "at"),
    [
        (store, "write_arrays", 2),  # nothing of the second checkpoint is written
        (store, "read_arrays", 2),  # written, not yet in its place
        (training, "write_checkpoint", 2),  # the epoch is over and looked at
        (training, "finish_run", 1),
    ],
)
def test_wherever_it_is_interrupted(monkeypatch, unbroken, longer, tmp_path, place, what, at):
    interrupt(monkeypatch, V4, longer, tmp_path, at, place, what)
    run = train(V4, longer, reports=tmp_path, progress=False)
    assert contents(run) == contents(unbroken(V4))
    assert {path.name for path in run.folder.iterdir()} == {*FILES, "run.json"}


def test_interrupted_again_while_its_history_is_written_anew(
    monkeypatch, unbroken, longer, tmp_path
):
    interrupt(monkeypatch, V4, longer, tmp_path, 10)
    for place, what in ((training, "_write_rows"), (store, "sync")):
        interrupt(monkeypatch, V4, longer, tmp_path, 1, place, what)
    run = train(V4, longer, reports=tmp_path, progress=False)
    assert run.provenance["resumed"] == [{"after": 8}]  # neither got as far as another checkpoint
    assert contents(run) == contents(unbroken(V4))


FORGOTTEN = {
    "the first moments": lambda a: {k: v for k, v in a.items() if not adam(k, 2)},
    "how many updates there were": lambda a: {k: v for k, v in a.items() if not adam(k, 0)},
    "the other side's moments": lambda a: {
        k: v for k, v in a.items() if "discriminator_adam" not in k
    },
    "the weights": lambda a: {k: v for k, v in a.items() if not k.startswith("variable/decoder")},
    "the history": lambda a: a | {k: v[:3] for k, v in a.items() if k.startswith("history/")},
    "the epochs": lambda a: a | {k: v[:1] for k, v in a.items() if k.startswith("epochs/")},
    "the best weights": lambda a: a | {k: v * 0 for k, v in a.items() if k.startswith("best/")},
    "the samples": lambda a: a | {"samples": a["samples"] * 0},
}


def adam(name: str, index: int) -> bool:
    return name.startswith("variable/generator_adam/") and int(name.rsplit("/", 1)[1]) == index


# At an absurd learning rate the best epoch is behind it, and its weights matter.
WILD = dataclasses.replace(VERSIONS["autoencoder"], name="wild", learning_rate=1e-2)


@pytest.fixture(scope="module")
def interrupted(longer, tmp_path_factory):
    """Where WILD was interrupted after two of three epochs."""
    reports = tmp_path_factory.mktemp("interrupted")
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, WILD, longer, reports, 11)
    return reports


@pytest.mark.parametrize("what", FORGOTTEN)
def test_every_item_of_a_checkpoint_is_needed(
    monkeypatch, unbroken, interrupted, longer, tmp_path, what
):
    """So that it is seen if one is forgotten: with it left out, the bytes are others."""

    def forgetful(training: Training, arrays, about):
        short = FORGOTTEN[what](arrays)
        # What is left out stays as it is before training.
        for name, variable in checkpoints._variables(training).items():
            short.setdefault(f"variable/{name}", np.asarray(variable))
        if what == "the epochs":
            short["samples"] = short["samples"][:1]
        restore(training, short, about)

    restore = checkpoints._restore
    reference = unbroken(WILD)
    shutil.copytree(interrupted, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(checkpoints, "_restore", forgetful)
    run = train(WILD, longer, reports=tmp_path, progress=False)
    assert run.provenance["resumed"]
    assert reference.best.epoch < reference.epoch
    assert contents(run) != contents(reference)


def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    monkeypatch, unbroken, longer, tmp_path, capsys
):
    interrupt(monkeypatch, V4, longer, tmp_path, 10)
    folder = tmp_path / "blobs-tiny" / "v4_short" / "seed-0"
    newest = folder / CHECKPOINTS[0]
    damaged = bytearray(newest.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    newest.write_bytes(damaged)
    run = train(V4, longer, reports=tmp_path, progress=False)
    assert "cannot be used" in capsys.readouterr().out
    assert run.provenance["resumed"] == [{"after": 4}]
    assert contents(run) == contents(unbroken(V4))


def test_without_any_whole_checkpoint_it_starts_again(monkeypatch, unbroken, longer, tmp_path):
    interrupt(monkeypatch, V4, longer, tmp_path, 10)
    for name in CHECKPOINTS:
        path = tmp_path / "blobs-tiny" / "v4_short" / "seed-0" / name
        path.write_bytes(path.read_bytes()[:-100])
    run = train(V4, longer, reports=tmp_path, progress=False)
    assert "resumed" not in run.provenance
    assert contents(run) == contents(unbroken(V4))


def test_other_settings_start_again(monkeypatch, unbroken, longer, tmp_path):
    other = dataclasses.replace(V4, alpha=0.5)
    interrupt(monkeypatch, other, longer, tmp_path, 10)
    run = train(V4, longer, reports=tmp_path, progress=False)
    assert "resumed" not in run.provenance
    assert contents(run) == contents(unbroken(V4))


def test_another_machine_s_is_refused_unless_asked(monkeypatch, unbroken, longer, tmp_path):
    here = checkpoints.execution()
    monkeypatch.setattr(checkpoints, "execution", lambda: here | {"threads": 64})
    interrupt(monkeypatch, V4, longer, tmp_path, 10)
    monkeypatch.setattr(checkpoints, "execution", lambda: here)
    with pytest.raises(UserError, match=r"another machine.*--elsewhere.*delete that"):
        train(V4, longer, reports=tmp_path, progress=False)
    run = train(V4, longer, reports=tmp_path, elsewhere=True, progress=False)  # it is still there
    assert run.provenance["resumed"] == [{"after": 8, "elsewhere": True}]
    assert contents(run) == contents(unbroken(V4))  # it was this machine after all


def test_another_machine_s_gives_way_to_force(monkeypatch, longer, tmp_path):
    here = checkpoints.execution()
    monkeypatch.setattr(checkpoints, "execution", lambda: here | {"threads": 64})
    interrupt(monkeypatch, V4, longer, tmp_path, 10)
    monkeypatch.setattr(checkpoints, "execution", lambda: here)
    run = train(V4, longer, reports=tmp_path, force=True, progress=False)
    assert "resumed" not in run.provenance


def test_a_column_that_is_not_there_is_a_mistake_from_the_first_batch_on(longer, tmp_path):
    version = dataclasses.replace(VERSIONS["weighted"], name="misspelt", beta=misspelt)
    with pytest.raises(UserError, match=r"fails after 1 batches.*columns of .*KeyError: 'loss'"):
        train(version, longer, reports=tmp_path, progress=False)


def test_force_starts_again(monkeypatch, unbroken, longer, tmp_path):
    interrupt(monkeypatch, V4, longer, tmp_path, 10)
    run = train(V4, longer, reports=tmp_path, force=True, progress=False)
    assert "resumed" not in run.provenance


# ── Real processes ─────────────────────────────────────────────────────────────────────────────

SCRIPT = """
import dataclasses, sys
from tests.core.test_checkpoints import V4
from tests.conftest import TINY, blob_split
from aegan_lib.dataset import Dataset
from aegan_lib.training import train

profile = dataclasses.replace(TINY, epochs=int(sys.argv[2]))
splits = blob_split(64, 1), blob_split(16, 2), blob_split(32, 3)
train(V4, Dataset("blobs", *splits, "digest", profile), reports=sys.argv[1], progress=False)
"""
EPOCHS = 12


@pytest.fixture(scope="module")
def start():
    """Trains in a process of its own; none is left at the end."""
    with ExitStack() as stack:

        def started(reports) -> subprocess.Popen:
            command = [sys.executable, "-c", SCRIPT, str(reports), str(EPOCHS)]
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield started


def folder_of(reports) -> Path:
    return Path(reports) / "blobs-tiny" / "v4_short" / "seed-0"


def rows(reports) -> int:
    history = folder_of(reports) / "history.csv"
    return max(0, history.read_bytes().count(b"\n") - 1) if history.exists() else 0


def wait_for_rows(process, reports, count) -> None:
    while process.poll() is None and rows(reports) < count:
        time.sleep(0.002)


@pytest.fixture(scope="module")
def straight(start, tmp_path_factory):
    """The same training in a process that nobody killed."""
    reports = tmp_path_factory.mktemp("straight")
    assert start(reports).wait() == 0
    return find_run(folder_of(reports))


@pytest.mark.slow
def test_killed_three_times_at_any_moment(start, straight, tmp_path):
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    moments = random.Random(seed)
    hits = 0
    for _ in range(3):
        process = start(tmp_path)
        before = rows(tmp_path)
        wait_for_rows(process, tmp_path, before + moments.randrange(1, 14))
        time.sleep(moments.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        hits += process.wait() == -signal.SIGKILL
    assert hits == 3
    assert start(tmp_path).wait() == 0
    assert contents(find_run(folder_of(tmp_path))) == contents(straight)


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        *(pytest.param(n, marks=pytest.mark.slow) for n in (signal.SIGINT, signal.SIGHUP)),
    ],
)
def test_asked_to_end_it_keeps_every_batch(start, straight, tmp_path, number):
    process = start(tmp_path)
    wait_for_rows(process, tmp_path, 10)
    process.send_signal(number)
    assert process.wait() in (-number, 1)  # a KeyboardInterrupt is Python's own end
    trained = rows(tmp_path)
    assert 10 <= trained < 4 * EPOCHS
    assert start(tmp_path).wait() == 0
    run = find_run(folder_of(tmp_path))
    assert run.provenance["resumed"] == [{"after": trained}]
    assert contents(run) == contents(straight)


def second_waits(start, reports) -> tuple[subprocess.Popen, subprocess.Popen, str]:
    """A training that stands still, another of the same run, and what that one says."""
    first = start(reports)
    wait_for_rows(first, reports, 5)
    first.send_signal(signal.SIGSTOP)
    second = start(reports)
    return first, second, second.stdout.readline()


@pytest.mark.slow
def test_a_second_process_waits_for_the_first_and_shares_its_run(start, straight, tmp_path):
    first, second, said = second_waits(start, tmp_path)
    assert said.startswith(f"v4_short seed 0 is in the hands of process {first.pid} on ")
    first.send_signal(signal.SIGCONT)
    assert first.wait() == second.wait() == 0
    run = find_run(folder_of(tmp_path))
    assert contents(run) == contents(straight)
    assert "resumed" not in run.provenance  # the second found it finished


@pytest.mark.slow
def test_a_killed_holder_leaves_no_lock(start, straight, tmp_path):
    first, second, said = second_waits(start, tmp_path)
    assert said.endswith("waiting for it.\n")
    first.send_signal(signal.SIGKILL)
    assert second.wait() == 0
    run = find_run(folder_of(tmp_path))
    assert contents(run) == contents(straight)
    assert run.provenance["resumed"] == [{"after": 4}]


def test_the_script_trains_as_long_as_it_should(straight):
    assert len(straight.history) == 4 * EPOCHS


@pytest.fixture
def interrupts():
    """Ctrl-C as Python has it, also where these tests run in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_being_asked_to_end_is_never_forgotten():
    """Not even where the block ends before anybody looks: a run that has just diverged, say."""
    with pytest.raises(KeyboardInterrupt), ending() as end:  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        assert end.asked == signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("interrupts")
def test_a_signal_that_is_switched_off_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with ending() as end:
        signal.raise_signal(signal.SIGINT)
    assert not end.asked
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
