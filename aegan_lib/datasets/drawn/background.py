"""What stands behind a person: one of several scenes, more or less out of focus.

A scene is a list of opaque pieces from back to front, in colours around the background's own.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from aegan_lib.datasets.drawn.anatomy import Face, hsv
from aegan_lib.datasets.drawn.canvas import Canvas, Colour, Piece
from aegan_lib.datasets.drawn.detail import generator
from aegan_lib.datasets.drawn.shapes import Knots, Points, curve, ellipse

Random: TypeAlias = np.random.Generator
Tone: TypeAlias = Callable[[float, float, float], Colour]
"""The background's colour with its hue shifted, its saturation and its value multiplied."""

CALM = 0.72  # share of the scenes' differences of lightness that is drawn
# Scenes reach a little beyond the widest view.
LEFT, TOP, RIGHT, BOTTOM = -1.8, -2.2, 1.8, 2.2


def draw_background(canvas: Canvas, face: Face) -> None:
    rng = generator(face, "background")
    hue, saturation = face["background_hue"], face["background_saturation"]
    value = face["background_lightness"]

    def tone(turn: float, stronger: float, lighter: float) -> Colour:
        # Quieter than the scenes say: a face is to stand out from what is behind it.
        return hsv(hue + turn, min(saturation * stronger, 1), value * (1 + CALM * (lighter - 1)))

    # A gradient between two colours; the second is lighter, paler and a little further in hue.
    ground = (tone(0, 1, 1), tone(0.08, 0.6, 1.2))
    scene = SCENES[rng.integers(len(SCENES))]
    blur = 0.012 + 0.06 * face["background_blur"] ** 2
    canvas.scene(ground, face["background_angle"], scene(rng, tone), blur)


