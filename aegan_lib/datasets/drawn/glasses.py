"""Glasses, from round to rectangular ones, in frames of several colours, with reflections."""

import numpy as np

from aegan_lib.datasets.drawn.anatomy import Face, eye_centre, hsv, rgb
from aegan_lib.datasets.drawn.canvas import Canvas
from aegan_lib.datasets.drawn.detail import generator, picker
from aegan_lib.datasets.drawn.shapes import Points, curve, pair, stroke

FRAMES = ((46, 38, 40), (46, 38, 40), (104, 66, 38), (150, 126, 78), (128, 130, 138))


def draw_glasses(canvas: Canvas, face: Face) -> None:
    rng = generator(face, "glasses")
    pick = picker(rng)
    x, y = eye_centre(face, 1)
    shape = face["glasses_shape"]
    # A colour of its own for every sixth frame, and frames from thin wire to thick horn.
    kind = rng.integers(len(FRAMES) + 1)
    bright = hsv(pick(0, 1), 0.6, pick(0.25, 0.6))
    colour = rgb(FRAMES[kind]) if kind < len(FRAMES) else bright
    thick = pick(0.016, 0.034)
    wide, high = pick(0.215, 0.245), 0.205 - 0.055 * shape + pick(-0.012, 0.012)
    centre = np.array((x + 0.01, y + 0.025))
    rim = _lens(shape, wide, high) + centre
    lens = _lens(shape, wide - thick, high - thick) + centre
    # A frame is a ring: once around the rim, then back around the lens, as one polygon.
    frame = np.concatenate([rim, rim[:1], lens[:1], lens[::-1]])
    # Temples run from the frames to the sides of the head, the bridge over the nose.
    temple = stroke([(x + wide - 0.01, y - 0.03), (0.72, y - 0.06)], 0.9 * thick, 1, 1)
    inner = wide - x - 0.02
    bridge = stroke([(inner, y), (0, y - 0.035), (-inner, y)], thick, 1, 1)
    lenses = pair(lens)
    inside = canvas.mask(lenses)
    canvas.paint(rgb((235, 242, 250)), lenses, 0.10)
    # A window is reflected in both, on the side of the light, and slides over the lens.
    slide, clear = pick(-0.10, 0.10), pick(0.0, 0.42)
    for side in (-1, 1):
        middle = side * centre[0] + slide + 0.05 * face["light"]
        band = np.array([(-0.07, -0.25), (0.05, -0.25), (-0.03, 0.25), (-0.15, 0.25)])
        canvas.paint(
            rgb((250, 252, 255)), band + np.array((middle, centre[1])), clear, 0.012, inside
        )
    canvas.paint(rgb((30, 22, 20)), pair(frame + np.array((0, 0.018))), 0.25, 0.014)
    canvas.paint(colour, [*pair(frame), *pair(temple), bridge])


def _lens(shape: float, wide: float, high: float) -> Points:
    """A superellipse: an ellipse at `shape` 0, a rectangle with round corners at 1."""
    angle = np.arange(24) * (2 * np.pi / 24)
    power = 1 - 0.55 * shape
    x, y = np.cos(angle), np.sin(angle)
    bent = np.stack([np.sign(x) * np.abs(x) ** power, np.sign(y) * np.abs(y) ** power], 1)
    return curve(bent * (wide, high))
