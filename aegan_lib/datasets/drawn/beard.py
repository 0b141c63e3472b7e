"""Hair on the face: brows, stubble, beard and mustache, down to single hairs."""

import numpy as np

from aegan_lib.datasets.drawn.anatomy import (
    MOUTH_Y,
    Face,
    cheek_width,
    eye_centre,
    mix,
    mouth_corner,
    mouth_opening,
    nose_tip,
    shade,
    shine,
)
from aegan_lib.datasets.drawn.canvas import Canvas, Colour
from aegan_lib.datasets.drawn.detail import generator
from aegan_lib.datasets.drawn.shapes import curve, mirror, pair, stroke, whole


def draw_brows(canvas: Canvas, face: Face, skin: Colour, hair: Colour) -> None:
    # The right brow, above the eye; a smile lifts it a little.
    (x, y), arch = eye_centre(face, 1), 0.024 + 0.014 * face["brow_arch"]
    y -= 0.200 + 0.020 * face["brow_height"] + 0.012 * face["smile"]
    # From the nose outwards: the arch is highest past the middle, and the outer end falls.
    knots = [
        (x - 0.165, y + 0.008),
        (x - 0.04, y - 0.7 * arch),
        (x + 0.08, y - arch),
        (x + 0.195, y + 0.030),
    ]
    # Thick near the nose, thin outside. Some skin shows through, so brows are no black bars.
    thick = 0.026 + 0.058 * face["brow_thickness"]
    colour = mix(hair * np.float32(0.66), shade(skin, 1.3), 0.3)
    canvas.paint(colour, pair(stroke(knots, thick, 0.75, 0.2)), 0.78, blur=0.011)
    # Single hairs: upright at the nose, lying along the brow outside.
    rng = generator(face, "brows")
    way = curve(knots, False)  # (19, 2)
    place, level, length, lean = rng.random((4, 2, 30))
    root = way[(place * (len(way) - 1)).astype(int)]  # (2, 30, 2)
    t = place
    root = root + np.stack([0 * t, (level - 0.5) * thick * (1 - 0.5 * t)], -1)
    angle = 1.2 - 1.25 * t + 0.4 * (lean - 0.5)
    step = np.stack([np.cos(angle), -np.sin(angle)], -1) * (0.030 + 0.025 * length)[..., None]
    hairs = np.stack([root, root + step], 2)  # (2, 30, 2, 2)
    both = np.concatenate([hairs[0], mirror(hairs[1])])
    canvas.lines(hair * np.float32(0.5), both, 0.009, 0.5)


def draw_beard(canvas: Canvas, face: Face, skin: Colour, hair: Colour, head: np.ndarray) -> None:
    if face["beard"] > 0:
        rng = generator(face, "beard")
        cheek, (wide, high) = cheek_width(face), mouth_corner(face, 1)
        opening = mouth_opening(face)
        # Its upper edge: down the cheek, around the corner of the mouth, below the lower lip. How
        # high it grows on the cheeks differs from man to man.
        low = 0.08 * rng.random()
        right = [
            (0.99 * cheek, -0.05),
            (0.93 * cheek, 0.20 + low),
            (0.83 * cheek, 0.36 + low),
            (wide + 0.07, high - 0.01),
            (0.75 * wide, MOUTH_Y + 0.07 + 0.6 * opening),
            (0.30 * wide, MOUTH_Y + 0.115 + opening),
        ]
        # Outside and below, the shape goes well beyond the chin: the head's mask cuts it there.
        left = [(-x, y) for x, y in reversed(right)]
        around = [(-0.95, 0.1), (-0.8, 0.9), (0, 1.1), (0.8, 0.9), (0.95, 0.1)]
        colour = mix(hair * np.float32(0.76), shade(skin), 0.2)
        shape = curve([*right, *left, *around])
        full = face["beard"]
        canvas.paint(colour, shape, 0.15 + 0.60 * full, 0.035, head)
        # The chin stands out and catches light, through the beard as well.
        chin = colour * np.float32(1.3) + 8
        canvas.glow(chin, (0, 0.78), (0.34, 0.13), 0.35 * full, head)
        # Single hairs, short stubble or long enough to leave the beard's edge, dark and light.
        x, y, lean, length = rng.random((4, 170))
        root = np.stack([1.5 * x - 0.75, 0.15 + 0.85 * y], 1)
        size = (0.012 + 0.075 * full * length)[:, None]
        down = np.stack([0.5 * root[:, 0] + 0.9 * (lean - 0.5), 0.6 + 0 * lean], 1) * size
        bend = np.stack([0.4 * (lean - 0.5), 0.2 + 0 * lean], 1) * size
        hairs = np.stack([root, root + down, root + 1.7 * down + bend], 1)  # (170, 3, 2)
        grown = canvas.mask(shape) * head
        canvas.lines(hair * np.float32(0.48), hairs[:110], 0.009, 0.18 + 0.40 * full, grown)
        canvas.lines(
            mix(hair * np.float32(1.15), shine(skin), 0.25), hairs[110:], 0.010, 0.5 * full, grown
        )


def draw_mustache(canvas: Canvas, face: Face, hair: Colour) -> None:
    if face["mustache"] > 0:
        (wide, high), top = mouth_corner(face, 1), nose_tip(face)[1] + 0.10
        # From below the nose outwards, around the corner of the mouth, back along the upper lip.
        knots = [
            (0, top + 0.02),
            (0.14, top + 0.005),
            (wide + 0.02, high - 0.04),
            (wide + 0.05, high + 0.03),
            (0.6 * wide, 0.5 * (high + MOUTH_Y) - 0.04),
            (0, MOUTH_Y - 0.055),
        ]
        opacity, shape = 0.35 + 0.5 * face["mustache"], whole(knots)
        canvas.paint(hair * np.float32(0.80), shape, 0.85 * opacity, blur=0.016)
        # Hairs sweep outwards from below the nose.
        t, level, lean = generator(face, "beard").random((3, 48))
        x = (2 * t - 1) * wide
        root = np.stack([0.8 * x, top + 0.01 + 0.05 * level + 0 * t], 1)
        tip = np.stack([x * (1.0 + 0.2 * lean), root[:, 1] + 0.05 + 0.05 * lean], 1)
        hairs = np.stack([root, tip], 1)
        within = canvas.mask(shape)
        canvas.lines(hair * np.float32(0.5), hairs[::2], 0.010, opacity, within)
        canvas.lines(hair * np.float32(1.2) + 8, hairs[1::2], 0.010, 0.6 * opacity, within)
