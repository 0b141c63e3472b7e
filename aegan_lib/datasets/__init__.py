"""Datasets behind one call: `load(text, profile)` -> Dataset."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cache": ["reopened"],
        "loading": ["DATA", "find", "load", "prepared", "run_name"],
        "names": ["DATASETS"],
    },
)
