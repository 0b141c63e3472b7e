"""The head: ears, the face in the light, its nose, and what age and chance leave in its skin."""

import numpy as np

from aegan_lib.datasets.drawn.anatomy import (
    Face,
    cheek_width,
    eye_centre,
    face_outline,
    light_direction,
    mix,
    nose_tip,
    rgb,
    shade,
    shine,
)
from aegan_lib.datasets.drawn.canvas import Canvas, Colour
from aegan_lib.datasets.drawn.detail import generator
from aegan_lib.datasets.drawn.shapes import curve, ellipse, pair, stroke


def draw_ears(canvas: Canvas, face: Face, skin: Colour) -> None:
    """Ears, on a canvas that lies further back than the face; each has a darker hollow."""
    dark, wide = shade(skin), cheek_width(face)
    # They begin well behind the face, which covers that: a turned head shows more of the near one.
    ear = [
        (wide - 0.20, -0.14),
        (wide + 0.045, -0.17),
        (wide + 0.095, -0.05),  # rim
        (wide + 0.05, 0.14),
        (wide - 0.02, 0.20),  # lobe
        (wide - 0.20, 0.12),
    ]
    hollow = [(wide + 0.01, -0.09), (wide + 0.055, -0.07), (wide + 0.03, 0.10)]
    canvas.paint(mix(skin, dark, 0.3), pair(curve(ear)))
    canvas.paint(dark, pair(stroke(hollow, 0.035)), 0.5, blur=0.01)


def draw_head(canvas: Canvas, face: Face, skin: Colour) -> np.ndarray:
    """The face and its shading; returns its mask."""
    dark, bright, smile = shade(skin), shine(skin), face["smile"]
    outline = face_outline(face)
    head = canvas.mask(outline)
    window = canvas.fixed(outline, 1)[0] or np.s_[:, :]
    canvas.blend(skin, head[window], window)
    shadow, lit = _light(canvas, face, window)
    canvas.blend(dark * np.float32(0.92), shadow, window, head)
    canvas.blend(bright, lit, window, head)
    light, height = face["light"], face["light_height"]
    blush = mix(skin, skin * rgb((1.0, 0.70, 0.68)) + rgb((14, 0, 0)), 0.75)
    # Lipstick comes with rouge.
    red = 0.28 + 0.32 * face["lipstick"]
    # The lower face turns away from a light above it.
    canvas.glow(dark, (0, 1.02), (0.80, 0.36), 0.25 + 0.25 * height, head)
    for side in (-1, 1):
        # Eye sockets lie deeper, cheeks are red, cheekbones stand out; a smile lifts the last two.
        canvas.glow(dark, (side * 0.30, -0.13), (0.27, 0.20), 0.32 + 0.16 * height, head)
        cheek = (side * 0.42, 0.20 - 0.03 * smile)
        canvas.glow(blush, cheek, (0.33, 0.27), min(1.0, red + 0.26 * smile), head)
        bone, strength = (side * 0.39, 0.11 - 0.02 * smile), 0.3 + 0.3 * smile + 0.2 * side * light
        canvas.glow(bright, bone, (0.20, 0.12), strength, head)
    # The chin stands out again.
    canvas.glow(bright, (0.03 * light, 0.77), (0.18, 0.11), 0.4, head)
    return head


def _light(
    canvas: Canvas, face: Face, window: tuple[slice, slice]
) -> tuple[np.ndarray, np.ndarray]:
    """How dark and how bright each pixel of a window is, as if the head were an ellipsoid."""
    x, y, z = light_direction(face)
    hard, (middle,) = face["light_strength"], canvas.flat(np.array([(0.0, 0.0)]))
    # The normal of the ellipsoid around the middle of the face, whose third part is what is left.
    across = (canvas.x[window] - np.float32(0.6 * middle[0])) * np.float32(1 / cheek_width(face))
    down = (canvas.y[window] - np.float32(0.6 * middle[1])) * np.float32(1 / 1.05)
    towards = np.sqrt(np.maximum(1 - across * across - down * down, 0))
    # Lambert's law: 1 where the normal points at the light.
    lambert = across * np.float32(x) + down * np.float32(y) + towards * np.float32(z)
    shadow = np.clip((0.62 - lambert) * (0.36 + 0.34 * hard), 0, 0.66)
    lit = np.clip((lambert - 0.70) * (0.9 + 1.0 * hard), 0, 0.6)
    return shadow, lit


