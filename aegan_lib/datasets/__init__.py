"""Datasets behind one call: `load(text, profile)` -> Dataset."""

from aegan_lib.dataset import About, Dataset, Split
from aegan_lib.datasets.loading import DATA, DATASETS, find, load, report_name

__all__ = ["DATA", "DATASETS", "About", "Dataset", "Split", "find", "load", "report_name"]
