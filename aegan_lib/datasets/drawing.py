"""The drawing of one face: a pure function from factors to pixels.

Everything is placed in face coordinates: x to the right, y down, the eyes at y = -0.10, the tight
crop of a face detector is the square [-1, 1] x [-1, 1]. A face is painted from back to front with
soft polygons on a canvas finer than the image, seen through a slightly soft lens, averaged down.
"""
# One line a brush stroke: a formatter would give every number of every knot a line of its own.
# fmt: off

from __future__ import annotations

import colorsys
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeAlias

import cv2
import numpy as np

Face: TypeAlias = Mapping[str, float]  # the factors of one row, see `faces.FACTORS`
Colour: TypeAlias = np.ndarray  # (3,) float32 RGB in [0, 255]
Points: TypeAlias = np.ndarray  # (k, 2) float64 in face coordinates
Knots: TypeAlias = Sequence[Sequence[float]] | Points
Window: TypeAlias = tuple[slice, slice]

EYE_X, EYE_Y, NOSE_Y, MOUTH_Y, CHIN_Y = 0.33, -0.10, 0.22, 0.50, 0.88
LENS = 0.0092  # standard deviation of the lens, in face units
SKIN = ((250, 224, 207), (243, 204, 178), (226, 180, 148), (200, 148, 114), (162, 112, 82),
        (124, 83, 60), (94, 62, 48))
HAIR = ((52, 42, 42), (106, 72, 50), (216, 180, 120), (156, 84, 50), (168, 165, 163))
IRIS = ((92, 58, 34), (128, 98, 50), (88, 122, 78), (76, 122, 168), (118, 132, 146))
LIPS = ((196, 108, 98), (200, 94, 104))
LIPSTICK = ((200, 44, 52), (182, 40, 84))


def rgb(values: Sequence[float]) -> Colour:
    return np.array(values, np.float32)


WHITE, LASH = rgb([250, 247, 242]), rgb([34, 24, 26])


