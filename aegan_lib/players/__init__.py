"""Players: what a reader of the page can move; every frame is decoded here, none in the browser."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "edits": [
            "smile_plane",
            "sum_builder",
        ],
        "pictures": [
            "before_after",
            "epoch_player",
            "evolution",
        ],
    },
)
