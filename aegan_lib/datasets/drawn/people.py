"""Rendered faces with known factors: the dataset that needs no photographs.

A row of a table holds the true factors of one face, drawn as `factors` says. `describe` adds
CelebA's attribute names and landmark positions, `render` draws it:

>>> table = sample(8, seed=0)
>>> render(table, 40).shape  # uint8 RGB
(8, 40, 40, 3)
>>> smiling = render(with_smile(table, True), 40)  # the same people, all of them smiling
"""

import os
import time
from threading import Thread

import joblib
import numpy as np
import pandas as pd

from aegan_lib.dataset import LANDMARKS
from aegan_lib.datasets.drawn import anatomy, drawing
from aegan_lib.datasets.drawn.canvas import View
from aegan_lib.datasets.drawn.factors import (
    ATTRIBUTES,
    FACTORS,
    HAIR_COLOURS,
    IRIS_COLOURS,
    MALE_RANGES,
    RANGES,
    SMILE_THRESHOLD,
    SMILING_RANGES,
    Factor,
    factors_of,
    sample_factors,
)
from aegan_lib.errors import UserError

__all__ = [
    "ATTRIBUTES",
    "CELEBA_VIEW",
    "FACTORS",
    "HAIR_COLOURS",
    "IRIS_COLOURS",
    "LANDMARKS",
    "MALE_RANGES",
    "RANGES",
    "SMILE_THRESHOLD",
    "SMILING_RANGES",
    "TIGHT_VIEW",
    "Factor",
    "View",
    "describe",
    "render",
    "render_into",
    "sample",
    "sample_factors",
    "with_smile",
]

TIGHT_VIEW: View = (-1.0, -1.0, 1.0, 1.0)
"""The square crop of a face detector: left, top, right, bottom in face coordinates."""
CELEBA_VIEW: View = (-1.51, -1.98, 1.51, 1.72)
"""The crop of CelebA's aligned images, to be drawn at (height, width) = (218, 178)."""


PARALLEL = 300  # faces from which on processes share the drawing
TASK = 32  # faces that a process draws before it hands them over


def describe(factors: pd.DataFrame, view: View = TIGHT_VIEW) -> pd.DataFrame:
    """Attributes, factors and landmarks of faces in one table.

    Arguments:
        factors: a table with the columns `FACTORS`; others are left out.
        view: the crop that the landmarks refer to.

    Returns:
        bool columns `ATTRIBUTES`, then the factors, then `left_eye_x`, `left_eye_y`, ... in
        [0, 1], shares of the picture's width and height. Left is the picture's left, as in CelebA.
    """
    # Attributes follow from the factors alone, landmarks from the same functions as the drawing.
    factors = factors_of(factors)
    attributes = {name: rule(factors).astype(bool) for name, (_, rule) in ATTRIBUTES.items()}
    left, top, right, bottom = view
    positions = np.empty((len(factors), 2 * len(LANDMARKS)))
    for i, face in enumerate(_rows(factors)):
        # Five points in the order of LANDMARKS.
        points = [
            anatomy.eye_centre(face, -1),
            anatomy.eye_centre(face, 1),
            anatomy.nose_tip(face),
            anatomy.mouth_corner(face, -1),
            anatomy.mouth_corner(face, 1),
        ]
        # The head is turned, which moves the nose further, since it stands out.
        flat = anatomy.turned(face, np.array(points), np.array([0, 0, anatomy.NOSE_LIFT, 0, 0]))
        matrix, offset = anatomy.pose(face)
        placed = flat @ matrix.T + offset  # (5, 2), face coordinates
        # Shares of the view, flattened to x, y, x, y, ...
        positions[i] = ((placed - (left, top)) / (right - left, bottom - top)).ravel()
    names = [f"{landmark}_{axis}" for landmark in LANDMARKS for axis in "xy"]
    landmarks = pd.DataFrame(positions, columns=names, index=factors.index)
    return pd.concat([pd.DataFrame(attributes, index=factors.index), factors, landmarks], axis=1)


def sample(n: int, seed: int) -> pd.DataFrame:
    """`describe(sample_factors(n, seed))`: the table of n faces."""
    return describe(sample_factors(n, seed))


