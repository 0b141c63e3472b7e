"""Shapes to paint: arrays (k, 2) of x to the right, y down, in the coordinates of what is painted.

They are smooth curves through few knots, strokes of a brush, or ellipses.
"""

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import numpy as np

Points: TypeAlias = np.ndarray  # (k, 2) float64 in face coordinates
Shapes: TypeAlias = Points | Sequence[Points]
Knots: TypeAlias = Sequence[Sequence[float]] | Points


@cache
def spline(count: int, closed: bool, steps: int) -> np.ndarray:
    """The matrix that takes `count` knots to a Catmull-Rom curve through them."""
    # A closed curve has a span after its last knot too; an open one has its last point instead.
    spans = count if closed else count - 1
    matrix = np.zeros((spans * steps + (not closed), count))
    for i in range(len(matrix)):
        # Row i of the matrix is the point at t of the way from knot `span` to the next one.
        span, step = divmod(i, steps)
        t = step / steps
        # Catmull-Rom: the shares of the knot before, these two and the one after, each times two.
        weights = (
            -t + 2 * t**2 - t**3,
            2 - 5 * t**2 + 3 * t**3,
            t + 4 * t**2 - 3 * t**3,
            t**3 - t**2,
        )
        # Past its ends, a closed curve goes around and an open one repeats its end.
        for knot, weight in zip(range(span - 1, span + 3), weights, strict=True):
            matrix[i, knot % count if closed else min(max(knot, 0), count - 1)] += weight / 2
    return matrix


@cache
def _brush(count: int, start: float, end: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For an open curve through `count` knots: its points, directions and half widths."""
    points = spline(count, False, 5)  # (k, count)
    t = np.linspace(0, 1, len(points))
    # Half a sine, widened, swells and thins; the ends keep at least the width asked of them.
    swell = np.maximum(np.sin(np.pi * t) ** 0.7, start * (1 - t) + end * t)
    # Directions are a matrix (k, count) too: a derivative is linear in the knots. Half widths are
    # (k, 1).
    return points, np.gradient(points, axis=0), swell[:, None] / 2


def curve(knots: Knots, closed: bool = True) -> Points:
    """A smooth curve through knots."""
    return spline(len(knots), closed, 6) @ np.asarray(knots, float)


def between(first: Knots, second: Knots) -> Points:
    """The area between two curves that run alike."""
    # Along the first and back along the second, which closes the area.
    return np.concatenate([curve(first, False), curve(second, False)[::-1]])


def stroke(knots: Knots, width: float, start: float = 0.15, end: float = 0.15) -> Points:
    """The outline of a brush stroke that swells to `width`, its ends to a share of that."""
    points, directions, half = _brush(len(knots), start, end)
    knots = np.asarray(knots, float)
    centre, along = points @ knots, directions @ knots  # (k, 2) each
    # The direction turned by 90 degrees, as long as the brush is wide here.
    length = np.sqrt((along * along).sum(1, keepdims=True)) + 1e-9
    normal = along[:, ::-1] * (-width, width) * half / length
    # Down one side of the stroke and back up the other.
    return np.concatenate([centre + normal, (centre - normal)[::-1]])


@cache
def _circle(count: int) -> np.ndarray:
    angle = np.arange(count) * (2 * np.pi / count)
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def strokes(
    knots: np.ndarray, widths: np.ndarray, start: float = 0.15, end: float = 0.15
) -> list[Points]:
    """Outlines of n strokes at once, (n, k, 2) knots and (n,) widths."""
    points, directions, half = _brush(knots.shape[1], start, end)
    centre, along = points @ knots, directions @ knots  # (n, m, 2) each
    length = np.sqrt((along * along).sum(2, keepdims=True)) + 1e-9
    normal = along[..., ::-1] * (-1, 1) * (half * widths[:, None, None]) / length
    return list(np.concatenate([centre + normal, (centre - normal)[:, ::-1]], 1))


def ellipses(centres: np.ndarray, radii: np.ndarray, count: int = 12) -> list[Points]:
    """n circles at once, of (n, 2) centres and (n,) radii."""
    return list(_circle(count) * radii[:, None, None] + centres[:, None])


def ellipse(x: float, y: float, rx: float, ry: float, count: int = 20) -> Points:
    return _circle(count) * (rx, ry) + (x, y)


def mirror(knots: Knots, side: int = -1) -> Points:
    """Knots of the right half (x > 0) on the wanted side."""
    return np.asarray(knots, float) * (side, 1)


def pair(shape: Points) -> list[Points]:
    """A shape and its mirror image."""
    return [shape, mirror(shape)]


def whole(right: Sequence[Sequence[float]]) -> Points:
    """A closed symmetric curve from the knots of its right half, top to bottom."""
    # Knots on the axis are their own mirror images, and come once.
    return curve([*right, *[(-x, y) for x, y in reversed(right) if x > 0]])
