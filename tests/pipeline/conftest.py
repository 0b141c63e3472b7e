"""What tests tell `make soak`."""

import json
from collections.abc import Callable

import pytest


@pytest.fixture
def count(record_property) -> Callable[..., None]:
    """Tell `make soak` of a fault: what it is, how often it hit, and how much work that cost."""

    def tell(what: str, hit: int = 1, lost: str = "nothing") -> None:
        record_property("fault", json.dumps([what, hit, lost]))

    return tell
