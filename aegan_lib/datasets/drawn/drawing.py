"""The drawing of one face: a pure function from factors to pixels.

A face is painted from back to front with soft polygons on a canvas finer than the image, seen
through a slightly soft lens, averaged down.
"""

import math

import numpy as np

from aegan_lib.datasets.drawn.anatomy import (
    IRIS,
    LASH,
    MOUTH_Y,
    WHITE,
    Face,
    cheek_width,
    eye_centre,
    face_outline,
    hair_colour,
    hsv,
    lip_colour,
    mix,
    mouth_corner,
    mouth_opening,
    nose_tip,
    pose,
    rgb,
    shade,
    shine,
    skin_colour,
)
from aegan_lib.datasets.drawn.canvas import (
    Canvas,
    Colour,
    View,
    between,
    curve,
    ellipse,
    mirror,
    pair,
    stroke,
    whole,
)
from aegan_lib.datasets.drawn.hair import (
    draw_back_hair,
    draw_beard,
    draw_brows,
    draw_front_hair,
    draw_hair_shadow,
    draw_mustache,
    hair_halves,
)


def draw(face: Face, height: int, width: int, view: View) -> np.ndarray:
    """Draw one face.

    Arguments:
        face: the factors of one row, see `factors.FACTORS`.
        height, width: size of the image in pixels.
        view: left, top, right, bottom of the picture in face coordinates.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    # At least twice as fine, and 80 pixels on the shorter side: eyes are drawn before they shrink.
    finer = max(2, math.ceil(80 / min(height, width)))
    canvas = Canvas(height * finer, width * finer, view, pose(face))
    skin, hair, halves = skin_colour(face), hair_colour(face), hair_halves(face)
    # From back to front. Hair is painted in two layers, one behind the head and one before it.
    _draw_background(canvas, face)
    draw_back_hair(canvas, face, hair)
    _draw_neck(canvas, face, skin)
    # The head's mask keeps shadows and beard inside the face.
    head = _draw_head(canvas, face, skin)
    draw_hair_shadow(canvas, halves, skin, head)
    _draw_nose(canvas, face, skin)
    draw_beard(canvas, face, skin, hair, head)
    _draw_mouth(canvas, face, skin)
    draw_mustache(canvas, face, hair)
    # What lies on the face's parts comes last: brows and glasses over the eyes, then front hair.
    for side in (-1, 1):
        _draw_eye(canvas, face, skin, side)
    draw_brows(canvas, face, skin, hair)
    if face["eyeglasses"]:
        _draw_glasses(canvas, face)
    draw_front_hair(canvas, face, halves, hair)
    return canvas.develop(height, width)


def _draw_background(canvas: Canvas, face: Face) -> None:
    hue, saturation = face["background_hue"], face["background_saturation"]
    value, angle = face["background_lightness"], face["background_angle"]
    # A gradient between two colours; the second is lighter, paler and a little further in hue.
    first, second = hsv(hue, saturation, value), hsv(hue + 0.08, 0.6 * saturation, 1.2 * value)
    # Height along the direction `angle` from upright; both colours meet half way in the middle.
    slope = canvas.x * np.float32(math.sin(angle)) - canvas.y * np.float32(math.cos(angle))
    canvas.planes[:] = first[:, None, None]
    canvas.blend(second, np.clip(slope * np.float32(0.4) + np.float32(0.5), 0, 1))


def _draw_neck(canvas: Canvas, face: Face, skin: Colour) -> None:
    # A column from behind the jaw that widens into the shoulders, a little in shadow all over.
    wide = 0.36 + 0.07 * face["jaw"]
    neck = whole([(wide, 0.5), (wide, 0.95), (wide + 0.08, 1.15), (1.0, 1.34), (1.3, 2.2)])
    canvas.paint(mix(skin, shade(skin), 0.25), neck)
    # Below the chin the head throws a soft shadow, cut to the neck.
    shadow = whole([(wide, 0.6), (wide, 0.98), (0, 1.12)])
    canvas.paint(shade(skin), shadow, 0.75, 0.05, canvas.mask(neck))
    # A round neckline from its lowest point to the shoulder and out of the picture. The hue is
    # the background's opposite, so that the two can be told apart.
    shirt = [(0, 1.42), (0.30, 1.34), (0.55, 1.16), (0.58, 1.16), (1.15, 1.34), (1.6, 2.4)]
    canvas.paint(hsv(face["background_hue"] + 0.5, 0.25, 0.42), whole(shirt))


def _draw_head(canvas: Canvas, face: Face, skin: Colour) -> np.ndarray:
    """Ears, face and its soft shading; returns the face's mask."""
    dark, bright, wide = shade(skin), shine(skin), cheek_width(face)
    smile, light = face["smile"], face["light"]
    # Ears first, since the face covers where they begin; each has a darker hollow.
    ear = [
        (wide - 0.03, -0.14),  # upper end, behind the face
        (wide + 0.06, -0.16),
        (wide + 0.095, -0.04),  # rim
        (wide + 0.05, 0.14),
        (wide - 0.03, 0.20),  # lobe
    ]
    hollow = [(wide + 0.01, -0.08), (wide + 0.055, -0.07), (wide + 0.03, 0.10)]
    canvas.paint(mix(skin, dark, 0.25), pair(curve(ear)))
    canvas.paint(dark, pair(stroke(hollow, 0.035)), 0.5, blur=0.01)
    # The face itself; all that follows works in its window and inside its mask.
    outline = face_outline(face)
    head = canvas.mask(outline)
    window = canvas.window(outline @ canvas.matrix + canvas.offset, 1) or np.s_[:, :]
    canvas.blend(skin, head[window], window)
    # The face turns away from the eye towards its edges, and from the light towards its far side.
    across = canvas.x[window] * np.float32(1 / wide)
    # Squared, the shading sets in softly: 42 % of the half width are without any.
    edge = np.maximum(np.abs(across) - np.float32(0.42), 0)
    away = np.maximum(across * np.float32(-0.36 * light), 0)
    canvas.blend(dark, np.minimum(edge * edge * np.float32(1.2) + away, 0.7), window, head)
    # Large forms: the forehead catches the light, the lower face turns away from it.
    canvas.glow(bright, (0.25 * light, -0.44), (0.60, 0.40), 0.7, head)
    canvas.glow(dark, (0, 1.02), (0.80, 0.36), 0.42, head)
    blush = mix(skin, skin * rgb((1.0, 0.70, 0.68)) + rgb((14, 0, 0)), 0.75)
    for side in (-1, 1):
        # Eye sockets lie deeper, cheeks are red, cheekbones stand out; a smile lifts the last two.
        canvas.glow(dark, (side * 0.30, -0.13), (0.27, 0.20), 0.42, head)
        cheek = (side * 0.42, 0.20 - 0.03 * smile)
        canvas.glow(blush, cheek, (0.33, 0.27), 0.34 + 0.26 * smile, head)
        bone, lit = (side * 0.39, 0.11 - 0.02 * smile), 0.35 + 0.3 * smile + 0.2 * side * light
        canvas.glow(bright, bone, (0.20, 0.12), lit, head)
    # The chin stands out again.
    canvas.glow(bright, (0.02 * light, 0.77), (0.18, 0.11), 0.4, head)
    return head


