"""A tiny dataset and profile, so that the real parts run in seconds."""

import dataclasses
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from aegan_lib import backend
from aegan_lib.claims.judging import VERIFICATION
from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets import load
from aegan_lib.extras import read_versions
from aegan_lib.locks import held
from aegan_lib.page.browser import BROWSERS, find_browser
from aegan_lib.pipeline.build import build
from aegan_lib.pipeline.execute import Result
from aegan_lib.pipeline.queue import execute_all
from aegan_lib.pipeline.request import Request, parse
from aegan_lib.pipeline.tasks import plan
from aegan_lib.profiles import Profile
from aegan_lib.versions import VERSIONS
from tests.own_versions import OWN

TINY = Profile(
    "tiny", image_size=20, filters=4, batch_size=16, epochs=2,
    train=64, validation=16, test=32, learning_rate_scale=10, latent_dim=20,
)  # fmt: skip

# The same made-up examples every time, and no clock: a busy machine must not fail a test. A folder
# that a test is given holds all of its examples, one after the other.
settings.register_profile(
    "reproducible",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("reproducible")

# A shell starts what it puts in the background deaf to Ctrl-C, and nohup to hangups; whatever is
# started from there inherits that. Tests send both to what they start: a handler is not inherited.
for number in signal.SIGINT, signal.SIGHUP:
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)

# The files whose tests share `report_page`, which takes minutes to train.
REPORT = (
    "tests/page/test_report_browser.py",
    "tests/pipeline/test_extra.py",
    "tests/pipeline/test_pages.py",
    "tests/pipeline/test_report.py",
    "tests/pipeline/test_study.py",
)


class ByFile(LoadFileScheduling):
    """A file's tests go to one process, and all tests of the shared report go to one."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "the report" if file in REPORT else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    # One more than there are cores: some always wait, for a browser, a kernel or the disk.
    return backend.cores() + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    config.option.loadscopereorder = False  # it would put those of the most tests first
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The longest first, so that no process is still at it when all others are done.
    longest = [
        "tests/jax/test_report.py",
        *REPORT,
        "tests/core/test_checkpoints.py",
        "tests/pipeline/test_photo_reports.py",
        "tests/pipeline/test_data_identity.py",
    ]
    places = {file: place for place, file in enumerate(longest)}
    items.sort(key=lambda item: places.get(item.nodeid.split("::")[0], len(longest)))


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what XLA compiles for all tests: it takes seconds, for the same few tiny steps."""
    if backend.NAME == "jax":
        import jax

        jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("compiled")))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def blobs(count: int, size: int, seed: int) -> np.ndarray:
    """Smooth random images (count, size, size, 3) uint8."""
    grids = np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
    return np.stack([cv2.resize(grid, (size, size)) for grid in grids])


def blob_split(count: int, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"Male": rng.random(count) < 0.5, "Smiling": rng.random(count) < 0.5})
    return Split(blobs(count, TINY.image_size, seed), table)


@pytest.fixture(scope="session")
def tiny() -> Profile:
    return TINY


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return Dataset("blobs", blob_split(64, 1), blob_split(16, 2), blob_split(32, 3), "digest", TINY)


def for_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of the tests share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Makes a folder of data in which the faces of `smoke` are drawn already, once for all."""
    faces = for_all(tmp_path_factory) / "drawn"

    def give(data: Path) -> Path:
        load("faces", "smoke", faces, progress=False)  # one process draws, the others wait
        return Path(shutil.copytree(faces, data))

    return give


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A path with braces, blanks and a quote: each has broken somebody's notebook runner.
    return tmp_path_factory.mktemp("a {strange} place's")


@pytest.fixture(scope="session")
def asked(place: Path, drawn: Callable[[Path], Path]) -> Request:
    data = drawn(place / "data")
    return parse("faces", "smoke", ["pretrained", "v4"], [0, 1], place / "reports", data)


@pytest.fixture(scope="session")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Request], Request]:
    """Gives a report its verification, which is the same in all and takes half a minute.

    It is executed once for all processes of the tests.
    """
    place = for_all(tmp_path_factory) / "verified"
    once = parse("faces", "smoke", ["v1"], [0], place / "reports", place / "data")

    def give(request: Request) -> Request:
        made, task = plan(once).verification, plan(request).verification
        with held(place / "lock", "The verification"):
            once.folder.mkdir(parents=True, exist_ok=True)
            results = execute_all(once, [made], 1, 1)  # none, where it is fresh
            assert not any(result.failure for result in results), results
        request.folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(once.folder / VERIFICATION, request.folder)
        notebook = made.executed()
        notebook.metadata.aegan.update(task.stamp())
        task.output.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, task.output)
        assert task.is_fresh()
        return request

    return give


@pytest.fixture(scope="session")
def report_page(asked: Request, verified: Callable[[Request], Request]) -> Path:
    """The page of three versions and two seeds, by the way that `make report` goes."""
    path, failed = build(verified(asked))
    assert not failed, failed
    return path


class FailedReport(NamedTuple):
    """What came of a report of which one run could not be trained."""

    page: Path
    failures: list[Result]
    record: str  # of the other run, before the report was made
    key: str  # of the other run's notebook, before it was made stale
    redrawn: nbformat.NotebookNode


@pytest.fixture(scope="session")
def failed_report(asked: Request, report_page: Path) -> FailedReport:
    """Beside the shared report, of which all that it needs is trained and executed already."""
    other = plan(asked).runs["v4", 0]
    before, stale = other.output.read_bytes(), other.executed()
    key, stale.metadata.aegan.key = stale.metadata.aegan.key, "of another state of the library"
    nbformat.write(stale, other.output)
    record = (asked.run_folder("v4", 0) / "run.json").read_text()
    in_the_way = asked.folder / "v5" / "seed-0"
    in_the_way.parent.mkdir()
    in_the_way.touch()
    page, failures = build(dataclasses.replace(asked, versions=("v5", "v4"), seeds=(0,)))
    made = FailedReport(page, failures, record, key, other.executed())
    shutil.rmtree(in_the_way.parent)
    other.output.write_bytes(before)  # the shared report's again
    return made


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Versions, variables and figures that a test leaves: a file may run in any process, after any.

    What fixtures of a wider scope made was there before, and stays.
    """
    versions, environment, figures = dict(VERSIONS), dict(os.environ), plt.get_fignums()
    yield
    for name in VERSIONS.keys() - versions.keys():
        del VERSIONS[name]
    for number in {*plt.get_fignums()} - {*figures}:
        plt.close(number)
    environment["PYTEST_CURRENT_TEST"] = os.environ["PYTEST_CURRENT_TEST"]  # pytest's own
    if os.environ != environment:
        os.environ.clear()
        os.environ |= environment


@contextmanager
def registered(folder: Path) -> Iterator[Path]:
    """A file of one's own with two versions, which are registered meanwhile."""
    path = folder / "own.py"
    path.write_text(OWN)
    before = dict(VERSIONS)
    read_versions(path)
    yield path
    for name in VERSIONS.keys() - before:
        del VERSIONS[name]


@pytest.fixture
def own_versions(tmp_path: Path) -> Iterator[Path]:
    with registered(tmp_path) as path:
        yield path


@pytest.fixture(scope="module")  # no two of Playwright's loops at a time
def browser() -> Iterator[Browser]:
    found = find_browser()
    if not found:
        pytest.skip(f"No browser is installed. Expected one of: {', '.join(BROWSERS)}.")
    expect.set_options(timeout=30_000)  # on a machine with other work, nothing is quick
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