def draw(face: Face, height: int, width: int,
         view: tuple[float, float, float, float]) -> np.ndarray:
    """Draw one face.

    Args:
        face: the factors of one row, see `faces.FACTORS`.
        height, width: size of the image in pixels.
        view: left, top, right, bottom of the picture in face coordinates.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    finer = max(2, math.ceil(80 / min(height, width)))
    canvas = Canvas(face, height * finer, width * finer, view)
    skin, hair, halves = skin_colour(face), hair_colour(face), hair_halves(face)
    _background(canvas, face)
    _back_hair(canvas, face, hair)
    _neck(canvas, face, skin)
    head = _head(canvas, face, skin)
    for outer, inner in halves:  # the hair's soft shadow on the forehead
        lowered = inner[5::-1] * (0.97, 1) + (0, 0.06)
        canvas.paint(shade(skin), curve([*outer[:6], *lowered]), 0.5, blur=0.03, within=head)
    _nose(canvas, face, skin)
    _beard(canvas, face, skin, hair, head)
    _mouth(canvas, face, skin)
    _mustache(canvas, face, hair)
    for side in (-1, 1):
        _eye(canvas, face, skin, side)
    _brows(canvas, face, skin, hair)
    if face["eyeglasses"]:
        _glasses(canvas, face)
    _hair(canvas, face, halves, hair)
    return canvas.develop(height, width)


class Canvas:
    """Float pixels and the mapping from face coordinates: tilt, scale, shift, then the view."""

    def __init__(self, face: Face, height: int, width: int,
                 view: tuple[float, float, float, float]):
        left, top, right, bottom = view
        # Colour planes, (3, height, width): a window's rows are then long runs of numbers.
        self.planes = np.empty((3, height, width), np.float32)
        matrix, offset = pose(face)
        zoom = np.array([width / (right - left), height / (bottom - top)])
        self.zoom = float(zoom[1])
        self.matrix = matrix.T * zoom
        self.offset = (offset - (left, top)) * zoom - 0.5  # pixel centres are at integers
        # The inverse mapping gives every pixel its face coordinates, for soft round shapes.
        inverse = np.linalg.inv(self.matrix)
        column = np.arange(width) - self.offset[0]
        row = np.arange(height)[:, None] - self.offset[1]
        self.x = (column * inverse[0, 0] + row * inverse[1, 0]).astype(np.float32)
        self.y = (column * inverse[0, 1] + row * inverse[1, 1]).astype(np.float32)

    def window(self, points: np.ndarray, margin: float) -> Window | None:
        """The part of the canvas that holds pixel positions (k, 2), None where it is empty."""
        height, width = self.x.shape
        (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
        left, top = max(math.floor(left - margin), 0), max(math.floor(top - margin), 0)
        right = min(math.ceil(right + margin) + 1, width)
        bottom = min(math.ceil(bottom + margin) + 1, height)
        inside = left < right and top < bottom
        return (slice(top, bottom), slice(left, right)) if inside else None

    def cover(self, shapes: Points | Sequence[Points],
              blur: float = 0.0) -> tuple[Window | None, np.ndarray]:
        """A window and the share in [0, 1] of each of its pixels that the shapes cover."""
        shapes = [shapes] if isinstance(shapes, np.ndarray) else shapes
        points = np.concatenate(shapes) @ self.matrix + self.offset
        sigma = blur * self.zoom
        window = self.window(points, 3 * sigma + 1)
        if window is None:
            return None, np.empty(0, np.float32)
        top, left = window[0].start, window[1].start
        mask = np.zeros((window[0].stop - top, window[1].stop - left), np.uint8)
        fixed = np.rint((points - (left, top)) * 16).astype(np.int32)  # 4 fractional bits
        start = 0
        for shape in shapes:  # one by one: filled together, overlaps would become holes
            cv2.fillPoly(mask, [fixed[start:start + len(shape)]], 255, cv2.LINE_AA, 4)
            start += len(shape)
        share: np.ndarray = mask * np.float32(1 / 255)
        if sigma > 0.3:  # on floats, OpenCV blurs twice as fast as on bytes
            share = cv2.GaussianBlur(share, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        return window, share

    def mask(self, shapes: Points | Sequence[Points]) -> np.ndarray:
        """The coverage of shapes over the whole canvas, (height, width) float32 in [0, 1]."""
        whole = np.zeros(self.x.shape, np.float32)
        window, share = self.cover(shapes)
        if window is not None:
            whole[window] = share
        return whole

    def paint(self, colour: Colour, shapes: Points | Sequence[Points], opacity: float = 1.0,
              blur: float = 0.0, within: np.ndarray | None = None) -> None:
        """Fill shapes, their edges softened by `blur` (face units), inside the mask `within`."""
        window, share = self.cover(shapes, blur)
        if window is not None:
            self.blend(colour, share * np.float32(opacity), window, within)

    def glow(self, colour: Colour, x: float, y: float, rx: float, ry: float, opacity: float,
             within: np.ndarray | None = None) -> None:
        """A soft ellipse, (1 - r^2)^2 for r < 1: air-brush shading without a blur."""
        box = np.array([[x - rx, y - ry], [x + rx, y - ry], [x - rx, y + ry], [x + rx, y + ry]])
        window = self.window(box @ self.matrix + self.offset, 0)
        if window is not None:
            across = (self.x[window] - np.float32(x)) * np.float32(1 / rx)
            down = (self.y[window] - np.float32(y)) * np.float32(1 / ry)
            fade = np.maximum(np.float32(1) - across * across - down * down, np.float32(0))
            self.blend(colour, fade * fade * np.float32(opacity), window, within)

    def blend(self, colour: Colour, weight: np.ndarray, window: Window = np.s_[:, :],
              within: np.ndarray | None = None) -> None:
        """Move pixels towards a colour by a weight in [0, 1] each."""
        if within is not None:
            weight = weight * within[window]
        target = self.planes[:, window[0], window[1]]
        target += (np.asarray(colour, np.float32)[:, None, None] - target) * weight

    def develop(self, height: int, width: int) -> np.ndarray:
        """The finished picture, (height, width, 3) uint8."""
        picture = cv2.merge(list(self.planes))
        picture = cv2.GaussianBlur(picture, (0, 0), max(LENS * self.zoom, 0.1))
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


# --- curves and colours ---------------------------------------------------------------------------

@cache
def _spline(count: int, closed: bool, steps: int) -> np.ndarray:
    """The matrix that takes `count` knots to a Catmull-Rom curve through them."""
    spans = count if closed else count - 1
    matrix = np.zeros((spans * steps + (not closed), count))
    for i in range(len(matrix)):
        span, step = divmod(i, steps)
        t = step / steps
        weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3,
                   t**3 - t**2)
        for knot, weight in zip(range(span - 1, span + 3), weights, strict=True):
            matrix[i, knot % count if closed else min(max(knot, 0), count - 1)] += weight / 2
    return matrix


@cache
def _brush(count: int, start: float, end: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For an open curve through `count` knots: its points, directions and half widths."""
    points = _spline(count, False, 5)
    t = np.linspace(0, 1, len(points))
    swell = np.maximum(np.sin(np.pi * t) ** 0.7, start * (1 - t) + end * t)
    return points, np.gradient(points, axis=0), swell[:, None] / 2


