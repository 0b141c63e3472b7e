"""Whatever becomes of a checkpoint's bytes, no training goes on with wrong numbers.

What reading makes of a single damaged file is in `test_storage_damage`.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aegan_lib import checkpoints
from aegan_lib.arrays import UnreadableError, read_arrays, text_array, write_arrays
from aegan_lib.checkpoints import Training, resume, write_checkpoint
from aegan_lib.runs import CHECKPOINTS, profile_models
from aegan_lib.step import make_step
from aegan_lib.versions import VERSIONS
from aegan_lib.watching import Watcher
from tests import scopes
from tests.conftest import TINY, blob_split
from tests.core.faults import Count

Damage = Callable[[bytes], bytes]
SOMEWHERE = st.floats(0, 1, exclude_max=True)  # a place in a file of any length


# ── What may happen to bytes ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Flipped:
    where: float
    mask: int

    def __call__(self, content: bytes) -> bytes:
        damaged = bytearray(content)
        if damaged:
            damaged[int(self.where * len(damaged))] ^= self.mask
        return bytes(damaged)


@dataclass(frozen=True)
class CutOff:
    where: float

    def __call__(self, content: bytes) -> bytes:
        return content[: int(self.where * len(content))]


@dataclass(frozen=True)
class Zeroed:
    """A page, as a disk may give it back after a power cut."""

    where: float
    size: int

    def __call__(self, content: bytes) -> bytes:
        start = int(self.where * len(content)) // self.size * self.size
        end = min(start + self.size, len(content))
        return content[:start] + bytes(end - start) + content[end:]


@dataclass(frozen=True)
class Doubled:
    """A part that stands there twice."""

    where: float
    size: int

    def __call__(self, content: bytes) -> bytes:
        start = int(self.where * len(content))
        return content[: start + self.size] + content[start:]


DAMAGES = st.one_of(
    st.builds(Flipped, SOMEWHERE, st.integers(1, 255)),
    # At its end a file says what it holds, in bytes that no checksum covers.
    st.builds(Flipped, st.floats(0.9, 1, exclude_max=True), st.integers(1, 255)),
    st.builds(CutOff, SOMEWHERE),
    st.builds(Zeroed, SOMEWHERE, st.sampled_from([512, 4096])),
    st.builds(Doubled, SOMEWHERE, st.integers(1, 5000)),
)
# Of either generation: which content it has, and what was done to that.
CONTENTS = st.sampled_from(["newest", "previous", "another run's"])
FILES = st.tuples(CONTENTS, st.lists(DAMAGES, max_size=2))


# ── Two checkpoints of a training, and one of another ──────────────────────────────────────────


def fresh(seed: int, asked: str = "this") -> Training:
    """A training with made-up numbers, different for every seed."""
    networks = profile_models(TINY, 0)
    step = make_step(networks, VERSIONS["weighted"].rule, 1e-4, 0, eager=True)
    training = Training(networks, step, Watcher(networks, blob_split(8, 1)), {"asked": asked})
    rng = np.random.default_rng(seed)
    for variable in checkpoints._variables(training).values():
        value = rng.uniform(0, 0.1, variable.shape)
        variable.assign(value.astype(variable.dtype) if variable.shape else seed)
    for epoch in range(seed):
        training.record({"epoch": epoch, "batch": 0, "beta": 0.0, "mse": float(rng.random())})
        training.watcher.look()
    return training


def moment(training: Training) -> str:
    """A digest of every array that a checkpoint of `training` would hold."""
    with mock.patch.object(checkpoints, "keep") as keep:
        write_checkpoint(training, Path(), 0.0)
    arrays = keep.call_args.args[2]
    digest = hashlib.sha256()
    for name in sorted(arrays.keys() - {"about"}):
        digest.update(name.encode() + arrays[name].tobytes())
    return digest.hexdigest()


class Kept:
    """Two generations, another run's checkpoint, and a training that has not gone on with any."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "folder"
        self.folder.mkdir()
        self.contents, self.moments = {}, {}
        for name, seed, asked in (
            ("previous", 1, "this"),
            ("newest", 2, "this"),
            ("another run's", 3, "another"),
        ):
            training = fresh(seed, asked)
            write_checkpoint(training, place, 0.0)
            self.contents[name] = (place / CHECKPOINTS[0]).read_bytes()
            self.moments[name] = moment(training)
        self.training = fresh(4)
        self.before = moment(self.training)
        with mock.patch.object(checkpoints, "keep") as keep:
            write_checkpoint(self.training, place, 0.0)
        self._arrays = keep.call_args.args[2]
        self._about = json.loads(bytes(self._arrays["about"]))

    def resumed(self) -> tuple[bool, str]:
        """Whether a training could go on from the folder, and what it was then."""
        checkpoints._restore(self.training, self._arrays, self._about)
        with redirect_stdout(io.StringIO()):  # what cannot be used is said a thousand times
            went_on = resume(self.training, self.folder)
        return went_on, moment(self.training)

    def put(self, files) -> list[bytes]:
        """Write both generations; their contents."""
        contents = []
        for name, (content, damages) in zip(CHECKPOINTS, files, strict=True):
            damaged = self.contents[content]
            for damage in damages:
                damaged = damage(damaged)
            (self.folder / name).write_bytes(damaged)
            contents.append(damaged)
        return contents

    def wrong(self, files) -> str:
        """What is wrong with how a training goes on from these two files; "" if nothing is."""
        written = self.put(files)
        allowed = []
        for (content, _), now in zip(files, written, strict=True):
            if content != "another run's":
                # Damaged where it does not matter, a date say, it may be used all the same.
                allowed.append(self.moments[content])
                if now == self.contents[content]:
                    break  # whole: nothing older is to be taken
        else:
            allowed.append(self.before)
        went_on, now = self.resumed()
        if now not in allowed:
            return "it went on with other numbers, or with the wrong checkpoint"
        if went_on == (now == self.before):
            return "it did not say whether it went on"
        if went_on and not self._whole(self.folder / CHECKPOINTS[0]):
            return "the newest is not the one that was used"
        return ""

    def _whole(self, path: Path) -> bool:
        try:
            read_arrays(path, lambda name: checkpoints._form(name, self.training))
        except UnreadableError:
            return False
        return True


