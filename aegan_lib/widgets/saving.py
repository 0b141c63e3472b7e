"""Pictures kept as files."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aegan_lib.images import enlarge, mosaic

SIDE = 240  # pixels along each face of a saved picture


def save_picture(folder: Path, name: str, faces: Sequence[np.ndarray], description: str) -> Path:
    """Write faces (h, w, 3) uint8 side by side as <folder>/<name>-<n>.png; the file's path.

    A number that is not taken yet keeps earlier pictures. The description goes into the file, so
    that it says how it was made.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbered = (folder / f"{name}-{n}.png" for n in count(1))
    path = next(path for path in numbered if not path.exists())
    # International text, since names may hold any letter.
    text = PngInfo()
    text.add_itxt("Description", description)
    # (n, h, w, 3) as one row of a mosaic.
    Image.fromarray(mosaic([enlarge(np.stack(faces), to=SIDE)])).save(path, pnginfo=text)
    return path.resolve()
