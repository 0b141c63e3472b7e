"""Where a face's parts are and what colours they have: pure functions of its factors.

Face coordinates: x to the right, y down, the eyes at y = -0.10; the tight crop of a face detector
is the square [-1, 1] x [-1, 1]. Landmarks and drawing share these functions.
"""

import colorsys
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from aegan_lib.datasets.drawn.canvas import Colour, Pose
from aegan_lib.datasets.drawn.shapes import Points, whole

Face: TypeAlias = Mapping[str, float]  # the factors of one row, see `factors.FACTORS`

# Where the parts of the average face lie; factors of a face move them from there.
EYE_X, EYE_Y, NOSE_Y, MOUTH_Y, CHIN_Y = 0.33, -0.10, 0.22, 0.50, 0.88
# Colours are RGB in [0, 255]. Skin goes from palest to darkest, and a tone between two of these
# is a mixture of them; hair and iris are one of theirs, by the classes in `factors`.
SKIN = (
    (250, 224, 207),
    (243, 204, 178),
    (226, 180, 148),
    (200, 148, 114),
    (162, 112, 82),
    (124, 83, 60),
    (94, 62, 48),
)
HAIR = ((52, 42, 42), (106, 72, 50), (216, 180, 120), (156, 84, 50), (168, 165, 163))
IRIS = ((92, 58, 34), (128, 98, 50), (88, 122, 78), (76, 122, 168), (118, 132, 146))
# From orange to bluish red, at both ends of the factor `lip_colour`.
LIPS = ((196, 108, 98), (200, 94, 104))
LIPSTICK = ((200, 44, 52), (182, 40, 84))

# How far the middle of the face stands out from its outline, and the nose and the ears from there.
DEPTH, NOSE_LIFT, EAR_LIFT = 0.55, 0.11, -0.22
RELIEF_CENTRE, RELIEF_FALL = np.array((0, -0.05)), np.array((DEPTH / 0.80**2, DEPTH / 1.25**2))
# How far an aligned crop follows the eyes of a turned head, which stand out by 0.83 * DEPTH.
FOLLOW = 0.75 * DEPTH


# --- places ---------------------------------------------------------------------------------------


def pose(face: Face) -> Pose:
    """The 2x2 matrix and the offset that tilt, scale and shift a face."""
    angle = math.radians(face["tilt"])
    cosine, sine = math.cos(angle) * face["scale"], math.sin(angle) * face["scale"]
    # The crop follows the features of a turned head, as a face detector's does.
    _, push = turn(face)
    shift = np.array([face["shift_x"], face["shift_y"]]) - FOLLOW * push
    return np.array([[cosine, -sine], [sine, cosine]]), shift


