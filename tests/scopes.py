"""How long a costly fixture lives."""

import os

import pytest


def module(fixture_name: str, config: pytest.Config) -> str:
    """Once a module; but while mutmut looks which functions a test calls, every test has its own.

    A test that finds a run already trained would otherwise be none of training's tests, and a
    mutant that only this test can tell would be said to survive.
    """
    return "function" if os.environ.get("MUTANT_UNDER_TEST") == "stats" else "module"
