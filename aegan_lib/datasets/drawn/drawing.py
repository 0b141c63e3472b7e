"""The drawing of one face: a pure function from factors to pixels.

A face is painted from back to front with soft polygons on a canvas finer than the image, seen
through a slightly soft lens, averaged down.
"""

import math
from collections.abc import Sequence

import numpy as np

from aegan_lib.datasets.drawn import anatomy
from aegan_lib.datasets.drawn.anatomy import EAR_LIFT, NOSE_LIFT, Face
from aegan_lib.datasets.drawn.background import draw_background
from aegan_lib.datasets.drawn.beard import draw_beard, draw_brows, draw_mustache
from aegan_lib.datasets.drawn.canvas import Canvas, View
from aegan_lib.datasets.drawn.clothes import draw_clothes, draw_neck
from aegan_lib.datasets.drawn.eyes import draw_eyes
from aegan_lib.datasets.drawn.glasses import draw_glasses
from aegan_lib.datasets.drawn.hair import cut, draw_back_hair, draw_front_hair, draw_hair_shadow
from aegan_lib.datasets.drawn.head import draw_ears, draw_head, draw_nose, draw_skin
from aegan_lib.datasets.drawn.mouth import draw_mouth


def draw_all(faces: Sequence[Face], height: int, width: int, view: View) -> np.ndarray:
    """Draw faces one after the other, (n, height, width, 3) uint8 RGB; see `draw`."""
    return np.stack([draw(face, height, width, view) for face in faces])


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
    canvas = Canvas(height * finer, width * finer, view, anatomy.pose(face))
    # The same pixels three times, for what lies on the turned head, before it and behind it.
    shrink, push = anatomy.turn(face)
    front = canvas.turned(anatomy.relief, shrink, push, 0.0)
    nearer = canvas.turned(anatomy.relief, shrink, push, NOSE_LIFT)
    behind = canvas.turned(anatomy.relief, shrink, push, EAR_LIFT)
    skin, hair, style = anatomy.skin_colour(face), anatomy.hair_colour(face), cut(face)
    # From back to front. Hair is painted in two layers, one behind the head and one before it.
    draw_background(canvas, face)
    draw_back_hair(behind, face, style, hair)
    draw_neck(canvas, face, skin)
    draw_clothes(canvas, face)
    draw_ears(behind, face, skin)
    # The head's mask keeps shadows, freckles and beard inside the face.
    head = draw_head(front, face, skin)
    draw_skin(front, face, skin, head)
    draw_hair_shadow(front, style, skin, head)
    draw_nose(nearer, face, skin)
    draw_beard(front, face, skin, hair, head)
    draw_mouth(front, face, skin)
    draw_mustache(front, face, hair)
    # What lies on the face's parts comes last: brows and glasses over the eyes, then front hair.
    draw_eyes(front, face, skin)
    draw_brows(front, face, skin, hair)
    if face["eyeglasses"]:
        draw_glasses(front, face)
    draw_front_hair(front, face, style, hair)
    return canvas.develop(height, width, anatomy.light_colour(face))