def _draw_nose(canvas: Canvas, face: Face, skin: Colour) -> None:
    dark, bright, (_, tip) = shade(skin), shine(skin), nose_tip(face)
    # `far` is the side away from the light: -1 is the picture's left.
    wide, far = 0.115 + 0.022 * face["nose_width"], -1 if face["light"] > 0 else 1
    # A nose is its shadows: along the far side of the ridge and under the tip ...
    ridge = [(far * 0.085, -0.16), (far * 0.055, 0.0), (far * 0.10, tip - 0.02)]
    canvas.paint(dark, stroke(ridge, 0.06), 0.20 + 0.25 * abs(face["light"]), blur=0.022)
    canvas.glow(dark, (0, tip + 0.075), (wide * 1.5, 0.07), 0.6)
    # ... its lights: along the ridge and on the tip ...
    canvas.glow(bright, (-far * 0.01, 0.02), (0.055, 0.26), 0.6)
    canvas.glow(bright, (-far * 0.015, tip - 0.02), (0.08, 0.07), 0.8)
    # ... and lines: around the wings, and two nostrils.
    wing = [(wide * 0.93, tip - 0.045), (wide * 1.08, tip + 0.015), (wide * 0.82, tip + 0.055)]
    canvas.paint(shade(skin, 1.3), pair(stroke(wing, 0.026)), 0.55, blur=0.008)
    nostrils = pair(ellipse(wide * 0.48, tip + 0.045, 0.036, 0.018))
    canvas.paint(dark * np.float32(0.5), nostrils, 0.75, blur=0.008)


def _draw_mouth(canvas: Canvas, face: Face, skin: Colour) -> None:
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

    # Skin around the mouth: the folds of a smile from the nose to its corners, dimples, and the
    # shadow that the lower lip throws.
    fold = [(0.185, tip + 0.02), (0.56 * wide + 0.125, 0.5 * (tip + high)), (wide + 0.06, high)]
    canvas.paint(shade(skin, 1.1), pair(stroke(fold, 0.04)), 0.5 * smile, blur=0.016)
    for side in (-1, 1):
        canvas.glow(dark, (side * (wide + 0.02), high), (0.07, 0.08), 0.6 * smile)
    canvas.glow(dark, (0, under[1] + 0.045), (0.24, 0.07), 0.5)
    # The upper lip looks down and is darker; the lower one catches the light.
    lips = lip_colour(face)
    canvas.paint(lips * np.float32(0.88), between(line(*bow, peak=0.16 * full), line(*upper)))
    canvas.paint(lips, between(line(*lower), line(*under)))
    gloss = mix(lips, WHITE, 0.4)
    canvas.glow(gloss, (0.04 * face["light"], under[1] - 0.6 * full), (0.17, 0.036), 0.5)
    # The dark of the mouth, then the teeth: the broader the smile, the clearer.
    if opening > 0.005:
        canvas.paint(rgb([92, 32, 34]), between(line(*upper), line(*lower)))
        row = between(line(*upper), line(*teeth))
        canvas.paint(WHITE * np.float32(0.97), row, min(1.0, 0.3 + smile))
    # The line where the lips meet. It fades as they part, since then the dark itself is seen.
    parting = stroke(line(*upper), 0.022, 0.3, 0.3)
    canvas.paint(lips * np.float32(0.45), parting, 0.85 - 0.4 * min(1.0, 15 * opening))


