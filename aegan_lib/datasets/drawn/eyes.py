"""Both eyes with their lids and lashes."""

import math

import numpy as np

from aegan_lib.datasets.drawn.anatomy import IRIS, LASH, WHITE, Face, eye_centre, mix, rgb, shade
from aegan_lib.datasets.drawn.canvas import Canvas, Colour
from aegan_lib.datasets.drawn.detail import generator
from aegan_lib.datasets.drawn.shapes import Points, curve, ellipse, mirror, pair, stroke


def draw_eyes(canvas: Canvas, face: Face, skin: Colour) -> None:
    rng = generator(face, "eyes")
    (x, y), size, lashes = eye_centre(face, 1), 1 + 0.10 * face["eye_size"], face["lashes"]
    # Half the eye's width, how far its outer corner rises, and the upper and lower lid's distance
    # from its centre. A smile narrows the eye, mostly from below.
    wide, rise, dark = 0.158 * size, 0.012 + 0.020 * face["eye_tilt"], shade(skin)
    up = (0.082 + 0.026 * face["eye_openness"]) * size - 0.006 * face["smile"]
    down = 0.062 * size - 0.022 * face["smile"] + 0.006 * face["eye_openness"]
    # The lids of the picture's right eye, whose mirror image is the left one: two curves that share
    # both corners.
    inner, outer = (x - wide, y + 0.020), (x + wide, y + 0.012 - rise)
    upper = np.array([
        inner,
        (x - 0.55 * wide, y - 0.70 * up),
        (x + 0.03 * wide, y - up),
        (x + 0.60 * wide, y - 0.70 * up - 0.4 * rise),
        outer,
    ])  # fmt: skip
    lower = np.array([
        outer,
        (x + 0.45 * wide, y + 0.85 * down),
        (x - 0.2 * wide, y + down),
        inner,
    ])  # fmt: skip
    # Eye shadow above, then the white of the eye; `inside` keeps what follows between the lids.
    lid = mix(dark, (104, 70, 84), 0.5)
    for side in (-1, 1):
        canvas.glow(lid, (side * x, y - 1.1 * up), (1.35 * wide, 0.12), 0.25 + 0.50 * lashes)
    inside = canvas.mask(pair(np.concatenate([curve(upper, False), curve(lower, False)])))
    canvas.blend(rgb([234, 229, 223]), inside)
    # The iris, from the outside in: dark ring, colour, fibres, light from below, pupil.
    iris, radius, level = rgb(IRIS[int(face["iris_colour"])]), 0.050 + 0.032 * size, y - 0.01
    # People look at the camera: the eyes turn back by a little of what the head has turned. No
    # mirror images, therefore.
    gaze = [side * x - 0.0004 * face["yaw"] for side in (-1, 1)]

    def discs(share: float) -> list[Points]:
        return [ellipse(centre, level, radius * share, radius * share) for centre in gaze]

    canvas.paint(iris * np.float32(0.5), discs(1), within=inside)
    canvas.paint(iris * np.float32(1.1), discs(0.8), within=inside)
    angle = 2 * np.pi * (np.arange(14) + 0.6 * rng.random(14)) / 14
    spoke = np.stack([np.cos(angle), np.sin(angle)], 1) * radius
    fibres = np.stack([0.45 * spoke, 0.78 * spoke], 1)  # (14, 2, 2)
    both = np.concatenate([fibres + np.array((centre, level)) for centre in gaze])
    canvas.lines(mix(iris, WHITE, 0.35), both, 0.007, 0.5, inside)
    below = [ellipse(centre, level + 0.04, 0.04, 0.025) for centre in gaze]
    canvas.paint(mix(iris, WHITE, 0.4), below, 0.5, 0.012, inside)
    canvas.paint(LASH * np.float32(0.6), discs(0.46), within=inside)
    # The upper lid throws a shadow on the eye.
    shadow = stroke(upper + np.array((0, 0.014)), 0.05)
    canvas.paint(dark * np.float32(0.5), pair(shadow), 0.45, 0.012, inside)
    # The catchlight is where the light comes from, on the same side in both eyes: a lamp or a
    # window, larger or smaller.
    corners, (large, tall) = 4 if rng.random() < 0.5 else 12, 0.016 + 0.008 * rng.random(2)
    right = math.copysign(0.026 + 0.008 * abs(face["light"]), face["light"])
    high = level - 0.024 - 0.010 * face["light_height"]
    spots = [ellipse(centre + right, high, large, tall, corners) for centre in gaze]
    canvas.paint(rgb([255, 255, 255]), spots)
    # The crease of the upper lid, and the edge of the lower one.
    lines = [stroke(upper - (0, 0.046), 0.018), stroke(lower, 0.014)]
    canvas.paint(shade(skin, 1.2), [*pair(lines[0]), *pair(lines[1])], 0.55, blur=0.007)
    # Lashes are a dark line along the upper lid, drawn out past the outer corner ...
    wing = np.array([outer]) + np.array((0.05, -0.030)) * lashes
    fringe = stroke([*upper, *wing], 0.024 + 0.020 * lashes, 0.3, 0.25)
    colour = mix(dark * np.float32(0.45), LASH, 0.35 + 0.65 * lashes)
    canvas.paint(colour, pair(fringe))
    # ... and single ones that fan out of it.
    root = curve(upper, False)[4::2]
    count = len(root)
    fan = np.linspace(-0.35, 1.0, count) + 0.3 * (rng.random(count) - 0.5)
    length = (0.022 + 0.040 * lashes) * (0.8 + 0.4 * rng.random(count))
    lash = np.stack([root, root + np.stack([fan * length, -length], 1)], 1)
    both = np.concatenate([lash, mirror(lash)])
    canvas.lines(colour, both, 0.009, 0.25 + 0.55 * lashes)
