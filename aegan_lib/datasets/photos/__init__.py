"""Photographs: CelebA, and any folder of pictures."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"celeba": ["find_celeba"], "folder": ["find_folder"]}
)
