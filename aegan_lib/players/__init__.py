"""Players: what a reader of the page can move; every frame is decoded here, none in the browser."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "choosing": [
            "chooser",
            "opening",
        ],
        "edits": [
            "smile_plane",
            "sum_builder",
        ],
        "pictures": [
            "epoch_player",
            "evolution",
        ],
    },
)
