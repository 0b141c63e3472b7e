"""What tests tell `make soak`, and the report that they disturb."""

import json
import os
from collections.abc import Callable

import pytest

from aegan_lib.pipeline.kernels import LONGEST
from aegan_lib.pipeline.request import parse
from tests.pipeline.whole import VERSIONS, Whole, contents


@pytest.fixture
def count(record_property) -> Callable[..., None]:
    """Tell `make soak` of a fault: what it is, how often it hit, and how much work it cost."""

    def tell(what: str, hit: int = 1, lost: str = "nothing") -> None:
        record_property("fault", json.dumps([what, hit, lost]))

    return tell


@pytest.fixture
def measured(record_property) -> Callable[..., None]:
    """Tell `make soak` of a load: what it is, a number, its unit, and what it should be at most."""

    def tell(what: str, number: float, unit: str, limit: float) -> None:
        record_property("load", json.dumps([what, float(number), unit, limit]))

    return tell


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory, drawn) -> Whole:
    place = tmp_path_factory.mktemp("a {strange} place's")
    asked = parse("faces", "smoke", VERSIONS, [0], place / "reports", drawn(place / "data"))
    temporary = tmp_path_factory.mktemp("t")
    assert len(os.fsencode(temporary)) <= LONGEST
    whole = Whole(asked, temporary)
    whole.run()
    whole.unbroken = {version: contents(whole.folder(version)) for version in VERSIONS}
    return whole
