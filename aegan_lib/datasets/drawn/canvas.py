"""A canvas of float pixels in the coordinates of what is painted, and soft shapes for it.

Shapes are arrays (k, 2) of x to the right, y down. They are smooth curves through few knots,
strokes of a brush, or ellipses, and a painted shape may have soft edges.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import cv2
import numpy as np

Colour: TypeAlias = np.ndarray  # (3,) float32 RGB in [0, 255]
Points: TypeAlias = np.ndarray  # (k, 2) float64 in face coordinates
Shapes: TypeAlias = Points | Sequence[Points]
Knots: TypeAlias = Sequence[Sequence[float]] | Points
Window: TypeAlias = tuple[slice, slice]
View: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom
Pose: TypeAlias = tuple[np.ndarray, np.ndarray]  # (2, 2) matrix and (2,) offset

LENS = 0.0092  # standard deviation of the lens, in face units


class Canvas:
    """Colour planes, and the mapping from face coordinates to them: the pose, then the view.

    Arguments:
        height, width: in pixels, finer than the image that is wanted.
        view: the part of the plane, after the pose, that the canvas holds.
        pose: how everything is turned, scaled and shifted.
    """

    def __init__(self, height: int, width: int, view: View, pose: Pose):
        left, top, right, bottom = view
        # Colour planes, (3, height, width): a window's rows are then long runs of numbers.
        self.planes = np.empty((3, height, width), np.float32)
        # Face coordinates are turned by the pose, moved so that the view begins at 0, and scaled.
        # Points are rows: `points @ matrix + offset` are pixels, hence the transposed matrix.
        matrix, offset = pose
        zoom = np.array([width / (right - left), height / (bottom - top)])
        self.zoom = float(zoom[1])  # pixels per face unit
        self.matrix = matrix.T * zoom
        self.offset = (offset - (left, top)) * zoom - 0.5  # pixel centres are at integers
        # The inverse mapping gives every pixel its face coordinates, for soft round shapes.
        inverse = np.linalg.inv(self.matrix)
        # A row (width,) and a column (height, 1) broadcast to x and y, (height, width) each.
        column = np.arange(width) - self.offset[0]
        row = np.arange(height)[:, None] - self.offset[1]
        self.x = (column * inverse[0, 0] + row * inverse[1, 0]).astype(np.float32)
        self.y = (column * inverse[0, 1] + row * inverse[1, 1]).astype(np.float32)

    def window(self, points: np.ndarray, margin: float) -> Window | None:
        """The part of the canvas that holds pixel positions (k, 2), None where it is empty."""
        # The box around the points and its margin, rounded outwards, cut at the canvas's edges.
        height, width = self.x.shape
        (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
        left, top = max(math.floor(left - margin), 0), max(math.floor(top - margin), 0)
        right = min(math.ceil(right + margin) + 1, width)
        bottom = min(math.ceil(bottom + margin) + 1, height)
        inside = left < right and top < bottom
        return (slice(top, bottom), slice(left, right)) if inside else None

    def cover(self, shapes: Shapes, blur: float = 0.0) -> tuple[Window | None, np.ndarray]:
        """A window and the share in [0, 1] of each of its pixels that the shapes cover."""
        # Everything is done in the smallest window that holds the shapes and their blur, of which
        # next to nothing is left beyond three standard deviations.
        shapes = [shapes] if isinstance(shapes, np.ndarray) else shapes
        points = np.concatenate(shapes) @ self.matrix + self.offset  # (k, 2), pixels
        sigma = blur * self.zoom
        window = self.window(points, 3 * sigma + 1)
        if window is None:
            return None, np.empty(0, np.float32)
        # Filled with antialiased edges. OpenCV takes whole numbers, here sixteenths of a pixel.
        top, left = window[0].start, window[1].start
        mask = np.zeros((window[0].stop - top, window[1].stop - left), np.uint8)
        fixed = np.rint((points - (left, top)) * 16).astype(np.int32)  # 4 fractional bits
        start = 0
        for shape in shapes:  # one by one: filled together, overlaps would become holes
            cv2.fillPoly(mask, [fixed[start : start + len(shape)]], 255, cv2.LINE_AA, 4)
            start += len(shape)
        share: np.ndarray = mask * np.float32(1 / 255)  # (h, w) of the window
        if sigma > 0.3:  # on floats, OpenCV blurs twice as fast as on bytes
            share = cv2.GaussianBlur(share, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        return window, share

    def mask(self, shapes: Shapes) -> np.ndarray:
        """The coverage of shapes over the whole canvas, (height, width) float32 in [0, 1]."""
        whole = np.zeros(self.x.shape, np.float32)
        window, share = self.cover(shapes)
        if window is not None:
            whole[window] = share
        return whole

    def paint(
        self,
        colour: Colour,
        shapes: Shapes,
        opacity: float = 1.0,
        blur: float = 0.0,
        within: np.ndarray | None = None,
    ) -> None:
        """Fill shapes, their edges softened by `blur` (face units), inside the mask `within`."""
        window, share = self.cover(shapes, blur)
        if window is not None:
            self.blend(colour, share * np.float32(opacity), window, within)

    def glow(
        self,
        colour: Colour,
        centre: tuple[float, float],
        radii: tuple[float, float],
        opacity: float,
        within: np.ndarray | None = None,
    ) -> None:
        """A soft ellipse, (1 - r^2)^2 for r < 1: air-brush shading without a blur."""
        # The window holds the ellipse's box; a tilted face tilts it, so all four corners count.
        (x, y), (rx, ry) = centre, radii
        box = np.array([[x - rx, y - ry], [x + rx, y - ry], [x - rx, y + ry], [x + rx, y + ry]])
        window = self.window(box @ self.matrix + self.offset, 0)
        if window is not None:
            # Squared distance from the centre, in radii; the weight falls to 0 without an edge.
            across = (self.x[window] - np.float32(x)) * np.float32(1 / rx)
            down = (self.y[window] - np.float32(y)) * np.float32(1 / ry)
            fade = np.maximum(np.float32(1) - across * across - down * down, np.float32(0))
            self.blend(colour, fade * fade * np.float32(opacity), window, within)

    def blend(
        self,
        colour: Colour,
        weight: np.ndarray,
        window: Window = np.s_[:, :],
        within: np.ndarray | None = None,
    ) -> None:
        """Move pixels towards a colour by a weight in [0, 1] each."""
        if within is not None:
            weight = weight * within[window]
        # (3, h, w), a view: the sum below changes the canvas.
        target = self.planes[:, window[0], window[1]]
        target += (np.asarray(colour, np.float32)[:, None, None] - target) * weight

    def develop(self, height: int, width: int) -> np.ndarray:
        """The finished picture, (height, width, 3) uint8."""
        # Planes become one picture (h, w, 3) of the finer canvas; it is softened by the lens, then
        # averaged down to what was asked for.
        picture = cv2.merge(list(self.planes))
        picture = cv2.GaussianBlur(picture, (0, 0), max(LENS * self.zoom, 0.1))
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


# --- shapes ---------------------------------------------------------------------------------------


@cache
def _spline(count: int, closed: bool, steps: int) -> np.ndarray:
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
    points = _spline(count, False, 5)  # (k, count)
    t = np.linspace(0, 1, len(points))
    # Half a sine, widened, swells and thins; the ends keep at least the width asked of them.
    swell = np.maximum(np.sin(np.pi * t) ** 0.7, start * (1 - t) + end * t)
    # Directions are a matrix (k, count) too: a derivative is linear in the knots. Half widths are
    # (k, 1).
    return points, np.gradient(points, axis=0), swell[:, None] / 2


def curve(knots: Knots, closed: bool = True) -> Points:
    """A smooth curve through knots."""
    return _spline(len(knots), closed, 6) @ np.asarray(knots, float)


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