def with_smile(table: pd.DataFrame, smiling: bool) -> pd.DataFrame:
    """The same people smiling, or not: the true answer to an edit of the attribute Smiling.

    Only `smile` and `mouth_open` change: each keeps its relative place in the range of the other
    expression, so going there and back restores it. Faces that already fit are left alone.

    Arguments:
        table: a table with the columns `FACTORS`.
        smiling: the wanted value of Smiling.

    Returns:
        A new table; attributes and landmarks, where the table has them, are described anew.
    """
    factors = factors_of(table).copy()
    # Only those who do not fit yet are changed.
    change = (factors["smile"] > SMILE_THRESHOLD) != smiling
    for name, ranges in SMILING_RANGES.items():
        # False and True are places in the pair of ranges: from the present one to the wanted one.
        (low, high), (new_low, new_high) = ranges[not smiling], ranges[smiling]
        moved = new_low + (factors[name] - low) * (new_high - new_low) / (high - low)
        factors[name] = factors[name].where(~change, moved)
    # A bare table of factors stays one.
    return describe(factors) if "Smiling" in table else factors


def render(
    table: pd.DataFrame, image_size: int | tuple[int, int], view: View = TIGHT_VIEW
) -> np.ndarray:
    """Draw the faces of a table.

    Arguments:
        table: a table with the columns `FACTORS`; others are ignored.
        image_size: the side of a square, or (height, width), in pixels.
        view: the part of the picture to draw, `TIGHT_VIEW` or `CELEBA_VIEW`.

    Returns:
        (n, height, width, 3) uint8 RGB. A row's picture depends on that row alone.
    """
    height, width = _height_width(image_size)
    images = np.empty((len(table), height, width, 3), np.uint8)
    render_into(images, table, view)
    return images


def render_into(images: np.ndarray, table: pd.DataFrame, view: View = TIGHT_VIEW) -> None:
    """Like `render`, into an existing (n, height, width, 3) uint8 array such as a memory map."""
    # Refuse what does not fit before anything is drawn: the array may be a large file.
    factors = factors_of(table)
    if (
        images.ndim != 4
        or len(images) != len(factors)
        or images.shape[3] != 3
        or images.dtype != np.uint8
    ):
        raise UserError(
            "Cannot render into this array. Expected: uint8 of shape "
            f"({len(factors)}, height, width, 3). "
            f"Received: {images.dtype} of shape {images.shape}"
        )
    height, width = images.shape[1:3]
    faces = _rows(factors)
    # A face is many small steps in Python, so that threads would only wait for one another. Fresh
    # processes share the work (never forked: TensorFlow may be running here), one per core, and
    # stay for the next call. A few faces are drawn sooner than the first process has started.
    processes = joblib.cpu_count() if len(faces) >= PARALLEL else 1
    tasks = range(0, len(faces), TASK)
    ends = {"initializer": _end_with, "initargs": (os.getpid(),)}
    drawn = joblib.Parallel(processes, return_as="generator", **ends)(
        joblib.delayed(drawing.draw_all)(faces[start : start + TASK], height, width, view)
        for start in tasks
    )
    for start, pictures in zip(tasks, drawn, strict=True):
        images[start : start + TASK] = pictures


def _end_with(parent: int) -> None:
    """In a process that draws for `parent`: end soon after it, if it is killed too."""

    def follow() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    Thread(target=follow, daemon=True).start()


def _rows(factors: pd.DataFrame) -> list[dict[str, float]]:
    """One dictionary a face; float64, so that a table read from disk draws the same picture."""
    values = factors.to_numpy(np.float64).tolist()
    return [dict(zip(FACTORS, row, strict=True)) for row in values]


def _height_width(image_size: int | tuple[int, int]) -> tuple[int, int]:
    # One number is a square's side. True and False are whole numbers to Python, but no sizes.
    pair = image_size if isinstance(image_size, tuple | list) else (image_size, image_size)
    whole = [isinstance(side, int | np.integer) and not isinstance(side, bool) for side in pair]
    if len(pair) != 2 or not all(whole) or min(pair) < 8:
        raise UserError(
            "image_size is not the size of a picture. Expected: a whole number of "
            "pixels of at least 8, or a pair (height, width) of them. "
            f"Received: image_size={image_size!r}"
        )
    return int(pair[0]), int(pair[1])
