"""Faces drawn from known factors."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={"provider": ["find"]})
