"""Datasets behind one call: `load(name, profile)` -> Dataset."""

from aegan_lib.datasets.cache import DATA, DATASETS, Dataset, Split, load

__all__ = ["DATA", "DATASETS", "Dataset", "Split", "load"]
