"""Datasets behind one call: `load(name, profile)` -> Dataset."""

from aegan_lib.datasets.cache import DATA, Dataset, Split, load

__all__ = ["DATA", "Dataset", "Split", "load"]