def _draw_eye(canvas: Canvas, face: Face, skin: Colour, side: int) -> None:
    (x, y), size, lashes = eye_centre(face, side), 1 + 0.10 * face["eye_size"], face["lashes"]
    # Half the eye's width, how far its outer corner rises, and the upper and lower lid's distance
    # from its centre. A smile narrows the eye, mostly from below.
    wide, rise, dark = 0.158 * size, 0.012 + 0.020 * face["eye_tilt"], shade(skin)
    up = (0.082 + 0.026 * face["eye_openness"]) * size - 0.006 * face["smile"]
    down = 0.062 * size - 0.022 * face["smile"] + 0.006 * face["eye_openness"]
    right = x * side  # the curves are laid out for the picture's right eye
    # The lids: two curves that share both corners.
    inner, outer = (right - wide, y + 0.020), (right + wide, y + 0.012 - rise)
    top = [
        inner,
        (right - 0.55 * wide, y - 0.70 * up),
        (right + 0.03 * wide, y - up),
        (right + 0.60 * wide, y - 0.70 * up - 0.4 * rise),
        outer,
    ]
    bottom = [
        outer,
        (right + 0.45 * wide, y + 0.85 * down),
        (right - 0.2 * wide, y + down),
        inner,
    ]
    upper, lower = mirror(top, side), mirror(bottom, side)
    # Eye shadow above, then the white of the eye; `inside` keeps what follows between the lids.
    lid = mix(dark, (104, 70, 84), 0.5)
    canvas.glow(lid, (x, y - 1.1 * up), (1.25 * wide, 0.09), 0.35 + 0.30 * lashes)
    almond = np.concatenate([curve(upper, False), curve(lower, False)])
    inside = canvas.mask(almond)
    canvas.paint(rgb([242, 238, 233]), almond)
    # The iris, from the outside in: dark ring, colour, light from below, pupil.
    iris, radius, level = rgb(IRIS[int(face["iris_colour"])]), 0.050 + 0.032 * size, y - 0.01

    def disc(share: float) -> np.ndarray:
        return ellipse(x, level, radius * share, radius * share)

    canvas.paint(iris * np.float32(0.5), disc(1), within=inside)
    canvas.paint(iris * np.float32(1.1), disc(0.8), within=inside)
    canvas.glow(mix(iris, WHITE, 0.4), (x, level + 0.04), (0.06, 0.045), 0.7, inside)
    canvas.paint(LASH * np.float32(0.6), disc(0.46), within=inside)
    # The upper lid throws a shadow on the eye. The catchlight is on the same side in both eyes.
    shadow = stroke(upper + np.array((0, 0.014)), 0.05)
    canvas.paint(dark * np.float32(0.5), shadow, 0.45, 0.012, inside)
    canvas.paint(rgb([255, 255, 255]), ellipse(x + 0.026, level - 0.028, 0.021, 0.021, 12))
    # The crease of the upper lid, and the edge of the lower one.
    canvas.paint(shade(skin, 1.2), stroke(upper - (0, 0.046), 0.018), 0.55, blur=0.008)
    canvas.paint(shade(skin, 1.2), stroke(lower, 0.014), 0.55, blur=0.006)
    # Lashes are a dark line along the upper lid, drawn out past the outer corner.
    wing = np.array([outer]) * (side, 1) + (side * 0.05 * lashes, -0.030 * lashes)
    fringe = stroke([*upper, *wing], 0.024 + 0.020 * lashes, 0.3, 0.25)
    canvas.paint(mix(dark * np.float32(0.45), LASH, 0.35 + 0.65 * lashes), fringe)


def _draw_glasses(canvas: Canvas, face: Face) -> None:
    x, y = eye_centre(face, 1)
    # A frame is a ring: once around the rim, then back around the lens, as one polygon.
    rim, lens = ellipse(x, y + 0.02, 0.222, 0.176), ellipse(x, y + 0.02, 0.200, 0.154)
    frame = np.concatenate([rim, rim[:1], lens[:1], lens[::-1]])
    # Temples run from the frames to the sides of the head, the bridge over the nose.
    temple = stroke([(x + 0.21, y - 0.02), (0.70, y - 0.05)], 0.026, 1, 1)
    bridge = stroke([(0.205 - x, y), (0, y - 0.035), (x - 0.205, y)], 0.03, 1, 1)
    canvas.paint(rgb([235, 242, 250]), pair(lens), 0.10)
    canvas.paint(rgb([58, 48, 48]), [*pair(frame), *pair(temple), bridge])