def box(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _below(knots: Knots) -> Points:
    """All that lies below a curve from left to right."""
    return np.concatenate([curve(knots, False), [(RIGHT, BOTTOM), (LEFT, BOTTOM)]])


def studio(rng: Random, tone: Tone) -> list[Piece]:
    """Paper with a pool of light and clouds of colour."""
    pieces = []
    for _ in range(9):
        x, y, rx, ry, turn, light = rng.random(6)
        shape = ellipse(3 * x - 1.5, 3 * y - 1.7, 0.25 + 0.5 * rx, 0.25 + 0.4 * ry)
        pieces.append((tone(0.1 * turn - 0.05, 1, 0.84 + 0.32 * light), shape))
    return pieces


def bokeh(rng: Random, tone: Tone) -> list[Piece]:
    """Lights far out of focus, the nearer the larger."""
    pieces = []
    for x, y, size, turn, strong, light in rng.random((34, 6)):
        radius = 0.05 + 0.17 * size**2
        colour = tone(0.5 * (turn - 0.5), 0.6 + 2.4 * strong, 0.6 + 0.8 * light)
        pieces.append((colour, ellipse(3.2 * x - 1.6, 3.2 * y - 1.9, radius, radius, 16)))
    return pieces


def foliage(rng: Random, tone: Tone) -> list[Piece]:
    """Leaves before leaves, in three depths from dark to light."""
    pieces = []
    for k, (x, y, size, angle, turn, light) in enumerate(rng.random((66, 6))):
        length, lean = 0.13 + 0.18 * size, 2 * math.pi * angle
        # A leaf is a lens, pointed at both ends.
        along = np.array([math.cos(lean), math.sin(lean)]) * length
        across = np.array([-along[1], along[0]]) * 0.38
        leaf = [-along, -0.3 * along + across, 0.4 * along + 0.9 * across]
        leaf += [along, 0.4 * along - 0.9 * across, -0.3 * along - across]
        colour = tone(0.12 * turn - 0.06, 2.2, 0.45 + 0.25 * (k // 22) + 0.3 * light)
        pieces.append((colour, np.array(leaf) + np.array((3.4 * x - 1.7, 3.4 * y - 2.0))))
    return pieces


def landscape(rng: Random, tone: Tone) -> list[Piece]:
    """Sky with clouds, rows of hills, and trees."""
    horizon = -0.5 + 0.8 * rng.random()
    pieces: list[Piece] = []
    for x, y, wide, light in rng.random((7, 4)):
        cloud = ellipse(
            3.4 * x - 1.7, horizon - 0.1 - 1.2 * y, 0.2 + 0.4 * wide, 0.05 + 0.08 * wide
        )
        pieces.append((tone(0.02, 0.5, 1.05 + 0.25 * light), cloud))
    # Nearer hills are lower in the picture, darker and of a stronger colour.
    for k, heights in enumerate(rng.random((3, 8))):
        x = np.linspace(LEFT, RIGHT, 8)
        y = horizon + 0.28 * k + (0.34 - 0.06 * k) * (heights - 0.5)
        colour = tone(0.07 * k, 1.4 + 0.5 * k, 0.82 - 0.16 * k)
        pieces.append((colour, _below(np.stack([x, y], 1))))
    for x, y, size, light, turn in rng.random((16, 5)):
        foot, height = horizon + 0.15 + 0.6 * y, 0.18 + 0.35 * size
        left = 3.4 * x - 1.7
        crown = ellipse(left, foot - height, 0.45 * height, 0.6 * height, 12)
        pieces.append(
            (tone(0, 1.5, 0.30), box(left - 0.02, foot - 0.7 * height, left + 0.02, foot))
        )
        pieces.append((tone(0.1 * turn, 2.2, 0.40 + 0.4 * light), crown))
    return pieces


def room(rng: Random, tone: Tone) -> list[Piece]:
    """A wall with a window on one side, pictures on the other, and a sill or a sofa below."""
    side = 1 if rng.random() < 0.5 else -1
    u = rng.random(8)
    inner, outer = side * (0.25 + 0.4 * u[0]), side * (1.15 + 0.5 * u[1])
    left, right = min(inner, outer), max(inner, outer)
    top, bottom = -1.5 + 0.6 * u[2], 0.1 + 0.7 * u[3]
    # The frame, the sky in it, what grows outside, and the bars before it.
    pieces = [(tone(0.05, 0.3, 1.3), box(left, top, right, bottom))]
    left, top, right, bottom = left + 0.06, top + 0.06, right - 0.06, bottom - 0.06
    pieces.append((tone(0.4, 0.7, 1.5), box(left, top, right, bottom)))
    for x, y, size, light in rng.random((9, 4)):
        green = ellipse(
            left + (right - left) * x, bottom - 0.5 * (bottom - top) * y, 0.05 + 0.09 * size,
            0.05 + 0.09 * size, 10,
        )  # fmt: skip
        pieces.append((tone(0.3, 1.6, 0.7 + 0.4 * light), green))
    bars, middle = 1 + int(3 * u[4]), top + (bottom - top) * (0.3 + 0.4 * u[5])
    for k in range(1, bars):
        x = left + (right - left) * k / bars
        pieces.append((tone(0.05, 0.3, 1.25), box(x - 0.025, top, x + 0.025, bottom)))
    pieces.append((tone(0.05, 0.3, 1.25), box(left, middle - 0.025, right, middle + 0.025)))
    # Pictures on the wall: a frame and what is in it.
    for x, y, wide, high, turn, light in rng.random((4, 6)):
        x, y = -side * (0.35 + 1.2 * x), -1.5 + 2.0 * y
        wide, high = 0.10 + 0.16 * wide, 0.10 + 0.18 * high
        pieces.append(
            (tone(0.5, 0.8, 0.4 + 0.3 * light), box(x - wide, y - high, x + wide, y + high))
        )
        wide, high = wide - 0.04, high - 0.04
        canvas_colour = tone(turn, 1.8, 0.8 + 0.5 * light)
        pieces.append((canvas_colour, box(x - wide, y - high, x + wide, y + high)))
    back = 0.55 + 0.4 * u[6]
    pieces.append(
        (tone(0.5 * u[7], 1.8, 0.55), _below([(LEFT, back), (0, back - 0.05), (RIGHT, back)]))
    )
    return pieces


def shelves(rng: Random, tone: Tone) -> list[Piece]:
    """Boards full of books, some of them leaning."""
    pieces: list[Piece] = []
    board = TOP + 0.3 * rng.random()
    for gap, *_ in rng.random((7, 2)):
        board += 0.48 + 0.16 * gap
        pieces.append((tone(0, 1.2, 0.42), box(LEFT, board - 0.60, RIGHT, board)))
        x = LEFT
        for wide, high, turn, strong, light, lean in rng.random((26, 6)):
            wide, high = 0.06 + 0.10 * wide, 0.26 + 0.20 * high
            slant = 0.10 * (lean - 0.8) / 0.2 if lean > 0.8 else 0.0
            book = box(x, board - high, x + wide, board)
            book[:2, 0] += slant
            pieces.append((tone(turn, 0.4 + 2.4 * strong, 0.35 + 0.85 * light), book))
            # A gap now and then; a leaning book needs its room.
            x += wide + 0.012 + slant + (0.14 if light * strong > 0.75 else 0)
        pieces.append((tone(0.02, 1.3, 0.72), box(LEFT, board, RIGHT, board + 0.05)))
    return pieces


def city(rng: Random, tone: Tone) -> list[Piece]:
    """Houses before houses, their windows lit or not."""
    pieces: list[Piece] = []
    for row in range(2):
        x = LEFT + 0.3 * rng.random()
        for wide, high, turn, light, lit in rng.random((8, 5)):
            wide, high = 0.34 + 0.36 * wide, -1.2 + 0.9 * high + 0.55 * row
            colour = tone(0.1 * turn - 0.05, 1.3, 0.85 - 0.3 * row + 0.3 * (light - 0.5))
            pieces.append((colour, box(x, high, x + wide, BOTTOM)))
            # Windows in rows and columns; behind each row's first the same light is on.
            pane = tone(0.5 * (lit > 0.5), 1.5, 0.55 if lit < 0.5 else 1.35)
            for y in np.arange(high + 0.10, 1.1, 0.21):
                for left in np.arange(x + 0.06, x + wide - 0.08, 0.15):
                    if (7.3 * left + 3.7 * y) % 1 < 0.72:
                        pieces.append((pane, box(left, y, left + 0.075, y + 0.11)))
            x += wide + 0.02
    return pieces


def pattern(rng: Random, tone: Tone) -> list[Piece]:
    """A wall of bricks, of boards, or papered with stripes or diamonds."""
    kind, u, pieces = rng.integers(4), rng.random(4), []
    light = rng.random((40, 40))
    high, wide = 0.14 + 0.12 * u[0], 0.32 + 0.25 * u[1]
    strength = 0.15 + 0.25 * u[2]
    if kind == 0:  # bricks, every other row shifted by half of one
        for j, y in enumerate(np.arange(TOP, BOTTOM, high)):
            for i, x in enumerate(np.arange(LEFT - wide * (j % 2) / 2, RIGHT, wide)):
                colour = tone(0.03, 1.8, 1 + strength * 2 * (light[i % 40, j % 40] - 0.6))
                pieces.append((colour, box(x, y, x + wide - 0.03, y + high - 0.03)))
    elif kind == 3:  # diamonds
        for j, y in enumerate(np.arange(TOP, BOTTOM, high)):
            for x in np.arange(LEFT + high * (j % 2), RIGHT, 2 * high):
                shape = np.array(
                    [(x - 0.6 * high, y), (x, y - high), (x + 0.6 * high, y), (x, y + high)]
                )
                pieces.append((tone(0.1 * u[3], 1.4, 1 - strength), shape))
    else:  # stripes of one width, or boards of several
        x, i = LEFT, 0
        while x < RIGHT:
            step = high if kind == 1 else high * (0.6 + 1.4 * light[i, 0])
            shift = (i % 2) * strength if kind == 1 else strength * light[i, 1]
            pieces.append((tone(0.05 * u[3], 1.3, 1.05 - shift), box(x, TOP, x + step, BOTTOM)))
            x, i = x + step, i + 1
    return pieces


SCENES = (studio, bokeh, foliage, landscape, room, shelves, city, pattern)
