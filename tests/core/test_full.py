"""The documents' own size through the same code: run with `pytest -m slow`."""

import dataclasses
import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from aegan_lib.profiles import PROFILES

GIB = 1024**2  # KiB, in which Linux gives a process' peak


def train_512(place) -> tuple[int, float, float]:
    """Two batches of 256 at 80 px in a process of its own: rows, last mse, peak memory (GiB)."""
    from aegan_lib import datasets
    from aegan_lib.training import train
    from aegan_lib.versions import VERSIONS

    profile = dataclasses.replace(PROFILES["full"], epochs=1, train=512, validation=8, test=8)
    faces = datasets.load("faces", profile, place / "data", progress=False)
    run = train(VERSIONS["weighted"], faces, profile, reports=place / "reports", progress=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
    return len(run.history), run.history["mse"].iloc[-1], peak


@pytest.mark.slow
def test_512_images_at_full_size_within_20_gib(tmp_path):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        rows, mse, peak = pool.submit(train_512, tmp_path).result()
    print(f"peak memory {peak:.1f} GiB")
    assert rows == 2
    assert 0 < mse < 1
    assert peak < 20