def turn(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """By what yaw and pitch shorten (x, y), and where they move a point that stands out by 1."""
    yaw, pitch = math.radians(face["yaw"]), math.radians(face["pitch"])
    return np.array([math.cos(yaw), math.cos(pitch)]), np.array([math.sin(yaw), -math.sin(pitch)])


def relief(points: Points) -> np.ndarray:
    """How far the head stands out at points (k, 2) of its frontal view, (k,)."""
    # A paraboloid, highest between nose and eyes, that falls to 0 outside the cheeks; all that is
    # further out lies in the plane in which the head turns.
    apart = points - RELIEF_CENTRE
    apart *= apart
    return np.maximum(DEPTH - apart @ RELIEF_FALL, 0)


def turned(face: Face, points: Points, lift: float | np.ndarray = 0.0) -> Points:
    """Where points (k, 2) of the frontal face lie once the head is turned, (k, 2)."""
    shrink, push = turn(face)
    depth = relief(points) + lift
    placed: Points = points * shrink + depth[:, None] * push
    return placed


def eye_centre(face: Face, side: int) -> tuple[float, float]:
    return side * (EYE_X + 0.025 * face["eye_spacing"]), EYE_Y


def nose_tip(face: Face) -> tuple[float, float]:
    return 0.0, NOSE_Y + 0.03 * face["nose_length"]


def mouth_corner(face: Face, side: int) -> tuple[float, float]:
    # A smile draws the corners apart and up.
    half = 0.315 + 0.025 * face["mouth_width"] + 0.075 * face["smile"]
    return side * half, MOUTH_Y - 0.022 - 0.09 * face["smile"]


def mouth_opening(face: Face) -> float:
    """How far the lips part on the axis."""
    return 0.125 * face["mouth_open"]


def cheek_width(face: Face) -> float:
    """Half the width of the face at its widest."""
    return 0.66 + 0.03 * face["face_width"]


def neck_width(face: Face) -> float:
    """Half the width of the neck, which goes with the jaw."""
    return 0.33 + 0.12 * face["jaw"]


def face_outline(face: Face) -> Points:
    # A square jaw comes with a chin a little lower.
    wide, jaw = cheek_width(face), face["jaw"]
    chin = CHIN_Y + 0.03 * face["face_length"] + 0.02 * jaw
    # The right half, from the top of the skull to the chin. A square jaw moves the three knots
    # below the cheek outwards.
    knots = [
        (0, -0.96),  # crown
        (0.42 * wide, -0.90),
        (0.82 * wide, -0.66),  # side of the forehead
        (0.98 * wide, -0.28),  # temple
        (wide, 0.02),  # cheekbone
        (0.965 * wide, 0.26),  # cheek
        ((0.79 + 0.16 * jaw) * wide, 0.54),  # angle of the jaw
        ((0.50 + 0.22 * jaw) * wide, chin - 0.13),
        ((0.20 + 0.13 * jaw) * wide, chin - 0.012),  # corner of the chin
        (0, chin),
    ]
    return whole(knots)


# --- colours --------------------------------------------------------------------------------------


def rgb(values: Sequence[float]) -> Colour:
    return np.array(values, np.float32)


WHITE, LASH = rgb([250, 247, 242]), rgb([34, 24, 26])


def mix(first: Colour, second: Colour | tuple, share: float) -> Colour:
    return (first + (np.asarray(second) - first) * share).astype(np.float32)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    return rgb(colorsys.hsv_to_rgb(hue % 1, saturation, min(value, 1))) * 255


def skin_colour(face: Face) -> Colour:
    # The tone lies between two neighbours of the scale; the darkest is the end of the last pair.
    tone = face["skin_tone"] * (len(SKIN) - 1)
    k = min(int(tone), len(SKIN) - 2)
    # A warm undertone has a little more red and less blue, a cool one the reverse.
    warmth = rgb((3, 0, -9)) * np.float32(face["skin_undertone"])
    return mix(rgb(SKIN[k]), SKIN[k + 1], tone - k) + warmth


def hair_colour(face: Face) -> Colour:
    return rgb(HAIR[int(face["hair_colour"])]) * np.float32(1 + 0.16 * face["hair_shade"])


def lip_colour(face: Face) -> Colour:
    """The colour of bare lips, tinted by the skin, below as much lipstick as there is."""
    # Darker skin darkens lips too: `skin[0] / 250` is 1 for the palest. A quarter of their colour
    # is the skin's own.
    skin, tint = skin_colour(face), 0.5 + 0.5 * face["lip_colour"]
    bare = mix(mix(rgb(LIPS[0]), LIPS[1], tint) * (0.42 + 0.58 * skin[0] / 250), skin, 0.25)
    # Lipstick covers, so that the skin below changes it less.
    bold = mix(rgb(LIPSTICK[0]), LIPSTICK[1], tint) * (0.78 + 0.22 * skin[0] / 250)
    return mix(bare, bold, 0.85 * face["lipstick"])


def light_direction(face: Face) -> tuple[float, float, float]:
    """The unit vector towards the light: to the right, downward and towards the viewer."""
    x, y, z = 0.85 * face["light"], -0.75 * face["light_height"], 0.85
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def light_colour(face: Face) -> Colour:
    """What each colour is multiplied by: warm light has more red and less blue."""
    return 1 + rgb((0.04, 0.005, -0.07)) * np.float32(face["light_warmth"])


def shade(skin: Colour, depth: float = 1.0) -> Colour:
    """Skin in shadow: darker and warmer."""
    # Blue and green are lost faster than red.
    return skin * rgb((1 - 0.30 * depth, 1 - 0.43 * depth, 1 - 0.47 * depth))


def shine(skin: Colour) -> Colour:
    """Skin in the light: a pale skin nearly white, a dark one only a little lighter."""
    return mix(skin * np.float32(1.14) + 10, (255, 244, 230), 0.16)
