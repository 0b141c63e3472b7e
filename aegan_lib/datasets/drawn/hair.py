"""Hair, wherever a face has it: on the head, over the eyes and around the mouth."""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from aegan_lib.datasets.drawn.anatomy import (
    MOUTH_Y,
    WHITE,
    Face,
    cheek_width,
    eye_centre,
    mix,
    mouth_corner,
    mouth_opening,
    nose_tip,
    shade,
)
from aegan_lib.datasets.drawn.canvas import (
    Canvas,
    Colour,
    Points,
    between,
    curve,
    pair,
    stroke,
    whole,
)

Halves: TypeAlias = list[tuple[Points, Points]]


def hair_halves(face: Face) -> Halves:
    """For either side the (outer, inner) edge of the front hair, knot for knot from crown to tip.

    A strand is a blend of the two edges, so it follows the hair whatever its cut.
    """
    # Past a third of the factor's range hair counts as long: it hangs, sways and adds volume.
    length, wide = face["hair_length"], cheek_width(face)
    long = min(1.0, 3 * length)
    end = -0.04 + 1.65 * length  # y of its lower end: beside the ears, or further down
    # Where it is parted, and how high the hairline lies.
    part, line = 0.30 * face["parting"], -0.61 - 0.08 * face["hairline"]
    volume = 0.03 + 0.025 * face["hair_volume"] + 0.06 * long
    halves = []
    for side in (-1, 1):
        if face["bangs"]:
            # Bangs hang from the parting to just above the brows.
            inner = [
                (part, -0.60),
                (part + side * 0.13, -0.44),
                (side * 0.66 * wide + 0.3 * part, -0.36),
                (side * 0.94 * wide, -0.22),
            ]
        else:
            # Without bangs the inner edge is the hairline, from the parting to the temple.
            inner = [
                (part, line - 0.02),
                (part + side * 0.20, line),
                (side * 0.74 * wide + 0.15 * part, line + 0.16),
                (side * 0.93 * wide, -0.28),
            ]
        # The outer edge runs over the skull, by as much above it as the hair is full.
        outer = [
            (part, -1.05 - volume),
            (side * 0.43 + 0.2 * part, -0.935 - volume),
            (side * (wide - 0.01 + volume), -0.66),
            (side * (wide + 0.06 + volume), -0.34),
        ]
        # Below the temples both edges go on, in four steps, to the end. Waves sway them together;
        # short hair tapers towards its end, and at the last knot the edges come together.
        for k in range(1, 5):
            y = -0.28 + (end + 0.28) * k / 4
            sway = (0.008 + 0.042 * long) * face["hair_wave"] * math.sin(1.3 * k + 5.0 * y)
            thin = (0.06 + volume) * (1 - long) * k / 4 - 0.10 * length * k / 4
            tip = (0.02 + 0.06 * long) * (k == 4)
            inner.append((side * (0.965 * wide + sway + tip), y))
            outer.append((side * (wide + 0.06 + volume - thin + sway - tip), y))
        halves.append((np.array(outer), np.array(inner)))
    return halves


def draw_back_hair(canvas: Canvas, face: Face, hair: Colour) -> None:
    # Short hair does not show behind the head; the rest is dark, since it lies in the shade.
    if face["hair_length"] > 0.2:
        end = -0.08 + 1.62 * face["hair_length"]
        knots = [(0.3, -0.9), (0.7, -0.5), (0.76, 0.2), (0.74, max(end - 0.15, 0.25)), (0.5, end)]
        canvas.paint(hair * np.float32(0.58), whole(knots))


def draw_hair_shadow(canvas: Canvas, halves: Halves, skin: Colour, head: np.ndarray) -> None:
    """The front hair's soft shadow on the forehead."""
    for outer, inner in halves:
        # From the parting to the ear along the outer edge, and back a little below the inner one.
        lowered = inner[5::-1] * (0.97, 1) + (0, 0.06)
        canvas.paint(shade(skin), curve([*outer[:6], *lowered]), 0.5, blur=0.03, within=head)


def draw_front_hair(canvas: Canvas, face: Face, halves: Halves, hair: Colour) -> None:
    # One flat colour first; strands and light then stay inside it.
    mask = canvas.mask([between(outer, inner) for outer, inner in halves])
    canvas.blend(hair, mask)
    dark, bright = hair * np.float32(0.64), mix(hair * np.float32(1.22), WHITE, 0.16)

    def strands(
        width: float, shares: Sequence[float], first: int = 0, last: int | None = None
    ) -> list[Points]:
        # A share of 0 is the inner edge, 1 the outer one; (k, 2) knots blend to (k, 2) knots.
        return [
            stroke((inner + (outer - inner) * share)[first:last], width, 0, 0)
            for outer, inner in halves
            for share in shares
        ]

    # From broad to fine: darker edges, wide lights over the crown, lights below it, dark strands.
    edges = [stroke(edge, 0.09, 1, 1) for half in halves for edge in half]
    canvas.paint(dark, edges, 0.5, 0.03, mask)
    canvas.paint(bright, strands(0.085, (0.33, 0.62), 0, 5), 0.50, 0.024, mask)
    canvas.paint(bright, strands(0.050, (0.28, 0.55, 0.78), 3), 0.28, 0.018, mask)
    canvas.paint(dark, strands(0.036, (0.18, 0.47, 0.77)), 0.38, 0.013, mask)
    canvas.paint(dark, strands(0.020, (0.32, 0.62, 0.88), 1), 0.30, 0.008, mask)
    # A sheen on the side that the light comes from.
    light = face["light"]
    canvas.glow(bright, (0.45 * light, -0.80), (0.50, 0.30), 0.45 * abs(light), mask)


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
    brow = stroke(knots, 0.030 + 0.046 * face["brow_thickness"], 0.75, 0.2)
    canvas.paint(mix(hair * np.float32(0.66), shade(skin, 1.3), 0.3), pair(brow), 0.9, blur=0.009)


def draw_beard(canvas: Canvas, face: Face, skin: Colour, hair: Colour, head: np.ndarray) -> None:
    if face["beard"] > 0:
        cheek, (wide, high) = cheek_width(face), mouth_corner(face, 1)
        opening = mouth_opening(face)
        # Its upper edge: down the cheek, around the corner of the mouth, below the lower lip.
        right = [
            (0.99 * cheek, -0.05),
            (0.93 * cheek, 0.20),
            (0.83 * cheek, 0.36),
            (wide + 0.07, high - 0.01),
            (0.75 * wide, MOUTH_Y + 0.07 + 0.6 * opening),
            (0.30 * wide, MOUTH_Y + 0.115 + opening),
        ]
        # Outside and below, the shape goes well beyond the chin: the head's mask cuts it there.
        left = [(-x, y) for x, y in reversed(right)]
        around = [(-0.95, 0.1), (-0.8, 0.9), (0, 1.1), (0.8, 0.9), (0.95, 0.1)]
        colour = mix(hair * np.float32(0.76), shade(skin), 0.2)
        shape = curve([*right, *left, *around])
        canvas.paint(colour, shape, 0.22 + 0.62 * face["beard"], 0.035, head)
        # The chin stands out and catches light, through the beard as well.
        chin = colour * np.float32(1.3) + 8
        canvas.glow(chin, (0, 0.78), (0.34, 0.13), 0.35 * face["beard"], head)


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
        opacity = 0.35 + 0.5 * face["mustache"]
        canvas.paint(hair * np.float32(0.80), whole(knots), opacity, blur=0.016)