def damaged_resumes(kept: Kept, examples: int) -> Count:
    """Trainings that go on from damaged checkpoints, and the first with which one was wrong."""
    count = Count()

    @settings(
        derandomize=True,
        deadline=None,
        database=None,
        max_examples=examples,
        phases=[Phase.generate],  # two files and a few damages need not be made simpler
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(FILES, FILES))
    def check(files) -> None:
        count.hit += 1
        if problem := kept.wrong(files):
            count.broken = [f"{files}: {problem}"]
        assert not problem

    try:
        check()
    except AssertionError:
        assert count.broken  # it is told by whoever counts
    return count


@pytest.fixture(scope=scopes.module)
def kept(tmp_path_factory):
    return Kept(tmp_path_factory.mktemp("kept"))


@pytest.mark.parametrize("examples", [80, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_damaged_checkpoint_never_gives_wrong_numbers(kept, examples):
    count = damaged_resumes(kept, examples)
    assert not count.broken
    assert count.hit >= examples * 0.9


def test_the_sweep_sees_a_file_that_is_not_checked(kept, monkeypatch):
    """The control: without checksums, wrong numbers are found."""
    monkeypatch.setattr("zipfile.ZipExtFile._update_crc", lambda self, data: None)
    assert damaged_resumes(kept, 120).broken


# ── Faults that come together ──────────────────────────────────────────────────────────────────


class KilledError(BaseException):
    """Ends the process's work wherever it is raised."""


def test_a_kill_after_a_damaged_checkpoint_loses_nothing(kept, monkeypatch):
    """Between the moves of the next one, when the damaged one would have been the one before."""
    for at in (1, 2):
        kept.put([("newest", [CutOff(0.5)]), ("previous", [])])
        assert kept.resumed() == (True, kept.moments["previous"])
        moves = []

        def killing(source, target, moves=moves, at=at, move=os.replace):
            moves.append(target)
            if len(moves) == at:
                raise KilledError
            move(source, target)

        with monkeypatch.context() as patch:
            patch.setattr("os.replace", killing)
            with pytest.raises(KilledError):
                write_checkpoint(kept.training, kept.folder, 0.0)
        assert kept.resumed() == (True, kept.moments["previous"])


@pytest.mark.parametrize("what", ["settings", "execution", "seconds", "resumed", "whole", "epochs"])
def test_a_checkpoint_that_lacks_something_changes_nothing(kept, what):
    """One of older code, say: a training that starts again must not do so with its weights."""
    kept.put([("newest", []), ("previous", [CutOff(0)])])
    path = kept.folder / CHECKPOINTS[0]
    arrays = read_arrays(path, lambda name: checkpoints._form(name, kept.training))
    about = json.loads(bytes(arrays["about"]))
    del about[what]
    write_arrays(path, arrays | {"about": text_array(json.dumps(about))})
    assert kept.resumed() == (False, kept.before)