def curve(knots: Knots, closed: bool = True) -> Points:
    """A smooth curve through knots."""
    return _spline(len(knots), closed, 6) @ np.asarray(knots, float)


def stroke(knots: Knots, width: float, start: float = 0.15, end: float = 0.15) -> Points:
    """The outline of a brush stroke that swells to `width`, its ends to a share of that."""
    points, directions, half = _brush(len(knots), start, end)
    knots = np.asarray(knots, float)
    centre, along = points @ knots, directions @ knots
    length = np.sqrt((along * along).sum(1, keepdims=True)) + 1e-9
    normal = along[:, ::-1] * (-width, width) * half / length
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
    return curve([*right, *[(-x, y) for x, y in reversed(right) if x > 0]])


def mix(first: Colour, second: Colour | tuple, share: float) -> Colour:
    return (first + (np.asarray(second) - first) * share).astype(np.float32)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    return rgb(colorsys.hsv_to_rgb(hue % 1, saturation, min(value, 1))) * 255


def skin_colour(face: Face) -> Colour:
    tone = face["skin_tone"] * (len(SKIN) - 1)
    k = min(int(tone), len(SKIN) - 2)
    return mix(rgb(SKIN[k]), SKIN[k + 1], tone - k) + rgb((3, 0, -9)) * np.float32(
            face["skin_undertone"])


def hair_colour(face: Face) -> Colour:
    return rgb(HAIR[int(face["hair_colour"])]) * np.float32(1 + 0.16 * face["hair_shade"])


def shade(skin: Colour, depth: float = 1.0) -> Colour:
    """Skin in shadow: darker and warmer."""
    return skin * rgb((1 - 0.30 * depth, 1 - 0.43 * depth, 1 - 0.47 * depth))


def shine(skin: Colour) -> Colour:
    """Skin in the light: a pale skin nearly white, a dark one only a little lighter."""
    return mix(skin * np.float32(1.14) + 10, (255, 244, 230), 0.16)


# --- geometry that landmarks and drawing share ----------------------------------------------------