def draw_nose(canvas: Canvas, face: Face, skin: Colour) -> None:
    """The nose, on a canvas that lies nearer than the face."""
    dark, bright, (_, tip) = shade(skin), shine(skin), nose_tip(face)
    # `far` is the side away from the light: -1 is the picture's left.
    wide, far = 0.115 + 0.022 * face["nose_width"], -1 if face["light"] > 0 else 1
    strong = abs(face["light"]) * (0.5 + 0.8 * face["light_strength"])
    # A nose is its shadows: along the far side of the ridge and under the tip ...
    ridge = [(far * 0.085, -0.16), (far * 0.055, 0.0), (far * 0.10, tip - 0.02)]
    canvas.paint(dark, stroke(ridge, 0.06), 0.20 + 0.28 * strong, blur=0.022)
    cast = [(far * 0.06, tip), (far * 0.17, tip + 0.06), (far * 0.10, tip + 0.11)]
    canvas.paint(dark, stroke(cast, 0.09), 0.45 * strong, blur=0.022)
    canvas.glow(dark, (0, tip + 0.075), (wide * 1.5, 0.07), 0.35 + 0.3 * face["light_height"])
    # ... its lights: along the ridge and on the tip ...
    canvas.glow(bright, (-far * 0.01, 0.02), (0.055, 0.26), 0.6)
    canvas.glow(bright, (-far * 0.015, tip - 0.02), (0.08, 0.07), 0.8)
    # ... and lines: around the wings, and two nostrils.
    wing = [(wide * 0.93, tip - 0.045), (wide * 1.08, tip + 0.015), (wide * 0.82, tip + 0.055)]
    canvas.paint(shade(skin, 1.3), pair(stroke(wing, 0.026)), 0.55, blur=0.008)
    nostrils = pair(ellipse(wide * 0.48, tip + 0.045, 0.036, 0.018))
    canvas.paint(dark * np.float32(0.5), nostrils, 0.75, blur=0.008)


def draw_skin(canvas: Canvas, face: Face, skin: Colour, head: np.ndarray) -> None:
    """Uneven skin, freckles, moles and wrinkles."""
    rng = generator(face, "skin")
    dark, bright = shade(skin), shine(skin)
    # Large soft patches of more and less colour.
    for x, y, size, light in rng.random((4, 4)):
        colour = dark if light < 0.5 else bright
        patch = (1.2 * x - 0.6, 1.6 * y - 0.8)
        canvas.glow(colour, patch, (0.16 + 0.16 * size, 0.13 + 0.12 * size), 0.16, head)
    # Freckles over nose and cheeks for every third face, moles anywhere.
    many = max(0, rng.random() - 0.65) / 0.35
    places = rng.normal((0, 0.10), (0.30, 0.13), (70, 2))
    if many > 0:
        # Dots: lines that go nowhere, or nearly so.
        freckles = np.stack([places, places + np.array((0.004, 0))], 1)[: 12 + int(58 * many)]
        canvas.lines(shade(skin, 0.9), freckles, 0.016, 0.45, head)
    # Moles lie off the middle of the face, where one would be taken for a mark.
    across, down = rng.random((2, 2)) - 0.5
    moles = np.stack([0.84 * across + 0.10 * np.sign(across), 1.4 * down], 1)
    count = rng.integers(5) - 2
    if count > 0:
        canvas.lines(shade(skin, 1.5), np.stack([moles, moles], 1)[:count], 0.024, 0.6, head)
    _draw_wrinkles(canvas, face, skin, rng.normal(0, 1, (8, 4)), head)


def _draw_wrinkles(
    canvas: Canvas, face: Face, skin: Colour, chance: np.ndarray, head: np.ndarray
) -> None:
    age, dark = face["age"], shade(skin, 1.15)
    # Across the forehead, in three waves that no two faces share.
    furrows = []
    for k in range(3):
        height, bend = -0.56 + 0.085 * k + 0.012 * chance[k, 0], 0.014 * chance[k, 1:]
        wide = 0.34 + 0.04 * chance[k + 3, 0]
        x = wide * np.array((-1, -0.4, 0, 0.4, 1))
        line = np.stack([x, height + np.array((0.02, bend[0], 0.01 + bend[1], bend[2], 0.02))], 1)
        furrows.append(stroke(line, 0.022))
    canvas.paint(dark, furrows, 0.55 * age**1.5, 0.007, head)
    # From the outer corners of the eyes, deeper in a smile; and below the eyes.
    (x, y), fan = eye_centre(face, 1), []
    for k in range(3):
        spread = 0.045 * (k - 1) + 0.010 * chance[6, k]
        fan.append(
            stroke([(x + 0.19, y + 0.4 * spread), (x + 0.30, y + 1.6 * spread + 0.01)], 0.015)
        )
    folds = [shape for each in fan for shape in pair(each)]
    canvas.paint(dark, folds, min(1.0, age * (0.5 + 0.4 * face["smile"])), 0.005, head)
    bag = [(x - 0.15, y + 0.085), (x - 0.02, y + 0.135), (x + 0.13, y + 0.095)]
    canvas.paint(dark, pair(stroke(bag, 0.03)), 0.12 + 0.35 * age, 0.012, head)
