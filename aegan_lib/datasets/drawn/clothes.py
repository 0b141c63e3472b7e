"""The neck, and what is worn below it."""

from typing import TypeAlias

import numpy as np

from aegan_lib.datasets.drawn.anatomy import WHITE, Face, hsv, mix, neck_width, shade
from aegan_lib.datasets.drawn.canvas import Canvas, Colour
from aegan_lib.datasets.drawn.detail import generator
from aegan_lib.datasets.drawn.shapes import curve, ellipse, pair, stroke, whole

Random: TypeAlias = np.random.Generator

# The shoulders' line from the neck outwards and out of the picture, right half.
SHOULDER = [(0.62, 0.99), (1.05, 1.10), (1.60, 1.36), (1.9, 2.4)]
GARMENTS = ("round", "pointed", "shirt", "jacket", "roll", "straps")


def draw_neck(canvas: Canvas, face: Face, skin: Colour) -> None:
    # A column from behind the jaw that widens into the shoulders, a little in shadow all over.
    wide = neck_width(face)
    neck = whole([(wide, 0.5), (wide, 0.80), (wide + 0.06, 0.92), *SHOULDER])
    canvas.paint(mix(skin, shade(skin), 0.25), neck)
    inside = canvas.mask(neck)
    # Below the chin the head throws a soft shadow, away from the light.
    far = -0.10 * face["light"]
    shadow = whole([(wide, 0.6), (wide, 0.95), (0, 1.08)]) + np.array((far, 0))
    canvas.paint(shade(skin), shadow, 0.45 + 0.35 * face["light_height"], 0.05, inside)
    # The two muscles that meet between the collarbones.
    muscle = [(0.72 * wide, 0.85), (0.5 * wide, 1.05), (0.06, 1.30)]
    canvas.paint(shade(skin), pair(stroke(muscle, 0.05)), 0.25, 0.02, inside)


def draw_clothes(canvas: Canvas, face: Face) -> None:
    rng = generator(face, "clothes")
    garment = GARMENTS[rng.integers(len(GARMENTS))]
    hue, strong, light, second = rng.random(4)
    cloth = hsv(hue, 0.10 + 0.55 * strong**2, 0.20 + 0.65 * light)
    wide, low = neck_width(face), 1.04 + 0.36 * face["neckline"]
    # From the lowest point of the neckline to the neck, and over the shoulder out of the picture.
    edge = {
        "round": [(0.0, low), (0.55 * wide, low - 0.06), (wide + 0.10, 0.93)],
        "pointed": [(0.0, low + 0.16), (0.5 * wide, low - 0.01), (wide + 0.08, 0.92)],
        "straps": [(0.0, low + 0.14), (0.30, low + 0.10), (0.52, 1.0)],
        "roll": [(0.0, 0.98), (0.6 * wide, 0.95), (wide + 0.04, 0.86)],
    }.get(garment, [(0.0, low + 0.10), (0.5 * wide, low - 0.04), (wide + 0.06, 0.90)])
    top = whole([*edge, *SHOULDER]) if garment != "straps" else whole([*edge, *_strap(edge)])
    canvas.paint(cloth, top)
    within = canvas.mask(top)
    _pattern(canvas, rng, cloth, within)
    # Folds fall from the shoulders, and the edge of the cloth is seamed.
    dark, fold = cloth * np.float32(0.62), rng.normal(0, 0.05, (5, 3, 2))
    start = np.array([[0.5, 1.0], [0.62, 1.2], [0.6, 1.45]])
    folds = [
        (start + shift) * (side, 1) for side, shift in zip((-1, 1, -1, 1, 1), fold, strict=True)
    ]
    canvas.paint(dark, [stroke(knots, 0.04) for knots in folds], 0.22, 0.025, within)
    canvas.paint(mix(cloth, WHITE, 0.3), pair(stroke(edge, 0.022, 1, 1)), 0.5, 0.008, within)
    other = hsv(hue + 0.3 + 0.4 * second, 0.25 * strong, 0.35 + 0.6 * second)
    if garment in ("shirt", "jacket"):
        _collar(canvas, wide, low, other if garment == "jacket" else mix(cloth, WHITE, 0.12))
    if garment == "roll":
        rolled = whole(
            [(0.0, 0.86), (0.7 * wide, 0.85), (wide + 0.03, 0.78), (wide + 0.06, 0.92), (0, 1.04)]
        )
        canvas.paint(cloth * np.float32(0.9), rolled)
        ribs = np.linspace(-wide, wide, 15)[:, None, None] + np.zeros((15, 2, 2))
        ribs[:, :, 1] = (0.80, 1.02)
        canvas.lines(dark, ribs, 0.014, 0.5, canvas.mask(rolled))
    if garment == "jacket":
        # Lapels from the neck to the button, in the jacket's own colour.
        lapel = [(wide + 0.10, 0.90), (0.62, 1.05), (0.50, 1.30), (0.10, 1.75), (0.16, 1.30)]
        canvas.paint(cloth * np.float32(0.84), pair(curve(lapel)))
        canvas.paint(dark, pair(stroke([*lapel[:4]], 0.016, 1, 1)), 0.8)


def _strap(edge: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The outer edge of a strap and the armhole below it."""
    x, y = edge[-1]
    return [(x + 0.13, y + 0.03), (0.72, 1.30), (0.95, 1.60), (1.0, 2.4)]


def _collar(canvas: Canvas, wide: float, low: float, colour: Colour) -> None:
    leaf = [(wide - 0.02, 0.84), (wide + 0.12, 0.95), (0.44, low + 0.10), (0.10, low + 0.04)]
    canvas.paint(
        colour * np.float32(0.7), pair(curve(np.array(leaf) + np.array((0, 0.02)))), 0.6, 0.012
    )
    canvas.paint(colour, pair(curve(leaf)))


def _pattern(canvas: Canvas, rng: Random, cloth: Colour, within: np.ndarray) -> None:
    """Stripes, checks, dots or nothing."""
    kind, (gap, lean, bold) = rng.integers(5), rng.random(3)
    step = 0.09 + 0.10 * gap
    other = mix(cloth, WHITE, 0.55) if bold < 0.5 else cloth * np.float32(0.5)
    places = np.arange(-1.8, 1.8, step)
    across = np.stack([np.stack([places + 0.3 * (lean - 0.5), 0 * places + 0.8], 1),
                       np.stack([places, 0 * places + 2.2], 1)], 1)  # fmt: skip
    level = np.arange(0.8, 2.2, step)
    along = np.stack(
        [np.stack([0 * level - 1.8, level], 1), np.stack([0 * level + 1.8, level], 1)], 1
    )
    if kind in (1, 3):
        canvas.lines(other, across, 0.22 * step, 0.6, within)
    if kind in (2, 3):
        canvas.lines(other, along, 0.30 * step, 0.6, within)
    if kind == 4:
        dots = [ellipse(x, y, 0.2 * step, 0.2 * step, 8) for y in level[:8] for x in places[::2]]
        canvas.paint(other, dots, 0.8, within=within)