def pose(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """The 2x2 matrix and the offset that tilt, scale and shift a face."""
    angle = math.radians(face["tilt"])
    cosine, sine = math.cos(angle) * face["scale"], math.sin(angle) * face["scale"]
    return np.array([[cosine, -sine], [sine, cosine]]), np.array([face["shift_x"], face["shift_y"]])


def eye_centre(face: Face, side: int) -> tuple[float, float]:
    return side * (EYE_X + 0.025 * face["eye_spacing"]), EYE_Y


def nose_tip(face: Face) -> tuple[float, float]:
    return 0.0, NOSE_Y + 0.03 * face["nose_length"]


def mouth_corner(face: Face, side: int) -> tuple[float, float]:
    half = 0.315 + 0.025 * face["mouth_width"] + 0.075 * face["smile"]
    return side * half, MOUTH_Y - 0.022 - 0.09 * face["smile"]


def cheek_width(face: Face) -> float:
    """Half the width of the face at its widest."""
    return 0.66 + 0.03 * face["face_width"]


def face_outline(face: Face) -> Points:
    wide, jaw = cheek_width(face), face["jaw"]
    chin = CHIN_Y + 0.03 * face["face_length"] + 0.02 * jaw
    return whole([(0, -0.96), (0.42 * wide, -0.90), (0.82 * wide, -0.66), (0.98 * wide, -0.28),
                  (wide, 0.02), (0.965 * wide, 0.26), ((0.81 + 0.12 * jaw) * wide, 0.54),
                  ((0.52 + 0.18 * jaw) * wide, chin - 0.13),
                  ((0.20 + 0.13 * jaw) * wide, chin - 0.012), (0, chin)])


def hair_halves(face: Face) -> list[tuple[Points, Points]]:
    """For either side the (outer, inner) edge of the front hair, knot for knot from crown to tip.

    A strand is a blend of the two edges, so it follows the hair whatever its cut.
    """
    length, wide = face["hair_length"], cheek_width(face)
    long = min(1.0, 3 * length)
    end = -0.04 + 1.65 * length
    part, line = 0.30 * face["parting"], -0.61 - 0.08 * face["hairline"]
    volume = 0.03 + 0.025 * face["hair_volume"] + 0.06 * long
    halves = []
    for side in (-1, 1):
        if face["bangs"]:
            inner = [(part, -0.60), (part + side * 0.13, -0.44),
                     (side * 0.66 * wide + 0.3 * part, -0.36), (side * 0.94 * wide, -0.22)]
        else:
            inner = [(part, line - 0.02), (part + side * 0.20, line),
                     (side * 0.74 * wide + 0.15 * part, line + 0.16), (side * 0.93 * wide, -0.28)]
        outer = [(part, -1.05 - volume), (side * 0.43 + 0.2 * part, -0.935 - volume),
                 (side * (wide - 0.01 + volume), -0.66), (side * (wide + 0.06 + volume), -0.34)]
        for k in range(1, 5):
            y = -0.28 + (end + 0.28) * k / 4
            sway = (0.008 + 0.042 * long) * face["hair_wave"] * math.sin(1.3 * k + 5.0 * y)
            thin = (0.06 + volume) * (1 - long) * k / 4 - 0.10 * length * k / 4
            tip = (0.02 + 0.06 * long) * (k == 4)
            inner.append((side * (0.965 * wide + sway + tip), y))
            outer.append((side * (wide + 0.06 + volume - thin + sway - tip), y))
        halves.append((np.array(outer), np.array(inner)))
    return halves


# --- layers, back to front ------------------------------------------------------------------------

def _background(canvas: Canvas, face: Face) -> None:
    hue, saturation = face["background_hue"], face["background_saturation"]
    value, angle = face["background_lightness"], face["background_angle"]
    first, second = hsv(hue, saturation, value), hsv(hue + 0.08, 0.6 * saturation, 1.2 * value)
    slope = canvas.x * np.float32(math.sin(angle)) - canvas.y * np.float32(math.cos(angle))
    canvas.planes[:] = first[:, None, None]
    canvas.blend(second, np.clip(slope * np.float32(0.4) + np.float32(0.5), 0, 1))


def _back_hair(canvas: Canvas, face: Face, hair: Colour) -> None:
    if face["hair_length"] > 0.2:
        end = -0.08 + 1.62 * face["hair_length"]
        canvas.paint(hair * np.float32(0.58), whole([
            (0.3, -0.9), (0.7, -0.5), (0.76, 0.2), (0.74, max(end - 0.15, 0.25)), (0.5, end)]))


def _neck(canvas: Canvas, face: Face, skin: Colour) -> None:
    wide = 0.36 + 0.07 * face["jaw"]
    neck = whole([(wide, 0.5), (wide, 0.95), (wide + 0.08, 1.15), (1.0, 1.34), (1.3, 2.2)])
    canvas.paint(mix(skin, shade(skin), 0.25), neck)
    canvas.paint(shade(skin), whole([(wide, 0.6), (wide, 0.98), (0, 1.12)]), 0.75, 0.05,
                 canvas.mask(neck))
    canvas.paint(hsv(face["background_hue"] + 0.5, 0.25, 0.42), whole([
        (0, 1.42), (0.30, 1.34), (0.55, 1.16), (0.58, 1.16), (1.15, 1.34), (1.6, 2.4)]))


def _head(canvas: Canvas, face: Face, skin: Colour) -> np.ndarray:
    """Ears, face and its soft shading; returns the face's mask."""
    dark, bright, wide, smile = shade(skin), shine(skin), cheek_width(face), face["smile"]
    canvas.paint(mix(skin, dark, 0.25), pair(curve([
        (wide - 0.03, -0.14), (wide + 0.06, -0.16), (wide + 0.095, -0.04), (wide + 0.05, 0.14),
        (wide - 0.03, 0.20)])))
    canvas.paint(dark, pair(stroke([(wide + 0.01, -0.08), (wide + 0.055, -0.07),
                                    (wide + 0.03, 0.10)], 0.035)), 0.5, blur=0.01)
    outline = face_outline(face)
    head = canvas.mask(outline)
    window = canvas.window(outline @ canvas.matrix + canvas.offset, 1) or np.s_[:, :]
    canvas.blend(skin, head[window], window)
    # The face turns away from the eye towards its edges, and from the light towards its far side.
    across = canvas.x[window] * np.float32(1 / wide)
    edge = np.maximum(np.abs(across) - np.float32(0.42), 0)
    away = np.maximum(across * np.float32(-0.36 * face["light"]), 0)
    canvas.blend(dark, np.minimum(edge * edge * np.float32(1.2) + away, 0.7), window, head)
    canvas.glow(bright, 0.25 * face["light"], -0.44, 0.60, 0.40, 0.7, head)
    canvas.glow(dark, 0, 1.02, 0.80, 0.36, 0.42, head)
    blush = mix(skin, skin * rgb((1.0, 0.70, 0.68)) + rgb((14, 0, 0)), 0.75)
    for side in (-1, 1):
        canvas.glow(dark, side * 0.30, -0.13, 0.27, 0.20, 0.42, head)
        canvas.glow(blush, side * 0.42, 0.20 - 0.03 * smile, 0.33, 0.27, 0.34 + 0.26 * smile, head)
        canvas.glow(bright, side * 0.39, 0.11 - 0.02 * smile, 0.20, 0.12,
                    0.35 + 0.3 * smile + 0.2 * side * face["light"], head)
    canvas.glow(bright, 0.02 * face["light"], 0.77, 0.18, 0.11, 0.4, head)
    return head


def _nose(canvas: Canvas, face: Face, skin: Colour) -> None:
    dark, bright, (_, tip) = shade(skin), shine(skin), nose_tip(face)
    wide, far = 0.115 + 0.022 * face["nose_width"], -1 if face["light"] > 0 else 1
    canvas.paint(dark, stroke([(far * 0.085, -0.16), (far * 0.055, 0.0), (far * 0.10, tip - 0.02)],
                              0.06), 0.20 + 0.25 * abs(face["light"]), blur=0.022)
    canvas.glow(dark, 0, tip + 0.075, wide * 1.5, 0.07, 0.6)
    canvas.glow(bright, -far * 0.01, 0.02, 0.055, 0.26, 0.6)
    canvas.glow(bright, -far * 0.015, tip - 0.02, 0.08, 0.07, 0.8)
    canvas.paint(shade(skin, 1.3), pair(stroke([
        (wide * 0.93, tip - 0.045), (wide * 1.08, tip + 0.015), (wide * 0.82, tip + 0.055)],
        0.026)), 0.55, blur=0.008)
    canvas.paint(dark * np.float32(0.5), pair(ellipse(wide * 0.48, tip + 0.045, 0.036, 0.018)),
                 0.75, blur=0.008)


def _mouth(canvas: Canvas, face: Face, skin: Colour) -> None:
    smile, opening = face["smile"], 0.125 * face["mouth_open"]
    (wide, high), (_, tip) = mouth_corner(face, 1), nose_tip(face)
    dark, full = shade(skin), 0.054 + 0.016 * face["lip_fullness"]
    # Four lines from corner to corner, each by its heights half way and on the axis.
    middle = MOUTH_Y + 0.012 + 0.02 * smile - 0.3 * opening
    upper = (middle - 0.014 - 0.018 * smile, middle + 0.003)
    lower = (upper[0] + 0.008 + 0.80 * opening, middle + 0.004 + opening)
    bow = (upper[0] - 0.56 * full, middle - (0.80 + 0.10 * smile) * full)
    under = (lower[0] + 0.78 * full, lower[1] + 1.25 * full)
    teeth = tuple(high + 0.7 * (low - high) for high, low in zip(upper, lower, strict=True))

    def line(half_way: float, axis: float, peak: float = 0.0) -> list[tuple[float, float]]:
        return [(-wide, high), (-0.55 * wide, half_way), (-0.2 * wide, axis - peak), (0, axis),
                (0.2 * wide, axis - peak), (0.55 * wide, half_way), (wide, high)]

    def between(first: Knots, second: Knots) -> Points:
        return np.concatenate([curve(first, False), curve(second, False)[::-1]])

    fold = [(0.185, tip + 0.02), (0.56 * wide + 0.125, 0.5 * (tip + high)), (wide + 0.06, high)]
    canvas.paint(shade(skin, 1.1), pair(stroke(fold, 0.04)), 0.5 * smile, blur=0.016)
    for side in (-1, 1):
        canvas.glow(dark, side * (wide + 0.02), high, 0.07, 0.08, 0.6 * smile)
    canvas.glow(dark, 0, under[1] + 0.045, 0.24, 0.07, 0.5)
    tint = 0.5 + 0.5 * face["lip_colour"]
    lips = mix(mix(rgb(LIPS[0]), LIPS[1], tint) * (0.42 + 0.58 * skin[0] / 250), skin, 0.25)
    bold = mix(rgb(LIPSTICK[0]), LIPSTICK[1], tint) * (0.72 + 0.28 * skin[0] / 250)
    lips = mix(lips, bold, 0.85 * face["lipstick"])
    canvas.paint(lips * np.float32(0.88), between(line(*bow, peak=0.16 * full), line(*upper)))
    canvas.paint(lips, between(line(*lower), line(*under)))
    gloss = mix(lips, WHITE, 0.4)
    canvas.glow(gloss, 0.04 * face["light"], under[1] - 0.6 * full, 0.17, 0.036, 0.5)
    if opening > 0.005:
        canvas.paint(rgb([92, 32, 34]), between(line(*upper), line(*lower)))
        canvas.paint(WHITE * np.float32(0.97), between(line(*upper), line(*teeth)),
                     min(1.0, 0.3 + smile))
    canvas.paint(lips * np.float32(0.45), stroke(line(*upper), 0.022, 0.3, 0.3),
                 0.85 - 0.4 * min(1.0, 15 * opening))


def _beard(canvas: Canvas, face: Face, skin: Colour, hair: Colour, head: np.ndarray) -> None:
    if face["beard"] > 0:
        cheek, (wide, high) = cheek_width(face), mouth_corner(face, 1)
        opening = 0.125 * face["mouth_open"]
        right = [(0.99 * cheek, -0.05), (0.93 * cheek, 0.20), (0.83 * cheek, 0.36),
                 (wide + 0.07, high - 0.01), (0.75 * wide, MOUTH_Y + 0.07 + 0.6 * opening),
                 (0.30 * wide, MOUTH_Y + 0.115 + opening)]
        shape = curve([*right, *[(-x, y) for x, y in reversed(right)],
                       (-0.95, 0.1), (-0.8, 0.9), (0, 1.1), (0.8, 0.9), (0.95, 0.1)])
        colour = mix(hair * np.float32(0.76), shade(skin), 0.2)
        canvas.paint(colour, shape, 0.22 + 0.62 * face["beard"], 0.035, head)
        canvas.glow(colour * np.float32(1.3) + 8, 0, 0.78, 0.34, 0.13, 0.35 * face["beard"], head)


def _mustache(canvas: Canvas, face: Face, hair: Colour) -> None:
    if face["mustache"] > 0:
        (wide, high), top = mouth_corner(face, 1), nose_tip(face)[1] + 0.10
        canvas.paint(hair * np.float32(0.80), whole([
            (0, top + 0.02), (0.14, top + 0.005), (wide + 0.02, high - 0.04),
            (wide + 0.05, high + 0.03), (0.6 * wide, 0.5 * (high + MOUTH_Y) - 0.04),
            (0, MOUTH_Y - 0.055)]), 0.35 + 0.5 * face["mustache"], blur=0.016)


def _eye(canvas: Canvas, face: Face, skin: Colour, side: int) -> None:
    (x, y), size, lashes = eye_centre(face, side), 1 + 0.10 * face["eye_size"], face["lashes"]
    wide, rise, dark = 0.158 * size, 0.012 + 0.020 * face["eye_tilt"], shade(skin)
    up = (0.082 + 0.026 * face["eye_openness"]) * size - 0.006 * face["smile"]
    down = 0.062 * size - 0.022 * face["smile"] + 0.006 * face["eye_openness"]
    right = x * side  # the curves are laid out for the picture's right eye
    inner, outer = (right - wide, y + 0.020), (right + wide, y + 0.012 - rise)
    upper = mirror([inner, (right - 0.55 * wide, y - 0.70 * up), (right + 0.03 * wide, y - up),
                    (right + 0.60 * wide, y - 0.70 * up - 0.4 * rise), outer], side)
    lower = mirror([outer, (right + 0.45 * wide, y + 0.85 * down),
                    (right - 0.2 * wide, y + down), inner], side)
    canvas.glow(mix(dark, (104, 70, 84), 0.5), x, y - 1.1 * up, 1.25 * wide, 0.09,
                0.35 + 0.30 * lashes)
    almond = np.concatenate([curve(upper, False), curve(lower, False)])
    inside = canvas.mask(almond)
    canvas.paint(rgb([242, 238, 233]), almond)
    iris, radius, level = rgb(IRIS[int(face["iris_colour"])]), 0.050 + 0.032 * size, y - 0.01
    canvas.paint(iris * np.float32(0.5), ellipse(x, level, radius, radius), within=inside)
    canvas.paint(iris * np.float32(1.1), ellipse(x, level, radius * 0.8, radius * 0.8),
                 within=inside)
    canvas.glow(mix(iris, WHITE, 0.4), x, level + 0.04, 0.06, 0.045, 0.7, inside)
    canvas.paint(LASH * np.float32(0.6), ellipse(x, level, radius * 0.46, radius * 0.46),
                 within=inside)
    canvas.paint(dark * np.float32(0.5), stroke(upper + np.array((0, 0.014)), 0.05), 0.45, 0.012,
                 inside)
    canvas.paint(rgb([255, 255, 255]), ellipse(x + 0.026, level - 0.028, 0.021, 0.021, 12))
    canvas.paint(shade(skin, 1.2), stroke(upper - (0, 0.046), 0.018), 0.55, blur=0.008)
    canvas.paint(shade(skin, 1.2), stroke(lower, 0.014), 0.55, blur=0.006)
    wing = np.array([outer]) * (side, 1) + (side * 0.05 * lashes, -0.030 * lashes)
    canvas.paint(mix(dark * np.float32(0.45), LASH, 0.35 + 0.65 * lashes),
                 stroke([*upper, *wing], 0.024 + 0.020 * lashes, 0.3, 0.25))


def _brows(canvas: Canvas, face: Face, skin: Colour, hair: Colour) -> None:
    (x, y), arch = eye_centre(face, 1), 0.024 + 0.014 * face["brow_arch"]
    y -= 0.200 + 0.020 * face["brow_height"] + 0.012 * face["smile"]
    knots = [(x - 0.165, y + 0.008), (x - 0.04, y - 0.7 * arch), (x + 0.08, y - arch),
             (x + 0.195, y + 0.030)]
    brow = stroke(knots, 0.030 + 0.046 * face["brow_thickness"], 0.75, 0.2)
    canvas.paint(mix(hair * np.float32(0.66), shade(skin, 1.3), 0.3), pair(brow), 0.9, blur=0.009)


def _glasses(canvas: Canvas, face: Face) -> None:
    x, y = eye_centre(face, 1)
    rim, lens = ellipse(x, y + 0.02, 0.222, 0.176), ellipse(x, y + 0.02, 0.200, 0.154)
    canvas.paint(rgb([235, 242, 250]), pair(lens), 0.10)
    canvas.paint(rgb([58, 48, 48]), [
        *pair(np.concatenate([rim, rim[:1], lens[:1], lens[::-1]])),
        *pair(stroke([(x + 0.21, y - 0.02), (0.70, y - 0.05)], 0.026, 1, 1)),
        stroke([(0.205 - x, y), (0, y - 0.035), (x - 0.205, y)], 0.03, 1, 1)])


def _hair(canvas: Canvas, face: Face, halves: list[tuple[Points, Points]], hair: Colour) -> None:
    mask = canvas.mask([np.concatenate([curve(outer, False), curve(inner, False)[::-1]])
                        for outer, inner in halves])
    canvas.blend(hair, mask)
    dark, bright = hair * np.float32(0.64), mix(hair * np.float32(1.22), WHITE, 0.16)

    def strands(width: float, shares: Sequence[float], first: int = 0,
                last: int | None = None) -> list[Points]:
        return [stroke((inner + (outer - inner) * share)[first:last], width, 0, 0)
                for outer, inner in halves for share in shares]

    edges = [stroke(edge, 0.09, 1, 1) for half in halves for edge in half]
    canvas.paint(dark, edges, 0.5, 0.03, mask)
    canvas.paint(bright, strands(0.085, (0.33, 0.62), 0, 5), 0.50, 0.024, mask)
    canvas.paint(bright, strands(0.050, (0.28, 0.55, 0.78), 3), 0.28, 0.018, mask)
    canvas.paint(dark, strands(0.036, (0.18, 0.47, 0.77)), 0.38, 0.013, mask)
    canvas.paint(dark, strands(0.020, (0.32, 0.62, 0.88), 1), 0.30, 0.008, mask)
    canvas.glow(bright, 0.45 * face["light"], -0.80, 0.50, 0.30, 0.45 * abs(face["light"]), mask)
