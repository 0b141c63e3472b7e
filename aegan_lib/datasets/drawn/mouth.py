"""The mouth: lips, teeth, and the skin around that a smile folds."""

import numpy as np

from aegan_lib.datasets.drawn.anatomy import (
    MOUTH_Y,
    WHITE,
    Face,
    lip_colour,
    mix,
    mouth_corner,
    mouth_opening,
    nose_tip,
    rgb,
    shade,
)
from aegan_lib.datasets.drawn.canvas import Canvas, Colour
from aegan_lib.datasets.drawn.detail import generator
from aegan_lib.datasets.drawn.shapes import between, pair, stroke


def draw_mouth(canvas: Canvas, face: Face, skin: Colour) -> None:
    smile, opening = face["smile"], mouth_opening(face)
    # (wide, high) is the right corner; `full` is how thick lips are.
    (wide, high), (_, tip) = mouth_corner(face, 1), nose_tip(face)
    dark, full = shade(skin), 0.054 + 0.016 * face["lip_fullness"]
    # Four lines from corner to corner, each by its heights half way and on the axis.
    # An open mouth lifts the upper lip by less than the lower one falls.
    middle = MOUTH_Y + 0.012 + 0.02 * smile - 0.3 * opening
    # `bow` and `upper` bound the upper lip, `lower` and `under` the lower one; y grows downwards.
    upper = (middle - 0.014 - 0.018 * smile, middle + 0.003)
    lower = (upper[0] + 0.008 + 0.80 * opening, middle + 0.004 + opening)
    bow = (upper[0] - 0.56 * full, middle - (0.80 + 0.10 * smile) * full)
    under = (lower[0] + 0.78 * full, lower[1] + 1.25 * full)
    # Teeth fill 70 % of the opening from above.
    teeth = tuple(high + 0.7 * (low - high) for high, low in zip(upper, lower, strict=True))

    # `peak` lifts two points beside the axis: the dip between them is the cupid's bow.
    def line(half_way: float, axis: float, peak: float = 0.0) -> list[tuple[float, float]]:
        return [
            (-wide, high), (-0.55 * wide, half_way), (-0.2 * wide, axis - peak), (0, axis),
            (0.2 * wide, axis - peak), (0.55 * wide, half_way), (wide, high),
        ]  # fmt: skip

    # Skin around the mouth: the folds of a smile from the nose to its corners, deeper with age,
    # dimples, and the shadow that the lower lip throws.
    fold = [(0.185, tip + 0.02), (0.56 * wide + 0.125, 0.5 * (tip + high)), (wide + 0.06, high)]
    folded = 0.5 * smile + (0.42 - 0.1 * smile) * face["age"]
    canvas.paint(shade(skin, 1.1), pair(stroke(fold, 0.04)), folded, blur=0.016)
    for side in (-1, 1):
        canvas.glow(dark, (side * (wide + 0.02), high), (0.07, 0.08), 0.6 * smile)
    canvas.glow(dark, (0, under[1] + 0.045), (0.24, 0.07), 0.5)
    # The upper lip looks down and is darker; the lower one catches the light.
    lips = lip_colour(face)
    canvas.paint(lips * np.float32(0.88), between(line(*bow, peak=0.16 * full), line(*upper)))
    below = between(line(*lower), line(*under))
    canvas.paint(lips, below)
    gloss = mix(lips, WHITE, 0.4)
    canvas.glow(gloss, (0.08 * face["light"], under[1] - 0.6 * full), (0.17, 0.036), 0.5)
    _draw_creases(canvas, face, lips, (lower[1], under[1]), canvas.mask(below))
    # The dark of the mouth, then the teeth: the broader the smile, the clearer.
    if opening > 0.005:
        canvas.paint(rgb([92, 32, 34]), between(line(*upper), line(*lower)))
        row = between(line(*upper), line(*teeth))
        canvas.paint(WHITE * np.float32(0.97), row, min(1.0, 0.3 + smile))
    # The line where the lips meet. It fades as they part, since then the dark itself is seen.
    parting = stroke(line(*upper), 0.022, 0.3, 0.3)
    canvas.paint(lips * np.float32(0.45), parting, 0.85 - 0.4 * min(1.0, 15 * opening))


def _draw_creases(
    canvas: Canvas, face: Face, lips: Colour, lip: tuple[float, float], within: np.ndarray
) -> None:
    """The lower lip's fine upright creases, fanned out, deeper with age."""
    shift, length = generator(face, "mouth").random((2, 14))
    x = np.linspace(-0.22, 0.22, 14) + 0.02 * (shift - 0.5)
    upper, under = lip[0] + 0 * x, lip[0] + (lip[1] - lip[0]) * (0.5 + 0.5 * length)
    creases = np.stack([np.stack([0.9 * x, upper], 1), np.stack([x, under], 1)], 1)  # (14, 2, 2)
    canvas.lines(lips * np.float32(0.6), creases, 0.008, 0.30 + 0.25 * face["age"], within)
