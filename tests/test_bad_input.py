"""How many kinds of bad input are tried, and that each is tried."""

from tests import bad_input
from tests.core import test_bad_histories, test_bad_versions
from tests.datasets import test_bad_data
from tests.pipeline import test_bad_requests

MODULES = (test_bad_requests, test_bad_versions, test_bad_histories, test_bad_data)
LEAST = 60


def test_there_are_many_kinds_of_bad_input():
    kinds = [f"{module.__name__}: {kind}" for module in MODULES for kind in module.KINDS]
    assert len(set(kinds)) == len(kinds) >= LEAST
    print(f"{len(kinds)} kinds")


def test_no_kind_is_lost_among_those_of_another_registry():
    """Two registries of one module with a name in common would hide a kind."""
    for module in MODULES:
        registries = [
            value
            for name, value in vars(module).items()
            if name != "KINDS"
            and isinstance(value, dict)
            and value
            and all(isinstance(kind, bad_input.Kind) for kind in value.values())
        ]
        assert sum(map(len, registries)) <= len(module.KINDS)
