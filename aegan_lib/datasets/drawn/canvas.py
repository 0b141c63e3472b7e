"""A canvas of float pixels in the coordinates of what is painted, flat or on a turned relief."""

import copy
import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import cv2
import numpy as np

from aegan_lib.datasets.drawn.shapes import Points, Shapes

Colour: TypeAlias = np.ndarray  # (3,) float32 RGB in [0, 255]
Window: TypeAlias = tuple[slice, slice]
View: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom
Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom in pixels
Pose: TypeAlias = tuple[np.ndarray, np.ndarray]  # (2, 2) matrix and (2,) offset
Piece: TypeAlias = tuple[Colour, Points]  # an opaque shape
Relief: TypeAlias = Callable[[Points], np.ndarray]  # (k, 2) -> how far each stands out, (k,)

LENS = 0.007  # standard deviation of the lens, in face units
# As on matte paper, neither black nor white is complete: 0 becomes 10 and 255 becomes 245.
BLACK, CONTRAST = 10.0, 0.92


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
        self.rows: list[list[float]] = self.matrix.tolist()
        # A flat canvas: nothing stands out of it, see `turned`.
        self.relief: Relief | None = None
        self.shrink, self.push = np.ones(2), np.zeros(2)
        self.lift, self.frontal, self.pushed = 0.0, self.matrix, self.push
        # The inverse mapping gives every pixel its face coordinates, for soft round shapes.
        inverse = np.linalg.inv(self.matrix)
        # A row (width,) and a column (height, 1) broadcast to x and y, (height, width) each.
        column = np.arange(width) - self.offset[0]
        row = np.arange(height)[:, None] - self.offset[1]
        self.x = (column * inverse[0, 0] + row * inverse[1, 0]).astype(np.float32)
        self.y = (column * inverse[0, 1] + row * inverse[1, 1]).astype(np.float32)

    def turned(self, relief: Relief, shrink: np.ndarray, push: np.ndarray, lift: float) -> "Canvas":
        """The same pixels for painting on a relief that is seen from the side.

        Arguments:
            relief: how far a point of the frontal view stands out towards the viewer.
            shrink: (2,) by what the turn shortens widths and heights.
            push: (2,) where a point that stands out by 1 moves.
            lift: how far what is painted lies above the relief, or behind it where negative.
        """
        other = copy.copy(self)
        other.relief, other.shrink, other.push, other.lift = relief, shrink, push, lift
        # Both as pixels, so that every point takes fewer steps.
        other.frontal, other.pushed = shrink[:, None] * self.matrix, push @ self.matrix
        return other

    def flat(self, points: Points) -> Points:
        """Where points of the frontal view lie in the plane of the picture, (k, 2) to (k, 2)."""
        if self.relief is None:
            return points
        depth = self.relief(points) + self.lift
        flat: Points = points * self.shrink + depth[:, None] * self.push
        return flat

    def pixels(self, points: Points) -> np.ndarray:
        """Pixel positions (k, 2) of points (k, 2)."""
        pixels: np.ndarray = points @ self.frontal + self.offset
        if self.relief is not None:
            pixels += (self.relief(points) + self.lift)[:, None] * self.pushed
        return pixels

    def window(self, box: Box, margin: float) -> Window | None:
        """The part of the canvas that holds a box in pixels, None where it is empty."""
        # The box and its margin, rounded outwards, cut at the canvas's edges.
        height, width = self.x.shape
        left, top, right, bottom = box
        left, top = max(math.floor(left - margin), 0), max(math.floor(top - margin), 0)
        right = min(math.ceil(right + margin) + 1, width)
        bottom = min(math.ceil(bottom + margin) + 1, height)
        inside = left < right and top < bottom
        return (slice(top, bottom), slice(left, right)) if inside else None

    def fixed(self, points: Points, margin: float) -> tuple[Window | None, np.ndarray]:
        """A window around points (k, 2), and where in it they are, in sixteenths of a pixel."""
        # OpenCV takes whole numbers with, here, 4 fractional bits, and finds their box fastest.
        fixed = np.rint(self.pixels(points) * 16).astype(np.int32)
        left, top, width, height = cv2.boundingRect(fixed)
        box = (left / 16, top / 16, (left + width) / 16, (top + height) / 16)
        window = self.window(box, margin)
        if window is not None:
            fixed -= (16 * window[1].start, 16 * window[0].start)
        return window, fixed

    def cover(self, shapes: Shapes, blur: float = 0.0) -> tuple[Window | None, np.ndarray]:
        """A window and the share in [0, 1] of each of its pixels that the shapes cover."""
        # Everything is done in the smallest window that holds the shapes and their blur, of which
        # next to nothing is left beyond three standard deviations.
        shapes = [shapes] if isinstance(shapes, np.ndarray) else shapes
        sigma = blur * self.zoom
        points = np.concatenate(shapes) if len(shapes) > 1 else shapes[0]
        window, fixed = self.fixed(points, 3 * sigma + 1)
        if window is None:
            return None, np.empty(0, np.float32)
        # Filled with antialiased edges.
        mask = _empty(window)
        start = 0
        for shape in shapes:  # one by one: filled together, overlaps would become holes
            cv2.fillPoly(mask, [fixed[start : start + len(shape)]], 255, cv2.LINE_AA, 4)
            start += len(shape)
        share: np.ndarray = mask * np.float32(1 / 255)  # (h, w) of the window
        if sigma > 0.3:  # on floats, OpenCV blurs twice as fast as on bytes
            share = cv2.GaussianBlur(share, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        return window, share

    def lines(
        self,
        colour: Colour,
        lines: np.ndarray,
        width: float,
        opacity: float = 1.0,
        within: np.ndarray | None = None,
    ) -> None:
        """Draw thin lines, (n, k, 2), all at once.

        OpenCV draws lines of whole pixels. A line that is thinner than that is fainter instead, so
        that it weighs the same on a canvas of any size.
        """
        count, steps, _ = lines.shape
        thick = max(1, round(width * self.zoom))
        window, fixed = self.fixed(lines.reshape(-1, 2), thick + 1)
        if window is None:
            return
        mask = _empty(window)
        ways = list(fixed.reshape(count, steps, 2))
        cv2.polylines(mask, ways, False, 255, thick, cv2.LINE_AA, 4)
        share = min(1.0, width * self.zoom / thick) * opacity / 255
        self.blend(colour, mask * np.float32(share), window, within)

    def scene(
        self, ground: Sequence[Colour], angle: float, pieces: Sequence[Piece], blur: float
    ) -> None:
        """Cover the canvas with a gradient and opaque pieces, all of it out of focus.

        Arguments:
            ground: the gradient's two colours, the first at its lower end.
            angle: the gradient's direction, in radians from upright.
            pieces: (colour, (k, 2) outline) from back to front.
            blur: standard deviation of the focus, in face units.
        """
        first, second = (np.asarray(colour, np.float32) for colour in ground)
        # Height along the direction, (h, w, 1); both colours meet half way in the middle.
        slope = self.x * np.float32(math.sin(angle)) - self.y * np.float32(math.cos(angle))
        share = np.clip(slope * np.float32(0.4) + np.float32(0.5), 0, 1)[..., None]
        picture = np.clip(first + (second - first) * share, 0, 255).astype(np.uint8)
        # Bytes, in which OpenCV fills with antialiased edges.
        if pieces:
            fixed = np.rint(self.pixels(np.concatenate([shape for _, shape in pieces])) * 16)
            places, start = fixed.astype(np.int32), 0
            for colour, shape in pieces:
                outline = places[start : start + len(shape)]
                cv2.fillPoly(picture, [outline], colour.tolist(), cv2.LINE_AA, 4)
                start += len(shape)
        sigma = max(blur * self.zoom, 0.1)
        picture = cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        self.planes[:] = np.moveaxis(picture, 2, 0)

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
        (rx, ry), (x, y) = radii, self.flat(np.array([centre], float))[0].tolist()
        # The window holds the ellipse's box, which is larger on a tilted face.
        (a, b), (c, d) = self.rows
        middle_x, middle_y = x * a + y * c + self.offset[0], x * b + y * d + self.offset[1]
        wide, high = rx * abs(a) + ry * abs(c), rx * abs(b) + ry * abs(d)
        box = (middle_x - wide, middle_y - high, middle_x + wide, middle_y + high)
        window = self.window(box, 0)
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

    def develop(self, height: int, width: int, tint: Colour) -> np.ndarray:
        """The finished picture in light of the colour `tint`, (height, width, 3) uint8."""
        # Planes become one picture (h, w, 3) of the finer canvas; it is softened by the lens, then
        # averaged down to what was asked for.
        picture = cv2.merge(list(self.planes))
        picture = cv2.GaussianBlur(picture, (0, 0), max(LENS * self.zoom, 0.1))
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        return np.clip(np.rint(picture * (tint * CONTRAST) + BLACK), 0, 255).astype(np.uint8)


def _empty(window: Window) -> np.ndarray:
    """A window's mask with nothing in it, as OpenCV fills it."""
    return np.zeros((window[0].stop - window[0].start, window[1].stop - window[1].start), np.uint8)
